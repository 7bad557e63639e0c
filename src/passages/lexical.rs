//! The lexical leg: text → words → hashed, weighted terms.
//!
//! The engine's own BM25 guesses the language of every string and takes 返品 for Chinese, so words are ours: each run of one
//! script is cut by what suits it (a dictionary for Japanese, characters and overlapping pairs for Chinese and Korean,
//! segmentation and stemming for the rest), normalised, and hashed to 32 bits. A document's weights are BM25's; the engine multiplies the IDF.

mod japanese;
mod runs;
mod stop;
mod words;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::{Passage, SparseVector};
use crate::language::Lang;

pub use japanese::DictionaryError;
use japanese::Japanese;
use words::Words;
pub use words::{Cjk, JapaneseUnits, LexicalSettings, Parsed};

/// Changes whenever the same text would give other terms or weights.
const VERSION: u32 = 1;

/// Turns texts into the vectors of the lexical leg. Documents and queries must go through analysers of one fingerprint.
#[derive(Debug)]
pub struct LexicalAnalyser {
    words: Words,
    fingerprint: String,
}

/// A text of a corpus, as [`LexicalAnalyser::documents`] reads it.
#[derive(Debug, Clone, Copy)]
pub struct LexicalText<'a> {
    /// Whatever [`LexicalAnalyser::text_of`] says of a passage.
    pub text: &'a str,
    /// Its language; decides how Han characters are read and which stems and stop words apply.
    pub lang: &'a Lang,
}

impl LexicalAnalyser {
    /// With the settings that measured best. `dictionary` is a folder with a compiled MeCab dictionary (`sys.dic`, `unk.dic`,
    /// `matrix.bin`, `char.bin`; UTF-8, IPADIC's columns). Without one, or with one that cannot be read, Japanese is cut
    /// by ICU, which is somewhat worse, and a warning says so.
    pub fn open(dictionary: Option<&Path>) -> Self {
        let opened = dictionary.map(|dir| (dir, Japanese::open(dir)));
        let japanese = match opened {
            Some((_, Ok(japanese))) => Some(japanese),
            Some((dir, Err(error))) => {
                tracing::warn!(dictionary = %dir.display(), %error, "Japanese is cut by ICU instead of the dictionary");
                None
            }
            None => {
                tracing::warn!("no Japanese dictionary is configured: Japanese is cut by ICU");
                None
            }
        };
        Self::new(japanese, LexicalSettings::default())
    }

    /// With settings of one's own; for measurements. A dictionary is read only if `settings` ask for it.
    pub fn with_settings(dictionary: &Path, settings: LexicalSettings) -> Result<Self, DictionaryError> {
        let needs =
            matches!(settings.japanese, JapaneseUnits::Lemmas | JapaneseUnits::Surfaces | JapaneseUnits::Readings);
        let japanese = if needs { Some(Japanese::open(dictionary)?) } else { None };
        Ok(Self::new(japanese, settings))
    }

    fn new(japanese: Option<Japanese>, settings: LexicalSettings) -> Self {
        let dictionary = japanese.as_ref().map_or("icu", Japanese::digest);
        let fingerprint = format!("madoguchi-lexical-{VERSION}/{dictionary}/{settings:?}");
        let fingerprint = blake3::hash(fingerprint.as_bytes()).to_hex().chars().take(16).collect();
        Self { words: Words::new(japanese, settings), fingerprint }
    }

    /// Names everything that decides a vector: code version, dictionary, settings. For `GenerationSpec::lexical`.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether Japanese is read with a dictionary (and not only cut by ICU).
    pub fn has_dictionary(&self) -> bool {
        self.words.has_dictionary()
    }

