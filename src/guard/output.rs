//! After the model: what it may never say, whoever supports it. A breach is not cut out of a draft; the case goes to a person,
//! unless an article says the very thing of everybody: then it says it, in its own words.
//!
//! A sentence of a help desk is plain text, says what the articles say, and speaks of nobody. So the world is closed: what only a
//! person may say — a commitment, something done or found out, a question for a secret, a name, a way to be reached — passes only where
//! an article says it in nearly these words (`ground`), and what a reader would have to decode does not pass at all (`obfuscation`).
//! Nothing here asks a model, and no sentence takes long: it stands between the stream and the customer.

mod contacts;
mod fold;
mod ground;
mod idle;
mod leak;
mod names;
mod obfuscation;
mod rules;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use fold::{fold, plain, unparted};
use ground::Ground;
use leak::{Wording, planted};
pub use rules::RuleError;
use rules::Rules;

/// Sentences before the present one that are read together with it.
const WINDOW: usize = 4;
/// Letters up to which a sentence may be a piece of one that was cut up.
const PIECE: usize = 60;
/// Characters of a question that are read: a longer one is cut for the model as well.
const QUESTION: usize = 8_000;
/// Sentences shorter than [`CRUMB`] from which on they are one that was cut up.
const CRUMBS: usize = 3;
/// Letters up to which a sentence is hardly one; of Latin letters a word takes twice as many.
const CRUMB: usize = 5;
/// Share of a sentence that an article's place holds from which on it is that article's.
const KNOWN: f32 = 0.8;

/// What a model did that it may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputRule {
    /// Committed the company to something: a refund, a gift, a service.
    Commitment,
    /// Said that it had done something.
    ClaimedAction,
    /// Said that it had looked something up, or how the customer's own case stands.
    ClaimedVerification,
    /// Asked for a password, a code, a card number, or for anything else.
    AsksSecret,
    /// Named a person, an order, a number that nobody mentioned.
    PersonalData,
    /// Told of its prompt, its rules, or of how the desk works inside.
    PromptLeak,
    /// Linked to a place that is neither allowed nor an article's.
    ForeignLink,
    /// Gave a way to be reached that no article gives.
    ContactDetails,
    /// Insulted, mocked, swore, or spoke ill of somebody.
    Abuse,
    /// Promised, guaranteed, swore; offered a contract.
    BindingPromise,
    /// Said that it were a person, or not a machine.
    ClaimsHuman,
    /// Advised in law, medicine or money.
    Advice,
    /// Wrote what a reader would have to decode.
    Obfuscated,
    /// Talked somebody out of asking a person.
    DiscouragesPerson,
    /// Decided a dispute: who is at fault, what is due.
    SettlesCase,
    /// Told of a rule that no article tells of.
    InventedPolicy,
    /// Named an amount, a share or a price that stands nowhere.
    UnknownFigure,
    /// Spoke in a tone that is not a help desk's.
    Tone,
}

impl OutputRule {
    const ALL: [Self; 18] = [
        Self::Commitment,
        Self::ClaimedAction,
        Self::ClaimedVerification,
        Self::AsksSecret,
        Self::PersonalData,
        Self::PromptLeak,
        Self::ForeignLink,
        Self::ContactDetails,
        Self::Abuse,
        Self::BindingPromise,
        Self::ClaimsHuman,
        Self::Advice,
        Self::Obfuscated,
        Self::DiscouragesPerson,
        Self::SettlesCase,
        Self::InventedPolicy,
        Self::UnknownFigure,
        Self::Tone,
    ];

    /// As files and reports write it; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Commitment => "commitment",
            Self::ClaimedAction => "claimed_action",
            Self::ClaimedVerification => "claimed_verification",
            Self::AsksSecret => "asks_secret",
            Self::PersonalData => "personal_data",
            Self::PromptLeak => "prompt_leak",
            Self::ForeignLink => "foreign_link",
            Self::ContactDetails => "contact_details",
            Self::Abuse => "abuse",
            Self::BindingPromise => "binding_promise",
            Self::ClaimsHuman => "claims_human",
            Self::Advice => "advice",
            Self::Obfuscated => "obfuscated",
            Self::DiscouragesPerson => "discourages_person",
            Self::SettlesCase => "settles_case",
            Self::InventedPolicy => "invented_policy",
            Self::UnknownFigure => "unknown_figure",
            Self::Tone => "tone",
        }
    }

    /// Whether a reply that breaks it goes to a person. A figure that stands nowhere, a rule that no article knows and a wrong tone are
    /// what a harmless model gets wrong every day: such a sentence is left out, and the rest of the reply may stand.
    pub fn ends(self) -> bool {
        !matches!(self, Self::UnknownFigure | Self::InventedPolicy | Self::Tone)
    }

    /// Whether articles say such things of everybody: "we pay for the return", "never tell a code", "this chat is answered by an AI". That
    /// something was done or is so in the customer's own case they never say.
    fn is_said_of_all(self) -> bool {
        matches!(
            self,
            Self::Commitment
                | Self::AsksSecret
                | Self::BindingPromise
                | Self::ClaimsHuman
                | Self::Advice
                | Self::DiscouragesPerson
                | Self::InventedPolicy
        )
    }

    fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }
}

