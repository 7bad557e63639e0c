//! Passwords and codes that a customer tells by mistake. The word alone is none: 「パスワードを忘れました」, "what is a one-time code?".

use std::ops::Range;

use super::cues::Cue;
use super::digits::{is_date, is_quantity};
use super::normal::Text;
use super::told::{self, How, Told};
use super::{Kind, View};

/// The longest password that is looked for.
const LONGEST: usize = 64;
/// How far a code may stand from its word.
const REACH: usize = 25;

/// Passwords and codes.
pub(super) fn find(view: &View) -> Vec<(Kind, Range<usize>)> {
    let mut found = Vec::new();
    for at in view.cues.iter() {
        let general = view.text.any(at.start, &["code", "コード"]) == Some(at.end);
        let value = match at.cue {
            Cue::Secret => password(view, at.end).or_else(|| code(view, at.end, false)).or_else(|| typed(view, at)),
            Cue::Code => code(view, at.end, general).or_else(|| password(view, at.end).filter(|_| !general)),
            _ => continue,
        };
        let value = value.or_else(|| before(view, at.start).filter(|_| at.cue == Cue::Code));
        found.extend(value.map(|range| (Kind::Password, range)));
    }
    found.extend(entered(view));
    found
}

/// Digits that follow their word, or letters and digits of a code (`G-482913`). By "code" alone, six digits only.
fn code(view: &View, end: usize, general: bool) -> Option<Range<usize>> {
    let text = &view.text;
    let told = told::value(text, end);
    let sure = told.map(|told| told.start);
    let start = sure.filter(|start| code_at(text, *start).is_some()).or_else(|| {
        let digit = (end..end + REACH).find(|at| text.at(*at).is_ascii_digit())?;
        let near = view.cues.before(digit, REACH, false)?;
        (near.end == end).then_some(digit)
    })?;
    if view.cues.iter_from(end).next().is_some_and(|next| next.start < start) {
        return None;
    }
    let range = code_at(text, start)?;
    let digits = text.slice(range.clone()).iter().filter(|c| c.is_ascii_digit()).count();
    let near = sure == Some(start);
    let said = near && (4..=8).contains(&digits) && told.is_some_and(|told| told.how >= How::Said);
    ((!general || digits == 6 || said) && (near || (4..=8).contains(&digits))).then_some(range)
}

/// 3 to 10 digits, in two halves perhaps, with a short prefix perhaps.
fn code_at(text: &Text, start: usize) -> Option<Range<usize>> {
    if text.before(start).is_ascii_alphanumeric() || matches!(text.before(start), '.' | ',' | '¥' | '$' | '/' | ':') {
        let marked =
            matches!(text.before(start), ':' | ',' | '/' | '.') && !text.at(start.saturating_sub(2)).is_ascii_digit();
        if !marked {
            return None;
        }
    }
    let prefix = told::run(text, start, 3, |c| c.is_ascii_alphabetic());
    let from = if prefix > start && text.at(prefix) == '-' { prefix + 1 } else { start };
    let mut end = told::run(text, from, LONGEST, |c| c.is_ascii_digit());
    let first = end - from;
    if first == 0 {
        return None;
    }
    let more = |end: usize| {
        let more = told::run(text, end + 1, LONGEST, |c| c.is_ascii_digit());
        let alike = matches!(text.at(end), ' ' | '-') && more - end - 1 == first && (2..=5).contains(&first);
        (alike && !text.at(more).is_ascii_alphanumeric()).then_some(more)
    };
    if let Some(half) = more(end) {
        end = more(half).filter(|_| first <= 3).unwrap_or(half);
    } else if first == 1 {
        // 4 8 2 9 1 3
        while text.at(end) == ' ' && text.at(end + 1).is_ascii_digit() && !text.at(end + 2).is_ascii_digit() {
            end += 2;
        }
    }
    let digits = text.slice(from..end).iter().filter(|c| c.is_ascii_digit()).count();
    let next = text.at(end);
    let joined = next.is_ascii_alphanumeric()
        || (matches!(next, '-' | '/' | ':' | '.' | ',') && text.at(end + 1).is_ascii_digit());
    let good = (3..=10).contains(&digits) && !joined && !is_quantity(text, end);
    good.then_some(start..end)
}

