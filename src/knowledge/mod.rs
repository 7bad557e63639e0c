//! Articles: reading, linting, cutting into passages, and bringing them into the index.

pub mod article;
mod catalogue;
mod chunk;
mod codes;
#[cfg(test)]
mod fakes;
mod frontmatter;
mod history;
mod library;
pub mod lint;
pub mod outline;
mod place;
mod plain;
pub mod plan;
mod policies;
mod source;
pub mod status;
pub mod sync;
mod vectors;
mod watch;

use std::collections::HashMap;

use async_trait::async_trait;

use crate::llm::Vector;
use crate::passages::{ArticleId, ArticleVersion, GenerationId, GenerationSpec};

pub use article::Article;
pub use catalogue::{Catalogue, CatalogueError, Catalogues, Reader};
pub use chunk::{Chunker, EMBED_BUDGET, dense_text, question_texts};
pub use history::{ArticleSource, Change, ChangeKind, FOLDER};
pub use library::{Detect, Document, IGNORE_FILE, Library, LoadError, Loaded, MAX_BYTES, Proposed, load, read};
pub use plain::plain;
pub use plan::Plan;
pub use policies::{PolicyShelf, PolicyShelfError, recall};
pub use source::{Position, Source};
pub use status::{Outcome, SyncStatus};
pub use sync::{Alone, ArticleSync, Progress, Survey, SyncError, SyncOptions, SyncParts, SyncReport};
pub use vectors::{question_keys, question_vectors};
pub use watch::watch;

/// Names a cached vector: hex BLAKE3 of embedding space fingerprint, kind and text.
pub type VectorKey = String;

/// Reading or writing the articles' part of the store failed.
#[derive(Debug, thiserror::Error)]
#[error("article store: {0}")]
pub struct ArticleStoreError(pub String);

/// Keeps every published version of every article, the record of generations, and vectors already paid for.
/// With the files it is the truth from which an index can always be rebuilt.
#[async_trait]
pub trait ArticleStore: Send + Sync + std::fmt::Debug {
    /// Keeps these versions; one already kept keeps its content and takes the path given here (files move).
    async fn keep_versions(&self, articles: &[Article]) -> Result<(), ArticleStoreError>;
    /// One version of one article, with its body.
    async fn version(&self, id: &ArticleId, version: &ArticleVersion) -> Result<Option<Article>, ArticleStoreError>;
    /// Keeps the whole files of versions; one already kept stays as it is.
    async fn keep_sources(&self, sources: &[ArticleSource]) -> Result<(), ArticleStoreError>;
    /// Adds lines to the history, but for those that say of an article what its last line says already: whoever published it has
    /// noted it.
    async fn note_changes(&self, changes: &[Change]) -> Result<(), ArticleStoreError>;
    /// Notes what a generation is made of, before it is built.
    async fn record_generation(&self, spec: &GenerationSpec) -> Result<(), ArticleStoreError>;
    /// What a generation was made of.
    async fn generation(&self, id: GenerationId) -> Result<Option<GenerationSpec>, ArticleStoreError>;
    /// The vectors among `keys` that are known.
    async fn cached_vectors(&self, keys: &[VectorKey]) -> Result<HashMap<VectorKey, Vector>, ArticleStoreError>;
    /// Keeps vectors for later generations.
    async fn cache_vectors(&self, vectors: &[(VectorKey, Vector)]) -> Result<(), ArticleStoreError>;
    /// Forgets cached vectors that are not among `keys`, once a generation that needs only those is serving.
    async fn prune_vectors(&self, keys: &[VectorKey]) -> Result<(), ArticleStoreError>;
}
