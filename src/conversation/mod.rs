//! A conversation: its messages, and what was said about each while it was answered.

mod event;
mod history;
mod subject;
mod token;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Reply;
use crate::handoff::Owner;
use crate::language::Lang;
use crate::passages::Audience;

pub use event::{Event, EventBody, Stage, Standing};
pub use history::{Exchange, History};
pub use subject::Subject;
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
    /// Whose turn it is to speak.
    pub owner: Owner,
    /// How many messages lie before the assistant's present stretch: what was said before a person had the case is theirs, and the
    /// assistant does not go on from it.
    pub fresh_after: u32,
    /// The account it belongs to, by the shop's sign-in; nobody's, if it was opened without.
    pub subject: Option<Subject>,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The customer.
    Customer,
    /// This service, automatically.
    Assistant,
    /// A person at a desk.
    Operator,
    /// This service, unasked: a notice about the customer's case, such as a new time.
    Notice,
}

impl Role {
    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Assistant => "assistant",
            Self::Operator => "operator",
            Self::Notice => "notice",
        }
    }

    /// The role of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Customer, Self::Assistant, Self::Operator, Self::Notice].into_iter().find(|role| role.word() == word)
    }
}

/// One message, as it is kept and shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// Who said it.
    pub role: Role,
    /// The operator's name, if an operator said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What was said; Markdown unless the customer said it.
    pub text: String,
    /// The text as HTML that is safe to show, unless the customer said it.
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
