//! A masked message with its vector.

use super::{EmbedError, Embedder, Vector};
use crate::guard::Masked;

/// A message and its vector, computed once for everybody who needs it.
#[derive(Debug, Clone)]
pub struct Embedded {
    message: Masked,
    vector: Vector,
}

impl Embedded {
    /// Embeds a message.
    ///
    /// # Errors
    /// When the embedder fails.
    pub async fn of(message: Masked, embedder: &dyn Embedder) -> Result<Self, EmbedError> {
        let vector = embedder.embed_query(message.asked()).await?;
        Ok(Self { message, vector })
    }

    /// The message and its vector.
    pub(crate) fn into_parts(self) -> (Masked, Vector) {
        (self.message, self.vector)
    }
}
