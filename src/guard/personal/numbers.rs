//! Numbers that their shape or their check digit tells: cards, My Numbers, phones.

use std::ops::Range;

use super::cues::{At, Cue};
use super::digits::{Gap, Run};
use super::units::is_price;
use super::{Kind, View, check, told};

/// How far a word may stand from the number it names.
const NEAR: usize = 25;
/// How near a word stands that names the number beyond doubt.
const BESIDE: usize = 8;

/// How sure it is; of two readings the surer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    Told,
    Shaped,
}

/// Finds, for each group, the surest run from there that `good` takes, and of those the longest; goes on behind it.
fn best(view: &View, kind: Kind, good: impl Fn(&Run) -> Option<(Sure, Range<usize>)>) -> Vec<(Kind, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < view.groups.len() {
        let mut best: Option<(Sure, Range<usize>, usize)> = None;
        view.groups.runs(&view.text, at, |run| {
            let Some((sure, range)) = good(run) else { return };
            if best.as_ref().is_none_or(|(before, _, _)| *before <= sure) {
                best = Some((sure, range, run.lengths.len()));
            }
        });
        at += match best {
            Some((_, range, groups)) => {
                found.push((kind, range));
                groups
            }
            None => 1,
        };
    }
    found
}

/// The word that names a number: the nearest before it, else the nearest behind it.
fn named(view: &View, range: &Range<usize>, farther: bool) -> Option<Cue> {
    let before = view.cues.before(range.start, NEAR, farther).map(|at| at.cue);
    before.or_else(|| view.cues.after(range.end, BESIDE * 2).map(|at| at.cue))
}

/// Whether a word right before it says that it is something else: 商品番号は…, but not 商品について….
fn claimed(view: &View, range: &Range<usize>, by: &[Cue]) -> bool {
    let joined =
        |at: At| at.end == range.start || told::value(&view.text, at.end).is_some_and(|told| told.start == range.start);
    view.cues.before(range.start, NEAR, false).is_some_and(|at| by.contains(&at.cue) && joined(at))
}

/// Card numbers: an issuer's first digits and length, and the Luhn formula; or a card's shape beside a word for cards, because a number
/// with one digit mistyped gives away the others.
pub(super) fn find_cards(view: &View) -> Vec<(Kind, Range<usize>)> {
    best(view, Kind::CardNumber, |run| {
        if !(12..=19).contains(&run.digits.len()) {
            return None;
        }
        let gaps = run.gaps.iter().all(|gap| matches!(gap, Gap::Hyphen | Gap::Space | Gap::Line | Gap::Dot));
        let shape = match run.lengths.as_slice() {
            [_] | [_, _] => true,
            lengths if lengths.iter().all(|n| *n == 1) || lengths.iter().all(|n| *n == 2) => true,
            [first @ .., _] => first.iter().all(|n| *n >= 4),
            [] => false,
        };
        if !gaps || !shape || !bounded(view, run) {
            return None;
        }
        if claimed(view, &run.range, &[Cue::Other, Cue::Order, Cue::Account, Cue::MyNumber]) {
            return None;
        }
        let genuine = check::issuer(&run.digits) && check::luhn(&run.digits);
        if genuine {
            return Some((Sure::Shaped, run.range.clone()));
        }
        let told = (13..=16).contains(&run.digits.len()) && named(view, &run.range, true) == Some(Cue::Card);
        told.then(|| (Sure::Told, run.range.clone()))
    })
}

/// My Numbers: twelve digits with the right check digit, or beside a word for them.
pub(super) fn find_my_numbers(view: &View) -> Vec<(Kind, Range<usize>)> {
    best(view, Kind::MyNumber, |run| {
        let gaps = run.gaps.iter().all(|gap| matches!(gap, Gap::Hyphen | Gap::Space | Gap::Line));
        let shape =
            matches!(run.lengths.as_slice(), [12] | [4, 4, 4] | [6, 6] | [3, 3, 3, 3]) || run.lengths.len() == 12;
        if run.digits.len() != 12 || !gaps || !shape || !bounded(view, run) {
            return None;
        }
        let cue = named(view, &run.range, true);
        let alone = || {
            let other = claimed(view, &run.range, &[Cue::Other, Cue::Order, Cue::Account, Cue::Phone]);
            let near = [view.cues.before(run.range.start, BESIDE, false), view.cues.after(run.range.end, BESIDE)];
            let other = other || near.into_iter().flatten().any(|at| at.cue == Cue::Other);
            check::my_number(&run.digits) && !other
        };
        (cue == Some(Cue::MyNumber) || alone()).then(|| (Sure::Shaped, run.range.clone()))
    })
}

/// Phone numbers: international ones with +, those of Japan and of others who begin with 0, those of North America; shorter or
/// unpunctuated ones beside a word for phones only. Freephone and service numbers are companies' and nobody's.
pub(super) fn find_phones(view: &View) -> Vec<(Kind, Range<usize>)> {
    best(view, Kind::Phone, |run| {
        let text = &view.text;
        let (start, end) = (run.range.start, run.range.end);
        if run.gaps.contains(&Gap::Line) || (run.closes && is_price(text, end)) {
            return None;
        }
        let opening = usize::from(text.before(start) == '(');
        let plus = text.before(start - opening.min(start)) == '+' || text.before(start) == '+';
        if plus && run.closes && international(run) {
            let from = (1..=2).map(|back| start.saturating_sub(back)).find(|at| text.at(*at) == '+').unwrap_or(start);
            let from = if text.before(from) == '(' { from - 1 } else { from };
            return Some((Sure::Shaped, from..end));
        }
        if plus || !bounded(view, run) || claimed(view, &run.range, &[Cue::Other]) {
            return None;
        }
        let closing = opening == 1 && run.gaps.first() == Some(&Gap::Paren);
        let range = if closing { start - 1..end } else { start..end };
        if domestic(run) || american(run, closing) {
            return Some((Sure::Shaped, range));
        }
        // "my number is …" may be either, and twelve digits are no phone number.
        let names = |cue: Cue| cue == Cue::Phone || (cue == Cue::MyNumber && run.digits.len() != 12);
        let told = || named(view, &run.range, true).is_some_and(names);
        let beside = || view.cues.before(start, BESIDE, false).is_some_and(|at| names(at.cue));
        ((maybe(run) && told()) || (short(run) && beside())).then_some((Sure::Told, range))
    })
}

