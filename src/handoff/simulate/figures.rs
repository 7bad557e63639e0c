//! What came of it: reckoned from when cases were opened, claimed and answered, and from the ledgers alone.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::Plan;
use super::floor::{Ran, Run, up_again};
use crate::guard::DeskCode;
use crate::handoff::{Calendar, Entry, EntryKind, Outcome, hour_of_week};

/// The median and the 90th percentile of something, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half of it is no more than this.
    pub median: f64,
    /// Nine tenths of it are no more than this.
    pub p90: f64,
}

/// How good the estimates were that customers were shown when their case was opened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimates {
    /// How many customers were shown one, and have been waited for to the end.
    pub shown: usize,
    /// The share of them who waited no longer than the shown 90th percentile.
    pub within_p90: Option<f64>,
    /// By how many minutes the wait missed the shown median, up or down: half of the customers by no more than this.
    pub median_error_minutes: Option<f64>,
}

/// Figures of one desk, or of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Cases that came in.
    pub cases_in: usize,
    /// Those that were answered.
    pub answered: usize,
    /// Those that were not, at the end.
    pub left_over: usize,
    /// From opening until an operator took the case; for a case that nobody took, until the end.
    pub waiting_minutes: Option<Quantiles>,
    /// From opening until the time that was promised first. By the clock: nights count.
    pub promised_minutes: Option<Quantiles>,
    /// Answered within the time that was promised first.
    pub kept: usize,
    /// Answered or waiting within a later time that the customer was told before the first had passed.
    pub renegotiated: usize,
    /// A time passed without an answer, and the customer was told so.
    pub breached: usize,
    /// Not answered, and still within the first time.
    pub running: usize,
    /// The share of kept ones among those that are no longer running.
    pub kept_rate: Option<f64>,
    /// The same of renegotiated ones.
    pub renegotiated_rate: Option<f64>,
    /// The same of breached ones.
    pub breached_rate: Option<f64>,
    /// New times that customers were told before the old one, by ticket.
    pub renegotiations_per_ticket: Option<f64>,
    /// Promised times that passed without a word while the service was up: there must be none.
    pub silent_breaches: usize,
    /// How good the estimates were.
    pub estimates: Estimates,
}

/// Figures of one desk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeskFigures {
    /// Which one.
    pub desk: DeskCode,
    /// How many operators it had.
    pub operators: u32,
    /// Its figures.
    pub figures: Figures,
    /// The most cases that waited at once, in each hour from the first midnight on.
    pub most_waiting: Vec<usize>,
}

/// How long cases waited that came in at one hour of the day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HourFigures {
    /// 0 to 23, by the help centre's clock.
    pub hour: u8,
    /// How many came in.
    pub cases_in: usize,
    /// How long they waited.
    pub waiting_minutes: Option<Quantiles>,
}

/// A simulation's outcome. The same plan gives the same one, to the byte.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Simulated {
    /// The first day.
    pub start: Date,
    /// How many days.
    pub days: u16,
    /// Of customers and operators.
    pub seed: u64,
    /// Of all desks together.
    pub all: Figures,
    /// By desk: of those that have operators, or to which anything came.
    pub desks: Vec<DeskFigures>,
    /// By hour of the day.
    pub hours: Vec<HourFigures>,
}

/// The figures of a run between two moments.
pub(super) fn reckon(plan: &Plan, ran: &Ran, outage: Option<&Calendar>, (_, end): (Timestamp, Timestamp)) -> Simulated {
    let of = |cases: &[&Run]| figures(cases, outage, end);
    let all: Vec<&Run> = ran.cases.iter().collect();
    let mut desks = Vec::new();
    for (nth, code) in ran.desks.iter().enumerate() {
        let own: Vec<&Run> = ran.cases.iter().filter(|case| case.desk == nth).collect();
        let operators = plan.staff.get(code).copied().unwrap_or(0);
        if own.is_empty() && operators == 0 {
            continue;
        }
        let most_waiting = ran.peaks.iter().map(|peaks| peaks.get(nth).copied().unwrap_or(0)).collect();
        desks.push(DeskFigures { desk: code.clone(), operators, figures: of(&own), most_waiting });
    }
    let hour = |hour: u8| {
        let came = ran.cases.iter().filter(|case| hour_of_week(case.opened_at, &plan.zone) % 24 == hour);
        let waits: Vec<f64> = came.map(|case| waited(case, end)).collect();
        HourFigures { hour, cases_in: waits.len(), waiting_minutes: quantiles(waits) }
    };
    let (start, days, seed) = (plan.start, plan.days, plan.seed);
    Simulated { start, days, seed, all: of(&all), desks, hours: (0..24).map(hour).collect() }
}

