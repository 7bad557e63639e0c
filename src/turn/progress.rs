//! What is told of a reply while it is being made, so that its first sentence is read while the last is being written.

use async_trait::async_trait;

use crate::answer::{Citation, Draft, Part, Receipt};

/// The next piece of a reply's text, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Markdown; the pieces, joined, are the reply.
    pub text: String,
    /// Its sources.
    pub citations: Vec<Citation>,
}

impl Piece {
    /// A part, after the one before it.
    pub(super) fn of(part: &Part, before: Option<&Part>) -> Self {
        let text = format!("{}{}", part.gap(before), part.markdown());
        Self { text, citations: part.citations().to_vec() }
    }

    /// The pieces of a draft.
    pub(super) fn all(draft: &Draft) -> Vec<Self> {
        let before = std::iter::once(None).chain(draft.parts.iter().map(Some));
        draft.parts.iter().zip(before).map(|(part, before)| Self::of(part, before)).collect()
    }
}

/// What could not be noted before a model was asked, and therefore was not asked.
#[derive(Debug, thiserror::Error)]
#[error("it could not be noted that a model is asked")]
pub struct NotNoted;

/// Told of a reply while a model writes it. What is told is part of the reply for good.
#[async_trait]
pub trait Progress: Send + Sync {
    /// A model is about to be asked. Once this returns, that is on disk: the model is asked at most once about a message,
    /// whatever the process dies of.
    ///
    /// # Errors
    /// When it could not be noted; then no model is asked.
    async fn writing(&self, receipt: &Receipt) -> Result<(), NotNoted>;

    /// A piece of the reply may be shown.
    async fn said(&self, piece: &Piece);
}

/// Nobody waits for single sentences: for whoever takes the reply whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whole;

#[async_trait]
impl Progress for Whole {
    async fn writing(&self, _receipt: &Receipt) -> Result<(), NotNoted> {
        Ok(())
    }

    async fn said(&self, _piece: &Piece) {}
}
