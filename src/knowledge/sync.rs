//! Bringing a folder of articles into the index: read, lint, choose, embed what is new, build a generation, switch.
//!
//! Whatever it is killed in, the serving generation answers as before, and the next sync takes up where it ended: vectors
//! are kept as they come, versions and the generation's record are written before the index is touched, and the index
//! switches in one step.

mod alone;
mod survey;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::chunk::{Chunker, dense_text, question_texts};
use super::library::{LoadError, Loaded, load};
use super::plan::{Plan, Reason, compare, select};
use super::vectors::{Role, Texts, question_keys};
use super::{Article, ArticleStore, ArticleStoreError, VectorKey};
use crate::clock::{Clock, Ids};
use crate::language::Lang;
use crate::llm::{EmbedError, Embedder, Vector};
use crate::passages::lexical::{LexicalAnalyser, LexicalText};
use crate::passages::{ArticleId, GenerationId, GenerationSpec, IndexError, IndexedPassage, Passage, PassageIndex};

pub use alone::Alone;
pub use survey::Survey;

/// Tells the language of a text.
pub type SharedDetect = Arc<dyn Fn(&str) -> Lang + Send + Sync>;

/// Texts as they are at the moment.
pub type SharedTexts = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What a sync works with.
#[derive(Clone)]
pub struct SyncParts {
    /// The articles folder.
    pub folder: PathBuf,
    /// Where passages are searched.
    pub index: Arc<dyn PassageIndex>,
    /// Where versions, generations and vectors are kept.
    pub store: Arc<dyn ArticleStore>,
    /// Embeds what is new.
    pub embedder: Arc<dyn Embedder>,
    /// The lexical leg's analyser.
    pub lexical: Arc<LexicalAnalyser>,
    /// Tells the day for the lint.
    pub clock: Arc<dyn Clock>,
    /// Names generations.
    pub ids: Arc<dyn Ids>,
    /// The help centre's time zone: where the day begins.
    pub zone: TimeZone,
    /// Tells languages apart where files do not say.
    pub detect: SharedDetect,
    /// Questions that others need the vectors of (the guards' exemplars): a sync keeps those that are in the store.
    pub needed: SharedTexts,
}

impl std::fmt::Debug for SyncParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncParts").field("folder", &self.folder).field("index", &self.index).finish_non_exhaustive()
    }
}

/// What the one who starts a sync may ask for.
#[derive(Debug, Clone, Copy, Default)]
pub struct SyncOptions {
    /// Publish even though no article would be left.
    pub allow_empty: bool,
}

/// How far a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Files are read and checked.
    Reading,
    /// Texts are embedded.
    Embedding {
        /// So many are done.
        done: usize,
        /// Of so many that were not known.
        total: usize,
    },
    /// The index builds a generation of so many passages.
    Publishing {
        /// Number of passages.
        passages: usize,
    },
}

/// What a sync did.
#[derive(Debug, Clone, Serialize)]
pub struct SyncReport {
    /// What it found and what it set out to do.
    pub plan: Plan,
    /// The generation that answers now, if this sync built one.
    pub published: Option<GenerationSpec>,
    /// Number of texts embedded.
    pub embedded: usize,
}

/// Why a sync ended without switching. The serving generation answers as before.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The folder could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The folder holds nothing to serve, while articles are served.
    #[error(
        "{folder} holds no article that can be served, but {served} are in service: is the volume mounted? \
         To take them all out of service, sync with --allow-empty"
    )]
    WouldEmpty {
        /// The folder.
        folder: String,
        /// How many articles are served.
        served: usize,
    },
    /// The folder holds nothing to serve, and nothing is served yet.
    #[error("{folder} holds no article that can be served ({held} files are held back by errors)")]
    NoArticles {
        /// The folder.
        folder: String,
        /// How many files have errors.
        held: usize,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] ArticleStoreError),
    /// The embedder.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The embedder returned something else than it promised.
    #[error("embedding: {0}")]
    Vectors(String),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A working thread ended.
    #[error("a thread of the sync ended: {0}")]
    Thread(String),
}

/// Brings a folder of articles into an index. One runs at a time; a second waits.
#[derive(Debug)]
pub struct ArticleSync {
    parts: SyncParts,
    chunker: Chunker,
    running: tokio::sync::Mutex<()>,
}

/// All that is known before the first costly step.
struct Prepared {
    plan: Plan,
    loaded: Loaded,
    articles: Vec<Article>,
    work: Option<Work>,
}

/// Passages and the texts whose vectors they need.
struct Work {
    passages: Vec<Passage>,
    dense: Vec<VectorKey>,
    /// By article.
    questions: HashMap<ArticleId, Asked>,
    texts: Texts,
    known: HashMap<VectorKey, Vector>,
}

