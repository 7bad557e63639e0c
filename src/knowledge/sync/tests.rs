mod history;

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::*;
use crate::clock::{CountingIds, FixedClock};
use crate::knowledge::fakes::{FakeEmbedder, FakeIndex, FakeStore};
use crate::knowledge::lint::Rule;
use crate::knowledge::question_vectors;
use crate::passages::ArticleId;
use crate::passages::lexical::{JapaneseUnits, LexicalSettings};

pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    index: Arc<FakeIndex>,
    store: Arc<FakeStore>,
    embedder: Arc<FakeEmbedder>,
    lexical: Arc<LexicalAnalyser>,
}

impl Desk {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            index: Arc::default(),
            store: Arc::default(),
            embedder: Arc::default(),
            lexical: Arc::new(LexicalAnalyser::open(None)),
        };
        for (path, text) in files {
            desk.write(path, text);
        }
        desk
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join(path)).unwrap();
    }

    pub(crate) fn sync(&self) -> ArticleSync {
        ArticleSync::new(SyncParts {
            folder: self.folder.path().to_owned(),
            index: self.index.clone(),
            store: self.store.clone(),
            embedder: self.embedder.clone(),
            lexical: self.lexical.clone(),
            clock: Arc::new(FixedClock("2026-11-22T19:00:00Z".parse().unwrap())),
            ids: Arc::new(CountingIds::default()),
            zone: TimeZone::UTC,
            detect: Arc::new(|_| Lang::EN),
            needed: Arc::new(|| vec!["返金してください".to_owned()]),
        })
    }

    async fn run(&self) -> SyncReport {
        self.sync().run(SyncOptions::default(), &|_| {}).await.unwrap()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let serving = self.index.serving.lock().unwrap();
        serving.iter().flat_map(|(_, passages)| passages).map(|p| p.passage.text.clone()).collect()
    }

    fn embedded(&self) -> usize {
        self.embedder.embedded.load(Ordering::Relaxed)
    }
}

fn ids(lines: &[super::super::plan::ArticleLine]) -> Vec<&str> {
    lines.iter().map(|line| line.id.0.as_str()).collect()
}

