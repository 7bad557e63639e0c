//! Decisions, and why they were made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::guard::classifier::Near;
use crate::guard::conversation::Sign;
use crate::guard::policy::PolicyCode;

/// What the guards came to, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The policy file's version.
    pub policy_version: u32,
    /// The digest of all policies that were in force.
    pub policy_digest: String,
    /// Every vote.
    pub votes: Vec<Vote>,
    /// The policy that rules; none if the machine may answer.
    pub ruling: Option<PolicyCode>,
    /// What the classifier made of it, most probable policy first; also where it did not vote.
    pub scores: Vec<Score>,
}

/// A policy's claim on a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vote {
    /// Whose.
    pub policy: PolicyCode,
    /// Whether the policy is of the compiled-in core.
    pub mandatory: bool,
    /// Why.
    pub by: By,
}

/// Why a policy claims a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum By {
    /// A rule fired.
    Rule {
        /// The rule, as it is written.
        pattern: String,
        /// The words it fired on, normalised.
        matched: String,
    },
    /// The classifier is sure enough.
    Classifier {
        /// How sure.
        probability: f32,
        /// How sure it must be.
        threshold: f32,
        /// Whether it looked at the message together with what was said before.
        in_context: bool,
        /// The exemplars nearest to the message.
        nearest: Vec<Near>,
    },
    /// The course of the conversation.
    Conversation {
        /// What was seen.
        sign: Sign,
    },
    /// A chat model claims what all others let pass.
    Model {
        /// The model.
        model: String,
        /// Why, in its own words.
        reason: String,
    },
}

/// What the classifier makes of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// For which policy.
    pub policy: PolicyCode,
    /// How probable it is that the message falls under it.
    pub probability: f32,
    /// From which it votes.
    pub threshold: f32,
}
