//! The rules of policies: patterns that a person can read in a diff, matched in linear time against what was normalised.
//!
//! The language is described in `knowledge/policy.toml`'s head. A rule fires on a sentence of a message; one that is bound to an edge of
//! the message (`^`, `$`) on all of it.

mod compile;
mod lexicon;
mod parse;

use std::cell::OnceCell;

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

    fn fires<'t>(&self, text: &'t str, reading: &Reading, before: &Before<'_>) -> Option<&'t str> {
        let matched = self.regex.find(text)?.as_str();
        let within = |regex: &Option<Regex>, text: &str| regex.as_ref().is_some_and(|regex| regex.is_match(text));
        let excluded = within(&self.unless, text) || within(&self.unless_anywhere, &reading.whole);
        (!excluded && before.offered(&self.offered) && before.said(&self.said)).then_some(matched)
    }
}

/// What was said before a message. It is read when a rule first asks for it: few do, and it may be long.
#[derive(Debug, Default)]
pub(super) struct Before<'a> {
    offered: Option<&'a str>,
    said: Vec<&'a str>,
    offered_read: OnceCell<Vec<Reading>>,
    said_read: OnceCell<Vec<Reading>>,
}

impl<'a> Before<'a> {
    /// The assistant's last message, and the customer's earlier ones.
    pub(super) fn new(offered: Option<&'a str>, said: impl Iterator<Item = &'a str>) -> Self {
        Self { offered, said: said.collect(), ..Self::default() }
    }

    /// Whether each of these stands in the assistant's last message.
    fn offered(&self, wanted: &[Regex]) -> bool {
        all_stand(wanted, &self.offered_read, self.offered.as_slice())
    }

    /// Whether each of these stands in an earlier message of the customer's.
    fn said(&self, wanted: &[Regex]) -> bool {
        all_stand(wanted, &self.said_read, &self.said)
    }
}

fn all_stand(wanted: &[Regex], read: &OnceCell<Vec<Reading>>, texts: &[&str]) -> bool {
    let read = || read.get_or_init(|| texts.iter().flat_map(|text| readings(text)).collect());
    wanted.iter().all(|regex| read().iter().any(|text| regex.is_match(&text.whole)))
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

    /// The rules that fire on a message, each once, with the words it fired on; of `wanted` ones.
    pub(super) fn firing<'s>(
        &'s self,
        message: &[Reading],
        before: &Before<'_>,
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
