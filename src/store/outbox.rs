//! The outbox: what goes out of the house, kept with what it tells of, and delivered at least once.
//!
//! Notices about one ticket go to each target in the order they came up; a target that is down holds up nobody else's.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, LockBehavior, LockType, Query};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use uuid::Uuid;

use super::entity::outbox;
use super::held::Held;
use super::promises::{Line, write};
use super::rows::{ticket_id, timestamp, to_json, to_notice};
use super::{LedgerKind, NewNotice, Notice, NoticeState, OutboxFilter, Store, StoreError, letters};
use crate::conversation::ConversationId;
use crate::handoff::TicketId;

/// Who is said to have told the customer.
const BY: &str = "outbox";

impl Store {
    /// Keeps notices of a conversation beside any change, such as a transcript; about its open ticket, if it has one.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails; then none is kept.
    pub async fn enqueue(&self, of: ConversationId, notices: &[NewNotice]) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, of).await?;
        let ticket = held.open(&transaction).await?.map(|open| open.ticket.id);
        enqueue(&transaction, &held, ticket, notices).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes the notices that can go out by now, at most `limit`; until `lease_until` nobody else gets them. A notice
    /// waits while an earlier one about the same ticket is still on its way to the same target.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn due_notices(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u64,
    ) -> Result<Vec<Notice>, StoreError> {
        let transaction = self.begin().await?;
        let unclaimed = Condition::any()
            .add(outbox::Column::ClaimedUntil.is_null())
            .add(outbox::Column::ClaimedUntil.lte(now.as_millisecond()));
        let rows = outbox::Entity::find()
            .filter(outbox::Column::State.eq(NoticeState::Pending.word()))
            .filter(outbox::Column::NextAt.lte(now.as_millisecond()))
            .filter(unclaimed)
            .filter(Expr::not_exists(earlier()))
            .order_by_asc(outbox::Column::CreatedAt)
            .order_by_asc(outbox::Column::Seq)
            .order_by_asc(outbox::Column::Id)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&transaction)
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        outbox::Entity::update_many()
            .col_expr(outbox::Column::ClaimedUntil, Expr::val(lease_until.as_millisecond()))
            .filter(outbox::Column::Id.is_in(rows.iter().map(|row| row.id.as_str())))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        rows.into_iter().map(to_notice).collect()
    }

    /// A notice has been delivered. If it told the customer of a promised time, the ledger says that they were told.
    ///
    /// # Errors
    /// When there is no such notice, or the database fails.
    pub async fn delivered(&self, id: Uuid, at: Timestamp) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let row = outbox::Entity::find_by_id(id.to_string()).lock_exclusive().one(&transaction).await?;
        let row = row.ok_or(StoreError::UnknownNotice)?;
        // Delivered twice is told once.
        if row.state == NoticeState::Sent.word() {
            return Ok(());
        }
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::val(NoticeState::Sent.word()))
            .col_expr(outbox::Column::SentAt, Expr::val(at.as_millisecond()))
            .col_expr(outbox::Column::ClaimedUntil, Expr::val(None::<i64>))
            .filter(outbox::Column::Id.eq(id.to_string()))
            .exec(&transaction)
            .await?;
        if let (Some(ticket), Some(tells)) = (row.ticket_id.as_deref(), row.tells) {
            let promised_by = Some(timestamp("notice", tells)?);
            let line = Line { promised_by, reason: Some("delivered"), ..Line::new(LedgerKind::Told, BY, at) };
            write(&transaction, ticket_id(ticket)?, line).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// A notice could not be delivered; it is tried again at `next_at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failed(&self, id: Uuid, error: &str, next_at: Timestamp) -> Result<(), StoreError> {
        in_vain(id, error).col_expr(outbox::Column::NextAt, Expr::val(next_at.as_millisecond())).exec(&self.db).await?;
        Ok(())
    }

    /// A notice is given up, until somebody sends it off again. It holds up those after it no longer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dead(&self, id: Uuid, error: &str) -> Result<(), StoreError> {
        in_vain(id, error).col_expr(outbox::Column::State, Expr::val(NoticeState::Dead.word())).exec(&self.db).await?;
        Ok(())
    }

    /// Sends a notice off again that was given up or held back. Whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        let sent_off = outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::val(NoticeState::Pending.word()))
            .col_expr(outbox::Column::Attempts, Expr::val(0))
            .col_expr(outbox::Column::NextAt, Expr::val(at.as_millisecond()))
            .col_expr(outbox::Column::ClaimedUntil, Expr::val(None::<i64>))
            .filter(outbox::Column::Id.eq(id.to_string()))
            .filter(outbox::Column::State.is_in([NoticeState::Dead.word(), NoticeState::Held.word()]))
            .exec(&self.db)
            .await?;
        Ok(sent_off.rows_affected > 0)
    }

    /// Notices, by name; names are in the order in which they were given.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn outbox(&self, filter: &OutboxFilter) -> Result<Vec<Notice>, StoreError> {
        let OutboxFilter { states, ticket, conversation, after, limit } = filter;
        let mut found = outbox::Entity::find();
        if !states.is_empty() {
            found = found.filter(outbox::Column::State.is_in(states.iter().map(|state| state.word())));
        }
        if let Some(ticket) = ticket {
            found = found.filter(outbox::Column::TicketId.eq(ticket.to_string()));
        }
        if let Some(conversation) = conversation {
            found = found.filter(outbox::Column::ConversationId.eq(conversation.to_string()));
        }
        if let Some(after) = after {
            found = found.filter(outbox::Column::Id.gt(after.to_string()));
        }
        let rows = found.order_by_asc(outbox::Column::Id).limit(*limit).all(&self.db).await?;
        rows.into_iter().map(to_notice).collect()
    }
}

