//! What a customer was promised: by when a person answers. And what the clockwork must do so that no such time passes
//! in silence.
//!
//! Each open ticket has one promise that runs. It is looked at when it is due ([`Promise::next_due`]), and also late,
//! twice, after days of downtime, or by a clock that was put back: [`Promise::look`] says what has to happen *now*, and
//! nothing of it rests on the look before having come in time. Whatever the sequence of looks, of each promised time
//! one of these is true: the answer came before it; the customer was told a later one before it; or the first look
//! after it is a [`Look::Breach`], to be told at once.
//!
//! Everything here is arithmetic. Who calls it writes promise, ledger entries and notices in one transaction.

mod ledger;
mod terms;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Calendar, OperatorName};

pub use ledger::{By, Entry, EntryKind, Outcome};
pub use terms::{Terms, TermsError};

/// How far a promise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// No time has passed so far.
    Running,
    /// The customer was answered, and no time had passed.
    Kept,
    /// A time has passed without an answer. It stays this, also when the answer comes: a broken promise is never kept.
    /// Until then a new time runs, and [`Promise::next_due`] is set.
    Breached,
    /// The customer called it off, and no time had passed.
    Withdrawn,
    /// It went over to another case, and no time had passed: its time holds there.
    Merged,
}

impl PromiseState {
    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Kept => "kept",
            Self::Breached => "breached",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
        }
    }

    /// The state of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Running, Self::Kept, Self::Breached, Self::Withdrawn, Self::Merged]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// What a customer was promised about one ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Promise {
    /// When the first time was promised.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// By when a person answers, as the customer was told last.
    #[schema(value_type = String, format = DateTime)]
    pub promised_by: Timestamp,
    /// By when a person should have answered, as the customer was told first.
    #[schema(value_type = String, format = DateTime)]
    pub first_promised_by: Timestamp,
    /// How far it is.
    pub state: PromiseState,
    /// How often the machine has put the time off: at most once. After that a supervisor does it, or it is a breach.
    pub machine_renegotiations: u32,
    /// Whether the desk was warned that little is left of the present time.
    pub warned: bool,
    /// When it must be looked at next, never after the promised time; `None` once it is over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due: Option<Timestamp>,
}

/// How many wait, and how long each of them takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The tickets that come before this one.
    pub ahead: u32,
    /// How long an operator is busy with a ticket; where that is not known (there are not enough samples), a backlog
    /// counts nothing.
    pub median_handling: Option<SignedDuration>,
}

/// A backlog makes a promise at most this many times as long as the terms.
const STRETCH: i32 = 3;

impl Backlog {
    /// Open time with what the backlog adds: tickets ahead × median handling, as if one operator did them one after the
    /// other. That only ever makes it longer, and never more than three times as long: beyond that a later time is no
    /// promise any more, and a desk that is so far behind should have to say so.
    fn stretched(self, open: SignedDuration) -> SignedDuration {
        let each = self.median_handling.unwrap_or_default().max(SignedDuration::ZERO);
        let ahead = i32::try_from(self.ahead).unwrap_or(i32::MAX);
        let more = each.checked_mul(ahead).unwrap_or(SignedDuration::MAX);
        open.saturating_add(more).min(open.checked_mul(STRETCH).unwrap_or(open))
    }
}

/// What the clockwork must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing, until it is due again; never again if it is over.
    Nothing {
        /// When it is due again.
        next_due: Option<Timestamp>,
    },
    /// Tell the desk that little of the time is left, and let the ticket's priority rise.
    Warn {
        /// When it is due again.
        next_due: Timestamp,
    },
    /// Tell the customer, while the time has not come yet, that it will be a later one; with an apology. The case rises
    /// a level.
    Renegotiate {
        /// The later time.
        new_promised_by: Timestamp,
        /// When it is due again.
        next_due: Timestamp,
    },
    /// Tell the customer, at once and plainly, that the time has passed; with an apology and a new time. The case rises
    /// a level.
    Breach {
        /// The new time.
        new_promised_by: Timestamp,
        /// When it is due again.
        next_due: Timestamp,
    },
}

impl Look {
    /// Whether the case rises a level.
    pub fn escalates(&self) -> bool {
        matches!(self, Self::Renegotiate { .. } | Self::Breach { .. })
    }
}

/// A promise after something happened, and what the ledger has to say about that, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The promise from now on.
    pub promise: Promise,
    /// New lines for the ledger.
    pub entries: Vec<Entry>,
}

