//! Whether words follow from a source: the seam of the verifier, and what is known to tell.
//!
//! No entailment model can be had, so support is pieced together: how much of the wording stands in the source (`overlap`,
//! `wording`), how near its meaning lies (`embedding`), and what plainly disagrees (`numbers`, `links`, `names`, `polarity`,
//! `quantifiers`). [`Evidence`] weighs them all; what each is worth is measured in eval/tables/grounding.md.

mod cells;
mod checks;
mod embedding;
mod evidence;
mod ground;
mod links;
mod names;
mod negation;
mod numbers;
mod numerals;
mod opposites;
mod overlap;
mod polarity;
mod quantifiers;
mod quantities;
mod quantity;
mod text;
mod units;
mod weights;
mod wording;

use std::collections::BTreeMap;

use async_trait::async_trait;
use icu_segmenter::SentenceSegmenter;
use icu_segmenter::options::SentenceBreakInvariantOptions;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use checks::Checks;
pub use embedding::Meaning;
pub use evidence::Evidence;
pub use overlap::TokenOverlap;

use crate::language::Lang;

/// What is said, and what it is said from.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// What may be relied on, in Markdown.
    pub source: &'a str,
    /// One sentence, or a few.
    pub said: &'a str,
    /// Its language.
    pub lang: &'a Lang,
    /// What was asked: a reply may take up its words without their standing in the source.
    pub question: Option<&'a str>,
}

impl<'a> Claim<'a> {
    /// Without a question.
    pub fn new(source: &'a str, said: &'a str, lang: &'a Lang) -> Self {
        Self { source, said, lang, question: None }
    }

    /// In reply to a question.
    pub fn asked(self, question: Option<&'a str>) -> Self {
        Self { question, ..self }
    }
}

/// Says how far a source supports what is said.
#[async_trait]
pub trait Support: Send + Sync + std::fmt::Debug {
    /// Its name, for reports.
    fn name(&self) -> &'static str;

    /// Judges one claim. Never fails: a part that is down (the embedder) is left out, and the verdict says so.
    async fn support(&self, claim: &Claim<'_>) -> Verdict;

    /// The same by words and figures alone, which takes no time; nothing from one that judges by meaning only.
    fn by_words(&self, _claim: &Claim<'_>) -> Option<Verdict> {
        None
    }

    /// Reads a source before anything is said from it, so that the first sentence need not wait for that; for its meaning too, if that
    /// will be asked for.
    async fn prepare(&self, _source: &str, _lang: &Lang, _meaning: bool) {}

    /// Forgets every word that was said in its presence; what it has read of sources stays.
    fn forget(&self) {}
}

/// What was found about one claim; a receipt shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// 0 (nothing of it stands in the source) to 1 (all of it does).
    pub support: f32,
    /// What disagrees with the source, the gravest first.
    pub disagreements: Vec<Disagreement>,
    /// The place of the source that lies nearest to what is said.
    pub nearest: Option<String>,
    /// Each measurement that went into `support`, by name; of meaning only where it was asked for.
    pub signals: BTreeMap<String, f32>,
    /// The embedder could not be asked: the words alone decided.
    pub without_meaning: bool,
}

impl Verdict {
    /// A figure with nothing to explain it.
    pub fn of(support: f32) -> Self {
        Self { support, ..Self::default() }
    }

    /// Whether something is said that the source rules out, whatever else agrees.
    pub fn vetoed(&self) -> bool {
        self.disagreements.iter().any(|disagreement| disagreement.veto)
    }
}

/// One thing said that the source does not say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Disagreement {
    /// What kind of thing.
    pub kind: Subject,
    /// As it was said.
    pub said: String,
    /// What the source says in its place, where that can be told.
    pub source: Option<String>,
    /// Whether this alone forbids to say it.
    pub veto: bool,
}

/// What can disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A number, or a quantity of anything but money and time.
    Number,
    /// Money.
    Amount,
    /// A day, a time of day, a span of time.
    Time,
    /// A web address, a mail address, a telephone number.
    Link,
    /// A menu's label, a proper name.
    Name,
    /// Said where the source denies it, or the other way round; or the opposite word.
    Negation,
    /// All, only, always, must.
    Quantifier,
    /// A condition or an exception of the source is left out.
    Condition,
}

/// The sentences of a text, line by line: a line of Markdown never runs into the next. A row of a table is one, and an item's number
/// stands with what it numbers.
pub fn sentences(text: &str) -> Vec<&str> {
    let segmenter = SentenceSegmenter::new(SentenceBreakInvariantOptions::default());
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with('|') {
            found.push(line.trim());
            continue;
        }
        let mut start = 0;
        for end in segmenter.segment_str(line).skip(1) {
            let sentence = line.get(start..end).map(str::trim).unwrap_or_default();
            if end < line.len() && text::is_item_number(sentence) {
                continue;
            }
            start = end;
            if !sentence.is_empty() {
                found.push(sentence);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
