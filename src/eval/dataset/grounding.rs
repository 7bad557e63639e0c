//! Context and answer, and whether the one supports the other.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::eval::jsonl::{self, DatasetError};
use crate::language::Lang;

/// A pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Its name; the line's number where the file gives none.
    #[serde(default)]
    pub id: String,
    /// What may be relied on.
    pub context: String,
    /// What was asked, where the set says.
    #[serde(default)]
    pub question: Option<String>,
    /// What was said.
    pub answer: String,
    /// Whether the context supports the answer.
    pub label: Label,
    /// Its language.
    pub lang: Lang,
    /// Kind of pair, where the set says.
    #[serde(default)]
    pub kind: Option<String>,
}

/// Whether the context supports the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// All of it.
    Supported,
    /// Not all of it.
    Unsupported,
}

/// Reads a file.
///
/// # Errors
/// Names the line at fault.
pub fn read(path: &Path) -> Result<Vec<Pair>, DatasetError> {
    let mut rows = jsonl::lines::<Pair>(path)?;
    for (line, pair) in &mut rows {
        if pair.id.is_empty() {
            pair.id = line.to_string();
        }
    }
    jsonl::unique(path, rows.iter().map(|(line, pair)| (*line, pair.id.as_str())))?;
    Ok(rows.into_iter().map(|(_, pair)| pair).collect())
}
