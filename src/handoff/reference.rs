//! The reference of a ticket: what a customer writes down, reads out over the phone, and comes back with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Digits and letters that are not taken for one another (Crockford's Base32: no I, L, O, U).
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P',
    'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
/// Characters without the last, which checks the others.
const DRAWN: usize = 7;
/// What it begins with.
const PREFIX: &str = "MG";

/// `MG-7KQ4-XDWN`: 35 random bits and a character that catches one mistyped or two swapped ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "MG-7KQ4-XDWN")]
pub struct Reference(String);

impl Reference {
    /// The reference made of an id's random bits (the last ones, in a UUID of version 4 or 7).
    pub fn of(id: Uuid) -> Self {
        let (_, random) = id.as_u64_pair();
        let values: Vec<usize> = (0..DRAWN).map(|at| usize::try_from(random >> (5 * at) & 31).unwrap_or(0)).collect();
        Self::spelt(&values)
    }

    fn spelt(values: &[usize]) -> Self {
        let all = values.iter().copied().chain([check(values)]);
        let letters: String = all.filter_map(|value| ALPHABET.get(value)).collect();
        let (head, tail): (String, String) = (letters.chars().take(4).collect(), letters.chars().skip(4).collect());
        Self(format!("{PREFIX}-{head}-{tail}"))
    }

    /// One that is kept.
    pub fn kept(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The references that a text quotes, however they are written: in full width, small letters, without dashes, with O for 0. What
    /// does not check is none.
    pub fn quoted(text: &str) -> Vec<Self> {
        use unicode_normalization::UnicodeNormalization as _;
        let folded: Vec<char> = text.nfkc().flat_map(char::to_uppercase).filter(|c| !is_dash(*c)).collect();
        let mut found: Vec<Self> = Vec::new();
        let prefix: Vec<char> = PREFIX.chars().collect();
        for window in folded.windows(prefix.len() + DRAWN + 1) {
            let Some(rest) = window.strip_prefix(prefix.as_slice()) else { continue };
            let values: Option<Vec<usize>> = rest.iter().copied().map(value).collect();
            let Some(values) = values else { continue };
            let Some((last, drawn)) = values.split_last() else { continue };
            let reference = Self::spelt(drawn);
            if *last == check(drawn) && !found.contains(&reference) {
                found.push(reference);
            }
        }
        found
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_dash(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | 'ー' | '\u{2212}')
}

fn value(c: char) -> Option<usize> {
    let c = match c {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    ALPHABET.iter().position(|letter| *letter == c)
}

/// A weighted sum modulo 31, a prime: any one wrong character and any two swapped neighbours change it (0 and 31 of the alphabet
/// alone are the same to it).
fn check(values: &[usize]) -> usize {
    values.iter().enumerate().map(|(at, value)| (at + 2) * value).sum::<usize>() % 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_is_found_however_it_is_written() {
        let reference = Reference::of(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
        let text = reference.as_str().to_owned();
        for written in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            format!("受付番号は{text}です。"),
            format!("ref:{}", text.replace('-', " ")),
            text.replace('-', "ー"),
            text.replace('0', "O"),
        ] {
            assert_eq!(Reference::quoted(&written), std::slice::from_ref(&reference), "{written}");
        }
    }

    #[test]
    fn what_is_no_reference_is_none() {
        for text in ["", "MG-", "MGがない", "MG-UUUU-UUUU", "注文番号 2024-1234", "👍MG-1234"] {
            assert_eq!(Reference::quoted(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_slip_of_the_pen_is_noticed(bits: u128, at in 0usize..8, other in 0usize..31) {
            let reference = Reference::of(Uuid::from_u128(bits));
            let mut letters: Vec<char> = reference.as_str().chars().filter(|c| *c != '-').skip(2).collect();
            prop_assume!(value(letters[at]).unwrap() % 31 != other);
            letters[at] = ALPHABET[other];
            let slipped = format!("MG{}", letters.into_iter().collect::<String>());
            prop_assert!(!Reference::quoted(&slipped).contains(&reference));
            prop_assert!(Reference::quoted(&slipped).is_empty());
        }

        #[test]
        fn any_text_is_read(text: String) {
            let _ = Reference::quoted(&text);
        }
    }
}
