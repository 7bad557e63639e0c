//! Tombstones: that conversations were erased, without a word of theirs and without their names.
//!
//! One is kept in the transaction that erases, so that it is there if and only if the conversation is gone. From here
//! every replica copies it to a file outside the database, which a backup that is restored does not take back
//! (`privacy::Tombstones`).
//!
//! A tombstone knows what it covers by what the customer had brought in, and neither by times nor by numbers: replicas'
//! clocks differ, and a conversation that a backup brought back counts on from where the backup ended.

use std::collections::HashSet;

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entity::{message, ticket, tombstone};
use super::rows::{timestamp, uuid};
use super::{Store, StoreError};
use crate::conversation::{ConversationId, Role, sha256};

/// Names the lock that is held from when a tombstone gets its number until it is committed. Any number, but always the
/// same.
const NUMBERING: i64 = 0x6d61_646f_6775_7473;
/// Letters of a digest that tell what one customer brought in apart.
const SHORT: usize = 12;

/// That a conversation was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Names the erasure.
    pub id: Uuid,
    /// SHA-256 of the conversation's id, hex.
    pub conversation: String,
    /// When.
    pub at: Timestamp,
    /// The customer's messages and cases that were erased: short digests of their ids, with spaces between them. Absent
    /// from what was noted before this was kept: then it is all there was, and a conversation that went on after the
    /// tombstone's time stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<String>,
}

impl Tombstone {
    /// For a conversation, whatever is in it.
    pub fn of(id: Uuid, conversation: ConversationId, at: Timestamp) -> Self {
        Self { id, conversation: Self::digest(conversation), at, covers: None }
    }

    /// What a tombstone calls a conversation.
    pub(crate) fn digest(conversation: ConversationId) -> String {
        sha256(conversation.to_string().as_bytes())
    }

    /// Whether the customer brought in nothing else.
    pub(super) fn covers_all(&self, brought: &[String]) -> bool {
        let Some(covers) = &self.covers else { return true };
        let covered: HashSet<&str> = covers.split(' ').collect();
        brought.iter().all(|name| covered.contains(name.as_str()))
    }
}

impl Store {
    /// The number of the last erasure, on whichever replica; 0 before the first. Numbers are in the order of the
    /// commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_erasure(&self) -> Result<u64, StoreError> {
        let last = tombstone::Entity::find()
            .select_only()
            .column_as(tombstone::Column::Seq.max(), "last")
            .into_tuple::<Option<i64>>()
            .one(&self.db)
            .await?;
        Ok(last.flatten().and_then(|last| u64::try_from(last).ok()).unwrap_or(0))
    }

    /// Erasures after number `after`, in order, with their numbers; at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn tombstones_after(&self, after: u64, limit: u64) -> Result<Vec<(u64, Tombstone)>, StoreError> {
        let rows = tombstone::Entity::find()
            .filter(tombstone::Column::Seq.gt(i64::try_from(after).unwrap_or(i64::MAX)))
            .order_by_asc(tombstone::Column::Seq)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_tombstone).collect()
    }
}

/// Keeps a tombstone. The last thing in a transaction: on Postgres, others that erase wait until it ends, so that
/// nobody who has read number 7 finds a 6 later.
pub(super) async fn keep(db: &DatabaseTransaction, stone: &Tombstone) -> Result<(), StoreError> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({NUMBERING})")).await?;
    }
    let row = tombstone::ActiveModel {
        id: Set(stone.id.to_string()),
        conversation: Set(stone.conversation.clone()),
        at: Set(stone.at.as_millisecond()),
        covers: Set(stone.covers.clone()),
        ..Default::default()
    };
    tombstone::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// What the customer of a conversation has brought in, as tombstones call it. What others did counts for nothing: a
/// promise that is broken in a conversation that a backup brought back must not keep it.
pub(super) async fn brought_in(db: &impl ConnectionTrait, of: ConversationId) -> Result<Vec<String>, StoreError> {
    let messages = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::ConversationId.eq(of.to_string()))
        .filter(message::Column::Role.eq(Role::Customer.word()))
        .order_by_asc(message::Column::Seq)
        .into_tuple::<String>()
        .all(db)
        .await?;
    let cases = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ticket::Column::ConversationId.eq(of.to_string()))
        .into_tuple::<String>()
        .all(db)
        .await?;
    Ok(messages.iter().chain(&cases).map(|id| sha256(id.as_bytes()).chars().take(SHORT).collect()).collect())
}

fn to_tombstone(row: tombstone::Model) -> Result<(u64, Tombstone), StoreError> {
    let what = format!("tombstone {}", row.seq);
    let seq = u64::try_from(row.seq).unwrap_or_default();
    let (id, at) = (uuid(&what, &row.id)?, timestamp(&what, row.at)?);
    Ok((seq, Tombstone { id, conversation: row.conversation, at, covers: row.covers }))
}
