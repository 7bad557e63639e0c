//! Whether an answer says something: compared without what does not change the meaning.

use unicode_normalization::UnicodeNormalization as _;

use super::dataset::answers::AnyOf;

/// Text without what does not matter for a fact: case, width (NFKC), white space, Markdown's marks, commas inside numbers, and
/// the several dashes there are.
pub fn normalise(text: &str) -> String {
    let folded: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let mut out = String::with_capacity(text.len());
    for (at, &c) in folded.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| folded.get(at)).is_some_and(char::is_ascii_digit);
        match c {
            c if c.is_whitespace() || matches!(c, '*' | '_' | '`' | '#' | '|' | '\\') => {
                // Between two numbers something must stay, or | 3 | 30日 | would say 330日.
                let follows = folded.get(at + 1..).unwrap_or_default().iter().find(|c| !parts(**c));
                if out.ends_with(|c: char| c.is_ascii_digit()) && follows.is_some_and(char::is_ascii_digit) {
                    out.push(' ');
                }
            }
            ',' if beside(at.checked_sub(1)) && thousands(folded.get(at + 1..).unwrap_or_default()) => {}
            // Dashes and wave dashes of every kind; NFKC leaves them apart.
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => out.push('-'),
            '〜' | '～' | '∼' => out.push('~'),
            c => out.push(c),
        }
    }
    out
}

/// What parts words and says nothing.
fn parts(c: char) -> bool {
    c.is_whitespace() || matches!(c, '*' | '_' | '`' | '#' | '|' | '\\')
}

/// Whether just three digits follow: then a comma before them is a part of the number.
fn thousands(after: &[char]) -> bool {
    after.iter().take_while(|c| c.is_ascii_digit()).count() == 3
}

/// Whether `answer` (normalised) holds any of `fact`. A number must stand alone: 5 is not found in 15.
pub fn holds(answer: &str, fact: &AnyOf) -> bool {
    fact.each().any(|fact| stands_in(answer, &normalise(fact)))
}

fn stands_in(text: &str, fact: &str) -> bool {
    if fact.is_empty() {
        return false;
    }
    let (first, last) = (fact.chars().next(), fact.chars().next_back());
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    // The 5 of 1.5 is no 5 either.
    let decimal = |before: &str| {
        let mut back = before.chars().rev();
        back.next() == Some('.') && back.next().is_some_and(|c| c.is_ascii_digit())
    };
    text.match_indices(fact).any(|(at, found)| {
        let left = text.get(..at).unwrap_or_default();
        let before = left.chars().next_back();
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !(digit(first) && (digit(before) || decimal(left))) && !(digit(last) && digit(after))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn says(answer: &str, fact: &str) -> bool {
        holds(&normalise(answer), &AnyOf::One(fact.to_owned()))
    }

    #[test]
    fn what_does_not_matter_does_not_count() {
        assert!(says("年額は **5,900 円** です", "5900円"));
        assert!(says("ﾏｲﾍﾟｰｼﾞ → お支払い履歴", "マイページ→お支払い履歴"));
        assert!(says("Within 30 Days", "within 30 days"));
        assert!(says("10〜14日", "10～14日"));
        assert!(says("| 送料 | 無料 |", "送料無料"));
    }

    #[test]
    fn a_number_stands_alone() {
        assert!(!says("返品は130日以内", "30日"));
        assert!(!says("14,680円", "680円"));
        assert!(says("返送料680円", "680円"));
        assert!(!says("コードは5", "55"));
        assert!(says("| 3 | 30日 |", "30日") && !says("| 3 | 30日 |", "330日"));
        assert!(!says("1.5日", "5日") && !says("1,2,3", "123") && says("1,234,567円", "1234567円"));
        assert!(says("within 5 days, or 15", "5"));
    }

    #[test]
    fn nothing_is_found_in_everything_never() {
        assert!(!says("返品", ""));
        assert!(!says("返品", " * "));
        assert!(holds("b", &AnyOf::Several(vec!["a".into(), "b".into()])));
        assert!(!holds("b", &AnyOf::Several(Vec::new())));
    }

    proptest! {
        #[test]
        fn normalising_twice_is_once(text in any::<String>()) {
            let once = normalise(&text);
            // A compatibility character may bring white space or marks of its own, so the claim is about what is searched for.
            prop_assert_eq!(normalise(&once), normalise(&normalise(&once)));
        }

        #[test]
        fn a_text_says_itself(text in "[ぁ-んァ-ヶ一-龠a-z0-9 ]{1,30}") {
            prop_assume!(!normalise(&text).is_empty());
            let around = format!("まず「{text}」です");
            prop_assert!(says(&around, &text));
        }
    }
}
