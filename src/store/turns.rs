//! Who answers a message: of several replicas, one at a time.
//!
//! Every message that the assistant is to answer has a row here until it has come to its end. Whoever works on it has a
//! lease, which they renew; when a replica dies, its leases lapse, and another takes the message up. Each attempt has a
//! name of its own, and what an attempt has to say after another has taken its place is refused: a replica that was only
//! slow, or cut off from the database for a while, says nothing into somebody else's answer.
//!
//! Leases compare the clocks of machines: these may differ by some seconds, and no more than that.

use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::entity::{inquiry, message, outbox, promise, turn};
use super::rows::{conversation_id, message_id, to_message};
use super::{Incoming, Store, StoreError};
use crate::conversation::{ConversationId, Message, MessageId};

/// How long a replica has a message, unless it renews that.
pub const TURN_LEASE: SignedDuration = SignedDuration::from_secs(15);

/// One attempt at answering a customer's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Which message.
    pub message: MessageId,
    /// Names the attempt; no other has the same.
    pub run: Uuid,
}

impl Attempt {
    /// The attempt that began when a new message was kept. It bears the message's own name.
    pub fn first(conversation: ConversationId, message: MessageId) -> Self {
        Self { conversation, message, run: message.0 }
    }

    /// The attempt that a request began, at the message that it brought or that it asks for again.
    pub fn begun_by(request: &Incoming, conversation: ConversationId, message: MessageId) -> Self {
        Self { conversation, message, run: request.id.0 }
    }
}

/// A message that is taken up, by name.
#[derive(FromQueryResult)]
struct Lapsed {
    message_id: String,
    conversation_id: String,
}

impl Store {
    /// Takes up messages that are still to be answered and that nobody works on, the oldest first, at most `limit`.
    /// Until `lease_until` nobody else gets them: several replicas may ask at once. `run` names the attempts that begin
    /// with this; it must be fresh.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn take_up(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        run: Uuid,
        limit: u64,
    ) -> Result<Vec<(Attempt, Message)>, StoreError> {
        let transaction = self.begin().await?;
        let lapsed = turn::Entity::find()
            .select_only()
            .column(turn::Column::MessageId)
            .column(turn::Column::ConversationId)
            .filter(turn::Column::ClaimedUntil.lte(now.as_millisecond()))
            .order_by_asc(turn::Column::MessageId)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_model::<Lapsed>()
            .all(&transaction)
            .await?;
        if lapsed.is_empty() {
            return Ok(Vec::new());
        }
        turn::Entity::update_many()
            .col_expr(turn::Column::Run, Expr::val(run.to_string()))
            .col_expr(turn::Column::ClaimedUntil, Expr::val(lease_until.as_millisecond()))
            .filter(turn::Column::MessageId.is_in(lapsed.iter().map(|row| row.message_id.as_str())))
            .exec(&transaction)
            .await?;
        let mut taken = Vec::new();
        for row in lapsed {
            let conversation = conversation_id(&row.conversation_id)?;
            let attempt = Attempt { conversation, message: message_id(&row.message_id)?, run };
            let Some(kept) = message::Entity::find_by_id(row.message_id).one(&transaction).await? else { continue };
            taken.push((attempt, to_message(kept)?));
        }
        transaction.commit().await?;
        Ok(taken)
    }

    /// Keeps the lease of an attempt that is under way. `false` when it is over: another attempt has taken its place, or
    /// the message has come to its end.
    ///
    /// # Errors
    /// When the database fails; the lease is then as it was.
    pub async fn renew(&self, attempt: &Attempt, lease_until: Timestamp) -> Result<bool, StoreError> {
        let renewed = turn::Entity::update_many()
            .col_expr(turn::Column::ClaimedUntil, Expr::val(lease_until.as_millisecond()))
            .filter(turn::Column::MessageId.eq(attempt.message.to_string()))
            .filter(turn::Column::Run.eq(attempt.run.to_string()))
            .exec(&self.db)
            .await?;
        Ok(renewed.rows_affected > 0)
    }

    /// Ends all leases, on messages, promises, inquiries and notices, where this process is the only one: on SQLite,
    /// whose folder it has locked. Whoever had them is gone, and nobody need wait until they lapse. On Postgres, where
    /// others may be at work, nothing happens. For the start, before any work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn void_leases(&self) -> Result<(), StoreError> {
        if self.db.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let transaction = self.begin().await?;
        turn::Entity::update_many().col_expr(turn::Column::ClaimedUntil, Expr::val(0_i64)).exec(&transaction).await?;
        promise::Entity::update_many()
            .col_expr(promise::Column::ClaimedUntil, Expr::val(None::<i64>))
            .filter(promise::Column::ClaimedUntil.is_not_null())
            .exec(&transaction)
            .await?;
        inquiry::Entity::update_many()
            .col_expr(inquiry::Column::ClaimedUntil, Expr::val(None::<i64>))
            .filter(inquiry::Column::ClaimedUntil.is_not_null())
            .exec(&transaction)
            .await?;
        outbox::Entity::update_many()
            .col_expr(outbox::Column::ClaimedUntil, Expr::val(None::<i64>))
            .filter(outbox::Column::ClaimedUntil.is_not_null())
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Begins an attempt at a message of a conversation that is held. `false` if one is under way, which goes on.
pub(super) async fn begin(
    db: &DatabaseTransaction,
    attempt: &Attempt,
    lease_until: Timestamp,
) -> Result<bool, StoreError> {
    if turn::Entity::find_by_id(attempt.message.to_string()).one(db).await?.is_some() {
        return Ok(false);
    }
    let row = turn::ActiveModel {
        message_id: Set(attempt.message.to_string()),
        conversation_id: Set(attempt.conversation.to_string()),
        run: Set(attempt.run.to_string()),
        claimed_until: Set(lease_until.as_millisecond()),
    };
    turn::Entity::insert(row).exec_without_returning(db).await?;
    Ok(true)
}

/// Refuses an attempt whose place another has taken, and keeps others from taking it while the transaction lasts.
pub(super) async fn still_has(db: &DatabaseTransaction, attempt: &Attempt) -> Result<(), StoreError> {
    let row = turn::Entity::find_by_id(attempt.message.to_string()).lock_exclusive().one(db).await?;
    match row {
        Some(row) if row.run == attempt.run.to_string() => Ok(()),
        // Also where there is none: another attempt has come to the end.
        _ => Err(StoreError::Stale),
    }
}

/// The message has come to its end.
pub(super) async fn end(db: &DatabaseTransaction, attempt: &Attempt) -> Result<(), StoreError> {
    turn::Entity::delete_by_id(attempt.message.to_string()).exec(db).await?;
    Ok(())
}
