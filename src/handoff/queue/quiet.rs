//! The hours at which it is quieter, for who would rather come back then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Sample, Spread, hour_of_week, minutes};
use crate::handoff::Calendar;

/// How many are offered.
const OFFERED: usize = 2;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An hour at which cases waited less than at others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietHour {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// How many minutes cases that came in at this hour of the day waited (median): an estimate.
    pub median_minutes: u32,
}

/// The two quietest hours of a desk's day, in order: of the 24 hours from now, or from the next opening, those in which
/// it is open all through and cases waited least. Hours of the day are compared over all days of the week, since one
/// desk's cases are too few to tell Tuesdays from Thursdays. Only hours of which enough was measured, and that are
/// quieter than the present one; so it may be one hour, or none.
pub fn quieter_hours(samples: &[Sample], now: Timestamp, calendar: &Calendar) -> Vec<QuietHour> {
    let Ok(opening) = calendar.next_open(now) else { return Vec::new() };
    let waits = by_hour_of_day(samples, now, calendar);
    let median = |at| waits.get(&hour_of_day(at, calendar)).map(|spread| spread.median);
    let present = median(now).filter(|_| calendar.is_open(now));
    let first = whole_hour(opening, calendar);
    let coming = (0..24).filter_map(|hours| first.checked_add(SignedDuration::from_hours(hours)).ok());
    let mut quiet: Vec<(SignedDuration, Timestamp)> = coming
        .filter(|at| *at > now && calendar.open_between(*at, after(*at)) == HOUR)
        .filter_map(|at| Some((median(at)?, at)))
        .filter(|(median, _)| present.is_none_or(|present| *median < present))
        .collect();
    quiet.sort_unstable();
    quiet.truncate(OFFERED);
    quiet.sort_unstable_by_key(|(_, at)| *at);
    let hour = |(median, at)| QuietHour { from: at, until: after(at), median_minutes: minutes(median) };
    quiet.into_iter().map(hour).collect()
}

/// How long cases waited that came in at an hour of the day at which the desk was there. Those that came in at night
/// waited for the morning, and say nothing of how busy it is.
fn by_hour_of_day(samples: &[Sample], now: Timestamp, calendar: &Calendar) -> BTreeMap<u8, Spread> {
    let first = whole_hour(now, calendar);
    let week = (0..7 * 24).filter_map(|hours| first.checked_add(SignedDuration::from_hours(hours)).ok());
    let open: BTreeSet<u8> = week
        .filter(|at| calendar.open_between(*at, after(*at)) == HOUR)
        .map(|at| hour_of_week(at, calendar.zone()))
        .collect();
    let mut waits: BTreeMap<u8, Vec<SignedDuration>> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| open.contains(&sample.hour_of_week)) {
        waits.entry(sample.hour_of_week % 24).or_default().push(sample.waited);
    }
    waits.into_iter().filter_map(|(hour, waits)| Some((hour, Spread::of(waits)?))).collect()
}

fn hour_of_day(at: Timestamp, calendar: &Calendar) -> u8 {
    hour_of_week(at, calendar.zone()) % 24
}

/// When the hour began that the desk's clock shows.
fn whole_hour(at: Timestamp, calendar: &Calendar) -> Timestamp {
    let shown = calendar.zone().to_offset(at).to_datetime(at).time();
    let gone = i64::from(shown.minute()) * 60 + i64::from(shown.second());
    let gone = SignedDuration::new(gone, shown.subsec_nanosecond());
    at.checked_sub(gone).unwrap_or(at)
}

fn after(at: Timestamp) -> Timestamp {
    at.checked_add(HOUR).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::handoff::Hours;

    fn desk() -> Calendar {
        let hours = Hours::read(&["09:00-13:30"]).unwrap();
        Calendar::daily(TimeZone::get("Asia/Kathmandu").unwrap(), hours)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// So many cases on Mondays at this hour, which waited so many minutes.
    fn waited(hour: u8, minutes: i64, count: usize) -> Vec<Sample> {
        let (waited, handled) = (SignedDuration::from_mins(minutes), SignedDuration::from_mins(5));
        vec![Sample { hour_of_week: hour, waited, handled }; count]
    }

    #[test]
    fn the_two_hours_with_the_least_wait_are_offered_in_order() {
        let samples: Vec<Sample> =
            [waited(9, 4, 20), waited(10, 30, 20), waited(11, 9, 20), waited(12, 7, 20), waited(13, 1, 20)].concat();
        // A quarter past ten: nine comes tomorrow, and at one the desk closes within the hour.
        let now = at("2026-06-01T10:15:00+05:45");
        let quiet = quieter_hours(&samples, now, &desk());
        let found: Vec<_> = quiet.iter().map(|hour| (hour.from, hour.median_minutes)).collect();
        assert_eq!(found, [(at("2026-06-01T12:00:00+05:45"), 7), (at("2026-06-02T09:00:00+05:45"), 4)]);
        assert_eq!(quiet[0].until, at("2026-06-01T13:00:00+05:45"));
    }

    #[test]
    fn too_little_measured_or_nothing_quieter_offers_nothing() {
        let now = at("2026-06-01T10:15:00+05:45");
        assert_eq!(quieter_hours(&[], now, &desk()), []);
        assert_eq!(quieter_hours(&waited(12, 1, 19), now, &desk()), []);
        let busier = [waited(10, 5, 20), waited(11, 5, 20), waited(12, 6, 20)].concat();
        assert_eq!(quieter_hours(&busier, now, &desk()), []);
        let one = [waited(10, 5, 20), waited(12, 4, 20)].concat();
        assert_eq!(quieter_hours(&one, now, &desk()).len(), 1);
    }

    #[test]
    fn who_comes_at_night_is_offered_hours_of_the_morning() {
        // Those who came in at two waited for the morning; that is not how busy it is.
        let samples = [waited(2, 420, 30), waited(10, 30, 20), waited(11, 9, 20)].concat();
        let quiet = quieter_hours(&samples, at("2026-06-01T02:10:00+05:45"), &desk());
        let found: Vec<_> = quiet.iter().map(|hour| hour.from).collect();
        assert_eq!(found, [at("2026-06-01T10:00:00+05:45"), at("2026-06-01T11:00:00+05:45")]);
    }
}
