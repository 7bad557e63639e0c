//! The numbers of a text: in digits, in Han numerals, in English words; with their units, as dates, as times of day.

use super::numerals::{digits, english, han, skip_space, word};
use super::quantity::Quantity;
use super::units::{Unit, month, starts_with, unit};

/// Every number of a text that went through [`super::text::normal`].
pub(super) fn quantities(text: &str) -> Vec<Quantity> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0, found: Vec::new() };
    while reader.at < chars.len() {
        if !reader.date() && !reader.number() && !reader.article() {
            reader.step();
        }
    }
    reader.ranges();
    reader.found.into_iter().map(|(quantity, _)| quantity).collect()
}

struct Reader<'c> {
    chars: &'c [char],
    at: usize,
    /// With the place after each.
    found: Vec<(Quantity, usize)>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn before(&self) -> Option<char> {
        self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied()
    }

    /// Over one character, or over a whole Latin word.
    fn step(&mut self) {
        self.at = word(self.chars, self.at).map_or(self.at + 1, |(_, end)| end);
    }

    fn push(&mut self, end: usize, raw: f64, value: f64, unit: Unit) {
        self.add(end, Quantity { text: String::new(), raw, value, unit, firm: true, half: false });
    }

    fn add(&mut self, end: usize, mut quantity: Quantity) {
        quantity.text = self.chars.get(self.at..end).unwrap_or_default().iter().collect::<String>().trim().to_owned();
        self.found.push((quantity, end));
        self.at = end;
    }

    /// 8:00, 3月31日, 31 March 2027, March 31, 午後2時.
    fn date(&mut self) -> bool {
        if let Some((name, end)) = month(self.chars, self.at) {
            let next = skip_space(self.chars, end);
            if let Some((day, after)) = self.day(next) {
                self.push(after, day, name * 100.0 + day, Unit::Date);
                self.loose_day(day);
            } else {
                self.push(end, name, name, Unit::Month);
            }
            return true;
        }
        let Some((value, end)) = self.digits() else { return false };
        let next = self.chars.get(end).copied();
        if next == Some(':') && value <= 24.0 && self.two_digits(end + 1) {
            let Some((minutes, after)) = digits(self.chars, end + 1) else { return false };
            return self.clock(value * 60.0 + minutes, value, after);
        }
        if next == Some('月')
            && (1.0..=12.0).contains(&value)
            && let Some((day, after)) = digits(self.chars, end + 1)
            && self.chars.get(after) == Some(&'日')
        {
            self.push(after + 1, day, value * 100.0 + day, Unit::Date);
            self.loose_day(day);
            return true;
        }
        if let Some((name, after)) = month(self.chars, skip_space(self.chars, self.ordinal(end)))
            && (1.0..=31.0).contains(&value)
        {
            self.push(after, value, name * 100.0 + value, Unit::Date);
            self.loose_day(value);
            return true;
        }
        match next {
            Some('時') if self.chars.get(end + 1) != Some(&'間') && value <= 24.0 => {
                let half = self.chars.get(end + 1) == Some(&'半');
                let minutes = digits(self.chars, end + 1).filter(|(_, at)| self.chars.get(*at) == Some(&'分'));
                let (more, after) = match (half, minutes) {
                    (true, _) => (30.0, end + 2),
                    (_, Some((minutes, at))) => (minutes, at + 1),
                    _ => (0.0, end + 1),
                };
                self.clock(value * 60.0 + more, value, after)
            }
            Some('月') if (1.0..=12.0).contains(&value) => {
                self.push(end + 1, value, value, Unit::Month);
                true
            }
            Some('年') if value >= 1_000.0 => {
                self.push(end + 1, value, value, Unit::Year);
                true
            }
            Some('年') => {
                let long = self.chars.get(end + 1) == Some(&'間');
                self.push(end + 1 + usize::from(long), value, value * 12.0, Unit::Months);
                true
            }
            _ => {
                let after = skip_space(self.chars, end);
                match word(self.chars, after) {
                    Some((half, end)) if (half == "am" || half == "pm") && value <= 12.0 => {
                        self.push(
                            end,
                            value,
                            (value % 12.0) * 60.0 + if half == "pm" { 720.0 } else { 0.0 },
                            Unit::Clock,
                        );
                        true
                    }
                    Some((clock, _)) if clock == "o" && value <= 12.0 => self.clock(value * 60.0, value, after),
                    _ => false,
                }
            }
        }
    }

    fn digits(&self) -> Option<(f64, usize)> {
        // Han numerals count in dates and times as well: 三月, 八時.
        digits(self.chars, self.at).or_else(|| {
            let (value, end) = han(self.chars, self.at)?;
            let time = matches!(self.chars.get(end), Some('時' | '月' | '年'));
            (time && value >= 2.0 && !self.before().is_some_and(is_han)).then_some((value, end))
        })
    }

    fn two_digits(&self, at: usize) -> bool {
        let digit = |at: usize| self.chars.get(at).is_some_and(char::is_ascii_digit);
        digit(at) && digit(at + 1) && !digit(at + 2)
    }

    /// A day of the month: 31, 31st.
    fn day(&self, at: usize) -> Option<(f64, usize)> {
        let (day, end) = digits(self.chars, at).filter(|(day, _)| (1.0..=31.0).contains(day))?;
        Some((day, self.ordinal(end)))
    }

    /// The place after st, nd, rd, th.
    fn ordinal(&self, end: usize) -> usize {
        word(self.chars, end).filter(|(w, _)| matches!(w.as_str(), "st" | "nd" | "rd" | "th")).map_or(end, |(_, at)| at)
    }

    /// A date's day may be spoken of alone.
    fn loose_day(&mut self, day: f64) {
        let quantity =
            Quantity { text: String::new(), raw: day, value: day, unit: Unit::Bare, firm: false, half: false };
        self.found.push((quantity, 0));
    }

    /// A time of day; which half of the day, the words around it tell.
    fn clock(&mut self, minutes: f64, raw: f64, end: usize) -> bool {
        let start = self.at.saturating_sub(2);
        let ahead: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
        let after = word(self.chars, skip_space(self.chars, end)).map(|(word, _)| word).unwrap_or_default();
        let afternoon =
            ["午後", "夜", "夕方", "晩"].iter().any(|word| ahead.ends_with(word)) || after == "pm" || after == "p";
        let morning = ["午前", "朝"].iter().any(|word| ahead.ends_with(word)) || after == "am" || after == "a";
        let value = if afternoon && minutes < 720.0 { minutes + 720.0 } else { minutes };
        let half = !afternoon && !morning && self.chars.get(end.saturating_sub(1)) == Some(&'時') && value < 780.0;
        self.add(end, Quantity { text: String::new(), raw, value, unit: Unit::Clock, firm: true, half });
        true
    }

    fn number(&mut self) -> bool {
        if let Some(c) = self.peek(0).filter(|c| matches!(c, '¥' | '$' | '€' | '£')) {
            let Some((value, end)) = digits(self.chars, skip_space(self.chars, self.at + 1)) else { return false };
            let unit = match c {
                '¥' => Unit::Yen,
                '$' => Unit::Dollars,
                '€' => Unit::Euros,
                _ => Unit::Coins,
            };
            self.push(end, value, value, unit);
            return true;
        }
        if let Some((value, end)) = digits(self.chars, self.at) {
            // A part of a code (HM-12, v2) is none, but harmless: it is looked up by its value alone.
            let (unit, factor, after) = unit(self.chars, end).unwrap_or((Unit::Bare, 1.0, end));
            self.push(after, value, value * factor, unit);
            return true;
        }
        if let Some((value, end)) = han(self.chars, self.at) {
            let joined = self
                .before()
                .is_some_and(|c| is_han(c) && !matches!(c, '丸' | '約' | '計' | '各' | '後' | '前' | '大'));
            // 十分 is "enough" more often than ten minutes, 一 and 二 are parts of many words.
            let Some((unit, factor, after)) = unit(self.chars, end).filter(|(unit, ..)| *unit != Unit::Bare) else {
                self.at = end;
                return true;
            };
            let enough = starts_with(self.chars, self.at, "十分");
            let firm = value > 1.0 && !enough && !joined;
            self.add(
                after,
                Quantity { text: String::new(), raw: value, value: value * factor, unit, firm, half: false },
            );
            return true;
        }
        let inside = self.before().is_some_and(|c| c.is_alphanumeric());
        let Some((value, end)) = english(self.chars, self.at).filter(|_| !inside) else { return false };
        let (unit, factor, after) = unit(self.chars, end).unwrap_or((Unit::Count, 1.0, end));
        let firm = unit != Unit::Count && value > 1.0 || value > 2.0;
        self.add(after, Quantity { text: String::new(), raw: value, value: value * factor, unit, firm, half: false });
        true
    }

    /// "an hour", "a fortnight": one of them, perhaps; "half", 半額.
    fn article(&mut self) -> bool {
        if starts_with(self.chars, self.at, "半額") || starts_with(self.chars, self.at, "半分") {
            let (text, raw) = (String::new(), 50.0);
            self.add(self.at + 2, Quantity { text, raw, value: raw, unit: Unit::Percent, firm: false, half: false });
            return true;
        }
        if self.before().is_some_and(|c| c.is_alphanumeric()) {
            return false;
        }
        let Some((first, end)) = word(self.chars, self.at) else { return false };
        if !matches!(first.as_str(), "a" | "an" | "per" | "each" | "every" | "half") {
            return false;
        }
        if first == "half" {
            let (text, raw) = (String::new(), 50.0);
            self.add(end, Quantity { text, raw, value: raw, unit: Unit::Percent, firm: false, half: false });
            return true;
        }
        let Some((unit, factor, after)) = unit(self.chars, end).filter(|(unit, ..)| unit.is_time()) else {
            return false;
        };
        self.add(
            after,
            Quantity { text: String::new(), raw: 1.0, value: factor, unit, firm: factor > 15_000.0, half: false },
        );
        true
    }

    /// 2〜3営業日, "5 to 7 days", "7 or 8 yen": the first number counts what the second does.
    fn ranges(&mut self) {
        for at in 1..self.found.len() {
            let Some([(first, first_end), (second, second_end)]) = self.found.get_mut(at - 1..=at) else { continue };
            if first.unit != Unit::Bare || second.unit == Unit::Bare || second.raw == 0.0 || !first.firm {
                continue;
            }
            let length = second.text.chars().count();
            let between = self.chars.get(*first_end..second_end.saturating_sub(length)).unwrap_or_default();
            let between: String = between.iter().collect();
            if matches!(between.trim(), "-" | "~" | "から" | "to" | "or" | "and" | "か" | "・" | "/")
                && second.unit != Unit::Clock
                && second.unit != Unit::Date
            {
                first.value = first.raw * second.value / second.raw;
                first.unit = second.unit;
            }
        }
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::super::text::normal;
    use super::*;

    #[test]
    fn words_that_only_look_like_numbers() {
        for text in
            ["一緒に統一して、一部を一覧で見る。", "十分にご注意ください。", "someone often attends", "one of the two"]
        {
            assert!(!quantities(&normal(text)).iter().any(|quantity| quantity.firm), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in r"(?s)[0-9,.:%年月日時一二十百万〜a-z \-¥半分円A-Z]{0,60}|.{0,60}") {
            let _ = quantities(&normal(&text));
        }
    }
}
