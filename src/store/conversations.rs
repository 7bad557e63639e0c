//! Conversations, messages and events.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::entity::{conversation, event, idempotency_key, message};
use super::{Store, StoreError, receipts};
use crate::answer::{Receipt, reply_html};
use crate::conversation::{Conversation, ConversationId, Event, EventBody, Message, MessageId, Role, Stage, TokenHash};
use crate::language::Lang;

/// A customer's message on its way in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The name it will have.
    pub id: MessageId,
    /// What was said, to the letter.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// When.
    pub at: Timestamp,
    /// The `Idempotency-Key` sent with it, and a digest of the request it belongs to.
    pub idempotency: Option<(String, String)>,
}

/// What became of a message on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is on disk; `since` is the sequence number of its first event.
    New {
        /// Its name.
        id: MessageId,
        /// Its first event.
        since: u64,
    },
    /// The same request came before; `since` is the sequence number of its last attempt's first event.
    Before {
        /// The name it got then.
        id: MessageId,
        /// The first event to show again.
        since: u64,
        /// That attempt failed: it is to be tried again.
        failed: bool,
    },
    /// The key was used before for another request.
    KeyReused,
}

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
        };
        Ok(Some((found, TokenHash(row.token_hash))))
    }

    /// Keeps a customer's message, its idempotency key and its first event in one transaction. When this returns, they are
    /// on disk.
    ///
    /// # Errors
    /// When the database fails; then nothing is kept.
    pub async fn receive(&self, to: ConversationId, incoming: &Incoming) -> Result<Kept, StoreError> {
        let transaction = self.begin().await?;
        if let Some((key, request)) = &incoming.idempotency {
            let used = idempotency_key::Entity::find_by_id((to.to_string(), key.clone())).one(&transaction).await?;
            if let Some(used) = used {
                if used.request_hash != *request {
                    return Ok(Kept::KeyReused);
                }
                return attempt(&transaction, message_id(&used.message_id)?).await;
            }
            let row = idempotency_key::ActiveModel {
                conversation_id: Set(to.to_string()),
                key: Set(key.clone()),
                request_hash: Set(request.clone()),
                message_id: Set(incoming.id.to_string()),
            };
            idempotency_key::Entity::insert(row).exec_without_returning(&transaction).await?;
        }
        let message = Message {
            id: incoming.id,
            role: Role::Customer,
            text: incoming.text.clone(),
            html: None,
            lang: incoming.lang.clone(),
            created_at: incoming.at,
            in_reply_to: None,
            reply: None,
        };
        insert_message(&transaction, to, &message).await?;
        let received = EventBody::Status { stage: Stage::Received, message_id: incoming.id };
        let since = append(&transaction, to, incoming.id, &[received]).await?;
        transaction.commit().await?;
        Ok(Kept::New { id: incoming.id, since })
    }

    /// Keeps the outcome of a message: its events and, where there is one, the reply with its receipt, in one transaction.
    ///
    /// # Errors
    /// When the database fails, or the message has been answered already; then nothing is kept.
    pub async fn finish(
        &self,
        of: ConversationId,
        message: MessageId,
        reply: Option<(&Message, &Receipt)>,
        events: &[EventBody],
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        if let Some((reply, receipt)) = reply {
            insert_message(&transaction, of, reply).await?;
            receipts::keep(&transaction, of, message, receipt).await?;
        }
        append(&transaction, of, message, events).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Events after `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn events_after(&self, of: ConversationId, after: u64, limit: u64) -> Result<Vec<Event>, StoreError> {
        let rows = event::Entity::find()
            .filter(event::Column::ConversationId.eq(of.to_string()))
            .filter(event::Column::Seq.gt(i32::try_from(after).unwrap_or(i32::MAX)))
            .order_by_asc(event::Column::Seq)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_event).collect()
    }

    /// Sequence number of the last event; 0 if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_event(&self, of: ConversationId) -> Result<u64, StoreError> {
        Ok(last_seq(&self.db, of).await?.try_into().unwrap_or_default())
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

    /// Customers' messages that nothing has answered: the process ended while it worked on them.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn unanswered(&self) -> Result<Vec<(ConversationId, Message)>, StoreError> {
        let last = [EventBody::MESSAGE, EventBody::ERROR];
        let done = event::Entity::find()
            .select_only()
            .column(event::Column::MessageId)
            .filter(event::Column::Name.is_in(last))
            .into_query();
        let rows = message::Entity::find()
            .filter(message::Column::Role.eq("customer"))
            .filter(message::Column::Id.not_in_subquery(done))
            .order_by_asc(message::Column::CreatedAt)
            .all(&self.db)
            .await?;
        rows.into_iter()
            .map(|row| {
                let id = uuid("conversation", &row.conversation_id)?;
                Ok((ConversationId(id), to_message(row)?))
            })
            .collect()
    }
}

/// Where the latest attempt at a message begins, and whether it failed.
async fn attempt(db: &impl ConnectionTrait, id: MessageId) -> Result<Kept, StoreError> {
    let events = event::Entity::find()
        .filter(event::Column::MessageId.eq(id.to_string()))
        .order_by_asc(event::Column::Seq)
        .all(db)
        .await?;
    let failed = events.last().is_some_and(|last| last.name == EventBody::ERROR);
    let seq = |row: &event::Model| u64::try_from(row.seq).unwrap_or_default();
    let since = match failed {
        // What follows the failure is what the caller has not seen yet.
        true => events.last().map_or(0, |last| seq(last) + 1),
        false => {
            let before = events.iter().rev().find(|row| row.name == EventBody::ERROR);
            before.map(|row| seq(row) + 1).or_else(|| events.first().map(seq)).unwrap_or_default()
        }
    };
    Ok(Kept::Before { id, since, failed })
}

async fn insert_message(db: &impl ConnectionTrait, to: ConversationId, message: &Message) -> Result<(), StoreError> {
    let of_conversation = message::Column::ConversationId.eq(to.to_string());
    let before = message::Entity::find().filter(of_conversation).count(db).await?;
    let row = message::ActiveModel {
        id: Set(message.id.to_string()),
        conversation_id: Set(to.to_string()),
        seq: Set(i32::try_from(before).unwrap_or(i32::MAX)),
        role: Set(match message.role {
            Role::Customer => "customer".to_owned(),
            Role::Assistant => "assistant".to_owned(),
        }),
        text: Set(message.text.clone()),
        lang: Set(message.lang.as_str().to_owned()),
        in_reply_to: Set(message.in_reply_to.map(|id| id.to_string())),
        reply: Set(message.reply.as_ref().map(to_json).transpose()?),
        created_at: Set(message.created_at.as_millisecond()),
    };
    message::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Appends events and returns the sequence number of the first.
pub(super) async fn append(
    db: &impl ConnectionTrait,
    to: ConversationId,
    about: MessageId,
    events: &[EventBody],
) -> Result<u64, StoreError> {
    let first = last_seq(db, to).await? + 1;
    for (seq, body) in (first..).zip(events) {
        let row = event::ActiveModel {
            conversation_id: Set(to.to_string()),
            seq: Set(seq),
            message_id: Set(about.to_string()),
            name: Set(body.name().to_owned()),
            body: Set(to_json(body)?),
        };
        event::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(u64::try_from(first).unwrap_or_default())
}

async fn last_seq(db: &impl ConnectionTrait, of: ConversationId) -> Result<i32, StoreError> {
    let last = event::Entity::find()
        .select_only()
        .column_as(event::Column::Seq.max(), "last")
        .filter(event::Column::ConversationId.eq(of.to_string()))
        .into_tuple::<Option<i32>>()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

pub(super) fn to_event(row: event::Model) -> Result<Event, StoreError> {
    Ok(Event {
        seq: u64::try_from(row.seq).unwrap_or_default(),
        message_id: message_id(&row.message_id)?,
        body: from_json("event", &row.body)?,
    })
}

fn to_message(row: message::Model) -> Result<Message, StoreError> {
    let role = match row.role.as_str() {
        "customer" => Role::Customer,
        "assistant" => Role::Assistant,
        other => return Err(StoreError::row(format!("message {}", row.id), format!("role {other:?}"))),
    };
    Ok(Message {
        id: message_id(&row.id)?,
        role,
        html: (role == Role::Assistant).then(|| reply_html(&row.text)),
        text: row.text,
        lang: Lang::new(&row.lang),
        created_at: timestamp("message", row.created_at)?,
        in_reply_to: row.in_reply_to.as_deref().map(message_id).transpose()?,
        reply: row.reply.as_deref().map(|json| from_json("reply", json)).transpose()?,
    })
}

pub(super) fn message_id(text: &str) -> Result<MessageId, StoreError> {
    uuid("message", text).map(MessageId)
}

fn uuid(what: &str, text: &str) -> Result<Uuid, StoreError> {
    text.parse().map_err(|problem| StoreError::row(what, problem))
}

fn timestamp(what: &str, milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|problem| StoreError::row(what, problem))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|problem| StoreError::row("value to keep", problem))
}

pub(super) fn from_json<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|problem| StoreError::row(what, problem))
}
