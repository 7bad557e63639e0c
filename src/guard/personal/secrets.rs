//! Passwords and codes that a customer tells by mistake. The word alone is none: 「パスワードを忘れました」, "what is a one-time code?".

mod code;
mod password;

use std::ops::Range;

use super::cues::Cue;
use super::{Kind, View};

/// The longest password that is looked for.
const LONGEST: usize = 64;
/// How far a value may stand from its word.
const REACH: usize = 25;

/// Passwords and codes.
pub(super) fn find(view: &View) -> Vec<(Kind, Range<usize>)> {
    let mut found = Vec::new();
    for at in view.cues.iter() {
        let general = view.text.any(at.start, &["code", "コード"]) == Some(at.end);
        let value = match at.cue {
            Cue::Secret => {
                let value = password::told(view, at.end).or_else(|| code::told(view, at.end, true));
                value.or_else(|| password::typed(view, at))
            }
            Cue::Code if general => code::told(view, at.end, true).or_else(|| code::before(view, at.start)),
            Cue::Code => {
                let value = code::told(view, at.end, false).or_else(|| password::told(view, at.end));
                value.or_else(|| code::before(view, at.start))
            }
            _ => continue,
        };
        let Some(value) = value else { continue };
        found.extend(password::another(&view.text, value.end).map(|range| (Kind::Password, range)));
        found.push((Kind::Password, value));
    }
    found.extend(code::entered(view));
    found
}
