//! Embeddings and chat from any OpenAI-compatible endpoint, through `async-openai`.
//!
//! Retries are ours: the crate's own would retry what it likes, as often as it likes, and its reading of an error depends on
//! the error's body being OpenAI's JSON, which other servers do not send. `transport` makes one attempt and sorts its
//! outcome by status; `endpoint` decides what comes next.

mod chat;
mod endpoint;
mod pieces;
mod sse;
mod stream;
mod transport;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::chat::{OpenAiChat, OpenAiChatConfig};
use self::endpoint::{Endpoint, Patience};
use self::transport::{Failure, sort};
use super::normal::normalise;
use super::{EmbedError, Embedder, EmbeddingSpace, Vector};

/// Queries longer than this many bytes are not kept in memory.
const LONGEST_CACHED_QUERY: usize = 4096;

/// Where and how vectors are asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAiConfig {
    /// Up to and including `/v1`.
    pub base_url: Url,
    /// The model's name as the endpoint knows it.
    pub model: String,
    /// Sent as bearer token, if there is one.
    #[serde(default)]
    pub api_key: Option<SecretString>,
    /// Number of dimensions; asked of the endpoint by one request when absent.
    #[serde(default)]
    pub dimension: Option<usize>,
    /// Put before every question.
    #[serde(default)]
    pub query_prefix: String,
    /// Put before every passage.
    #[serde(default)]
    pub passage_prefix: String,
    /// Texts per request.
    #[serde(default = "default_batch_size")]
    pub batch_size: usize,
    /// The most tokens the model takes at once. Longer questions go in pieces; chunking keeps passages below, and a longer one is
    /// sent as it is: whether it is cut or refused is the endpoint's affair.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: usize,
    /// How often a failure that may pass is tried again.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// Seconds for one attempt, from connecting to the last byte.
    #[serde(default = "default_timeout", with = "seconds")]
    pub timeout: Duration,
    /// Seconds before the first retry; doubled for each further one, half of it random.
    #[serde(default = "default_backoff", with = "seconds")]
    pub backoff: Duration,
    /// The longest wait before a retry; an endpoint that asks for a longer one has failed.
    #[serde(default = "default_longest_wait", with = "seconds")]
    pub longest_wait: Duration,
    /// How many questions' vectors are remembered.
    #[serde(default = "default_query_cache_size")]
    pub query_cache_size: u64,
}

fn default_batch_size() -> usize {
    32
}
fn default_max_tokens() -> usize {
    512
}
fn default_retries() -> u32 {
    3
}
fn default_timeout() -> Duration {
    Duration::from_secs(30)
}
fn default_backoff() -> Duration {
    Duration::from_millis(500)
}
fn default_longest_wait() -> Duration {
    Duration::from_secs(20)
}
fn default_query_cache_size() -> u64 {
    2048
}

/// Durations as seconds, whole or not.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de::Error};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl OpenAiConfig {
    /// The defaults, for an endpoint and a model.
    pub fn new(base_url: Url, model: impl Into<String>) -> Self {
        Self {
            base_url,
            model: model.into(),
            api_key: None,
            dimension: None,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            batch_size: default_batch_size(),
            max_tokens: default_max_tokens(),
            retries: default_retries(),
            timeout: default_timeout(),
            backoff: default_backoff(),
            longest_wait: default_longest_wait(),
            query_cache_size: default_query_cache_size(),
        }
    }
}

/// Embeddings by HTTP.
#[derive(Debug)]
pub struct OpenAiEmbedder {
    endpoint: Endpoint,
    config: OpenAiConfig,
    space: EmbeddingSpace,
    queries: moka::sync::Cache<String, Vector>,
}

/// Only what is needed: servers differ in the rest.
#[derive(Debug, Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Debug, Deserialize)]
struct Response {
    data: Vec<Embedding>,
}

#[derive(Debug, Deserialize)]
struct Embedding {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl OpenAiEmbedder {
    /// Prepares for asking `config`'s endpoint, and asks it once if the dimension is not configured. `seed` makes the jitter.
    pub async fn connect(config: OpenAiConfig, seed: u64) -> Result<Self, EmbedError> {
        let patience = Patience { retries: config.retries, backoff: config.backoff, longest_wait: config.longest_wait };
        let mut embedder = Self {
            endpoint: Endpoint::new(&config.base_url, config.api_key.as_ref(), config.timeout, patience, seed)?,
            space: space(&config, config.dimension.unwrap_or_default()),
            queries: moka::sync::Cache::new(config.query_cache_size),
            config,
        };
        if embedder.config.dimension.is_none() {
            let probe = embedder.request(&["dimension".to_owned()]).await?;
            let dimension = probe.first().map_or(0, Vec::len);
            if dimension == 0 {
                return Err(EmbedError::Permanent("the endpoint returns vectors without dimensions".to_owned()));
            }
            embedder.space = space(&embedder.config, dimension);
        }
        Ok(embedder)
    }

