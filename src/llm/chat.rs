//! Chat models: a request of words, a reply of words.

use async_trait::async_trait;
use serde_json::Value;

/// What a chat model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// What the model is, and how it shall reply. Empty: no such message is sent.
    pub system: String,
    /// What it shall reply to.
    pub user: String,
    /// 0 takes the likeliest word every time, 1 draws words as the model weighs them.
    pub temperature: f32,
    /// Makes a draw repeatable, where the server can. Below 2^31: larger ones are refused by some servers and mean "at random" to
    /// others.
    pub seed: Option<u64>,
    /// The most tokens the reply may have. A reply that is cut there is [`ChatError::Incomplete`].
    pub max_tokens: u32,
    /// The JSON schema the reply shall follow. A wish: not every server holds its model to it, so the reply is parsed with care.
    pub json_schema: Option<Value>,
}

/// What a chat model replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatReply {
    /// The words; may be none.
    pub text: String,
    /// Tokens of the request: what the endpoint says, or an estimate where it says nothing.
    pub tokens_in: u32,
    /// Tokens of the reply.
    pub tokens_out: u32,
    /// Why the model stopped, in the endpoint's word: `stop` in every reply that is whole.
    pub finish_reason: Option<String>,
}

/// Why there is no whole reply.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChatError {
    /// The endpoint refused for good (bad key, unknown model, not a chat endpoint): trying again will not help.
    #[error("chat endpoint refused: {0}")]
    Permanent(String),
    /// The endpoint failed in a way that may pass (timeout, 429, 5xx), after the retries that are configured.
    #[error("chat endpoint failed: {0}")]
    Transient(String),
    /// The request is longer than the model's context; a shorter one may do.
    #[error("too long for the chat model: {0}")]
    TooLong(String),
    /// The model stopped before its end: cut at `max_tokens`, filtered, or for no reason that it gave. Holds what there is, because
    /// it was paid for all the same.
    #[error("the chat model's reply is not whole: {}", ending(.0))]
    Incomplete(ChatReply),
}

fn ending(reply: &ChatReply) -> String {
    match reply.finish_reason.as_deref() {
        Some(reason) => format!("finish_reason {reason:?} after {} tokens", reply.tokens_out),
        None => "no finish_reason".to_owned(),
    }
}

/// Replies to a request. Implementations: `openai` (any compatible endpoint), `scripted` (tests).
///
/// A reply is handed over whole. A stream of its pieces would be a further method with a default that makes one piece of
/// [`complete`](Self::complete), so that no implementation has to change for it.
#[async_trait]
pub trait ChatModel: Send + Sync + std::fmt::Debug {
    /// The model's name as its endpoint knows it; also what prices are looked up by.
    fn model(&self) -> &str;
    /// Whether text leaves this process (then a customer's words must be masked before).
    fn is_remote(&self) -> bool;
    /// One reply, by as many attempts as are configured.
    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError>;
}
