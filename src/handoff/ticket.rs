//! A ticket: a case that a person has to settle, and the reference by which everybody finds it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Case, Reference};
use crate::conversation::ConversationId;
use crate::guard::DeskCode;

/// Names a ticket to machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct TicketId(pub Uuid);

/// Names an operator: the `name` of their key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct OperatorName(pub String);

impl std::fmt::Display for TicketId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for OperatorName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// In a desk's queue.
    Waiting,
    /// An operator has it.
    Claimed,
    /// The operator has settled it.
    Resolved,
    /// The operator gave the conversation back to the assistant.
    HandedBack,
    /// The customer called it off, or ended the chat.
    CalledOff,
    /// It is handled together with another one, and closed itself.
    Merged,
}

impl TicketState {
    /// Whether somebody still has to do something.
    pub fn open(self) -> bool {
        matches!(self, Self::Waiting | Self::Claimed)
    }

    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Resolved => "resolved",
            Self::HandedBack => "handed_back",
            Self::CalledOff => "called_off",
            Self::Merged => "merged",
        }
    }

    /// The state of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Claimed, Self::Resolved, Self::HandedBack, Self::CalledOff, Self::Merged]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// A case that a person has to settle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// Names it to machines.
    pub id: TicketId,
    /// Names it to people.
    pub reference: Reference,
    /// Where it came up, and where the customer reads the answer.
    pub conversation: ConversationId,
    /// Who has to settle it.
    pub desk: DeskCode,
    /// How urgent it is; 1 first.
    pub priority: u8,
    /// How often it was passed up because a promise was in danger; 0 at first.
    pub level: u8,
    /// How far it is.
    pub state: TicketState,
    /// The operator who has it, or had it last.
    pub operator: Option<OperatorName>,
    /// Everything a person needs to take over.
    pub case: Case,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When an operator first took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub claimed_at: Option<Timestamp>,
    /// When it was settled, given back or called off.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// Until when it sleeps in the queue; its promise does not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Option<Timestamp>,
    /// The ticket that it is handled together with; this one is closed then.
    #[serde(default)]
    pub merged_into: Option<TicketId>,
    /// Counts the changes: who changes it says which version they saw.
    pub version: u32,
}
