//! The one form of a text that every embedder sees.

use unicode_normalization::UnicodeNormalization;

/// NFKC, runs of white space as one space, none at either end: what every text goes through before a prefix is put to it.
/// Two texts that differ only in width, composition or spacing get the same vector.
pub(super) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc() {
        match c.is_whitespace() {
            true if out.is_empty() || out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_composition_and_spacing_do_not_matter() {
        assert_eq!(normalise("  ﾊﾟｽﾜｰﾄﾞ　を\r\n\t忘れた \n"), "パスワード を 忘れた");
        assert_eq!(normalise("ＡＢＣ１２３ cafe\u{301}"), "ABC123 café");
        assert_eq!(normalise(""), "");
        assert_eq!(normalise(" \u{3000}\n"), "");
        assert_eq!(normalise("👨‍👩‍👧 📦"), "👨‍👩‍👧 📦");
    }

    proptest::proptest! {
        #[test]
        fn a_second_time_changes_nothing(text in "\\PC{0,60}") {
            let once = normalise(&text);
            proptest::prop_assert_eq!(normalise(&once), once.clone());
            proptest::prop_assert!(!once.contains("  "));
        }
    }
}
