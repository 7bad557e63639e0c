//! What becomes of a promise. Whoever changes one says how they saw it: if it has changed since, another was there
//! first, and nothing happens twice.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::ledger::{Line, write};
use super::read::promise;
use crate::handoff::{Ticket, TicketId};
use crate::store::desk_events::{Changed, changed};
use crate::store::entity::promise as row;
use crate::store::held::Held;
use crate::store::logs::note_down;
use crate::store::outbox::enqueue;
use crate::store::tickets::change;
use crate::store::{
    CLOCKWORK, DeskEventKind, Keeping, LedgerKind, NewNotice, NewPromise, Promise, PromiseState, Store, StoreError,
    Telling,
};

impl Store {
    /// There is nothing to do yet: the clockwork looks again then (without a time: when it would have anyway), and the
    /// lease is over.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the promise has changed, or when the database fails.
    pub async fn look_again(&self, seen: &Promise, next_due: Option<Timestamp>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let (_held, _ticket, mut promise) = as_seen(&transaction, seen).await?;
        promise.next_due = next_due.or(promise.next_due);
        save(&transaction, &promise).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The promise is in danger: the desk is warned, and the ticket becomes at least as urgent as `priority`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the promise has changed, or when the database fails; then nothing changes.
    pub async fn warn(
        &self,
        seen: &Promise,
        at: Timestamp,
        priority: u8,
        next_due: Timestamp,
        outbox: Vec<NewNotice>,
    ) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (held, mut ticket, mut promise) = as_seen(&transaction, seen).await?;
        promise.warned = promise.warned.saturating_add(1);
        promise.next_due = Some(next_due);
        save(&transaction, &promise).await?;
        let line = Line { promised_by: promise.owed(), ..Line::new(LedgerKind::Warned, CLOCKWORK, at) };
        write(&transaction, ticket.id, line).await?;
        let before = ticket.version;
        ticket.priority = ticket.priority.min(priority);
        change(&transaction, before, &mut ticket).await?;
        enqueue(&transaction, &held, Some(ticket.id), &outbox).await?;
        changed(&transaction, &ticket, Changed::new(DeskEventKind::Warned, CLOCKWORK, at)).await?;
        transaction.commit().await?;
        Ok(ticket)
    }

    /// The customer is told a new time before the old one has passed, and the case goes up a level. The machine may do
    /// that once; after that only a person.
    ///
    /// # Errors
    /// [`StoreError::Untimely`] when the old time has passed, when the new one is not later, or when the machine has
    /// done it before; [`StoreError::Stale`] when the promise has changed, or when the database fails. Then nothing
    /// changes.
    pub async fn renegotiate(
        &self,
        seen: &Promise,
        new: &NewPromise<'_>,
        telling: Telling<'_>,
    ) -> Result<Ticket, StoreError> {
        if new.at >= seen.promised_by {
            return Err(StoreError::Untimely("the promised time has passed: it cannot be moved any more, only broken"));
        }
        if new.promised_by <= seen.promised_by {
            return Err(StoreError::Untimely("a promise is moved to a later time only"));
        }
        if new.machine && seen.machine_renegotiations > 0 {
            return Err(StoreError::Untimely("the machine has moved this promise before: now a person must"));
        }
        self.give_new_time(seen, new, telling, LedgerKind::Renegotiated).await
    }

    /// The time has passed. The customer is told so, with a new time, and the case goes up a level. The promise runs on
    /// with the new time, and counts as broken whatever comes.
    ///
    /// # Errors
    /// [`StoreError::Untimely`] when the time has not passed, or the new one has; [`StoreError::Stale`] when the
    /// promise has changed, or when the database fails. Then nothing changes.
    pub async fn breach(
        &self,
        seen: &Promise,
        new: &NewPromise<'_>,
        telling: Telling<'_>,
    ) -> Result<Ticket, StoreError> {
        if new.at < seen.promised_by {
            return Err(StoreError::Untimely("the promised time has not passed"));
        }
        if new.promised_by <= new.at {
            return Err(StoreError::Untimely("the new time has passed already"));
        }
        self.give_new_time(seen, new, telling, LedgerKind::Breached).await
    }

