//! Figures in a text: numbers with what they count, as far as two articles can be compared by them.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

/// A number and its unit, in that unit's base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub(super) value: f64,
    pub(super) unit: Unit,
}

impl Figure {
    pub(super) fn agrees(self, other: Self) -> bool {
        self.unit == other.unit && (self.value - other.value).abs() < 1e-6
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Bare,
    Count,
    /// Minutes.
    Span,
    WorkingDays,
    Months,
    Yen,
    OtherMoney,
    Percent,
    /// Month × 100 + day.
    Date,
    /// Minutes after midnight.
    Clock,
}

/// By the writing, longest first where one begins another.
const UNITS: [(&str, Unit, f64); 20] = [
    ("営業日|平日|工作日|个工作日|영업일|business days?|working days?", Unit::WorkingDays, 1.0),
    ("日元", Unit::Yen, 1.0),
    ("日間|日|天|일|days?", Unit::Span, 1_440.0),
    ("週間|週|周|주|weeks?", Unit::Span, 10_080.0),
    ("時間|小时|시간|hours?|hrs?", Unit::Span, 60.0),
    ("分間|分钟|分|분|minutes?|mins?", Unit::Span, 1.0),
    ("か月|カ月|ヶ月|ヵ月|ケ月|个月|개월|months?", Unit::Months, 1.0),
    ("年間|years?", Unit::Months, 12.0),
    ("円|엔|yen|jpy", Unit::Yen, 1.0),
    ("ドル|ユーロ|元|원|dollars?|usd|euros?|eur|pounds?|won|yuan", Unit::OtherMoney, 1.0),
    ("%|パーセント|percent|per cent", Unit::Percent, 1.0),
    ("割", Unit::Percent, 10.0),
    ("回|次|회|times?", Unit::Count, 1.0),
    ("点|個|枚|件|つ|台|本|冊|箱|개|items?|photos?|copies|pieces?", Unit::Count, 1.0),
    ("人|名|people|persons?", Unit::Count, 1.0),
    ("cm|センチ", Unit::Bare, 1.0),
    ("kg|キロ", Unit::Bare, 1.0),
    ("歳", Unit::Count, 1.0),
    ("ポイント|points?", Unit::Count, 1.0),
    ("文字|桁", Unit::Count, 1.0),
];

const NUMBER: &str = r"\d[\d,]*(?:\.\d+)?";

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let units: Vec<String> =
        UNITS.iter().enumerate().map(|(at, (writings, _, _))| format!("(?P<u{at}>{writings})")).collect();
    let pattern = format!(
        r"(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日|(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})|(?:(?P<yen>[¥]\s?)|(?P<money>[$€£]\s?))?(?P<number>{NUMBER})(?:[\s-]?(?:{}))?",
        units.join("|")
    );
    Regex::new(&pattern).expect("a pattern")
});

/// Japanese and Chinese numerals with what they count, and number words of English: enough to know that something is counted.
#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by every test")]
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"[一二三四五六七八九十百千万数]+(?:日|週|か月|カ月|ヶ月|ヵ月|年|円|割|回|営業日|時間|分|倍|枚|個|点|天|周|个月|小时|次)|半額|全額|倍額|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|thousand|half|twice|double|dozen|fortnight|january|february|march|april|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    )
    .expect("a pattern")
});

/// One form for what means the same.
pub(super) fn normal(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

/// The figures of a text.
pub(super) fn figures(text: &str) -> Vec<Figure> {
    let text = normal(text);
    let read = |found: regex::Captures<'_>| {
        let number =
            |name: &str| found.name(name).and_then(|digits| digits.as_str().replace(',', "").parse::<f64>().ok());
        if let (Some(month), Some(day)) = (number("month"), number("day")) {
            return Some(Figure { value: month * 100.0 + day, unit: Unit::Date });
        }
        if let (Some(hour), Some(minute)) = (number("hour"), number("minute")) {
            return Some(Figure { value: hour * 60.0 + minute, unit: Unit::Clock });
        }
        let value = number("number")?;
        let named = UNITS.iter().enumerate().find(|(at, _)| found.name(&format!("u{at}")).is_some());
        let (unit, factor) = match named {
            Some((_, (_, unit, factor))) => (*unit, *factor),
            None if found.name("yen").is_some() => (Unit::Yen, 1.0),
            None if found.name("money").is_some() => (Unit::OtherMoney, 1.0),
            None => (Unit::Bare, 1.0),
        };
        Some(Figure { value: value * factor, unit })
    };
    PATTERN.captures_iter(&text).filter_map(read).collect()
}

/// A text without its figures.
pub(super) fn without(text: &str) -> String {
    PATTERN.replace_all(&normal(text), " ").into_owned()
}

/// Whether a text counts, dates or prices anything.
pub(super) fn any(text: &str) -> bool {
    let text = normal(text);
    text.chars().any(|c| c.is_numeric() && !('一'..='龥').contains(&c)) || WORDS.is_match(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_in_their_units() {
        let cases = [
            ("返品は30日以内です", 43_200.0, Unit::Span),
            ("within 48 hours", 2_880.0, Unit::Span),
            ("a 30-day period", 43_200.0, Unit::Span),
            ("２〜３営業日", 3.0, Unit::WorkingDays),
            ("¥1,980", 1_980.0, Unit::Yen),
            ("送料680円", 680.0, Unit::Yen),
            ("80％", 80.0, Unit::Percent),
            ("12月31日まで", 1_231.0, Unit::Date),
            ("14:30", 870.0, Unit::Clock),
        ];
        for (text, value, unit) in cases {
            assert_eq!(figures(text).last().copied(), Some(Figure { value, unit }), "{text}");
        }
        assert!(figures("数はありません").is_empty());
    }

    #[test]
    fn something_counted_is_seen() {
        for text in ["３日", "三日以内", "一週間", "全額", "two weeks", "Half of it", "by Friday", "①"] {
            assert!(any(text), "{text}");
        }
        for text in ["一緒に送ります", "Open the page", "返品の手順"] {
            assert!(!any(text), "{text}");
        }
    }
}
