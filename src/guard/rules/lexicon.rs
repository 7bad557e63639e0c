//! Which words of any rule a text holds, found in one pass: most rules need not be tried.

use std::collections::HashMap;

use super::parse::{Sequence, Term};

/// A word's number, and its characters.
type Entry = (u32, Box<[char]>);

/// All words of all rules, without what a rule tolerates (long vowels, blanks, apostrophes).
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    ids: HashMap<Box<[char]>, u32>,
    by_first: HashMap<(char, Option<char>), Vec<Entry>>,
}

/// What a rule needs: one word of each of these groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs(Vec<Vec<u32>>);

/// The words that were found.
#[derive(Debug)]
pub(super) struct Words(Vec<u64>);

impl Lexicon {
    /// Adds what a rule needs.
    pub(super) fn needs(&mut self, sequence: &Sequence) -> Needs {
        let mut groups = Vec::new();
        for part in sequence.0.iter().filter(|part| !part.optional) {
            if let Some(words) = words(&part.term) {
                groups.push(words.iter().map(|word| self.id(word)).collect());
            }
        }
        Needs(groups)
    }

    fn id(&mut self, word: &str) -> u32 {
        let chars: Box<[char]> = skeleton(word).collect();
        if let Some(id) = self.ids.get(&chars) {
            return *id;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(chars.clone(), id);
        if let Some(first) = chars.first() {
            self.by_first.entry((*first, chars.get(1).copied())).or_default().push((id, chars));
        }
        id
    }

    /// Looks for all words in `text`.
    pub(super) fn find(&self, text: &str) -> Words {
        let chars: Vec<char> = skeleton(text).collect();
        let mut found = Words(vec![0; self.ids.len().div_ceil(64)]);
        for at in 0..chars.len() {
            let Some(rest) = chars.get(at..) else { break };
            let (Some(first), second) = (rest.first(), rest.get(1)) else { break };
            for key in [Some((*first, None)), second.map(|second| (*first, Some(*second)))].into_iter().flatten() {
                let Some(candidates) = self.by_first.get(&key) else { continue };
                candidates.iter().filter(|(_, word)| rest.starts_with(word)).for_each(|(id, _)| found.add(*id));
            }
        }
        found
    }
}

impl Needs {
    /// Whether `words` leave it possible that the rule matches.
    pub(super) fn are_met(&self, words: &Words) -> bool {
        self.0.iter().all(|group| group.iter().any(|id| words.has(*id)))
    }
}

impl Words {
    fn add(&mut self, id: u32) {
        if let Some(bits) = self.0.get_mut(id as usize / 64) {
            *bits |= 1 << (id % 64);
        }
    }

    fn has(&self, id: u32) -> bool {
        self.0.get(id as usize / 64).is_some_and(|bits| bits & (1 << (id % 64)) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|bits| *bits == 0)
    }
}

fn skeleton(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !matches!(c, 'ー' | ' ' | '\''))
}

/// Words of which a text that matches `term` must hold at least one; `None` if there is no such list.
fn words(term: &Term) -> Option<Vec<&str>> {
    match term {
        Term::Word { text, .. } => skeleton(text).next().map(|_| vec![text.as_str()]),
        Term::Any(alternatives) => {
            let mut all = Vec::new();
            for sequence in alternatives {
                // The list with the longest shortest word leaves the fewest texts.
                let needed = sequence.0.iter().filter(|part| !part.optional).filter_map(|part| words(&part.term));
                all.extend(needed.max_by_key(|words| words.iter().map(|word| word.chars().count()).min())?);
            }
            Some(all)
        }
    }
}
