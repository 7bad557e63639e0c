//! The texts, filled. Where several belong together they come as lines, in the order in which they are read.

use jiff::Zoned;
use unicode_normalization::UnicodeNormalization as _;

use super::{DeskWords, LANGUAGES, en, fill, ja};
use crate::handoff::Reference;
use crate::language::Lang;

/// What a customer is told when their case is given to a person.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledgement<'a> {
    /// Names the case.
    pub reference: &'a Reference,
    /// The desk's name, in the customer's language.
    pub desk: &'a str,
    /// What the desk does, in the customer's language; absent where it has been said already.
    pub does: Option<&'a str>,
    /// By when a person answers, in the desk's zone.
    pub promised_by: &'a Zoned,
    /// When the desk opens, if it is closed now.
    pub opens: Option<&'a Zoned>,
    /// Whether the answer goes by mail too.
    pub mail: Mail<'a>,
    /// Whether the number of an order is not known and would help.
    pub order_wanted: bool,
    /// The day on which the conversation is deleted, as things stand.
    pub kept_until: &'a Zoned,
}

/// What is known of a customer's mail address, and whether mail is sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail<'a> {
    /// One that the customer has shown to be theirs: only this one is promised mail.
    Verified(&'a str),
    /// One that they named, and that is being asked whether it is theirs.
    Unconfirmed(&'a str),
    /// None: it is asked for.
    Unknown,
    /// Mail is not sent: nothing is said of it.
    Off,
}

impl DeskWords {
    /// The acknowledgement: which case, who answers and by when, what to do meanwhile, and how to add, read, call off and end it.
    pub fn acknowledgement(&self, it: &Acknowledgement<'_>) -> Vec<String> {
        let (time, reference) = (self.moment(it.promised_by), it.reference.as_str());
        let mut lines = vec![fill(self.reference, &[("reference", reference)])];
        lines.push(match it.mail {
            Mail::Verified(email) => {
                fill(self.answer_by_with_mail, &[("desk", it.desk), ("time", &time), ("email", email)])
            }
            _ => fill(self.answer_by, &[("desk", it.desk), ("time", &time)]),
        });
        lines.extend(it.does.map(str::to_owned));
        lines.extend(it.opens.map(|opens| fill(self.closed_now, &[("opens", &self.moment(opens))])));
        let to_do = if it.order_wanted { self.order_wanted } else { self.nothing_to_do };
        lines.push(to_do.to_owned());
        match it.mail {
            Mail::Unconfirmed(email) => lines.push(self.confirm_mail(email)),
            Mail::Unknown => lines.push(self.leave_mail.to_owned()),
            Mail::Verified(_) | Mail::Off => {}
        }
        lines.push(self.add.to_owned());
        lines.push(fill(self.kept, &[("until", &self.date(it.kept_until))]));
        let off = [("call_off_words", self.call_off_words), ("end_chat", self.labels.end_chat)];
        lines.push(fill(self.call_off, &off));
        lines
    }

    /// Asks for an address, so that the answer can go by mail too.
    pub fn leave_mail(&self) -> &'static str {
        self.leave_mail
    }

    /// An address was named: it has to be confirmed before anything is promised to it.
    pub fn confirm_mail(&self, email: &str) -> String {
        fill(self.confirm_mail, &[("email", email)])
    }

    /// A mail to the customer did not arrive, and another address is asked for. `address` is shown as it may be where others read along.
    pub fn not_arrived(&self, address: &str) -> String {
        fill(self.not_arrived, &[("email", address)])
    }

    /// A link that leads back to the conversation from anywhere.
    pub fn come_back(&self, link: &str) -> String {
        fill(self.come_back, &[("link", link)])
    }

    /// A person has taken the case. `operator` is the name that customers may read.
    pub fn taken(&self, reference: &Reference, operator: &str) -> String {
        self.by_operator(self.taken, reference, operator)
    }

    /// Another desk has the case; `does` is what it does, in the customer's language.
    pub fn moved(&self, reference: &Reference, desk: &str, does: &str, promised_by: &Zoned) -> Vec<String> {
        let time = self.moment(promised_by);
        vec![fill(self.moved, &[("reference", reference.as_str()), ("desk", desk), ("time", &time)]), does.to_owned()]
    }

    /// The person is done, and the assistant answers again.
    pub fn handed_back(&self, reference: &Reference, operator: &str) -> Vec<String> {
        vec![self.by_operator(self.handed_back, reference, operator), self.assistant_again.to_owned()]
    }

    /// The person holds the case for settled: whether it is, the customer is asked.
    pub fn resolved(&self, reference: &Reference, operator: &str) -> Vec<String> {
        vec![
            self.by_operator(self.resolved, reference, operator),
            self.labels.solved.to_owned(),
            fill(self.unsolved, &[("reopen", self.labels.reopen)]),
        ]
    }

    /// The customer has called the case off, and the assistant answers again.
    pub fn called_off(&self, reference: &Reference) -> Vec<String> {
        vec![fill(self.called_off, &[("reference", reference.as_str())]), self.assistant_again.to_owned()]
    }

    /// The conversation has ended; `case` is the one that was open and is called off with it.
    pub fn closed(&self, kept_until: &Zoned, case: Option<&Reference>) -> Vec<String> {
        let until = self.date(kept_until);
        let mut lines = vec![fill(self.closed, &[("until", &until), ("reopen", self.labels.reopen)])];
        lines.extend(case.map(|case| fill(self.called_off, &[("reference", case.as_str())])));
        lines
    }

    /// The conversation is open again; `earlier` is the case that it had.
    pub fn reopened(&self, earlier: Option<&Reference>) -> Vec<String> {
        let mut lines = vec![self.reopened.to_owned()];
        lines.extend(earlier.map(|earlier| self.linked(earlier)));
        lines
    }

    /// An earlier case is known, because the customer came back or quoted its reference.
    pub fn linked(&self, earlier: &Reference) -> String {
        fill(self.linked, &[("reference", earlier.as_str())])
    }

    /// Two cases of the customer's are one now: `closed` under the name of `into`, where everything further is read. `promised_by` is when
    /// a person answers about both, if that is still owed. The same words for both conversations, and for the mail.
    pub fn merged(&self, closed: &Reference, into: &Reference, promised_by: Option<&Zoned>) -> Vec<String> {
        let names = [("reference", closed.as_str()), ("other", into.as_str())];
        let mut lines = vec![fill(self.merged, &names)];
        lines.extend(promised_by.map(|at| fill(self.merged_answer_by, &[("time", &self.moment(at))])));
        lines
    }

    /// What the customer wrote went into the case.
    pub fn added(&self, reference: &Reference, promised_by: &Zoned) -> String {
        self.with_time(self.added, reference, promised_by)
    }

    /// The customer need not stay at the screen.
    pub fn idle(&self, reference: &Reference, promised_by: &Zoned) -> String {
        self.with_time(self.idle, reference, promised_by)
    }

    /// How many cases are `before` this one, and in how many `minutes` a person is expected to take it; absent where too little was
    /// measured to say. Rounded up, to five minutes or, beyond an hour and a half, to hours: it is an estimate, and says so.
    pub fn queue(&self, before: usize, minutes: Option<u32>) -> Vec<String> {
        let place = if before == 0 { self.next.to_owned() } else { fill(self.ahead, &[("n", &before.to_string())]) };
        let estimate = minutes.map(|minutes| match minutes {
            ..=90 => fill(self.estimate_minutes, &[("minutes", &(minutes.max(1).div_ceil(5) * 5).to_string())]),
            _ => fill(self.estimate_hours, &[("hours", &minutes.div_ceil(60).to_string())]),
        });
        [place].into_iter().chain(estimate).collect()
    }

    /// Said before the `old` time: it will not be kept, `new` holds instead, and a supervisor has the case.
    pub fn renegotiated(&self, reference: &Reference, old: &Zoned, new: &Zoned) -> Vec<String> {
        vec![self.both_times(self.not_by_then, reference, old, new), self.passed_up.to_owned()]
    }

    /// The same by a supervisor, who stands for it by name and says why. `reason` is theirs, in their words.
    pub fn renegotiated_by(
        &self,
        reference: &Reference,
        old: &Zoned,
        new: &Zoned,
        supervisor: &str,
        reason: &str,
    ) -> Vec<String> {
        vec![
            self.both_times(self.not_by_then, reference, old, new),
            fill(self.reason_given, &[("operator", supervisor), ("reason", reason)]),
        ]
    }

    /// The `old` time has passed without an answer: said plainly, with the `new` time, and a supervisor has the case.
    pub fn breached(&self, reference: &Reference, old: &Zoned, new: &Zoned) -> Vec<String> {
        vec![self.both_times(self.breached, reference, old, new), self.passed_up.to_owned()]
    }

    /// A time as this language writes it.
    pub fn moment(&self, at: &Zoned) -> String {
        self.days.moment(at)
    }

    /// A day as this language writes it.
    pub fn date(&self, at: &Zoned) -> String {
        self.days.date(at)
    }

    fn by_operator(&self, text: &str, reference: &Reference, operator: &str) -> String {
        fill(text, &[("reference", reference.as_str()), ("operator", operator)])
    }

    fn with_time(&self, text: &str, reference: &Reference, time: &Zoned) -> String {
        fill(text, &[("reference", reference.as_str()), ("time", &self.moment(time))])
    }

    fn both_times(&self, text: &str, reference: &Reference, old: &Zoned, new: &Zoned) -> String {
        let (old, new) = (self.moment(old), self.moment(new));
        fill(text, &[("reference", reference.as_str()), ("old", &old), ("new", &new)])
    }
}

