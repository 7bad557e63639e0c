//! Receipts: what led to a reply, kept with it.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::entity::{message, receipt};
use super::events::append;
use super::held::Held;
use super::rows::{conversation_id, from_json, message_id, to_json};
use super::{Attempt, Store, StoreError, turns};
use crate::answer::Receipt;
use crate::conversation::{ConversationId, EventBody, MessageId, Stage};

impl Store {
    /// Notes that a model is about to be asked about a message, with what led to it.
    ///
    /// # Errors
    /// When the database fails, or another attempt has taken this one's place ([`StoreError::Stale`]); then nothing is
    /// noted.
    pub async fn begin_writing(&self, attempt: &Attempt, receipt: &Receipt) -> Result<(), StoreError> {
        let Attempt { conversation: of, message, .. } = *attempt;
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, of).await?;
        turns::still_has(&transaction, attempt).await?;
        keep(&transaction, of, message, receipt).await?;
        let writing = EventBody::Status { stage: Stage::Writing, message_id: message };
        append(&transaction, &held, message, &[writing]).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What led to the reply to a customer's message, as far as it is known.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn receipt_for(&self, message: MessageId) -> Result<Option<Receipt>, StoreError> {
        let row = receipt::Entity::find_by_id(message.to_string()).one(&self.db).await?;
        row.map(|row| from_json("receipt", &row.body)).transpose()
    }

    /// The receipt of a reply, and the conversation that it belongs to.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn receipt(&self, reply: MessageId) -> Result<Option<(ConversationId, Receipt)>, StoreError> {
        let Some(reply) = message::Entity::find_by_id(reply.to_string()).one(&self.db).await? else {
            return Ok(None);
        };
        let Some(asked) = reply.in_reply_to.as_deref() else { return Ok(None) };
        let Some(receipt) = self.receipt_for(message_id(asked)?).await? else { return Ok(None) };
        Ok(Some((conversation_id(&reply.conversation_id)?, receipt)))
    }
}

/// Keeps the receipt of the reply to `message`, in the place of an earlier one.
pub(super) async fn keep(
    db: &impl ConnectionTrait,
    of: ConversationId,
    message: MessageId,
    kept: &Receipt,
) -> Result<(), StoreError> {
    let row = receipt::ActiveModel {
        in_reply_to: Set(message.to_string()),
        conversation_id: Set(of.to_string()),
        body: Set(to_json(kept)?),
    };
    let again = OnConflict::column(receipt::Column::InReplyTo).update_column(receipt::Column::Body).to_owned();
    receipt::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}
