//! A message that a guard has claimed for a person.

use super::{Cleared, Decision, HandoffReason, Masked, Policy};
use crate::llm::Vector;

/// A message that a person must take, and why.
#[derive(Debug, Clone)]
pub struct Claimed {
    message: Masked,
    vector: Option<Vector>,
    decision: Option<Decision>,
    reason: HandoffReason,
}

impl Claimed {
    pub(super) fn by(message: Masked, vector: Vector, decision: Decision, policy: &Policy) -> Self {
        let reason = HandoffReason::Policy(policy.code.clone());
        // Only where the policy lets general information go along is there a vector to search with.
        let vector = policy.general_information.then_some(vector);
        Self { message, vector, decision: Some(decision), reason }
    }

    /// One that needs no vector to be claimed.
    pub fn by_words(message: Masked, decision: Decision) -> Option<Self> {
        let reason = HandoffReason::Policy(decision.ruling.clone()?);
        Some(Self { message, vector: None, decision: Some(decision), reason })
    }

    /// One that could not be checked, or not be answered.
    pub fn failed(message: Masked, reason: HandoffReason) -> Self {
        Self { message, vector: None, decision: None, reason }
    }

    /// The message.
    pub fn message(&self) -> &Masked {
        &self.message
    }

    /// What the guards came to; absent where they could not be asked.
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// Why a person must take over.
    pub fn reason(&self) -> &HandoffReason {
        &self.reason
    }

    /// The message as far as the articles may be quoted along with the hand-off, if its policy lets them: no model is asked.
    pub fn informed(&self) -> Option<Cleared> {
        let vector = self.vector.clone()?;
        Some(Cleared::quoting(&self.message, vector))
    }
}
