//! Syncing by itself when files change.
//!
//! The operating system's notices start a sync once the folder has been quiet for a moment. They are not trusted to be
//! complete (network mounts send none, a replaced folder takes its watch along), so from time to time the folder is also
//! compared with how it looked. A sync that finds nothing changed does nothing, so one too many costs little.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::library::{IGNORE_FILE, is_article, walk};
use super::status::{Outcome, SyncStatus};
use super::sync::{ArticleSync, SyncOptions};
use crate::clock::Clock;

/// How often the folder is compared with how it looked, whatever the operating system says.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// While changes keep coming, a sync starts after this many times the quiet time all the same.
const PATIENCE: u32 = 10;

/// Syncs whenever files below the folder change and then rest for `quiet`, until `closing`. How each sync went is sent to
/// `reports`; a failed one is tried again.
pub async fn watch(
    sync: Arc<ArticleSync>,
    quiet: Duration,
    clock: Arc<dyn Clock>,
    reports: watch::Sender<Option<SyncStatus>>,
    closing: CancellationToken,
) {
    watch_every(HEARTBEAT, sync, quiet, clock, reports, closing).await;
}

async fn watch_every(
    heartbeat: Duration,
    sync: Arc<ArticleSync>,
    quiet: Duration,
    clock: Arc<dyn Clock>,
    reports: watch::Sender<Option<SyncStatus>>,
    closing: CancellationToken,
) {
    let folder = std::path::absolute(sync.folder()).unwrap_or_else(|_| sync.folder().to_owned());
    let changed = Arc::new(Notify::new());
    let mut watched = Watched::new(folder.clone(), Arc::clone(&changed));
    watched.renew();
    // `None`: the last sync failed, so whatever is there now is to be tried again. The first round compares with nothing
    // too: what changed before the watch stood is not missed.
    let mut synced: Option<Look> = None;
    loop {
        let noticed = tokio::select! {
            () = closing.cancelled() => return,
            () = changed.notified() => true,
            () = tokio::time::sleep(if synced.is_none() { quiet.max(heartbeat / 10) } else { heartbeat }) => false,
        };
        if noticed {
            tokio::select! {
                () = closing.cancelled() => return,
                () = settle(&changed, quiet) => {}
            }
        }
        watched.renew();
        let look = look(folder.clone()).await;
        if !noticed && synced.as_ref() == Some(&look) {
            continue;
        }
        let result = sync.run(SyncOptions::default(), &|_| {}).await;
        let status = SyncStatus::of(&result, clock.now());
        synced = result.is_ok().then_some(look);
        tell(&status, &reports);
        reports.send_replace(Some(status));
    }
}

/// Waits until nothing has changed for `quiet`, but not for ever.
async fn settle(changed: &Notify, quiet: Duration) {
    let latest = Instant::now() + quiet * PATIENCE;
    loop {
        let rest = (Instant::now() + quiet).min(latest);
        if tokio::time::timeout_at(rest, changed.notified()).await.is_err() || Instant::now() >= latest {
            return;
        }
    }
}

/// Logs what is new: a failure that lasts is told once.
fn tell(status: &SyncStatus, reports: &watch::Sender<Option<SyncStatus>>) {
    let before = reports.borrow().as_ref().map(|before| before.outcome.clone());
    if before.as_ref() == Some(&status.outcome) {
        return tracing::debug!("articles: {status}");
    }
    match &status.outcome {
        Outcome::Failed { error } => {
            tracing::error!(%error, "the articles could not be synced; the last published ones are served");
        }
        Outcome::Done { held, .. } => {
            for held in held {
                let rules = held.rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                tracing::warn!(file = %held.file, rules, "an article is held back");
            }
            tracing::info!("articles: {status}");
        }
    }
}

/// Paths, sizes and times of all files, sorted.
type Look = Vec<(PathBuf, u64, Option<SystemTime>)>;

async fn look(folder: PathBuf) -> Look {
    let looking = tokio::task::spawn_blocking(move || {
        let mut files = Look::new();
        for entry in walk(&folder).build().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() {
                files.push((entry.path().to_owned(), metadata.len(), metadata.modified().ok()));
            }
        }
        files.sort();
        files
    });
    looking.await.unwrap_or_default()
}

/// The operating system's watch on the folder, and on the folder it lies in, which tells when it is replaced.
struct Watched {
    folder: PathBuf,
    watcher: Option<RecommendedWatcher>,
    /// Which folder it is that is being watched.
    identity: Option<Identity>,
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = (PathBuf, Option<SystemTime>);

impl Watched {
    fn new(folder: PathBuf, changed: Arc<Notify>) -> Self {
        let below = folder.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) if !matters(&below, &event) => {}
            Ok(_) => changed.notify_one(),
            Err(error) => {
                tracing::warn!(%error, "watching the articles");
                changed.notify_one();
            }
        });
        let mut watcher = match watcher {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "no notices of changes here: the articles are looked through now and then");
                None
            }
        };
        if let (Some(watcher), Some(parent)) = (&mut watcher, folder.parent())
            && let Err(error) = watcher.watch(parent, RecursiveMode::NonRecursive)
        {
            tracing::debug!(%error, "the folder above the articles cannot be watched");
        }
        Self { folder, watcher, identity: None }
    }

    /// Watches the folder that is there now, if it is another than before.
    fn renew(&mut self) {
        let identity = identity(&self.folder);
        if identity == self.identity {
            return;
        }
        self.identity = None;
        let Some(watcher) = &mut self.watcher else { return };
        // It may be gone already with its folder.
        let _ = watcher.unwatch(&self.folder);
        if identity.is_none() {
            return;
        }
        match watcher.watch(&self.folder, RecursiveMode::Recursive) {
            Ok(()) => self.identity = identity,
            Err(error) => {
                tracing::warn!(%error, "the articles cannot be watched: they are looked through now and then");
            }
        }
    }
}

#[cfg(unix)]
fn identity(folder: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(folder).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(folder: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(folder).ok()?;
    Some((std::fs::canonicalize(folder).ok()?, metadata.created().ok()))
}

/// Whether an event may change what is published. Reading does not (a sync reads), nor do editors' own files: hidden ones,
/// backups, and names without extension that are no folder.
fn matters(folder: &Path, event: &notify::Event) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    event.need_rescan() || event.paths.is_empty() || event.paths.iter().any(|path| path_matters(folder, path))
}

fn path_matters(folder: &Path, path: &Path) -> bool {
    if path == folder {
        return true;
    }
    let Ok(below) = path.strip_prefix(folder) else { return false };
    let names: Vec<String> = below.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let Some((name, above)) = names.split_last() else { return true };
    if above.iter().any(|name| name.starts_with('.')) {
        return false;
    }
    if name == IGNORE_FILE {
        return true;
    }
    if name.starts_with('.') {
        // Kubernetes switches a config map by renaming `..data`.
        return name.starts_with("..");
    }
    // A folder that came or went; one that went can no longer be asked. Editors' probes (`4913`) are as short-lived as harmless.
    is_article(name) || path.is_dir() || (path.extension().is_none() && !name.ends_with('~') && !path.exists())
}

#[cfg(test)]
mod tests;
