//! Groups of digits, and what stands between them.

use std::ops::Range;

use super::normal::Text;

/// What joins two groups of digits to one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing does.
    None,
    Hyphen,
    Space,
    Dot,
    Paren,
    Line,
    /// 090の1234の5678.
    No,
}

/// Digits without anything between them, and the gap to the next.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) gap: Gap,
}

impl Group {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// All groups of a text.
#[derive(Debug)]
pub(super) struct Groups(Vec<Group>);

/// Several groups that are joined, and their digits.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) range: Range<usize>,
    pub(super) digits: Vec<u32>,
    /// How long each group is.
    pub(super) lengths: Vec<usize>,
    /// What stands between them.
    pub(super) gaps: Vec<Gap>,
    /// A number might begin here.
    pub(super) opens: bool,
    /// A number might end here.
    pub(super) closes: bool,
}

/// The longest gap, in characters.
const WIDEST: usize = 4;
/// No number that is looked for is longer.
pub(super) const MOST: usize = 19;

impl Groups {
    pub(super) fn of(text: &Text) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let start = at;
            while text.at(at).is_ascii_digit() {
                at += 1;
            }
            if at == start {
                at += 1;
                continue;
            }
            groups.push(Group { start, end: at, gap: gap(text, at) });
        }
        Self(groups)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Group> {
        self.0.get(at)
    }

    /// Shows every run of up to [`MOST`] digits that begins with group `first`, shortest first.
    pub(super) fn runs(&self, text: &Text, first: usize, mut show: impl FnMut(&Run)) {
        let opens = self.opens(text, first);
        let letter = self.get(first).is_some_and(|group| text.before(group.start).is_ascii_alphabetic());
        if !opens && !letter {
            return;
        }
        let mut run = Run { opens, ..Run::default() };
        for group in self.0.get(first..).unwrap_or_default() {
            if run.digits.len() + group.len() > MOST {
                return;
            }
            if run.lengths.is_empty() {
                run.range.start = group.start;
            }
            run.range.end = group.end;
            run.digits.extend(text.slice(group.start..group.end).iter().filter_map(|c| c.to_digit(10)));
            run.lengths.push(group.len());
            run.closes = closes(text, group);
            show(&run);
            if group.gap == Gap::None {
                return;
            }
            run.gaps.push(group.gap);
        }
    }

    /// Whether a number might begin with this group: it is not the rest of a word, an amount or another number.
    fn opens(&self, text: &Text, at: usize) -> bool {
        let Some(group) = self.get(at) else { return false };
        let before = text.before(group.start);
        let fraction = matches!(before, '.' | ',') && group.start >= 2 && text.at(group.start - 2).is_ascii_digit();
        if before.is_ascii_alphabetic() || fraction || matches!(before, '_' | '¥' | '$' | '€' | '£') {
            return false;
        }
        let joined = at.checked_sub(1).and_then(|at| self.get(at)).map_or(Gap::None, |group| group.gap);
        !matches!(joined, Gap::Hyphen | Gap::Dot | Gap::No)
    }
}

fn closes(text: &Text, group: &Group) -> bool {
    let after = text.at(group.end);
    let fraction = matches!(after, '.' | ',') && text.at(group.end + 1).is_ascii_digit();
    !after.is_ascii_alphabetic() && after != '_' && !fraction && !matches!(group.gap, Gap::Hyphen | Gap::Dot | Gap::No)
}

fn gap(text: &Text, end: usize) -> Gap {
    let mut gap = Gap::None;
    for at in end..end + WIDEST + 1 {
        let next = match text.at(at) {
            c if c.is_ascii_digit() => return gap,
            '-' => Gap::Hyphen,
            ' ' => Gap::Space,
            '.' | '・' => Gap::Dot,
            '(' | ')' => Gap::Paren,
            '\n' => Gap::Line,
            'の' | 'ノ' => Gap::No,
            _ => return Gap::None,
        };
        gap = match (gap, next) {
            (Gap::None, next) => next,
            (Gap::Hyphen, Gap::Hyphen) => return Gap::None,
            (Gap::Hyphen, Gap::Space | Gap::Line | Gap::Paren) => Gap::Hyphen,
            (Gap::Space | Gap::Line | Gap::Paren, Gap::Hyphen) => Gap::Hyphen,
            (Gap::Paren, Gap::Space | Gap::Paren) | (Gap::Space, Gap::Paren) => Gap::Paren,
            (Gap::Space, Gap::Space) => Gap::Space,
            (Gap::Line | Gap::Space, Gap::Line | Gap::Space) => Gap::Line,
            _ => return Gap::None,
        };
    }
    Gap::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(source: &str) -> Vec<Gap> {
        let text = Text::new(&source.chars().collect::<Vec<_>>(), &[]);
        Groups::of(&text).0.iter().map(|group| group.gap).collect()
    }

    #[test]
    fn gaps_join_what_is_one_number() {
        assert_eq!(gaps("090-1234 - 5678"), [Gap::Hyphen, Gap::Hyphen, Gap::None]);
        assert_eq!(gaps("(03) 1234)5678"), [Gap::Paren, Gap::Paren, Gap::None]);
        assert_eq!(gaps("4111\n1111 1111"), [Gap::Line, Gap::Space, Gap::None]);
        assert_eq!(gaps("090の12 3. 4--5"), [Gap::No, Gap::Space, Gap::None, Gap::None, Gap::None]);
        assert_eq!(gaps(""), []);
    }
}
