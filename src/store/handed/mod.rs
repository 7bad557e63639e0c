//! What goes into the store and comes out of it when a case is handed to a person.

mod desk_event;
mod merge;
mod notice;
mod promise;
mod search;
mod ticket;

use crate::conversation::{EventBody, Message};

pub use crate::handoff::PromiseState;
pub use desk_event::{DeskEvent, DeskEventKind, Watcher};
pub use merge::{Merged, Merging};
pub use notice::{NewNotice, Notice, NoticeState, OutboxFilter, Target};
pub use promise::{Keeping, LedgerEntry, LedgerKind, NewPromise, Promise, PromiseCounts, PromiseCursor, PromiseFilter};
pub use search::{FoundCursor, TicketSearch};
pub use ticket::{
    Act, Audited, Contact, Feedback, Filed, Finished, Handling, NewTicket, Note, Opened, Settles, TicketCursor,
    TicketFilter,
};

/// The customer, where the store notes who did something.
pub const CUSTOMER: &str = "customer";
/// The assistant, where the store notes who did something.
pub const ASSISTANT: &str = "assistant";
/// The clockwork that looks after promises, where the store notes who did something.
pub const CLOCKWORK: &str = "clockwork";

/// Whoever takes mails in, where the store notes who did something.
pub const INBOUND: &str = "inbound mail";

/// What is told together with a change: kept in the change's transaction, so that nothing is told that is not so, and
/// nothing is so that is not told.
#[derive(Debug, Clone, Default)]
pub struct Telling<'a> {
    /// A message in the conversation. The store tells of it with a [`EventBody::Message`] of its own.
    pub notice: Option<&'a Message>,
    /// Other events, after that one and before the [`EventBody::Standing`] that the store adds.
    pub events: Vec<EventBody>,
    /// What goes out of the house.
    pub outbox: Vec<NewNotice>,
}

/// A word that is kept in a column, and what it means.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word it is kept as.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What a word means.
            pub fn of(word: &str) -> Option<Self> {
                [$(Self::$variant),+].into_iter().find(|it| it.word() == word)
            }
        }
    };
}
use words;
