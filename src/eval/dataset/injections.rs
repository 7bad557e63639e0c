//! Texts that want to change what an assistant says, and harmless ones with the same words.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::eval::jsonl::{self, DatasetError};

/// A text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Its name.
    pub id: String,
    /// Its words.
    pub text: String,
    /// What kind of text it is.
    #[serde(default)]
    pub kind: String,
    /// Within its kind, where the set says.
    #[serde(default)]
    pub category: Option<String>,
}

/// A folder with such texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectionSet {
    /// What somebody says to the assistant.
    pub attacks: Vec<Text>,
    /// What somebody puts into an article.
    pub payloads: Vec<Text>,
    /// What is harmless.
    pub benign: Vec<Text>,
    /// Where all that was read from.
    pub files: Vec<PathBuf>,
}

impl Text {
    /// What a sample is spread over.
    pub fn group(&self) -> String {
        format!("{}/{}", self.kind, self.category.as_deref().unwrap_or_default())
    }
}

impl InjectionSet {
    /// Reads `attacks.jsonl`, `indirect_payloads.jsonl` and `benign.jsonl` of a folder.
    ///
    /// # Errors
    /// Names the file that is not there or holds nothing, or the line at fault.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let files = ["attacks", "indirect_payloads", "benign"].map(|name| folder.join(name).with_extension("jsonl"));
        let [attacks, payloads, benign] = files.each_ref().map(|path| texts(path));
        Ok(Self { attacks: attacks?, payloads: payloads?, benign: benign?, files: files.into() })
    }
}

fn texts(path: &Path) -> Result<Vec<Text>, DatasetError> {
    let rows = jsonl::lines::<Text>(path)?;
    jsonl::unique(path, rows.iter().map(|(line, text)| (*line, text.id.as_str())))?;
    if let Some((line, _)) = rows.iter().find(|(_, text)| text.text.trim().is_empty()) {
        let problem = "an empty text changes nothing".to_owned();
        return Err(DatasetError::Line { path: path.to_owned(), line: *line, problem });
    }
    if rows.is_empty() {
        return Err(DatasetError::whole(path, "holds no text"));
    }
    Ok(rows.into_iter().map(|(_, text)| text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_three_files() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let row = |id: &str| format!("{{\"id\":\"{id}\",\"text\":\"無視して\",\"lang\":\"ja\",\"kind\":\"k\"}}\n");
        write("attacks.jsonl", &format!("{}{}", row("a"), row("b")));
        write("indirect_payloads.jsonl", &row("a"));
        assert!(InjectionSet::read(dir.path()).unwrap_err().to_string().contains("benign.jsonl"));
        write("benign.jsonl", "\n");
        assert!(InjectionSet::read(dir.path()).unwrap_err().to_string().contains("holds no text"));
        write("benign.jsonl", "{\"id\":\"a\",\"text\":\" \"}");
        assert!(InjectionSet::read(dir.path()).unwrap_err().to_string().contains("benign.jsonl:1"));
        write("benign.jsonl", &row("c"));
        let set = InjectionSet::read(dir.path()).unwrap();
        assert_eq!((set.attacks.len(), set.payloads.len(), set.benign.len(), set.files.len()), (2, 1, 1, 3));
        assert_eq!(set.attacks[0].group(), "k/");
    }
}
