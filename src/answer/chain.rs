//! The last links of the chain: what was found, what was drafted from it, what may be shown.

use super::{Draft, verify};
use crate::guard::Cleared;
use crate::llm::Vector;
use crate::passages::GenerationId;
use crate::passages::hybrid::Fused;

/// A cleared message with the passages found for it.
#[derive(Debug, Clone)]
pub struct Retrieved {
    message: Cleared,
    hits: Vec<Fused>,
    generation: GenerationId,
}

impl Retrieved {
    /// The passages found for `message`, best first, all from one generation.
    pub fn new(message: Cleared, hits: Vec<Fused>, generation: GenerationId) -> Self {
        Self { message, hits, generation }
    }

    /// The message.
    pub fn message(&self) -> &Cleared {
        &self.message
    }

    /// The passages, best first.
    pub fn hits(&self) -> &[Fused] {
        &self.hits
    }

    /// The generation they are from.
    pub fn generation(&self) -> GenerationId {
        self.generation
    }

    /// The message's vector.
    pub fn vector(&self) -> &Vector {
        self.message.vector()
    }
}

/// What might be said, not yet checked.
#[derive(Debug, Clone)]
pub struct Drafted {
    draft: Draft,
}

impl Drafted {
    /// A draft made from `retrieved`.
    pub fn new(_from: &Retrieved, draft: Draft) -> Self {
        Self { draft }
    }
}

/// What may be shown: every quoted sentence stands in its source. Only [`Verified::check`] makes one.
#[derive(Debug, Clone)]
pub struct Verified {
    draft: Draft,
}

impl Verified {
    /// Checks a draft and takes out what its sources do not say.
    pub fn check(drafted: Drafted) -> Self {
        Self { draft: verify(drafted.draft) }
    }

    /// What is left.
    pub fn into_draft(self) -> Draft {
        self.draft
    }
}
