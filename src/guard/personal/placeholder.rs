//! What stands in a masked text in place of personal data.

use std::ops::Range;

use super::Kind;
use crate::language::Lang;

/// What a kind is called in a placeholder: Japanese, and English for everybody else.
const LABELS: [(Kind, &str, &str); 8] = [
    (Kind::CardNumber, "カード番号", "card number"),
    (Kind::Email, "メールアドレス", "email address"),
    (Kind::Phone, "電話番号", "phone number"),
    (Kind::PostalAddress, "住所", "postal address"),
    (Kind::OrderId, "注文番号", "order ID"),
    (Kind::AccountId, "会員番号", "account ID"),
    (Kind::MyNumber, "マイナンバー", "My Number"),
    (Kind::Password, "パスワード", "password"),
];

/// The longest placeholder that is looked for: brackets, label, and a number.
const LONGEST: usize = 24;

/// `[電話番号]`, or `[電話番号 2]`.
pub(super) fn placeholder(kind: Kind, lang: &Lang, number: Option<usize>) -> String {
    let japanese = *lang == Lang::JA;
    let label = LABELS.iter().find(|(of, _, _)| *of == kind).map_or("…", |(_, ja, en)| if japanese { ja } else { en });
    match number {
        Some(number) => format!("[{label} {number}]"),
        None => format!("[{label}]"),
    }
}

/// Where placeholders stand in a text, in order. Only what stands there to the letter is one.
pub(super) fn ranges(source: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        match end(source, at) {
            Some(end) => {
                found.push(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// The end of the placeholder that begins at `at`.
pub(super) fn end(source: &[char], at: usize) -> Option<usize> {
    if source.get(at) != Some(&'[') {
        return None;
    }
    let rest: String = source.iter().skip(at + 1).take(LONGEST).take_while(|c| **c != ']').collect();
    let end = at + 1 + rest.chars().count();
    let known = |label: &str| LABELS.iter().any(|(_, ja, en)| *ja == label || *en == label);
    let numbered = rest.rsplit_once(' ').is_some_and(|(label, number)| known(label) && is_number(number));
    (source.get(end) == Some(&']') && (known(&rest) || numbered)).then_some(end + 1)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_are_placeholders() {
        let source: Vec<char> = "[[電話番号 12] [card number][card number 0] [order ID".chars().collect();
        let texts: Vec<String> = ranges(&source).into_iter().map(|range| source[range].iter().collect()).collect();
        assert_eq!(texts, ["[電話番号 12]", "[card number]"]);
    }

    #[test]
    fn every_kind_has_a_label() {
        for kind in Kind::ALL {
            for lang in [Lang::JA, Lang::EN, Lang::KO] {
                let source: Vec<char> = placeholder(kind, &lang, Some(3)).chars().collect();
                assert_eq!(end(&source, 0), Some(source.len()), "{kind:?}");
            }
        }
    }
}
