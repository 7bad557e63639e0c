//! Tickets: what opens one, what is done to it, and how it is found.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NewNotice, Promise};
use crate::conversation::Standing;
use crate::guard::DeskCode;
use crate::handoff::{By, OperatorName, Ticket, TicketId, TicketState};
use crate::language::Lang;

/// A ticket that is to be opened, with the promise that goes with it.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The ticket, waiting, in its first version. Its conversation is the one that is handed over.
    pub ticket: Ticket,
    /// By when the customer hears from a person.
    pub promised_by: Timestamp,
    /// When the clockwork must look at it first.
    pub next_due: Timestamp,
    /// The words the promise was made in. Ours: nothing that the customer said.
    pub words: String,
    /// What goes out of the house.
    pub outbox: Vec<NewNotice>,
}

/// What became of the outcome of a customer's message.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// The outcome is kept as it was given.
    Said,
    /// The reply is kept, and the case is with a desk.
    HandedOff(Standing),
    /// A person had the conversation by then, so that the assistant said nothing: the message went to the case that is
    /// there.
    Added(Standing),
}

/// What became of a ticket that was to be opened.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// It is open.
    New(Standing),
    /// One was open already. Nothing was kept or told.
    There(Box<Ticket>),
}

/// An operator does something to a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Which ticket.
    pub ticket: TicketId,
    /// Who.
    pub by: &'a OperatorName,
    /// When.
    pub at: Timestamp,
    /// The version they saw; if the ticket has changed since, nothing is done.
    pub seen: Option<u32>,
}

impl Act<'_> {
    /// The operator as logs name them, so that none can be taken for the machine or a customer.
    pub(in crate::store) fn who(&self) -> String {
        By::Operator(self.by.clone()).word()
    }
}

/// The operator's word settles the matter: it keeps the promise, and shows how long the case took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settles {
    /// The hour of the desk's week in which the case came in, from Monday's first: 0 to 167.
    pub hour_of_week: u8,
}

/// A ticket and what was promised about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Filed {
    /// The ticket.
    pub ticket: Ticket,
    /// The promise.
    pub promise: Promise,
}

impl Filed {
    /// Where the list goes on after this one.
    pub fn cursor(&self) -> TicketCursor {
        TicketCursor {
            priority: self.ticket.priority,
            promised_by: self.promise.promised_by,
            opened_at: self.ticket.opened_at,
            id: self.ticket.id,
        }
    }
}

/// A place in the queue: the order is by urgency, then by what was promised, then by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketCursor {
    /// Urgency; 1 first.
    pub priority: u8,
    /// By when an answer was promised.
    pub promised_by: Timestamp,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Decides where all else is the same.
    pub id: TicketId,
}

/// Which tickets. An empty list means any.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// Of these desks.
    pub desks: Vec<DeskCode>,
    /// In these states.
    pub states: Vec<TicketState>,
    /// Of this operator.
    pub operator: Option<OperatorName>,
    /// Of customers who speak this language.
    pub language: Option<Lang>,
    /// Without those that still sleep at this time.
    pub awake_at: Option<Timestamp>,
    /// After this one.
    pub after: Option<TicketCursor>,
    /// At most so many.
    pub limit: u64,
}

/// What an operator noted about a ticket, for colleagues only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// Names it.
    pub id: Uuid,
    /// Who.
    pub operator: OperatorName,
    /// What.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// How long a case took: a sample for the times that others are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    /// The hour of the desk's week in which it came in.
    pub hour_of_week: u8,
    /// From its opening until an operator took it.
    pub waited: SignedDuration,
    /// From then until it was settled.
    pub handled: SignedDuration,
    /// When it was settled.
    pub at: Timestamp,
}

/// How a customer found the help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Feedback {
    /// Whether the problem was solved.
    pub solved: Option<bool>,
    /// From 1 to 5.
    pub score: Option<u8>,
    /// In their words.
    pub comment: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// How a conversation's customer is reached, and what the shop says about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Their address.
    pub email: Option<String>,
    /// When they showed that it is theirs.
    pub email_verified_at: Option<Timestamp>,
    /// The context that the shop signed.
    pub context: Option<serde_json::Value>,
    /// When the conversation ended, if it has.
    pub closed_at: Option<Timestamp>,
}

/// A line of the audit log: names only, no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Audited {
    /// Counts the lines.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What they did.
    pub what: String,
    /// To what: an id.
    pub about: String,
}
