//! A folder that is watched.
//!
//! The operating system's notices are not trusted to be complete (network mounts send none, a replaced folder takes its watch along), so
//! whoever watches also looks by itself from time to time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
#[cfg(not(unix))]
use std::time::SystemTime;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How often a folder is looked at, whatever the operating system says.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(30);

/// While changes keep coming, they are taken up after this many times the quiet time all the same.
const PATIENCE: u32 = 10;

/// The operating system's watch on a folder, and on the folder it lies in, which tells when it is replaced.
pub(crate) struct Watched {
    /// What lies there, for the log.
    what: &'static str,
    folder: PathBuf,
    changed: Arc<Notify>,
    watcher: Option<RecommendedWatcher>,
    /// Which folder it is that is being watched.
    identity: Option<Identity>,
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = (PathBuf, Option<SystemTime>);

impl Watched {
    /// Watches `folder`, in which `what` lie, for changes of paths that matter by `matters(folder, path)`.
    pub(crate) fn new(what: &'static str, folder: PathBuf, matters: fn(&Path, &Path) -> bool) -> Self {
        let changed = Arc::new(Notify::new());
        let (below, noticed) = (folder.clone(), Arc::clone(&changed));
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) if !tells(&event, |path| matters(&below, path)) => {}
            Ok(_) => noticed.notify_one(),
            Err(error) => {
                tracing::warn!(%error, what, "watching a folder");
                noticed.notify_one();
            }
        });
        let mut watcher = match watcher {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, what, "no notices of changes here: the folder is looked through now and then");
                None
            }
        };
        if let (Some(watcher), Some(parent)) = (&mut watcher, folder.parent())
            && let Err(error) = watcher.watch(parent, RecursiveMode::NonRecursive)
        {
            tracing::debug!(%error, what, "the folder above cannot be watched");
        }
        let mut watched = Self { what, folder, changed, watcher, identity: None };
        watched.renew();
        watched
    }

    /// Waits until something was noticed and then nothing more for `quiet`, or until `rest` is over. Says whether something was noticed.
    pub(crate) async fn change(&mut self, rest: Duration, quiet: Duration) -> bool {
        let noticed = tokio::time::timeout(rest, self.changed.notified()).await.is_ok();
        if noticed {
            settle(&self.changed, quiet).await;
        }
        self.renew();
        noticed
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
                tracing::warn!(%error, what = self.what, "the folder cannot be watched: it is looked through now and then");
            }
        }
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

/// Whether an event may tell of a change. Reading is none, or whoever reads when something changed would never come to rest.
fn tells(event: &notify::Event, matters: impl Fn(&Path) -> bool) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    event.need_rescan() || event.paths.is_empty() || event.paths.iter().any(|path| matters(path))
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

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, ModifyKind};

    use super::*;

    #[test]
    fn reading_tells_nothing_and_an_overflow_tells_everything() {
        let event = |kind| notify::Event::new(kind).add_path("a.md".into());
        let modified = EventKind::Modify(ModifyKind::Any);
        assert!(!tells(&event(EventKind::Access(AccessKind::Read)), |_| true));
        assert!(tells(&event(EventKind::Create(CreateKind::Any)), |_| true));
        assert!(!tells(&event(modified), |_| false));
        assert!(tells(&notify::Event::new(modified), |_| false), "it does not say what");
        assert!(tells(&event(modified).set_flag(notify::event::Flag::Rescan), |_| false));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn settling_ends_although_changes_never_do() {
        let changed = Arc::new(Notify::new());
        settle(&changed, Duration::from_millis(5)).await;
        let restless = Arc::clone(&changed);
        let noise = tokio::spawn(async move {
            loop {
                restless.notify_one();
                tokio::task::yield_now().await;
            }
        });
        settle(&changed, Duration::from_millis(5)).await;
        noise.abort();
    }
}