/// Whether a message is, as a whole, the words with which a case is called off, in any language: whoever was told them in one may have
/// changed to another since. Marks around and after them do not count.
pub fn calls_off(message: &str) -> bool {
    let message = letters(message);
    LANGUAGES.iter().any(|(_, words)| letters(words.call_off_words) == message)
}

fn letters(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

const WARNING_JA: &str = "{reference}（{desk}）：お客様へのお返事の期限は{time}です（残り{minutes}分）。それまでにお返事するか、期限の前に新しい日時をお客様にお伝えください。";
const WARNING_EN: &str = "{reference} ({desk}): the answer promised to the customer is due by {time}; minutes left: {minutes}. Please answer by then, or tell the customer a new time before it passes.";

/// Warns a desk, in Japanese or else in English, that a promise runs out in so many `minutes`.
pub fn desk_warning(reference: &Reference, desk: &str, promised_by: &Zoned, minutes: u32, lang: &Lang) -> String {
    let (text, words) = if *lang == Lang::JA { (WARNING_JA, &ja::JA) } else { (WARNING_EN, &en::EN) };
    let (time, minutes) = (words.moment(promised_by), minutes.to_string());
    fill(text, &[("reference", reference.as_str()), ("desk", desk), ("time", &time), ("minutes", &minutes)])
}