    async fn give_new_time(
        &self,
        seen: &Promise,
        new: &NewPromise<'_>,
        telling: Telling<'_>,
        kind: LedgerKind,
    ) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (held, mut ticket, mut promise) = as_seen(&transaction, seen).await?;
        promise.promised_by = new.promised_by;
        promise.warned = 0;
        promise.next_due = Some(new.next_due);
        if kind == LedgerKind::Breached {
            promise.state = PromiseState::Breached;
        } else if new.machine {
            promise.machine_renegotiations = promise.machine_renegotiations.saturating_add(1);
        }
        save(&transaction, &promise).await?;
        let line = Line {
            promised_by: Some(new.promised_by),
            words: Some(new.words),
            reason: new.reason,
            ..Line::new(kind, new.by, new.at)
        };
        write(&transaction, ticket.id, line).await?;
        let before = ticket.version;
        ticket.level = new.level;
        change(&transaction, before, &mut ticket).await?;
        held.tell(&transaction, Some(ticket.id), None, telling).await?;
        note_down(&transaction, new.by, kind.word(), &ticket.id.to_string(), new.at).await?;
        let what = match kind {
            LedgerKind::Breached => DeskEventKind::Breached,
            _ => DeskEventKind::Renegotiated,
        };
        changed(&transaction, &ticket, Changed::new(what, new.by, new.at)).await?;
        transaction.commit().await?;
        Ok(ticket)
    }
}

/// A promise that is still owed and is as it was seen, with its ticket and its conversation held.
async fn as_seen(db: &DatabaseTransaction, seen: &Promise) -> Result<(Held, Ticket, Promise), StoreError> {
    let (held, ticket) = Held::with_ticket(db, seen.ticket).await?;
    let now = promise(db, seen.ticket).await?.ok_or(StoreError::UnknownTicket)?;
    if now != *seen || now.owed().is_none() {
        return Err(StoreError::Stale);
    }
    Ok((held, ticket, now))
}

/// Keeps a promise as it is now; whoever had it to look at is done with it.
pub(super) async fn save(db: &DatabaseTransaction, now: &Promise) -> Result<(), StoreError> {
    let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    row::Entity::update_many()
        .col_expr(row::Column::PromisedBy, Expr::val(now.promised_by.as_millisecond()))
        .col_expr(row::Column::State, Expr::val(now.state.word()))
        .col_expr(row::Column::MachineRenegotiations, Expr::val(number(now.machine_renegotiations)))
        .col_expr(row::Column::Warned, Expr::val(number(now.warned)))
        .col_expr(row::Column::NextDue, Expr::val(now.next_due.map(Timestamp::as_millisecond)))
        .col_expr(row::Column::ClaimedUntil, Expr::val(None::<i64>))
        .filter(row::Column::TicketId.eq(now.ticket.to_string()))
        .exec(db)
        .await?;
    Ok(())
}

/// The time had passed, and the clockwork had not looked yet.
fn unnoticed<'a>(promised_by: Timestamp, at: Timestamp) -> Line<'a> {
    Line { promised_by: Some(promised_by), ..Line::new(LedgerKind::Breached, CLOCKWORK, at) }
}

/// The promised outcome has come. In time, the promise is kept; if its time had passed and nobody had noticed, it is
/// broken as well, and the ledger says so first. What was broken stays broken, whatever is kept after that.
pub(in crate::store) async fn keep(
    db: &DatabaseTransaction,
    of: TicketId,
    by: &str,
    at: Timestamp,
) -> Result<Keeping, StoreError> {
    let Some(mut promise) = promise(db, of).await? else { return Ok(Keeping::Already) };
    let Some(promised_by) = promise.owed() else { return Ok(Keeping::Already) };
    let late = at > promised_by;
    if late {
        write(db, of, unnoticed(promised_by, at)).await?;
    }
    write(db, of, Line { promised_by: Some(promised_by), ..Line::new(LedgerKind::Kept, by, at) }).await?;
    if late {
        promise.state = PromiseState::Breached;
    } else if promise.state == PromiseState::Running {
        promise.state = PromiseState::Kept;
    }
    promise.next_due = None;
    save(db, &promise).await?;
    Ok(if late { Keeping::Late } else { Keeping::Kept })
}

/// Nothing is owed any more, because the customer says so. If the time had passed by then, the promise is broken all
/// the same.
pub(in crate::store) async fn withdraw(
    db: &DatabaseTransaction,
    of: TicketId,
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut promise) = promise(db, of).await? else { return Ok(()) };
    let Some(promised_by) = promise.owed() else { return Ok(()) };
    if at > promised_by {
        write(db, of, unnoticed(promised_by, at)).await?;
        promise.state = PromiseState::Breached;
    }
    write(db, of, Line { promised_by: Some(promised_by), ..Line::new(LedgerKind::Withdrawn, by, at) }).await?;
    if promise.state == PromiseState::Running {
        promise.state = PromiseState::Withdrawn;
    }
    promise.next_due = None;
    save(db, &promise).await
}
