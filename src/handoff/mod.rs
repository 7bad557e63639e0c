//! What goes to a person: the case, the ticket, whose conversation it is, and what the customer was promised.

mod calendar;
mod case;
mod desks;
mod facts;
mod owner;
mod promise;
mod queue;
mod reference;
mod routing;
mod ticket;
mod words;

pub use calendar::{Calendar, Holidays, Hours, HoursError, NeverOpen, NoHours};
pub use case::{Answered, Case};
pub use desks::{DeskRules, Desks, DesksError};
pub use facts::{Fact, FactKind, facts};
pub use owner::{Move, NotNow, Owner};
pub use promise::{
    Backlog, By, Change, Entry, EntryKind, Look, NotRenegotiated, Outcome, Promise, PromiseState, Terms, TermsError,
};
pub use queue::{ENOUGH, Measured, Minutes, Sample, Spread, Times, Wait, hour_of_week};
pub use reference::Reference;
pub use routing::{priority, raised, route, wished_language};
pub use ticket::{OperatorName, Ticket, TicketId, TicketState};
pub use words::{Acknowledgement, DeskWords, Labels, Mail, calls_off, date, desk_warning, desk_words, moment};
