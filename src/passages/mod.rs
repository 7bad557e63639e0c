//! What is searched: passages of articles, the index that holds them, and the fusion of its legs.

pub mod edge;
pub mod hybrid;
pub mod lexical;
mod passage;
pub mod qdrant;
mod stored;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::language::Lang;
use crate::llm::{EmbeddingSpace, Vector};

pub use passage::{ArticleId, ArticleVersion, Audience, Passage, PassageId, Span};

/// A sparse vector of the lexical leg: hashed token → weight. Indices are sorted and distinct.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SparseVector {
    /// Token hashes, ascending, without repetition.
    pub indices: Vec<u32>,
    /// One positive weight per index.
    pub values: Vec<f32>,
}

/// A passage with everything the index stores of it.
#[derive(Debug, Clone)]
pub struct IndexedPassage {
    /// The passage itself, stored whole as payload.
    pub passage: Passage,
    /// `dense`: heading breadcrumb and passage text.
    pub dense: Vector,
    /// `question`: one vector for the article's title and one for each of its front-matter `questions`; never empty.
    pub question: Vec<Vector>,
    /// `lexical`: term weights of breadcrumb, the article's questions and text; the index multiplies the IDF.
    pub lexical: SparseVector,
}

/// Names one build of the index. Time-ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct GenerationId(pub Uuid);

impl std::fmt::Display for GenerationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a generation is made of, and with what: a change of any of these means a new generation, never a mixed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationSpec {
    /// Its name.
    pub id: GenerationId,
    /// The space of `dense` and `question`.
    pub space: EmbeddingSpace,
    /// Fingerprint of the lexical analyser: name, dictionary, filters, version.
    pub lexical: String,
    /// Fingerprint of the chunker's settings.
    pub chunker: String,
    /// When the build began.
    pub created_at: Timestamp,
    /// The articles in it, by id and version, ascending.
    pub articles: Vec<(ArticleId, ArticleVersion)>,
    /// Number of passages; a generation with any other count is never served.
    pub passages: usize,
}

/// Which passages may be found at all. Applied inside the engine, never afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageFilter {
    /// Only passages in this language; `None` for any.
    pub lang: Option<Lang>,
    /// Nothing in this language; `None` for no such limit.
    pub except_lang: Option<Lang>,
    /// Only articles of these families; `None` for any.
    pub families: Option<Vec<ArticleId>>,
    /// Audiences the caller's verified role may read.
    pub audiences: Vec<Audience>,
    /// Articles must be in effect on this date.
    pub on: Date,
    /// Whether drafts are visible (editors' previews only).
    pub drafts: bool,
}

/// The three ways a passage is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// Meaning of the passage.
    Dense,
    /// Meaning of the article's title and questions.
    Question,
    /// Words of the passage.
    Lexical,
}

/// One request to one leg.
#[derive(Debug, Clone)]
pub struct LegQuery {
    /// Which leg, with what it compares.
    pub probe: Probe,
    /// What may be found.
    pub filter: PassageFilter,
    /// The most hits wanted.
    pub limit: usize,
}

/// What a leg compares passages with.
#[derive(Debug, Clone)]
pub enum Probe {
    /// For [`Leg::Dense`].
    Dense(Vector),
    /// For [`Leg::Question`].
    Question(Vector),
    /// For [`Leg::Lexical`].
    Lexical(SparseVector),
}

/// A passage as one leg found it; legs return them by score, highest first.
#[derive(Debug, Clone)]
pub struct LegHit {
    /// The passage, shared because several legs find the same one.
    pub passage: Arc<Passage>,
    /// Cosine for `Dense` and `Question`, BM25 for `Lexical`.
    pub score: f32,
}

/// Why the index could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Nothing has been published yet.
    #[error("the index holds no generation yet: run `madoguchi knowledge sync`")]
    Empty,
    /// Another process has the data folder.
    #[error("{path} is in use by another madoguchi process: stop it, or give this one another --data-dir")]
    Locked {
        /// The folder.
        path: String,
    },
    /// Files or server answered in a way that should not happen; the index can be rebuilt from the articles.
    #[error("index: {0}")]
    Engine(String),
    /// The server cannot be reached, or refused.
    #[error("index server: {0}")]
    Unreachable(String),
    /// Reading or writing files.
    #[error("index files: {0}")]
    Io(#[from] std::io::Error),
}

/// Where passages are kept and searched. Implementations: `edge` (in process), `qdrant` (server or cluster).
///
/// There is one writer (a sync) and any number of readers. A generation is written once and never changed.
#[async_trait]
pub trait PassageIndex: Send + Sync + std::fmt::Debug {
    /// The generation that answers now, if any.
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError>;
    /// Builds `spec` beside the serving generation, checks that it is complete, and switches to it atomically. A crash at any
    /// point leaves the old or the new one serving, never a part; left-overs are removed by the next `publish`.
    async fn publish(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError>;
    /// Asks every leg in one batch, all on the same generation; one list per query, in order.
    async fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError>;
    /// Does a real, small search; for `/readyz`.
    async fn ready(&self) -> Result<(), IndexError>;
}
