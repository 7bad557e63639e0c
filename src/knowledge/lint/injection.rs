//! Text that reads like instructions to a language model, or hides from readers what a model would see.
//!
//! Patterns, not a classifier: an editor must be able to see why, and a help article is itself full of instructions to its
//! readers. *Strong* patterns say something only a model could obey, and keep the article out; *weak* ones may also be meant
//! for people, and warn. What no pattern can find is a plain question or task put into an article ("What is the capital of
//! Brazil?"): a model that answers from articles must be told elsewhere that they are no instructions.

mod patterns;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::finding::Finding;
use super::rules::Rule;
use crate::knowledge::library::Document;

/// The most findings of a kind in one file; more say nothing new.
const MOST: usize = 5;

/// How sure a pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suspicion {
    /// May be meant for people.
    Weak,
    /// Only a model could obey, or only a model would see.
    Strong,
}

pub(super) fn check(document: &Document, findings: &mut Vec<Finding>) {
    let text = &document.source.text;
    let found = suspicious(text);
    for (suspicion, rule) in [(Suspicion::Strong, Rule::Injection), (Suspicion::Weak, Rule::SuspectInstruction)] {
        for (bytes, why) in
            found.iter().filter(|(_, _, s)| *s == suspicion).map(|(bytes, why, _)| (bytes, why)).take(MOST)
        {
            let quoted: String = text.get(bytes.clone()).unwrap_or_default().chars().take(80).collect();
            let quoted = quoted.split_whitespace().collect::<Vec<_>>().join(" ");
            let message = match quoted.chars().any(char::is_alphanumeric) {
                true => format!("{why}: \"{quoted}\""),
                false => (*why).to_owned(),
            };
            findings.push(Finding::new(rule, &document.source, bytes.clone(), message));
        }
    }
}

/// The highest suspicion that `text` raises.
pub fn suspicion(text: &str) -> Option<Suspicion> {
    suspicious(text).into_iter().map(|(_, _, suspicion)| suspicion).max()
}

type Suspect = (Range<usize>, &'static str, Suspicion);

fn suspicious(text: &str) -> Vec<Suspect> {
    let mut found: Vec<Suspect> = hidden(text);
    let normal = Normal::of(text);
    for (patterns, suspicion) in [(&*STRONG, Suspicion::Strong), (&*WEAK, Suspicion::Weak)] {
        for (pattern, why) in patterns {
            for hit in pattern.find_iter(&normal.text) {
                let bytes = normal.source(hit.range());
                // A weak pattern adds nothing to a strong one at the same place.
                if !found.iter().any(|(known, ..)| known.start < bytes.end && bytes.start < known.end) {
                    found.push((bytes, why, suspicion));
                }
            }
        }
    }
    found.sort_by_key(|(bytes, ..)| bytes.start);
    found
}

static STRONG: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| compile(patterns::STRONG));
static WEAK: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| compile(patterns::WEAK));

fn compile(patterns: &[(&'static str, &'static str)]) -> Vec<(Regex, &'static str)> {
    // A test holds that every pattern compiles.
    patterns.iter().filter_map(|(why, pattern)| Some((Regex::new(pattern).ok()?, *why))).collect()
}

/// Text as patterns read it: NFKC, lower case, white space as one space, without emphasis and characters nobody sees.
struct Normal {
    text: String,
    /// For each character of `text`: its byte there, and the bytes of the source it comes from.
    places: Vec<(usize, Range<usize>)>,
}

impl Normal {
    fn of(text: &str) -> Self {
        let mut normal = Self { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
        for (at, c) in text.char_indices() {
            let bytes = at..at + c.len_utf8();
            if is_invisible(c) || matches!(c, '*' | '_' | '`' | '~') {
                continue;
            }
            if c.is_whitespace() {
                if !normal.text.ends_with(' ') {
                    normal.push(' ', bytes);
                }
                continue;
            }
            for c in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
                normal.push(if matches!(c, '’' | '‘') { '\'' } else { c }, bytes.clone());
            }
        }
        normal
    }

    fn push(&mut self, c: char, bytes: Range<usize>) {
        self.places.push((self.text.len(), bytes));
        self.text.push(c);
    }

    fn source(&self, hit: Range<usize>) -> Range<usize> {
        let first = self.places.partition_point(|(at, _)| *at < hit.start);
        let last = self.places.partition_point(|(at, _)| *at < hit.end).max(first + 1) - 1;
        let start = self.places.get(first).map_or(0, |(_, bytes)| bytes.start);
        start..self.places.get(last).map_or(start, |(_, bytes)| bytes.end)
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{180e}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// Characters that show nothing but carry text: language tags outside of flags, forced writing direction, and long rows of
/// zero-width characters or variation selectors.
fn hidden(text: &str) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut flag = false;
    let mut row: Option<(Range<usize>, usize)> = None;
    let mut report = |row: &mut Option<(Range<usize>, usize)>| {
        if let Some((bytes, length)) = row.take()
            && length >= 8
        {
            found.push((bytes, "a row of invisible characters, which can carry hidden text", Suspicion::Strong));
        }
    };
    let mut tags = Vec::new();
    for (at, c) in text.char_indices() {
        let bytes = at..at + c.len_utf8();
        match c {
            '\u{1f3f4}' => flag = true,
            '\u{e0020}'..='\u{e007f}' if flag => {}
            '\u{e0000}'..='\u{e007f}' => {
                tags.push((bytes, "invisible tag characters, which only a model reads", Suspicion::Strong));
                continue;
            }
            _ => flag = false,
        }
        match c {
            '\u{202d}' | '\u{202e}' => {
                tags.push((bytes, "forced writing direction: shown otherwise than it is read", Suspicion::Strong));
            }
            c if is_invisible(c) && !flag => match &mut row {
                Some((known, length)) => {
                    known.end = bytes.end;
                    *length += 1;
                }
                None => row = Some((bytes, 1)),
            },
            _ => report(&mut row),
        }
    }
    report(&mut row);
    tags.truncate(1);
    found.extend(tags);
    found
}

#[cfg(test)]
mod tests;