    /// A question of any length. A server may cut silently what is too long for its model, and nobody would see the rest: a long
    /// question is the mean of its pieces, as it is in process. Tokens are estimated: where a server finds a piece too long,
    /// they are made shorter.
    async fn embed_whole(&self, text: &str) -> Result<Vector, EmbedError> {
        let text = normalise(text);
        let mut count = self.count_tokens(&text).div_ceil(self.config.max_tokens.max(1));
        loop {
            let pieces = pieces::cut(&text, count);
            let found = self.embed(pieces.iter().map(String::as_str), &self.config.query_prefix).await;
            match found {
                Err(Failure::TooLong(_)) if pieces::divisible(&pieces) => count = 2 * pieces.len(),
                found => return pieces::mean(found?).ok_or(EmbedError::Stopped),
            }
        }
    }

    async fn embed(&self, texts: impl Iterator<Item = &str>, prefix: &str) -> Result<Vec<Vector>, Failure> {
        let texts: Vec<String> = texts.map(|text| format!("{prefix}{}", normalise(text))).collect();
        let mut out = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.config.batch_size.max(1)) {
            for values in self.request(batch).await? {
                if values.len() != self.space.dimension {
                    return Err(Failure::Permanent(format!(
                        "a vector has {} dimensions, expected {}: is {} still the same model?",
                        values.len(),
                        self.space.dimension,
                        self.space.model
                    )));
                }
                out.push(Vector::normalised(values));
            }
        }
        Ok(out)
    }

    /// One request, tried again while that may help.
    async fn request(&self, input: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        let request = Request { model: &self.config.model, input, encoding_format: "float" };
        let mut attempts = self.endpoint.attempts();
        loop {
            let answer: Result<Response, _> = self.endpoint.client().embeddings().create_byot(&request).await;
            let failure = match answer.map_err(|error| sort(&error)) {
                Ok(answer) => return in_order(answer, input.len()),
                Err(failure) => failure,
            };
            attempts.after(failure).await?;
        }
    }
}

impl From<Failure> for EmbedError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Permanent(reason) | Failure::TooLong(reason) => Self::Permanent(reason),
            Failure::Transient { reason, .. } => Self::Transient(reason),
        }
    }
}

/// The vectors as they were asked for. Servers may answer in any order, as long as they number their answers.
fn in_order(answer: Response, expected: usize) -> Result<Vec<Vec<f32>>, Failure> {
    if answer.data.len() != expected {
        let found = answer.data.len();
        return Err(Failure::Permanent(format!("{found} vectors came back for {expected} texts")));
    }
    let mut out: Vec<Option<Vec<f32>>> = vec![None; expected];
    for (position, found) in answer.data.into_iter().enumerate() {
        let index = found.index.unwrap_or(position);
        let place = out.get_mut(index).filter(|place| place.is_none());
        let place = place
            .ok_or_else(|| Failure::Permanent(format!("vector number {index} came back twice or was not asked for")))?;
        *place = Some(found.embedding);
    }
    Ok(out.into_iter().flatten().collect())
}

fn space(config: &OpenAiConfig, dimension: usize) -> EmbeddingSpace {
    let mut hasher = blake3::Hasher::new();
    // Models of one name on two servers need not be the same: another endpoint is another space.
    let url = config.base_url.as_str();
    for part in ["openai 1", url, &config.model, &config.query_prefix, &config.passage_prefix, &dimension.to_string()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    EmbeddingSpace { model: config.model.clone(), dimension, fingerprint: hasher.finalize().to_hex().to_string() }
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    fn space(&self) -> &EmbeddingSpace {
        &self.space
    }

    async fn embed_query(&self, text: &str) -> Result<Vector, EmbedError> {
        if let Some(known) = self.queries.get(text) {
            return Ok(known);
        }
        let vector = self.embed_whole(text).await?;
        if text.len() <= LONGEST_CACHED_QUERY {
            self.queries.insert(text.to_owned(), vector.clone());
        }
        Ok(vector)
    }

    async fn embed_questions(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        Ok(self.embed(texts.iter().map(String::as_str), &self.config.query_prefix).await?)
    }

    async fn embed_passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        Ok(self.embed(texts.iter().map(String::as_str), &self.config.passage_prefix).await?)
    }

    /// By OpenAI's `cl100k_base`: exact for its models, an estimate on the safe side for most others.
    fn count_tokens(&self, text: &str) -> usize {
        let text = format!("{}{}", self.config.passage_prefix, normalise(text));
        tiktoken_rs::cl100k_base_singleton().encode_ordinary(&text).len() + 2
    }

    fn max_tokens(&self) -> usize {
        self.config.max_tokens
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn forget(&self) {
        self.queries.invalidate_all();
        // Else they stay in memory until somebody asks the next question.
        self.queries.run_pending_tasks();
    }
}

#[cfg(test)]
mod tests;
