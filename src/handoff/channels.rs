//! Other ways to a person, and what holds service up: `channels.toml` beside the articles.
//!
//! The file is optional: without it nothing is offered and nothing is delayed. A channel is offered by rule, while a
//! customer waits; one that is closed, or under a service notice, never is. A service notice has a beginning and an end:
//! nobody has to remember to take it away. One about a desk is told to its customers, and what it delays is added to
//! what is promised and estimated while it holds.

mod evidence;
mod file;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Calendar, FileError, Hours};
use crate::guard::{DeskCode, PolicyCode, Texts};
use crate::language::Lang;

pub use evidence::shows_evidence;

/// What the file is called, in error messages.
const FILE: &str = "channels.toml";
/// From how many minutes on a wait is long, where the file does not say.
const LONG_WAIT: u32 = 20;
/// Cases of this priority and before are urgent, where the file does not say.
const URGENT: u8 = 2;
/// When it is night, where the file does not say.
const NIGHT: [&str; 2] = ["00:00-08:00", "22:00-24:00"];

/// Names a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "phone")]
pub struct ChannelCode(pub String);

/// What kind of way a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A number to call.
    Phone,
    /// A mail address, or a form that is answered by mail.
    Mail,
    /// Another chat.
    Chat,
    /// A place to go to.
    Store,
    /// Anything else.
    Other,
}

/// A way to a person besides waiting here.
#[derive(Debug, Clone, PartialEq)]
struct Channel {
    kind: ChannelKind,
    name: Texts,
    /// The number, address or place.
    contact: Texts,
    calendar: Calendar,
    /// Who it serves: customers of these languages, at these desks, with cases of these policies. Empty means all.
    languages: Vec<Lang>,
    desks: Vec<DeskCode>,
    policies: Vec<PolicyCode>,
    /// When it is offered: where all conditions of one of these hold.
    when: Vec<Vec<Condition>>,
}

/// What must be so for a channel to be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// The expected wait is long, or nobody is at the desk now.
    LongWait,
    /// The case is urgent.
    Urgent,
    /// The customer has something to show: photos, documents.
    Evidence,
    /// It is night at the desk.
    Night,
    /// The customer's language is this one.
    Language(Lang),
}

/// Something that holds a channel or a desk up for a while.
#[derive(Debug, Clone, PartialEq)]
struct ServiceNotice {
    from: Timestamp,
    /// It does not hold any more then.
    until: Timestamp,
    about: About,
    text: Texts,
    /// What a desk's promises and estimates are later by, in minutes of its hours.
    delay: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    Channel(ChannelCode),
    Desk(DeskCode),
}

/// The channels of a shop, and what holds them up.
#[derive(Debug, Clone, PartialEq)]
pub struct Channels {
    long_wait: u32,
    urgent: u8,
    night: Hours,
    channels: BTreeMap<ChannelCode, Channel>,
    notices: Vec<ServiceNotice>,
}

/// A waiting customer, as far as it decides what they are offered.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// Now.
    pub now: Timestamp,
    /// The desk that has the case.
    pub desk: &'a DeskCode,
    /// Its hours, for this customer's language.
    pub calendar: &'a Calendar,
    /// The code of the reason why a person has the case: a policy's, where one has.
    pub reason: &'a str,
    /// How urgent it is; 1 first.
    pub priority: u8,
    /// The language in which they are to be served.
    pub language: &'a Lang,
    /// The language in which they are told of it.
    pub reads: &'a Lang,
    /// Whether they have something to show.
    pub evidence: bool,
    /// How long they are expected to wait, in minutes (median), if that can be said.
    pub estimate: Option<u32>,
}

/// A channel as it is offered to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedChannel {
    /// Which one.
    pub code: ChannelCode,
    /// What kind of way it is.
    pub kind: ChannelKind,
    /// What it is called, in the customer's language.
    pub name: String,
    /// The number, address or place.
    pub contact: String,
    /// When it closes next; absent where it never does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub open_until: Option<Timestamp>,
}

/// A service notice as it is told to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToldNotice {
    /// What it says, in the customer's language.
    pub text: String,
    /// Until when it holds.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// The channel that cannot be used meanwhile; absent where it is about the desk.
    pub channel: Option<ChannelCode>,
    /// How many minutes later the desk's answers are promised meanwhile.
    pub delays_minutes: u32,
}

impl Channels {
    /// Reads a channels file. Times without an offset, and channels that name no time zone, are in `zone`. Whether the
    /// desks and policies that it names exist, the caller has to ask the policies.
    ///
    /// # Errors
    /// Names the channel or notice, the key and what to write instead: when the text is no TOML, holds unknown keys, or
    /// times, rules or texts that cannot be.
    pub fn read(text: &str, zone: &TimeZone) -> Result<Self, FileError> {
        file::read(text, zone)
    }

