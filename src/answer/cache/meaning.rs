//! When two questions are one.

use std::fmt;

use super::reading::{Reading, plain};
use super::{english, japanese};
use crate::language::Lang;
use crate::llm::Vector;
use crate::passages::lexical::LexicalAnalyser;

/// Questions in other words are one only if their vectors lie at least this near (cosine). A second lock: of the pairs whose words agree,
/// measured in eval/tables/cache.md, the farthest lie nearer than this.
pub const NEAR: f32 = 0.93;
/// Longer questions, in characters, tell a customer's own case and are compared as they are written only.
const LONGEST: usize = 200;

/// A question, ready to be compared with others of its language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    plain: String,
    /// Absent for languages, and without the dictionary for Japanese, where nothing was measured.
    reading: Option<Reading>,
}

/// How two questions relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    /// The same characters, but for case, width, white space and the marks at the end.
    Written,
    /// Other words for the same, as far as words tell: the vectors must agree too.
    Worded,
    /// They ask different things, or that they do not cannot be told.
    Other,
}

impl Meaning {
    /// Reads a question.
    pub fn of(analyser: &LexicalAnalyser, question: &str, lang: &Lang) -> Self {
        let plain = plain(question);
        let short = plain.chars().count() <= LONGEST;
        let reading = match lang.as_str() {
            "en" if short => Some(english::read(&plain)),
            "ja" if short => analyser.parsed(&japanese::prepared(&plain)).map(|parsed| japanese::read(&parsed)),
            _ => None,
        };
        Self { plain, reading: reading.filter(|reading| !reading.is_empty()) }
    }

    /// How two questions in one language relate by their words.
    pub fn sameness(&self, other: &Self) -> Sameness {
        if self.plain == other.plain {
            return if self.plain.is_empty() { Sameness::Other } else { Sameness::Written };
        }
        match (&self.reading, &other.reading) {
            (Some(mine), Some(theirs)) if mine.agrees(theirs) => Sameness::Worded,
            _ => Sameness::Other,
        }
    }

    /// Whether one answer serves both.
    pub fn is_that_of(&self, other: &Self, vector: &Vector, other_vector: &Vector) -> bool {
        match self.sameness(other) {
            Sameness::Written => true,
            Sameness::Worded => vector.cosine(other_vector) >= NEAR,
            Sameness::Other => false,
        }
    }
}

impl fmt::Display for Meaning {
    /// What is compared.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reading {
            Some(reading) => reading.fmt(f),
            None => write!(f, "={}", self.plain),
        }
    }
}
