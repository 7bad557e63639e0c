//! What the hand-off says to customers, in their language: a file each.
//!
//! No text says yes or no to what a customer asks for, and none promises an outcome. What is promised is an answer from a person by a
//! time. Times come in as [`jiff::Zoned`] and never as words, so that nobody can write "soon" in their place.

mod days;
mod de;
mod en;
mod es;
mod fr;
mod id;
mod it;
mod ja;
mod ko;
mod labels;
mod mail;
mod pt;
mod said;
#[cfg(test)]
mod tests;
mod th;
mod vi;
mod ways;
mod zh;

use crate::language::Lang;
use days::Days;
pub use days::{date, moment};
pub use labels::{Labels, PageWords, page_words};
pub use mail::{Slipped, cut_short, desk_news, not_taken_in, with_attachments};
pub use said::{Acknowledgement, Mail, calls_off, desk_warning};
pub use ways::{WayWords, way_words};

/// Fixed texts of one language, each of one line. What stands in braces is filled in by the methods in `said.rs` only.
#[derive(Debug)]
pub struct DeskWords {
    /// Labels of the chat page.
    pub labels: Labels,
    /// What a customer writes to call the case off; [`calls_off`] knows it again.
    pub call_off_words: &'static str,
    /// How days and times are written.
    days: Days,

    /// Names the case.
    reference: &'static str,
    /// Who answers, and by when: here.
    answer_by: &'static str,
    /// The same: here and by mail.
    answer_by_with_mail: &'static str,
    /// Nobody is there now.
    closed_now: &'static str,
    /// The customer need not do anything.
    nothing_to_do: &'static str,
    /// The order's number would help, and nothing else is needed.
    order_wanted: &'static str,
    /// How long the conversation is kept.
    kept: &'static str,
    /// How to add something, or put right what was understood wrongly.
    add: &'static str,
    /// How to call the case off, and how to end the chat.
    call_off: &'static str,
    /// Asks for an address.
    leave_mail: &'static str,
    /// An address that is not confirmed yet.
    confirm_mail: &'static str,
    /// A mail did not arrive: another address is asked for.
    not_arrived: &'static str,
    /// How to come back on another device.
    come_back: &'static str,

    /// A person has taken the case.
    taken: &'static str,
    /// Another desk has it, and the promise stays.
    moved: &'static str,
    /// The person is done and gives the conversation back.
    handed_back: &'static str,
    /// The assistant answers again.
    assistant_again: &'static str,
    /// The person holds the case for settled.
    resolved: &'static str,
    /// What to do if it is not.
    unsolved: &'static str,
    /// The customer has called the case off.
    called_off: &'static str,
    /// The conversation has ended.
    closed: &'static str,
    /// It goes on.
    reopened: &'static str,
    /// An earlier case is known.
    linked: &'static str,
    /// Two cases are one now: which number stays, and where everything further is read.
    merged: &'static str,
    /// By when a person answers about both.
    merged_answer_by: &'static str,
    /// What the customer wrote went into the case, and the promise stays.
    added: &'static str,

    /// Nobody is before the customer.
    next: &'static str,
    /// How many cases are.
    ahead: &'static str,
    /// An estimate in minutes; at least five.
    estimate_minutes: &'static str,
    /// An estimate in hours; at least two.
    estimate_hours: &'static str,
    /// Waiting needs nobody at the screen.
    idle: &'static str,

    /// The promise will not be kept: said before its time.
    not_by_then: &'static str,
    /// Why, if somebody said so.
    reason_given: &'static str,
    /// A supervisor has the case now.
    passed_up: &'static str,
    /// The promise was not kept.
    breached: &'static str,
}

impl DeskWords {
    /// Whether `line` is one of these texts, with anything in the places that it leaves open.
    pub fn owns(&self, line: &str) -> bool {
        let asked = ("solved", self.labels.solved);
        self.texts().iter().chain([&asked]).any(|(_, text)| says(text, line.trim()))
    }

    /// Every text that customers read, with its name. A field that is added must be named here, so that no test passes it by.
    fn texts(&self) -> [(&'static str, &'static str); 35] {
        let Self {
            labels: _,
            call_off_words: _,
            days: _,
            reference,
            answer_by,
            answer_by_with_mail,
            closed_now,
            nothing_to_do,
            order_wanted,
            kept,
            add,
            call_off,
            leave_mail,
            confirm_mail,
            not_arrived,
            come_back,
            taken,
            moved,
            handed_back,
            assistant_again,
            resolved,
            unsolved,
            called_off,
            closed,
            reopened,
            linked,
            merged,
            merged_answer_by,
            added,
            next,
            ahead,
            estimate_minutes,
            estimate_hours,
            idle,
            not_by_then,
            reason_given,
            passed_up,
            breached,
        } = *self;
        [
            ("reference", reference),
            ("answer_by", answer_by),
            ("answer_by_with_mail", answer_by_with_mail),
            ("closed_now", closed_now),
            ("nothing_to_do", nothing_to_do),
            ("order_wanted", order_wanted),
            ("kept", kept),
            ("add", add),
            ("call_off", call_off),
            ("leave_mail", leave_mail),
            ("confirm_mail", confirm_mail),
            ("not_arrived", not_arrived),
            ("come_back", come_back),
            ("taken", taken),
            ("moved", moved),
            ("handed_back", handed_back),
            ("assistant_again", assistant_again),
            ("resolved", resolved),
            ("unsolved", unsolved),
            ("called_off", called_off),
            ("closed", closed),
            ("reopened", reopened),
            ("linked", linked),
            ("merged", merged),
            ("merged_answer_by", merged_answer_by),
            ("added", added),
            ("next", next),
            ("ahead", ahead),
            ("estimate_minutes", estimate_minutes),
            ("estimate_hours", estimate_hours),
            ("idle", idle),
            ("not_by_then", not_by_then),
            ("reason_given", reason_given),
            ("passed_up", passed_up),
            ("breached", breached),
        ]
    }
}

/// `text` with its open places filled. What is filled in is not looked at again, so that braces in a name are only braces; a place
/// that nothing was given for is left out, because a customer must never read `{time}`.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, open)) = rest.split_once('{') {
        let Some((name, after)) = open.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Whether `line` is `text`, with anything in the places that `text` leaves open.
fn says(text: &str, line: &str) -> bool {
    let mut fixed = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after));
    let Some(mut rest) = line.strip_prefix(fixed.next().unwrap_or_default()) else { return false };
    let mut fixed: Vec<&str> = fixed.collect();
    let Some(last) = fixed.pop() else { return rest.is_empty() };
    for part in fixed {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// The languages that have texts, by tag: the same as the assistant's own.
static LANGUAGES: [(&str, &DeskWords); 12] = [
    ("ja", &ja::JA),
    ("en", &en::EN),
    ("zh", &zh::ZH),
    ("ko", &ko::KO),
    ("de", &de::DE),
    ("fr", &fr::FR),
    ("es", &es::ES),
    ("pt", &pt::PT),
    ("it", &it::IT),
    ("vi", &vi::VI),
    ("th", &th::TH),
    ("id", &id::ID),
];

/// The texts of `lang`; English where it has none.
pub fn desk_words(lang: &Lang) -> &'static DeskWords {
    LANGUAGES.iter().find(|(tag, _)| *tag == lang.as_str()).map_or(&en::EN, |(_, words)| words)
}
