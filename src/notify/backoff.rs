//! When a notice is tried again.

use std::time::Duration;

use rand::Rng;

use super::Failure;

/// How patiently notices are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Until the second attempt; doubled for each further one.
    pub first: Duration,
    /// The longest wait between two attempts, also if the receiver asks for more.
    pub longest: Duration,
    /// How many attempts there are in all.
    pub attempts: u32,
}

/// What becomes of a notice after an attempt has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is tried again after this.
    After(Duration),
    /// It is a dead letter: nobody has been told, and nobody will be unless a person sends it again.
    Dead,
}

impl Backoff {
    /// What becomes of a notice of which `failed` attempts have failed, the last one with `failure`. Half of the wait is random, so that
    /// what failed together is not tried again together.
    pub fn next(&self, failed: u32, failure: &Failure, rng: &mut impl Rng) -> Next {
        let Failure::Passing { retry_after, .. } = failure else { return Next::Dead };
        if failed >= self.attempts {
            return Next::Dead;
        }
        let full = self.first.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1))).min(self.longest);
        // Multiplying may round up.
        let wait = full.mul_f64(rng.random_range(0.5..=1.0)).min(full);
        Next::After(retry_after.map_or(wait, |asked| wait.max(asked.min(self.longest))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    const BACKOFF: Backoff =
        Backoff { first: Duration::from_secs(30), longest: Duration::from_secs(3600), attempts: 16 };

    fn passing(retry_after: Option<u64>) -> Failure {
        Failure::Passing { why: "busy".to_owned(), retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn it_waits_longer_and_longer_and_then_gives_up() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut all = Duration::ZERO;
        for failed in 1..BACKOFF.attempts {
            let Next::After(wait) = BACKOFF.next(failed, &passing(None), &mut rng) else {
                panic!("gave up at {failed}")
            };
            let full = Duration::from_secs((30 << (failed - 1)).min(3600));
            assert!(full / 2 <= wait && wait <= full, "{failed}: {wait:?}");
            all += wait;
        }
        assert_eq!(BACKOFF.next(BACKOFF.attempts, &passing(None), &mut rng), Next::Dead);
        assert!(all > Duration::from_secs(4 * 3600) && all < Duration::from_secs(10 * 3600), "{all:?}");
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again() {
        let refused = Failure::Permanent { why: "gone".to_owned() };
        assert_eq!(BACKOFF.next(1, &refused, &mut StdRng::seed_from_u64(1)), Next::Dead);
    }

    #[test]
    fn what_failed_together_is_not_tried_again_together() {
        let wait = |seed| BACKOFF.next(5, &passing(None), &mut StdRng::seed_from_u64(seed));
        assert_ne!(wait(1), wait(2));
        assert_eq!(wait(1), wait(1), "the same seed");
    }

    proptest! {
        #[test]
        fn a_receiver_that_asks_for_time_gets_it_within_reason(
            seed: u64, failed in 0u32.., asked in proptest::option::of(0u64..), first in 0u64..1 << 40, longest in 0u64..1 << 40,
            attempts: u32,
        ) {
            let backoff = Backoff { first: Duration::from_secs(first), longest: Duration::from_secs(longest), attempts };
            let mut rng = StdRng::seed_from_u64(seed);
            let Next::After(wait) = backoff.next(failed, &passing(asked), &mut rng) else {
                prop_assert!(failed >= attempts);
                return Ok(());
            };
            prop_assert!(failed < attempts);
            prop_assert!(wait <= backoff.longest);
            prop_assert!(asked.is_none_or(|asked| wait >= Duration::from_secs(asked).min(backoff.longest)));
        }
    }
}
