//! Ids of orders and accounts: those of known shape, and those that a word names.

use std::ops::Range;

use super::cues::Cue;
use super::digits::Gap;
use super::normal::Text;
use super::told::{self, How};
use super::units::{is_date, is_quantity};
use super::{Kind, View};

/// The longest id.
const LONGEST: usize = 40;
/// The most ids that one word names.
const MOST: usize = 20;

/// `HN-12345678` (the help centre's own) and `250-1234567-1234567` (Amazon's), wherever they stand.
pub(super) fn find_known(view: &View) -> Vec<(Kind, Range<usize>)> {
    let text = &view.text;
    let mut found = Vec::new();
    for at in 0..view.groups.len() {
        let Some(group) = view.groups.get(at) else { continue };
        if group.len() == 8
            && !text.at(group.end).is_ascii_alphanumeric()
            && let Some(start) = shop(text, group.start)
        {
            found.push((Kind::OrderId, start..group.end));
        }
        found.extend(bank(text, group.start).map(|range| (Kind::AccountId, range)));
        view.groups.runs(text, at, |run| {
            let hyphens = run.gaps.iter().all(|gap| *gap == Gap::Hyphen);
            if run.opens && run.closes && hyphens && run.lengths == [3, 7, 7] {
                found.push((Kind::OrderId, run.range.clone()));
            }
        });
    }
    found
}

/// The IBAN whose check digits stand at `digits`; in groups of four, perhaps.
fn bank(text: &Text, digits: usize) -> Option<Range<usize>> {
    let start = digits.checked_sub(2).filter(|start| !text.before(*start).is_ascii_alphanumeric())?;
    let (mut chars, mut end, mut at) = (Vec::new(), start, start);
    while chars.len() < 34 {
        let c = text.at(at);
        if !(c.is_ascii_uppercase() || c.is_ascii_digit() || (c == ' ' && chars.len() % 4 == 0)) {
            break;
        }
        at += 1;
        if c != ' ' {
            chars.push(c);
            end = at;
        }
    }
    (!text.at(end).is_ascii_alphanumeric() && super::check::iban(&chars)).then_some(start..end)
}

/// Where `HN-` begins that ends at `end`.
fn shop(text: &Text, end: usize) -> Option<usize> {
    let joint = (0..3).take_while(|back| end > *back && matches!(text.at(end - back - 1), '-' | ' ' | '_')).count();
    let start = end.checked_sub(joint + 2)?;
    (text.reads(start, "hn") && !text.before(start).is_ascii_alphanumeric()).then_some(start)
}

/// Ids beside a word such as 注文番号 or "customer id", after it or before it.
pub(super) fn find_told(view: &View) -> Vec<(Kind, Range<usize>)> {
    let mut found = Vec::new();
    for at in view.cues.iter() {
        let kind = match at.cue {
            Cue::Order => Kind::OrderId,
            Cue::Account => Kind::AccountId,
            _ => continue,
        };
        // "order" and "account" say less than "order number": a product may be ordered.
        let general = view.text.any(at.start, &["orders", "order", "注文", "account", "id"]) == Some(at.end);
        match after(view, at.end, kind, general) {
            Some(first) => {
                // 注文番号は1234567と7654321です: more of the same shape.
                let more = std::iter::successors(Some(first), |last| another(&view.text, last));
                found.extend(more.take(MOST).map(|range| (kind, range)));
            }
            None => found.extend(before(view, at.start).or_else(|| of_bank(view, at)).map(|range| (kind, range))),
        }
    }
    found
}

fn after(view: &View, end: usize, kind: Kind, general: bool) -> Option<Range<usize>> {
    let text = &view.text;
    let told = told::value(text, end)?;
    // The word must be the nearest: 会員番号と注文番号123.
    if view.cues.iter_from(end).next().is_some_and(|next| next.start < told.start) {
        return None;
    }
    let token = token(text, told.start)?;
    let shape = Shape::of(text, &token);
    let long = token.len() >= if kind == Kind::OrderId { 5 } else { 4 };
    let plain = shape.letters == 0 || told.how >= How::Said;
    let number = long && if general { shape.digits >= 4 && plain } else { shape.digits >= 3 };
    // A name without digits is one only where it is plainly said: "user ID: tanaka_taro".
    let named = kind == Kind::AccountId
        && shape.digits < 4
        && token.len() >= 4
        && ((shape.letters > 0 && (shape.digits > 0 || shape.marks > 0) && told.how > How::Beside)
            || (told.how == How::Marked && !general && told::ends(text, token.end)));
    let good = (number || named) && !is_quantity(text, token.end) && !is_date(text.slice(token.clone()));
    (good && !text.reads(token.end, "@")).then(|| spaced(text, token))
}

