//! What tickets are looked for by.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Filed, Watcher};
use crate::handoff::TicketId;

/// A search for tickets.
#[derive(Debug, Clone, Copy)]
pub struct TicketSearch<'a> {
    /// What is asked for: words, all of which must be found; a reference; the number of an order.
    pub asked: &'a str,
    /// Who asks: only what they may see is found.
    pub watcher: &'a Watcher,
    /// After this one.
    pub after: Option<FoundCursor>,
    /// At most so many.
    pub limit: u64,
}

/// A place in what was found: the newest come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundCursor {
    /// When the ticket was opened.
    pub opened_at: Timestamp,
    /// Decides where it is the same.
    pub id: TicketId,
}

impl Filed {
    /// Where what was found goes on after this one.
    pub fn found_cursor(&self) -> FoundCursor {
        FoundCursor { opened_at: self.ticket.opened_at, id: self.ticket.id }
    }
}
