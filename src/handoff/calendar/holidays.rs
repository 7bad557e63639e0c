//! Public holidays.

use jiff::civil::Date;
use jpholiday::chrono::NaiveDate;
use jpholiday::jpholiday::JPHoliday;

/// The public holidays on which a desk is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Holidays {
    /// It is not closed on any.
    #[default]
    None,
    /// Japan's, with those that are moved from a Sunday and those that lie between two others.
    ///
    /// The crate `jpholiday` calculates them from the law as it stood in 2019. So the days that the Olympics moved in
    /// 2021 are not known, and after 2150 the equinoxes are missing, which nobody can tell so far ahead anyway (the
    /// cabinet announces them each February for the next year). A day that a new law makes a holiday is a special day
    /// of the file.
    Japan,
}

thread_local! {
    /// Its rules are boxed without `Send`, and making them anew for each day would cost more than asking them.
    static JAPAN: JPHoliday<'static> = JPHoliday::new();
}

impl Holidays {
    /// Whether this day is one.
    pub(super) fn hold(self, date: Date) -> bool {
        match self {
            Self::None => false,
            Self::Japan => {
                let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
                // The rules look at the days before and after, too.
                let day = NaiveDate::from_ymd_opt(date.year().into(), month.into(), day.into());
                day.is_some_and(|day| JAPAN.with(|japan| japan.is_holiday(&day)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_year(year: i16) -> Vec<String> {
        let first = jiff::civil::date(year, 1, 1);
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| day.year() == year);
        days.filter(|day| Holidays::Japan.hold(*day)).map(|day| format!("{}/{}", day.month(), day.day())).collect()
    }

    /// As the Cabinet Office lists them.
    #[test]
    fn three_years() {
        let lists = [
            (2025, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24"),
            (2026, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23"),
            (2027, "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23"),
        ];
        for (year, list) in lists {
            assert_eq!(in_year(year).join(" "), list, "{year}");
        }
    }

    #[test]
    fn no_year_is_too_far() {
        assert!(in_year(2150).contains(&"3/21".to_owned()));
        for year in [-9999, 1, 1948, 2151, 9999] {
            let days = in_year(year);
            assert!(!days.iter().any(|day| matches!(day.as_str(), "3/20" | "3/21" | "9/23")), "{year}: {days:?}");
        }
        assert!(!Holidays::None.hold(jiff::civil::date(2026, 1, 1)));
    }
}
