//! The index in process, on `qdrant-edge`: a folder of generations, of which one serves.
//!
//! The engine's own durability is weaker than it looks: its log is never read back, a flush beside a write panics, and
//! closing panics once the folder is gone. So nothing here depends on it. One thread builds a generation in a fresh folder,
//! flushes, closes, opens it again and counts; then everything is fsynced, a manifest is written, and a pointer file is
//! renamed. From then on the generation is only read. Whatever the process is killed in, the pointer names a whole one.

mod folder;
mod shard;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{GenerationId, GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery, PassageIndex, stored};
use folder::Folder;
use shard::Shard;

/// How a generation is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeSettings {
    /// From so many passages on an HNSW graph is built; below, every vector is compared, which is exact. A sync builds everything
    /// anew, so the graph's cost is paid with every edited article: at 10,000 passages it takes 4 seconds more and
    /// saves 5 milliseconds a search (`cargo bench --bench search`).
    pub graph_from: usize,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self { graph_from: 10_000 }
    }
}

/// The embedded index. Holds the lock of its folder for as long as it lives.
#[derive(Debug, Clone)]
pub struct EdgeIndex {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: RwLock<State>,
    /// Held by the thread that builds.
    publishing: Mutex<()>,
    /// Generations whose files are open: the serving one, and old ones that a search is still reading.
    open: Arc<Mutex<HashSet<GenerationId>>>,
    settings: EdgeSettings,
    /// Last, so that the lock goes after everything that reads the folder.
    folder: Folder,
}

#[derive(Debug, Clone)]
enum State {
    Empty,
    Serving(Arc<Serving>),
    /// What `current` points to cannot be read. Searches say so; a publish repairs it.
    Damaged(String),
}

/// An open generation. Its folder is removed with its last reader once it is retired.
#[derive(Debug)]
struct Serving {
    shard: Shard,
    spec: GenerationSpec,
    folder: PathBuf,
    retired: AtomicBool,
    open: Arc<Mutex<HashSet<GenerationId>>>,
}

impl EdgeIndex {
    /// Opens the index in `dir`, creating the folder if need be. A folder that another index holds is [`IndexError::Locked`];
    /// a generation that cannot be read is no error here (the next publish replaces it) but one of every search.
    ///
    /// Blocks while reading files: call it at start, not inside a request.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        Self::with_settings(dir, EdgeSettings::default())
    }

    /// The same with settings of one's own.
    pub fn with_settings(dir: &Path, settings: EdgeSettings) -> Result<Self, IndexError> {
        let folder = Folder::lock(dir)?;
        let open = Arc::default();
        let state = match folder.pointer() {
            Ok(None) => {
                folder.sweep(&HashSet::new())?;
                State::Empty
            }
            Ok(Some(id)) => {
                folder.sweep(&HashSet::from([id]))?;
                match Serving::open(&folder, id, &open) {
                    Ok(serving) => State::Serving(Arc::new(serving)),
                    Err(error) => State::damaged(error),
                }
            }
            Err(error) => State::damaged(error),
        };
        Ok(Self {
            inner: Arc::new(Inner { state: RwLock::new(state), publishing: Mutex::default(), open, settings, folder }),
        })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::task::spawn_blocking(move || work(&inner));
        task.await.map_err(|error| IndexError::Engine(format!("a thread of the index ended: {error}")))?
    }
}

