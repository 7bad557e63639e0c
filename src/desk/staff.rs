//! How many people the waiting customers of a desk can reckon with.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::ways::served_in;
use super::{Desk, DeskError};
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
        let people = serving(&self.0.store.operators().await?, &busy, now);
        Ok(u32::try_from(people).unwrap_or(u32::MAX))
    }
}

/// How many people serve a desk that is open; `busy` have a case of it. Those who are there count: also who has no case at all, and takes
/// the next; not who has cases of other desks only. If no operator was ever heard of, the calendar alone says that somebody is there.
fn serving(operators: &[OperatorAtWork], busy: &BTreeSet<OperatorName>, now: Timestamp) -> usize {
    if operators.is_empty() {
        return busy.len().max(1);
    }
    let serves = |it: &&OperatorAtWork| it.has == 0 || busy.contains(&it.profile.name);
    operators.iter().filter(|it| it.profile.is_there(now)).filter(serves).count()
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
        assert_eq!(serving(&all, &busy(&["tanaka"]), NOW), 2);
        assert_eq!(serving(&all, &busy(&[]), NOW), 1, "tanaka's cases are another desk's");
    }

    #[test]
    fn who_has_gone_or_said_so_does_not_count() {
        let all = [operator("tanaka", true, 11, 1), operator("sato", false, 0, 1)];
        assert_eq!(serving(&all, &busy(&["tanaka", "sato"]), NOW), 0);
    }

    #[test]
    fn where_nobody_was_ever_heard_of_the_calendar_counts() {
        assert_eq!(serving(&[], &busy(&[]), NOW), 1);
        assert_eq!(serving(&[], &busy(&["tanaka", "sato"]), NOW), 2);
    }
}
