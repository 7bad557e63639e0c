//! Base64 and leet.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::super::fold::{fold, plain, unparted};
use super::super::ground::{Ground, words};

/// Base64 and leet: a token that is no word.
pub(super) fn encoded(token: &str, ground: &Ground) -> bool {
    let token =
        token.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '=' | '+' | '/' | '@' | '$' | '!'));
    if token.len() < 3 || !token.is_ascii() || ground.holds(token) || ground.knows(&token.to_ascii_lowercase()) {
        return false;
    }
    base64(token) || leet(token)
}

fn base64(token: &str) -> bool {
    let of_it = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    if token.len() < 8 || !token.chars().all(of_it) {
        return false;
    }
    let digits = token.chars().filter(char::is_ascii_digit).count();
    let (upper, lower) = (token.chars().any(|c| c.is_ascii_uppercase()), token.chars().any(|c| c.is_ascii_lowercase()));
    let long = token.split(['/', '-', '_', '+']).any(|run| run.len() >= 16);
    if long && (upper && lower || digits > 2) || token.ends_with('=') {
        return true;
    }
    let turns = token
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    if !(upper && lower && (digits > 0 || turns.count() > 1)) {
        return false;
    }
    let bare = token.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare));
    decoded.is_ok_and(|bytes| String::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control)))
}

/// Figures and signs for letters within a word: r3fund, p@ssw0rd.
fn leet(token: &str) -> bool {
    let stands_for = |c: char| matches!(c, '0' | '1' | '3' | '4' | '5' | '7' | '8' | '@' | '$' | '!' | '|');
    if token.contains("://")
        || !token.chars().all(|c| c.is_ascii_alphabetic() || stands_for(c) || matches!(c, '\'' | '-'))
    {
        return false;
    }
    let chars: Vec<char> = token.chars().collect();
    let letters = chars.iter().filter(|c| c.is_ascii_alphabetic()).count();
    let within = chars.windows(3).any(|three| {
        matches!(three, [a, b, c] if a.is_ascii_alphabetic() && stands_for(*b) && (c.is_ascii_alphabetic() || stands_for(*c)))
            && chars.last().is_some_and(char::is_ascii_alphabetic)
    });
    let unit = [
        "day", "hour", "yen", "min", "sec", "mb", "gb", "kb", "cm", "mm", "kg", "st", "nd", "rd", "th", "month",
        "week", "year", "point", "item", "digit", "k", "x", "am", "pm", "p", "g", "d",
    ];
    let rest = token.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_ascii_lowercase();
    let begins =
        chars.first().is_some_and(|c| stands_for(*c)) && letters > 2 && !unit.iter().any(|unit| rest.starts_with(unit));
    within || begins
}

/// Figures in most of the words: 7h3 m0n3y.
pub(super) fn figured(text: &str, ground: &Ground) -> Option<String> {
    let folded = fold(&plain(text));
    let found: Vec<&str> = words(&folded).filter(|word| word.len() > 2 && !ground.word(word)).collect();
    let odd = |word: &&&str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        digits > 0 && digits < word.len() && !word.starts_with(|c: char| c.is_ascii_digit())
            || word.chars().zip(word.chars().skip(1)).filter(|(a, b)| a.is_ascii_digit() != b.is_ascii_digit()).count()
                > 1
    };
    let count = found.iter().filter(odd).count();
    (count > 2 && count * 5 > found.len() * 2).then(|| text.to_owned())
}

/// The pieces of a text that could be words of an encoding; those of an address by themselves, too.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let whole = text.split(|c: char| c.is_whitespace() || unparted(c));
    whole.flat_map(|token| {
        let address = token.contains('.') || token.contains('/');
        std::iter::once(token).chain(token.split(['.', '/', ':']).filter(move |_| address))
    })
}
