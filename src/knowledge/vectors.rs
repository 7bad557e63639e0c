//! Vectors for texts: those already paid for from the cache, the others from the embedder, kept as they come.

use std::collections::{HashMap, HashSet};

use super::sync::{Progress, SyncError};
use super::{ArticleStore, VectorKey};
use crate::llm::{Embedder, Vector};

/// Texts asked for at once: large enough for the embedder to batch, small enough that a killed sync loses little.
const BATCH: usize = 32;

/// Keys looked up at once.
const LOOKUP: usize = 500;

/// What a text is embedded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Passage,
    Question,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Passage => "passage",
            Self::Question => "question",
        }
    }
}

/// Names the vector of `text` in its role.
pub(super) fn key(fingerprint: &str, role: Role, text: &str) -> VectorKey {
    let mut hasher = blake3::Hasher::new();
    for part in [fingerprint, role.name(), text] {
        hasher.update(part.as_bytes());
        hasher.update(&[0x1f]);
    }
    hasher.finalize().to_hex().to_string()
}

/// The keys under which [`question_vectors`] keeps the vectors of `texts`, so that a sync does not prune them.
pub fn question_keys(embedder: &dyn Embedder, texts: &[String]) -> Vec<VectorKey> {
    texts.iter().map(|text| key(&embedder.space().fingerprint, Role::Question, text)).collect()
}

/// The vectors of questions that are known beforehand, by text: those already paid for from the store, the others from the embedder and
/// kept as they come.
///
/// # Errors
/// When the store or the embedder fails.
pub async fn question_vectors(
    texts: &[String],
    store: &dyn ArticleStore,
    embedder: &dyn Embedder,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<HashMap<String, Vector>, SyncError> {
    let mut wanted = Texts::default();
    for text in texts {
        wanted.want(&embedder.space().fingerprint, Role::Question, text.clone());
    }
    let mut known = wanted.known(store).await?;
    wanted.embed(&mut known, store, embedder, progress).await?;
    let pairs = wanted.wanted.into_iter().filter_map(|Wanted { key, text, .. }| Some((text, known.remove(&key)?)));
    Ok(pairs.collect())
}

/// A text whose vector is needed.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) key: VectorKey,
    pub(super) role: Role,
    pub(super) text: String,
}

/// Distinct texts with their keys, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) wanted: Vec<Wanted>,
    seen: HashSet<VectorKey>,
}

impl Texts {
    /// Adds `text` if it is new; its key.
    pub(super) fn want(&mut self, fingerprint: &str, role: Role, text: String) -> VectorKey {
        let key = key(fingerprint, role, &text);
        if self.seen.insert(key.clone()) {
            self.wanted.push(Wanted { key: key.clone(), role, text });
        }
        key
    }

    /// The vectors that are known.
    pub(super) async fn known(&self, store: &dyn ArticleStore) -> Result<HashMap<VectorKey, Vector>, SyncError> {
        let mut known = HashMap::with_capacity(self.wanted.len());
        for part in self.wanted.chunks(LOOKUP) {
            let keys: Vec<VectorKey> = part.iter().map(|wanted| wanted.key.clone()).collect();
            known.extend(store.cached_vectors(&keys).await?);
        }
        Ok(known)
    }

    /// Completes `known` by embedding what is missing; how many that were.
    pub(super) async fn embed(
        &self,
        known: &mut HashMap<VectorKey, Vector>,
        store: &dyn ArticleStore,
        embedder: &dyn Embedder,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<usize, SyncError> {
        let dimension = embedder.space().dimension;
        known.retain(|_, vector| vector.dimension() == dimension);
        let mut missing: Vec<&Wanted> = self.wanted.iter().filter(|wanted| !known.contains_key(&wanted.key)).collect();
        // Texts of like length together: a batch takes as long as its longest.
        missing.sort_by_key(|wanted| (wanted.role, wanted.text.len()));
        let total = missing.len();
        let mut done = 0;
        progress(Progress::Embedding { done, total });
        let batches = missing.chunk_by(|a, b| a.role == b.role).flat_map(|one_role| one_role.chunks(BATCH));
        for part in batches {
            let texts: Vec<String> = part.iter().map(|wanted| wanted.text.clone()).collect();
            let vectors = match part.first().map(|wanted| wanted.role) {
                Some(Role::Question) => embedder.embed_questions(&texts).await?,
                _ => embedder.embed_passages(&texts).await?,
            };
            if vectors.len() != texts.len() {
                let text =
                    format!("{} texts went to the embedder and {} vectors came back", texts.len(), vectors.len());
                return Err(SyncError::Vectors(text));
            }
            if let Some(odd) = vectors.iter().find(|vector| vector.dimension() != dimension) {
                let text = format!("a vector has {} dimensions instead of {dimension}", odd.dimension());
                return Err(SyncError::Vectors(text));
            }
            let fresh: Vec<(VectorKey, Vector)> = part.iter().map(|wanted| wanted.key.clone()).zip(vectors).collect();
            store.cache_vectors(&fresh).await?;
            known.extend(fresh);
            done += part.len();
            progress(Progress::Embedding { done, total });
        }
        Ok(total)
    }
}