/// What a model said that it may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Breach {
    /// Which rule.
    pub rule: OutputRule,
    /// The words that broke it, folded; never shown to the customer. Several, where an article may say them all.
    pub matched: Vec<String>,
    /// The sentence, as the model wrote it.
    pub sentence: String,
    /// Articles say such things of everybody: where one says this, its own words may be shown in the place of these.
    #[serde(default)]
    pub articles_may: bool,
}

/// What the guard knows of the service.
#[derive(Debug, Clone, Default)]
pub struct OutputSettings {
    /// Hosts that may be linked to, each with those below it, besides the addresses of the articles.
    pub hosts: Vec<String>,
    /// The prompts' own wording.
    pub prompts: Vec<String>,
    /// Words that stand in no reply.
    pub canaries: Vec<String>,
}

/// The guard over what a model says.
#[derive(Debug)]
pub struct OutputGuard {
    hosts: Vec<String>,
    wording: Wording,
    canaries: Vec<String>,
    rules: Rules,
}

impl OutputGuard {
    /// Reads the rules.
    ///
    /// # Errors
    /// Names the line of a rule that cannot be read.
    pub fn new(settings: OutputSettings) -> Result<Self, RuleError> {
        let OutputSettings { hosts, prompts, canaries } = settings;
        Ok(Self {
            hosts: hosts.into_iter().map(|host| host.to_lowercase()).filter(|host| !host.is_empty()).collect(),
            wording: Wording::of(prompts.iter().map(String::as_str)),
            canaries,
            rules: Rules::load()?,
        })
    }

    /// Begins to watch one reply: to `question`, from `sources`.
    pub fn watch(&self, sources: &[&str], question: &str) -> Watch<'_> {
        Watch {
            guard: self,
            ground: Ground::read(sources, &question.chars().take(QUESTION).collect::<String>()),
            canaries: self.canaries.clone(),
            before: VecDeque::new(),
            crumbs: 0,
        }
    }
}

/// What a sentence breaks.
#[derive(Debug)]
struct Broken {
    rule: OutputRule,
    matched: Vec<String>,
    articles_may: bool,
}

impl Broken {
    /// What no article excuses.
    fn never(rule: OutputRule, matched: String) -> Self {
        Self { rule, matched: vec![matched], articles_may: false }
    }
}

/// Of two breaches one that no article may say, if either is.
fn graver(first: Option<Broken>, second: Option<Broken>) -> Option<Broken> {
    match first {
        Some(first) if !first.articles_may || second.is_none() => Some(first),
        _ => second,
    }
}

/// One reply, watched sentence by sentence.
#[derive(Debug)]
pub struct Watch<'g> {
    guard: &'g OutputGuard,
    ground: Ground,
    canaries: Vec<String>,
    before: VecDeque<Piece>,
    crumbs: usize,
}

/// A sentence that may be a piece of one that was cut up.
#[derive(Debug)]
struct Piece {
    said: String,
    /// It is an article's sentence, or nearly.
    known: bool,
}

