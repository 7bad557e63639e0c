//! Who takes a case, how urgent it is, and in which language.

mod names;
mod wish;

use super::Case;
use crate::guard::DeskCode;

pub use wish::wished_language;

/// The most urgent priority there is.
const FIRST: u8 = 1;

/// The desk that takes a case: that of the policy which claims it, else that of its topic, else the general one.
pub fn route(policy: Option<&DeskCode>, topic: Option<&DeskCode>, general: &DeskCode) -> DeskCode {
    policy.or(topic).unwrap_or(general).clone()
}

/// How urgent a case is (1 first): as urgent as its policy, else [`Case::ORDINARY`]; one step more for a customer who
/// comes back, because they have waited before.
pub fn priority(policy: Option<u8>, returning: bool) -> u8 {
    let own = policy.unwrap_or(Case::ORDINARY);
    if returning { raised(own) } else { own.max(FIRST) }
}

/// One step more urgent, as long as there is one: for those who come back, and for a promise that is in danger.
pub fn raised(priority: u8) -> u8 {
    priority.saturating_sub(1).max(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policys_desk_comes_before_a_topics() {
        let desk = |code: &str| DeskCode(code.to_owned());
        let (returns, payments, general) = (desk("returns"), desk("payments"), desk("general"));
        assert_eq!(route(Some(&returns), Some(&payments), &general), returns);
        assert_eq!(route(None, Some(&payments), &general), payments);
        assert_eq!(route(None, None, &general), general);
    }

    #[test]
    fn who_comes_back_rises_a_step() {
        assert_eq!((priority(Some(3), false), priority(Some(3), true)), (3, 2));
        assert_eq!((priority(None, false), priority(None, true)), (5, 4));
        assert_eq!((priority(Some(1), true), priority(Some(0), false), raised(1)), (1, 1, 1));
    }
}