    /// Where there is no file: nothing is offered, and nothing is delayed.
    pub fn none() -> Self {
        let night = Hours::read(&NIGHT).unwrap_or_default();
        Self { long_wait: LONG_WAIT, urgent: URGENT, night, channels: BTreeMap::new(), notices: Vec::new() }
    }

    /// The channels that the file names.
    pub fn codes(&self) -> impl Iterator<Item = &ChannelCode> {
        self.channels.keys()
    }

    /// Whether there is neither a channel nor a notice, so that nothing has to be asked.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.notices.is_empty()
    }

    /// The desks that the file names.
    pub fn desks(&self) -> impl Iterator<Item = &DeskCode> {
        let of_notices = self.notices.iter().filter_map(|notice| match &notice.about {
            About::Desk(desk) => Some(desk),
            About::Channel(_) => None,
        });
        self.channels.values().flat_map(|channel| &channel.desks).chain(of_notices)
    }

    /// The policies that the file names.
    pub fn policies(&self) -> impl Iterator<Item = &PolicyCode> {
        self.channels.values().flat_map(|channel| &channel.policies)
    }

    /// Whether a customer waits long: longer than the rules allow for, or nobody is there to take the case.
    pub fn is_long(&self, it: &Waiting<'_>) -> bool {
        it.estimate.is_some_and(|minutes| minutes > self.long_wait) || !it.calendar.is_open(it.now)
    }

    /// What a waiting customer is offered, by the channels' codes.
    pub fn offered(&self, it: &Waiting<'_>) -> Vec<OfferedChannel> {
        let useful = self.channels.iter().filter(|(code, channel)| {
            self.fits(channel, it) && channel.calendar.is_open(it.now) && !self.is_held_up(code, it.now)
        });
        let offered = useful.map(|(code, channel)| OfferedChannel {
            code: code.clone(),
            kind: channel.kind,
            name: channel.name.get(it.reads).to_owned(),
            contact: channel.contact.get(it.reads).to_owned(),
            open_until: channel.calendar.closes(it.now),
        });
        offered.collect()
    }

    /// The notices that a waiting customer is told: those of the desk, and those of channels that they would be offered
    /// otherwise.
    pub fn told(&self, it: &Waiting<'_>) -> Vec<ToldNotice> {
        let concerns = |notice: &&ServiceNotice| match &notice.about {
            About::Desk(desk) => desk == it.desk,
            About::Channel(code) => self.channels.get(code).is_some_and(|channel| self.fits(channel, it)),
        };
        let holding = self.notices.iter().filter(|notice| notice.holds(it.now)).filter(concerns);
        let told = holding.map(|notice| ToldNotice {
            text: notice.text.get(it.reads).to_owned(),
            until: notice.until,
            channel: match &notice.about {
                About::Channel(code) => Some(code.clone()),
                About::Desk(_) => None,
            },
            delays_minutes: notice.delay,
        });
        told.collect()
    }

    /// By how many minutes of its hours a desk is later now than it would be: the most that a notice says.
    pub fn delay(&self, desk: &DeskCode, now: Timestamp) -> u32 {
        let of_desk =
            |notice: &&ServiceNotice| notice.holds(now) && matches!(&notice.about, About::Desk(it) if it == desk);
        self.notices.iter().filter(of_desk).map(|notice| notice.delay).max().unwrap_or(0)
    }

    fn fits(&self, channel: &Channel, it: &Waiting<'_>) -> bool {
        (channel.languages.is_empty() || channel.languages.contains(it.language))
            && (channel.desks.is_empty() || channel.desks.contains(it.desk))
            && (channel.policies.is_empty() || channel.policies.iter().any(|policy| policy.as_str() == it.reason))
            && channel.when.iter().any(|all| all.iter().all(|condition| self.holds(condition, it)))
    }

    fn holds(&self, condition: &Condition, it: &Waiting<'_>) -> bool {
        match condition {
            Condition::LongWait => self.is_long(it),
            Condition::Urgent => it.priority <= self.urgent,
            Condition::Evidence => it.evidence,
            Condition::Night => self.is_night(it),
            Condition::Language(lang) => lang == it.language,
        }
    }

    fn is_night(&self, it: &Waiting<'_>) -> bool {
        // A day without hours would count as one of nothing else.
        !self.night.is_closed() && Calendar::daily(it.calendar.zone().clone(), self.night.clone()).is_open(it.now)
    }

    fn is_held_up(&self, code: &ChannelCode, now: Timestamp) -> bool {
        self.notices.iter().any(|notice| notice.holds(now) && matches!(&notice.about, About::Channel(it) if it == code))
    }
}

impl ServiceNotice {
    fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}
