//! Open time as stretches of instants.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::{Calendar, Hours};

/// A stretch of open time, and the offset from UTC that its clock has all through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) offset: Offset,
}

impl Span {
    pub(super) fn length(&self) -> SignedDuration {
        self.end.duration_since(self.start)
    }
}

/// The open time between two moments, in order. What borders on one another (24:00 and 00:00, a change of the clock) is
/// not joined.
pub(super) struct Spans<'c> {
    calendar: &'c Calendar,
    to: Timestamp,
    /// The piece of time that is walked through: the clock is not touched in it.
    offset: Offset,
    from: Timestamp,
    until: Timestamp,
    /// The day on the clock, and how many of its intervals are done.
    date: Date,
    hours: &'c Hours,
    done: usize,
}

impl<'c> Spans<'c> {
    pub(super) fn new(calendar: &'c Calendar, from: Timestamp, to: Timestamp) -> Self {
        let mut spans = Self {
            calendar,
            to,
            offset: Offset::UTC,
            from,
            until: from,
            date: Date::MIN,
            hours: Hours::CLOSED,
            done: 0,
        };
        spans.enter(from);
        spans
    }

    /// Goes on with the piece that begins at, or holds, this moment.
    fn enter(&mut self, at: Timestamp) {
        let zone = &self.calendar.zone;
        let mut changes = zone.following(at).map(|change| change.timestamp());
        let change = changes.find(|change| *change > at).unwrap_or(Timestamp::MAX);
        (self.from, self.until) = (at, change.min(self.to));
        self.offset = zone.to_offset(at);
        self.turn_to(self.offset.to_datetime(at).date());
    }

    fn turn_to(&mut self, date: Date) {
        (self.date, self.hours, self.done) = (date, self.calendar.hours(date), 0);
    }

    /// The next day of the piece, or the first of the next piece; `None` at the end.
    fn turn(&mut self) -> Option<()> {
        if self.from >= self.to {
            return None;
        }
        let tomorrow = self.date.tomorrow().ok();
        match tomorrow.and_then(|date| Some((date, self.midnight(date)?))) {
            Some((date, midnight)) if midnight < self.until => self.turn_to(date),
            _ if self.until < self.to => self.enter(self.until),
            _ => return None,
        }
        Some(())
    }

    fn midnight(&self, date: Date) -> Option<Timestamp> {
        self.offset.to_timestamp(date.to_datetime(Time::midnight())).ok()
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            let Some(interval) = self.hours.get(self.done) else {
                self.turn()?;
                continue;
            };
            self.done += 1;
            let midnight = self.midnight(self.date);
            let at = |after: SignedDuration| midnight?.checked_add(after).ok();
            let (Some(start), Some(end)) = (at(interval.start()), at(interval.end())) else { continue };
            let (start, end) = (start.max(self.from), end.min(self.until));
            if start < end {
                return Some(Span { start, end, offset: self.offset });
            }
        }
    }
}
