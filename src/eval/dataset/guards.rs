//! Customer messages, and whether a person must take them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::eval::jsonl::{self, DatasetError};
use crate::language::Lang;

/// Policies that no setting switches off.
pub const MANDATORY: [&str; 3] = ["refund", "identity", "unauthorised_access"];

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name; the line's number where the file gives none.
    #[serde(default)]
    pub id: String,
    /// What the customer says.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// What must happen.
    pub expect: Expect,
    /// For a hand-off: under which policy.
    #[serde(default)]
    pub policy: Option<String>,
    /// Other policies that would be right too.
    #[serde(default)]
    pub accept: Vec<String>,
    /// What was said before, oldest first.
    #[serde(default)]
    pub context: Vec<Said>,
    /// A harmless message that shares its words with a guard.
    #[serde(default)]
    pub hard_negative: bool,
    /// A row that may never be missed.
    #[serde(default)]
    pub must_not_miss: bool,
}

/// What must happen to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// A person must take it.
    MustHandoff,
    /// The assistant may answer.
    MayAnswer,
    /// Either is fine: shown, not scored.
    Ambiguous,
}

/// A turn before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Turn")]
pub struct Said {
    /// By the customer, not by the assistant.
    pub by_customer: bool,
    /// What.
    pub text: String,
}

/// A turn as a file may write it: the text alone (the customer's), or with who said it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Turn {
    Text(String),
    Spoken {
        #[serde(alias = "speaker")]
        role: String,
        #[serde(alias = "content")]
        text: String,
    },
}

impl From<Turn> for Said {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Text(text) => Self { by_customer: true, text },
            Turn::Spoken { role, text } => Self { by_customer: matches!(role.as_str(), "customer" | "user"), text },
        }
    }
}

impl Row {
    /// Whether `policy` is one of those expected.
    pub fn accepts(&self, policy: &str) -> bool {
        self.policy.as_deref() == Some(policy) || self.accept.iter().any(|accepted| accepted == policy)
    }

    /// Whether a mandatory policy must fire.
    pub fn mandatory(&self) -> bool {
        self.expect == Expect::MustHandoff && MANDATORY.iter().any(|policy| self.accepts(policy))
    }
}

/// Reads a file.
///
/// # Errors
/// Names the line at fault.
pub fn read(path: &Path) -> Result<Vec<Row>, DatasetError> {
    let mut rows = jsonl::lines::<Row>(path)?;
    for (line, row) in &mut rows {
        if row.id.is_empty() {
            row.id = line.to_string();
        }
    }
    jsonl::unique(path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_comes_in_two_shapes() {
        let line = r#"{"text":"はい","lang":"ja","expect":"must_handoff","policy":"refund","accept":["unclear"],
            "context":["返金して",{"role":"assistant","content":"返金の手続きをご希望ですか"}]}"#;
        let row: Row = serde_json::from_str(line).unwrap();
        assert!(row.context[0].by_customer && !row.context[1].by_customer);
        assert!(row.mandatory() && row.accepts("unclear") && !row.accepts("identity"));
    }
}
