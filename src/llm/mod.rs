//! Models: what turns text into vectors, and what replies to it.

mod breaker;
mod chat;
mod embedded;
pub mod gguf;
pub mod local;
mod normal;
pub mod openai;
pub mod resilient;
pub mod scripted;
mod tokens;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use breaker::BreakerSettings;
pub use chat::{ChatError, ChatModel, ChatPiece, ChatReply, ChatRequest, ChatStream, STOP};
pub use embedded::Embedded;
pub use tokens::Budget;
pub(crate) use tokens::Tokens;

/// An embedding: `dimension` finite numbers of Euclidean length 1 (or all zero for a text without any content).
/// Cheap to clone: guard, retrieval and receipt share one.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector(Arc<[f32]>);

impl Vector {
    /// Wraps `values`, scaling them to length 1. A zero vector stays zero.
    pub fn normalised(values: Vec<f32>) -> Self {
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if norm == 0.0 || !norm.is_finite() {
            return Self(values.into_iter().map(|_| 0.0).collect());
        }
        Self(values.into_iter().map(|v| (f64::from(v) / norm) as f32).collect())
    }

    /// The numbers, in order.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Number of dimensions.
    pub fn dimension(&self) -> usize {
        self.0.len()
    }

    /// Cosine similarity, -1 to 1. Vectors of different dimension have none: 0.
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.dimension() != other.dimension() {
            return 0.0;
        }
        self.0.iter().zip(other.0.iter()).map(|(a, b)| a * b).sum()
    }
}

/// The space vectors live in. Vectors of two spaces must never meet in one index generation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EmbeddingSpace {
    /// Model name as configured or read from the model file, e.g. `multilingual-e5-small`.
    pub model: String,
    /// Number of dimensions of every vector.
    pub dimension: usize,
    /// Hex digest of everything that changes a vector: the model file (or remote model name), prefixes, pooling, windowing.
    pub fingerprint: String,
}

/// Why a text could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The model file is absent, damaged, or of an architecture that is not served here. The text names the remedy.
    #[error("embedding model: {0}")]
    Model(String),
    /// The remote endpoint refused for good (bad key, unknown model, text too long): trying again will not help.
    #[error("embedding endpoint refused: {0}")]
    Permanent(String),
    /// The remote endpoint failed in a way that may pass (timeout, 429, 5xx), after the retries that are configured.
    #[error("embedding endpoint failed: {0}")]
    Transient(String),
    /// The engine stopped (its thread ended); the service must be restarted.
    #[error("embedding engine stopped")]
    Stopped,
}

/// Turns text into vectors. Implementations: `local` (candle, in process), `openai` (any compatible endpoint).
///
/// Inputs are raw text: NFKC, the model's prefixes and windowing are the implementation's work. Every input has an output,
/// in order; an empty text is embedded like any other.
#[async_trait]
pub trait Embedder: Send + Sync + std::fmt::Debug {
    /// The space of every vector this embedder returns.
    fn space(&self) -> &EmbeddingSpace;
    /// Embeds a customer's question.
    async fn embed_query(&self, text: &str) -> Result<Vector, EmbedError>;
    /// Embeds questions that are known beforehand, such as those an article says it answers. Like compared with like wants one
    /// prefix on both sides, as the model's authors advise.
    async fn embed_questions(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        futures::future::try_join_all(texts.iter().map(|text| self.embed_query(text))).await
    }
    /// Embeds passages of articles, in batches of the implementation's choice.
    async fn embed_passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError>;
    /// How many of the model's own tokens `text` takes as a passage, prefix and special tokens included; for chunking.
    fn count_tokens(&self, text: &str) -> usize;
    /// The most tokens one window holds (512 for e5); longer texts are windowed or cut as the implementation documents.
    fn max_tokens(&self) -> usize;
    /// Whether text leaves this process (then it must be masked before).
    fn is_remote(&self) -> bool;
    /// Forgets every question it remembers: they may be those of a customer who wants to be forgotten.
    fn forget(&self) {}
}
