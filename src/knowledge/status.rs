//! How the last sync went, for `/readyz` and the log.

use jiff::Timestamp;
use serde::Serialize;

use super::lint::Severity;
use super::plan::Held;
use super::sync::{SyncError, SyncReport};

/// How the last sync went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncStatus {
    /// When it ended.
    pub at: Timestamp,
    /// How it went.
    pub outcome: Outcome,
}

/// How a sync went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum Outcome {
    /// The index holds what the folder holds, except for what is held back.
    Done {
        /// Number of articles.
        articles: usize,
        /// Number of passages.
        passages: usize,
        /// Whether a new generation was built.
        switched: bool,
        /// Files that are not live as they are.
        held: Vec<Held>,
        /// Number of errors of the lint.
        errors: usize,
        /// Number of warnings of the lint.
        warnings: usize,
    },
    /// It ended without switching; the generation before answers.
    Failed {
        /// Why.
        error: String,
    },
}

impl SyncStatus {
    /// Of a sync that ended at `at`.
    pub fn of(synced: &Result<SyncReport, SyncError>, at: Timestamp) -> Self {
        let outcome = match synced {
            Ok(report) => {
                let plan = &report.plan;
                Outcome::Done {
                    articles: plan.added.len() + plan.changed.len() + plan.unchanged,
                    passages: plan.passages,
                    switched: report.published.is_some(),
                    held: plan.held.clone(),
                    errors: plan.count(Severity::Error),
                    warnings: plan.count(Severity::Warning),
                }
            }
            Err(error) => Outcome::Failed { error: error.to_string() },
        };
        Self { at, outcome }
    }

    /// Whether the sync ended well and no file is held back.
    pub fn is_clean(&self) -> bool {
        matches!(&self.outcome, Outcome::Done { held, .. } if held.is_empty())
    }
}

impl std::fmt::Display for SyncStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.outcome {
            Outcome::Done { articles, passages, held, errors, warnings, .. } => {
                write!(f, "{articles} articles in {passages} passages, {errors} errors, {warnings} warnings")?;
                if !held.is_empty() {
                    let files = held.iter().map(|held| held.file.as_str()).collect::<Vec<_>>().join(", ");
                    write!(f, "; held back: {files}")?;
                }
                write!(f, " (synced {:.0})", self.at)
            }
            Outcome::Failed { error } => write!(f, "sync failed: {error} ({:.0})", self.at),
        }
    }
}
