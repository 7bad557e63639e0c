//! What goes to a person: the case, the ticket, whose conversation it is, and what the customer was promised.

mod calendar;
mod case;
mod channels;
mod desks;
mod facts;
mod inquiry;
mod owner;
mod promise;
mod queue;
mod reference;
mod retention;
mod routing;
mod shop;
pub mod simulate;
mod ticket;
mod words;
mod written;

pub use calendar::{Calendar, Holidays, Hours, HoursError, NeverOpen, NoHours};
pub use case::{Answered, Case};
pub use channels::{ChannelCode, ChannelKind, Channels, OfferedChannel, ToldNotice, Waiting, shows_evidence};
pub use desks::{DeskRules, Desks};
pub use facts::{Fact, FactKind, Origin, facts};
pub use inquiry::{Asked, Inquiry, InquiryAnswer, InquiryLook, InquiryState, chased_at};
pub use owner::{Move, NotNow, Owner};
pub use promise::{
    Backlog, By, Change, Entry, EntryKind, Look, NotRenegotiated, Outcome, Promise, PromiseState, Terms, TermsError,
};
pub use queue::{ENOUGH, Measured, Minutes, QuietHour, Sample, Spread, Times, Wait, hour_of_week, quieter_hours};
pub use reference::Reference;
pub use retention::Retention;
pub use routing::{priority, raised, route, wished_language};
pub use shop::{ShopContext, ShopContextError, Window};
pub use ticket::{OperatorName, Ticket, TicketId, TicketState};
pub use words::{
    Acknowledgement, DeskWords, Labels, Mail, PageWords, Slipped, WayWords, calls_off, cut_short, date, desk_news,
    desk_warning, desk_words, moment, not_taken_in, page_words, way_words, with_attachments,
};
pub use written::FileError;
