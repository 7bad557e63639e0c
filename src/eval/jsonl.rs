//! Files of one JSON object a line, read so that a mistake is named by file and line.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// Why a dataset is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line that is not what the format says.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A file or folder that is not a dataset of this kind as a whole.
    #[error("{}: {problem}", path.display())]
    Whole {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl DatasetError {
    /// A dataset that is wrong as a whole.
    pub fn whole(path: &Path, problem: impl Into<String>) -> Self {
        Self::Whole { path: path.to_owned(), problem: problem.into() }
    }
}

/// A file as text.
///
/// # Errors
/// When it cannot be read, or is not UTF-8 (named by line).
pub fn read(path: &Path) -> Result<String, DatasetError> {
    let bytes = std::fs::read(path).map_err(|source| DatasetError::Read { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count();
        DatasetError::Line { path: path.to_owned(), line, problem: "is not UTF-8".to_owned() }
    })
}

/// Every object of a file, with its line (from 1). Empty lines and a byte order mark are passed over.
///
/// # Errors
/// Names the line that is no such object.
pub fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, DatasetError> {
    let text = read(path)?;
    let numbered = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(at, line): (usize, &str)| {
        let value = serde_json::from_str(line).map_err(|error| DatasetError::Line {
            path: path.to_owned(),
            line: at + 1,
            problem: error.to_string(),
        })?;
        Ok((at + 1, value))
    };
    numbered.map(parse).collect()
}

/// Refuses two cases of one name: results are told apart by it.
///
/// # Errors
/// Names the second.
pub fn unique<'a>(path: &Path, ids: impl IntoIterator<Item = (usize, &'a str)>) -> Result<(), DatasetError> {
    let mut seen = std::collections::HashMap::new();
    for (line, id) in ids {
        if let Some(before) = seen.insert(id, line) {
            let problem = format!("the id {id:?} stands in line {before} already; each case needs its own");
            return Err(DatasetError::Line { path: path.to_owned(), line, problem });
        }
    }
    Ok(())
}

/// The name reports give a dataset: that of its file or folder.
pub fn name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let stem = if absolute.is_dir() { absolute.file_name() } else { absolute.file_stem() };
    stem.map_or_else(|| "dataset".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Digest of files' contents (first 16 hex digits of BLAKE3), so that a report says which data it is about.
///
/// # Errors
/// When one cannot be read.
pub fn digest(paths: &[PathBuf]) -> Result<String, DatasetError> {
    let mut hasher = blake3::Hasher::new();
    for path in paths {
        let bytes = std::fs::read(path).map_err(|source| DatasetError::Read { path: path.clone(), source })?;
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(hasher.finalize().to_hex().chars().take(16).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("set.jsonl");
        std::fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    #[test]
    fn a_mistake_is_named_by_line() {
        let (_dir, path) = file("\u{feff}{\"a\":1}\n\n{\"a\":\n".as_bytes());
        let error = lines::<Value>(&path).unwrap_err().to_string();
        assert!(error.contains("set.jsonl:3: "), "{error}");
        let (_dir, path) = file(b"{\"a\":1}\n\xff\xfe\n");
        let error = lines::<Value>(&path).unwrap_err().to_string();
        assert!(error.ends_with("set.jsonl:2: is not UTF-8"), "{error}");
    }

    #[test]
    fn lines_keep_their_numbers() {
        let (_dir, path) = file("\n{\"a\":\"返品\"}\n\n{}\n".as_bytes());
        let numbers: Vec<usize> = lines::<Value>(&path).unwrap().into_iter().map(|(line, _)| line).collect();
        assert_eq!(numbers, [2, 4]);
    }

    #[test]
    fn two_of_one_name_are_refused() {
        let error = unique(Path::new("x"), [(1, "a"), (2, "b"), (7, "a")]).unwrap_err().to_string();
        assert!(error.contains("x:7") && error.contains("line 1"), "{error}");
    }
}
