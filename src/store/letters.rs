//! Text to the letter. Postgres keeps every character but U+0000, and customers' clients send even that; so that both
//! databases hold the same, it is written as two others, and read back as itself.

/// Announces a character that is not what it is. A noncharacter, which no text means.
pub(super) const MARK: char = '\u{FDD0}';
const NUL: char = '0';
const ITSELF: char = '1';

/// The text as it is kept.
pub(super) fn kept(text: &str) -> String {
    if !text.contains(['\0', MARK]) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => kept.extend([MARK, NUL]),
            MARK => kept.extend([MARK, ITSELF]),
            c => kept.push(c),
        }
    }
    kept
}

/// The text that was kept.
pub(super) fn read(kept: String) -> String {
    if !kept.contains(MARK) {
        return kept;
    }
    let mut text = String::with_capacity(kept.len());
    let mut chars = kept.chars();
    while let Some(c) = chars.next() {
        if c != MARK {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some(NUL) => text.push('\0'),
            Some(ITSELF) => text.push(MARK),
            other => text.extend(std::iter::once(MARK).chain(other)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_comes_back(parts in proptest::collection::vec(prop_oneof![
            Just("\0".to_owned()), Just(MARK.to_string()), Just("0".to_owned()), Just("1".to_owned()), any::<String>(),
        ], 0..12)) {
            let text = parts.concat();
            let stored = kept(&text);
            prop_assert!(!stored.contains('\0'));
            prop_assert_eq!(read(stored), text);
        }
    }
}
