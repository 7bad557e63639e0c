//! What the machine may not decide. In this storey: the places in the chain, and the one rule that already holds, that a
//! message without a vector is never cleared. Policies, rules and detectors come with the guards' own storey.

mod cleared;
mod masked;
pub mod output;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use cleared::Cleared;
pub use masked::{Masked, Received};

/// Why a person must take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandoffReason {
    /// The message could not be checked, because it could not be embedded. A guard that fails, fails towards a person.
    GuardUnavailable,
    /// The articles could not be searched.
    SearchUnavailable,
}