fn figures(cases: &[&Run], outage: Option<&Calendar>, end: Timestamp) -> Figures {
    let outcomes: Vec<Outcome> =
        cases.iter().map(|case| Outcome::of(case.ledger.iter().map(|entry| entry.kind))).collect();
    let count = |outcome| outcomes.iter().filter(|it| **it == outcome).count();
    let (kept, renegotiated) = (count(Outcome::Kept), count(Outcome::Renegotiated));
    let (breached, running) = (count(Outcome::Breached), count(Outcome::Running));
    let decided = kept + renegotiated + breached;
    let new_times =
        cases.iter().flat_map(|case| &case.ledger).filter(|entry| entry.kind == EntryKind::Renegotiated).count();
    let promised = cases.iter().filter_map(|case| {
        let first = case.ledger.first()?;
        Some(minutes_between(case.opened_at, first.promised_by))
    });
    let answered = cases.iter().filter(|case| case.answered_at.is_some()).count();
    Figures {
        cases_in: cases.len(),
        answered,
        left_over: cases.len() - answered,
        waiting_minutes: quantiles(cases.iter().map(|case| waited(case, end)).collect()),
        promised_minutes: quantiles(promised.collect()),
        kept,
        renegotiated,
        breached,
        running,
        kept_rate: share(kept, decided),
        renegotiated_rate: share(renegotiated, decided),
        breached_rate: share(breached, decided),
        renegotiations_per_ticket: share(new_times, cases.len()),
        silent_breaches: cases.iter().map(|case| silent(&case.ledger, |at| up_again(at, outage), end)).sum(),
        estimates: estimates(cases),
    }
}

fn estimates(cases: &[&Run]) -> Estimates {
    let shown: Vec<(f64, f64, f64)> = cases
        .iter()
        .filter_map(|case| {
            let (estimate, claimed_at) = (case.estimate?, case.claimed_at?);
            let waited = minutes_between(case.opened_at, claimed_at);
            Some((waited, f64::from(estimate.median), f64::from(estimate.p90)))
        })
        .collect();
    let within = shown.iter().filter(|(waited, _, p90)| waited <= p90).count();
    let errors = quantiles(shown.iter().map(|(waited, median, _)| (waited - median).abs()).collect());
    Estimates {
        shown: shown.len(),
        within_p90: share(within, shown.len()),
        median_error_minutes: errors.map(|errors| errors.median),
    }
}

/// How many promised times passed without a word, by a ledger alone: not by what wrote it. A word may come as late as the moment
/// at which the service is up (`up_again`), if it was down.
fn silent(ledger: &[Entry], up_again: impl Fn(Timestamp) -> Timestamp, end: Timestamp) -> usize {
    let mut told: Option<Timestamp> = None;
    let mut silent = 0;
    for entry in ledger {
        let late = |latest: Timestamp| usize::from(entry.at > latest);
        match (entry.kind, told) {
            (EntryKind::Promised, _) => told = Some(entry.promised_by),
            (EntryKind::Renegotiated, Some(time)) => {
                // At the time itself it is too late to put it off.
                silent += usize::from(entry.at >= time);
                told = Some(entry.promised_by);
            }
            (EntryKind::Breached, Some(time)) => {
                silent += late(up_again(time));
                told = Some(entry.promised_by.max(entry.at));
            }
            (EntryKind::Kept | EntryKind::Withdrawn, Some(time)) => {
                silent += late(time);
                told = None;
            }
            _ => {}
        }
    }
    silent + usize::from(told.is_some_and(|time| up_again(time) < end))
}

fn waited(case: &Run, end: Timestamp) -> f64 {
    minutes_between(case.opened_at, case.claimed_at.unwrap_or(end))
}

fn minutes_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 60.0
}

/// Of measured values, by nearest rank; nothing of nothing.
fn quantiles(mut values: Vec<f64>) -> Option<Quantiles> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = |percent: usize| values.get((values.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Some(Quantiles { median: rank(50)?, p90: rank(90)? })
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::By;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn ledger(lines: &[(EntryKind, i64, i64)]) -> Vec<Entry> {
        let entry = |(kind, at, promised_by): &(EntryKind, i64, i64)| Entry {
            kind: *kind,
            at: minute(*at),
            promised_by: minute(*promised_by),
            by: By::Machine,
            reason: None,
        };
        lines.iter().map(entry).collect()
    }

    #[test]
    fn silence_is_found_in_a_ledger() {
        use EntryKind::{Breached, Kept, Promised, Renegotiated, Warned};
        type Entries<'a> = &'a [(EntryKind, i64, i64)];
        // The service is down from minute 90 to minute 100.
        let up_again = |at: Timestamp| if (minute(90)..minute(100)).contains(&at) { minute(100) } else { at };
        let cases: [(Entries<'_>, usize); 10] = [
            (&[(Promised, 0, 60), (Warned, 45, 60), (Kept, 60, 60)], 0),
            (&[(Promised, 0, 60), (Kept, 61, 60)], 1),
            (&[(Promised, 0, 60), (Renegotiated, 30, 120), (Kept, 110, 120)], 0),
            (&[(Promised, 0, 60), (Renegotiated, 60, 120), (Kept, 110, 120)], 1),
            (&[(Promised, 0, 60), (Breached, 60, 150), (Kept, 149, 150)], 0),
            (&[(Promised, 0, 60), (Breached, 62, 150), (Kept, 149, 150)], 1),
            (&[(Promised, 0, 95), (Breached, 100, 200)], 0),
            (&[(Promised, 0, 95), (Breached, 101, 200)], 1),
            (&[(Promised, 0, 60)], 1),
            (&[(Promised, 0, 180)], 0),
        ];
        for (lines, expected) in cases {
            assert_eq!(silent(&ledger(lines), up_again, minute(180)), expected, "{lines:?}");
        }
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        assert_eq!(quantiles(Vec::new()), None);
        let quantiles = quantiles((1..=10).rev().map(f64::from).collect()).unwrap();
        assert_eq!((quantiles.median, quantiles.p90), (5.0, 9.0));
    }
}
