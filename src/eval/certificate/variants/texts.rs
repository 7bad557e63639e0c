//! The harmless words that guises are made with.

use std::collections::BTreeMap;

use serde::Deserialize;

/// As they are compiled in.
const SHIPPED: &str = include_str!("texts.toml");
/// What stands in for languages without words of their own.
const FALLBACK: &str = "en";

/// Harmless words, by language.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Courtesy.
    pub(super) polite: BTreeMap<String, Polite>,
    /// Sentences to begin in another language.
    pub(super) foreign: BTreeMap<String, Vec<String>>,
    /// Small talk.
    pub(super) padding: BTreeMap<String, Vec<String>>,
    /// Older mails.
    pub(super) mail: BTreeMap<String, Mail>,
    /// Turns before: question and answer.
    pub(super) drift: BTreeMap<String, Vec<[String; 2]>>,
    /// Words in characters, and the same in kana.
    pub(super) unconverted: BTreeMap<String, String>,
}

/// Courtesy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Polite {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
}

/// An older mail of the shop, and how people quote their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    /// The line above it.
    pub(super) wrote: Vec<String>,
    /// Its lines.
    pub(super) lines: Vec<Vec<String>>,
    /// A sentence with `{}` where the customer's own earlier words stand.
    pub(super) said: Vec<String>,
}

/// Why the words are not in order. A test makes sure that they are.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the words for variants: {0}")]
pub struct TextsError(#[from] toml::de::Error);

impl Texts {
    /// Those that are compiled in.
    ///
    /// # Errors
    /// When they are not in order.
    pub fn shipped() -> Result<Self, TextsError> {
        Ok(toml::from_str(SHIPPED)?)
    }

    /// Those of a language, or English ones.
    pub(super) fn of<'a, T>(&self, by_language: &'a BTreeMap<String, T>, lang: &str) -> Option<&'a T> {
        by_language.get(lang).or_else(|| by_language.get(FALLBACK))
    }
}
