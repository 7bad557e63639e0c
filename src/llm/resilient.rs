//! Several chat models as one: when the first choice fails, the next is asked, and one that fails again and again is left alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::future::BoxFuture;

use super::breaker::{Breaker, BreakerSettings, Permit};
use super::{ChatError, ChatModel, ChatPiece, ChatReply, ChatRequest, ChatStream};
use crate::clock::Clock;

/// Asks models in their order until one replies.
///
/// A failure that the model's own attempts did not mend, whether it may pass or not, leads to the next. A request that is too long and a
/// reply that is cut do not: both are the caller's, who can shorten the one and has paid for the other. Nor does a stream that breaks
/// after its first piece, for what has been said cannot be said again in other words.
#[derive(Debug)]
pub struct Resilient {
    models: Vec<Guarded>,
    /// How long a model may take to begin a stream, with all its attempts.
    patience: Option<Duration>,
}

#[derive(Debug)]
struct Guarded {
    model: Arc<dyn ChatModel>,
    breaker: Breaker,
}

/// What became of a request, for the breaker.
fn settle(permit: Permit, error: Option<&ChatError>) {
    match error {
        // The model is there and does what it can.
        None | Some(ChatError::TooLong(_)) => permit.succeeded(),
        Some(ChatError::Incomplete(reply)) if reply.finish_reason.is_some() => permit.succeeded(),
        Some(ChatError::Incomplete(_) | ChatError::Permanent(_) | ChatError::Transient(_)) => permit.failed(),
    }
}

impl Resilient {
    /// Asks `primary` first, then `fallbacks`.
    pub fn new(
        primary: Arc<dyn ChatModel>,
        fallbacks: impl IntoIterator<Item = Arc<dyn ChatModel>>,
        settings: BreakerSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let guarded = |model: Arc<dyn ChatModel>| {
            let breaker = Breaker::new(model.model(), settings, Arc::clone(&clock));
            Guarded { model, breaker }
        };
        Self { models: std::iter::once(primary).chain(fallbacks).map(guarded).collect(), patience: None }
    }

    /// The same for a caller who waits so long for the beginning of a stream: each model has its share of that, or the first could use up
    /// the time of those after it. One alone has all of it.
    pub fn within(mut self, deadline: Duration) -> Self {
        let models = u32::try_from(self.models.len()).unwrap_or(u32::MAX);
        self.patience = (models > 1).then(|| deadline / models);
        self
    }

    /// The first success, with the permit of the model it is of; or what is to be told.
    async fn first<'a, T>(
        &'a self,
        request: &'a ChatRequest,
        ask: impl Fn(&'a dyn ChatModel, &'a ChatRequest) -> BoxFuture<'a, Result<T, ChatError>>,
    ) -> Result<(T, Permit), ChatError> {
        let mut failures = Vec::new();
        for Guarded { model, breaker } in &self.models {
            let name = model.model();
            let Some(permit) = breaker.admit() else {
                let reason = "left alone for a while, because it failed again and again".to_owned();
                failures.push((name, ChatError::Transient(reason)));
                continue;
            };
            match ask(model.as_ref(), request).await {
                Ok(found) => return Ok((found, permit)),
                Err(error @ (ChatError::TooLong(_) | ChatError::Incomplete(_))) => {
                    settle(permit, Some(&error));
                    return Err(error);
                }
                Err(error) => {
                    // The reason may repeat what was asked, and what was asked is the customer's.
                    tracing::warn!(
                        model = name,
                        passing = matches!(error, ChatError::Transient(_)),
                        "a chat model failed"
                    );
                    tracing::debug!(model = name, %error, "why it failed");
                    permit.failed();
                    failures.push((name, error));
                }
            }
        }
        Err(all_failed(failures))
    }
}

async fn begin(
    model: &dyn ChatModel,
    request: &ChatRequest,
    patience: Option<Duration>,
) -> Result<ChatStream, ChatError> {
    let begun = async { model.stream(request).await?.begun().await };
    let Some(patience) = patience else { return begun.await };
    let late = || ChatError::Transient(format!("did not begin within {patience:?}, its share of llm.deadline_seconds"));
    tokio::time::timeout(patience, begun).await.unwrap_or_else(|_| Err(late()))
}

/// One error for all: it may pass if one of them may.
fn all_failed(mut failures: Vec<(&str, ChatError)>) -> ChatError {
    if failures.len() == 1
        && let Some((_, error)) = failures.pop()
    {
        return error;
    }
    let passing = failures.iter().any(|(_, error)| matches!(error, ChatError::Transient(_)));
    let reasons: Vec<String> = failures.iter().map(|(name, error)| format!("{name}: {error}")).collect();
    let reason = reasons.join("; ");
    if passing { ChatError::Transient(reason) } else { ChatError::Permanent(reason) }
}

#[async_trait]
impl ChatModel for Resilient {
    /// The first choice. Which model it was is told by [`complete_named`](ChatModel::complete_named) and [`ChatStream::model`].
    fn model(&self) -> &str {
        self.models.first().map_or("", |first| first.model.model())
    }

    /// Whether one of them is: which one will reply is not known before.
    fn is_remote(&self) -> bool {
        self.models.iter().any(|guarded| guarded.model.is_remote())
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        self.complete_named(request).await.map(|(_, reply)| reply)
    }

    async fn complete_named(&self, request: &ChatRequest) -> Result<(String, ChatReply), ChatError> {
        let (named, permit) = self.first(request, |model, request| model.complete_named(request)).await?;
        permit.succeeded();
        Ok(named)
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        let begin = |model, request| -> BoxFuture<'_, _> { Box::pin(begin(model, request, self.patience)) };
        let (stream, mut permit) = self.first(request, begin).await?;
        permit.begun();
        let model = stream.model().to_owned();
        // Until the end is known the permit is held; whoever drops the stream before gives it back without an opinion.
        let mut permit = Some(permit);
        let watched = stream.inspect(move |item| {
            if !matches!(item, Ok(ChatPiece::Text(_)))
                && let Some(permit) = permit.take()
            {
                settle(permit, item.as_ref().err());
            }
        });
        Ok(ChatStream::new(model, watched))
    }
}

#[cfg(test)]
mod tests;
