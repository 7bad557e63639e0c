//! A sync that is killed leaves a whole generation serving, and the next sync repairs whatever was left undone. With the real
//! index and the real store; only the embedder is a stand-in.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use madoguchi::clock::{RandomIds, SystemClock};
use madoguchi::knowledge::{ArticleStore, ArticleSync, Progress, SyncOptions, SyncParts, SyncReport};
use madoguchi::language::Lang;
use madoguchi::llm::{EmbedError, Embedder, EmbeddingSpace, Vector};
use madoguchi::passages::edge::EdgeIndex;
use madoguchi::passages::lexical::LexicalAnalyser;
use madoguchi::passages::{LegQuery, PassageIndex, Probe};
use madoguchi::store::Store;

use crate::index_samples::{DIMENSION, customer, direction};

const CHILD: &str = "MADOGUCHI_TEST_SYNC_CRASH_DIR";
const ARTICLES: usize = 40;
const SECTIONS: usize = 3;

/// Vectors from the text's digest, after enough work for a kill to fall into it.
#[derive(Debug)]
struct Digests(EmbeddingSpace);

#[async_trait]
impl Embedder for Digests {
    fn space(&self) -> &EmbeddingSpace {
        &self.0
    }

    async fn embed_query(&self, text: &str) -> Result<Vector, EmbedError> {
        let mut digest = blake3::hash(text.as_bytes());
        for _ in 0..6_000 {
            digest = blake3::hash(digest.as_bytes());
        }
        Ok(Vector::normalised(digest.as_bytes().iter().take(DIMENSION).map(|b| f32::from(*b) - 127.5).collect()))
    }

    async fn embed_passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for text in texts {
            vectors.push(self.embed_query(text).await?);
        }
        Ok(vectors)
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count()
    }

    fn max_tokens(&self) -> usize {
        512
    }

    fn is_remote(&self) -> bool {
        false
    }
}

struct Desk {
    index: Arc<EdgeIndex>,
    store: Store,
    sync: ArticleSync,
}

impl Desk {
    async fn open(dir: &Path) -> Self {
        let index = Arc::new(EdgeIndex::open(&dir.join("index")).unwrap());
        let store = Store::open(&dir.join("store.sqlite")).await.unwrap();
        let space = EmbeddingSpace { model: "digests".into(), dimension: DIMENSION, fingerprint: "1".into() };
        let sync = ArticleSync::new(SyncParts {
            folder: dir.join("articles"),
            index: index.clone(),
            store: Arc::new(store.clone()),
            embedder: Arc::new(Digests(space)),
            lexical: Arc::new(LexicalAnalyser::open(None)),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            zone: TimeZone::UTC,
            detect: Arc::new(|_| Lang::JA),
            needed: Arc::new(Vec::new),
        });
        Self { index, store, sync }
    }

    async fn run(&self, progress: &(dyn Fn(Progress) + Send + Sync)) -> SyncReport {
        self.sync.run(SyncOptions::default(), progress).await.unwrap()
    }

    /// What is served: which round each article's passages are of, after checking that all of them are there, and that the
    /// store has the version they are from.
    async fn served(&self) -> BTreeMap<String, usize> {
        let spec = self.index.serving().await.unwrap().unwrap();
        let query = LegQuery { probe: Probe::Dense(direction(1)), filter: customer(), limit: 10_000 };
        let hits = self.index.search(&[query]).await.unwrap().remove(0);
        assert_eq!(hits.len(), spec.passages);
        let mut rounds: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for hit in &hits {
            let round = hit.passage.text.split_whitespace().nth(1).unwrap().parse().unwrap();
            rounds.entry(hit.passage.article_id.0.clone()).or_default().push(round);
        }
        for (id, version) in &spec.articles {
            let article = self.store.version(id, version).await.unwrap().unwrap();
            assert_eq!(article.version, *version);
            assert_eq!(rounds[&id.0].len(), SECTIONS);
        }
        rounds
            .into_iter()
            .map(|(id, rounds)| {
                assert!(rounds.iter().all(|round| *round == rounds[0]), "{id} is of several rounds: {rounds:?}");
                (id, rounds[0])
            })
            .collect()
    }

