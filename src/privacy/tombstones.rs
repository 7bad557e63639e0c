//! Tombstones: that a conversation was erased, outside the database and its backups. One line of JSON each, only ever added to.
//!
//! A line holds the digest of the conversation's id, so that who has the file and no conversation learns nothing from it; ids are
//! random enough that none can be found by trying.
//!
//! The file is a copy of what the store keeps with each erasure: whatever stands here has been done, and each replica's
//! file has the erasures of all. The store may be replaced by an older copy of itself; the file may not.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::PrivacyError;
use crate::conversation::ConversationId;
use crate::store::{Store, Tombstone};

/// Tombstones copied in one go.
const PAGE: u64 = 500;

/// The file of tombstones. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tombstones {
    path: PathBuf,
    /// The number of the store's last tombstone that is surely in the file; `None` where it is not known.
    noted: Arc<Mutex<Option<u64>>>,
    /// One writes at a time. Nobody asks the store for anything while they hold it: whoever waits for it may have a
    /// transaction open.
    writing: Arc<Mutex<()>>,
}

/// What was erased, by the digest of the conversation's id.
#[derive(Debug, Default)]
pub(super) struct Erased(HashMap<String, Tombstone>);

impl Erased {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tombstone of this one, if it was erased.
    pub(super) fn of(&self, conversation: ConversationId) -> Option<&Tombstone> {
        self.0.get(&Tombstone::digest(conversation))
    }

    /// Adds one. A conversation that a backup brought back may have been erased more than once: then each covers what
    /// it covers.
    fn add(&mut self, stone: Tombstone) {
        let covers = match self.0.get(&stone.conversation) {
            Some(earlier) => earlier.covers.as_ref().zip(stone.covers.as_ref()).map(|(a, b)| format!("{a} {b}")),
            None => stone.covers.clone(),
        };
        self.0.insert(stone.conversation.clone(), Tombstone { covers, ..stone });
    }
}

impl Tombstones {
    /// In this file, which need not be there yet.
    pub fn at(path: PathBuf) -> Self {
        Self { path, noted: Arc::default(), writing: Arc::default() }
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
        self.add(&[tombstone]).await
    }

    /// Copies what was erased, by whichever replica, and does not stand in the file yet. When this returns, it is on
    /// the disk. Returns how many were added.
    ///
    /// # Errors
    /// When the store fails, or the file cannot be read, written or synced.
    pub async fn note(&self, store: &Store) -> Result<usize, PrivacyError> {
        let mut noted = self.noted.lock().await;
        let last = store.last_erasure().await?;
        // If this ends half-way, the file itself is asked the next time; and so it is if the store was replaced by an
        // older one.
        let (mut after, known) = match noted.take().filter(|seq| *seq <= last) {
            Some(seq) => (seq, HashSet::new()),
            None => (0, self.lines().await?.into_iter().map(|stone| stone.id).collect::<HashSet<Uuid>>()),
        };
        let mut added = 0;
        while after < last {
            let page = store.tombstones_after(after, PAGE).await?;
            let Some((seq, _)) = page.last() else { break };
            after = *seq;
            let new: Vec<&Tombstone> =
                page.iter().map(|(_, stone)| stone).filter(|stone| !known.contains(&stone.id)).collect();
            self.add(&new).await?;
            added += new.len();
        }
        *noted = Some(after);
        Ok(added)
    }

    /// Whether the file can be written to: to be asked before something is erased.
    pub(crate) async fn ready(&self) -> Result<(), PrivacyError> {
        self.append(Vec::new()).await
    }

    /// All of them. A line that was cut off is passed over, and told; at the next start the store gives it once more.
    pub(super) async fn read(&self) -> Result<Erased, PrivacyError> {
        let mut erased = Erased::default();
        self.lines().await?.into_iter().for_each(|stone| erased.add(stone));
        Ok(erased)
    }

    /// The store was given tombstones that stand in the file already: what stands there is looked at the next time
    /// something is noted.
    pub(super) async fn look_again(&self) {
        *self.noted.lock().await = None;
    }

    async fn lines(&self) -> Result<Vec<Tombstone>, PrivacyError> {
        let text = match tokio::fs::read_to_string(&self.path).await {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(error)),
        };
        let mut stones = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str::<Tombstone>(line) {
                Ok(stone) => stones.push(stone),
                Err(error) => {
                    tracing::error!(path = %self.path.display(), line = number, %error, "a tombstone cannot be read: passed over");
                }
            }
        }
        Ok(stones)
    }

    async fn add(&self, stones: &[&Tombstone]) -> Result<(), PrivacyError> {
        let mut lines = Vec::new();
        for stone in stones {
            serde_json::to_writer(&mut lines, stone).map_err(|error| self.failed(error.into()))?;
            lines.push(b'\n');
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.append(lines).await
    }

    async fn append(&self, lines: Vec<u8>) -> Result<(), PrivacyError> {
        let _one_at_a_time = self.writing.lock().await;
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || append(&path, &lines)).await;
        written.map_err(|error| self.failed(std::io::Error::other(error)))?.map_err(|error| self.failed(error))
    }

    fn failed(&self, source: std::io::Error) -> PrivacyError {
        PrivacyError::Tombstones { path: self.path.display().to_string(), source }
    }
}

/// Adds lines and syncs them, and the folder too if the file is new in it.
fn append(path: &Path, lines: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    // A line that a crash cut off must not take these with it.
    let whole = match ends_in_newline(&mut file)? {
        true => lines.to_vec(),
        false => [b"\n", lines].concat(),
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
    use jiff::Timestamp;

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
        let stone = |id, when| Tombstone::of(RandomIds.fresh(), id, at(when));
        let (first, second) = (stone(one, "2026-11-30T01:00:00Z"), stone(other, "2026-11-30T02:00:00Z"));
        for stone in [&first, &second] {
            tombstones.write(stone).await.unwrap();
        }
        let erased = tombstones.read().await.unwrap();
        assert_eq!((erased.of(one), erased.of(other), erased.of(living)), (Some(&first), Some(&second), None));
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
        assert!(erased.of(before).is_some() && erased.of(after).is_some());
    }

    #[tokio::test]
    async fn who_is_erased_twice_is_erased_with_all_of_both() {
        let folder = tempfile::tempdir().unwrap();
        let tombstones = Tombstones::at(folder.path().join("tombstones.jsonl"));
        let (twice, whole) = (conversation(), conversation());
        let stone = |of, covers: Option<&str>| Tombstone {
            covers: covers.map(str::to_owned),
            ..Tombstone::of(RandomIds.fresh(), of, Timestamp::UNIX_EPOCH)
        };
        for (of, covers) in [(twice, Some("a b")), (twice, Some("a c")), (whole, None), (whole, Some("a"))] {
            tombstones.write(&stone(of, covers)).await.unwrap();
        }
        let erased = tombstones.read().await.unwrap();
        assert_eq!(erased.of(twice).unwrap().covers.as_deref(), Some("a b a c"));
        assert_eq!(erased.of(whole).unwrap().covers, None, "everything stays everything");
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let tombstones = Tombstones::at(folder.path().join("file/tombstones.jsonl"));
        let error = tombstones.write(&Tombstone::of(RandomIds.fresh(), conversation(), Timestamp::UNIX_EPOCH)).await;
        for error in [error, tombstones.ready().await] {
            assert!(error.unwrap_err().to_string().contains("tombstones.jsonl"));
        }
    }
}
