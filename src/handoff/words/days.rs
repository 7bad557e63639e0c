//! How a language writes a day and a time: the weekday, the date, the time of day and whose time it is, so that it cannot be
//! misread.

use jiff::Zoned;

use super::{desk_words, fill};
use crate::language::Lang;

/// The names and the order that a language has for them.
#[derive(Debug)]
pub(super) struct Days {
    /// A time: `{weekday}`, `{day}`, `{month}`, `{hour}` (two digits) or `{h}` (one where one is enough), `{minute}`, `{zone}`.
    pub(super) moment: &'static str,
    /// A day, with its year: `{day}`, `{month}`, `{year}`.
    pub(super) date: &'static str,
    /// From Monday.
    pub(super) weekdays: [&'static str; 7],
    /// From January.
    pub(super) months: [&'static str; 12],
    /// The first of a month.
    pub(super) first: &'static str,
    /// How many years the calendar in use is ahead.
    pub(super) years_ahead: i16,
    /// The time of Japan.
    pub(super) japan: &'static str,
}

impl Days {
    /// A time in its own zone.
    pub(super) fn moment(&self, at: &Zoned) -> String {
        self.written(self.moment, at)
    }

    /// A day in its own zone.
    pub(super) fn date(&self, at: &Zoned) -> String {
        self.written(self.date, at)
    }

    fn written(&self, text: &str, at: &Zoned) -> String {
        let day = if at.day() == 1 { self.first.to_owned() } else { at.day().to_string() };
        let year = at.year().saturating_add(self.years_ahead).to_string();
        let (hour, h, minute) = (format!("{:02}", at.hour()), at.hour().to_string(), format!("{:02}", at.minute()));
        let zone = self.zone(at);
        let values: [(&str, &str); 8] = [
            ("weekday", named(&self.weekdays, at.weekday().to_monday_zero_offset())),
            ("day", &day),
            ("month", named(&self.months, at.month().saturating_sub(1))),
            ("year", &year),
            ("hour", &hour),
            ("h", &h),
            ("minute", &minute),
            ("zone", &zone),
        ];
        fill(text, &values)
    }

    /// Whose time it is. Zones whose name in the database is a number are written as their distance to UTC.
    fn zone(&self, at: &Zoned) -> String {
        let zone = at.time_zone();
        if matches!(zone.iana_name(), Some("Asia/Tokyo" | "Japan")) {
            return self.japan.to_owned();
        }
        let info = zone.to_offset_info(at.timestamp());
        let short = info.abbreviation();
        if short.starts_with(|c: char| c.is_ascii_alphabetic()) { short.to_owned() } else { format!("UTC{short}") }
    }
}

fn named(names: &[&'static str], at: i8) -> &'static str {
    usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
}

/// A time as `lang` writes it, in the zone it comes in: `12月1日(火) 18:00（日本時間）`, `Tue 1 Dec, 18:00 (JST)`.
pub fn moment(at: &Zoned, lang: &Lang) -> String {
    desk_words(lang).days.moment(at)
}

/// A day as `lang` writes it, in the zone it comes in: `2027年11月29日`, `29 Nov 2027`.
pub fn date(at: &Zoned, lang: &Lang) -> String {
    desk_words(lang).days.date(at)
}