/// What an article says that it answers.
struct Asked {
    /// Of its title and its questions.
    vectors: Vec<VectorKey>,
    /// Its questions.
    words: Vec<String>,
}

impl ArticleSync {
    /// Of these parts.
    pub fn new(parts: SyncParts) -> Self {
        let chunker = Chunker::new(Arc::clone(&parts.embedder));
        Self { parts, chunker, running: tokio::sync::Mutex::new(()) }
    }

    /// The folder it reads.
    pub fn folder(&self) -> &std::path::Path {
        &self.parts.folder
    }

    /// What [`Self::run`] would do, without doing any of it.
    pub async fn plan(&self, options: SyncOptions) -> Result<Plan, SyncError> {
        let _one_at_a_time = self.running.lock().await;
        let mut prepared = self.prepare(options).await?;
        prepared.plan.findings = prepared.loaded.findings;
        Ok(prepared.plan)
    }

    /// Reads the folder and, if anything changed, builds a generation and switches to it.
    pub async fn run(
        &self,
        options: SyncOptions,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<SyncReport, SyncError> {
        self.alone().await.run(options, progress).await
    }

    /// Serves `articles` as they are, whatever the folder holds, without lint or choice: for corpora that are measured on.
    /// Nothing is built if the serving generation is made of just these. Returns the number of texts embedded.
    ///
    /// # Errors
    /// When store, embedder or index fail; what was served before is served on.
    pub async fn publish(
        &self,
        articles: &[Article],
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<usize, SyncError> {
        let _one_at_a_time = self.running.lock().await;
        self.parts.store.keep_versions(articles).await?;
        let serving = self.serving().await?;
        let plan = compare(articles, serving.as_ref());
        if self.reasons(&plan, serving.as_ref()).is_empty() {
            return Ok(0);
        }
        let work = self.work(articles).await?;
        Ok(self.build(articles, work, progress).await?.1)
    }

    /// Embeds what is new, builds a generation and switches to it.
    async fn build(
        &self,
        articles: &[Article],
        mut work: Work,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(GenerationSpec, usize), SyncError> {
        let store = self.parts.store.as_ref();
        let embedded = work.texts.embed(&mut work.known, store, self.parts.embedder.as_ref(), progress).await?;
        progress(Progress::Publishing { passages: work.passages.len() });
        let spec = self.spec(articles, work.passages.len());
        let mut keys: Vec<VectorKey> = work.texts.wanted.iter().map(|wanted| wanted.key.clone()).collect();
        keys.extend(question_keys(self.parts.embedder.as_ref(), &(self.parts.needed)()));
        let passages = self.indexed(work).await?;
        store.record_generation(&spec).await?;
        self.parts.index.publish(&spec, passages).await?;
        if let Err(error) = store.prune_vectors(&keys).await {
            // The new generation serves; vectors too many do no harm.
            tracing::warn!(%error, "vectors no longer needed stay in the cache until the next sync");
        }
        Ok((spec, embedded))
    }

    async fn prepare(&self, options: SyncOptions) -> Result<Prepared, SyncError> {
        let loaded = self.load().await?;
        let serving = self.serving().await?;
        let served = serving.as_ref().map(|spec| spec.articles.as_slice()).unwrap_or_default();
        let selection = select(&loaded, served, self.parts.store.as_ref()).await?;
        if selection.articles.is_empty() && !options.allow_empty {
            let folder = self.parts.folder.display().to_string();
            return Err(match served.len() {
                0 => SyncError::NoArticles { folder, held: selection.held.len() },
                served => SyncError::WouldEmpty { folder, served },
            });
        }
        let mut plan = compare(&selection.articles, serving.as_ref());
        plan.held = selection.held;
        plan.reasons = self.reasons(&plan, serving.as_ref());
        let articles = selection.articles;
        if plan.is_empty() {
            plan.passages = serving.map_or(0, |spec| spec.passages);
            return Ok(Prepared { plan, loaded, articles, work: None });
        }
        let work = self.work(&articles).await?;
        plan.passages = work.passages.len();
        plan.to_embed = work.texts.wanted.iter().filter(|wanted| !work.known.contains_key(&wanted.key)).count();
        Ok(Prepared { plan, loaded, articles, work: Some(work) })
    }

    /// The generation that answers now, if one can be read.
    async fn serving(&self) -> Result<Option<GenerationSpec>, SyncError> {
        match self.parts.index.serving().await {
            Ok(serving) => Ok(serving),
            Err(IndexError::Empty) => Ok(None),
            Err(IndexError::Engine(text)) => {
                // Articles and store are the truth: what cannot be read is built again.
                tracing::warn!(error = %text, "the serving generation cannot be read and will be replaced");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn load(&self) -> Result<Loaded, SyncError> {
        let folder = self.parts.folder.clone();
        let today = self.today();
        let detect = Arc::clone(&self.parts.detect);
        Ok(blocking(move || load(&folder, today, detect.as_ref())).await??)
    }

    fn today(&self) -> Date {
        self.parts.clock.now().to_zoned(self.parts.zone.clone()).date()
    }

    fn reasons(&self, plan: &Plan, serving: Option<&GenerationSpec>) -> Vec<Reason> {
        let Some(serving) = serving else { return vec![Reason::First] };
        let mut reasons = Vec::new();
        if !(plan.added.is_empty() && plan.changed.is_empty() && plan.removed.is_empty()) {
            reasons.push(Reason::Articles);
        }
        let space = self.parts.embedder.space();
        if serving.space != *space {
            reasons.push(Reason::Model { from: serving.space.model.clone(), to: space.model.clone() });
        }
        if serving.lexical != self.parts.lexical.fingerprint() {
            reasons.push(Reason::Lexical);
        }
        if serving.chunker != self.chunker.fingerprint() {
            reasons.push(Reason::Chunker);
        }
        reasons
    }

    fn spec(&self, articles: &[Article], passages: usize) -> GenerationSpec {
        GenerationSpec {
            id: GenerationId(self.parts.ids.fresh()),
            space: self.parts.embedder.space().clone(),
            lexical: self.parts.lexical.fingerprint().to_owned(),
            chunker: self.chunker.fingerprint(),
            created_at: self.parts.clock.now(),
            articles: articles.iter().map(|article| (article.id.clone(), article.version.clone())).collect(),
            passages,
        }
    }

    async fn work(&self, articles: &[Article]) -> Result<Work, SyncError> {
        let (articles, chunker) = (articles.to_vec(), self.chunker.clone());
        let fingerprint = self.parts.embedder.space().fingerprint.clone();
        let mut work = blocking(move || {
            let mut work = Work {
                passages: Vec::new(),
                dense: Vec::new(),
                questions: HashMap::new(),
                texts: Texts::default(),
                known: HashMap::new(),
            };
            for article in &articles {
                let passages = chunker.passages(article);
                if passages.is_empty() {
                    continue;
                }
                for passage in &passages {
                    work.dense.push(work.texts.want(&fingerprint, Role::Passage, dense_text(passage)));
                }
                let questions = question_texts(article);
                let want = |text| work.texts.want(&fingerprint, Role::Question, text);
                let vectors = questions.into_iter().map(want).collect();
                let asked = Asked { vectors, words: article.questions.clone() };
                work.questions.insert(article.id.clone(), asked);
                work.passages.extend(passages);
            }
            work
        })
        .await?;
        work.known = work.texts.known(self.parts.store.as_ref()).await?;
        Ok(work)
    }

    async fn indexed(&self, work: Work) -> Result<Vec<IndexedPassage>, SyncError> {
        let lexical = Arc::clone(&self.parts.lexical);
        let dimension = self.parts.embedder.space().dimension;
        let missing = || SyncError::Vectors("a vector is missing after embedding".to_owned());
        blocking(move || {
            let vector = |key: &VectorKey| work.known.get(key).cloned().ok_or_else(missing);
            // All at once: BM25 needs the average length.
            let questions = |passage: &Passage| work.questions.get(&passage.article_id);
            let words = |passage| questions(passage).map(|asked| asked.words.as_slice()).unwrap_or_default();
            let texts: Vec<String> =
                work.passages.iter().map(|passage| LexicalAnalyser::text_of(passage, words(passage))).collect();
            let texts: Vec<LexicalText<'_>> = texts
                .iter()
                .zip(&work.passages)
                .map(|(text, passage)| LexicalText { text, lang: &passage.lang })
                .collect();
            let terms = lexical.documents(&texts);
            let mut indexed = Vec::with_capacity(work.passages.len());
            for ((passage, key), lexical) in work.passages.into_iter().zip(&work.dense).zip(terms) {
                let asked = questions(&passage).map(|asked| asked.vectors.as_slice()).unwrap_or_default();
                let mut question = asked.iter().map(vector).collect::<Result<Vec<_>, _>>()?;
                if question.is_empty() {
                    // Near to no question at all: an article without title or questions is found by the other legs.
                    question.push(Vector::normalised(vec![0.0; dimension]));
                }
                indexed.push(IndexedPassage { dense: vector(key)?, question, lexical, passage });
            }
            Ok(indexed)
        })
        .await?
    }
}

/// Work that would hold up other tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SyncError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| SyncError::Thread(error.to_string()))
}

#[cfg(test)]
pub(super) mod tests;
