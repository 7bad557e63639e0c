//! What becomes of two promises when their cases are handled as one: the earlier time holds for both.

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;

use super::change::save;
use super::ledger::{Line, write};
use crate::handoff::Reference;
use crate::store::{LedgerKind, Promise, PromiseState, StoreError};

/// Who merges, when, and what the customer is told.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Merger<'a> {
    pub(in crate::store) by: &'a str,
    pub(in crate::store) at: Timestamp,
    pub(in crate::store) words: &'a str,
}

/// What was owed about `closed` is owed about `into`, by the earlier of both times. A time that has passed without
/// anybody's having noticed is taken over as it is: it is the next thing that the clockwork sees, and tells.
pub(in crate::store) async fn take_over(
    db: &DatabaseTransaction,
    (closed, closed_name): (&Promise, &Reference),
    (into, into_name): (&Promise, &Reference),
    merger: Merger<'_>,
) -> Result<(), StoreError> {
    let Some(owed) = closed.owed() else { return Ok(()) };
    let Merger { by, at, words } = merger;
    let line = |kind, in_force, other| Line {
        promised_by: Some(in_force),
        words: Some(words),
        reason: Some(other),
        ..Line::new(kind, by, at)
    };
    let mut after = into.clone();
    if into.owed().is_none_or(|theirs| owed < theirs) {
        after.promised_by = owed;
        after.warned = closed.warned;
        after.next_due = closed.next_due;
        // An answer that was given about one of them is none about the other.
        if after.state != PromiseState::Breached {
            after.state = PromiseState::Running;
        }
    }
    after.machine_renegotiations = into.machine_renegotiations.max(closed.machine_renegotiations);
    save(db, &after).await?;
    write(db, into.ticket, line(LedgerKind::TookOver, after.promised_by, closed_name.as_str())).await?;
    let mut over = closed.clone();
    over.next_due = None;
    if over.state == PromiseState::Running {
        over.state = PromiseState::Merged;
    }
    save(db, &over).await?;
    write(db, closed.ticket, line(LedgerKind::Merged, after.promised_by, into_name.as_str())).await
}
