//! The hours of one day, as they are written: `09:00-12:00`, `13:00-18:00`.

use jiff::SignedDuration;

/// Minutes of a day on which the clock is not touched.
const DAY: u16 = 24 * 60;

/// The hours of a day: any number of intervals, in order, none of them within another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours(Vec<Interval>);

/// From a minute of the day to another, which does not belong to it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) from: u16,
    pub(super) to: u16,
}

/// Hours that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not an interval.
    #[error("\"{0}\" is no interval of the day")]
    Unreadable(String),
    /// Ends before it begins, or is empty.
    #[error("\"{0}\" ends before it begins")]
    Backwards(String),
    /// Two have minutes in common.
    #[error("\"{0}\" and \"{1}\" overlap")]
    Overlap(String, String),
}

impl HoursError {
    /// What to write instead.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "write it as \"09:00-18:00\", from 00:00 to 24:00",
            Self::Backwards(_) => "hours past midnight are two: \"22:00-24:00\", and \"00:00-06:00\" on the day after",
            Self::Overlap(..) => "write them as one interval, or let the second begin where the first has ended",
        }
    }
}

impl Hours {
    /// None: closed.
    pub(super) const CLOSED: &'static Self = &Self(Vec::new());

    /// As they are written, in any order.
    ///
    /// # Errors
    /// When one is no interval, ends before it begins, or overlaps another.
    pub fn read<S: AsRef<str>>(intervals: &[S]) -> Result<Self, HoursError> {
        let mut hours = intervals.iter().map(|text| Interval::read(text.as_ref())).collect::<Result<Vec<_>, _>>()?;
        hours.sort_by_key(|interval| interval.from);
        for pair in hours.windows(2) {
            if let [first, second] = pair
                && second.from < first.to
            {
                return Err(HoursError::Overlap(first.to_string(), second.to_string()));
            }
        }
        Ok(Self(hours))
    }

    /// None: closed.
    pub fn closed() -> Self {
        Self::default()
    }

    /// From midnight to midnight.
    pub fn all_day() -> Self {
        Self(vec![Interval { from: 0, to: DAY }])
    }

    /// Whether there are none.
    pub fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they hold what the clock shows, as the time since midnight.
    pub(super) fn holds(&self, shown: SignedDuration) -> bool {
        self.0.iter().any(|interval| interval.start() <= shown && shown < interval.end())
    }

    pub(super) fn get(&self, at: usize) -> Option<Interval> {
        self.0.get(at).copied()
    }
}

impl Interval {
    fn read(text: &str) -> Result<Self, HoursError> {
        let unreadable = || HoursError::Unreadable(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(unreadable)?;
        let (from, to) = (minute(from).ok_or_else(unreadable)?, minute(to).ok_or_else(unreadable)?);
        if to <= from {
            return Err(HoursError::Backwards(text.to_owned()));
        }
        Ok(Self { from, to })
    }

    /// Its beginning, after midnight.
    pub(super) fn start(self) -> SignedDuration {
        SignedDuration::from_mins(self.from.into())
    }

    /// Its end, after midnight.
    pub(super) fn end(self) -> SignedDuration {
        SignedDuration::from_mins(self.to.into())
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

/// `9:05` or `09:05`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        (lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let (hour, minute): (u16, u16) = (digits(hour, 1..=2)?, digits(minute, 2..=2)?);
    (minute < 60).then_some(hour * 60 + minute).filter(|at| *at <= DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_in_any_order() {
        let hours = Hours::read(&["13:00-18:00", "9:00 - 12:00", "18:00-24:00"]).unwrap();
        let written: Vec<String> = hours.0.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["09:00-12:00", "13:00-18:00", "18:00-24:00"]);
        assert!(Hours::read::<&str>(&[]).unwrap().is_closed());
        assert_eq!(Hours::read(&["00:00-24:00"]), Ok(Hours::all_day()));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for text in ["", "9-18", "09:00", "09:00–18:00", "09:60-10:00", "23:00-24:01", "+9:00-10:00", "०9:00-10:00"]
        {
            assert_eq!(Hours::read(&[text]), Err(HoursError::Unreadable(text.to_owned())), "{text}");
        }
        for text in ["22:00-06:00", "09:00-09:00"] {
            assert_eq!(Hours::read(&[text]), Err(HoursError::Backwards(text.to_owned())), "{text}");
        }
        let overlap = Hours::read(&["12:00-14:00", "09:00-12:01"]).unwrap_err();
        assert_eq!(overlap.to_string(), "\"09:00-12:01\" and \"12:00-14:00\" overlap");
    }
}
