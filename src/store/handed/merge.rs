//! Two cases that are handled as one.

use jiff::Timestamp;

use super::Telling;
use crate::handoff::{Ticket, TicketId};

/// A case goes into another one of the same customer.
#[derive(Debug, Clone)]
pub struct Merging<'a> {
    /// The other one, which stays open.
    pub into: TicketId,
    /// The time that holds from then on, as the customer is told it; none if nothing is owed about either.
    pub in_force: Option<Timestamp>,
    /// The words that the customer is told it in. Ours.
    pub words: &'a str,
    /// What is told in the conversation of the case that is closed.
    pub here: Telling<'a>,
    /// What is told in the conversation of the one that stays.
    pub there: Telling<'a>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The case that is closed.
    pub closed: Ticket,
    /// The one that stays.
    pub into: Ticket,
}
