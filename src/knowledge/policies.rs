//! The guards' policies in use: read at the start, and taken up anew when their file changes.
//!
//! New policies are tried first: they must hold the core, and miss no more of the messages that must not be missed than those in
//! force. If they do, the old ones stay and the log says why.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::sync::Progress;
use super::{ArticleStore, SyncError, question_vectors};
use crate::guard::{Guard, Learnt, Policies, PolicyCode, PolicyError, PrepareError, RehearsalError, Row, RowError};
use crate::llm::{Embedder, Vector};
use crate::watched::{HEARTBEAT, Watched};

/// Messages that no policies may miss, as they are compiled in.
const MUST_NOT_MISS: &str = include_str!("../../eval/datasets/guards/must_not_miss.jsonl");

/// Why policies are not in force.
#[derive(Debug, thiserror::Error)]
pub enum PolicyShelfError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not in order.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The guards cannot be made of it.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The messages that must not be missed are not in order.
    #[error("messages that must not be missed: {0}")]
    Rows(#[from] RowError),
    /// The exemplars could not be embedded.
    #[error("the policies' exemplars could not be embedded: {0}")]
    Vectors(#[from] SyncError),
}

/// Keeps the guards that messages are judged by.
#[derive(Debug)]
pub struct PolicyShelf {
    path: PathBuf,
    /// Where what the classifier has learnt is kept.
    kept: PathBuf,
    store: Arc<dyn ArticleStore>,
    embedder: Arc<dyn Embedder>,
    current: RwLock<Arc<Guard>>,
    /// What the file held when it was last looked at; `None` if it was not there.
    seen: Mutex<Option<String>>,
    failures: AtomicU64,
    /// Messages that must not be missed and would be.
    missed: AtomicUsize,
}

impl PolicyShelf {
    /// The policies of the file `path` on top of the compiled-in core; the core alone where there is no such file. What the classifier
    /// learns is kept in the file `kept`.
    ///
    /// # Errors
    /// When the file is not in order or hollows out the core: then nobody is served.
    pub async fn open(
        path: PathBuf,
        kept: PathBuf,
        store: Arc<dyn ArticleStore>,
        embedder: Arc<dyn Embedder>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Self, PolicyShelfError> {
        let text = read(&path)?;
        if text.is_none() {
            tracing::info!(path = %path.display(), "there is no policy file: only the compiled-in policies apply");
        }
        let prepared = prepare(text.as_deref(), &kept, store.as_ref(), embedder.as_ref(), progress).await;
        let Prepared { guard, missed } = prepared?;
        if let Some(error) = &missed {
            // With another embedding model than the shipped one that may be so, and no policies at all would be worse.
            tracing::error!(%error, "the policies miss messages that must not be missed: teach them by exemplars or rules");
        }
        let missed = missed.map_or(0, |error| error.missed().len());
        let (current, seen) = (RwLock::new(Arc::new(guard)), Mutex::new(text));
        Ok(Self {
            path,
            kept,
            store,
            embedder,
            current,
            seen,
            failures: AtomicU64::new(0),
            missed: AtomicUsize::new(missed),
        })
    }

    /// The guards as they are now.
    pub fn current(&self) -> Arc<Guard> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The texts whose vectors it needs: exemplars, and the messages that must not be missed.
    pub fn texts(&self) -> Vec<String> {
        let guard = self.current();
        let mut texts = guard.policies().exemplar_texts();
        texts.extend(rows(guard.policies()).map(|rows| Row::texts(&rows)).unwrap_or_default());
        texts
    }

    /// Counts a message that could not be judged by all guards: it went to a person, or was answered by quoting.
    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How many of the messages that must not be missed would be.
    pub fn missed(&self) -> usize {
        self.missed.load(Ordering::Relaxed)
    }

    /// Messages that could not be judged since the start.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Takes up the file if it has changed, and tells the log.
    pub async fn look(&self) {
        let found = match read(&self.path) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the policy file cannot be read: the policies in force stay");
                return;
            }
        };
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == found {
                return;
            }
            seen.clone_from(&found);
        }
        if found.is_none() {
            tracing::error!(path = %self.path.display(), "the policy file is gone: the policies in force stay");
            return;
        }
        match prepare(found.as_deref(), &self.kept, self.store.as_ref(), self.embedder.as_ref(), &|_| {}).await {
            Ok(Prepared { missed: Some(error), .. }) if error.missed().len() > self.missed() => {
                tracing::error!(%error, "the new policies are not taken up: those in force stay");
            }
            Ok(Prepared { guard, missed }) => {
                self.missed.store(missed.map_or(0, |error| error.missed().len()), Ordering::Relaxed);
                let (version, digest) = (guard.policies().version(), guard.policies().digest().to_owned());
                tracing::info!(version, digest, "new policies are in force");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(guard);
            }
            Err(error) => tracing::error!(%error, "the new policies are not taken up: those in force stay"),
        }
    }

    /// Takes up the file whenever it changes and then rests for `quiet`, until `closing`.
    pub async fn watch(self: Arc<Self>, quiet: Duration, closing: CancellationToken) {
        let Some(folder) = self.path.parent() else { return };
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let is_policy = |_: &std::path::Path, path: &std::path::Path| path.ends_with("policy.toml");
        let mut watched = Watched::new("policies", folder, is_policy);
        loop {
            // First, for what changed before the watch stood.
            self.look().await;
            tokio::select! {
                () = closing.cancelled() => return,
                _ = watched.change(HEARTBEAT, quiet) => {}
            }
        }
    }
}

