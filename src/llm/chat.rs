//! Chat models: a request of words, a reply of words.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use serde_json::Value;

/// The `finish_reason` of a reply that is whole.
pub const STOP: &str = "stop";

/// What a chat model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// What the model is, and how it shall reply. Empty: no such message is sent.
    pub system: String,
    /// What it shall reply to.
    pub user: String,
    /// 0 takes the likeliest word every time, 1 draws words as the model weighs them.
    pub temperature: f32,
    /// Makes a draw repeatable, where the server can. Below 2^31: larger ones are refused by some servers and mean "at random" to
    /// others.
    pub seed: Option<u64>,
    /// The most tokens the reply may have. A reply that is cut there is [`ChatError::Incomplete`].
    pub max_tokens: u32,
    /// The JSON schema the reply shall follow. A wish: not every server holds its model to it, so the reply is parsed with care.
    pub json_schema: Option<Value>,
}

/// What a chat model replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatReply {
    /// The words; may be none.
    pub text: String,
    /// Tokens of the request: what the endpoint says, or an estimate where it says nothing.
    pub tokens_in: u32,
    /// Tokens of the reply.
    pub tokens_out: u32,
    /// Why the model stopped, in the endpoint's word: `stop` in every reply that is whole.
    pub finish_reason: Option<String>,
}

/// Why there is no whole reply.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChatError {
    /// The endpoint refused for good (bad key, unknown model, not a chat endpoint): trying again will not help.
    #[error("chat endpoint refused: {0}")]
    Permanent(String),
    /// The endpoint failed in a way that may pass (timeout, 429, 5xx), after the retries that are configured.
    #[error("chat endpoint failed: {0}")]
    Transient(String),
    /// The request is longer than the model's context; a shorter one may do.
    #[error("too long for the chat model: {0}")]
    TooLong(String),
    /// The model stopped before its end: cut at `max_tokens`, filtered, or for no reason that it gave. Holds what there is, because
    /// it was paid for all the same.
    #[error("the chat model's reply is not whole: {}", ending(.0))]
    Incomplete(ChatReply),
}

fn ending(reply: &ChatReply) -> String {
    match reply.finish_reason.as_deref() {
        Some(reason) => format!("finish_reason {reason:?} after {} tokens", reply.tokens_out),
        None => "no finish_reason".to_owned(),
    }
}

/// A piece of a reply that is still being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatPiece {
    /// Further words; never none.
    Text(String),
    /// The last piece: the model has stopped.
    End {
        /// Why it stopped, in the endpoint's word. Anything but [`STOP`] means that the words are not whole.
        finish_reason: String,
        /// Tokens of the request: what the endpoint says, or an estimate where it says nothing.
        tokens_in: u32,
        /// Tokens of the reply.
        tokens_out: u32,
    },
}

/// A reply, piece by piece: its last item is either [`ChatPiece::End`] or an error, and one of them there is, whatever becomes of the
/// connection. Whoever drops it before hangs up on the model.
pub struct ChatStream {
    model: String,
    pieces: BoxStream<'static, Result<ChatPiece, ChatError>>,
    over: bool,
}

impl ChatStream {
    /// The reply of `model`. Nothing is taken from `pieces` after an end or an error.
    pub fn new(
        model: impl Into<String>,
        pieces: impl Stream<Item = Result<ChatPiece, ChatError>> + Send + 'static,
    ) -> Self {
        Self { model: model.into(), pieces: pieces.boxed(), over: false }
    }

    /// A reply that is there already, as one piece.
    ///
    /// # Errors
    /// When it has no `finish_reason`.
    pub fn of(model: impl Into<String>, reply: ChatReply) -> Result<Self, ChatError> {
        let Some(finish_reason) = reply.finish_reason.clone() else {
            return Err(ChatError::Incomplete(reply));
        };
        let ChatReply { text, tokens_in, tokens_out, .. } = reply;
        let words = (!text.is_empty()).then_some(ChatPiece::Text(text));
        let end = ChatPiece::End { finish_reason, tokens_in, tokens_out };
        Ok(Self::new(model, stream::iter(words.into_iter().chain([end]).map(Ok))))
    }

    /// The name of the model that is speaking.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Waits for the first piece, which is not lost by it.
    ///
    /// # Errors
    /// When there is an error in its place: nothing has been said yet, and another model may be asked.
    pub async fn begun(mut self) -> Result<Self, ChatError> {
        match self.next().await {
            Some(Ok(first)) => {
                let Self { model, pieces, .. } = self;
                Ok(Self::new(model, stream::iter([Ok(first)]).chain(pieces)))
            }
            Some(Err(error)) => Err(error),
            None => Err(ended_early()),
        }
    }

