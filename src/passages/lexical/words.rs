//! From a text to its words: what is kept of each run, and how.

use std::collections::HashSet;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use rust_stemmers::Stemmer;
use unicode_normalization::char::is_combining_mark;

use super::japanese::{Japanese, Morpheme};
use super::runs::{Script, has_kana, is_hiragana, is_katakana, normalise, runs};
use super::stop;
use crate::language::Lang;

/// What becomes a term. The default is what measured best on average; `cargo bench --bench retrieval` prints the comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct LexicalSettings {
    /// How Japanese is cut.
    pub japanese: JapaneseUnits,
    /// Whether Japanese particles, auxiliaries, formal nouns and light verbs are left out.
    pub japanese_stops: bool,
    /// How Han runs of other languages are cut.
    pub han: Cjk,
    /// How Hangul runs are cut.
    pub hangul: Cjk,
    /// Whether words of European languages are reduced to their stems.
    pub stem: bool,
    /// Whether their function words are left out.
    pub stop_words: bool,
    /// Whether サーバー and サーバ are one word.
    pub fold_long_vowels: bool,
    /// BM25's saturation of repeated terms.
    pub k1: f32,
    /// BM25's penalty for long texts.
    pub b: f32,
}

/// Units of Japanese text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JapaneseUnits {
    /// Dictionary forms.
    Lemmas,
    /// Words as they stand.
    Surfaces,
    /// Dictionary forms, and readings beside them.
    Readings,
    /// What ICU finds, without words of one or two hiragana.
    Icu,
    /// Overlapping pairs of characters.
    Bigrams,
}

/// Units of Chinese and Korean text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cjk {
    /// What ICU finds.
    Icu,
    /// Overlapping pairs of characters.
    Bigrams,
    /// Pairs and single characters.
    BigramsAndUnigrams,
    /// What ICU finds, and pairs.
    IcuAndBigrams,
}

impl Default for LexicalSettings {
    fn default() -> Self {
        Self {
            japanese: JapaneseUnits::Lemmas,
            japanese_stops: true,
            han: Cjk::BigramsAndUnigrams,
            hangul: Cjk::BigramsAndUnigrams,
            stem: true,
            stop_words: true,
            fold_long_vowels: true,
            k1: 1.2,
            b: 0.75,
        }
    }
}

/// A part of a Japanese text, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A word of the dictionary, or one that it takes for unknown.
    Word {
        /// As it stands in the text.
        surface: String,
        /// Dictionary form.
        lemma: String,
        /// Part of speech, in IPADIC's terms.
        pos: String,
        /// Its first subdivision.
        detail: String,
    },
    /// A run of another script.
    Other(String),
}

/// Weight of a code (order number, telephone number) in a question. It is rare, so its IDF alone would decide the order; but
/// who writes their order number seldom looks for an article that happens to print one like it.
const CODE: f32 = 0.3;

/// Digits from which a number with hyphens is one code and not a range or a pair of numbers.
const CODE_DIGITS: usize = 6;

pub(super) type Take<'t> = &'t mut dyn FnMut(&str, f32);

/// The segmenters, and what to keep of their words.
#[derive(Debug)]
pub(super) struct Words {
    japanese: Option<Japanese>,
    icu: WordSegmenterBorrowed<'static>,
    settings: LexicalSettings,
}

impl Words {
    pub(super) fn new(japanese: Option<Japanese>, settings: LexicalSettings) -> Self {
        Self { japanese, icu: WordSegmenter::new_auto(WordBreakInvariantOptions::default()), settings }
    }

    pub(super) fn settings(&self) -> &LexicalSettings {
        &self.settings
    }

    pub(super) fn has_dictionary(&self) -> bool {
        self.japanese.is_some()
    }

    /// Gives each term with its weight in a question to `take`.
    pub(super) fn each(&self, text: &str, lang: &Lang, take: Take<'_>) {
        let text = normalise(text);
        let japanese = *lang == Lang::JA || has_kana(&text);
        let european = European::of(lang, &self.settings);
        for (script, run) in runs(&text) {
            match script {
                Script::Cjk if japanese => self.japanese(run, take),
                Script::Cjk => self.cjk(run, self.settings.han, take),
                Script::Hangul => self.cjk(run, self.settings.hangul, take),
                Script::Other => self.other(run, &european, take),
            }
        }
    }

    /// Gives every word as it stands, particles, auxiliaries and function words among them, to `take`.
    pub(super) fn every(&self, text: &str, lang: &Lang, take: &mut dyn FnMut(&str)) {
        let text = normalise(text);
        // By the language alone: two texts are compared by this, and one of them may quote a Japanese menu.
        let japanese = *lang == Lang::JA;
        for (script, run) in runs(&text) {
            match (&self.japanese, script) {
                // Where Chinese words end depends on what stands around them, so characters are compared.
                (_, Script::Cjk) if !japanese => run.chars().for_each(|c| take(c.encode_utf8(&mut [0; 4]))),
                (Some(dictionary), Script::Cjk) if japanese => dictionary.each(run, &mut |morpheme| {
                    if morpheme.pos != "記号" {
                        take(morpheme.surface);
                    }
                }),
                _ => self.segments(run, &mut *take),
            }
        }
    }

