//! For how long a conversation is kept once nothing happens in it any more.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::guard::HandoffReason;

/// How long conversations are kept after their end: usually, and where a case fell under a policy that wants another time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    usual: SignedDuration,
    by_policy: BTreeMap<String, SignedDuration>,
}

impl Retention {
    /// So many days; and other numbers of days by the code of a policy (or what else a hand-off's reason is called).
    pub fn days(usual: u32, by_policy: &BTreeMap<String, u32>) -> Self {
        let by_policy = by_policy.iter().map(|(code, days)| (code.clone(), duration(*days))).collect();
        Self { usual: duration(usual), by_policy }
    }

    /// How long a conversation is kept in which cases were opened for these reasons. Where they disagree, the longest time counts:
    /// one of them wants it.
    pub fn after<'a>(&self, reasons: impl IntoIterator<Item = &'a HandoffReason>) -> SignedDuration {
        let one = |reason: &HandoffReason| self.by_policy.get(reason.code()).copied().unwrap_or(self.usual);
        reasons.into_iter().map(one).max().unwrap_or(self.usual)
    }

    /// The shortest time of all: what has ended later than so long ago is certainly kept.
    pub fn shortest(&self) -> SignedDuration {
        self.by_policy.values().copied().chain([self.usual]).min().unwrap_or(self.usual)
    }
}

fn duration(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_counts() {
        let by_policy = [("refund".to_owned(), 730), ("identity".to_owned(), 30)].into();
        let retention = Retention::days(365, &by_policy);
        let reason = |code: &str| HandoffReason::from(code.to_owned());
        let days = |reasons: &[HandoffReason]| retention.after(reasons).as_hours() / 24;
        assert_eq!(days(&[]), 365);
        assert_eq!(days(&[reason("identity")]), 30);
        assert_eq!(days(&[reason("identity"), reason("withheld")]), 365);
        assert_eq!(days(&[reason("identity"), reason("refund")]), 730);
        assert_eq!(retention.shortest().as_hours() / 24, 30);
        assert_eq!(Retention::days(365, &BTreeMap::new()).shortest().as_hours() / 24, 365);
    }
}
