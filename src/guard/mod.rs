//! What the machine may not decide.
//!
//! Line 1 is here: a policy file ([`Policies`]), made ready as a [`Guard`], that judges each message by rules, by a classifier over the
//! message's embedding, and by the course of the conversation. Their votes are united: any vote of a mandatory policy decides. All of
//! it is pure: texts and vectors come in, a [`Decision`] with its reasons comes out. Only a chat model's [`vote`] is not; it is asked
//! last, where it is wanted, and can only add to the decision.

mod claimed;
mod classifier;
mod cleared;
mod conversation;
mod decide;
#[cfg(test)]
pub(crate) mod fakes;
mod learnt;
pub mod lint;
mod masked;
mod normal;
pub mod output;
pub mod personal;
mod policy;
mod reason;
mod rehearse;
mod rows;
mod rules;
pub mod vote;

pub use claimed::Claimed;
pub use classifier::{Method, Near, Untaught};
pub use cleared::Cleared;
pub use conversation::{Replied, Said, Sign, Speaker};
pub use decide::{Asked, By, Decision, Guard, PrepareError, Score, Unfit, Vote};
pub use learnt::Learnt;
pub use masked::{Masked, Received};
pub use policy::{Desk, DeskCode, Exemplar, Pattern, Policies, Policy, PolicyCode, PolicyError, Signal, Texts};
pub use reason::HandoffReason;
pub use rehearse::{Missed, RehearsalError};
pub use rows::{Expected, Line, Row, RowError};
pub use rules::{RuleError, check as check_rule};
