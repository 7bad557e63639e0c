//! A day of traffic, simulated on the real pieces: the desks' calendars and terms, the promise and its clockwork, the
//! order of the queue, what is measured and the estimate that customers are shown. Only customers and operators are made
//! up, and those are the same in every run with the same seed: how long a case keeps an operator busy is drawn when it
//! comes in, so that two plans that differ in their staff alone are asked the same questions.
//!
//! What is left out: customers who give up or write again, operators who pass cases on, mail that is not delivered.

mod figures;
mod floor;
mod traffic;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Calendar, Desks, Hours};
use crate::guard::DeskCode;

pub use figures::{DeskFigures, Estimates, Figures, HourFigures, Quantiles, Simulated};
pub use traffic::{HandlingTime, Kind, Traffic};

/// More cases than this are not simulated in one go.
const MOST_CASES: f64 = 200_000.0;
/// As many days as are simulated at most.
const MOST_DAYS: u16 = 366;

/// What is to be simulated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When people are at the desks, and what may be promised.
    pub desks: Desks,
    /// Where the help centre is: its midnight begins the first day.
    pub zone: TimeZone,
    /// The first day.
    pub start: Date,
    /// How many days.
    pub days: u16,
    /// What comes in.
    pub traffic: Traffic,
    /// How many operators a desk has; none where it is not named.
    pub staff: BTreeMap<DeskCode, u32>,
    /// When they work, by each desk's clock, and within its hours; all of these where there is none.
    pub shift: Option<Hours>,
    /// When the service is down, every day, by the help centre's clock: nobody is answered, and no timer runs.
    pub outage: Option<Hours>,
    /// Of customers and operators.
    pub seed: u64,
}

/// Why a plan cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// No days, or more than a year.
    #[error("{0} days cannot be simulated: 1 to {MOST_DAYS} can")]
    Days(u16),
    /// The first or the last day is not in the calendar.
    #[error("the days from {0} on are out of the calendar's range")]
    Start(Date),
    /// Something that is counted or drawn is no number that makes sense.
    #[error("{what}: {value} is not possible; write a number from {least} up")]
    Number {
        /// Which one.
        what: &'static str,
        /// What it is.
        value: f64,
        /// The least that is possible.
        least: f64,
    },
    /// The 90th percentile is below the median.
    #[error("handling: nine in ten cases cannot take less ({p90} minutes) than half of them ({median})")]
    Percentiles {
        /// Minutes of the median.
        median: f64,
        /// Minutes of the 90th percentile.
        p90: f64,
    },
    /// No kind of case has any weight.
    #[error("no kind of case has a weight above 0: nothing would come in")]
    NoKinds,
    /// Too much for one run.
    #[error("about {0:.0} cases would come in: simulate fewer days, or fewer cases an hour (at most {MOST_CASES})")]
    TooMany(f64),
}

/// Simulates a plan from its first midnight to its last.
///
/// # Errors
/// When the plan makes no sense, or is too much for one run.
pub fn simulate(plan: &Plan) -> Result<Simulated, PlanError> {
    if !(1..=MOST_DAYS).contains(&plan.days) {
        return Err(PlanError::Days(plan.days));
    }
    let expected = plan.traffic.a_day() * f64::from(plan.days);
    if expected > MOST_CASES {
        return Err(PlanError::TooMany(expected));
    }
    let days = jiff::Span::new().days(i64::from(plan.days));
    let midnight = |date: Date| date.to_zoned(plan.zone.clone()).ok().map(|zoned| zoned.timestamp());
    let (from, to) = (midnight(plan.start), plan.start.checked_add(days).ok().and_then(midnight));
    let (Some(from), Some(to)) = (from, to) else { return Err(PlanError::Start(plan.start)) };
    // No hours would count as all of them.
    let outage = plan.outage.clone().filter(|hours| !hours.is_closed());
    let outage = outage.map(|hours| Calendar::daily(plan.zone.clone(), hours));
    let arrivals = traffic::arrivals(plan, from, to);
    let ran = floor::run(plan, arrivals, outage.as_ref(), (from, to));
    Ok(figures::reckon(plan, &ran, outage.as_ref(), (from, to)))
}
