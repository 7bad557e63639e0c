//! What happened in conversations, in order.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::event;
use super::held::Held;
use super::rows::{from_json, message_id, to_json};
use super::{Attempt, Store, StoreError, turns};
use crate::conversation::{ConversationId, Event, EventBody, MessageId};

/// Rows of one statement; SQLite allows 32,766 parameters.
const ROWS: usize = 500;

impl Store {
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

    /// Adds events about a message that is being answered.
    ///
    /// # Errors
    /// When the database fails, or another attempt has taken this one's place ([`StoreError::Stale`]); then none is
    /// added.
    pub async fn add_events(&self, attempt: &Attempt, events: &[EventBody]) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, attempt.conversation).await?;
        turns::still_has(&transaction, attempt).await?;
        append(&transaction, &held, attempt.message, events).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The events of the latest attempt at a message: those after its last error.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn attempt(&self, message: MessageId) -> Result<Vec<Event>, StoreError> {
        let of_message = event::Column::MessageId.eq(message.to_string());
        let rows = event::Entity::find().filter(of_message).order_by_asc(event::Column::Seq).all(&self.db).await?;
        let begins = rows.iter().rposition(|row| row.name == EventBody::ERROR).map_or(0, |at| at + 1);
        rows.into_iter().skip(begins).map(to_event).collect()
    }
}

/// Appends events to a conversation that is held, and returns the sequence number of the first.
pub(super) async fn append(
    db: &DatabaseTransaction,
    to: &Held,
    about: MessageId,
    events: &[EventBody],
) -> Result<u64, StoreError> {
    let first = last_seq(db, to.id).await? + 1;
    let rows = (first..)
        .zip(events)
        .map(|(seq, body)| {
            Ok(event::ActiveModel {
                conversation_id: Set(to.id.to_string()),
                seq: Set(seq),
                message_id: Set(about.to_string()),
                name: Set(body.name().to_owned()),
                body: Set(to_json(body)?),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    for some in rows.chunks(ROWS) {
        event::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
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

fn to_event(row: event::Model) -> Result<Event, StoreError> {
    Ok(Event {
        seq: u64::try_from(row.seq).unwrap_or_default(),
        message_id: message_id(&row.message_id)?,
        body: from_json("event", &row.body)?,
    })
}
