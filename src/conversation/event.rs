//! What happens while a message is answered, in the order it happened. Kept on disk, so that a stream can be resumed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Message, MessageId};
use crate::answer::Citation;
use crate::handoff::{Owner, Reference};

/// One event of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    /// Position in the conversation, from 1; the `id` of the SSE event.
    pub seq: u64,
    /// The customer's message it is about.
    pub message_id: MessageId,
    /// What happened.
    pub body: EventBody,
}

/// The kinds of event; [`EventBody::name`] is the SSE event's name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum EventBody {
    /// How far the work is.
    Status {
        /// The stage reached.
        stage: Stage,
        /// The customer's message the work is for.
        message_id: MessageId,
    },
    /// The next piece of the reply's text; the pieces, joined, are the text.
    Delta {
        /// Markdown.
        text: String,
    },
    /// A source of the reply.
    Citation(Citation),
    /// The whole reply, or what an operator or a notice says; the last event of a message that went well.
    Message(Box<Message>),
    /// Whose turn it is to speak has changed, or what was promised.
    Standing(Standing),
    /// The message was added to the case that a person has; nobody answers it automatically. The last event of a message.
    Added(Standing),
    /// The message could not be answered; it is kept, and may be sent again. The last event.
    Error {
        /// What customers may read.
        detail: String,
    },
}

/// Where a conversation stands with its case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// Whose turn it is to speak.
    pub owner: Owner,
    /// The case, if there is one.
    pub reference: Option<Reference>,
    /// By when the customer hears from a person.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub promised_by: Option<Timestamp>,
    /// The person who has the case.
    #[serde(default)]
    pub operator: Option<String>,
}

/// Stages of the work on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The message is on disk.
    Received,
    /// A language model is writing the reply; its sentences follow one by one, each checked.
    Writing,
    /// A reply has been made and is about to follow.
    Answering,
}

impl EventBody {
    /// Name of the event that closes a message that was answered.
    pub const MESSAGE: &'static str = "message";
    /// Name of the event that closes a message that went to a person who has the case already.
    pub const ADDED: &'static str = "added";
    /// Name of the event that closes a message that was not.
    pub const ERROR: &'static str = "error";

    /// `status`, `delta`, `citation`, `message`, `standing`, `added` or `error`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delta { .. } => "delta",
            Self::Citation(_) => "citation",
            Self::Message(_) => Self::MESSAGE,
            Self::Standing(_) => "standing",
            Self::Added(_) => Self::ADDED,
            Self::Error { .. } => Self::ERROR,
        }
    }

    /// Whether nothing more follows about the same message.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Added(_) | Self::Error { .. })
    }
}
