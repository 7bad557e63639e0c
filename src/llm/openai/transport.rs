//! One HTTP attempt, and what to make of its failure.

use std::task::{Context, Poll};
use std::time::Duration;

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures::future::BoxFuture;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

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
    /// It may pass.
    pub(super) fn passing(reason: impl Into<String>) -> Self {
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

    /// One attempt.
    pub(super) async fn send(&self, mut request: reqwest::Request) -> Result<reqwest::Response, OpenAIError> {
        // The crate sends a bearer token even if there is none, which some gateways refuse.
        if request.headers().get(AUTHORIZATION).is_some_and(|value| value.as_bytes().trim_ascii_end() == b"Bearer") {
            request.headers_mut().remove(AUTHORIZATION);
        }
        let response = self.client.execute(request).await.map_err(OpenAIError::Reqwest)?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(OpenAIError::Boxed(Box::new(refusal(response).await)))
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
        let this = self.clone();
        Box::pin(async move { this.send(request.build().await?).await })
    }
}

async fn refusal(response: reqwest::Response) -> Failure {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = response.text().await.unwrap_or_default();
    by_status(status, &body, retry_after)
}

/// What the endpoint asks for: seconds, or a date, which is told by its own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok();
    let wait = date(asked)?.timestamp().duration_since(date(text(DATE)?)?.timestamp());
    Some(Duration::try_from(wait).unwrap_or_default())
}

/// What an error means that is told within a stream, where there is no status any more.
pub(super) fn told(error: &Value) -> Failure {
    let code = error.get("code").or_else(|| error.get("status"));
    let code = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    let status = code.and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
    let by_kind = || match error.get("type").and_then(Value::as_str) {
        Some("invalid_request_error" | "authentication_error" | "permission_error" | "not_found_error") => {
            StatusCode::BAD_REQUEST
        }
        Some("rate_limit_error" | "rate_limit_exceeded" | "insufficient_quota") => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    by_status(status.unwrap_or_else(by_kind), &error.to_string(), None)
}

fn by_status(status: StatusCode, body: &str, retry_after: Option<Duration>) -> Failure {
    let reason = format!("{status}: {}", excerpt(body));
    match status {
        StatusCode::TOO_MANY_REQUESTS if spent(body) => Failure::Permanent(reason),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_EARLY => {
            Failure::Transient { reason, retry_after }
        }
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Failure::Permanent(reason),
        // llama.cpp calls a text that is longer than the model embeds an error of its own.
        StatusCode::INTERNAL_SERVER_ERROR if body.contains("is too large to process") => Failure::TooLong(reason),
        // So says Hugging Face's text-embeddings-inference.
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLong(reason),
        StatusCode::BAD_REQUEST if exceeds_context(body) => Failure::TooLong(reason),
        status if status.is_server_error() => Failure::Transient { reason, retry_after },
        _ => Failure::Permanent(reason),
    }
}

/// OpenAI says 429 both for "slow down" and for "you have paid for no more"; only the first passes.
fn spent(body: &str) -> bool {
    body.contains("insufficient_quota")
}

/// OpenAI's code and sentence (which others copy), llama.cpp's, and Ollama's.
fn exceeds_context(body: &str) -> bool {
    const SIGNS: [&str; 5] = [
        "context_length_exceeded",
        "maximum context length",
        "exceed_context_size_error",
        "exceeds the available context size",
        "exceeds the context length",
    ];
    SIGNS.iter().any(|sign| body.contains(sign))
}

/// The beginning of an error's body, on one line.
pub(super) fn excerpt(body: &str) -> String {
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
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        out.push_str(": ");
        out.push_str(&cause.to_string());
        next = cause.source();
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wait_that_is_asked_for_is_seconds_or_a_date() {
        let wait = |pairs: &[(reqwest::header::HeaderName, &str)]| {
            retry_after(&pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect())
        };
        let now = (DATE, "Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(wait(&[(RETRY_AFTER, " 7 ")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[(RETRY_AFTER, "Wed, 21 Oct 2026 07:29:10 GMT"), now.clone()]), Some(Duration::from_secs(70)));
        assert_eq!(wait(&[(RETRY_AFTER, "Wed, 21 Oct 2026 07:27:00 GMT"), now.clone()]), Some(Duration::ZERO));
        assert_eq!(wait(&[(RETRY_AFTER, "Wed, 21 Oct 2026 07:29:10 GMT")]), None, "whose clock?");
        assert_eq!(wait(&[(RETRY_AFTER, "soon"), now.clone()]), None);
        assert_eq!(wait(&[now]), None);
    }

    #[test]
    fn an_error_in_a_stream_is_sorted_by_what_it_says_of_itself() {
        let transient = |error| matches!(told(&error), Failure::Transient { .. });
        assert!(transient(json!("overloaded")));
        assert!(transient(json!({"code": 500, "type": "server_error", "message": "slot gone"})));
        assert!(transient(json!({"code": "429", "message": "slow down"})));
        assert!(transient(json!({"type": "rate_limit_error"})));
        assert!(transient(json!({"code": -32000})));
        assert!(matches!(told(&json!({"code": 401})), Failure::Permanent(_)));
        assert!(matches!(
            told(&json!({"code": "insufficient_quota", "type": "insufficient_quota"})),
            Failure::Permanent(_)
        ));
        let long = json!({"code": "context_length_exceeded", "type": "invalid_request_error"});
        assert!(matches!(told(&long), Failure::TooLong(_)));
    }
}
