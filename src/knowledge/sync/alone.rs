//! One change of folder and index at a time.

use tokio::sync::MutexGuard;

use super::{ArticleSync, Prepared, Progress, SyncError, SyncOptions, SyncReport};
use crate::knowledge::Article;
use crate::knowledge::history::{changes, sources};
use crate::knowledge::plan::Plan;

/// The right to sync, which one has at a time: while it is held, nobody else's sync begins. Whoever writes into the folder
/// takes it first, so that the watcher finds their work done.
#[derive(Debug)]
pub struct Alone<'s> {
    sync: &'s ArticleSync,
    _guard: MutexGuard<'s, ()>,
}

impl ArticleSync {
    /// Waits until no sync runs, and keeps others from beginning.
    pub async fn alone(&self) -> Alone<'_> {
        Alone { sync: self, _guard: self.running.lock().await }
    }

    /// The articles that a plan takes away, as they were.
    async fn taken_away(&self, plan: &Plan) -> Result<Vec<Article>, SyncError> {
        let mut removed = Vec::new();
        for line in &plan.removed {
            removed.extend(self.parts.store.version(&line.id, &line.version).await?);
        }
        Ok(removed)
    }
}

impl Alone<'_> {
    /// Reads the folder and, if anything changed, builds a generation and switches to it.
    ///
    /// # Errors
    /// As [`ArticleSync::run`].
    pub async fn run(
        &self,
        options: SyncOptions,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<SyncReport, SyncError> {
        let sync = self.sync;
        let store = &sync.parts.store;
        progress(Progress::Reading);
        let Prepared { mut plan, loaded, articles, work } = sync.prepare(options).await?;
        plan.findings = loaded.findings;
        // Also without a new generation: a file may have moved, and a lost store is filled again.
        store.keep_versions(&articles).await?;
        store.keep_sources(&sources(&loaded.library.documents, &articles)).await?;
        let Some(work) = work else {
            return Ok(SyncReport { plan, published: None, embedded: 0 });
        };
        // Before the switch, as the generation's record: a history that lacks a version could never be mended.
        let removed = sync.taken_away(&plan).await?;
        store.note_changes(&changes(&plan, &articles, &removed, sync.parts.clock.now())).await?;
        let (spec, embedded) = sync.build(&articles, work, progress).await?;
        Ok(SyncReport { plan, published: Some(spec), embedded })
    }
}
