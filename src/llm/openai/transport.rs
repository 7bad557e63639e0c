//! One HTTP attempt, and what to make of its failure.

use std::task::{Context, Poll};
use std::time::Duration;

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures::future::BoxFuture;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, RETRY_AFTER};

/// How much of an error's body is worth repeating.
const EXCERPT: usize = 300;

/// A failed attempt.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Failure {
    /// Trying again will not help.
    #[error("{0}")]
    Permanent(String),
    /// The text is longer than the model takes: trying again will not help, a shorter one may.
    #[error("{0}")]
    TooLong(String),
    /// It may pass.
    #[error("{reason}")]
    Transient {
        reason: String,
        /// What the endpoint asked for.
        retry_after: Option<Duration>,
    },
}

impl Failure {
    fn passing(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into(), retry_after: None }
    }
}

/// Sends a request once. Anything but success becomes a [`Failure`] here, by its status, whatever its body looks like.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: reqwest::Client,
}

impl Transport {
    pub(super) fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl tower::Service<HttpRequestFactory> for Transport {
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = BoxFuture<'static, Result<reqwest::Response, OpenAIError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let client = self.client.clone();
        Box::pin(async move {
            let mut request = request.build().await?;
            // The crate sends a bearer token even if there is none, which some gateways refuse.
            if request.headers().get(AUTHORIZATION).is_some_and(|value| value.as_bytes().trim_ascii_end() == b"Bearer")
            {
                request.headers_mut().remove(AUTHORIZATION);
            }
            let response = client.execute(request).await.map_err(OpenAIError::Reqwest)?;
            if response.status().is_success() {
                return Ok(response);
            }
            Err(OpenAIError::Boxed(Box::new(refusal(response).await)))
        })
    }
}

async fn refusal(response: reqwest::Response) -> Failure {
    let status = response.status();
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let retry_after = asked.map(Duration::from_secs);
    let body = response.text().await.unwrap_or_default();
    let reason = format!("{status}: {}", excerpt(&body));
    match status {
        StatusCode::TOO_MANY_REQUESTS if spent(&body) => Failure::Permanent(reason),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_EARLY => {
            Failure::Transient { reason, retry_after }
        }
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Failure::Permanent(reason),
        // llama.cpp calls a text that is longer than the model embeds an error of its own.
        StatusCode::INTERNAL_SERVER_ERROR if body.contains("is too large to process") => Failure::TooLong(reason),
        StatusCode::BAD_REQUEST if exceeds_context(&body) => Failure::TooLong(reason),
        status if status.is_server_error() => Failure::Transient { reason, retry_after },
        _ => Failure::Permanent(reason),
    }
}

/// OpenAI says 429 both for "slow down" and for "you have paid for no more"; only the first passes.
fn spent(body: &str) -> bool {
    body.contains("insufficient_quota")
}

/// OpenAI's code and sentence (which others copy), and llama.cpp's.
fn exceeds_context(body: &str) -> bool {
    const SIGNS: [&str; 4] = [
        "context_length_exceeded",
        "maximum context length",
        "exceed_context_size_error",
        "exceeds the available context size",
    ];
    SIGNS.iter().any(|sign| body.contains(sign))
}

fn excerpt(body: &str) -> String {
    let line: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().nth(EXCERPT) {
        Some(_) => line.chars().take(EXCERPT).chain(['…']).collect(),
        None => line,
    }
}

/// What the client's error means. Never repeats the text that was sent.
pub(super) fn sort(error: &OpenAIError) -> Failure {
    match error {
        OpenAIError::Boxed(boxed) => match boxed.downcast_ref::<Failure>() {
            Some(failure) => failure.clone(),
            None => Failure::passing(boxed.to_string()),
        },
        OpenAIError::Reqwest(error) if error.is_builder() => Failure::Permanent(chain(error)),
        OpenAIError::Reqwest(error) => Failure::passing(chain(error)),
        OpenAIError::JSONDeserialize(error, content) => Failure::Permanent(format!(
            "the answer is not that of an OpenAI-compatible endpoint ({error}): {}",
            excerpt(content)
        )),
        other => Failure::Permanent(other.to_string()),
    }
}

/// An error and its causes: reqwest's own text stops before the interesting part.
fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        out.push_str(": ");
        out.push_str(&cause.to_string());
        next = cause.source();
    }
    out
}
