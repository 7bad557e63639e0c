//! The assistant's own sentences, in the customer's language: a file each. Everything else in a reply is the articles'.
//!
//! No text says yes or no to what a customer asks for, names a time, or claims that anything was decided or done beyond keeping the
//! message: that is a person's to say.

mod de;
mod en;
mod es;
mod fr;
mod id;
mod it;
mod ja;
mod ko;
mod pt;
#[cfg(test)]
mod tests;
mod th;
mod vi;
mod zh;

use super::Courtesy;
use crate::language::Lang;

/// Fixed texts of one language. Each is one line; `{desk}` stands for the desk that a case is given to.
#[derive(Debug)]
pub struct Phrases {
    /// Opens a conversation.
    pub greeting: &'static str,
    /// Above the topics.
    pub topics: &'static str,
    /// The articles do not hold the answer.
    pub abstained: &'static str,
    /// Above the nearest articles.
    pub nearest: &'static str,
    /// Only another language has it; `{language}` is replaced.
    pub foreign: &'static str,
    /// A table was shortened to the rows asked for.
    pub other_rows: &'static str,
    /// The same article has exceptions, which are too long to be quoted; `{section}` is replaced by a link to them.
    pub exceptions: &'static str,
    /// Two articles say different things of one matter: above the words of both.
    pub contradicting: &'static str,
    /// Something is down.
    pub unavailable: &'static str,
    /// The message holds nothing to answer.
    pub empty: &'static str,
    /// Above the articles to choose from, when the words could mean several things.
    pub clarify: &'static str,
    /// Offers a person when the articles do not hold the answer: says to write [`Self::person_words`].
    pub person: &'static str,
    /// A message that asks for a person, in words that the guards' rules are to catch without a doubt.
    pub person_words: &'static str,
    /// The answer ends before it is whole; what stands above was checked.
    pub broken_off: &'static str,
    /// The answer ends before it is whole, and the article's own words follow.
    pub goes_on_quoted: &'static str,
    /// A person decides this; `{desk}` is replaced.
    pub handoff_decides: &'static str,
    /// What becomes of a case that a person decides; `{desk}` is replaced.
    pub handoff_next: &'static str,
    /// Above a general article that is quoted along with a hand-off.
    pub handoff_general: &'static str,
    /// The assistant has changed nothing.
    pub handoff_nothing_changed: &'static str,
    /// The message could not be checked, so that a person looks at it.
    pub handoff_guard_down: &'static str,
    /// What was drafted could not be shown, so that a person looks at the question.
    pub handoff_withheld: &'static str,
    /// Label of everything that no person wrote.
    pub automatic: &'static str,
    /// To a greeting.
    hello: &'static str,
    /// To thanks.
    welcome: &'static str,
    /// To a goodbye.
    goodbye: &'static str,
    /// To "I see".
    understood: &'static str,
    /// To "are you a person?".
    machine: &'static str,
    /// Names of the categories and languages, in this language.
    names: &'static [(&'static str, &'static str)],
}

impl Phrases {
    /// What this language calls a category or a language; the code itself where it has no name for it.
    pub fn name<'a>(&self, code: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.names.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
    }

    /// The reply to a message that is courtesy and nothing else.
    pub fn courtesy(&self, met: Courtesy) -> &'static str {
        match met {
            Courtesy::Greeting => self.hello,
            Courtesy::Thanks => self.welcome,
            Courtesy::Goodbye => self.goodbye,
            Courtesy::Understood => self.understood,
            Courtesy::WhoAreYou => self.machine,
        }
    }

    /// Whether `line` of a reply is one of the assistant's own, and not an article's.
    pub fn owns(&self, line: &str) -> bool {
        self.texts().iter().any(|(_, text)| says(text, line.trim()))
    }

    /// Every text with its name. A field that is added must be named here, so that neither a test nor [`Self::owns`] passes it by.
    fn texts(&self) -> [(&'static str, &'static str); 27] {
        let Self {
            greeting,
            topics,
            abstained,
            nearest,
            foreign,
            other_rows,
            exceptions,
            contradicting,
            unavailable,
            empty,
            clarify,
            person,
            person_words,
            broken_off,
            goes_on_quoted,
            handoff_decides,
            handoff_next,
            handoff_general,
            handoff_nothing_changed,
            handoff_guard_down,
            handoff_withheld,
            automatic,
            hello,
            welcome,
            goodbye,
            understood,
            machine,
            names: _,
        } = *self;
        [
            ("greeting", greeting),
            ("topics", topics),
            ("abstained", abstained),
            ("nearest", nearest),
            ("foreign", foreign),
            ("other_rows", other_rows),
            ("exceptions", exceptions),
            ("contradicting", contradicting),
            ("unavailable", unavailable),
            ("empty", empty),
            ("clarify", clarify),
            ("person", person),
            ("person_words", person_words),
            ("broken_off", broken_off),
            ("goes_on_quoted", goes_on_quoted),
            ("handoff_decides", handoff_decides),
            ("handoff_next", handoff_next),
            ("handoff_general", handoff_general),
            ("handoff_nothing_changed", handoff_nothing_changed),
            ("handoff_guard_down", handoff_guard_down),
            ("handoff_withheld", handoff_withheld),
            ("automatic", automatic),
            ("hello", hello),
            ("welcome", welcome),
            ("goodbye", goodbye),
            ("understood", understood),
            ("machine", machine),
        ]
    }
}

/// Whether `line` is `text`, with anything in the place that `text` leaves open.
fn says(text: &str, line: &str) -> bool {
    let Some((before, open)) = text.split_once('{') else { return text == line };
    let after = open.split_once('}').map_or("", |(_, after)| after);
    line.strip_prefix(before).is_some_and(|rest| rest.ends_with(after))
}

/// The languages that have texts, by tag.
pub static LANGUAGES: [(&str, &Phrases); 12] = [
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
pub fn phrases(lang: &Lang) -> &'static Phrases {
    LANGUAGES.iter().find(|(tag, _)| *tag == lang.as_str()).map_or(&en::EN, |(_, texts)| texts)
}
