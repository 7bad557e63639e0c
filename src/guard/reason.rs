//! Why a person must take over.

use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::PolicyCode;

/// Why a person must take over. Written as one word: a policy's code, or one of the three below.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum HandoffReason {
    /// The message falls under a policy.
    Policy(PolicyCode),
    /// The message could not be checked, because it could not be embedded or the guards failed. A guard that fails, fails towards a
    /// person: `guard_unavailable`.
    GuardUnavailable,
    /// The articles could not be searched: `search_unavailable`.
    SearchUnavailable,
    /// What a language model wrote may not be said: `withheld`.
    Withheld,
}

const GUARD_UNAVAILABLE: &str = "guard_unavailable";
const SEARCH_UNAVAILABLE: &str = "search_unavailable";
const WITHHELD: &str = "withheld";

impl HandoffReason {
    /// The one word.
    pub fn code(&self) -> &str {
        match self {
            Self::Policy(code) => code.as_str(),
            Self::GuardUnavailable => GUARD_UNAVAILABLE,
            Self::SearchUnavailable => SEARCH_UNAVAILABLE,
            Self::Withheld => WITHHELD,
        }
    }
}

impl From<String> for HandoffReason {
    fn from(code: String) -> Self {
        match code.as_str() {
            GUARD_UNAVAILABLE => Self::GuardUnavailable,
            SEARCH_UNAVAILABLE => Self::SearchUnavailable,
            WITHHELD => Self::Withheld,
            _ => Self::Policy(PolicyCode(code)),
        }
    }
}

impl From<HandoffReason> for String {
    fn from(reason: HandoffReason) -> Self {
        reason.code().to_owned()
    }
}

impl PartialSchema for HandoffReason {
    fn schema() -> RefOr<Schema> {
        let about = "A policy's code, `guard_unavailable`, `search_unavailable` or `withheld`";
        let example = serde_json::Value::from("refund");
        ObjectBuilder::new().schema_type(Type::String).description(Some(about)).examples([example]).into()
    }
}

impl ToSchema for HandoffReason {}

impl std::fmt::Display for HandoffReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_word_and_back() {
        for word in ["refund", "guard_unavailable", "search_unavailable", "withheld"] {
            let reason: HandoffReason = serde_json::from_value(word.into()).unwrap();
            assert_eq!(serde_json::to_value(&reason).unwrap(), word);
        }
        assert_eq!(HandoffReason::from("withheld".to_owned()), HandoffReason::Withheld);
    }
}
