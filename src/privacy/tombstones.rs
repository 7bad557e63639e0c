//! Tombstones: that a conversation was erased, outside the database and its backups. One line of JSON each, only ever added to.
//!
//! A line holds the digest of the conversation's id, so that who has the file and no conversation learns nothing from it; ids are
//! random enough that none can be found by trying.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::PrivacyError;
use crate::conversation::{ConversationId, sha256};

/// That a conversation was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Names the erasure.
    pub id: Uuid,
    /// SHA-256 of the conversation's id, hex.
    pub conversation: String,
    /// When.
    pub at: Timestamp,
}

impl Tombstone {
    /// For a conversation.
    pub fn of(id: Uuid, conversation: ConversationId, at: Timestamp) -> Self {
        Self { id, conversation: digest(conversation), at }
    }
}

/// The file of tombstones. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tombstones {
    path: PathBuf,
    /// One writes at a time.
    writing: Arc<Mutex<()>>,
}

/// When each erased conversation was erased, by the digest of its id.
#[derive(Debug, Default)]
pub(super) struct Erased(HashMap<String, Timestamp>);

impl Erased {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When this one was erased, if it was.
    pub(super) fn at(&self, conversation: ConversationId) -> Option<Timestamp> {
        self.0.get(&digest(conversation)).copied()
    }
}

impl Tombstones {
    /// In this file, which need not be there yet.
    pub fn at(path: PathBuf) -> Self {
        Self { path, writing: Arc::default() }
    }

    /// Where they lie.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a tombstone. When this returns, it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written or synced.
    pub async fn write(&self, tombstone: &Tombstone) -> Result<(), PrivacyError> {
        let _one_at_a_time = self.writing.lock().await;
        let mut line = serde_json::to_vec(tombstone).map_err(|error| self.failed(error.into()))?;
        line.push(b'\n');
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || append(&path, &line)).await;
        written.map_err(|error| self.failed(std::io::Error::other(error)))?.map_err(|error| self.failed(error))
    }

    /// All of them. A line that was cut off was never acknowledged, and its erasure not begun: it is passed over, and told.
    pub(super) async fn read(&self) -> Result<Erased, PrivacyError> {
        let text = match tokio::fs::read_to_string(&self.path).await {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Erased::default()),
            Err(error) => return Err(self.failed(error)),
        };
        let mut erased = HashMap::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str::<Tombstone>(line) {
                Ok(Tombstone { conversation, at, .. }) => {
                    erased.insert(conversation, at);
                }
                Err(error) => {
                    tracing::error!(path = %self.path.display(), line = number, %error, "a tombstone cannot be read: passed over");
                }
            }
        }
        Ok(Erased(erased))
    }

    fn failed(&self, source: std::io::Error) -> PrivacyError {
        PrivacyError::Tombstones { path: self.path.display().to_string(), source }
    }
}

fn digest(conversation: ConversationId) -> String {
    sha256(conversation.to_string().as_bytes())
}

/// Adds a line and syncs it, and the folder too if the file is new in it.
fn append(path: &Path, line: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    // A line that a crash cut off must not take this one with it.
    let whole = match ends_in_newline(&mut file)? {
        true => line.to_vec(),
        false => [b"\n", line].concat(),
    };
    file.write_all(&whole)?;
    file.sync_all()?;
    if is_new {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn ends_in_newline(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Ids as _, RandomIds};

    fn conversation() -> ConversationId {
        ConversationId(RandomIds.fresh())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn what_was_written_is_known_again_and_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let tombstones = Tombstones::at(folder.path().join("deep/tombstones.jsonl"));
        assert!(tombstones.read().await.unwrap().is_empty());
        let (one, other, living) = (conversation(), conversation(), conversation());
        for (id, when) in [(one, "2026-11-30T01:00:00Z"), (other, "2026-11-30T02:00:00Z")] {
            tombstones.write(&Tombstone::of(RandomIds.fresh(), id, at(when))).await.unwrap();
        }
        let erased = tombstones.read().await.unwrap();
        assert_eq!(erased.at(one), Some(at("2026-11-30T01:00:00Z")));
        assert_eq!((erased.at(other), erased.at(living)), (Some(at("2026-11-30T02:00:00Z")), None));
        let text = std::fs::read_to_string(tombstones.path()).unwrap();
        assert!(!text.contains(&one.to_string()) && text.lines().count() == 2, "{text}");
    }

    #[tokio::test]
    async fn a_line_that_was_cut_off_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let tombstones = Tombstones::at(folder.path().join("tombstones.jsonl"));
        let (before, after) = (conversation(), conversation());
        let when = at("2026-11-30T01:00:00Z");
        tombstones.write(&Tombstone::of(RandomIds.fresh(), before, when)).await.unwrap();
        let mut file = OpenOptions::new().append(true).open(tombstones.path()).unwrap();
        file.write_all(b"{\"id\":\"0198").unwrap();
        tombstones.write(&Tombstone::of(RandomIds.fresh(), after, when)).await.unwrap();
        let erased = tombstones.read().await.unwrap();
        assert_eq!((erased.at(before), erased.at(after)), (Some(when), Some(when)));
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let tombstones = Tombstones::at(folder.path().join("file/tombstones.jsonl"));
        let error = tombstones.write(&Tombstone::of(RandomIds.fresh(), conversation(), Timestamp::UNIX_EPOCH)).await;
        assert!(error.unwrap_err().to_string().contains("tombstones.jsonl"));
    }
}