impl Watch<'_> {
    /// A word that was planted in this reply's prompt.
    #[must_use]
    pub fn planted(mut self, canary: &str) -> Self {
        self.canaries.push(canary.to_owned());
        self
    }

    /// Reads the sources with the rules, so that the first sentence need not wait while their automata grow: what a model says of them is
    /// made of the same words.
    pub fn prepare(&self) {
        for sentence in self.ground.sentences() {
            self.guard.rules.broken(sentence, None, &self.ground);
        }
    }

    /// Looks at the next sentence, in the order of the reply; every one of the model's goes through here.
    ///
    /// # Errors
    /// What is wrong with it, or with it and those before it. The reply ends there, unless an article's words are shown in its place.
    pub fn sentence(&mut self, sentence: &str) -> Result<(), Breach> {
        match self.broken(sentence) {
            Some(Broken { rule, matched, articles_may }) => {
                Err(Breach { rule, matched, sentence: sentence.to_owned(), articles_may })
            }
            None => Ok(()),
        }
    }

    fn broken(&mut self, sentence: &str) -> Option<Broken> {
        let ground = &self.ground;
        if let Some(canary) = planted(sentence, &self.canaries) {
            return Some(Broken::never(OutputRule::PromptLeak, canary));
        }
        if let Some(hidden) = obfuscation::obfuscated(sentence, ground) {
            return Some(Broken::never(OutputRule::Obfuscated, hidden));
        }
        let folded = fold(&plain(sentence));
        if let Some(copied) = self.guard.wording.copied(&folded, ground) {
            return Some(Broken::never(OutputRule::PromptLeak, copied));
        }
        let said = idle::without(fold(&plain(&ground.unlabelled(sentence))));
        let alone = contacts::unknown(sentence, &self.guard.hosts, ground)
            .map(|(rule, matched)| Broken::never(rule, matched))
            .or_else(|| names::unknown(sentence, ground).map(|name| Broken::never(OutputRule::PersonalData, name)));
        let by_rule = if ground.verbatim(&folded) { None } else { self.guard.rules.broken(&said, None, ground) };
        let alone = graver(by_rule, alone);
        if alone.as_ref().is_some_and(|broken| !broken.articles_may) {
            return alone;
        }
        // An item may be a word; a piece of prose may not, time after time.
        let listed = sentence.trim().chars().count() > plain(sentence).chars().count();
        graver(self.together(&said, &folded, listed), alone)
    }

    /// An article's words are shown in the place of the sentence that was looked at last: what follows it is no rest of what was before.
    pub fn replaced(&mut self) {
        self.before.clear();
    }

    /// What was cut up over several sentences.
    fn together(&mut self, said: &str, folded: &str, listed: bool) -> Option<Broken> {
        let letters = folded.chars().filter(|c| c.is_alphanumeric()).count();
        let crumb = letters < CRUMB || (letters < 2 * CRUMB && !folded.contains(' ') && folded.is_ascii());
        self.crumbs = if crumb && !listed && !self.ground.verbatim(folded) { self.crumbs + 1 } else { 0 };
        if self.crumbs >= CRUMBS {
            return Some(Broken::never(OutputRule::Obfuscated, folded.to_owned()));
        }
        let mut joint = String::new();
        for piece in &self.before {
            join(&mut joint, &piece.said);
        }
        let border = join(&mut joint, said);
        if let Some(canary) = planted(&joint, &self.canaries) {
            return Some(Broken::never(OutputRule::PromptLeak, canary));
        }
        if let Some(copied) = self.guard.wording.copied(&joint, &self.ground) {
            return Some(Broken::never(OutputRule::PromptLeak, copied));
        }
        // Whole sentences of the articles are no pieces of another: "They never ask for a code. Tell them if somebody
        // does."
        let known = letters >= 2 * CRUMB && self.ground.holds_whole(said, KNOWN);
        let cut_up = border > 0 && !(known && self.before.iter().all(|piece| piece.known));
        let broken = cut_up.then(|| self.guard.rules.broken(&joint, Some(border), &self.ground)).flatten();
        if let Some(broken) = broken {
            // "First check the door. If it is still missing, …": what two harmless sentences make together by chance.
            let by_chance = broken.rule == OutputRule::ClaimedVerification;
            return Some(Broken { articles_may: broken.articles_may || by_chance, ..broken });
        }
        // A whole sentence stands for itself: nothing that follows is its rest.
        if letters > PIECE {
            self.before.clear();
        } else {
            self.before.push_back(Piece { said: said.to_owned(), known });
            if self.before.len() > WINDOW {
                self.before.pop_front();
            }
        }
        None
    }
}

/// Adds a piece as if no sentence had ended before it; the byte where it begins.
fn join(joint: &mut String, piece: &str) -> usize {
    let ended = joint.trim_end_matches(['。', '.', '!', '?', ',', '、', '…', ':', ';', '-', ' ', '/', '|']).len();
    joint.truncate(ended);
    let spaced =
        joint.chars().next_back().is_some_and(|c| !unparted(c)) && piece.chars().next().is_some_and(|c| !unparted(c));
    if spaced {
        joint.push(' ');
    }
    let begins = joint.len();
    joint.push_str(piece);
    begins
}

#[cfg(test)]
mod tests;
