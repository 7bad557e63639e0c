//! Stand-ins for the seams, for this room's own tests.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::{Article, ArticleSource, ArticleStore, ArticleStoreError, Change, VectorKey};
use crate::language::Lang;
use crate::llm::{EmbedError, Embedder, EmbeddingSpace, Vector};
use crate::passages::{
    ArticleId, ArticleVersion, Audience, GenerationId, GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery,
    PassageIndex,
};

/// An article in English of which only id and body matter.
pub(super) fn article(id: &str, body: &str) -> Article {
    Article {
        id: ArticleId(id.into()),
        version: ArticleVersion("0123456789abcdef".into()),
        path: format!("{id}.md"),
        title: "T".into(),
        lang: Lang::EN,
        translation_of: None,
        category: "general".into(),
        audience: Audience::customer(),
        owner: None,
        tags: Vec::new(),
        questions: Vec::new(),
        effective_from: None,
        effective_until: None,
        review_by: None,
        draft: false,
        body: body.into(),
    }
}

/// Vectors of 8 numbers from the text's digest; one token a character.
#[derive(Debug)]
pub(super) struct FakeEmbedder {
    pub(super) space: EmbeddingSpace,
    /// Texts embedded so far.
    pub(super) embedded: AtomicUsize,
    /// Fails once this many texts have been embedded.
    pub(super) fail_after: usize,
}

impl Default for FakeEmbedder {
    fn default() -> Self {
        let space = EmbeddingSpace { model: "fake".into(), dimension: 8, fingerprint: "fake-1".into() };
        Self { space, embedded: AtomicUsize::new(0), fail_after: usize::MAX }
    }
}

#[async_trait]
impl Embedder for FakeEmbedder {
    fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    async fn embed_query(&self, text: &str) -> Result<Vector, EmbedError> {
        let digest = blake3::hash(text.as_bytes());
        Ok(Vector::normalised(digest.as_bytes().iter().take(8).map(|b| f32::from(*b) + 1.0).collect()))
    }

    async fn embed_questions(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        self.embed_passages(texts).await
    }

    async fn embed_passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let mut vectors = Vec::new();
        for text in texts {
            if self.embedded.fetch_add(1, Ordering::Relaxed) >= self.fail_after {
                return Err(EmbedError::Transient("told to".into()));
            }
            vectors.push(self.embed_query(text).await?);
        }
        Ok(vectors)
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count() + 3
    }

    fn max_tokens(&self) -> usize {
        512
    }

    fn is_remote(&self) -> bool {
        false
    }
}

/// A store in memory.
#[derive(Debug, Default)]
pub(super) struct FakeStore {
    pub(super) versions: Mutex<HashMap<(ArticleId, ArticleVersion), Article>>,
    pub(super) generations: Mutex<HashMap<GenerationId, GenerationSpec>>,
    pub(super) vectors: Mutex<HashMap<VectorKey, Vector>>,
    pub(super) sources: Mutex<Vec<ArticleSource>>,
    pub(super) changes: Mutex<Vec<Change>>,
}

#[async_trait]
impl ArticleStore for FakeStore {
    async fn keep_versions(&self, articles: &[Article]) -> Result<(), ArticleStoreError> {
        let mut versions = self.versions.lock().unwrap();
        for article in articles {
            let kept = versions.entry((article.id.clone(), article.version.clone())).or_insert_with(|| article.clone());
            kept.path = article.path.clone();
        }
        Ok(())
    }

    async fn version(&self, id: &ArticleId, version: &ArticleVersion) -> Result<Option<Article>, ArticleStoreError> {
        Ok(self.versions.lock().unwrap().get(&(id.clone(), version.clone())).cloned())
    }

    async fn keep_sources(&self, sources: &[ArticleSource]) -> Result<(), ArticleStoreError> {
        self.sources.lock().unwrap().extend_from_slice(sources);
        Ok(())
    }

    async fn note_changes(&self, changes: &[Change]) -> Result<(), ArticleStoreError> {
        self.changes.lock().unwrap().extend_from_slice(changes);
        Ok(())
    }

    async fn record_generation(&self, spec: &GenerationSpec) -> Result<(), ArticleStoreError> {
        self.generations.lock().unwrap().insert(spec.id, spec.clone());
        Ok(())
    }

    async fn generation(&self, id: GenerationId) -> Result<Option<GenerationSpec>, ArticleStoreError> {
        Ok(self.generations.lock().unwrap().get(&id).cloned())
    }

    async fn cached_vectors(&self, keys: &[VectorKey]) -> Result<HashMap<VectorKey, Vector>, ArticleStoreError> {
        let vectors = self.vectors.lock().unwrap();
        Ok(keys.iter().filter_map(|key| Some((key.clone(), vectors.get(key)?.clone()))).collect())
    }

    async fn cache_vectors(&self, vectors: &[(VectorKey, Vector)]) -> Result<(), ArticleStoreError> {
        self.vectors.lock().unwrap().extend(vectors.iter().cloned());
        Ok(())
    }

    async fn prune_vectors(&self, keys: &[VectorKey]) -> Result<(), ArticleStoreError> {
        self.vectors.lock().unwrap().retain(|key, _| keys.contains(key));
        Ok(())
    }
}

/// An index in memory that finds nothing.
#[derive(Debug, Default)]
pub(super) struct FakeIndex {
    pub(super) serving: Mutex<Option<(GenerationSpec, Vec<IndexedPassage>)>>,
    pub(super) published: AtomicUsize,
}

#[async_trait]
impl PassageIndex for FakeIndex {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        Ok(self.serving.lock().unwrap().as_ref().map(|(spec, _)| spec.clone()))
    }

    async fn publish(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        assert_eq!(spec.passages, passages.len());
        self.published.fetch_add(1, Ordering::Relaxed);
        *self.serving.lock().unwrap() = Some((spec.clone(), passages));
        Ok(())
    }

    async fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        Ok(queries.iter().map(|_| Vec::new()).collect())
    }

    async fn ready(&self) -> Result<(), IndexError> {
        Ok(())
    }
}
