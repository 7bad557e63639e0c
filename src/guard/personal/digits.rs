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

/// Whether what stands at `at` makes the number before it a price or a share.
pub(super) fn is_price(text: &Text, at: usize) -> bool {
    const UNITS: &[&str] = &["円", "ポイント", "%", "yen", "jpy", "usd", "万円", "億円"];
    text.any(at, UNITS).is_some() || text.any(text.past_space(at, false, 2), UNITS).is_some()
}

/// Whether what stands at `at` makes the number before it a quantity, a date or a price.
pub(super) fn is_quantity(text: &Text, at: usize) -> bool {
    // Counters, whatever follows; those that begin other words too (本日, 人気, 名前); and what may stand behind a space.
    const UNITS: &[&str] = &[
        "年",
        "月",
        "時",
        "分",
        "秒",
        "円",
        "桁",
        "文字",
        "回",
        "件",
        "枚",
        "歳",
        "週",
        "ヶ月",
        "か月",
        "カ月",
        "ヵ月",
        "ケ月",
        "ポイント",
        "pt",
        "%",
        "万",
        "千",
        "億",
        "以上",
        "以下",
        "以内",
        "種類",
        "つの",
        "日間",
        "日以",
        "日ま",
        "日に",
        "日か",
        "日後",
        "日前",
        "kg",
        "g",
        "mg",
        "cm",
        "mm",
        "km",
        "m",
        "ml",
        "l",
        "gb",
        "mb",
        "kb",
        "mah",
        "w",
        "v",
    ];
    const SHARED: &[&str] = &[
        "日", "個", "点", "本", "人", "名", "才", "度", "倍", "泊", "台", "店", "冊", "着", "足", "袋", "箱", "割",
        "つ",
    ];
    const APART: &[&str] = &["円", "桁", "文字", "回", "ポイント", "%", "年", "kg", "g", "cm", "mm", "ml", "gb", "mb"];
    const WORDS: &[&str] = &[
        "digits",
        "digit",
        "characters",
        "character",
        "chars",
        "letters",
        "minutes",
        "minute",
        "mins",
        "min",
        "seconds",
        "second",
        "secs",
        "hours",
        "hour",
        "days",
        "day",
        "weeks",
        "week",
        "months",
        "month",
        "years",
        "year",
        "times",
        "yen",
        "dollars",
        "dollar",
        "usd",
        "jpy",
        "euros",
        "pounds",
        "points",
        "percent",
        "pcs",
        "pieces",
        "items",
        "units",
        "people",
        "or more",
        "or fewer",
        "numbers",
        "attempts",
        "pages",
        "copies",
        "pairs",
        "boxes",
    ];
    let past = text.past_space(at, false, 2);
    let dash = if text.at(past) == '-' { past + 1 } else { past };
    let shared = text.any(at, SHARED).is_some_and(|end| !super::normal::is_kanji(text.at(end)));
    shared || text.any(at, UNITS).is_some() || text.any(past, APART).is_some() || text.any(dash, WORDS).is_some()
}

/// Whether characters are a date: 2024-01-15, 20240115 is none, 01-02-2024.
pub(super) fn is_date(token: &[char]) -> bool {
    let text: String = token.iter().collect();
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.iter().all(|part| part.chars().all(|c| c.is_ascii_digit()));
    digits && matches!(lengths.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4] | [4, 1..=2])
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

    #[test]
    fn dates_and_quantities() {
        let date = |text: &str| is_date(&text.chars().collect::<Vec<_>>());
        assert!(date("2024-01-15") && date("1-2-2024") && date("2024-05") && !date("250-1234567") && !date("20240115"));
        let quantity = |source: &str| {
            let text = Text::new(&source.chars().collect::<Vec<_>>(), &[]);
            is_quantity(&text, 0)
        };
        assert!(
            quantity("円") && quantity(" digits long") && quantity("-digit") && quantity("GB") && quantity(" 文字")
        );
        assert!(!quantity("です") && !quantity("") && !quantity(" may") && !quantity("-9"));
    }
}