impl Change {
    /// Whether a time had passed without a word. The notice that goes out with this change has to say so.
    pub fn breached(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == EntryKind::Breached)
    }
}

/// Why a supervisor's new time does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRenegotiated {
    /// The promise is over.
    #[error("the promise is over: there is nothing to put off")]
    Over,
    /// The new time is not later than the one it replaces, or is past.
    #[error("the new time must be later than {after}")]
    NotLater {
        /// What it has to be later than.
        after: Timestamp,
    },
}

impl Promise {
    /// Promises a time: the desk's terms for this priority, what the backlog adds and what a service notice adds, in the
    /// desk's open time from `now`, put off to a quarter of an hour within its hours. If the desk has no hours for so
    /// long (see [`Calendar::add`]) the time is counted by the clock: a promise there is in any case.
    pub fn made(now: Timestamp, calendar: &Calendar, terms: &Terms, priority: u8, backlog: Backlog) -> Change {
        let open = backlog.stretched(terms.open(priority)).saturating_add(terms.delay());
        let promised_by = counted(now, calendar, open);
        let mut promise = Self {
            made_at: now,
            promised_by,
            first_promised_by: promised_by,
            state: PromiseState::Running,
            machine_renegotiations: 0,
            warned: false,
            next_due: None,
        };
        promise.next_due = Some(promise.due(now, calendar, terms));
        let entries = vec![promise.entry(EntryKind::Promised, now, By::Machine, None)];
        Change { promise, entries }
    }

    /// Whether an answer is still owed: then the clockwork looks at it.
    pub fn is_owed(&self) -> bool {
        self.next_due.is_some()
    }

    /// What must happen now. The same answer however often it is asked, and as good after a long silence as in time.
    pub fn look(&self, now: Timestamp, calendar: &Calendar, terms: &Terms, priority: u8) -> Look {
        let Some(due) = self.next_due else { return Look::Nothing { next_due: None } };
        if now >= self.promised_by {
            let next = self.put_off(now, calendar, terms, priority, self.machine_renegotiations);
            let (new_promised_by, next_due) = next;
            return Look::Breach { new_promised_by, next_due };
        }
        if now < due {
            return Look::Nothing { next_due: Some(due) };
        }
        let last_word = self.last_word(terms);
        if now >= last_word {
            let next = self.put_off(now, calendar, terms, priority, self.machine_renegotiations.saturating_add(1));
            let (new_promised_by, next_due) = next;
            return Look::Renegotiate { new_promised_by, next_due };
        }
        if self.warned {
            // Other terms than those that `due` was reckoned by: the case has come to another desk.
            return Look::Nothing { next_due: Some(last_word) };
        }
        Look::Warn { next_due: last_word }
    }

    /// The promise once what a look asked for is done, in the transaction that does it.
    pub fn done(&self, look: &Look, now: Timestamp) -> Change {
        let mut promise = self.clone();
        let kind = match *look {
            Look::Nothing { next_due } => {
                promise.next_due = next_due;
                return Change { promise, entries: Vec::new() };
            }
            Look::Warn { next_due } => {
                (promise.warned, promise.next_due) = (true, Some(next_due));
                EntryKind::Warned
            }
            Look::Renegotiate { new_promised_by, next_due } => {
                promise.runs(new_promised_by, next_due);
                promise.machine_renegotiations = promise.machine_renegotiations.saturating_add(1);
                EntryKind::Renegotiated
            }
            Look::Breach { new_promised_by, next_due } => {
                promise.runs(new_promised_by, next_due);
                promise.state = PromiseState::Breached;
                EntryKind::Breached
            }
        };
        let entries = vec![promise.entry(kind, now, By::Machine, None)];
        Change { promise, entries }
    }

    /// The customer is answered: what was promised, and no holding reply. `None` if nothing is owed any more.
    ///
    /// An answer at the promised time is in time. One that comes later, before the clockwork has looked, is a breach as
    /// well, and the answer has to say so: see [`Change::breached`].
    pub fn keep(&self, now: Timestamp, by: &OperatorName) -> Option<Change> {
        self.over(now, EntryKind::Kept, PromiseState::Kept, By::Operator(by.clone()))
    }