/// A run that stands for itself. A letter before it is fine if a word ends there that names it.
fn bounded(view: &View, run: &Run) -> bool {
    let (text, start) = (&view.text, run.range.start);
    let after_word = || view.cues.before(start, 0, true).is_some();
    (run.opens || (text.before(start).is_ascii_alphabetic() && after_word())) && run.closes
}

/// After a + (ITU-T E.164: at most 15 digits). Of Japan and North America the length is known.
fn international(run: &Run) -> bool {
    let n = run.digits.len();
    let grouped = run.lengths.len() <= 7 && !run.gaps.contains(&Gap::No);
    let lead = match run.digits.as_slice() {
        [8, 1, 0, rest @ ..] | [8, 1, rest @ ..] => {
            let mobile = matches!(rest, [5 | 7 | 8 | 9, 0, ..]);
            rest.len() == if mobile { 10 } else { 9 }
        }
        [1, ..] => n == 11,
        [0, ..] | [] => false,
        _ => (8..=15).contains(&n),
    };
    grouped && lead
}

/// Begins with 0: Japan's numbering plan (電気通信番号計画: 0AB–J of ten digits, 050, 070, 080, 090 and 020 of eleven), and abroad where the
/// number is punctuated.
fn domestic(run: &Run) -> bool {
    let mobile = is_mobile(&run.digits);
    let groups = run.lengths.len();
    let spelt = groups == 11 && mobile && run.gaps.iter().all(|gap| matches!(gap, Gap::Space | Gap::Hyphen));
    let last = run.lengths.last().copied().unwrap_or_default();
    let uniform = !run.gaps.contains(&Gap::No) || run.gaps.iter().all(|gap| *gap == Gap::No);
    let dated = matches!(run.lengths.as_slice(), [2, 2, 4, ..] | [2, 2, 2, ..]);
    if is_service(&run.digits) || !uniform {
        return false;
    }
    match run.digits.as_slice() {
        [0, 1..=9, ..] if run.digits.len() == 11 => {
            spelt || (mobile && groups <= 4) || ((2..=4).contains(&groups) && last >= 3 && !dated)
        }
        [0, 1..=9, ..] if run.digits.len() == 10 => !mobile && (2..=4).contains(&groups) && last >= 3 && !dated,
        _ => false,
    }
}

fn is_mobile(digits: &[u32]) -> bool {
    matches!(digits, [0, 5 | 7 | 8 | 9, 0, ..]) && digits.len() == 11
}

/// Freephone, shared cost, premium and information services.
fn is_service(digits: &[u32]) -> bool {
    let lead = digits.iter().take(4).fold(0, |lead, digit| lead * 10 + digit);
    digits.first() == Some(&0) && matches!(lead, 120 | 570 | 800 | 990 | 180 | 77 | 88 | 170)
}

/// North America: area code and exchange begin with 2 to 9 (NANP). With spaces only it needs a word beside it.
fn american(run: &Run, parenthesised: bool) -> bool {
    let (digits, lengths) = match run.lengths.as_slice() {
        [1, rest @ ..] if run.digits.first() == Some(&1) => (run.digits.get(1..).unwrap_or_default(), rest),
        lengths => (run.digits.as_slice(), lengths),
    };
    let punctuated = run.gaps.iter().any(|gap| matches!(gap, Gap::Hyphen | Gap::Dot)) || parenthesised;
    plan(digits) && lengths == [3, 3, 4] && punctuated && !run.gaps.contains(&Gap::No)
}

fn plan(digits: &[u32]) -> bool {
    matches!(digits, [2..=9, _, _, 2..=9, ..]) && digits.len() == 10 && !is_freephone(digits)
}

fn is_freephone(digits: &[u32]) -> bool {
    let digits =
        if digits.len() == 11 && digits.first() == Some(&1) { digits.get(1..).unwrap_or_default() } else { digits };
    let same = matches!(digits, [8, a, b, ..] if a == b && matches!(a, 0 | 3..=8));
    same && digits.len() == 10
}

/// Might be one, if a word says so.
fn maybe(run: &Run) -> bool {
    let n = run.digits.len();
    let groups = run.lengths.len();
    let line = run.lengths.iter().all(|n| *n <= 13);
    !is_service(&run.digits)
        && !is_freephone(&run.digits)
        && !run.gaps.contains(&Gap::No)
        && line
        && ((groups == 1 && (9..=13).contains(&n))
            || (matches!(run.digits.as_slice(), [0, 0, 1..=9, ..]) && groups <= 6 && (11..=15).contains(&n))
            || (groups <= 5
                && (9..=13).contains(&n)
                && (plan(&run.digits) || run.digits.first() == Some(&0) || groups >= 3)))
        && !matches!(run.lengths.as_slice(), [4, 2, 2, ..] | [2, 2, 4, ..])
}

/// A number of the same town, right beside the word.
fn short(run: &Run) -> bool {
    let hyphens = run.gaps.iter().all(|gap| *gap == Gap::Hyphen);
    hyphens && matches!(run.lengths.as_slice(), [3, 4] | [2, 4] | [4, 4])
}
