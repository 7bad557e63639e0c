//! Normalisation, and cutting a text into runs of one kind of script.

use unicode_normalization::UnicodeNormalization;

/// What a run of characters is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Han, kana.
    Cjk,
    /// Hangul.
    Hangul,
    /// Letters, digits and marks of everything else, and what stands between them.
    Other,
}

/// Longest run handed to a segmenter: bounds its memory, and nothing that long is a word.
const LONGEST: usize = 2_000;

/// NFKC (full and half width become one, ﾊﾝｶｸ too), lower case, one kind of hyphen.
pub(super) fn normalise(text: &str) -> String {
    let hyphen = |c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => '-',
        '\u{2019}' => '\'',
        other => other,
    };
    let lower: String = text.nfkc().flat_map(char::to_lowercase).map(hyphen).collect();
    // The long-vowel mark is often typed for a hyphen between digits.
    let mut out = String::with_capacity(lower.len());
    let mut chars = lower.chars().peekable();
    while let Some(c) = chars.next() {
        let between =
            c == 'ー' && out.ends_with(|p: char| p.is_ascii_digit()) && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if between { '-' } else { c });
    }
    out
}

/// Whether a text holds any kana: then its Han characters are Japanese too.
pub(super) fn has_kana(text: &str) -> bool {
    text.chars().any(|c| is_hiragana(c) || is_katakana(c))
}

pub(super) fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

pub(super) fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
}

fn script(c: char) -> Script {
    match c {
        '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
            Script::Cjk
        }
        '\u{20000}'..='\u{3ffff}' => Script::Cjk,
        c if is_hiragana(c) || is_katakana(c) => Script::Cjk,
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' => {
            Script::Hangul
        }
        _ => Script::Other,
    }
}

/// The runs of a normalised text, in order, none longer than [`LONGEST`] characters.
pub(super) fn runs(text: &str) -> impl Iterator<Item = (Script, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let kind = script(rest.chars().next()?);
        let end = rest
            .char_indices()
            .enumerate()
            .find(|(n, (_, c))| *n >= LONGEST || script(*c) != kind)
            .map_or(rest.len(), |(_, (at, _))| at);
        let (run, after) = rest.split_at_checked(end)?;
        rest = after;
        Some((kind, run))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_hyphens_become_one() {
        assert_eq!(normalise("ＡＢＣ－１２３　ﾊﾟｽﾜｰﾄﾞ か\u{3099} ㈱"), "abc-123 パスワード が (株)");
        assert_eq!(normalise("１２３ー４５６７ サーバー"), "123-4567 サーバー");
    }

    #[test]
    fn runs_follow_scripts_and_lose_nothing() {
        let text = "返品はreturn-1へ。환불 👩‍👩‍👧𠮷";
        let found: Vec<_> = runs(text).collect();
        assert_eq!(found.iter().map(|(_, run)| *run).collect::<String>(), text);
        assert_eq!(found[0], (Script::Cjk, "返品は"));
        assert_eq!(found[1], (Script::Other, "return-1"));
        assert!(found.contains(&(Script::Hangul, "환불")));
        assert_eq!(runs(&"あ".repeat(LONGEST * 2 + 1)).count(), 3);
        assert_eq!(runs("").count(), 0);
    }
}