    /// Nobody waits any more: the customer calls it off, or what it was about is gone. `None` if nothing is owed any
    /// more. A time that passed in silence before is a breach here too.
    pub fn withdraw(&self, now: Timestamp, by: By) -> Option<Change> {
        self.over(now, EntryKind::Withdrawn, PromiseState::Withdrawn, by)
    }

    /// A supervisor promises a later time, and writes to the customer; as often as they dare. (That they are one of the
    /// desk's supervisors, the caller knows.) After the old time that is a breach with their words.
    ///
    /// # Errors
    /// When the promise is over, or the time is not later than the old one and than `now`.
    pub fn renegotiate(
        &self,
        now: Timestamp,
        new_promised_by: Timestamp,
        by: &OperatorName,
        reason: &str,
        calendar: &Calendar,
        terms: &Terms,
    ) -> Result<Change, NotRenegotiated> {
        if !self.is_owed() {
            return Err(NotRenegotiated::Over);
        }
        let after = now.max(self.promised_by);
        if new_promised_by <= after {
            return Err(NotRenegotiated::NotLater { after });
        }
        let mut promise = self.clone();
        promise.runs(new_promised_by, new_promised_by);
        promise.next_due = Some(promise.due(now, calendar, terms));
        let late = now >= self.promised_by;
        if late {
            promise.state = PromiseState::Breached;
        }
        let kind = if late { EntryKind::Breached } else { EntryKind::Renegotiated };
        let entries = vec![promise.entry(kind, now, By::Operator(by.clone()), Some(reason.to_owned()))];
        Ok(Change { promise, entries })
    }

    /// A line for the ledger that holds what was promised last, such as that a notice reached the customer.
    pub fn entry(&self, kind: EntryKind, at: Timestamp, by: By, reason: Option<String>) -> Entry {
        Entry { kind, at, promised_by: self.promised_by, by, reason }
    }

    fn over(&self, now: Timestamp, kind: EntryKind, state: PromiseState, by: By) -> Option<Change> {
        self.next_due?;
        let mut promise = Self { next_due: None, ..self.clone() };
        let mut entries = Vec::new();
        if now > self.promised_by {
            promise.state = PromiseState::Breached;
            entries.push(self.entry(EntryKind::Breached, now, By::Machine, None));
        }
        if promise.state == PromiseState::Running {
            promise.state = state;
        }
        entries.push(self.entry(kind, now, by, None));
        Some(Change { promise, entries })
    }

    /// Another time runs.
    fn runs(&mut self, promised_by: Timestamp, next_due: Timestamp) {
        (self.promised_by, self.warned, self.next_due) = (promised_by, false, Some(next_due));
    }

    /// A later time, and when that is due. Later than now, and than the present time too: no promise is shorter than the
    /// customer is told of it ahead ([`TermsError::Tell`]).
    fn put_off(
        &self,
        now: Timestamp,
        calendar: &Calendar,
        terms: &Terms,
        priority: u8,
        machine_renegotiations: u32,
    ) -> (Timestamp, Timestamp) {
        let promised_by = counted(now, calendar, terms.open(priority).saturating_add(terms.delay()));
        let next = Self { promised_by, machine_renegotiations, ..self.clone() };
        (promised_by, next.due(now, calendar, terms))
    }

    /// When a time that runs from `from` must be looked at first.
    fn due(&self, from: Timestamp, calendar: &Calendar, terms: &Terms) -> Timestamp {
        let calm = terms.calm(calendar.open_between(from, self.promised_by));
        let at_risk = calendar.add(from, calm).unwrap_or(self.promised_by);
        // A supervisor may promise so short a time that the last word would be the very next.
        let last_word = Some(self.last_word(terms)).filter(|last_word| *last_word > from);
        at_risk.min(last_word.unwrap_or(self.promised_by))
    }

    /// The last moment before the machine has to speak to the customer: to put the time off, or, where it may not any
    /// more, to own up to a breach.
    fn last_word(&self, terms: &Terms) -> Timestamp {
        match self.machine_renegotiations {
            0 => self.promised_by.checked_sub(terms.tell_before()).unwrap_or(Timestamp::MIN),
            _ => self.promised_by,
        }
    }
}

/// Open time from a moment on, to the quarter of an hour; by the clock where the calendar has not got so much.
fn counted(from: Timestamp, calendar: &Calendar, open: SignedDuration) -> Timestamp {
    let by_clock = || from.checked_add(open).unwrap_or(Timestamp::MAX);
    calendar.quarter_after(from, open).unwrap_or_else(|_| by_clock())
}
