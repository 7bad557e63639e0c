//! What changed in the queue, in one order that every replica tells alike.
//!
//! An event is written in the transaction of the change that it tells of, without a number: numbers that were drawn there
//! would not be in the order of the commits, and who listens after number 7 would miss a 6 that was committed later. They
//! are numbered by whoever looks first, one at a time, and only what is committed by then: so no number is given before all
//! smaller ones can be read, and no change waits for another one because of it. Events of one ticket are in the order in
//! which they happened, because each change holds its conversation.
//!
//! What is long past is let go, from the first number on, so that what is left has no gap. The last one always stays:
//! the numbers go on from it.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, IntoCondition};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::desk_event;
use super::rows::{ticket_id, timestamp};
use super::{DeskEvent, DeskEventKind, Store, StoreError};
use crate::guard::DeskCode;
use crate::handoff::{OperatorName, Reference, Ticket};

/// Names the lock that is held while events are numbered. Any number, but always the same.
const NUMBERING: i64 = 0x6d61_646f_6775_6576;
/// Events numbered in one go.
const AT_ONCE: u64 = 500;
/// Events let go in one go: nobody who wants to write waits for more.
const GO_AT_ONCE: i64 = 5_000;

/// Something that changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed<'a> {
    /// What happened.
    pub(super) kind: DeskEventKind,
    /// The desk that had it before, where that is another one.
    pub(super) from_desk: Option<&'a DeskCode>,
    /// Who did it, as the logs name them.
    pub(super) by: &'a str,
    /// When.
    pub(super) at: Timestamp,
}

impl<'a> Changed<'a> {
    pub(super) fn new(kind: DeskEventKind, by: &'a str, at: Timestamp) -> Self {
        Self { kind, from_desk: None, by, at }
    }
}

/// Notes that something changed. `ticket` is as it is after that.
pub(super) async fn changed(db: &DatabaseTransaction, ticket: &Ticket, change: Changed<'_>) -> Result<(), StoreError> {
    let row = desk_event::ActiveModel {
        seq: Set(None),
        at: Set(change.at.as_millisecond()),
        kind: Set(change.kind.word().to_owned()),
        ticket_id: Set(ticket.id.to_string()),
        reference: Set(ticket.reference.as_str().to_owned()),
        desk: Set(ticket.desk.0.clone()),
        from_desk: Set(change.from_desk.filter(|from| **from != ticket.desk).map(|from| from.0.clone())),
        operator: Set(ticket.operator.as_ref().map(|operator| operator.0.clone())),
        who: Set(change.by.to_owned()),
        ..Default::default()
    };
    desk_event::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

impl Store {
    /// What changed in the queue after `after`, whoever may see it, in order, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn desk_events_after(&self, after: u64, limit: u64) -> Result<Vec<DeskEvent>, StoreError> {
        self.number_desk_events().await?;
        let rows = desk_event::Entity::find()
            .filter(desk_event::Column::Seq.gt(i64::try_from(after).unwrap_or(i64::MAX)))
            .order_by_asc(desk_event::Column::Seq)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_desk_event).collect()
    }

    /// The number of the last change of the queue; 0 if nothing has changed yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_desk_event(&self) -> Result<u64, StoreError> {
        self.number_desk_events().await?;
        Ok(u64::try_from(last(&self.db).await?).unwrap_or_default())
    }

    /// Lets go of changes from before `cutoff`, but never of the last one. Returns how many went.
    ///
    /// # Errors
    /// When the database fails; what went before is gone.
    pub async fn forget_desk_events(&self, cutoff: Timestamp) -> Result<u64, StoreError> {
        // Where nobody ever watches the queue, this is the first look.
        self.number_desk_events().await?;
        let kept = match first(&self.db, desk_event::Column::At.gte(cutoff.as_millisecond())).await? {
            Some(seq) => seq,
            None => last(&self.db).await?,
        };
        let mut gone = 0;
        while let Some(seq) = first(&self.db, desk_event::Column::Seq.lt(kept)).await? {
            let until = seq.saturating_add(GO_AT_ONCE).min(kept);
            let some = desk_event::Entity::delete_many().filter(desk_event::Column::Seq.lt(until));
            gone += some.exec(&self.db).await?.rows_affected;
        }
        Ok(gone)
    }

    /// Numbers what is there and has no number.
    async fn number_desk_events(&self) -> Result<(), StoreError> {
        if unnumbered(&self.db, 1).await?.is_empty() {
            return Ok(());
        }
        let transaction = self.begin().await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({NUMBERING})");
            transaction.execute_unprepared(&lock).await?;
        }
        loop {
            let ids = unnumbered(&transaction, AT_ONCE).await?;
            if ids.is_empty() {
                break;
            }
            let first = last(&transaction).await?.saturating_add(1);
            for (seq, id) in (first..).zip(ids) {
                desk_event::Entity::update_many()
                    .col_expr(desk_event::Column::Seq, Expr::val(seq))
                    .filter(desk_event::Column::Id.eq(id))
                    .exec(&transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Those that have no number yet, in the order in which they were written.
async fn unnumbered(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<i64>, StoreError> {
    let ids = desk_event::Entity::find()
        .select_only()
        .column(desk_event::Column::Id)
        .filter(desk_event::Column::Seq.is_null())
        .order_by_asc(desk_event::Column::Id)
        .limit(limit)
        .into_tuple::<i64>()
        .all(db)
        .await?;
    Ok(ids)
}

/// The smallest number of those that are like this.
async fn first(db: &impl ConnectionTrait, like: impl IntoCondition) -> Result<Option<i64>, StoreError> {
    let first = desk_event::Entity::find()
        .select_only()
        .column_as(desk_event::Column::Seq.min(), "first")
        .filter(like)
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    Ok(first.flatten())
}

async fn last(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let last = desk_event::Entity::find()
        .select_only()
        .column_as(desk_event::Column::Seq.max(), "last")
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

fn to_desk_event(row: desk_event::Model) -> Result<DeskEvent, StoreError> {
    let what = format!("desk event {}", row.id);
    Ok(DeskEvent {
        seq: row.seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or_default(),
        at: timestamp(&what, row.at)?,
        kind: DeskEventKind::of(&row.kind).ok_or_else(|| StoreError::row(&what, format!("kind {:?}", row.kind)))?,
        ticket: ticket_id(&row.ticket_id)?,
        reference: Reference::kept(&row.reference),
        desk: DeskCode(row.desk),
        from_desk: row.from_desk.map(DeskCode),
        operator: row.operator.map(OperatorName),
        by: row.who,
    })
}
