//! Vectors for texts: those already paid for from the cache, the others from the embedder, kept as they come.

use std::collections::{HashMap, HashSet};

use super::sync::{Progress, SyncError};
use super::{ArticleStore, VectorKey};
use crate::llm::{Embedder, Vector};

/// Texts asked for at once: large enough for the embedder to batch, small enough that a killed sync loses little.
const BATCH: usize = 32;

/// Keys looked up at once.
const LOOKUP: usize = 500;

/// Names the vector of `text` as a passage.
pub(super) fn key(fingerprint: &str, text: &str) -> VectorKey {
    let mut hasher = blake3::Hasher::new();
    for part in [fingerprint, "passage", text] {
        hasher.update(part.as_bytes());
        hasher.update(&[0x1f]);
    }
    hasher.finalize().to_hex().to_string()
}

/// Distinct texts with their keys, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) wanted: Vec<(VectorKey, String)>,
    seen: HashSet<VectorKey>,
}

impl Texts {
    /// Adds `text` if it is new; its key.
    pub(super) fn want(&mut self, fingerprint: &str, text: String) -> VectorKey {
        let key = key(fingerprint, &text);
        if self.seen.insert(key.clone()) {
            self.wanted.push((key.clone(), text));
        }
        key
    }

    /// The vectors that are known.
    pub(super) async fn known(&self, store: &dyn ArticleStore) -> Result<HashMap<VectorKey, Vector>, SyncError> {
        let mut known = HashMap::with_capacity(self.wanted.len());
        for part in self.wanted.chunks(LOOKUP) {
            let keys: Vec<VectorKey> = part.iter().map(|(key, _)| key.clone()).collect();
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
        let mut missing: Vec<&(VectorKey, String)> =
            self.wanted.iter().filter(|(key, _)| !known.contains_key(key)).collect();
        // Texts of like length together: a batch takes as long as its longest.
        missing.sort_by_key(|(_, text)| text.len());
        let total = missing.len();
        let mut done = 0;
        progress(Progress::Embedding { done, total });
        for part in missing.chunks(BATCH) {
            let texts: Vec<String> = part.iter().map(|(_, text)| text.clone()).collect();
            let vectors = embedder.embed_passages(&texts).await?;
            if vectors.len() != texts.len() {
                let text =
                    format!("{} texts went to the embedder and {} vectors came back", texts.len(), vectors.len());
                return Err(SyncError::Vectors(text));
            }
            if let Some(odd) = vectors.iter().find(|vector| vector.dimension() != dimension) {
                let text = format!("a vector has {} dimensions instead of {dimension}", odd.dimension());
                return Err(SyncError::Vectors(text));
            }
            let fresh: Vec<(VectorKey, Vector)> = part.iter().map(|(key, _)| key.clone()).zip(vectors).collect();
            store.cache_vectors(&fresh).await?;
            known.extend(fresh);
            done += part.len();
            progress(Progress::Embedding { done, total });
        }
        Ok(total)
    }
}