    async fn close(self) {
        drop(self.sync);
        drop(self.index);
        self.store.close().await;
    }
}

/// Every article changes with the round, and one is another one.
fn write(dir: &Path, round: usize) -> BTreeMap<String, usize> {
    let folder = dir.join("articles");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut expected = BTreeMap::new();
    for n in 0..ARTICLES {
        let id = if n == 0 { format!("only-{round}") } else { format!("article-{n}") };
        let mut text = format!("---\nid: {id}\ntitle: 題 {n}\nlang: ja\n---\n");
        for section in 0..SECTIONS {
            text.push_str(&format!("## 節 {section}\n\n回 {round} の {id} の {section} 番目です。\n\n"));
        }
        fs::write(folder.join(format!("{n}.md")), text).unwrap();
        expected.insert(id, round);
    }
    expected
}

/// The process that is killed: one sync, telling how far it is.
#[tokio::test(flavor = "multi_thread")]
async fn crash_child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let desk = Desk::open(Path::new(&dir)).await;
    let say = |line: &str| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "stage {line}").unwrap();
        out.flush().unwrap();
    };
    say("open");
    let progress = |progress: Progress| match progress {
        Progress::Reading => say("reading"),
        Progress::Embedding { .. } => say("embedding"),
        Progress::Publishing { .. } => say("publishing"),
    };
    desk.run(&progress).await;
    say("done");
    // Stays until it is killed, so that the parent need not tell an end from a kill.
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_leaves_a_whole_generation_and_the_next_repairs() {
    const KILLS: u32 = 40;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 0);
    let desk = Desk::open(dir.path()).await;
    desk.run(&|_| {}).await;
    let mut before = write(dir.path(), 1);
    let begun = Instant::now();
    desk.run(&|_| {}).await;
    let takes = begun.elapsed();
    assert_eq!(desk.served().await, before);
    desk.close().await;

    let mut stages: BTreeMap<String, u32> = BTreeMap::new();
    let (mut old, mut new, mut resumed) = (0, 0, 0);
    for kill in 0..KILLS {
        let after = write(dir.path(), kill as usize + 2);
        let last = killed(dir.path(), takes.mul_f64(1.4 * f64::from(kill) / f64::from(KILLS)));
        *stages.entry(last.clone()).or_default() += 1;

        let desk = Desk::open(dir.path()).await;
        let served = desk.served().await;
        if served == after {
            new += 1;
        } else {
            assert_eq!(served, before, "after a kill while {last}");
            assert_ne!(last, "done", "what was told as done is not served");
            old += 1;
        }
        let report = desk.run(&|_| {}).await;
        assert_eq!(report.published.is_some(), served != after);
        resumed += usize::from(report.published.is_some() && report.embedded < ARTICLES * SECTIONS);
        assert_eq!(desk.served().await, after);
        assert!(desk.sync.plan(SyncOptions::default()).await.unwrap().is_empty());
        desk.close().await;
        before = after;
    }
    println!("{KILLS} kills: {stages:?}; {old} left the old generation, {new} the new one; {resumed} resumed");
    assert!(old > 0 && new > 0, "the kills did not spread: {old} old, {new} new");
    assert!(resumed > 0, "no sync found vectors of the killed one");
    for stage in ["embedding", "publishing"] {
        assert!(stages.contains_key(stage), "no kill fell into {stage}: {stages:?}");
    }
}

/// Starts the child, kills it so long after it opened the desk, and tells how far it was.
fn killed(dir: &Path, after: Duration) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sync_crash::crash_child", "--nocapture", "--test-threads=1"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (send, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        // The harness prints the test's name on the same line as our first word.
        for line in stdout.lines().map_while(Result::ok) {
            if let Some((_, stage)) = line.split_once("stage ") {
                let _ = send.send(stage.trim().to_owned());
            }
        }
    });
    let mut last = lines.recv_timeout(Duration::from_secs(60)).unwrap();
    let moment = Instant::now() + after;
    while let Ok(stage) = lines.recv_timeout(moment.saturating_duration_since(Instant::now())) {
        last = stage;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    lines.try_iter().last().unwrap_or(last)
}
