//! How long a customer waits in the queue: a number only where enough was measured, and always called an estimate.
//!
//! What is measured are tickets that an operator has taken: how long each waited, and how long the operator was busy
//! with it. From that come the median and the 90th percentile per hour of the week. The expected wait of somebody in
//! the queue is the simplest thing that can be said: the tickets up to and with one's own, times the median handling,
//! by the operators present. It is no queueing model (no arrivals more urgent than one's own, no operators who come and
//! go): those would need more data to fit than a help desk has, and the number is corrected anyway as the queue moves.

mod quiet;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use quiet::{QuietHour, quieter_hours};

/// From so many samples on a number is shown.
pub const ENOUGH: usize = 20;
/// Hours of a week.
const WEEK: u8 = 7 * 24;

/// One ticket that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The hour of the week in which it was opened: see [`hour_of_week`].
    pub hour_of_week: u8,
    /// How long it waited for an operator, in open time.
    pub waited: SignedDuration,
    /// How long the operator was busy with it.
    pub handled: SignedDuration,
}

/// How something that was measured is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Half of the samples are no longer than this.
    pub median: SignedDuration,
    /// Nine in ten are no longer than this.
    pub p90: SignedDuration,
    /// How many they are.
    pub samples: usize,
}

impl Spread {
    /// Of these durations; `None` if there are fewer than [`ENOUGH`]. What is negative (a clock was put back) counts as
    /// nothing.
    pub fn of(durations: impl IntoIterator<Item = SignedDuration>) -> Option<Self> {
        let mut sorted: Vec<_> = durations.into_iter().map(|duration| duration.max(SignedDuration::ZERO)).collect();
        sorted.sort_unstable();
        let samples = sorted.len();
        if samples < ENOUGH {
            return None;
        }
        // The nearest rank: a duration that was measured, not one between two.
        let rank = |percent: usize| sorted.get((samples * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { median: rank(50)?, p90: rank(90)?, samples })
    }
}

/// What was measured in one hour of the week, or in all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// How long tickets waited.
    pub waited: Option<Spread>,
    /// How long operators were busy with one.
    pub handled: Option<Spread>,
}

impl Times {
    fn of<'s>(samples: impl IntoIterator<Item = &'s Sample> + Clone) -> Self {
        let waited = samples.clone().into_iter().map(|sample| sample.waited);
        let handled = samples.into_iter().map(|sample| sample.handled);
        Self { waited: Spread::of(waited), handled: Spread::of(handled) }
    }
}

/// What was measured at one desk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    hours: BTreeMap<u8, Times>,
    overall: Times,
}

impl Measured {
    /// Of samples of one desk.
    pub fn of(samples: &[Sample]) -> Self {
        let mut by_hour: BTreeMap<u8, Vec<&Sample>> = BTreeMap::new();
        for sample in samples {
            by_hour.entry(sample.hour_of_week).or_default().push(sample);
        }
        let hours = by_hour.into_iter().map(|(hour, samples)| (hour, Times::of(samples))).collect();
        Self { hours, overall: Times::of(samples) }
    }

    /// What was measured in an hour of the week.
    pub fn at(&self, hour_of_week: u8) -> Times {
        self.hours.get(&hour_of_week).copied().unwrap_or_default()
    }

    /// How long operators are busy with a ticket: in that hour of the week, else in all of them, since it depends on
    /// the hour far less than waiting does.
    pub fn handling(&self, hour_of_week: u8) -> Option<Spread> {
        self.at(hour_of_week).handled.or(self.overall.handled)
    }

    /// Of some hours of the week, the one in which tickets waited least, if any was measured; the earlier one named if
    /// two are equal.
    pub fn quietest(&self, hours: impl IntoIterator<Item = u8>) -> Option<(u8, SignedDuration)> {
        let waits = hours.into_iter().filter_map(|hour| Some((hour, self.at(hour).waited?.median)));
        waits.min_by_key(|(_, median)| *median)
    }
}

/// Where somebody stands in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Wait {
    /// The place in the queue; 1 is next.
    pub position: u32,
    /// The expected wait, an estimate; absent where too little was measured or nobody is present.
    pub estimate: Option<Minutes>,
    /// How long tickets waited in this hour of the week before; absent where too few did.
    pub usual: Option<Minutes>,
}

/// A median and a 90th percentile, in whole minutes, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Minutes {
    /// As often shorter as longer.
    pub median: u32,
    /// Seldom longer.
    pub p90: u32,
}

