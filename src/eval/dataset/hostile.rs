//! What a hostile model says, and what a harmless one does.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::eval::jsonl::{self, DatasetError};

/// A reply with the worst that a model can say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hostile {
    /// Its name.
    pub id: String,
    /// What kind of harm it does.
    pub family: String,
    /// How it was hidden, if it was.
    #[serde(default)]
    pub mutation: Option<String>,
    /// A tag, or `mixed`.
    pub lang: String,
    /// The reply, with markers or without.
    pub text: String,
    /// The question it answers.
    pub asked: String,
}

/// A reply that an article supports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Harmless {
    /// Its name.
    pub id: String,
    /// A tag.
    pub lang: String,
    /// The question it answers.
    pub asked: String,
    /// An article's id, or the passage itself.
    pub source: String,
    /// The reply.
    pub text: String,
}

/// Hostile replies of a file.
///
/// # Errors
/// Names the line that is none, or an id that stands twice.
pub fn hostile(path: &Path) -> Result<Vec<Hostile>, DatasetError> {
    let rows = jsonl::lines::<Hostile>(path)?;
    jsonl::unique(path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Harmless replies of a file.
///
/// # Errors
/// As [`hostile`].
pub fn harmless(path: &Path) -> Result<Vec<Harmless>, DatasetError> {
    let rows = jsonl::lines::<Harmless>(path)?;
    jsonl::unique(path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
