//! One-time codes, PINs and security codes.

use std::ops::Range;

use super::{LONGEST, REACH};
use crate::guard::personal::cues::Cue;
use crate::guard::personal::normal::Text;
use crate::guard::personal::told::{self, How};
use crate::guard::personal::units::is_quantity;
use crate::guard::personal::{Kind, View};

/// Digits that follow their word, or letters and digits of a code (`G-482913`). By "code" alone, six digits only.
pub(super) fn told(view: &View, end: usize, general: bool) -> Option<Range<usize>> {
    let text = &view.text;
    let told = told::value(text, end);
    let sure = told.map(|told| told.start);
    let start = sure.filter(|start| code_at(text, *start).is_some()).or_else(|| {
        let digit = (end..end + REACH).find(|at| text.at(*at).is_ascii_digit())?;
        let near = view.cues.before(digit, REACH, false)?;
        // "the security code of my card is 321"
        let through = |near: crate::guard::personal::cues::At| near.cue == Cue::Card && view.cues.next_is(end, near);
        let said = text.slice(end..digit).ends_with(&[' ', 'i', 's', ' ']) || text.before(digit) == 'は';
        (near.end == end || (through(near) && said)).then_some(digit)
    })?;
    if view.cues.iter_from(end).next().is_some_and(|next| next.start < start && next.cue != Cue::Card) {
        return None;
    }
    let range = code_at(text, start)?;
    let digits = text.slice(range.clone()).iter().filter(|c| c.is_ascii_digit()).count();
    let near = sure == Some(start) || text.slice(end..start).ends_with(&[' ', 'i', 's', ' ']);
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
pub(super) fn before(view: &View, start: usize) -> Option<Range<usize>> {
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

/// Six digits that are entered: SMSで届いた482913を入力しても.
pub(super) fn entered(view: &View) -> Vec<(Kind, Range<usize>)> {
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
