//! A text in one form, each of its characters knowing where it came from.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, compose};

/// Stands for a placeholder, or for something found before: nothing is read through it. (The object replacement character; one that
/// stands in the text itself is left out.)
pub(super) const OPAQUE: char = '\u{fffc}';
/// What stands before the text and behind it.
pub(super) const EDGE: char = '\0';

/// A normalised text.
#[derive(Debug, Default)]
pub(super) struct Text {
    chars: Vec<char>,
    /// By character: where it begins and ends in the original.
    places: Vec<(usize, usize)>,
    /// By character, and once more for the end: its byte in `plain` and `lower`.
    bytes: Vec<usize>,
    plain: String,
    /// With ASCII letters in lower case: as long as `plain`, byte by byte.
    lower: String,
}

impl Text {
    /// Of `source`, with each range of `opaque` (in order, apart) as one [`OPAQUE`].
    pub(super) fn new(source: &[char], opaque: &[Range<usize>]) -> Self {
        let mut text = Self::default();
        let mut opaque = opaque.iter().peekable();
        let mut at = 0;
        while let Some(&c) = source.get(at) {
            if let Some(range) = opaque.next_if(|range| range.start <= at) {
                text.push(OPAQUE, at, range.end);
                at = range.end.max(at + 1);
                continue;
            }
            text.take(c, at);
            at += 1;
        }
        text.hyphens();
        for c in &text.chars {
            text.bytes.push(text.plain.len());
            text.plain.push(*c);
        }
        text.bytes.push(text.plain.len());
        text.lower = text.plain.to_ascii_lowercase();
        text
    }

    fn push(&mut self, c: char, from: usize, to: usize) {
        self.chars.push(c);
        self.places.push((from, to));
    }

    fn take(&mut self, c: char, at: usize) {
        if c.is_ascii() {
            match c {
                '\r' | EDGE => {}
                '\t' | '\u{b}' | '\u{c}' => self.push(' ', at, at + 1),
                c => self.push(c, at, at + 1),
            }
            return;
        }
        if is_invisible(c) {
            return;
        }
        if is_numbering(c) {
            return self.push(c, at, at + 1);
        }
        for c in std::iter::once(c).nfkc() {
            if canonical_combining_class(c) != 0 {
                self.mark(c, at);
                continue;
            }
            self.push(one_form(c), at, at + 1);
        }
    }

    /// A combining mark: part of the letter before it, if there is such a letter, else nothing (digits are underlined with them).
    fn mark(&mut self, mark: char, at: usize) {
        let (Some(last), Some(place)) = (self.chars.last_mut(), self.places.last_mut()) else { return };
        if *last == OPAQUE {
            return;
        }
        if let Some(whole) = compose(*last, mark) {
            *last = whole;
        }
        place.1 = at + 1;
    }

    /// The long-vowel mark is typed for a hyphen: between digits, or after the letters of an id.
    fn hyphens(&mut self) {
        let solid = |at: Option<usize>, chars: &[char]| at.and_then(|at| chars.get(at)).copied().unwrap_or(EDGE);
        for at in 0..self.chars.len() {
            if self.chars.get(at) != Some(&'ー') {
                continue;
            }
            let skip = |c: char| usize::from(c == ' ');
            let before = at.checked_sub(1);
            let before = at.checked_sub(1 + skip(solid(before, &self.chars)));
            let after = at + 1;
            let after = Some(after + skip(solid(Some(after), &self.chars)));
            let (before, after) = (solid(before, &self.chars), solid(after, &self.chars));
            let kanji = is_kanji_digit(before) && is_kanji_digit(after);
            if kanji || (before.is_ascii_alphanumeric() && after.is_ascii_digit()) {
                if let Some(c) = self.chars.get_mut(at) {
                    *c = '-';
                }
            }
        }
    }

    /// How many characters there are.
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// A character; [`EDGE`] beyond the end.
    pub(super) fn at(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or(EDGE)
    }