/// A code before its word: 482913が認証コードです, "482913 is my code", "use 482913 as …".
fn before(view: &View, start: usize) -> Option<Range<usize>> {
    const JOINTS: &[&str] = &["が", "という", "って", "は", "の", " is", " was", " as", "(", " (", " - ", "を", "と"];
    let text = &view.text;
    let end = (start.saturating_sub(REACH)..start).rev().find(|at| text.at(*at).is_ascii_digit())? + 1;
    let from =
        (0..LONGEST).take_while(|back| end > *back && matches!(text.at(end - back - 1), '0'..='9' | '-')).count();
    let begin = (end - from..end).find(|at| text.at(*at).is_ascii_digit())?;
    // G-482913 is your code.
    let begin = if begin >= 2 && text.at(begin - 1) == '-' && text.at(begin - 2).is_ascii_alphabetic() {
        begin - 2
    } else {
        begin
    };
    let range = code_at(text, begin)?;
    let after = view.cues.after(range.end, REACH)?;
    let joined = text.any(range.end, JOINTS).is_some();
    let free = view.cues.before(begin, 8, false).is_none();
    let digits = text.slice(range.clone()).iter().filter(|c| c.is_ascii_digit()).count();
    (range.end == end && after.start == start && joined && free && digits >= 4).then_some(range)
}

/// パスワードを間違えてp@ssW0rd99と入力した: what is typed, some words behind.
fn typed(view: &View, at: super::cues::At) -> Option<Range<usize>> {
    const TYPED: &[&str] =
        &["と入力", "を入力", "と打", "を入れ", "と入れ", "に変", "に設定", "に再設定", "でログイン", "と設定"];
    let text = &view.text;
    let start = (at.end..at.end + REACH).find(|at| text.at(*at).is_ascii_graphic())?;
    let near = view.cues.before(start, REACH, false)? == at;
    let range = graphic(text, start).filter(|_| near)?;
    let chars = text.slice(range.clone());
    let mixed = chars.iter().any(char::is_ascii_digit) && chars.iter().any(char::is_ascii_alphabetic);
    (mixed && range.len() >= 6 && text.any(range.end, TYPED).is_some()).then_some(range)
}

/// Six digits that are entered: SMSで届いた482913を入力しても.
fn entered(view: &View) -> Vec<(Kind, Range<usize>)> {
    const ENTERED: &[&str] = &["を入力", "を入れ", "と入力", "って入力", "と入れ", "を打ち", "を打っ"];
    let text = &view.text;
    let mut found = Vec::new();
    for at in 0..view.groups.len() {
        view.groups.runs(text, at, |run| {
            let (start, end) = (run.range.start, run.range.end);
            let other = || {
                view.cues
                    .before(start, 12, false)
                    .is_some_and(|at| !matches!(at.cue, Cue::Code | Cue::Secret | Cue::Phone))
            };
            if run.lengths == [6] && run.opens && run.closes && text.any(end, ENTERED).is_some() && !other() {
                found.push((Kind::Password, run.range.clone()));
            }
        });
    }
    found
}

/// What follows a word for passwords. Words of a sentence follow it too, so a plain word counts only where it is plainly told.
fn password(view: &View, end: usize) -> Option<Range<usize>> {
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
        || elsewhere(text, after)
    {
        return None;
    }
    let mixed = (digit && letter) || (symbol && (letter || digit) && length >= 6);
    let strong = match told.how {
        How::Marked | How::Said => mixed || (!letter && digit) || (upper && length >= 6),
        How::Object => (mixed || (!letter && digit)) && text.any(after, &["に", "と", "で"]).is_some(),
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
    text.contains("://")
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
