//! Conversations and messages.

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use super::entity::{conversation, message, turn};
use super::held::Held;
use super::rows::{conversation_id, from_json, timestamp, to_json, to_message};
use super::{Store, StoreError, folded, letters};
use crate::conversation::{Conversation, ConversationId, Message, MessageId, Role, Subject, TokenHash};
use crate::handoff::{Owner, ShopContext};
use crate::language::Lang;

impl Store {
    /// Keeps a new conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_conversation(&self, opened: &Conversation, token: &TokenHash) -> Result<(), StoreError> {
        self.open_in_context(opened, token, None).await
    }

    /// Keeps a new conversation, with what the shop says about it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_in_context(
        &self,
        opened: &Conversation,
        token: &TokenHash,
        context: Option<&ShopContext>,
    ) -> Result<(), StoreError> {
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
            context: Set(context.map(to_json).transpose()?),
            closed_at: Set(None),
            subject: Set(opened.subject.as_ref().map(|subject| subject.as_str().to_owned())),
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
            subject: row.subject.map(Subject::kept),
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

    /// Customers' messages that are to be answered and that nothing has answered so far, the oldest first, whoever works
    /// on them.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn unanswered(&self) -> Result<Vec<(ConversationId, Message)>, StoreError> {
        let open = turn::Entity::find().select_only().column(turn::Column::MessageId).into_query();
        let rows = message::Entity::find()
            .filter(message::Column::Id.in_subquery(open))
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
        // What customers say is searched for; what we say to them is not.
        folded: Set((message.role == Role::Customer).then(|| folded::folded(&message.text))),
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