    /// The character before; [`EDGE`] at the beginning.
    pub(super) fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or(EDGE, |at| self.at(at))
    }

    /// Characters of a range; those that there are.
    pub(super) fn slice(&self, range: Range<usize>) -> &[char] {
        let end = range.end.min(self.chars.len());
        self.chars.get(range.start.min(end)..end).unwrap_or_default()
    }

    /// Whether `word` (ASCII letters in lower case) stands at `at`.
    pub(super) fn reads(&self, at: usize, word: &str) -> bool {
        let rest = self.bytes.get(at).and_then(|byte| self.lower.get(*byte..));
        rest.is_some_and(|rest| rest.starts_with(word))
    }

    /// The first of `words` that stands at `at`: where it ends. English ones must end there.
    pub(super) fn any(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().find_map(|word| {
            let end = at + word.chars().count();
            let whole = !word.ends_with(|c: char| c.is_ascii_alphabetic()) || !self.at(end).is_ascii_alphabetic();
            (self.reads(at, word) && whole).then_some(end)
        })
    }

    /// Past spaces, and past line ends if so asked, as many as `most`.
    pub(super) fn past_space(&self, at: usize, lines: bool, most: usize) -> usize {
        let space = |c: char| c == ' ' || (lines && c == '\n');
        at + self.slice(at..at + most).iter().take_while(|c| space(**c)).count()
    }

    /// Whole, case as it is.
    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    /// Whole, ASCII letters in lower case.
    pub(super) fn lower(&self) -> &str {
        &self.lower
    }

    /// The character that begins at a byte of `plain` or `lower`.
    pub(super) fn char_at_byte(&self, byte: usize) -> usize {
        self.bytes.partition_point(|start| *start < byte)
    }

    /// Where a range stands in the original.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        let places = self.places.get(range.start..range.end.min(self.places.len())).unwrap_or_default();
        match (places.first(), places.last()) {
            (Some((from, _)), Some((_, to))) => *from..*to,
            _ => 0..0,
        }
    }
}

/// What is not seen: it hides nothing from a reader, so it must hide nothing from us.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{20e3}' | OPAQUE)
        || matches!(c, '\u{e0000}'..='\u{e01ef}')
}

/// Circled and raised digits, fractions and their like count and measure things; they are no part of a number.
fn is_numbering(c: char) -> bool {
    matches!(c, '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{bc}'..='\u{be}' | '\u{2070}'..='\u{209f}' | '\u{2150}'..='\u{218b}')
        || matches!(c, '\u{2460}'..='\u{24ff}' | '\u{3200}'..='\u{33ff}')
}

fn one_form(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{2500}' | '\u{2501}' | '\u{fe58}' | '\u{fe63}' => '-',
        '“' | '”' | '„' => '"',
        '‘' | '’' | 'ʼ' => '\'',
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// A digit in Chinese characters, as addresses write it.
pub(super) fn is_kanji_digit(c: char) -> bool {
    matches!(c, '〇' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百')
}

/// Hiragana.
pub(super) fn is_hiragana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ')
}

/// Katakana, its long-vowel mark, and the small ヶ of names.
pub(super) fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー')
}

/// A Chinese character, 々 among them.
pub(super) fn is_kanji(c: char) -> bool {
    matches!(c, '々' | '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(source: &str) -> Text {
        Text::new(&source.chars().collect::<Vec<_>>(), &[])
    }

    #[test]
    fn forms_become_one() {
        assert_eq!(text("０９０ー１２３４−５６７８").plain(), "090-1234-5678");
        assert_eq!(text("090\u{200b}1\u{feff}2\u{ad}3").plain(), "090123");
        assert_eq!(text("ﾊﾟｽﾜｰﾄﾞ").plain(), "パスワード");
        assert_eq!(text("ハ\u{309a}ス").plain(), "パス");
        assert_eq!(text("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ").plain(), "taro@example.com");
        assert_eq!(text("1️⃣2️⃣").plain(), "12");
        assert_eq!(text("データー ①m²").plain(), "データー ①m²");
        assert_eq!(text("一ー二 ー 三").plain(), "一-二 - 三");
    }

    #[test]
    fn places_are_those_of_the_original() {
        let text = text("あ ﾊﾟ\u{200b}０\u{200d}１");
        assert_eq!(text.plain(), "あ パ01");
        assert_eq!(text.original(2..3), 2..4);
        assert_eq!(text.original(3..5), 5..8);
        assert_eq!(text.original(9..10), 0..0);
    }

    #[test]
    fn what_is_opaque_is_one_character() {
        let source: Vec<char> = "電話[電話番号]です".chars().collect();
        let text = Text::new(&source, std::slice::from_ref(&(2..8)));
        assert_eq!(text.plain(), "電話\u{fffc}です");
        assert_eq!(text.original(2..3), 2..8);
    }

    proptest! {
        #[test]
        fn every_character_has_a_place(source in any::<String>()) {
            let text = text(&source);
            let total = source.chars().count();
            let mut last = 0;
            for at in 0..text.len() {
                let place = text.original(at..at + 1);
                prop_assert!(place.start >= last.min(place.start) && place.end <= total && place.start < place.end);
                prop_assert!(place.start + 1 >= last);
                last = place.end;
            }
        }
    }
}