impl Wait {
    /// At a place of the queue, with so many operators present, from what was measured: position × handling /
    /// operators. The 90th percentile is reckoned in the same way as if every ticket took that long, which is on the
    /// safe side.
    pub fn at(position: u32, present: u32, measured: &Measured, hour_of_week: u8) -> Self {
        let most = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        let (turns, operators) = (most(position), Some(most(present)).filter(|present| *present > 0));
        let wait = |each: SignedDuration| {
            let all = each.checked_mul(turns).unwrap_or(SignedDuration::MAX);
            operators.and_then(|operators| all.checked_div(operators)).map(minutes)
        };
        let estimate = measured
            .handling(hour_of_week)
            .and_then(|handling| Some(Minutes { median: wait(handling.median)?, p90: wait(handling.p90)? }));
        let usual = measured.at(hour_of_week).waited;
        let usual = usual.map(|waited| Minutes { median: minutes(waited.median), p90: minutes(waited.p90) });
        Self { position, estimate, usual }
    }
}

/// The hour of the week at a moment, on a zone's clock: 0 is Monday's first, 167 Sunday's last.
pub fn hour_of_week(at: Timestamp, zone: &TimeZone) -> u8 {
    let shown = zone.to_offset(at).to_datetime(at);
    let day = shown.weekday().to_monday_zero_offset().unsigned_abs();
    (day * 24 + shown.hour().unsigned_abs()).min(WEEK - 1)
}

fn minutes(duration: SignedDuration) -> u32 {
    let millis = u128::try_from(duration.as_millis()).unwrap_or_default();
    u32::try_from(millis.div_ceil(60_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(secs: i64) -> SignedDuration {
        SignedDuration::from_secs(secs)
    }

    fn samples(hour_of_week: u8, count: i64) -> Vec<Sample> {
        (1..=count).map(|n| Sample { hour_of_week, waited: secs(n * 60), handled: secs(n * 30) }).collect()
    }

    #[test]
    fn too_few_samples_show_no_number() {
        let few = Measured::of(&samples(10, 19));
        assert_eq!(Wait::at(3, 2, &few, 10), Wait { position: 3, estimate: None, usual: None });
        let enough = Measured::of(&samples(10, 20));
        assert!(enough.at(10).waited.is_some());
        assert_eq!(enough.at(11), Times::default());
    }

    #[test]
    fn the_estimate_is_position_times_handling_by_operators() {
        let measured = Measured::of(&samples(10, 20));
        // The tenth of 20 took 5 minutes, the 18th nine.
        let wait = Wait::at(3, 2, &measured, 10);
        assert_eq!(wait.estimate, Some(Minutes { median: 8, p90: 14 }));
        assert_eq!(wait.usual, Some(Minutes { median: 10, p90: 18 }));
        // In an hour of which nothing is known, what handling takes is known all the same.
        let wait = Wait::at(1, 1, &measured, 11);
        assert_eq!((wait.estimate, wait.usual), (Some(Minutes { median: 5, p90: 9 }), None));
        assert_eq!(Wait::at(1, 0, &measured, 10).estimate, None);
    }

    #[test]
    fn the_quietest_hour_is_found() {
        let mut all = samples(10, 30);
        all.extend(samples(11, 20));
        all.extend(samples(12, 5));
        let measured = Measured::of(&all);
        assert_eq!(measured.quietest([10, 11, 12]), Some((11, secs(600))));
        assert_eq!(measured.quietest([12, 13]), None);
    }

    #[test]
    fn hours_of_the_week_are_those_of_the_desks_clock() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        for (moment, hour) in [("2026-05-31T15:00:00Z", 0), ("2026-06-01T14:59:59Z", 23), ("2026-06-07T14:59:59Z", 167)]
        {
            assert_eq!(hour_of_week(moment.parse().unwrap(), &tokyo), hour, "{moment}");
        }
    }

    proptest! {
        #[test]
        fn further_back_is_never_sooner(ahead in 1_u32.., present in 1_u32.., times in proptest::collection::vec(any::<i64>(), 0..60)) {
            let samples: Vec<_> =
                times.iter().map(|n| Sample { hour_of_week: 1, waited: secs(*n), handled: secs(*n) }).collect();
            let measured = Measured::of(&samples);
            let here = Wait::at(ahead, present, &measured, 1);
            prop_assert_eq!(here.estimate.is_some(), times.len() >= ENOUGH);
            let behind = Wait::at(ahead.saturating_add(1), present, &measured, 1);
            if let (Some(here), Some(behind)) = (here.estimate, behind.estimate) {
                prop_assert!(here.median <= here.p90 && here.median <= behind.median);
            }
        }
    }
}
