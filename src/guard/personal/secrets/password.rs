//! Passwords.

use std::ops::Range;

use super::{LONGEST, REACH};
use crate::guard::personal::View;
use crate::guard::personal::normal::Text;
use crate::guard::personal::told::{self, How, Told};
use crate::guard::personal::units::{is_date, is_quantity};

/// パスワードを間違えてp@ssW0rd99と入力した: what is typed, some words behind.
pub(super) fn typed(view: &View, at: crate::guard::personal::cues::At) -> Option<Range<usize>> {
    const TYPED: &[&str] = &[
        "と入力",
        "を入力",
        "と打",
        "を入れ",
        "と入れ",
        "に変",
        "に設定",
        "に再設定",
        "でログイン",
        "と設定",
        "だった",
        "です",
        "でした",
        "は使",
        "が使",
        "と思",
        "なんですが",
        "なのですが",
        "じゃ",
    ];
    let text = &view.text;
    let start = (at.end..at.end + REACH).find(|at| text.at(*at).is_ascii_graphic())?;
    let near = view.cues.before(start, REACH, false)? == at;
    let range = graphic(text, start).filter(|_| near)?;
    let chars = text.slice(range.clone());
    let mixed = chars.iter().any(char::is_ascii_digit) && chars.iter().any(char::is_ascii_alphabetic);
    (mixed && range.len() >= 6 && text.any(range.end, TYPED).is_some()).then_some(range)
}

/// What follows a word for passwords. Words of a sentence follow it too, so a plain word counts only where it is plainly told.
pub(super) fn told(view: &View, end: usize) -> Option<Range<usize>> {
    let text = &view.text;
    let told = told::value(text, end)?;
    if view.cues.iter_from(end).next().is_some_and(|next| next.start < told.start) {
        return None;
    }
    if let Some(range) = told.quote.and_then(|quote| quoted(text, told, quote)) {
        return Some(range);
    }
    let range = graphic(text, told.start)?;
    let chars = text.slice(range.clone());
    let (length, after) = (range.len(), range.end);
    let has = |is: fn(char) -> bool| chars.iter().any(|c| is(*c));
    let (digit, letter) = (has(|c| c.is_ascii_digit()), has(|c| c.is_ascii_alphabetic()));
    let symbol = has(|c| !c.is_ascii_alphanumeric() && c != '-' && c != '\'');
    let upper = chars.iter().skip(1).any(char::is_ascii_uppercase) && has(|c| c.is_ascii_lowercase());
    if length < 4
        || is_date(chars)
        || (!letter && is_quantity(text, after))
        || is_address(chars)
        || (elsewhere(text, after) && another(text, after).is_none())
    {
        return None;
    }
    let mixed = (digit && letter) || (symbol && (letter || digit) && length >= 6);
    let strong = match told.how {
        How::Marked | How::Said => mixed || (!letter && digit) || (upper && length >= 6),
        How::Object => {
            let done = text.any(after, &["に", "と", "で"]).is_some() || another(text, after).is_some();
            (mixed || (!letter && digit)) && done
        }
        How::Beside => mixed && length >= 6,
    };
    if strong {
        return Some(range);
    }
    let plain: String = chars.iter().collect::<String>().to_ascii_lowercase();
    let word = letter && !is_ordinary(&plain) && told::ends(text, after);
    (word && told.how >= How::Said).then_some(range)
}

/// In quotation marks: a word, or several if it is said that this is it.
fn quoted(text: &Text, told: Told, quote: char) -> Option<Range<usize>> {
    let end = told::run(text, told.start, LONGEST, |c| c != quote && c != '\n');
    if text.at(end) != quote || end - told.start < 3 {
        return None;
    }
    let inside = text.slice(told.start..end);
    let ascii = inside.iter().all(|c| c.is_ascii_graphic());
    let digit = inside.iter().any(char::is_ascii_digit);
    let said = told.how >= How::Said && !elsewhere(text, end + 1);
    let closed = told::ends(text, end + 1) || text.any(end + 1, &["に", "と", "で", "を", "って", "なの"]).is_some();
    ((ascii && (said || digit)) || (said && closed)).then_some(told.start..end)
}

