//! A source read once, ready to be compared with whatever is said from it.

use std::collections::{HashMap, HashSet};

use super::quantities::quantities;
use super::quantity::Quantity;
use super::text::{normal, pieces};
use crate::language::Lang;
use crate::passages::lexical::LexicalAnalyser;

/// A text with its words and numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// As a reader sees it.
    pub(super) shown: String,
    /// In one form ([`normal`]).
    pub(super) text: String,
    /// The same in lower case.
    pub(super) lower: String,
    /// Every word, in order.
    pub(super) tokens: Vec<String>,
    /// What carries meaning, in dictionary form or stemmed.
    pub(super) terms: Vec<String>,
    pub(super) set: HashSet<String>,
    pub(super) quantities: Vec<Quantity>,
}

impl Words {
    pub(super) fn read(analyser: &LexicalAnalyser, shown: &str, lang: &Lang) -> Self {
        let text = normal(shown);
        let terms = analyser.terms(&text, lang);
        Self {
            shown: shown.to_owned(),
            lower: text.to_lowercase(),
            tokens: analyser.tokens(&text, lang),
            set: terms.iter().cloned().collect(),
            terms,
            quantities: quantities(&text),
            text,
        }
    }
}

/// A source, whole and in pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    pub(super) pieces: Vec<Words>,
    pub(super) whole: Words,
    pub(super) tokens: HashSet<String>,
    /// Pieces that hold each term.
    held: HashMap<String, usize>,
}

impl Ground {
    pub(super) fn read(analyser: &LexicalAnalyser, source: &str, lang: &Lang) -> Self {
        let pieces: Vec<Words> = pieces(source).iter().map(|piece| Words::read(analyser, piece, lang)).collect();
        let shown = pieces.iter().map(|piece| piece.shown.as_str()).collect::<Vec<_>>().join("\n");
        let whole = Words::read(analyser, &shown, lang);
        let mut held: HashMap<String, usize> = HashMap::new();
        for term in pieces.iter().flat_map(|piece| &piece.set) {
            *held.entry(term.clone()).or_default() += 1;
        }
        let tokens = whole.tokens.iter().cloned().collect();
        Self { pieces, whole, tokens, held }
    }

    /// What a term tells: one that stands in every piece tells little of which is spoken of.
    fn weight(&self, term: &str) -> f32 {
        let held = self.held.get(term).copied().unwrap_or(0);
        ((self.pieces.len() as f32 + 1.0) / (held as f32 + 0.5)).ln().max(0.05)
    }

    /// The share of what is said (by weight) whose words stand in `piece`.
    pub(super) fn likeness(&self, said: &Words, piece: &Words) -> f32 {
        let (mut all, mut shared) = (0.0, 0.0);
        for term in &said.set {
            let weight = self.weight(term);
            all += weight;
            if piece.set.contains(term) {
                shared += weight;
            }
        }
        if all > 0.0 { shared / all } else { 0.0 }
    }

    /// The piece that shares most words with what is said.
    pub(super) fn nearest(&self, said: &Words) -> Option<&Words> {
        let scored = self.pieces.iter().map(|piece| (self.likeness(said, piece), piece));
        scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.0).map(|(_, piece)| piece)
    }
}
