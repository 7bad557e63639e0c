//! E-mail addresses: by RFC 5321's lengths, and as people type them to fool machines.

use std::ops::Range;

use super::normal::Text;
use super::{Kind, View};

/// The longest local part and domain (RFC 5321, 4.5.3.1).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// Addresses around every `@`, `(at)` or `[at]`.
pub(super) fn find(view: &View) -> Vec<(Kind, Range<usize>)> {
    let text = &view.text;
    let mut found: Vec<(Kind, Range<usize>)> = Vec::new();
    for at in 0..text.len() {
        let Some(end) = sign(text, at) else { continue };
        let least = found.last().map_or(0, |(_, range)| range.end);
        if let (Some(start), Some(end)) = (local(text, at, least), domain(text, end))
            && !is_named(text, start, at)
        {
            found.push((Kind::Email, start..end));
        }
    }
    found
}

/// Where the sign that begins here ends. A bare word "at" is one only between spaces, and if "dot" follows.
fn sign(text: &Text, at: usize) -> Option<usize> {
    match text.at(at) {
        '@' => Some(at + 1),
        '(' | '[' | '<' | '{' => text.any(at + 1, &["at)", "at]", "at>", "at}", "アット)", "あっと)", "@)", "@]"]),
        ' ' if text.reads(at, " at ") => {
            let host = (at + 4..at + 44).find(|at| !is_host(text.at(*at)))?;
            (text.reads(host, " dot ") || text.reads(host, "(dot)") || text.reads(host, "[dot]")).then_some(at + 4)
        }
        _ => None,
    }
}

/// "from @example.com": a word, and a domain that is spoken of. (An address with spaces has them on both sides.)
fn is_named(text: &Text, start: usize, sign: usize) -> bool {
    let word = || text.slice(start..sign).iter().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '\n'));
    text.at(sign) == '@'
        && matches!(text.before(sign), ' ' | '\n')
        && !matches!(text.at(sign + 1), ' ' | '\n')
        && word()
}

fn is_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn local(text: &Text, sign: usize, least: usize) -> Option<usize> {
    let mut end = sign;
    while end > least && sign - end < 2 && matches!(text.at(end - 1), ' ' | '\n') {
        end -= 1;
    }
    let good =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '#' | '&' | '!' | '~');
    let length = (0..LOCAL).take_while(|back| end > least + back && good(text.at(end - back - 1))).count();
    let start = (end - length..end).find(|at| text.at(*at).is_ascii_alphanumeric() || text.at(*at) == '_')?;
    Some(start)
}

fn domain(text: &Text, sign: usize) -> Option<usize> {
    let start = text.past_space(sign, true, 2);
    let mut at = start;
    let mut last = None;
    let mut labels = 0;
    loop {
        let end = super::told::run(text, at, 63, is_host);
        let trimmed = (at..end).rev().find(|at| text.at(*at) != '-').map_or(at, |last| last + 1);
        if trimmed == at || trimmed - start > DOMAIN {
            break;
        }
        labels += 1;
        // The last label is letters, or an internationalised one.
        if labels > 1 && trimmed - at >= 2 && (text.at(at).is_ascii_alphabetic()) {
            last = Some(trimmed);
        }
        let Some(next) = dot(text, end).filter(|next| is_host(text.at(*next))) else { break };
        at = next;
    }
    last
}

fn dot(text: &Text, at: usize) -> Option<usize> {
    if text.at(at) == '.' {
        return Some(at + 1);
    }
    text.any(at, &[" . ", " dot ", "(dot)", "[dot]", " (dot) ", " [dot] ", "(.)"])
}