/// What is on its way about the same ticket, to the same target, and came up before.
fn earlier() -> sea_orm::sea_query::SelectStatement {
    let earlier = Alias::new("earlier");
    let theirs = |column: outbox::Column| Expr::col((earlier.clone(), column));
    let this = |column: outbox::Column| Expr::col((outbox::Entity, column));
    Query::select()
        .expr(Expr::cust("1"))
        .from_as(outbox::Entity, earlier.clone())
        .and_where(theirs(outbox::Column::TicketId).eq(this(outbox::Column::TicketId)))
        .and_where(theirs(outbox::Column::Target).eq(this(outbox::Column::Target)))
        .and_where(theirs(outbox::Column::State).eq(NoticeState::Pending.word()))
        .and_where(theirs(outbox::Column::Seq).lt(this(outbox::Column::Seq)))
        .to_owned()
}

/// Keeps notices of a conversation that is held, in their order.
pub(super) async fn enqueue(
    db: &DatabaseTransaction,
    of: &Held,
    ticket: Option<TicketId>,
    notices: &[NewNotice],
) -> Result<(), StoreError> {
    if notices.is_empty() {
        return Ok(());
    }
    let last = outbox::Entity::find()
        .select_only()
        .column_as(outbox::Column::Seq.max(), "last")
        .filter(outbox::Column::ConversationId.eq(of.id.to_string()))
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    let first = last.flatten().unwrap_or(0).saturating_add(1);
    let rows = (first..)
        .zip(notices)
        .map(|(seq, notice)| row(Some(of.id), ticket, seq, notice))
        .collect::<Result<Vec<_>, StoreError>>()?;
    outbox::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// A new notice as it lies in the table.
pub(super) fn row(
    of: Option<ConversationId>,
    about: Option<TicketId>,
    seq: i64,
    notice: &NewNotice,
) -> Result<outbox::ActiveModel, StoreError> {
    let state = if notice.held { NoticeState::Held } else { NoticeState::Pending };
    Ok(outbox::ActiveModel {
        id: Set(notice.id.to_string()),
        conversation_id: Set(of.map(|conversation| conversation.to_string())),
        ticket_id: Set(about.map(|ticket| ticket.to_string())),
        seq: Set(seq),
        target: Set(notice.target.word()),
        kind: Set(notice.kind.clone()),
        payload: Set(to_json(&notice.payload)?),
        tells: Set(notice.tells.map(Timestamp::as_millisecond)),
        created_at: Set(notice.at.as_millisecond()),
        next_at: Set(notice.at.as_millisecond()),
        attempts: Set(0),
        state: Set(state.word().to_owned()),
        last_error: Set(None),
        claimed_until: Set(None),
        sent_at: Set(None),
    })
}

/// Gives back a notice that is on its way, whatever else becomes of it. One that has gone or was given up stays as it is.
pub(super) fn give_back(id: Uuid) -> UpdateMany<outbox::Entity> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::ClaimedUntil, Expr::val(None::<i64>))
        .filter(outbox::Column::Id.eq(id.to_string()))
        .filter(outbox::Column::State.eq(NoticeState::Pending.word()))
}

/// The same after an attempt that failed.
fn in_vain(id: Uuid, error: &str) -> UpdateMany<outbox::Entity> {
    give_back(id)
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .col_expr(outbox::Column::LastError, Expr::val(letters::kept(error)))
}
