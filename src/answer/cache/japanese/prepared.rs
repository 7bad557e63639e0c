//! What is told from the characters, before the dictionary reads them.

use super::tables::{COUNTERS, COURTESY, WRITINGS};

/// A question as it is written before the dictionary reads it.
pub(in crate::answer::cache) fn prepared(plain: &str) -> String {
    let mut text = plain.to_owned();
    for words in COURTESY {
        text = text.replace(words, "。");
    }
    for (from, to) in WRITINGS {
        text = text.replace(from, to);
    }
    digits(&text)
}

/// 二段階 is 2段階. Numbers above nine stay as they are written.
fn digits(text: &str) -> String {
    const HAN: [char; 9] = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let value = HAN.iter().position(|han| *han == c).filter(|_| !is_han(before));
        let counted = COUNTERS.iter().any(|counter| rest.as_str().starts_with(counter));
        match value.filter(|_| counted).and_then(|at| char::from_digit(u32::try_from(at + 1).ok()?, 10)) {
            Some(digit) => out.push(digit),
            None => out.push(c),
        }
        before = c;
    }
    out
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_numerals_that_count_are_digits() {
        assert_eq!(digits("二段階認証を三回、十日"), "2段階認証を3回、十日");
        assert_eq!(digits("統一回答と唯一人"), "統一回答と唯一人");
        assert_eq!(digits(""), "");
    }

    #[test]
    fn courtesy_and_writings_go() {
        assert_eq!(prepared("すみませんが返品出来ますか。よろしくお願いします"), "。返品できますか。。");
        assert_eq!(prepared("変更していただけませんか"), "変更してもらえませんか");
    }
}
