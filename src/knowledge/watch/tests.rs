use std::fs;

use tokio::time::Instant;

use super::*;
use crate::clock::FixedClock;
use crate::knowledge::sync::tests::Desk;

#[test]
fn editors_files_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("ja")).unwrap();
    fs::write(folder.join("4913"), "").unwrap();
    for name in ["a.md", "ja/a.MD", "ja", IGNORE_FILE, "..data"] {
        assert!(matters(folder, &folder.join(name)), "{name}");
    }
    for name in ["a.md~", ".a.md.swp", ".#a.md", "#a.md#", "4913", ".git/x.md", "a.tmp", "a.txt"] {
        assert!(!matters(folder, &folder.join(name)), "{name}");
    }
    assert!(matters(folder, folder));
    assert!(!matters(folder, &folder.with_extension("other")));
}

/// A watch over a real folder, with no heartbeat to speak of.
struct Watching {
    desk: Desk,
    reports: watch::Receiver<Option<SyncStatus>>,
    closing: CancellationToken,
}

impl Watching {
    fn start(desk: Desk, heartbeat: Duration) -> Self {
        let (sender, reports) = watch::channel(None);
        let closing = CancellationToken::new();
        let clock = Arc::new(FixedClock("2026-11-22T19:00:00Z".parse().unwrap()));
        let quiet = Duration::from_millis(20);
        tokio::spawn(watch_every(heartbeat, Arc::new(desk.sync()), quiet, clock, sender, closing.clone()));
        Self { desk, reports, closing }
    }

    /// Waits for the report of a sync after which these are the texts that are served.
    async fn until(&mut self, texts: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.desk.texts() != texts {
            let report = tokio::time::timeout_at(deadline, self.reports.changed()).await;
            assert!(report.is_ok(), "{texts:?} never came: {:?}, {:?}", self.desk.texts(), self.reports.borrow());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_go_live_also_when_the_folder_is_replaced() {
    let mut watching = Watching::start(Desk::new(&[("ja/a.md", "One.\n")]), Duration::from_secs(5));
    watching.until(&["One."]).await;
    watching.desk.write("ja/a.md", "Two.\n");
    watching.until(&["Two."]).await;
    watching.desk.write("new/deep/b.md", "Three.\n");
    watching.until(&["Two.", "Three."]).await;
    // Half an edit is held back; what else changed goes live.
    watching.desk.write("ja/a.md", "---\ntitle: [\n---\n");
    watching.desk.write("new/deep/b.md", "Four.\n");
    watching.until(&["Two.", "Four."]).await;
    // Deployed anew: the folder moves away and another takes its place.
    let folder = watching.desk.folder.path().to_owned();
    let old = folder.with_extension("old");
    fs::rename(&folder, &old).unwrap();
    fs::create_dir(&folder).unwrap();
    watching.desk.write("c.md", "Five.\n");
    watching.until(&["Five."]).await;
    watching.desk.write("c.md", "Six.\n");
    watching.until(&["Six."]).await;
    watching.closing.cancel();
    fs::remove_dir_all(old).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_is_tried_again() {
    let mut watching = Watching::start(Desk::new(&[]), Duration::from_millis(50));
    watching
        .reports
        .wait_for(|status| matches!(status, Some(SyncStatus { outcome: Outcome::Failed { .. }, .. })))
        .await
        .unwrap();
    watching.desk.write("a.md", "One.\n");
    watching.until(&["One."]).await;
    // The report comes after what it reports.
    watching.reports.wait_for(|status| status.as_ref().is_some_and(SyncStatus::is_clean)).await.unwrap();
    watching.closing.cancel();
}