    /// The words of a Japanese text with their parts of speech, and the runs of other scripts between them.
    pub(super) fn parsed(&self, text: &str) -> Option<Vec<Parsed>> {
        let dictionary = self.japanese.as_ref()?;
        let mut found = Vec::new();
        for (script, run) in runs(&normalise(text)) {
            if script == Script::Cjk {
                dictionary.each(run, &mut |word| {
                    found.push(Parsed::Word {
                        surface: word.surface.to_owned(),
                        lemma: word.lemma.to_owned(),
                        pos: word.pos.to_owned(),
                        detail: word.detail.to_owned(),
                    })
                });
            } else {
                found.push(Parsed::Other(run.to_owned()));
            }
        }
        Some(found)
    }

    fn japanese(&self, run: &str, take: Take<'_>) {
        let settings = &self.settings;
        let Some(dictionary) = &self.japanese else {
            if settings.japanese == JapaneseUnits::Bigrams {
                return bigrams(run, take);
            }
            return self.segments(run, |word| {
                let particle = word.chars().count() <= 2 && word.chars().all(is_hiragana);
                if !(settings.japanese_stops && particle) {
                    take(self.fold(word), 1.0);
                }
            });
        };
        dictionary.each(run, &mut |morpheme: Morpheme<'_>| {
            if settings.japanese_stops && stop::morpheme(&morpheme) {
                return;
            }
            match settings.japanese {
                JapaneseUnits::Surfaces => take(self.fold(morpheme.surface), 1.0),
                JapaneseUnits::Readings => {
                    take(self.fold(morpheme.lemma), 1.0);
                    if let Some(reading) = morpheme.reading
                        && reading.chars().count() > 2
                    {
                        take(self.fold(reading), 0.5);
                    }
                }
                _ => take(self.fold(morpheme.lemma), 1.0),
            }
        });
    }

    /// サーバー → サーバ, if asked to; short words (キー) keep their vowel.
    fn fold<'w>(&self, word: &'w str) -> &'w str {
        if self.settings.fold_long_vowels && word.chars().count() >= 4 && word.chars().all(is_katakana) {
            return word.strip_suffix('ー').unwrap_or(word);
        }
        word
    }

    fn cjk(&self, run: &str, units: Cjk, take: Take<'_>) {
        if matches!(units, Cjk::Icu | Cjk::IcuAndBigrams) {
            self.segments(run, |word| take(word, 1.0));
        }
        if units == Cjk::BigramsAndUnigrams {
            let mut buffer = [0; 4];
            run.chars().for_each(|c| take(c.encode_utf8(&mut buffer), 1.0));
        }
        if units != Cjk::Icu {
            bigrams(run, take);
        }
    }

    fn segments<'r>(&self, run: &'r str, mut take: impl FnMut(&'r str)) {
        let mut start = 0;
        let mut breaks = self.icu.segment_str(run).iter_with_word_type();
        // The first break is the beginning of the run.
        breaks.next();
        for (end, kind) in breaks {
            if let Some(word) = run.get(start..end)
                && kind.is_word_like()
            {
                take(word);
            }
            start = end;
        }
    }

    fn other(&self, run: &str, european: &European, take: Take<'_>) {
        for stretch in run.split(|c: char| c.is_whitespace()) {
            self.stretch(stretch, european, take);
        }
    }

    /// Words between two spaces; those joined by hyphens with digits among them may be one code.
    fn stretch(&self, stretch: &str, european: &European, take: Take<'_>) {
        let joins = |c: char| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '\'' | ',' | '.');
        for part in stretch.split(|c: char| !joins(c)) {
            let code = part.trim_matches(|c: char| !c.is_alphanumeric());
            let digits = code.chars().filter(char::is_ascii_digit).count();
            let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let letters = code.chars().any(|c| c.is_ascii_alphabetic());
            if plain && !letters && digits >= CODE_DIGITS {
                // 0120-123-456 and 0120123456 are one number.
                let number: String = code.chars().filter(char::is_ascii_digit).collect();
                take(&number, CODE);
            } else if plain && letters && digits > 0 && code.contains('-') {
                take(code, 1.0);
                for word in code.split('-').filter(|word| word.chars().any(|c| c.is_ascii_alphabetic())) {
                    european.take(word, take);
                }
            } else {
                self.segments(part, |word| european.take(word, take));
            }
        }
    }
}

/// Overlapping pairs; a single character stands for itself.
fn bigrams(run: &str, take: Take<'_>) {
    let mut pair = String::new();
    let mut previous = None;
    for c in run.chars() {
        if let Some(before) = previous.replace(c) {
            pair.clear();
            pair.extend([before, c]);
            take(&pair, 1.0);
        }
    }
    if pair.is_empty() {
        take(run, 1.0);
    }
}

/// Stems and stop words of one European language.
struct European {
    stemmer: Option<Stemmer>,
    stops: HashSet<&'static str>,
}

impl European {
    fn of(lang: &Lang, settings: &LexicalSettings) -> Self {
        let stemmer = if settings.stem { stop::stemmer(lang).map(Stemmer::create) } else { None };
        let stops = if settings.stop_words { stop::words(lang).split_whitespace().collect() } else { HashSet::new() };
        Self { stemmer, stops }
    }

    fn take(&self, word: &str, take: Take<'_>) {
        let word = word.trim_end_matches("'s").trim_matches('\'');
        // 1,500 and 1500 are one number.
        if word.contains(',') && word.chars().all(|c| c.is_ascii_digit() || c == ',') {
            let number: String = word.chars().filter(char::is_ascii_digit).collect();
            return take(&number, 1.0);
        }
        if word.is_empty() || self.stops.contains(word) {
            return;
        }
        match &self.stemmer {
            Some(stemmer) => take(&stemmer.stem(word), 1.0),
            None => take(word, 1.0),
        }
    }
}