#[tokio::test]
async fn the_first_sync_builds_everything_and_the_second_nothing() {
    let desk = Desk::new(&[
        ("a.md", "# A\n\nOne.\n\n## More\n\nTwo.\n"),
        ("b.md", "---\nquestions: [why, how]\n---\n# B\n\nThree.\n"),
    ]);
    let first = desk.run().await;
    assert_eq!(first.plan.reasons, [Reason::First]);
    assert_eq!(ids(&first.plan.added), ["a", "b"]);
    // Three passages, two titles, two questions.
    assert_eq!((first.plan.passages, first.plan.to_embed, first.embedded, desk.embedded()), (3, 7, 7, 7));
    let spec = first.published.unwrap();
    assert_eq!(desk.store.generations.lock().unwrap().get(&spec.id), Some(&spec));
    {
        let serving = desk.index.serving.lock().unwrap();
        let (_, passages) = serving.as_ref().unwrap();
        assert_eq!(passages[2].question.len(), 3);
        assert_eq!(passages[2].lexical.indices.len(), 2);
    }
    let second = desk.run().await;
    assert!(second.published.is_none() && second.plan.is_empty());
    assert_eq!((second.plan.unchanged, second.plan.passages, desk.embedded()), (2, 3, 7));
    assert_eq!(desk.index.published.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn only_what_changed_is_embedded() {
    let desk = Desk::new(&[
        ("a.md", "# A\n\nOne.\n\n## More\n\nTwo.\n"),
        ("b.md", "# B\n\nThree.\n"),
        ("c.md", "# C\n\nFour.\n"),
    ]);
    desk.run().await;
    let before = desk.embedded();
    desk.write("a.md", "# A\n\nOne.\n\n## More\n\nChanged.\n");
    desk.remove("c.md");
    desk.write("d.md", "# D\n\nFive.\n");
    let plan = desk.sync().plan(SyncOptions::default()).await.unwrap();
    assert_eq!(
        (ids(&plan.added), ids(&plan.changed), ids(&plan.removed), plan.unchanged),
        (vec!["d"], vec!["a"], vec!["c"], 1)
    );
    assert_eq!(plan.to_embed, 3);
    assert_eq!(desk.embedded(), before, "a plan embeds nothing");
    assert!(
        plan.to_string().contains("1 added, 1 changed, 1 removed, 1 unchanged; 4 passages, 3 texts to embed"),
        "{plan}"
    );
    desk.run().await;
    assert_eq!(desk.embedded(), before + 3);
    assert_eq!(desk.texts(), ["One.", "Changed.", "Three.", "Five."]);
    // Vectors of what is gone are forgotten: 4 passages and 3 titles remain.
    assert_eq!(desk.store.vectors.lock().unwrap().len(), 7);
}

#[tokio::test]
async fn half_an_edit_never_goes_live() {
    let desk = Desk::new(&[("a.md", "---\nid: a\n---\nGood.\n"), ("b.md", "Other.\n")]);
    desk.run().await;
    for half in
        ["---\nid: a\ntitle: [\n---\nBad.\n", "---\nid: a\n", "", "---\nid: a\neffective_from: soon\n---\nBad.\n"]
    {
        desk.write("a.md", half);
        let report = desk.run().await;
        assert!(report.published.is_none(), "{half:?}: {}", report.plan);
        assert_eq!(report.plan.held.len(), 1);
        assert_eq!(report.plan.held[0].serving, Some(ArticleId("a".into())), "{half:?}");
        assert_eq!(desk.texts(), ["Good.", "Other."], "{half:?}");
    }
    desk.write("a.md", b"\xff\xfe");
    let report = desk.run().await;
    assert_eq!(report.plan.held[0].rules.iter().collect::<Vec<_>>(), [&Rule::Unreadable]);
    assert_eq!(desk.texts(), ["Good.", "Other."]);
}

#[tokio::test]
async fn a_new_file_with_grave_errors_stays_out() {
    let desk = Desk::new(&[("a.md", "Good.\n"), ("b.md", "---\ndraft: perhaps\n---\nSecret.\n")]);
    let report = desk.run().await;
    assert_eq!(desk.texts(), ["Good."]);
    assert_eq!((report.plan.held.len(), report.plan.held[0].serving.clone()), (1, None));
    assert!(report.plan.to_string().contains("! b.md: K003; stays out"));
}

#[tokio::test]
async fn a_moved_file_is_the_same_article() {
    let text = "---\nid: a\ntitle: A\nlang: en\ncategory: c\n---\nGood.\n";
    let desk = Desk::new(&[("x/a.md", text)]);
    desk.run().await;
    desk.remove("x/a.md");
    desk.write("y/a.md", text);
    let report = desk.run().await;
    assert!(report.published.is_none());
    // Its new place is known: an unreadable file there keeps it.
    desk.write("y/a.md", b"\xff");
    let report = desk.run().await;
    assert_eq!(report.plan.held[0].serving, Some(ArticleId("a".into())));
    assert_eq!(desk.texts(), ["Good."]);
}

#[tokio::test]
async fn an_unmounted_volume_deletes_nothing() {
    let desk = Desk::new(&[("a.md", "Good.\n")]);
    desk.run().await;
    desk.remove("a.md");
    let error = desk.sync().run(SyncOptions::default(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, SyncError::WouldEmpty { served: 1, .. }), "{error}");
    fs::remove_dir(desk.folder.path()).unwrap();
    let error = desk.sync().run(SyncOptions { allow_empty: true }, &|_| {}).await.unwrap_err();
    assert!(matches!(error, SyncError::Load(LoadError::Missing(_))), "{error}");
    assert_eq!(desk.texts(), ["Good."]);
    fs::create_dir(desk.folder.path()).unwrap();
    let report = desk.sync().run(SyncOptions { allow_empty: true }, &|_| {}).await.unwrap();
    assert_eq!(ids(&report.plan.removed), ["a"]);
    assert!(desk.texts().is_empty());
}

#[tokio::test]
async fn an_empty_folder_on_the_first_day_is_said() {
    let desk = Desk::new(&[("b.md", "")]);
    let error = desk.sync().run(SyncOptions::default(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, SyncError::NoArticles { held: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_sync_that_was_cut_off_resumes() {
    let files: Vec<(String, String)> =
        (0..60).map(|n| (format!("{n:02}.md"), format!("# T{n}\n\nText {n}.\n"))).collect();
    let mut desk = Desk::new(&files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>());
    desk.embedder = Arc::new(FakeEmbedder { fail_after: 70, ..FakeEmbedder::default() });
    let error = desk.sync().run(SyncOptions::default(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, SyncError::Embed(EmbedError::Transient(_))));
    assert!(desk.index.serving.lock().unwrap().is_none());
    let kept = desk.store.vectors.lock().unwrap().len();
    // All passages; the first batch of titles failed as a whole.
    assert_eq!(kept, 60);
    desk.embedder = Arc::default();
    let steps = Mutex::new(Vec::new());
    desk.sync().run(SyncOptions::default(), &|step| steps.lock().unwrap().push(step)).await.unwrap();
    assert_eq!(desk.embedded(), 120 - kept);
    assert_eq!(
        *steps.lock().unwrap(),
        [
            Progress::Reading,
            Progress::Embedding { done: 0, total: 60 },
            Progress::Embedding { done: 32, total: 60 },
            Progress::Embedding { done: 60, total: 60 },
            Progress::Publishing { passages: 60 },
        ]
    );
}

#[tokio::test]
async fn another_model_or_analyser_is_another_generation() {
    let mut desk = Desk::new(&[("a.md", "Good.\n")]);
    desk.run().await;
    let settings = LexicalSettings { japanese: JapaneseUnits::Icu, stem: false, ..LexicalSettings::default() };
    desk.lexical = Arc::new(LexicalAnalyser::with_settings(std::path::Path::new(""), settings).unwrap());
    assert_eq!(desk.run().await.plan.reasons, [Reason::Lexical]);
    assert_eq!(desk.embedded(), 2);
    let mut other = FakeEmbedder::default();
    other.space.fingerprint = "fake-2".into();
    desk.embedder = Arc::new(other);
    let report = desk.run().await;
    assert_eq!(report.plan.reasons, [Reason::Model { from: "fake".into(), to: "fake".into() }]);
    assert_eq!(desk.embedded(), 2);
    assert_eq!(desk.store.vectors.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn vectors_that_others_need_outlive_a_sync() {
    let desk = Desk::new(&[("a.md", "# A\n\nOne.\n")]);
    let texts = ["返金してください".to_owned(), "of nobody's".to_owned()];
    question_vectors(&texts, desk.store.as_ref(), desk.embedder.as_ref(), &|_| {}).await.unwrap();
    let embedded = desk.embedded();
    desk.run().await;
    assert_eq!(desk.embedded(), embedded + 2, "the passage and its title");
    question_vectors(&texts, desk.store.as_ref(), desk.embedder.as_ref(), &|_| {}).await.unwrap();
    assert_eq!(desk.embedded(), embedded + 3, "only what nobody needed was forgotten");
}
