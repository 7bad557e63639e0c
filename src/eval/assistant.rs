//! Who is examined: this program's own turn, in process, or a running service by HTTP. Both are asked and scored alike.

mod local;
mod remote;

use async_trait::async_trait;

use crate::answer::{Citation, Reply};
use crate::language::Lang;
use crate::passages::{ArticleId, Audience};

pub use local::Local;
pub use remote::Remote;

/// How a conversation begins.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// The customer's language, where it is known beforehand.
    pub locale: Option<Lang>,
    /// Whose articles may be read besides the customers'.
    pub audiences: Vec<Audience>,
    /// Only these articles may be answered from.
    pub within: Option<Vec<ArticleId>>,
}

/// What is searched for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The question.
    pub text: String,
    /// Its language.
    pub lang: Option<Lang>,
    /// Whose articles may be read besides the customers'.
    pub audiences: Vec<Audience>,
}

/// An assistant under examination.
#[async_trait]
pub trait Assistant: Send + Sync + std::fmt::Debug {
    /// What it is, for the report: names and settings that its answers depend on.
    fn about(&self) -> serde_json::Value;
    /// Begins a conversation.
    async fn open(&self, opening: &Opening) -> anyhow::Result<Box<dyn Session>>;
    /// The passages its search finds, best first, with the ranks of each leg: as many as it will give.
    async fn search(&self, wanted: &Wanted) -> anyhow::Result<Vec<Citation>>;
}

/// One conversation.
#[async_trait]
pub trait Session: Send {
    /// The customer says something; what the assistant replies, or nothing, because a person has the case.
    async fn say(&mut self, text: &str) -> anyhow::Result<Option<Reply>>;
}
