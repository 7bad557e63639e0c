//! A text with placeholders for personal data, and the way back.

use std::collections::{HashMap, HashSet};

use super::normal::Text;
use super::placeholder::{self, placeholder};
use super::{Found, Kind, Unlogged, find_in};
use crate::conversation::History;
use crate::language::Lang;

/// A text that may go to a remote model, and what was taken out of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MaskedText {
    /// The text with placeholders.
    pub text: String,
    /// What they stand for, each once.
    pub kept: Vec<Kept>,
}

/// What a placeholder stands for. Shown by [`Debug`] without the thing itself; not serialisable as it is, so that it gets nowhere by
/// accident: who stores it takes it out of [`Unlogged`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// As it stands in the text, brackets and all.
    pub placeholder: String,
    /// What it is.
    pub kind: Kind,
    /// As the customer wrote it, the first time.
    pub value: Unlogged<String>,
}

impl std::fmt::Debug for MaskedText {
    /// Without the text: names stay in it, and whatever the detectors missed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let chars = self.text.chars().count();
        f.debug_struct("MaskedText").field("chars", &chars).field("kept", &self.kept).finish_non_exhaustive()
    }
}

impl MaskedText {
    /// A text, such as what a model wrote about this one, with what stood there instead of the placeholders: for operators, never for a
    /// model, a log or an index.
    pub fn restore(&self, text: &str) -> String {
        restore(&self.kept, text)
    }
}

/// `text` with what `kept` stands for in place of its placeholders; others stay as they are.
fn restore(kept: &[Kept], text: &str) -> String {
    let values: HashMap<&str, &str> =
        kept.iter().map(|kept| (kept.placeholder.as_str(), kept.value.get().as_str())).collect();
    let source: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = source.get(at) {
        let end = placeholder::end(&source, at);
        let written: Option<String> = end.map(|end| source.iter().take(end).skip(at).collect());
        let known = written.and_then(|written| values.get(written.as_str()));
        match (known, end) {
            (Some(known), Some(end)) => {
                out.push_str(known);
                at = end;
            }
            _ => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

/// `text` without personal data, its placeholders in Japanese if it is written in Japanese, else in English.
pub fn mask(text: &str) -> MaskedText {
    let kana = text.chars().any(|c| matches!(c, 'ぁ'..='ヿ' | 'ｦ'..='ﾟ'));
    let kanji = text.chars().any(super::normal::is_kanji);
    mask_in(text, if kana || kanji { &Lang::JA } else { &Lang::EN })
}

/// `text` without personal data, its placeholders in `lang`: Japanese, or English for all others.
pub fn mask_in(text: &str, lang: &Lang) -> MaskedText {
    let (mut texts, kept) = mask_all(&[text], lang);
    MaskedText { text: texts.pop().unwrap_or_default(), kept }
}

/// Texts that belong together, such as a message after those before it: the same value has the same placeholder in all of them.
pub fn mask_all(texts: &[&str], lang: &Lang) -> (Vec<String>, Vec<Kept>) {
    let sources: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
    let found: Vec<Vec<Found>> = sources.iter().map(|source| find_in(source)).collect();
    let mut names = Names::new(&sources, lang);
    for (source, found) in sources.iter().zip(&found) {
        found.iter().for_each(|found| names.meet(found.kind, source.get(found.range.clone()).unwrap_or_default()));
    }
    let kept = names.kept();
    let masked = sources.iter().zip(&found).map(|(source, found)| {
        let mut out = String::new();
        let mut at = 0;
        for Found { kind, range } in found {
            out.extend(source.get(at..range.start).unwrap_or_default());
            let value = source.get(range.clone()).unwrap_or_default();
            out.push_str(names.of(*kind, value, &kept));
            at = range.end;
        }
        out.extend(source.get(at..).unwrap_or_default());
        out
    });
    (masked.collect(), kept)
}

/// A message and what was said before it, with one set of placeholders.
pub fn mask_with_history(text: &str, history: &History, lang: &Lang) -> (MaskedText, History) {
    let mut all = history.texts();
    all.push(text);
    let (mut texts, kept) = mask_all(&all, lang);
    let text = texts.pop().unwrap_or_default();
    (MaskedText { text, kept }, history.clone().in_words(texts))
}

/// Gives each value its placeholder.
struct Names<'a> {
    lang: &'a Lang,
    /// Placeholders that stand in the texts already: theirs is another meaning.
    taken: HashSet<String>,
    /// By kind and value in one form: its place in `values`.
    known: HashMap<(Kind, String), usize>,
    values: Vec<(Kind, String)>,
}

impl<'a> Names<'a> {
    fn new(sources: &[Vec<char>], lang: &'a Lang) -> Self {
        let written = |source: &Vec<char>| -> Vec<String> {
            let text = |range| source.get::<std::ops::Range<usize>>(range).unwrap_or_default().iter().collect();
            placeholder::ranges(source).into_iter().map(text).collect()
        };
        let taken = sources.iter().flat_map(written).collect();
        Self { lang, taken, known: HashMap::new(), values: Vec::new() }
    }

    fn meet(&mut self, kind: Kind, value: &[char]) {
        let next = self.values.len();
        if *self.known.entry((kind, one_form(kind, value))).or_insert(next) == next {
            self.values.push((kind, value.iter().collect()));
        }
    }

    /// A number where several of a kind occur, or where the plain placeholder means something else already.
    fn kept(&self) -> Vec<Kept> {
        let mut numbers: HashMap<Kind, usize> = HashMap::new();
        let mut counts: HashMap<Kind, usize> = HashMap::new();
        self.values.iter().for_each(|(kind, _)| *counts.entry(*kind).or_default() += 1);
        let taken = |name: &String| self.taken.contains(name);
        let kept = |(kind, value): &(Kind, String)| {
            let alone = counts.get(kind) == Some(&1);
            let plain = Some(placeholder(*kind, self.lang, None)).filter(|name| alone && !taken(name));
            let placeholder = plain.unwrap_or_else(|| {
                let number = numbers.entry(*kind).or_default();
                loop {
                    *number += 1;
                    let name = placeholder(*kind, self.lang, Some(*number));
                    if !taken(&name) {
                        return name;
                    }
                }
            });
            Kept { placeholder, kind: *kind, value: Unlogged::new(value.clone()) }
        };
        self.values.iter().map(kept).collect()
    }

    fn of<'k>(&self, kind: Kind, value: &[char], kept: &'k [Kept]) -> &'k str {
        let at = self.known.get(&(kind, one_form(kind, value)));
        at.and_then(|at| kept.get(*at)).map_or("[…]", |kept| kept.placeholder.as_str())
    }
}

/// A value as it is compared: how it is punctuated and typed does not matter, but a password's every character does.
fn one_form(kind: Kind, value: &[char]) -> String {
    let text = Text::new(value, &[]);
    let keep = |c: &char| match kind {
        Kind::CardNumber | Kind::Phone | Kind::MyNumber => c.is_ascii_digit(),
        Kind::OrderId | Kind::AccountId => c.is_alphanumeric(),
        Kind::PostalAddress => c.is_alphanumeric() || *c == '-',
        Kind::Email => !c.is_whitespace(),
        Kind::Password => true,
    };
    let source = if kind == Kind::Password { text.plain() } else { text.lower() };
    source.chars().filter(keep).collect()
}
