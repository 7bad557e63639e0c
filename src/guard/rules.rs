//! The rules of policies: patterns that a person can read in a diff, matched in linear time against what was normalised.
//!
//! The language is described in `knowledge/policy.toml`'s head. A rule fires on a sentence of a message; one that is bound to an edge of
//! the message (`^`, `$`) on all of it.

mod compile;
mod lexicon;
mod parse;

use regex::Regex;

use self::lexicon::{Lexicon, Needs};
use self::parse::{Sequence, Tree};
use super::normal::{Reading, readings};

/// Why a line is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: {problem}", at + 1)]
pub struct RuleError {
    /// Characters before the place.
    pub at: usize,
    /// What is wrong and how to write it.
    pub problem: String,
}

impl RuleError {
    fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { at, problem: problem.into() }
    }
}

/// Checks one rule.
///
/// # Errors
/// When it is none.
pub fn check(pattern: &str) -> Result<(), RuleError> {
    Rule::read(pattern, &mut Lexicon::default()).map(|_| ())
}

/// A rule, compiled.
#[derive(Debug)]
struct Rule {
    regex: Regex,
    needs: Needs,
    /// Bound to an edge of the message.
    bound: bool,
    unless: Option<Regex>,
    unless_anywhere: Option<Regex>,
    offered: Vec<Regex>,
    said: Vec<Regex>,
}

impl Rule {
    fn read(pattern: &str, lexicon: &mut Lexicon) -> Result<Self, RuleError> {
        let tree = Tree::read(pattern)?;
        let some = |list: &[Sequence]| if list.is_empty() { Ok(None) } else { compile::any(list).map(Some) };
        let each = |lists: &[Vec<Sequence>]| lists.iter().map(|list| compile::any(list)).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            regex: compile::whole(tree.start, &tree.sequence, tree.end)?,
            needs: lexicon.needs(&tree.sequence),
            bound: tree.start.is_some() || tree.end.is_some(),
            unless: some(&tree.unless)?,
            unless_anywhere: some(&tree.unless_anywhere)?,
            offered: each(&tree.offered)?,
            said: each(&tree.said)?,
        })
    }

    fn fires<'t>(&self, text: &'t str, reading: &Reading, before: &Before) -> Option<&'t str> {
        let matched = self.regex.find(text)?.as_str();
        let within = |regex: &Option<Regex>, text: &str| regex.as_ref().is_some_and(|regex| regex.is_match(text));
        let excluded = within(&self.unless, text) || within(&self.unless_anywhere, &reading.whole);
        let offered = self.offered.iter().all(|regex| before.offered.iter().any(|text| regex.is_match(&text.whole)));
        let said = self.said.iter().all(|regex| before.said.iter().any(|text| regex.is_match(&text.whole)));
        (!excluded && offered && said).then_some(matched)
    }
}

/// What was said before a message, read.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// The assistant's last message.
    pub(super) offered: Vec<Reading>,
    /// The customer's earlier messages.
    pub(super) said: Vec<Reading>,
}

impl Before {
    /// Reads them.
    pub(super) fn new<'a>(offered: Option<&str>, said: impl Iterator<Item = &'a str>) -> Self {
        Self { offered: offered.map(readings).unwrap_or_default(), said: said.flat_map(readings).collect() }
    }
}

/// Many rules, each with what it stands for.
#[derive(Debug)]
pub(super) struct Rules<T> {
    lexicon: Lexicon,
    rules: Vec<(T, Rule)>,
}

impl<T> Default for Rules<T> {
    fn default() -> Self {
        Self { lexicon: Lexicon::default(), rules: Vec::new() }
    }
}

impl<T> Rules<T> {
    /// Adds a rule.
    pub(super) fn add(&mut self, pattern: &str, stands_for: T) -> Result<(), RuleError> {
        let rule = Rule::read(pattern, &mut self.lexicon)?;
        self.rules.push((stands_for, rule));
        Ok(())
    }

    /// Whether any rule looks at what was said before.
    pub(super) fn look_back(&self) -> bool {
        self.rules.iter().any(|(_, rule)| !rule.offered.is_empty() || !rule.said.is_empty())
    }

    /// The rules that fire on a message, each once, with the words it fired on; of `wanted` ones.
    pub(super) fn firing<'s>(
        &'s self,
        message: &[Reading],
        before: &Before,
        wanted: impl Fn(&T) -> bool,
    ) -> Vec<(&'s T, String)> {
        let mut fired: Vec<Option<String>> = vec![None; self.rules.len()];
        for reading in message {
            let bound = [(reading.whole.as_str(), true)];
            let sentences = reading.sentences.iter().map(|sentence| (sentence.as_str(), false));
            for (text, whole) in bound.into_iter().chain(sentences) {
                let words = self.lexicon.find(text);
                if words.is_empty() {
                    continue;
                }
                for ((stands_for, rule), fired) in self.rules.iter().zip(&mut fired) {
                    if rule.bound == whole && fired.is_none() && rule.needs.are_met(&words) && wanted(stands_for) {
                        *fired = rule.fires(text, reading, before).map(str::to_owned);
                    }
                }
            }
        }
        let found = self.rules.iter().zip(fired);
        found.filter_map(|((stands_for, _), matched)| Some((stands_for, matched?))).collect()
    }
}

#[cfg(test)]
mod shipped;
#[cfg(test)]
mod tests;
