//! What comes in: when, what it is about, and how long it keeps an operator busy.

use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::{Plan, PlanError};
use crate::guard::DeskCode;
use crate::handoff::hour_of_week;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Where the standard normal distribution has nine tenths below it.
const NINE_TENTHS: f64 = 1.281_551_565_544_600_4;
/// No case keeps an operator busy longer: a distribution's tail is longer than anybody's patience.
const LONGEST: f64 = 7.0 * 24.0 * 60.0;

/// A kind of case.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The desk that takes it.
    pub desk: DeskCode,
    /// How urgent it is; 1 first.
    pub priority: u8,
    /// How often it comes, against the others.
    pub weight: f64,
}

/// How long operators are busy with a case: log-normal, as service times are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HandlingTime {
    median: f64,
    sigma: f64,
}

/// What comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    per_hour: [f64; 24],
    kinds: Vec<Kind>,
    handling: HandlingTime,
}

/// A case that comes in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arrival {
    pub(super) at: Timestamp,
    /// Its kind's desk and priority.
    pub(super) desk: DeskCode,
    pub(super) priority: u8,
    pub(super) handling: SignedDuration,
}

impl HandlingTime {
    /// Half of the cases take less than `median` minutes, nine in ten less than `p90`.
    ///
    /// # Errors
    /// When these are no times, or the second is shorter than the first.
    pub fn new(median: f64, p90: f64) -> Result<Self, PlanError> {
        for value in [median, p90] {
            if !value.is_finite() || value <= 0.0 {
                return Err(PlanError::Number { what: "minutes of handling", value, least: 0.1 });
            }
        }
        if p90 < median {
            return Err(PlanError::Percentiles { median, p90 });
        }
        Ok(Self { median, sigma: (p90 / median).ln() / NINE_TENTHS })
    }

    fn draw(self, dice: &mut Dice) -> SignedDuration {
        let minutes = (self.median * (self.sigma * dice.normal()).exp()).min(LONGEST);
        SignedDuration::from_millis((minutes * 60_000.0) as i64).max(SignedDuration::from_secs(1))
    }
}

impl Traffic {
    /// So many cases in each hour of the day (of the help centre's clock), of these kinds.
    ///
    /// # Errors
    /// When a number is none, or no kind has any weight.
    pub fn new(per_hour: [f64; 24], kinds: Vec<Kind>, handling: HandlingTime) -> Result<Self, PlanError> {
        let all = per_hour.iter().map(|value| ("cases an hour", *value));
        let all = all.chain(kinds.iter().map(|kind| ("weight of a kind of case", kind.weight)));
        for (what, value) in all {
            if !value.is_finite() || value < 0.0 {
                return Err(PlanError::Number { what, value, least: 0.0 });
            }
        }
        if kinds.iter().all(|kind| kind.weight == 0.0) {
            return Err(PlanError::NoKinds);
        }
        Ok(Self { per_hour, kinds, handling })
    }

    /// The cases to be expected on a day.
    pub fn a_day(&self) -> f64 {
        self.per_hour.iter().sum()
    }

    fn at(&self, hour_of_day: u8) -> f64 {
        self.per_hour.get(usize::from(hour_of_day)).copied().unwrap_or(0.0)
    }

    fn kind(&self, dice: &mut Dice) -> Option<&Kind> {
        let mut left = dice.share() * self.kinds.iter().map(|kind| kind.weight).sum::<f64>();
        let weighty = self.kinds.iter().filter(|kind| kind.weight > 0.0);
        let mut last = None;
        for kind in weighty {
            last = Some(kind);
            left -= kind.weight;
            if left <= 0.0 {
                break;
            }
        }
        last
    }
}

/// The cases that come in between two moments, in order: in each hour as many as chance brings, by its rate.
pub(super) fn arrivals(plan: &Plan, from: Timestamp, to: Timestamp) -> Vec<Arrival> {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(plan.seed));
    let mut found = Vec::new();
    let mut hour = from;
    while hour < to {
        let end = hour.checked_add(HOUR).unwrap_or(to).min(to);
        let rate = plan.traffic.at(hour_of_week(hour, &plan.zone) % 24);
        let mut at = hour;
        loop {
            if rate <= 0.0 {
                break;
            }
            // Waiting times of a Poisson process know nothing of the past, so each hour can begin anew.
            let gap = SignedDuration::from_millis((-dice.share().ln() / rate * 3_600_000.0) as i64);
            let Some(next) = at.checked_add(gap).ok().filter(|next| *next < end) else { break };
            at = next;
            let Some(kind) = plan.traffic.kind(&mut dice) else { break };
            let (desk, priority) = (kind.desk.clone(), kind.priority);
            found.push(Arrival { at, desk, priority, handling: plan.traffic.handling.draw(&mut dice) });
        }
        hour = end;
    }
    found
}

struct Dice(ChaCha8Rng);

impl Dice {
    /// Above 0, up to 1.
    fn share(&mut self) -> f64 {
        // 53 bits are what a double holds.
        ((self.0.next_u64() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// Of the standard normal distribution, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.share().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }
}
