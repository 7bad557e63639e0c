//! What a number counts.

use super::numerals::{skip_space, word};

/// A dimension, in which quantities of several writings can be compared: 48 hours are 2 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// None given, or one not known here.
    Bare,
    /// Things that are counted: 3回, 5 copies.
    Count,
    /// A span in minutes.
    Span,
    /// A span in working days.
    WorkingDays,
    /// A span in months.
    Months,
    /// Money, in one currency each.
    Yen,
    /// Dollars.
    Dollars,
    /// Euros.
    Euros,
    /// Other money.
    Coins,
    /// Hundredths.
    Percent,
    /// Time of day, in minutes.
    Clock,
    /// Month × 100 + day.
    Date,
    /// Month of the year.
    Month,
    /// Year.
    Year,
    /// Millimetres.
    Length,
    /// Grams.
    Weight,
    /// Kilobytes.
    Data,
}

impl Unit {
    /// Whether this is money.
    pub(super) fn is_money(self) -> bool {
        matches!(self, Self::Yen | Self::Dollars | Self::Euros | Self::Coins)
    }

    /// Whether this is time.
    pub(super) fn is_time(self) -> bool {
        use Unit::{Clock, Date, Month, Months, Span, WorkingDays, Year};
        matches!(self, Span | WorkingDays | Months | Clock | Date | Month | Year)
    }

    /// Whether two numbers with different units of this kind surely say different things.
    pub(super) fn is_certain(self) -> bool {
        !matches!(self, Self::Bare | Self::Count | Self::Year | Self::Month)
    }
}

/// Longest first where one begins another.
const CJK: [(&str, Unit, f64); 66] = [
    ("営業日", Unit::WorkingDays, 1.0),
    ("平日", Unit::WorkingDays, 1.0),
    ("工作日", Unit::WorkingDays, 1.0),
    ("个工作日", Unit::WorkingDays, 1.0),
    ("영업일", Unit::WorkingDays, 1.0),
    ("週間", Unit::Span, 10_080.0),
    ("時間", Unit::Span, 60.0),
    ("小时", Unit::Span, 60.0),
    ("시간", Unit::Span, 60.0),
    ("分間", Unit::Span, 1.0),
    ("分钟", Unit::Span, 1.0),
    ("日間", Unit::Span, 1_440.0),
    ("か月", Unit::Months, 1.0),
    ("カ月", Unit::Months, 1.0),
    ("ヶ月", Unit::Months, 1.0),
    ("ヵ月", Unit::Months, 1.0),
    ("ケ月", Unit::Months, 1.0),
    ("箇月", Unit::Months, 1.0),
    ("个月", Unit::Months, 1.0),
    ("개월", Unit::Months, 1.0),
    ("年間", Unit::Months, 12.0),
    ("秒", Unit::Span, 1.0 / 60.0),
    ("週", Unit::Span, 10_080.0),
    ("周", Unit::Span, 10_080.0),
    ("주", Unit::Span, 10_080.0),
    ("日", Unit::Span, 1_440.0),
    ("天", Unit::Span, 1_440.0),
    ("일", Unit::Span, 1_440.0),
    ("分", Unit::Span, 1.0),
    ("분", Unit::Span, 1.0),
    ("円", Unit::Yen, 1.0),
    ("日元", Unit::Yen, 1.0),
    ("엔", Unit::Yen, 1.0),
    ("ドル", Unit::Dollars, 1.0),
    ("ユーロ", Unit::Euros, 1.0),
    ("元", Unit::Coins, 1.0),
    ("원", Unit::Coins, 1.0),
    ("割", Unit::Percent, 10.0),
    ("パーセント", Unit::Percent, 1.0),
    ("%", Unit::Percent, 1.0),
    ("キロ", Unit::Bare, 1.0),
    ("か所", Unit::Count, 1.0),
    ("回", Unit::Count, 1.0),
    ("件", Unit::Count, 1.0),
    ("個", Unit::Count, 1.0),
    ("通", Unit::Count, 1.0),
    ("点", Unit::Count, 1.0),
    ("人", Unit::Count, 1.0),
    ("名", Unit::Count, 1.0),
    ("枚", Unit::Count, 1.0),
    ("倍", Unit::Count, 1.0),
    ("冊", Unit::Count, 1.0),
    ("台", Unit::Count, 1.0),
    ("頭", Unit::Count, 1.0),
    ("匹", Unit::Count, 1.0),
    ("羽", Unit::Count, 1.0),
    ("本", Unit::Count, 1.0),
    ("歳", Unit::Count, 1.0),
    ("箱", Unit::Count, 1.0),
    ("品", Unit::Count, 1.0),
    ("桁", Unit::Count, 1.0),
    ("文字", Unit::Count, 1.0),
    ("つ", Unit::Count, 1.0),
    ("次", Unit::Count, 1.0),
    ("회", Unit::Count, 1.0),
    ("개", Unit::Count, 1.0),
];