/// 口座番号 ゆうちょ 10120-12345671: the name of the bank stands between.
fn of_bank(view: &View, at: super::cues::At) -> Option<Range<usize>> {
    let text = &view.text;
    if !text.reads(at.start, "口座") {
        return None;
    }
    let start = (at.end..at.end + 20).find(|at| text.at(*at).is_ascii_digit())?;
    let near = view.cues.before(start, 20, false)? == at;
    let token = token(text, start).filter(|_| near)?;
    (Shape::of(text, &token).digits >= 6 && !is_date(text.slice(token.clone()))).then_some(token)
}

/// The id that stands before its word: 12345678が注文番号です, "12345678 is my order number".
fn before(view: &View, start: usize) -> Option<Range<usize>> {
    const JOINTS: &[&str] = &[
        " is my ",
        " is the ",
        " is our ",
        " was my ",
        " as my ",
        " as the ",
        " (",
        "(",
        "が",
        "が私の",
        "という",
        "というのが",
        "は",
        "の",
        " - ",
        " ",
    ];
    let text = &view.text;
    let joint = |joint: &&str| {
        let from = start.checked_sub(joint.chars().count())?;
        (text.reads(from, joint) && text.before(from).is_ascii_alphanumeric()).then_some(from)
    };
    let end = JOINTS.iter().find_map(joint)?;
    // 注文番号12345678の会員番号は: that one belongs to the word before it.
    let begin = (0..LONGEST).take_while(|back| end > *back && is_token(text, end - back - 1)).count();
    let token = end - begin..end;
    let shape = Shape::of(text, &token);
    let free = view.cues.before(token.start, 6, false).is_none();
    let whole = begin < LONGEST && text.at(token.start).is_ascii_alphanumeric() && shape.digits >= 6;
    (whole && free && !is_date(text.slice(token.clone()))).then_some(token)
}

/// What an id is made of.
struct Shape {
    digits: usize,
    letters: usize,
    marks: usize,
}

impl Shape {
    fn of(text: &Text, range: &Range<usize>) -> Self {
        let count = |is: fn(&char) -> bool| text.slice(range.clone()).iter().filter(|c| is(c)).count();
        Self {
            digits: count(char::is_ascii_digit),
            letters: count(char::is_ascii_alphabetic),
            marks: count(|c| matches!(c, '_' | '.')),
        }
    }
}

fn is_token(text: &Text, at: usize) -> bool {
    text.at(at).is_ascii_alphanumeric() || matches!(text.at(at), '-' | '_')
}

/// Letters and digits with single marks inside.
fn token(text: &Text, start: usize) -> Option<Range<usize>> {
    let mut end = start;
    while end - start <= LONGEST {
        let inside = matches!(text.at(end), '-' | '_' | '.') && text.at(end + 1).is_ascii_alphanumeric() && end > start;
        if !text.at(end).is_ascii_alphanumeric() && !inside {
            break;
        }
        end += 1;
    }
    (end > start && end - start <= LONGEST).then_some(start..end)
}

/// With the groups that follow after single spaces, if all are digits and of one length: 1234 5678 9012.
fn spaced(text: &Text, token: Range<usize>) -> Range<usize> {
    let width = token.len();
    let digits = |range: Range<usize>| range.len() == width && text.slice(range).iter().all(char::is_ascii_digit);
    let mut end = token.end;
    if !(3..=4).contains(&width) || !digits(token.clone()) {
        return token;
    }
    while end < token.start + LONGEST && text.at(end) == ' ' && text.slice(end + 1..end + 1 + width).len() == width {
        let next = end + 1..end + 1 + width;
        if !digits(next.clone()) || text.at(next.end).is_ascii_alphanumeric() || is_quantity(text, next.end) {
            break;
        }
        end = next.end;
    }
    token.start..end
}

/// A second id behind the first, of the same shape.
fn another(text: &Text, first: &Range<usize>) -> Option<Range<usize>> {
    const JOINTS: &[&str] = &["と", "、", ",", "・", "/", "and", "&", "or", "および", "及び", "や", "と注文番号"];
    let at = text.past_space(first.end, true, 2);
    let at = text.any(at, JOINTS).or_else(|| (text.at(first.end) == '\n').then_some(at))?;
    let next = token(text, text.past_space(at, true, 2))?;
    let class = |range: &Range<usize>| -> Vec<char> {
        let fold = |c: &char| {
            if c.is_ascii_digit() {
                '0'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                *c
            }
        };
        text.slice(range.clone()).iter().map(fold).collect()
    };
    (class(&next) == class(first) && !is_quantity(text, next.end)).then_some(next)
}
