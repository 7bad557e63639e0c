//! A reply as it is written: the pieces out of the events of one response.

use std::time::Duration;

use futures::stream;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::Value;

use super::chat::Usage;
use super::sse::{Event, Events};
use super::transport::{Failure, chain, excerpt, told};
use crate::llm::{ChatError, ChatPiece, ChatReply, ChatRequest, ChatStream};

/// How long the counts are waited for when all words are there.
const FOR_COUNTS: Duration = Duration::from_secs(2);

#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<String>,
}

/// One response, being read.
#[derive(Debug)]
pub(super) struct Reading {
    response: reqwest::Response,
    stall: Duration,
    events: Events,
    request: ChatRequest,
    text: String,
    finish_reason: Option<String>,
    usage: Option<Usage>,
    /// The endpoint said that this is all, or closed the connection in good order.
    over: bool,
}

impl Reading {
    /// Of a response whose headers have come. `stall` is how long it may be silent.
    pub(super) fn of(response: reqwest::Response, request: &ChatRequest, stall: Duration) -> Result<Self, Failure> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        // Some proxies lose the header, or call everything text; what is declared to be something else is.
        if !matches!(kind, "" | "text/event-stream" | "text/plain" | "application/octet-stream") {
            let kind = excerpt(kind);
            return Err(Failure::Permanent(format!("the answer is {kind:?} where a stream of events was asked for")));
        }
        Ok(Self {
            response,
            stall,
            events: Events::default(),
            request: request.clone(),
            text: String::new(),
            finish_reason: None,
            usage: None,
            over: false,
        })
    }

    /// The next piece.
    pub(super) async fn piece(&mut self) -> Result<ChatPiece, Failure> {
        loop {
            while !self.over
                && let Some(event) = self.events.next().map_err(|rubbish| nonsense(&rubbish))?
            {
                if let Some(words) = self.take(&event)? {
                    self.text.push_str(&words);
                    return Ok(ChatPiece::Text(words));
                }
            }
            if self.over {
                let missing = || Failure::passing("the stream ended without a finish_reason");
                return self.end().ok_or_else(missing);
            }
            if let Err(failure) = self.read().await {
                // All words are there: only the counts were lost.
                return self.end().ok_or(failure);
            }
        }
    }

    /// Waits for the next bytes.
    async fn read(&mut self) -> Result<(), Failure> {
        let patience = if self.finish_reason.is_some() { self.stall.min(FOR_COUNTS) } else { self.stall };
        let chunk = tokio::time::timeout(patience, self.response.chunk()).await.map_err(|_| stalled(patience))?;
        match chunk.map_err(|error| Failure::passing(format!("the stream broke: {}", chain(&error))))? {
            Some(bytes) => self.events.feed(&bytes),
            None if self.events.is_between() => self.over = true,
            None => return Err(Failure::passing("the stream broke off within an event")),
        }
        Ok(())
    }

    /// Makes of an event what it is: words, or something to remember.
    fn take(&mut self, event: &Event) -> Result<Option<String>, Failure> {
        if event.data.trim() == "[DONE]" {
            self.over = true;
            return Ok(None);
        }
        let data: Value = match serde_json::from_str(&event.data) {
            Ok(data) => data,
            Err(_) if event.kind == "error" => return Err(told(&Value::String(event.data.clone()))),
            // Neither the event nor the parser's word for it is repeated: it may be what the customer wrote.
            Err(error) => return Err(nonsense(&format!("not JSON from column {} on", error.column()))),
        };
        match data.get("error").filter(|error| !error.is_null()) {
            Some(error) => return Err(told(error)),
            None if event.kind == "error" => return Err(told(&data)),
            None => {}
        }
        let known = data.get("choices").is_some() || data.get("usage").is_some();
        let chunk = known.then(|| serde_json::from_value(data).ok()).flatten();
        let Chunk { choices, usage } = chunk.ok_or_else(|| nonsense("an event of another kind"))?;
        // Some count as they go; the last count is the whole.
        self.usage = usage.and_then(|usage| serde_json::from_value(usage).ok()).or(self.usage.take());
        let Some(Choice { delta, finish_reason, .. }) = choices.into_iter().find(|choice| choice.index == 0) else {
            return Ok(None);
        };
        let finish_reason = finish_reason.filter(|reason| !reason.is_empty());
        if delta.is_none() && finish_reason.is_none() {
            return Err(nonsense("a choice without words"));
        }
        self.finish_reason = finish_reason.or(self.finish_reason.take());
        Ok(delta.and_then(|delta| delta.content).filter(|words| !words.is_empty()))
    }

    /// The last piece, if the model said that it stopped.
    fn end(&self) -> Option<ChatPiece> {
        let finish_reason = self.finish_reason.clone()?;
        let (tokens_in, tokens_out) = self.tokens();
        Some(ChatPiece::End { finish_reason, tokens_in, tokens_out })
    }

    fn tokens(&self) -> (u32, u32) {
        let Usage { prompt_tokens, completion_tokens } =
            self.usage.as_ref().map_or_else(|| Usage::estimated(&self.request, &self.text), Usage::clone);
        (prompt_tokens, completion_tokens)
    }

    /// What an error means when some words have gone out already.
    fn broken(&self, failure: Failure) -> ChatError {
        if !self.over {
            return failure.into();
        }
        let (tokens_in, tokens_out) = self.tokens();
        ChatError::Incomplete(ChatReply { text: self.text.clone(), tokens_in, tokens_out, finish_reason: None })
    }

    /// The stream of all pieces, of which the first was read.
    pub(super) fn after(self, first: ChatPiece, model: &str) -> ChatStream {
        let rest = stream::unfold((self, Some(first)), |(mut reading, first)| async move {
            let item = match first {
                Some(first) => Ok(first),
                None => reading.piece().await.map_err(|failure| reading.broken(failure)),
            };
            Some((item, (reading, None)))
        });
        ChatStream::new(model, rest)
    }
}

/// Silence for too long.
pub(super) fn stalled(patience: Duration) -> Failure {
    Failure::passing(format!("the stream stalled: no byte for {} s", patience.as_secs_f32()))
}

fn nonsense(what: &(impl std::fmt::Display + ?Sized)) -> Failure {
    Failure::Permanent(format!("the stream is not that of an OpenAI-compatible endpoint ({what})"))
}
