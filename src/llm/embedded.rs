//! A masked message with its vector.

use super::{EmbedError, Embedder, Vector};
use crate::guard::{self, Masked};

/// A message and its vector, computed once for everybody who needs it.
#[derive(Debug, Clone)]
pub struct Embedded {
    message: Masked,
    vector: Vector,
    parts: Vec<(String, Vector)>,
}

impl Embedded {
    /// Embeds a message.
    ///
    /// # Errors
    /// When the embedder fails.
    pub async fn of(message: Masked, embedder: &dyn Embedder) -> Result<Self, EmbedError> {
        let vector = embedder.embed_query(message.asked()).await?;
        // What a message means in its context is looked at after the message itself, and so after its parts.
        let alone = message.asked() == message.text();
        let texts = if alone { guard::parts(message.text()) } else { Vec::new() };
        let vectors = if texts.is_empty() { Vec::new() } else { embedder.embed_questions(&texts).await? };
        let parts = texts.into_iter().zip(vectors).collect();
        Ok(Self { message, vector, parts })
    }

    /// The message, its vector, and what the guards look at besides if it is long: its parts and theirs.
    pub(crate) fn into_parts(self) -> (Masked, Vector, Vec<(String, Vector)>) {
        (self.message, self.vector, self.parts)
    }
}
