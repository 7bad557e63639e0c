//! Text as it is searched for: so folded that spellings which mean the same are the same, in every script. Both databases
//! compare it letter by letter, because neither folds like the other.

use sea_orm::sea_query::LikeExpr;
use unicode_normalization::UnicodeNormalization as _;

use crate::handoff::{Fact, Ticket};

/// Stands before a character of a pattern that means itself.
const ESCAPE: char = '!';
/// The most words that are searched for; what comes after them narrows nothing any more.
const WORDS: usize = 8;
/// The most characters that are looked at of what is asked for: SQLite takes no pattern of more than 50,000 bytes.
const ASKED: usize = 1000;

/// A text, folded: compatibility forms as one (full and half width, combined marks), small letters, one kind of dash, one
/// blank between words.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.nfkc().flat_map(char::to_lowercase).nfkc() {
        if c.is_whitespace() || c.is_control() {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) && !folded.is_empty() {
            folded.push(' ');
        }
        folded.push(match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c,
        });
    }
    folded
}

/// What a ticket is found by: its reference, the message that led to it, and what that and those before it told.
pub(super) fn of_ticket(ticket: &Ticket) -> String {
    let told = ticket.case.facts.iter().map(|Fact { text, .. }| text.as_str());
    of_parts(ticket.reference.as_str(), &ticket.case.message, told)
}

/// The same, from its parts.
pub(super) fn of_parts<'a>(reference: &'a str, message: &'a str, told: impl Iterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = [reference, message].into_iter().chain(told).collect();
    folded(&parts.join("\n"))
}

/// A word that is searched for.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// Finds it anywhere in a folded text.
    pub(super) pattern: LikeExpr,
    /// Whether it may be the number of an order: it has a digit.
    pub(super) is_number: bool,
}

/// What a search asks for, word by word. Empty if it asks for nothing.
pub(super) fn words(asked: &str) -> Vec<Word> {
    let word = |word: &str| Word { pattern: pattern(word), is_number: word.contains(char::is_numeric) };
    let asked: String = asked.chars().take(ASKED).collect();
    folded(&asked).split(' ').filter(|word| !word.is_empty()).take(WORDS).map(word).collect()
}

fn pattern(word: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_meaning_has_one_spelling() {
        for (written, expected) in [
            ("ＨＭ－２０２６", "hm-2026"),
            ("HM‐2026", "hm-2026"),
            ("ﾍﾝﾋﾟﾝ", "ヘンピン"),
            ("か\u{3099}", "が"),
            ("  返品\u{3000}\n\tしたい ", "返品 したい"),
            ("STRASSE Ünter", "strasse ünter"),
            ("a\u{0}b", "a b"),
            ("🎁👍🏽", "🎁👍🏽"),
            ("", ""),
        ] {
            assert_eq!(folded(written), expected, "{written:?}");
        }
    }

    #[test]
    fn what_is_no_word_asks_for_nothing() {
        for asked in ["", " \u{3000}\n", "\u{0}"] {
            assert!(words(asked).is_empty(), "{asked:?}");
        }
        assert_eq!(words("a b c d e f g h i j").len(), WORDS);
        let numbers: Vec<bool> = words("返品 ＨＭ－１ 十二").iter().map(|word| word.is_number).collect();
        assert_eq!(numbers, [false, true, false]);
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text: String) {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
