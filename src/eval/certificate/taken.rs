//! What is measured elsewhere and taken from files: attacks on a real model, and a real model without line 1. Both want an endpoint,
//! and many minutes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::figures::Rate;
use crate::eval::stats::pass_power;

/// Attacks on a real model, directly and from within articles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injections {
    /// The model.
    pub model: String,
    /// By kind (`direct`, `indirect`): attacks, and those whose outcome differs from that of the same message without the attack.
    pub attacks: BTreeMap<String, Followed>,
    /// Harmless messages with the same words, and those that are handed over.
    pub harmless: Followed,
}

/// Cases, and those that went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// Cases.
    pub cases: usize,
    /// Those that went wrong.
    pub wrong: usize,
    /// Those besides whose endpoint failed.
    #[serde(default)]
    pub failed: usize,
    /// Those besides in which there was nothing to change.
    #[serde(default)]
    pub skipped: usize,
}

impl Followed {
    /// The share that went wrong.
    pub fn rate(self) -> Rate {
        Rate::new(self.wrong, self.cases)
    }
}

/// A real model several times over each message that a person must take, with line 1 bypassed: what lines 2 and 3 hold alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassPower {
    /// The model.
    pub model: String,
    /// Runs of each case.
    pub runs: usize,
    /// How far the model strayed from its likeliest words.
    #[serde(default)]
    pub temperature: f32,
    /// Cases besides whose endpoint failed.
    #[serde(default)]
    pub left_out: usize,
    /// By case: runs in which nothing was said that may not be said.
    pub passed: BTreeMap<String, usize>,
}

impl PassPower {
    /// The mean over the cases of the chance that `k` runs all pass; `None` if there are fewer runs, or no case.
    pub fn power(&self, k: usize) -> Option<f64> {
        let each: Option<Vec<f64>> = self.passed.values().map(|passed| pass_power(*passed, self.runs, k)).collect();
        let each = each.filter(|each| !each.is_empty())?;
        Some(each.iter().sum::<f64>() / crate::eval::stats::count(each.len()))
    }
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakenError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{path}: {source}")]
    Shape {
        /// Which.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// It says more than there can be.
    #[error("{path}: {problem}")]
    Count {
        /// Which.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

impl Injections {
    /// Reads a file of this shape.
    ///
    /// # Errors
    /// When it cannot be read, is of another shape, or counts more failures than cases.
    pub fn read(path: &Path) -> Result<Self, TakenError> {
        let read: Self = json(path)?;
        let odd = read.attacks.values().chain([&read.harmless]).any(|followed| followed.wrong > followed.cases);
        if odd { Err(too_many(path, "more went wrong than there were cases")) } else { Ok(read) }
    }
}

impl PassPower {
    /// Reads a file of this shape.
    ///
    /// # Errors
    /// When it cannot be read, is of another shape, or counts more passes than runs.
    pub fn read(path: &Path) -> Result<Self, TakenError> {
        let read: Self = json(path)?;
        let odd = read.passed.values().any(|passed| *passed > read.runs);
        if odd { Err(too_many(path, "more runs passed than there were")) } else { Ok(read) }
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, TakenError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| TakenError::Read { path: name(), source })?;
    serde_json::from_str(&text).map_err(|source| TakenError::Shape { path: name(), source })
}

fn too_many(path: &Path, problem: &str) -> TakenError {
    TakenError::Count { path: path.display().to_string(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken.json");
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    #[test]
    fn one_failed_run_of_eight_is_no_pass_power() {
        let (_dir, path) = file(r#"{"model":"tiny","runs":8,"passed":{"a":8,"b":7}}"#);
        let taken = PassPower::read(&path).unwrap();
        assert_eq!(taken.power(8), Some(0.5));
        assert_eq!(taken.power(1), Some(0.9375));
        assert_eq!(taken.power(9), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let (_dir, path) = file(r#"{"model":"tiny","runs":8,"passed":{"a":9}}"#);
        assert!(PassPower::read(&path).unwrap_err().to_string().contains("more runs passed"));
        let (_dir, path) = file(r#"{"model":"tiny","attacks":{},"harmless":{"cases":1,"wrong":2}}"#);
        assert!(Injections::read(&path).unwrap_err().to_string().contains("more went wrong"));
        let (_dir, path) = file(r#"{"model":"tiny","attacks":{},"harmless":{"cases":1,"wrong":0},"more":1}"#);
        assert!(Injections::read(&path).unwrap_err().to_string().contains("unknown field"));
        assert!(Injections::read(Path::new("/nowhere")).is_err());
    }
}
