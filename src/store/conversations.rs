//! Conversations and messages.

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use super::entity::{conversation, event, message};
use super::held::Held;
use super::rows::{conversation_id, from_json, timestamp, to_json, to_message};
use super::{Store, StoreError, letters};
use crate::conversation::{Conversation, ConversationId, EventBody, Message, MessageId, Role, TokenHash};
use crate::handoff::Owner;
use crate::language::Lang;

impl Store {
    /// Keeps a new conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_conversation(&self, opened: &Conversation, token: &TokenHash) -> Result<(), StoreError> {
        let row = conversation::ActiveModel {
            id: Set(opened.id.to_string()),
            token_hash: Set(token.0.clone()),
            locale: Set(opened.locale.as_ref().map(|lang| lang.as_str().to_owned())),
            audiences: Set(to_json(&opened.audiences)?),
            created_at: Set(opened.created_at.as_millisecond()),
            owner: Set(opened.owner.word().to_owned()),
            fresh_after: Set(i32::try_from(opened.fresh_after).unwrap_or(i32::MAX)),
            email: Set(None),
            email_verified_at: Set(None),
            context: Set(None),
            closed_at: Set(None),
        };
        row.insert(&self.db).await?;
        Ok(())
    }

    /// A conversation and the hash of the token that opens it.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<(Conversation, TokenHash)>, StoreError> {
        let Some(row) = conversation::Entity::find_by_id(id.to_string()).one(&self.db).await? else {
            return Ok(None);
        };
        let found = Conversation {
            id,
            locale: row.locale.as_deref().map(Lang::new),
            audiences: from_json("conversation", &row.audiences)?,
            created_at: timestamp("conversation", row.created_at)?,
            owner: owner(&row)?,
            fresh_after: u32::try_from(row.fresh_after).unwrap_or_default(),
        };
        Ok(Some((found, TokenHash(row.token_hash))))
    }

    /// All messages of a conversation, in order.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn messages(&self, of: ConversationId) -> Result<Vec<Message>, StoreError> {
        let rows = message::Entity::find()
            .filter(message::Column::ConversationId.eq(of.to_string()))
            .order_by_asc(message::Column::Seq)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_message).collect()
    }

    /// One customer's message, to work on it again.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        message::Entity::find_by_id(id.to_string()).one(&self.db).await?.map(to_message).transpose()
    }

    /// Customers' messages that nothing has answered and that no person has got: the process ended while it worked on
    /// them.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn unanswered(&self) -> Result<Vec<(ConversationId, Message)>, StoreError> {
        let last = [EventBody::MESSAGE, EventBody::ADDED, EventBody::ERROR];
        let done = event::Entity::find()
            .select_only()
            .column(event::Column::MessageId)
            .filter(event::Column::Name.is_in(last))
            .into_query();
        let rows = message::Entity::find()
            .filter(message::Column::Role.eq(Role::Customer.word()))
            .filter(message::Column::Id.not_in_subquery(done))
            .order_by_asc(message::Column::CreatedAt)
            .all(&self.db)
            .await?;
        rows.into_iter().map(|row| Ok((conversation_id(&row.conversation_id)?, to_message(row)?))).collect()
    }
}

/// Whose a kept conversation is.
pub(super) fn owner(row: &conversation::Model) -> Result<Owner, StoreError> {
    Owner::of(&row.owner)
        .ok_or_else(|| StoreError::row(format!("conversation {}", row.id), format!("owner {:?}", row.owner)))
}

/// Adds a message to a conversation that is held.
pub(super) async fn insert_message(db: &DatabaseTransaction, to: &Held, message: &Message) -> Result<(), StoreError> {
    let row = message::ActiveModel {
        id: Set(message.id.to_string()),
        conversation_id: Set(to.id.to_string()),
        seq: Set(message_count(db, to.id).await?),
        role: Set(message.role.word().to_owned()),
        author: Set(message.author.clone()),
        text: Set(letters::kept(&message.text)),
        lang: Set(message.lang.as_str().to_owned()),
        in_reply_to: Set(message.in_reply_to.map(|id| id.to_string())),
        reply: Set(message.reply.as_ref().map(to_json).transpose()?),
        created_at: Set(message.created_at.as_millisecond()),
    };
    message::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// How many messages a conversation has; they are numbered from 0.
pub(super) async fn message_count(db: &impl ConnectionTrait, of: ConversationId) -> Result<i32, StoreError> {
    let last = message::Entity::find()
        .select_only()
        .column_as(message::Column::Seq.max(), "last")
        .filter(message::Column::ConversationId.eq(of.to_string()))
        .into_tuple::<Option<i32>>()
        .one(db)
        .await?;
    Ok(last.flatten().map_or(0, |last| last.saturating_add(1)))
}
