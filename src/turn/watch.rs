//! Where the time of a turn goes.

use std::time::{Duration, Instant};

use crate::answer::Timings;

/// Measures the steps. Durations, not the time of day, so that no clock is needed.
pub(super) struct Watch {
    begun: Instant,
    lap: Instant,
    timings: Timings,
}

impl Watch {
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self { begun: now, lap: now, timings: Timings::default() }
    }

    /// Adds the time since the last lap to a step: one that is taken twice took as long as both.
    pub(super) fn lap(&mut self, step: impl Fn(&mut Timings) -> &mut f64) {
        *step(&mut self.timings) += milliseconds(self.lap.elapsed());
        self.lap = Instant::now();
    }

    pub(super) fn finish(mut self) -> Timings {
        self.timings.total_ms = milliseconds(self.begun.elapsed());
        self.timings
    }
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
