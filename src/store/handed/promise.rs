//! Promises, and the ledger of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Filed, words};
use crate::guard::DeskCode;
use crate::handoff::{PromiseState, TicketId};

/// What a customer was promised about a ticket: how it stands now. How it came to that stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Promise {
    /// About which ticket.
    pub ticket: TicketId,
    /// When it was first made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// By when the customer hears from a person, as they were last told.
    #[schema(value_type = String, format = DateTime)]
    pub promised_by: Timestamp,
    /// As they were first told.
    #[schema(value_type = String, format = DateTime)]
    pub first_promised_by: Timestamp,
    /// What became of it.
    pub state: PromiseState,
    /// How often the machine itself has moved it.
    pub machine_renegotiations: u32,
    /// How often the desk was warned that little is left of the present time.
    pub warned: u32,
    /// When the clockwork must look at it next; nothing once nothing is owed any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due: Option<Timestamp>,
}

impl Promise {
    /// The time that is still owed to the customer: none after the answer, or after the case was called off.
    pub fn owed(&self) -> Option<Timestamp> {
        self.next_due.map(|_| self.promised_by)
    }

    /// The time that holds when two cases are handled as one: the earlier of those that are owed.
    pub fn in_force(&self, other: &Self) -> Option<Timestamp> {
        self.owed().into_iter().chain(other.owed()).min()
    }
}

/// Something that happened to a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// It was made.
    Promised,
    /// The desk was told that it is in danger.
    Warned,
    /// The customer was told a new time before the old one.
    Renegotiated,
    /// The answer came by the time it was promised for.
    Kept,
    /// The time passed.
    Breached,
    /// The customer called the case off.
    Withdrawn,
    /// What was promised reached the customer.
    Told,
    /// It did not after all: the mail that told it came back.
    Undelivered,
    /// The case is handled together with another one: what was owed here is owed there. The reason names that case.
    Merged,
    /// Another case is handled together with this one, and this is the time that holds for both: the earlier one. The
    /// reason names that case.
    TookOver,
}

words!(LedgerKind {
    Promised = "promised",
    Warned = "warned",
    Renegotiated = "renegotiated",
    Kept = "kept",
    Breached = "breached",
    Withdrawn = "withdrawn",
    Told = "told",
    Undelivered = "undelivered",
    Merged = "merged",
    TookOver = "took_over",
});

/// A line of the ledger. Lines are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerEntry {
    /// Counts the lines.
    pub seq: u64,
    /// About which ticket.
    pub ticket: TicketId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What happened.
    pub kind: LedgerKind,
    /// By whom: `operator:` and their name, `assistant`, `clockwork`, `customer`, `outbox`, `inbound mail`.
    pub by: String,
    /// The time that holds after it: the new one, where one was given, and otherwise the one that was kept, passed or
    /// told.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub promised_by: Option<Timestamp>,
    /// The words the customer was shown. Ours.
    pub words: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A new time for a promise.
#[derive(Debug, Clone, Copy)]
pub struct NewPromise<'a> {
    /// Who gives it: [`super::CLOCKWORK`], or an operator as [`crate::handoff::By::word`] has them.
    pub by: &'a str,
    /// Whether nobody gives it but the machine: that it may do once.
    pub machine: bool,
    /// When it is given.
    pub at: Timestamp,
    /// The new time.
    pub promised_by: Timestamp,
    /// When the clockwork must look at it next.
    pub next_due: Timestamp,
    /// The ticket's level from now on.
    pub level: u8,
    /// The words the customer is told it in.
    pub words: &'a str,
    /// Why, if it is known.
    pub reason: Option<&'a str>,
}

/// What an answer did for the promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It came in time.
    Kept,
    /// The time had passed, and nobody had noticed yet: the ledger says that the promise is broken.
    Late,
    /// Nothing was owed any more.
    Already,
}

/// Which promises. An empty list means any.
#[derive(Debug, Clone, Default)]
pub struct PromiseFilter {
    /// In these states.
    pub states: Vec<PromiseState>,
    /// Of these desks.
    pub desks: Vec<DeskCode>,
    /// Only those whose time comes before this.
    pub promised_before: Option<Timestamp>,
    /// Only those that are still owed.
    pub owed: bool,
    /// After this one.
    pub after: Option<PromiseCursor>,
    /// At most so many.
    pub limit: u64,
}

/// A place in the list of promises: the order is by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseCursor {
    /// The time.
    pub promised_by: Timestamp,
    /// Decides where it is the same.
    pub ticket: TicketId,
}

impl Filed {
    /// Where the list of promises goes on after this one.
    pub fn promise_cursor(&self) -> PromiseCursor {
        PromiseCursor { promised_by: self.promise.promised_by, ticket: self.ticket.id }
    }
}

/// How promises fared, counted in tickets, from the ledger. The first six are all there are, each counted once and at its
/// worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromiseCounts {
    /// Nothing has happened yet.
    pub running: u64,
    /// Kept at the time first given.
    pub kept: u64,
    /// Kept or still running with a later time, of which the customer was told before the earlier one passed.
    pub renegotiated: u64,
    /// A time passed.
    pub breached: u64,
    /// Called off by the customer before any time had passed.
    pub withdrawn: u64,
    /// Owed under another case since both are handled together.
    #[serde(default)]
    pub merged: u64,
    /// The desk was warned.
    pub warned: u64,
    /// Some word of it demonstrably reached the customer.
    pub told: u64,
}
