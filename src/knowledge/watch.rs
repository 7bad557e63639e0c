//! Syncing by itself when files change.
//!
//! The operating system's notices start a sync once the folder has been quiet for a moment. They are not trusted to be
//! complete (network mounts send none, a replaced folder takes its watch along), so from time to time the folder is also
//! compared with how it looked. A sync that finds nothing changed does nothing, so one too many costs little.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::library::{IGNORE_FILE, is_article, walk};
use super::status::{Outcome, SyncStatus};
use super::sync::{ArticleSync, SyncOptions};
use crate::clock::Clock;
use crate::watched::{HEARTBEAT, Watched};

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
    let mut watched = Watched::new("articles", folder.clone(), matters);
    // `None`: the last sync failed, so whatever is there now is to be tried again. The first round compares with nothing
    // too: what changed before the watch stood is not missed.
    let mut synced: Option<Look> = None;
    loop {
        let rest = if synced.is_none() { quiet.max(heartbeat / 10) } else { heartbeat };
        let noticed = tokio::select! {
            () = closing.cancelled() => return,
            noticed = watched.change(rest, quiet) => noticed,
        };
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

/// Whether a change of a path may change what is published. Editors' own files do not: hidden ones, backups, and names without extension
/// that are no folder.
fn matters(folder: &Path, path: &Path) -> bool {
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