    /// Waits for all of it, as [`ChatModel::complete`] does.
    ///
    /// # Errors
    /// The stream's error; [`ChatError::Incomplete`] when the model did not stop by itself.
    pub async fn whole(mut self) -> Result<ChatReply, ChatError> {
        let mut text = String::new();
        while let Some(piece) = self.next().await {
            match piece? {
                ChatPiece::Text(more) => text.push_str(&more),
                ChatPiece::End { finish_reason, tokens_in, tokens_out } => {
                    let whole = finish_reason == STOP;
                    let reply = ChatReply { text, tokens_in, tokens_out, finish_reason: Some(finish_reason) };
                    return if whole { Ok(reply) } else { Err(ChatError::Incomplete(reply)) };
                }
            }
        }
        Err(ended_early())
    }
}

fn ended_early() -> ChatError {
    ChatError::Transient("the stream ended before the reply did".to_owned())
}

impl Stream for ChatStream {
    type Item = Result<ChatPiece, ChatError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let item = match self.pieces.poll_next_unpin(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(item) => item.unwrap_or_else(|| Err(ended_early())),
        };
        self.over = !matches!(item, Ok(ChatPiece::Text(_)));
        Poll::Ready(Some(item))
    }
}

impl std::fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatStream").field("model", &self.model).field("over", &self.over).finish_non_exhaustive()
    }
}

/// Replies to a request. Implementations: `openai` (any compatible endpoint), `resilient` (several models, one after the other),
/// `scripted` (tests).
#[async_trait]
pub trait ChatModel: Send + Sync + std::fmt::Debug {
    /// The model's name as its endpoint knows it; also what prices are looked up by. Of several models: the first choice.
    fn model(&self) -> &str;
    /// Whether text leaves this process (then a customer's words must be masked before).
    fn is_remote(&self) -> bool;
    /// One reply, by as many attempts as are configured.
    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError>;
    /// [`complete`](Self::complete), and the name of the model that replied.
    async fn complete_named(&self, request: &ChatRequest) -> Result<(String, ChatReply), ChatError> {
        Ok((self.model().to_owned(), self.complete(request).await?))
    }
    /// One reply as it is written. Returns when the first piece is there, by as many attempts as are configured: an error here means
    /// that nothing was said, an error later that what was said has no end.
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        match self.complete_named(request).await {
            Ok((model, reply)) => ChatStream::of(model, reply),
            // What was cut is handed on with the reason, as it would be by a stream of many pieces.
            Err(ChatError::Incomplete(reply)) => ChatStream::of(self.model(), reply),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str, finish_reason: Option<&str>) -> ChatReply {
        let finish_reason = finish_reason.map(str::to_owned);
        ChatReply { text: text.to_owned(), tokens_in: 3, tokens_out: 2, finish_reason }
    }

    #[tokio::test]
    async fn a_whole_reply_is_one_piece_and_its_end() {
        for (text, pieces) in [("返品📦", 2), ("", 1)] {
            let whole = reply(text, Some(STOP));
            let stream = ChatStream::of("tiny", whole.clone()).unwrap();
            assert_eq!(stream.model(), "tiny");
            assert_eq!(stream.collect::<Vec<_>>().await.len(), pieces);
            assert_eq!(ChatStream::of("tiny", whole.clone()).unwrap().whole().await.unwrap(), whole);
        }
        let cut = ChatStream::of("tiny", reply("返", Some("length"))).unwrap().whole().await.unwrap_err();
        assert!(matches!(&cut, ChatError::Incomplete(reply) if reply.text == "返"), "{cut}");
        assert!(matches!(ChatStream::of("tiny", reply("返", None)), Err(ChatError::Incomplete(_))));
    }

    #[tokio::test]
    async fn no_stream_ends_quietly_or_twice() {
        let text = || Ok(ChatPiece::Text("返".to_owned()));
        let end = || Ok(ChatPiece::End { finish_reason: STOP.to_owned(), tokens_in: 1, tokens_out: 1 });
        let of = |pieces: Vec<_>| ChatStream::new("tiny", stream::iter(pieces));
        let items: Vec<_> = of(vec![text()]).collect().await;
        assert!(matches!(items[..], [Ok(_), Err(ChatError::Transient(_))]), "{items:?}");
        assert_eq!(of(vec![text(), end(), end(), text()]).collect::<Vec<_>>().await.len(), 2);
        let down = || Err(ChatError::Permanent("gone".to_owned()));
        assert_eq!(of(vec![text(), down(), end()]).collect::<Vec<_>>().await.len(), 2);
        assert_eq!(of(vec![text(), end()]).begun().await.unwrap().collect::<Vec<_>>().await.len(), 2);
        assert_eq!(of(vec![end()]).begun().await.unwrap().collect::<Vec<_>>().await.len(), 1);
        assert!(of(vec![down(), end()]).begun().await.is_err());
        assert!(of(vec![]).begun().await.is_err());
    }
}
