//! What may be promised in a desk's name.

use std::collections::BTreeMap;

use jiff::SignedDuration;

/// How long a desk may take, and when the clockwork speaks up.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    minutes: BTreeMap<u8, u32>,
    at_risk_share: f64,
    tell_before: SignedDuration,
    /// What everything takes longer at present.
    delay: SignedDuration,
}

/// Terms that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TermsError {
    /// No priority has minutes.
    #[error("no priority has minutes")]
    NoMinutes,
    /// The minutes of a priority are none, or more than 10 days of open time.
    #[error("priority {priority} has {minutes} minutes, and 1 to {MOST} are possible")]
    Minutes {
        /// Which one.
        priority: u8,
        /// How many it has.
        minutes: u32,
    },
    /// The share is no share.
    #[error("{0} is no share: it is at least 0 and less than 1")]
    Share(f64),
    /// The customer would be told of a delay as soon as the promise is made.
    #[error("{tell} minutes are not less than the {shortest} minutes of the shortest promise")]
    Tell {
        /// How long before the time the customer is told.
        tell: u32,
        /// The least minutes of a priority.
        shortest: u32,
    },
}

/// The most minutes that may be promised: 10 days of open time, which is a month of office hours.
const MOST: u32 = 10 * 24 * 60;

/// The terms of a desk that says nothing of its own. Nobody waits longer than a day of 14 hours for a first answer.
const USUAL: [(u8, u32); 4] = [(1, 60), (2, 120), (3, 240), (5, 480)];

impl Terms {
    /// A share of the time left from which the desk is warned, where it says nothing of its own.
    pub const AT_RISK_SHARE: f64 = 0.25;
    /// How many minutes before the time the customer is told that it will not be kept, where the desk says nothing of
    /// its own.
    pub const TELL_BEFORE: u32 = 30;

    /// Terms by priority (1 first): `minutes` of the desk's own hours within which it answers. The desk is warned when
    /// no more than `at_risk_share` of that time is left, and the customer is told `tell_before` minutes (by any clock)
    /// before the time that it will not be kept.
    ///
    /// # Errors
    /// When there are no minutes, too few or too many; when the share is none; when `tell_before` is as long as a
    /// promise.
    pub fn new(minutes: BTreeMap<u8, u32>, at_risk_share: f64, tell_before: u32) -> Result<Self, TermsError> {
        let shortest = *minutes.values().min().ok_or(TermsError::NoMinutes)?;
        if let Some((&priority, &minutes)) = minutes.iter().find(|(_, minutes)| !(1..=MOST).contains(*minutes)) {
            return Err(TermsError::Minutes { priority, minutes });
        }
        if !(0.0..1.0).contains(&at_risk_share) {
            return Err(TermsError::Share(at_risk_share));
        }
        if tell_before >= shortest {
            return Err(TermsError::Tell { tell: tell_before, shortest });
        }
        let tell_before = SignedDuration::from_mins(tell_before.into());
        Ok(Self { minutes, at_risk_share, tell_before, delay: SignedDuration::ZERO })
    }

    /// The terms of a desk that says nothing of its own.
    pub fn usual() -> Self {
        Self {
            minutes: Self::usual_minutes(),
            at_risk_share: Self::AT_RISK_SHARE,
            tell_before: SignedDuration::from_mins(Self::TELL_BEFORE.into()),
            delay: SignedDuration::ZERO,
        }
    }

    pub(in crate::handoff) fn usual_minutes() -> BTreeMap<u8, u32> {
        USUAL.into_iter().collect()
    }

    /// The open time that a case of this priority may take: its own, or that of the nearest higher priority (a smaller
    /// number) that has one. A case more urgent than all of them gets the shortest there is to get.
    pub fn open(&self, priority: u8) -> SignedDuration {
        let own = self.minutes.range(..=priority).next_back();
        let minutes = own.or_else(|| self.minutes.first_key_value()).map_or(1, |(_, minutes)| *minutes);
        SignedDuration::from_mins(minutes.into())
    }

    /// The terms while everything takes so many minutes longer, of open time: by a service notice.
    #[must_use]
    pub fn delayed(mut self, minutes: u32) -> Self {
        self.delay = SignedDuration::from_mins(minutes.into());
        self
    }

    /// What comes on top of the open time that a case may take, whatever its priority and the backlog.
    pub(super) fn delay(&self) -> SignedDuration {
        self.delay
    }

    /// How long before the time the customer is told.
    pub(super) fn tell_before(&self) -> SignedDuration {
        self.tell_before
    }

    /// Of so much open time, how much passes until the desk is warned.
    pub(super) fn calm(&self, open: SignedDuration) -> SignedDuration {
        // Milliseconds of 400 days are far below what a double holds exactly.
        let millis = open.as_millis() as f64 * (1.0 - self.at_risk_share);
        SignedDuration::from_millis(millis as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minutes: &[(u8, u32)]) -> Result<Terms, TermsError> {
        Terms::new(minutes.iter().copied().collect(), 0.25, 30)
    }

    #[test]
    fn the_nearest_higher_priority_counts() {
        let terms = of(&[(2, 60), (3, 240), (5, 480)]).unwrap();
        let minutes: Vec<i64> = (0..=7).map(|priority| terms.open(priority).as_mins()).collect();
        assert_eq!(minutes, [60, 60, 60, 240, 240, 480, 480, 480]);
    }

    #[test]
    fn terms_that_cannot_be_are_refused() {
        assert_eq!(of(&[]), Err(TermsError::NoMinutes));
        assert_eq!(of(&[(1, 0)]), Err(TermsError::Minutes { priority: 1, minutes: 0 }));
        assert_eq!(of(&[(1, MOST + 1)]), Err(TermsError::Minutes { priority: 1, minutes: MOST + 1 }));
        assert_eq!(of(&[(1, 31), (2, 30)]), Err(TermsError::Tell { tell: 30, shortest: 30 }));
        for share in [-0.1, 1.0, f64::NAN] {
            assert!(matches!(Terms::new([(1, 60)].into(), share, 30), Err(TermsError::Share(_))), "{share}");
        }
        assert_eq!(Terms::new(Terms::usual_minutes(), 0.25, 30), Ok(Terms::usual()));
    }

    #[test]
    fn a_delay_comes_on_top_of_every_promise() {
        let slow = Terms::usual().delayed(90);
        assert_eq!((slow.open(1), slow.delay()), (Terms::usual().open(1), SignedDuration::from_mins(90)));
        assert_eq!(slow.delayed(0), Terms::usual());
    }

    #[test]
    fn a_quarter_is_left_when_the_desk_is_warned() {
        assert_eq!(Terms::usual().calm(SignedDuration::from_mins(240)), SignedDuration::from_mins(180));
    }
}