fn read(path: &std::path::Path) -> Result<Option<String>, PolicyShelfError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PolicyShelfError::File { path: path.display().to_string(), source }),
    }
}

async fn prepare(
    text: Option<&str>,
    kept: &Path,
    store: &dyn ArticleStore,
    embedder: &dyn Embedder,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Prepared, PolicyShelfError> {
    let policies = match text {
        Some(text) => Policies::read(text)?,
        None => Policies::core()?,
    };
    let rows = rows(&policies)?;
    let mut texts = policies.exemplar_texts();
    texts.extend(Row::texts(&rows));
    let vectors = question_vectors(&texts, store, embedder, progress).await?;
    let guard = recall(policies, &vectors, kept)?;
    let missed = guard.rehearse(&rows, &vectors).err();
    Ok(Prepared { guard, missed })
}

/// A guard; what it learns is kept in the file `kept` for the next time.
///
/// # Errors
/// As [`Guard::prepare`]. A file that cannot be read or written costs time, nothing else.
pub fn recall(policies: Policies, vectors: &HashMap<String, Vector>, kept: &Path) -> Result<Guard, PrepareError> {
    let before = std::fs::read(kept).ok().and_then(|bytes| Learnt::read(&bytes));
    let (guard, learnt) = Guard::recall(policies, vectors, before.as_ref())?;
    if let Some(learnt) = learnt {
        // Beside it first: whoever reads it meanwhile reads the old one, or the new one.
        let new = kept.with_extension("new");
        let written = std::fs::write(&new, learnt.bytes()).and_then(|()| std::fs::rename(&new, kept));
        if let Err(error) = written {
            tracing::warn!(%error, path = %kept.display(), "what the guards have learnt could not be kept: the next start learns it again");
        }
    }
    Ok(guard)
}

/// The messages that policies must not miss. What none of them is there for cannot be missed by them: a shop need not have every desk. And
/// what the course of a conversation decides is not in their hands.
fn rows(policies: &Policies) -> Result<Vec<Row>, RowError> {
    let by_course = [PolicyCode::UNRESOLVED, PolicyCode::UNCLEAR];
    let mut rows = Row::read(MUST_NOT_MISS)?;
    rows.retain(|row| {
        let code = row.policy.as_ref().filter(|code| !by_course.contains(&code.as_str()));
        code.is_some_and(|code| policies.get(code).is_some())
    });
    Ok(rows)
}

/// A guard that was tried.
struct Prepared {
    guard: Guard,
    missed: Option<RehearsalError>,
}
