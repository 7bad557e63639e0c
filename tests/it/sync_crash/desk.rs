//! What is synced: articles that all change from round to round, into the real index and the real store.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use madoguchi::clock::{RandomIds, SystemClock};
use madoguchi::knowledge::{ArticleStore, ArticleSync, Progress, SyncOptions, SyncParts, SyncReport};
use madoguchi::language::Lang;
use madoguchi::llm::{EmbedError, Embedder, EmbeddingSpace, Vector};
use madoguchi::passages::edge::EdgeIndex;
use madoguchi::passages::lexical::LexicalAnalyser;
use madoguchi::passages::{GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery, PassageIndex, Probe};
use madoguchi::store::Store;

use crate::index_samples::{DIMENSION, customer, direction};

const ARTICLES: usize = 40;
const SECTIONS: usize = 3;
/// What a round must embed.
pub(super) const PASSAGES: usize = ARTICLES * SECTIONS;

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

/// The index. It tells when a generation is about to be built, and when it has been switched to.
#[derive(Debug)]
struct Telling {
    index: Arc<EdgeIndex>,
    tell: fn(&str),
}

#[async_trait]
impl PassageIndex for Telling {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        self.index.serving().await
    }

    async fn publish(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        (self.tell)("building");
        self.index.publish(spec, passages).await?;
        (self.tell)("switched");
        Ok(())
    }

    async fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        self.index.search(queries).await
    }

    async fn ready(&self) -> Result<(), IndexError> {
        self.index.ready().await
    }
}

/// A folder's articles, with the index and the store that they are synced into.
pub(super) struct Desk {
    index: Arc<EdgeIndex>,
    store: Store,
    pub(super) sync: ArticleSync,
}

impl Desk {
    pub(super) async fn open(dir: &Path, tell: fn(&str)) -> Self {
        let index = Arc::new(EdgeIndex::open(&dir.join("index")).unwrap());
        let store = Store::open(&dir.join("store.sqlite")).await.unwrap();
        let space = EmbeddingSpace { model: "digests".into(), dimension: DIMENSION, fingerprint: "1".into() };
        let sync = ArticleSync::new(SyncParts {
            folder: dir.join("articles"),
            index: Arc::new(Telling { index: Arc::clone(&index), tell }),
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

    pub(super) async fn run(&self, progress: &(dyn Fn(Progress) + Send + Sync)) -> SyncReport {
        self.sync.run(SyncOptions::default(), progress).await.unwrap()
    }

    /// What is served: which round each article's passages are of, after checking that all of them are there, and that the
    /// store has the version they are from.
    pub(super) async fn served(&self) -> BTreeMap<String, usize> {
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

    pub(super) async fn close(self) {
        drop(self.sync);
        drop(self.index);
        self.store.close().await;
    }
}

/// Every article changes with the round, and one is another one.
pub(super) fn write(dir: &Path, round: usize) -> BTreeMap<String, usize> {
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
