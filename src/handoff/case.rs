//! A case: everything a person needs to take over, so that the customer need not explain anything again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fact, Reference};
use crate::answer::ReplyKind;
use crate::conversation::{Exchange, History};
use crate::guard::{Decision, DeskCode, HandoffReason};
use crate::language::Lang;

/// What a person is told when they take over. In the customer's own words: nothing is guessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Case {
    /// Why a person takes over.
    pub reason: HandoffReason,
    /// Who.
    pub desk: Option<DeskCode>,
    /// How urgent it is; 1 first.
    pub priority: u8,
    /// The customer's language.
    pub language: Lang,
    /// The message that led here.
    pub message: String,
    /// What was said before, oldest first, with what was already answered.
    pub before: Vec<Answered>,
    /// What the guards came to, with rules and exemplars; absent where they could not be asked.
    #[serde(default)]
    pub why: Option<Decision>,
    /// What the customer's own words tell: orders, amounts, days. Each with the words it stands in.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// The language in which the customer wishes to be served, if they said so.
    #[serde(default)]
    pub wished_language: Option<Lang>,
    /// Earlier cases that belong to it, oldest first.
    #[serde(default)]
    pub earlier: Vec<Reference>,
}

/// Something the customer said, and what the assistant made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// The customer's words.
    pub said: String,
    /// What the reply was; absent where none came.
    pub reply: Option<ReplyKind>,
    /// The reply.
    pub answer: String,
}

impl Case {
    /// The urgency of what no policy gives one.
    pub const ORDINARY: u8 = 5;

    /// What was said before, as far as it is looked back on.
    pub fn before(history: &History) -> Vec<Answered> {
        let line = |exchange: &Exchange| Answered {
            said: exchange.said.clone(),
            reply: exchange.replied,
            answer: exchange.answer.clone(),
        };
        history.exchanges().iter().map(line).collect()
    }
}
