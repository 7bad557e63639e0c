//! The prompts in use: the embedded ones, or those of a folder, which are taken up when they change.
//!
//! A file that is not in order never replaces one that was: what the service asks by is always a prompt that can be rendered.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::prompts::{Prompts, Which};
use crate::prompt::{PromptError, Proof};
use crate::watched::{HEARTBEAT, Watched};

/// The largest file that is read: more than any model's context holds.
const MAX_BYTES: u64 = 256 * 1024;
const READABLE: &str = "a prompt is a text file in UTF-8 of at most 256 KiB";
const BACK: &str = "put it back, or restart the service to use the embedded one";

/// What a file held when it was last looked at; `None` if it was not there.
type Seen = Result<Option<String>, PromptError>;

/// Keeps the prompts that answers are asked for by.
#[derive(Debug)]
pub struct PromptShelf {
    folder: Option<PathBuf>,
    current: RwLock<Arc<Prompts>>,
    /// By [`Which::ALL`]: what is the same as before is not told again.
    seen: Mutex<[Seen; 2]>,
}

impl PromptShelf {
    /// The prompts of `folder` (`answer.ja.md`, `answer.en.md`), or the embedded ones. For a file that is not there, or not in order, the
    /// embedded one is used; the log tells which.
    ///
    /// # Errors
    /// When an embedded one is not in order.
    pub fn open(folder: Option<PathBuf>) -> Result<Self, PromptError> {
        let current = RwLock::new(Arc::new(Prompts::embedded()?));
        let shelf = Self { folder, current, seen: Mutex::new([Ok(None), Ok(None)]) };
        shelf.look();
        Ok(shelf)
    }

    /// The prompts as they are now. Whoever writes a reply takes them once, so that it is all of one version.
    pub fn current(&self) -> Arc<Prompts> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up what has changed in the folder, and tells the log.
    pub fn look(&self) {
        let Some(folder) = &self.folder else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut prompts, mut changed) = (Prompts::clone(&self.current()), false);
        for (which, seen) in Which::ALL.into_iter().zip(seen.iter_mut()) {
            let found = read(folder, which);
            if found == *seen {
                continue;
            }
            seen.clone_from(&found);
            let gone =
                || PromptError { name: which.name().to_owned(), problem: "its file is gone".to_owned(), remedy: BACK };
            match found.and_then(|text| text.ok_or_else(gone)).and_then(|text| which.read(&text)) {
                Ok(template) => {
                    tracing::info!(prompt = which.name(), version = %template.version(), "a prompt is taken up");
                    prompts.put(which, template);
                    changed = true;
                }
                Err(error) => {
                    let stays = prompts.get(which).version();
                    tracing::error!(%error, version = %stays, "a prompt is not in order: the last good one stays in use");
                }
            }
        }
        if changed {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(prompts);
        }
    }

    /// Takes up files of the folder whenever they change and then rest for `quiet`, until `closing`. Ends at once where there is no folder.
    pub async fn watch(self: Arc<Self>, quiet: Duration, closing: CancellationToken) {
        self.watch_every(HEARTBEAT, quiet, closing).await;
    }

    async fn watch_every(self: Arc<Self>, heartbeat: Duration, quiet: Duration, closing: CancellationToken) {
        let Some(folder) = &self.folder else { return };
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        let mut watched = Watched::new("prompts", folder, |folder, path| path.starts_with(folder));
        loop {
            // First, for what changed before the watch stood. Looking once too often costs two small files.
            let shelf = Arc::clone(&self);
            if let Err(error) = tokio::task::spawn_blocking(move || shelf.look()).await {
                tracing::error!(%error, "the prompts could not be looked at; the last good ones stay in use");
            }
            tokio::select! {
                () = closing.cancelled() => return,
                _ = watched.change(heartbeat, quiet) => {}
            }
        }
    }

    /// A look at each prompt, as [`open`](Self::open) would find it, and the Markdown files of `folder` that are none.
    pub fn proofs(folder: Option<&Path>) -> (Vec<Proof>, Vec<PathBuf>) {
        let proof = |which: Which| {
            let file = folder.map(|folder| (folder.join(which.file()), read(folder, which)));
            let (file, found) = match file {
                Some((file, Ok(Some(text)))) => (Some(file), which.read(&text)),
                Some((file, Err(error))) => (Some(file), Err(error)),
                None | Some((_, Ok(None))) => (None, which.read(which.embedded())),
            };
            Proof { name: which.name().to_owned(), file, found }
        };
        (Which::ALL.into_iter().map(proof).collect(), folder.map(strangers).unwrap_or_default())
    }
}

/// Markdown files that nobody reads: a misspelt name must not look like a prompt in use.
fn strangers(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let known = |path: &PathBuf| Which::ALL.iter().any(|which| path.ends_with(which.file()));
    let mut strangers: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "md") && !known(path)).collect();
    strangers.sort();
    strangers
}

fn read(folder: &Path, which: Which) -> Seen {
    let wrong = |problem: String| PromptError { name: which.name().to_owned(), problem, remedy: READABLE };
    let path = folder.join(which.file());
    let mut text = String::new();
    let reading = std::fs::File::open(&path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    match reading {
        Ok(bytes) if bytes as u64 > MAX_BYTES => Err(wrong(format!("{} is too large", path.display()))),
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(format!("{} cannot be read: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests;
