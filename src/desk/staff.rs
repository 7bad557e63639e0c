//! How many people the waiting customers of a desk can reckon with.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::ways::served_in;
use super::{Desk, DeskError};
use crate::guard::DeskCode;
use crate::handoff::{OperatorName, Ticket, TicketState};
use crate::store::{OperatorAtWork, TicketFilter};

/// Cases that operators have at a desk, as far as they are looked at.
const LOOKED_AT: u64 = 200;

impl Desk {
    /// How many people work on cases like this one now: nobody outside the desk's hours for its language.
    pub(super) async fn at_work(&self, ticket: &Ticket) -> Result<u32, DeskError> {
        let now = self.now();
        if !self.rules_for(&ticket.desk, served_in(&ticket.case)).calendar.is_open(now) {
            return Ok(0);
        }
        let filter = TicketFilter {
            desks: vec![ticket.desk.clone()],
            states: vec![TicketState::Claimed],
            limit: LOOKED_AT,
            ..TicketFilter::default()
        };
        let claimed = self.0.store.tickets(&filter).await?;
        let busy: BTreeSet<OperatorName> = claimed.into_iter().filter_map(|filed| filed.ticket.operator).collect();
        let serves = |name: &OperatorName| serves(&self.0.desks_of, name, &ticket.desk);
        let people = serving(&self.0.store.operators().await?, &busy, serves, now);
        Ok(u32::try_from(people).unwrap_or(u32::MAX))
    }
}

/// Whether an operator's key lets them take a desk's cases. A key that names no desk serves all; who has none any more takes no case.
fn serves(desks_of: &HashMap<OperatorName, Vec<DeskCode>>, name: &OperatorName, desk: &DeskCode) -> bool {
    desks_of.get(name).is_some_and(|desks| desks.is_empty() || desks.contains(desk))
}

/// How many people serve a desk that is open; `busy` have a case of it. Those who are there count: also who has no case at all and `serves`
/// it, and takes the next; not who has cases of other desks only. If no operator was ever heard of, the calendar alone says that somebody is
/// there.
fn serving(
    operators: &[OperatorAtWork],
    busy: &BTreeSet<OperatorName>,
    serves: impl Fn(&OperatorName) -> bool,
    now: Timestamp,
) -> usize {
    if operators.is_empty() {
        return busy.len().max(1);
    }
    let takes = |it: &&OperatorAtWork| match it.has {
        0 => serves(&it.profile.name),
        _ => busy.contains(&it.profile.name),
    };
    operators.iter().filter(|it| it.profile.is_there(now)).filter(takes).count()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::OperatorProfile;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn operator(name: &str, present: bool, silent_minutes: i64, has: u64) -> OperatorAtWork {
        let profile = OperatorProfile {
            name: OperatorName(name.to_owned()),
            present,
            capacity: None,
            languages: Vec::new(),
            last_seen: NOW - SignedDuration::from_mins(silent_minutes),
        };
        OperatorAtWork { profile, has }
    }

    fn busy(names: &[&str]) -> BTreeSet<OperatorName> {
        names.iter().map(|name| OperatorName((*name).to_owned())).collect()
    }

    #[test]
    fn who_is_there_counts_with_or_without_a_case() {
        let all = [operator("tanaka", true, 0, 2), operator("sato", true, 9, 0)];
        assert_eq!(serving(&all, &busy(&["tanaka"]), |_| true, NOW), 2);
        assert_eq!(serving(&all, &busy(&[]), |_| true, NOW), 1, "tanaka's cases are another desk's");
    }

    #[test]
    fn who_has_no_case_counts_where_their_key_lets_them_take_one() {
        let desk = |code: &str| DeskCode(code.to_owned());
        let key = |name: &str, desks: &[&str]| {
            (OperatorName(name.to_owned()), desks.iter().map(|code| desk(code)).collect::<Vec<_>>())
        };
        let keys = HashMap::from([key("tanaka", &["returns", "privacy"]), key("sato", &[])]);
        let all = ["tanaka", "sato", "gone"].map(|name| operator(name, true, 0, 0));
        let people = |code: &str| serving(&all, &busy(&[]), |name| serves(&keys, name, &desk(code)), NOW);
        assert_eq!((people("returns"), people("general")), (2, 1), "sato serves all desks; who has no key serves none");
        let all = [operator("tanaka", true, 0, 1)];
        let serving_general = |name: &OperatorName| serves(&keys, name, &desk("general"));
        assert_eq!(serving(&all, &busy(&["tanaka"]), serving_general, NOW), 1, "has a case of it all the same");
    }

    #[test]
    fn who_has_gone_or_said_so_does_not_count() {
        let all = [operator("tanaka", true, 11, 1), operator("sato", false, 0, 1)];
        assert_eq!(serving(&all, &busy(&["tanaka", "sato"]), |_| true, NOW), 0);
    }

    #[test]
    fn where_nobody_was_ever_heard_of_the_calendar_counts() {
        assert_eq!(serving(&[], &busy(&[]), |_| false, NOW), 1);
        assert_eq!(serving(&[], &busy(&["tanaka", "sato"]), |_| false, NOW), 2);
    }
}