    /// What the lexical leg reads of a passage: breadcrumb, the article's front-matter questions, text. The questions are in
    /// customers' words; with them the leg's mean nDCG@10 on the shipped articles is 0.91, without 0.76.
    pub fn text_of(passage: &Passage, questions: &[String]) -> String {
        let breadcrumb = passage.breadcrumb();
        let parts = std::iter::once(&breadcrumb).chain(questions).chain([&passage.text]);
        parts.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// The vectors of a whole corpus, in order. BM25 compares a text's length with the average of its language in this call:
    /// give it everything that a generation will hold at once.
    pub fn documents(&self, texts: &[LexicalText<'_>]) -> Vec<SparseVector> {
        let counted: Vec<(HashMap<u32, f32>, f32)> = texts.iter().map(|t| self.count(t.text, t.lang)).collect();
        let mut totals: HashMap<&Lang, (f32, f32)> = HashMap::new();
        for (text, (_, length)) in texts.iter().zip(&counted) {
            let total = totals.entry(text.lang).or_default();
            *total = (total.0 + length, total.1 + 1.0);
        }
        let average = |lang: &Lang| totals.get(lang).map_or(1.0, |(sum, n)| (sum / n).max(1.0));
        let LexicalSettings { k1, b, .. } = *self.words.settings();
        let weigh = |(text, (counts, length)): (&LexicalText<'_>, (HashMap<u32, f32>, f32))| {
            let norm = k1 * (1.0 - b + b * length / average(text.lang));
            sparse(counts.into_iter().map(|(term, n)| (term, n * (k1 + 1.0) / (n + norm))))
        };
        texts.iter().zip(counted).map(weigh).collect()
    }

    /// The vector of a question: each of its terms once, whole codes (order numbers and the like) with less weight.
    pub fn query(&self, text: &str, lang: &Lang) -> SparseVector {
        let mut weights: BTreeMap<u32, f32> = BTreeMap::new();
        self.words.each(text, lang, &mut |word, weight| {
            let best = weights.entry(hash(word)).or_default();
            *best = best.max(weight);
        });
        sparse(weights)
    }

    /// The words a text is found by, in order; for people who wonder why.
    pub fn terms(&self, text: &str, lang: &Lang) -> Vec<String> {
        let mut terms = Vec::new();
        self.words.each(text, lang, &mut |word, _| terms.push(word.to_owned()));
        terms
    }

    /// Every word of a text as it stands, function words among them, in order: what a check of wording needs and a search does not.
    pub fn tokens(&self, text: &str, lang: &Lang) -> Vec<String> {
        let mut tokens = Vec::new();
        self.words.every(text, lang, &mut |word| tokens.push(word.to_owned()));
        tokens
    }

    /// A Japanese text word by word as the dictionary reads it, grammar among it; runs of other scripts (numbers, Latin words, marks)
    /// stand between its words as they are. Without a dictionary, nothing.
    pub fn parsed(&self, text: &str) -> Option<Vec<Parsed>> {
        self.words.parsed(text)
    }

    /// How often each term stands in a text, and how many terms there are.
    fn count(&self, text: &str, lang: &Lang) -> (HashMap<u32, f32>, f32) {
        let mut counts = HashMap::new();
        let mut length = 0.0;
        self.words.each(text, lang, &mut |word, _| {
            *counts.entry(hash(word)).or_insert(0.0) += 1.0;
            length += 1.0;
        });
        (counts, length)
    }
}

fn sparse(weights: impl IntoIterator<Item = (u32, f32)>) -> SparseVector {
    let mut pairs: Vec<(u32, f32)> = weights.into_iter().collect();
    pairs.sort_unstable_by_key(|pair| pair.0);
    SparseVector { indices: pairs.iter().map(|p| p.0).collect(), values: pairs.iter().map(|p| p.1).collect() }
}

/// FNV-1a, folded: stable for ever, and with some 100,000 words one pair in all is expected to share a number.
fn hash(word: &str) -> u32 {
    let wide =
        word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    #[expect(clippy::cast_possible_truncation, reason = "folding to the low half is the point")]
    let folded = (wide ^ (wide >> 32)) as u32;
    folded
}

#[cfg(test)]
mod tests;