impl State {
    fn damaged(error: IndexError) -> Self {
        tracing::error!(%error, "the index cannot be read");
        match error {
            IndexError::Engine(text) => Self::Damaged(text),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl Inner {
    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn serving(&self) -> Result<Arc<Serving>, IndexError> {
        match self.state() {
            State::Empty => Err(IndexError::Empty),
            State::Serving(serving) => Ok(serving),
            State::Damaged(text) => Err(IndexError::Engine(text)),
        }
    }

    fn publish(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        let _one_at_a_time = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        stored::check(spec, &passages)?;
        let mut keep = self.in_use();
        if keep.contains(&spec.id) {
            return Err(IndexError::Engine(format!("generation {} exists already", spec.id)));
        }
        keep.extend(self.folder.pointer().ok().flatten().filter(|id| *id != spec.id));
        self.folder.sweep(&keep)?;

        let begun = Instant::now();
        let result = self.build(spec, passages);
        if result.is_err() {
            // The cause matters more than what removing finds; the next sweep tries again.
            let _ = folder::remove(&self.folder.generation(spec.id));
        }
        let serving = result?;
        self.folder.point_to(spec.id)?;
        self.switch(serving);
        if let Err(error) = self.folder.sweep(&self.in_use()) {
            tracing::warn!(%error, "an old generation stays until the next sync");
        }
        tracing::info!(generation = %spec.id, passages = spec.passages, elapsed = ?begun.elapsed(), "index switched");
        Ok(())
    }

    fn in_use(&self) -> HashSet<GenerationId> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn build(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<Serving, IndexError> {
        let dir = self.folder.shard(spec.id);
        std::fs::create_dir_all(&dir)?;
        Shard::build(&dir, spec.space.dimension, passages, self.settings.graph_from)?;
        let serving = Serving::check(&self.folder, spec.clone(), &self.open)?;
        self.folder.seal(spec)?;
        Ok(serving)
    }

    fn switch(&self, serving: Serving) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *state, State::Serving(Arc::new(serving)));
        drop(state);
        if let State::Serving(old) = old {
            old.retired.store(true, Ordering::Release);
        }
    }
}

impl Serving {
    /// Opens a sealed generation.
    fn open(folder: &Folder, id: GenerationId, open: &Arc<Mutex<HashSet<GenerationId>>>) -> Result<Self, IndexError> {
        Self::check(folder, folder.sealed(id)?, open)
    }

    /// Opens a generation and counts it.
    fn check(
        folder: &Folder,
        spec: GenerationSpec,
        open: &Arc<Mutex<HashSet<GenerationId>>>,
    ) -> Result<Self, IndexError> {
        let shard = Shard::open(&folder.shard(spec.id), spec.space.dimension)?;
        let count = shard.count()?;
        if count != spec.passages {
            let text = format!("generation {} holds {count} passages instead of {}", spec.id, spec.passages);
            return Err(IndexError::Engine(text));
        }
        open.lock().unwrap_or_else(PoisonError::into_inner).insert(spec.id);
        let folder = folder.generation(spec.id);
        Ok(Self { shard, spec, folder, retired: AtomicBool::new(false), open: Arc::clone(open) })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // The engine flushes into its folder as it closes: first close, then remove.
        if let Err(error) = self.shard.close() {
            tracing::warn!(%error, generation = %self.spec.id, "closing a generation");
        }
        if self.retired.load(Ordering::Acquire)
            && let Err(error) = folder::remove(&self.folder)
        {
            tracing::warn!(%error, folder = %self.folder.display(), "an old generation stays until the next sync");
        }
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.spec.id);
    }
}

#[async_trait]
impl PassageIndex for EdgeIndex {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        match self.inner.serving() {
            Ok(serving) => Ok(Some(serving.spec.clone())),
            Err(IndexError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn publish(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        let spec = spec.clone();
        self.blocking(move |inner| inner.publish(&spec, passages)).await
    }

    async fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        let queries = queries.to_vec();
        self.blocking(move |inner| inner.serving()?.shard.search(&queries)).await
    }

    async fn ready(&self) -> Result<(), IndexError> {
        self.blocking(|inner| {
            let serving = inner.serving()?;
            if serving.shard.probe()? == 0 && serving.spec.passages > 0 {
                return Err(IndexError::Engine("a search over every passage finds none".to_owned()));
            }
            Ok(())
        })
        .await
    }
}
