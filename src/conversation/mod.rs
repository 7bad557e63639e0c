//! A conversation: its messages, and what was said about each while it was answered.

mod event;
mod history;
mod token;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Reply;
use crate::language::Lang;
use crate::passages::Audience;

pub use event::{Event, EventBody, Stage};
pub use history::{Exchange, History};
pub(crate) use token::sha256;
pub use token::{Token, TokenHash};

/// Names a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ConversationId(pub Uuid);

/// Names a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct MessageId(pub Uuid);

impl std::fmt::Display for ConversationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What the service knows of a conversation besides its messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its name.
    pub id: ConversationId,
    /// The language its opener asked for: decides messages written in Chinese characters only.
    pub locale: Option<Lang>,
    /// The articles its opener may read, from their verified role.
    pub audiences: Vec<Audience>,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The customer.
    Customer,
    /// This service, automatically.
    Assistant,
}

/// One message, as it is kept and shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// Who said it.
    pub role: Role,
    /// What was said; Markdown if the assistant said it.
    pub text: String,
    /// For the assistant's messages: the text as HTML that is safe to show.
    pub html: Option<String>,
    /// Its language.
    pub lang: Lang,
    /// When it was kept.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The customer's message this one answers.
    pub in_reply_to: Option<MessageId>,
    /// For the assistant's messages: everything about the answer.
    pub reply: Option<Reply>,
}
