//! What the machine must leave to people, as data: a core that is compiled in, and a file that content teams write.
//!
//! The core (`core.toml`) holds the mandatory policies. The file (`knowledge/policy.toml`) may extend them and never hollow them out;
//! it says everything about the other policies.

mod error;
mod file;
mod merge;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Lang;

pub use error::PolicyError;

/// The core, as it is compiled in.
const CORE: &str = include_str!("core.toml");

/// Names a policy, in decisions, receipts and measurements: `refund`, `identity`, ….
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "refund")]
pub struct PolicyCode(pub String);

impl PolicyCode {
    /// The policy of those who say that nothing helped.
    pub const UNRESOLVED: &'static str = "unresolved";
    /// The policy of messages that were not understood, even after asking back.
    pub const UNCLEAR: &'static str = "unclear";
    /// Wants a person.
    pub const HUMAN_REQUEST: &'static str = "human_request";

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PolicyCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a desk: people who take cases.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "returns")]
pub struct DeskCode(pub String);

impl std::fmt::Display for DeskCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One text in several languages, English among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    english: String,
    others: BTreeMap<Lang, String>,
}

impl Texts {
    /// Of texts by language; `None` if none of them is English.
    pub fn of(mut texts: BTreeMap<Lang, String>) -> Option<Self> {
        let english = texts.remove(&Lang::EN)?;
        Some(Self { english, others: texts })
    }

    /// The text in `lang`, else in English.
    pub fn get(&self, lang: &Lang) -> &str {
        self.others.get(lang).unwrap_or(&self.english)
    }

    /// The languages it is in.
    pub fn languages(&self) -> impl Iterator<Item = &Lang> {
        std::iter::once(&Lang::EN).chain(self.others.keys())
    }
}

/// People who take cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// What it is called.
    pub name: Texts,
    /// What it does, and why it decides and the machine does not.
    pub does: Texts,
}

/// A message that somebody wrote, as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemplar {
    /// Its language.
    pub lang: Lang,
    /// Its words.
    pub text: String,
    /// Whether it stands in the compiled-in core.
    pub core: bool,
}

/// A rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    /// The language it is for; `None` for every one.
    pub lang: Option<Lang>,
    /// The rule.
    pub text: String,
}

/// Something that people decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its name.
    pub code: PolicyCode,
    /// Whether it is of the core: cannot be switched off or weakened.
    pub mandatory: bool,
    /// Who takes its cases.
    pub desk: DeskCode,
    /// Which policy rules where several apply; 1 first.
    pub priority: u8,
    /// Whether the reply may also quote the general article.
    pub general_information: bool,
    /// The classifier's probability from which it applies.
    pub threshold: f32,
    /// What was understood; never yes or no to the request itself.
    pub understood: Texts,
    /// Messages it applies to.
    pub positive: Vec<Exemplar>,
    /// Messages that look alike and it does not apply to.
    pub negative: Vec<Exemplar>,
    /// Its rules.
    pub rules: Vec<Pattern>,
}

/// What code counts over a conversation: rules that recognise one sign in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The customer says that the last reply did not help.
    Unhelpful,
    /// The customer uses angry words.
    Anger,
}

/// The policies in force: the core, extended by a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Policies {
    version: u32,
    digest: String,
    desks: BTreeMap<DeskCode, Desk>,
    policies: Vec<Policy>,
    signals: BTreeMap<Signal, Vec<Pattern>>,
    harmless: Vec<Exemplar>,
}

impl Policies {
    /// The compiled-in core alone.
    ///
    /// # Errors
    /// When the core is no policy file. A test makes sure that it is one.
    pub fn core() -> Result<Self, PolicyError> {
        let core = file::File::read(CORE)?;
        merge::of_core(&core, &digest(&[CORE]))
    }

    /// The core, extended by the policy file `text`.
    ///
    /// # Errors
    /// Names the policy, the key, and what to write instead: when the file is not readable, holds unknown keys, leaves out what is
    /// needed, or would hollow out the core.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        Self::extending(CORE, text)
    }

    /// As [`Self::read`], on another core.
    pub(crate) fn extending(core: &str, text: &str) -> Result<Self, PolicyError> {
        let read = file::File::read(core)?;
        let extension = file::File::read(text)?;
        merge::extended(&merge::of_core(&read, "")?, &read, &extension, &digest(&[core, text]))
    }

    /// The file's version, counted up by the content team; 0 of the core alone.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Of core and file: what was changed and not numbered anew is another policy all the same.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// All policies in force, by priority.
    pub fn all(&self) -> &[Policy] {
        &self.policies
    }

    /// One policy.
    pub fn get(&self, code: &PolicyCode) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.code == *code)
    }

    /// The policy of that name, where code decides for one.
    pub(crate) fn named(&self, code: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.code.0 == code)
    }

    /// One desk.
    pub fn desk(&self, code: &DeskCode) -> Option<&Desk> {
        self.desks.get(code)
    }

    /// All desks.
    pub fn desks(&self) -> impl Iterator<Item = (&DeskCode, &Desk)> {
        self.desks.iter()
    }

    /// The rules of a sign.
    pub fn signal(&self, signal: Signal) -> &[Pattern] {
        self.signals.get(&signal).map(Vec::as_slice).unwrap_or_default()
    }

    /// Messages that no policy applies to, nor look as if one did: what people ask a help centre, and what they ask anybody.
    pub fn harmless(&self) -> &[Exemplar] {
        &self.harmless
    }

    /// Every text that must have a vector before a guard can be made of this, each once.
    pub fn exemplar_texts(&self) -> Vec<String> {
        let exemplars = self.policies.iter().flat_map(|policy| policy.positive.iter().chain(&policy.negative));
        let exemplars = exemplars.chain(&self.harmless);
        let texts: std::collections::BTreeSet<&str> = exemplars.map(|exemplar| exemplar.text.as_str()).collect();
        texts.into_iter().map(str::to_owned).collect()
    }
}

fn digest(texts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update(&[0x1f]);
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

#[cfg(test)]
mod tests;