/// The unit after a number that ends at `at`, what to multiply by, and the place after it. 月, 年, 時 are the reader's work.
pub(super) fn unit(chars: &[char], at: usize) -> Option<(Unit, f64, usize)> {
    for (name, unit, factor) in CJK {
        if starts_with(chars, at, name) {
            return Some((unit, factor, at + name.chars().count()));
        }
    }
    let from = match chars.get(at) {
        Some('-') => at + 1,
        _ => skip_space(chars, at),
    };
    if chars.get(from) == Some(&'%') {
        return Some((Unit::Percent, 1.0, from + 1));
    }
    let (first, end) = word(chars, from)?;
    if matches!(first.as_str(), "business" | "working") {
        let (second, end) = word(chars, skip_space(chars, end))?;
        return second.starts_with("day").then_some((Unit::WorkingDays, 1.0, end));
    }
    if first == "per" {
        let (second, end) = word(chars, skip_space(chars, end))?;
        return (second == "cent").then_some((Unit::Percent, 1.0, end));
    }
    let (unit, factor) = latin(&first)?;
    Some((unit, factor, end))
}

fn latin(word: &str) -> Option<(Unit, f64)> {
    Some(match word {
        "second" | "seconds" | "sec" => (Unit::Span, 1.0 / 60.0),
        "minute" | "minutes" | "min" | "mins" => (Unit::Span, 1.0),
        "hour" | "hours" | "hr" | "hrs" => (Unit::Span, 60.0),
        "day" | "days" => (Unit::Span, 1_440.0),
        "week" | "weeks" => (Unit::Span, 10_080.0),
        "fortnight" | "fortnights" => (Unit::Span, 20_160.0),
        "month" | "months" => (Unit::Months, 1.0),
        "year" | "years" => (Unit::Months, 12.0),
        "yen" | "jpy" => (Unit::Yen, 1.0),
        "dollar" | "dollars" | "usd" => (Unit::Dollars, 1.0),
        "euro" | "euros" | "eur" => (Unit::Euros, 1.0),
        "pounds" | "gbp" | "won" | "yuan" => (Unit::Coins, 1.0),
        "percent" => (Unit::Percent, 1.0),
        "mm" => (Unit::Length, 1.0),
        "cm" => (Unit::Length, 10.0),
        "m" | "metres" | "meters" => (Unit::Length, 1_000.0),
        "km" | "kilometres" | "kilometers" => (Unit::Length, 1_000_000.0),
        "g" | "grams" => (Unit::Weight, 1.0),
        "kg" | "kilograms" => (Unit::Weight, 1_000.0),
        "kb" => (Unit::Data, 1.0),
        "mb" => (Unit::Data, 1_000.0),
        "gb" => (Unit::Data, 1_000_000.0),
        "times" | "copies" | "items" | "people" | "payments" | "places" | "photos" | "points" => (Unit::Count, 1.0),
        _ => return None,
    })
}

/// Whether `text` stands at `at`.
pub(super) fn starts_with(chars: &[char], at: usize, text: &str) -> bool {
    let mut rest = chars.iter().skip(at);
    text.chars().all(|c| rest.next() == Some(&c))
}

/// An English month's name at `at`, and the place after it.
pub(super) fn month(chars: &[char], at: usize) -> Option<(f64, usize)> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    // "may" and "march" are words as well: a month begins with a capital.
    chars.get(at).filter(|c| c.is_ascii_uppercase())?;
    let (word, end) = word(chars, at)?;
    let full = NAMES.iter().position(|name| *name == word);
    let short = || NAMES.iter().position(|name| word.len() == 3 && name.starts_with(&word));
    full.or_else(short).map(|index| (index as f64 + 1.0, end))
}