/// Graphic ASCII characters, without what ends the sentence around them.
fn graphic(text: &Text, start: usize) -> Option<Range<usize>> {
    let end =
        told::run(text, start, LONGEST, |c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '[' | ']' | '`'));
    // Nothing told is that long; what is, is something else.
    if end - start >= LONGEST {
        return None;
    }
    let mut trimmed = end;
    while trimmed > start && matches!(text.at(trimmed - 1), '.' | ',' | ')' | '?' | ';' | ':' | '\'' | '/') {
        trimmed -= 1;
    }
    // An exclamation mark may belong to either; the sentence goes on after one that belongs to the password.
    if trimmed == end && text.before(end) == '!' && !text.slice(start..end - 1).iter().any(char::is_ascii_digit) {
        trimmed -= 1;
    }
    (trimmed > start).then_some(start..trimmed)
}

fn is_address(chars: &[char]) -> bool {
    let text: String = chars.iter().collect();
    let path = ["/", "./", "../"].iter().any(|start| text.starts_with(start)) && text.contains('.');
    path || text.contains("://")
        || text.starts_with("www.")
        || text.contains('@') && text.contains('.') && text.ends_with(char::is_alphabetic)
}

/// What follows says that it is a thing and no value: パスワードはiPhone15から変更できますか.
fn elsewhere(text: &Text, after: usize) -> bool {
    text.any(
        after,
        &["から", "の", "へ", "まで", "より", "でも", "では", "に届", "に送", "に対応", "以外", "版", "文字"],
    )
    .is_some()
}

/// Words that follow "password is" and are none: states and demands.
fn is_ordinary(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "wrong",
        "incorrect",
        "invalid",
        "correct",
        "right",
        "weak",
        "strong",
        "lost",
        "blank",
        "empty",
        "different",
        "same",
        "fine",
        "okay",
        "safe",
        "secure",
        "unsafe",
        "insecure",
        "unknown",
        "public",
        "visible",
        "hidden",
        "gone",
        "here",
        "there",
        "this",
        "that",
        "what",
        "which",
        "long",
        "short",
        "good",
        "case-sensitive",
        "mandatory",
        "optional",
        "necessary",
        "unavailable",
        "available",
        "help",
        "please",
        "reset",
        "change",
        "manager",
        "policy",
        "page",
        "email",
        "mail",
        "link",
        "form",
        "screen",
        "field",
        "hint",
        "known",
        "broken",
        "stolen",
        "forgotten",
        "shown",
        "hacked",
        "unique",
        "mine",
        "yours",
        "still",
        "also",
        "only",
        "none",
        "null",
        "true",
        "false",
        "login",
        "sign-in",
        "account",
        "amazon",
        "google",
        "apple",
        "line",
        "facebook",
        "twitter",
        "wi-fi",
        "wifi",
        "safari",
        "chrome",
        "iphone",
        "android",
        "confidential",
        "private",
        "sms",
        "null",
        "todo",
        "secret",
        "sure",
        "work",
        "works",
        "enough",
        "not",
        "back",
        "it",
        "them",
        "me",
        "us",
        "old",
        "new",
        "done",
        "outdated",
        "useless",
    ];
    WORDS.contains(&word) || word.ends_with("ed") || word.ends_with("ing") || word.ends_with("n't")
}

/// The second of two: パスワードをaaa111からbbb222に変えたい, "my password was aaa111 and the new one is bbb222".
pub(super) fn another(text: &Text, first: usize) -> Option<Range<usize>> {
    let japanese = text.any(first, &["から", "を"]).and_then(|start| graphic(text, start));
    let changed = |range: &Range<usize>| text.any(range.end, &["に", "へ"]).is_some();
    let english = || {
        let one = (first..first + REACH).find_map(|at| text.any(at, &[" one is ", " one was ", " to "]))?;
        graphic(text, one)
    };
    let range = japanese.filter(changed).or_else(english)?;
    let chars = text.slice(range.clone());
    let mixed = chars.iter().any(char::is_ascii_digit) && chars.iter().any(char::is_ascii_alphabetic);
    (mixed && range.len() >= 6 && !is_address(chars)).then_some(range)
}
