//! What goes out of the house: mail to the customer, webhooks to other systems.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::words;
use crate::conversation::ConversationId;
use crate::handoff::TicketId;

/// Where a notice goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", content = "name", rename_all = "snake_case")]
pub enum Target {
    /// By mail, to the customer.
    Mail,
    /// By mail, to the desk that has the case.
    Desk,
    /// To the webhook of this name.
    Webhook(String),
}

impl Target {
    /// The word it is kept as: `mail`, `desk`, or `webhook:` and the name.
    pub fn word(&self) -> String {
        match self {
            Self::Mail => "mail".to_owned(),
            Self::Desk => "desk".to_owned(),
            Self::Webhook(name) => format!("webhook:{name}"),
        }
    }

    /// The target of a word.
    pub fn of(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some(("webhook", name)) => Some(Self::Webhook(name.to_owned())),
            None if word == "mail" => Some(Self::Mail),
            None if word == "desk" => Some(Self::Desk),
            _ => None,
        }
    }
}

/// A notice that is to go out.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotice {
    /// Names it, also to who receives it: they may get it twice.
    pub id: Uuid,
    /// Where it goes.
    pub target: Target,
    /// What it is about, such as `ticket_opened`.
    pub kind: String,
    /// Everything that is needed to write it.
    pub payload: serde_json::Value,
    /// When it came up, and from when on it may go.
    pub at: Timestamp,
    /// There is nowhere to send it to yet: it waits until it is asked for.
    pub held: bool,
    /// The promised time that it tells the customer of. Once it is delivered, the ledger says that they were told.
    pub tells: Option<Timestamp>,
}

/// A notice, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Names it.
    pub id: Uuid,
    /// In which conversation it came up.
    pub conversation: Option<ConversationId>,
    /// About which ticket.
    pub ticket: Option<TicketId>,
    /// Its place among those of the conversation.
    pub seq: u64,
    /// Where it goes.
    pub target: Target,
    /// What it is about.
    pub kind: String,
    /// Everything that is needed to write it: a customer's words and codes that confirm an address. It is shown to nobody.
    #[serde(skip)]
    pub payload: serde_json::Value,
    /// The promised time that it tells the customer of.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub tells: Option<Timestamp>,
    /// When it came up.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it is tried next.
    #[schema(value_type = String, format = DateTime)]
    pub next_at: Timestamp,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// How far it is.
    pub state: NoticeState,
    /// What came of it last.
    pub last_error: Option<String>,
    /// When it was delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
}

/// How far a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// It is on its way.
    Pending,
    /// It was delivered.
    Sent,
    /// It was given up. Somebody has to look at it.
    Dead,
    /// There is nowhere to send it to.
    Held,
}

words!(NoticeState { Pending = "pending", Sent = "sent", Dead = "dead", Held = "held" });

/// Which notices. An empty list means any.
#[derive(Debug, Clone, Default)]
pub struct OutboxFilter {
    /// In these states.
    pub states: Vec<NoticeState>,
    /// About this ticket.
    pub ticket: Option<TicketId>,
    /// Of this conversation.
    pub conversation: Option<ConversationId>,
    /// After this one.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u64,
}
