//! Conversations in which nothing happens any more.

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{conversation, message};
use super::rows::{conversation_id, timestamp};
use super::{Store, StoreError};
use crate::conversation::ConversationId;
use crate::handoff::Owner;

impl Store {
    /// When something last happened in a conversation: it was opened, somebody said something, or it ended.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn last_activity(&self, of: ConversationId) -> Result<Timestamp, StoreError> {
        last_activity(&self.db, of).await
    }

    /// Conversations in which nothing has happened since `cutoff`, in which no case is open and on which no hold stands, by name;
    /// after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn idle_since(
        &self,
        cutoff: Timestamp,
        after: Option<ConversationId>,
        limit: u64,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let cutoff = cutoff.as_millisecond();
        let mut found = conversation::Entity::find()
            .select_only()
            .column(conversation::Column::Id)
            .filter(conversation::Column::CreatedAt.lte(cutoff))
            .filter(conversation::Column::Owner.is_in([Owner::Assistant.word(), Owner::Closed.word()]))
            .filter(
                Condition::any()
                    .add(conversation::Column::ClosedAt.is_null())
                    .add(conversation::Column::ClosedAt.lte(cutoff)),
            )
            // The same words to both databases.
            .filter(Expr::cust(format!(
                "NOT EXISTS (SELECT 1 FROM message WHERE message.conversation_id = conversation.id AND message.created_at > {cutoff})"
            )))
            .filter(Expr::cust(
                "NOT EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.conversation_id = conversation.id AND legal_hold.lifted_at IS NULL)",
            ));
        if let Some(after) = after {
            found = found.filter(conversation::Column::Id.gt(after.to_string()));
        }
        let ids: Vec<String> =
            found.order_by_asc(conversation::Column::Id).limit(limit).into_tuple().all(&self.db).await?;
        ids.iter().map(|id| conversation_id(id)).collect()
    }

    /// Names of conversations, after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn conversation_ids(
        &self,
        after: Option<ConversationId>,
        limit: u64,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let mut found = conversation::Entity::find().select_only().column(conversation::Column::Id);
        if let Some(after) = after {
            found = found.filter(conversation::Column::Id.gt(after.to_string()));
        }
        let ids: Vec<String> =
            found.order_by_asc(conversation::Column::Id).limit(limit).into_tuple().all(&self.db).await?;
        ids.iter().map(|id| conversation_id(id)).collect()
    }
}

/// When something last happened in a conversation.
pub(super) async fn last_activity(db: &impl ConnectionTrait, of: ConversationId) -> Result<Timestamp, StoreError> {
    let row = conversation::Entity::find_by_id(of.to_string()).one(db).await?.ok_or(StoreError::UnknownConversation)?;
    let said = message::Entity::find()
        .select_only()
        .column_as(message::Column::CreatedAt.max(), "last")
        .filter(message::Column::ConversationId.eq(of.to_string()))
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    let last = said.flatten().into_iter().chain(row.closed_at).fold(row.created_at, i64::max);
    timestamp("conversation", last)
}
