//! A message that the machine may answer.

use super::{HandoffReason, Masked};
use crate::llm::{Embedded, Vector};

/// A message that no guard has claimed for a person. Only [`Cleared::check`] makes one, and only from a vector: the guards
/// and the search share it.
#[derive(Debug, Clone)]
pub struct Cleared {
    message: Masked,
    vector: Vector,
}

impl Cleared {
    /// Asks the guards.
    ///
    /// # Errors
    /// The reason why a person must take over.
    pub fn check(embedded: Embedded) -> Result<Self, HandoffReason> {
        let (message, vector) = embedded.into_parts();
        if vector.as_slice().iter().all(|n| *n == 0.0) {
            return Err(HandoffReason::GuardUnavailable);
        }
        Ok(Self { message, vector })
    }

    /// The message.
    pub fn message(&self) -> &Masked {
        &self.message
    }

    /// Its vector.
    pub fn vector(&self) -> &Vector {
        &self.vector
    }
}
