//! When a desk is there, and what its hours add up to.
//!
//! A desk is open whenever the clock on its wall shows one of its hours. That one sentence settles the two days a year
//! on which clocks are put forward or back: an hour that the clock leaves out is never open, one that it shows twice is
//! open twice. So no day is taken for 24 hours anywhere; the instants between two changes of a zone's offset are walked
//! through one stretch after the other.

mod holidays;
mod hours;
mod spans;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use holidays::Holidays;
pub use hours::{Hours, HoursError};
use spans::{Span, Spans};

/// How far ahead open time is looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Nanoseconds of a quarter of an hour.
const QUARTER: i128 = 15 * 60 * 1_000_000_000;

/// The hours of a desk: of the week, without holidays, and of special days.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    /// Monday first.
    week: [Hours; 7],
    holidays: Holidays,
    /// Wins over weekday and holiday.
    special: BTreeMap<Date, Hours>,
}

/// A week without any hours: nothing could be promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no day of the week has hours")]
pub struct NoHours;

/// There is not so much open time within 400 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("within 400 days of {from} the desk is not open for so long")]
pub struct NeverOpen {
    /// From when it was looked for.
    pub from: Timestamp,
}

impl Calendar {
    /// Of hours by weekday (Monday first), in `zone`. On `holidays` it is closed; the hours of a `special` day win over
    /// both.
    ///
    /// # Errors
    /// When no weekday has hours.
    pub fn new(
        zone: TimeZone,
        week: [Hours; 7],
        holidays: Holidays,
        special: BTreeMap<Date, Hours>,
    ) -> Result<Self, NoHours> {
        if week.iter().all(Hours::is_closed) {
            return Err(NoHours);
        }
        Ok(Self { zone, week, holidays, special })
    }

    /// The same hours every day, holidays or not; all day long if they are none.
    pub fn daily(zone: TimeZone, hours: Hours) -> Self {
        let hours = if hours.is_closed() { Hours::all_day() } else { hours };
        let week = std::array::from_fn(|_| hours.clone());
        Self { zone, week, holidays: Holidays::None, special: BTreeMap::new() }
    }

    /// Where its clock hangs.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether somebody is there. At the moment of closing nobody is.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let shown = self.zone.to_offset(at).to_datetime(at);
        let midnight = shown.date().to_datetime(jiff::civil::Time::midnight());
        let elapsed = shown.duration_since(midnight);
        self.hours(shown.date()).holds(elapsed)
    }

    /// When somebody is there: `at` itself, or the next opening.
    ///
    /// # Errors
    /// When that is further off than 400 days.
    pub fn next_open(&self, at: Timestamp) -> Result<Timestamp, NeverOpen> {
        self.add(at, SignedDuration::ZERO)
    }

    /// The next moment of closing; `None` if the desk is closed, or does not close within 400 days.
    pub fn closes(&self, at: Timestamp) -> Option<Timestamp> {
        let limit = at.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
        let mut end = at;
        for span in Spans::new(self, at, limit) {
            if span.start > end {
                break;
            }
            end = span.end;
        }
        (end > at && end < limit).then_some(end)
    }

    /// The first moment at which the desk has been open for `open` since `at`. Where that is a moment of closing it is
    /// that, and not the next opening: who has until 18:00 has not until tomorrow.
    ///
    /// # Errors
    /// When the desk is not open for so long within 400 days.
    pub fn add(&self, at: Timestamp, open: SignedDuration) -> Result<Timestamp, NeverOpen> {
        self.reach(at, open).map(|(reached, _)| reached)
    }

    /// As [`Self::add`], put off to the next quarter of an hour that its clock shows, but not beyond the moment of
    /// closing.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn quarter_after(&self, at: Timestamp, open: SignedDuration) -> Result<Timestamp, NeverOpen> {
        let (reached, span) = self.reach(at, open)?;
        let shift = i128::from(span.offset.seconds()) * 1_000_000_000;
        let shown = reached.as_nanosecond() + shift;
        let quarter = (shown + QUARTER - 1).div_euclid(QUARTER) * QUARTER - shift;
        Ok(Timestamp::from_nanosecond(quarter).unwrap_or(span.end).min(span.end))
    }

    /// How long the desk is open between two moments; nothing if the second is not after the first.
    pub fn open_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        Spans::new(self, from, to).map(|span| span.length()).fold(SignedDuration::ZERO, SignedDuration::saturating_add)
    }

    fn reach(&self, at: Timestamp, open: SignedDuration) -> Result<(Timestamp, Span), NeverOpen> {
        let mut left = open.max(SignedDuration::ZERO);
        let limit = at.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
        for span in Spans::new(self, at, limit) {
            if left <= span.length() {
                return Ok((span.start.checked_add(left).unwrap_or(span.end), span));
            }
            left = left.saturating_sub(span.length());
        }
        Err(NeverOpen { from: at })
    }

    fn hours(&self, date: Date) -> &Hours {
        if let Some(special) = self.special.get(&date) {
            return special;
        }
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        match self.week.get(weekday) {
            // Asked last: it is the dear question.
            Some(hours) if hours.is_closed() || !self.holidays.hold(date) => hours,
            _ => Hours::CLOSED,
        }
    }
}
