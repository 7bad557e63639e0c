//! Chat by any OpenAI-compatible `/v1/chat/completions`, through `async-openai`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::endpoint::{Endpoint, Patience};
use super::stream::{Reading, stalled};
use super::transport::{Failure, sort};
use super::{default_backoff, default_longest_wait};
use crate::llm::{ChatError, ChatModel, ChatReply, ChatRequest, ChatStream, STOP};

/// Where and how replies are asked for.
#[derive(Debug, Clone)]
pub struct OpenAiChatConfig {
    /// Up to and including `/v1`.
    pub base_url: Url,
    /// The model's name as the endpoint knows it.
    pub model: String,
    /// Sent as bearer token, if there is one.
    pub api_key: Option<SecretString>,
    /// For one attempt, from connecting to the last byte, streamed or not.
    pub timeout: Duration,
    /// How long a stream may be silent, before its first byte and between any two.
    pub stall: Duration,
    /// How often a failure that may pass is tried again.
    pub retries: u32,
    /// Before the first retry; doubled for each further one, half of it random.
    pub backoff: Duration,
    /// The longest wait before a retry; an endpoint that asks for a longer one has failed.
    pub longest_wait: Duration,
}

impl OpenAiChatConfig {
    /// The defaults, for an endpoint and a model.
    pub fn new(base_url: Url, model: impl Into<String>) -> Self {
        Self {
            base_url,
            model: model.into(),
            api_key: None,
            timeout: Duration::from_secs(60),
            stall: Duration::from_secs(20),
            retries: 2,
            backoff: default_backoff(),
            longest_wait: default_longest_wait(),
        }
    }
}

/// Chat by HTTP.
#[derive(Debug)]
pub struct OpenAiChat {
    endpoint: Endpoint,
    model: String,
    stall: Duration,
    /// Whether the endpoint knows `stream_options`.
    counts: AtomicBool,
}

/// Only what is needed, and by the names that all servers know: `max_tokens` and not OpenAI's newer `max_completion_tokens`.
#[derive(Debug, Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    temperature: f32,
    max_tokens: u32,
    stream: bool,
    /// Asks for the counts at a stream's end.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Debug, Deserialize)]
struct Response {
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    message: Said,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Said {
    content: Option<String>,
}

/// What a reply took.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Usage {
    /// Tokens of the request.
    pub(super) prompt_tokens: u32,
    /// Tokens of the reply.
    #[serde(default)]
    pub(super) completion_tokens: u32,
}

impl Usage {
    /// What was used is never taken for nothing: a server that does not count is counted for.
    pub(super) fn estimated(request: &ChatRequest, text: &str) -> Self {
        Self {
            prompt_tokens: estimate(&request.system).saturating_add(estimate(&request.user)),
            completion_tokens: estimate(text),
        }
    }
}

impl OpenAiChat {
    /// Prepares for asking `config`'s endpoint; asks nothing yet. `seed` makes the jitter between retries.
    ///
    /// # Errors
    /// When the key cannot be sent.
    pub fn new(config: OpenAiChatConfig, seed: u64) -> Result<Self, ChatError> {
        let OpenAiChatConfig { base_url, model, api_key, timeout, stall, retries, backoff, longest_wait } = config;
        let patience = Patience { retries, backoff, longest_wait };
        let endpoint = Endpoint::new(&base_url, api_key.as_ref(), timeout, patience, seed)?;
        Ok(Self { endpoint, model, stall, counts: AtomicBool::new(true) })
    }

    /// One attempt at a stream, up to its first piece; with the counts at its end, or not.
    async fn open(&self, request: &ChatRequest, counts: bool) -> Result<ChatStream, Failure> {
        let stream_options = counts.then(|| json!({"include_usage": true}));
        let body = Request { stream: true, stream_options, ..self.request(request) };
        let post = self.endpoint.post("/chat/completions", &body);
        let response = tokio::time::timeout(self.stall, post).await.map_err(|_| stalled(self.stall))??;
        let mut reading = Reading::of(response, request, self.stall)?;
        let first = reading.piece().await?;
        Ok(reading.after(first, &self.model))
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> Request<'a> {
        let messages = [("system", &request.system), ("user", &request.user)];
        Request {
            model: &self.model,
            messages: messages
                .into_iter()
                .filter(|(_, content)| !content.is_empty())
                .map(|(role, content)| Message { role, content })
                .collect(),
            temperature: request.temperature,
            max_tokens: request.max_tokens,
            stream: false,
            stream_options: None,
            seed: request.seed,
            response_format: request.json_schema.as_ref().map(|schema| {
                json!({"type": "json_schema", "json_schema": {"name": "reply", "strict": true, "schema": schema}})
            }),
        }
    }
}

impl From<Failure> for ChatError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Permanent(reason) => Self::Permanent(reason),
            Failure::TooLong(reason) => Self::TooLong(reason),
            Failure::Transient { reason, .. } => Self::Transient(reason),
        }
    }
}

/// What the endpoint's answer says.
fn reply(answer: Value, request: &ChatRequest) -> Result<ChatReply, ChatError> {
    let nonsense =
        |what: &str| ChatError::Permanent(format!("the answer is not that of an OpenAI-compatible endpoint ({what})"));
    let Response { choices, usage } = serde_json::from_value(answer).map_err(|error| nonsense(&error.to_string()))?;
    let Choice { message, finish_reason } =
        choices.into_iter().next().ok_or_else(|| nonsense("there is no choice in it"))?;
    let text = message.content.unwrap_or_default();
    let Usage { prompt_tokens, completion_tokens } = usage.unwrap_or_else(|| Usage::estimated(request, &text));
    let reply = ChatReply { text, tokens_in: prompt_tokens, tokens_out: completion_tokens, finish_reason };
    match reply.finish_reason.as_deref() {
        Some(STOP) => Ok(reply),
        _ => Err(ChatError::Incomplete(reply)),
    }
}

/// Tokens by OpenAI's `cl100k_base`.
fn estimate(text: &str) -> u32 {
    let tokens = tiktoken_rs::cl100k_base_singleton().encode_ordinary(text).len();
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

#[async_trait]
impl ChatModel for OpenAiChat {
    fn model(&self) -> &str {
        &self.model
    }

    fn is_remote(&self) -> bool {
        true
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let body = self.request(request);
        let mut attempts = self.endpoint.attempts();
        loop {
            // Read as JSON first: the client logs an answer that is of another shape than asked for, and a reply may repeat what a
            // customer wrote.
            let answer: Result<Value, _> = self.endpoint.client().chat().create_byot(&body).await;
            let failure = match answer.map_err(|error| sort(&error)) {
                Ok(answer) => return reply(answer, request),
                Err(failure) => failure,
            };
            attempts.after(failure).await?;
        }
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        let mut attempts = self.endpoint.attempts();
        loop {
            let counts = self.counts.load(Ordering::Relaxed);
            match self.open(request, counts).await {
                Ok(stream) => return Ok(stream),
                // Older servers refuse what they do not know. They are not asked for it again.
                Err(Failure::Permanent(reason)) if counts && reason.contains("stream_options") => {
                    self.counts.store(false, Ordering::Relaxed);
                }
                Err(failure) => attempts.after(failure).await?,
            }
        }
    }
}

#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;
