//! Embeddings of a set, kept in `var/cache` so that only the first run pays for them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use futures::stream::{self, StreamExt, TryStreamExt};
use madoguchi::llm::local::{LocalConfig, LocalEmbedder};
use madoguchi::llm::{Embedder, Vector};

use crate::sets::Set;

/// The vectors of a set's passages, titles and queries.
pub(crate) struct Vectors {
    pub(crate) docs: Vec<Vector>,
    /// Title and questions of each passage's article, embedded as questions.
    pub(crate) asked: Vec<Vec<Vector>>,
    /// The same, embedded as passages.
    pub(crate) told: Vec<Vec<Vector>>,
    pub(crate) queries: Vec<Vector>,
}

pub(crate) struct Model {
    embedder: LocalEmbedder,
    cache: PathBuf,
}

impl Model {
    pub(crate) fn open() -> Result<Self> {
        let var = Path::new(env!("CARGO_MANIFEST_DIR")).join("var");
        let embedder = LocalEmbedder::open(&var.join("models/e5-small.gguf"), LocalConfig::default())?;
        let cache = var.join("cache/retrieval");
        fs::create_dir_all(&cache)?;
        Ok(Self { embedder, cache })
    }

    pub(crate) fn name(&self) -> String {
        let space = self.embedder.space();
        format!("{} ({} dimensions)", space.model, space.dimension)
    }

    pub(crate) fn embedder(&self) -> &LocalEmbedder {
        &self.embedder
    }

    pub(crate) fn space(&self) -> &madoguchi::llm::EmbeddingSpace {
        self.embedder.space()
    }

    pub(crate) async fn vectors(&self, set: &Set) -> Result<Vectors> {
        let whole: Vec<String> = set.docs.iter().map(|doc| doc.whole()).collect();
        let queries: Vec<String> = set.queries.iter().map(|(text, _)| text.clone()).collect();
        let titles: Vec<Vec<String>> = set
            .docs
            .iter()
            .map(|doc| std::iter::once(&doc.title).filter(|t| !t.is_empty()).chain(&doc.questions).cloned().collect())
            .collect();
        let mut distinct: Vec<String> = titles.iter().flatten().cloned().collect();
        distinct.sort();
        distinct.dedup();
        let spread = |vectors: Vec<Vector>| {
            let by_text: HashMap<&String, Vector> = distinct.iter().zip(vectors).collect();
            titles.iter().map(|texts| texts.iter().map(|text| by_text[text].clone()).collect()).collect()
        };
        Ok(Vectors {
            docs: self.cached("passage", &whole).await?,
            asked: spread(self.cached("query", &distinct).await?),
            told: spread(self.cached("passage", &distinct).await?),
            queries: self.cached("query", &queries).await?,
        })
    }

    async fn cached(&self, role: &str, texts: &[String]) -> Result<Vec<Vector>> {
        let dimension = self.embedder.space().dimension;
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.embedder.space().fingerprint.as_bytes());
        hasher.update(role.as_bytes());
        for text in texts {
            hasher.update(text.as_bytes());
            hasher.update(&[0]);
        }
        let file = self.cache.join(format!("{}.f32", hasher.finalize().to_hex()));
        if let Ok(bytes) = fs::read(&file) {
            let numbers: Vec<f32> =
                bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            return Ok(numbers.chunks_exact(dimension).map(|v| Vector::normalised(v.to_vec())).collect());
        }
        eprintln!("embedding {} texts as {role}", texts.len());
        let vectors: Vec<Vector> = match role {
            "query" => {
                stream::iter(texts).map(|text| self.embedder.embed_query(text)).buffered(16).try_collect().await?
            }
            _ => {
                let mut all = Vec::new();
                for batch in texts.chunks(64) {
                    all.extend(self.embedder.embed_passages(batch).await?);
                }
                all
            }
        };
        let bytes: Vec<u8> = vectors.iter().flat_map(|v| v.as_slice()).flat_map(|x| x.to_le_bytes()).collect();
        fs::write(&file, bytes).context("cache")?;
        Ok(vectors)
    }
}
