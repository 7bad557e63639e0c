//! Embeddings in this process: any GGUF embedding model of the `bert` architecture, multilingual-e5-small to begin with.
//!
//! Text goes through NFKC, gets the model's prefix, is cut into windows (`windows`), encoded (`encoder`, whose inner loops
//! are in `kernels`), pooled as the file says, and scaled to length 1. One thread of ours (`engine`) does the work, with a
//! small pool beside it; the async runtime only waits.

mod encoder;
mod engine;
mod kernels;
mod metadata;
mod packed;
mod rows;
mod team;
mod tokenizer;
mod windows;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use candle_core::quantized::gguf_file::Content;
use serde::{Deserialize, Serialize};

use self::encoder::{Encoder, Pooling};
use self::engine::{Core, Engine, Role};
use self::metadata::Metadata;
use self::tokenizer::TextTokenizer;
use super::{EmbedError, Embedder, EmbeddingSpace, Vector};

pub(crate) use self::rows::Rows;

/// Queries longer than this many bytes are not kept in memory.
const LONGEST_CACHED_QUERY: usize = 4096;
/// Part of the fingerprint: changes whenever the way from text to vector does.
const RECIPE: &str = "nfkc, one space, windows without overlap weighted by tokens, 1";

/// How a local model is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// Put before every question; `query: ` for e5.
    pub query_prefix: String,
    /// Put before every passage; `passage: ` for e5.
    pub passage_prefix: String,
    /// Threads that compute; 0 for one per processor.
    pub threads: usize,
    /// How many questions' vectors are remembered.
    pub query_cache_size: u64,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            query_prefix: "query: ".to_owned(),
            passage_prefix: "passage: ".to_owned(),
            threads: 0,
            query_cache_size: 2048,
        }
    }
}

/// An embedding model in this process.
#[derive(Debug)]
pub struct LocalEmbedder {
    core: Arc<Core>,
    engine: Engine,
    queries: moka::sync::Cache<String, Vector>,
    space: EmbeddingSpace,
    threads: usize,
}

impl LocalEmbedder {
    /// Loads a GGUF model file and starts its threads. Takes about half a second for e5-small; blocks.
    pub fn open(path: &Path, config: LocalConfig) -> Result<Self, EmbedError> {
        let file = std::fs::read(path).map_err(|error| {
            EmbedError::Model(format!("{}: {error}; `make setup` fetches and imports it", path.display()))
        })?;
        let content = Content::read(&mut std::io::Cursor::new(&file))
            .map_err(|error| EmbedError::Model(format!("{} is no GGUF file: {error}", path.display())))?;
        let metadata = Metadata(&content.metadata);
        let encoder = Encoder::from_gguf(&content, &file)?;
        let tokenizer = TextTokenizer::from_gguf(&metadata)?;
        let stem = || path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let space = EmbeddingSpace {
            model: metadata.text("general.name").map_or_else(stem, str::to_owned),
            dimension: encoder.hidden,
            fingerprint: fingerprint(&file, &config, encoder.pooling),
        };
        let threads = match config.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let LocalConfig { query_prefix, passage_prefix, query_cache_size, .. } = config;
        let core = Arc::new(Core { tokenizer, encoder, query_prefix, passage_prefix });
        let engine = Engine::start(Arc::clone(&core), threads)?;
        Ok(Self { core, engine, queries: moka::sync::Cache::new(query_cache_size), space, threads })
    }

    /// The instruction set that the kernels picked on this processor, and the number of threads, for reports.
    pub fn describe(&self) -> String {
        format!("{}, {} thread(s)", kernels::instruction_set(), self.threads)
    }
}

fn fingerprint(file: &[u8], config: &LocalConfig, pooling: Pooling) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(blake3::hash(file).as_bytes());
    let pooling = match pooling {
        Pooling::Mean => "mean",
        Pooling::Cls => "cls",
    };
    for part in [config.query_prefix.as_str(), &config.passage_prefix, pooling, RECIPE] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    async fn embed_query(&self, text: &str) -> Result<Vector, EmbedError> {
        if let Some(known) = self.queries.get(text) {
            return Ok(known);
        }
        let receivers = self.engine.submit(std::iter::once(text), Role::Query)?;
        let receiver = receivers.into_iter().next().ok_or(EmbedError::Stopped)?;
        let vector = receiver.await.map_err(|_| EmbedError::Stopped)??;
        if text.len() <= LONGEST_CACHED_QUERY {
            self.queries.insert(text.to_owned(), vector.clone());
        }
        Ok(vector)
    }

    async fn embed_passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let receivers = self.engine.submit(texts.iter().map(String::as_str), Role::Passage)?;
        let mut out = Vec::with_capacity(texts.len());
        for receiver in receivers {
            out.push(receiver.await.map_err(|_| EmbedError::Stopped)??);
        }
        Ok(out)
    }

    fn count_tokens(&self, text: &str) -> usize {
        // A model that loaded tokenizes any text; should it not, the text counts as too long and is cut smaller.
        self.core.content(text, Role::Passage).map_or(usize::MAX, |ids| ids.len() + 2)
    }

    fn max_tokens(&self) -> usize {
        self.core.encoder.positions
    }

    fn is_remote(&self) -> bool {
        false
    }

    fn forget(&self) {
        self.queries.invalidate_all();
        // Else they stay in memory until somebody asks the next question.
        self.queries.run_pending_tasks();
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tiny;
