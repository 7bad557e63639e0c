//! A chat model that says what it is told to: for tests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream;

use super::{ChatError, ChatModel, ChatPiece, ChatReply, ChatRequest, ChatStream, STOP};

type Script = dyn Fn(usize, &ChatRequest) -> Result<Vec<Step>, ChatError> + Send + Sync;

/// What a scripted reply does next. One without [`Finish`](Self::Finish) and [`Fail`](Self::Fail) finishes by [`STOP`].
#[derive(Debug, Clone)]
pub enum Step {
    /// Says a piece.
    Say(String),
    /// Says nothing for a while, by tokio's time.
    Wait(Duration),
    /// Breaks off.
    Fail(ChatError),
    /// Stops, for this reason.
    Finish(String),
}

impl Step {
    /// Says a piece.
    pub fn say(piece: impl Into<String>) -> Self {
        Self::Say(piece.into())
    }
}

/// Replies by a list or by a function, and remembers what it was asked. A character is a token.
pub struct ScriptedChat {
    name: String,
    script: Box<Script>,
    piece: Option<usize>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl ScriptedChat {
    /// Its name, unless it is [`named`](Self::named).
    pub const MODEL: &str = "scripted";

    fn new(script: impl Fn(usize, &ChatRequest) -> Result<Vec<Step>, ChatError> + Send + Sync + 'static) -> Self {
        Self { name: Self::MODEL.to_owned(), script: Box::new(script), piece: None, requests: Mutex::default() }
    }

    /// Gives `replies` one after the other, and refuses when there are none left.
    pub fn saying<S: Into<String>>(replies: impl IntoIterator<Item = S>) -> Self {
        Self::streaming(replies.into_iter().map(|reply| vec![Step::say(reply)]))
    }

    /// Plays `replies` one after the other, and refuses when there are none left.
    pub fn streaming(replies: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let replies: Vec<Vec<Step>> = replies.into_iter().collect();
        Self::new(move |at, _| {
            let left = || ChatError::Permanent(format!("the script has {} replies and no more", replies.len()));
            replies.get(at).cloned().ok_or_else(left)
        })
    }

    /// Replies by a function of the request.
    pub fn answering(script: impl Fn(&ChatRequest) -> Result<String, ChatError> + Send + Sync + 'static) -> Self {
        Self::new(move |_, request| Ok(vec![Step::Say(script(request)?)]))
    }

    /// Streams what it says in pieces of so many characters.
    pub fn in_pieces(self, characters: usize) -> Self {
        Self { piece: Some(characters.max(1)), ..self }
    }

    /// The same under another name.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// How often it was asked.
    pub fn calls(&self) -> usize {
        self.asked().len()
    }

    /// What it was asked, in order.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.asked().clone()
    }

    fn asked(&self) -> MutexGuard<'_, Vec<ChatRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn steps(&self, request: &ChatRequest) -> Result<Vec<Step>, ChatError> {
        let at = {
            let mut asked = self.asked();
            asked.push(request.clone());
            asked.len() - 1
        };
        (self.script)(at, request)
    }

    fn cut(&self, steps: Vec<Step>) -> Vec<Step> {
        let Some(size) = self.piece else { return steps };
        let pieces = |step| match step {
            Step::Say(text) => {
                let characters: Vec<char> = text.chars().collect();
                characters.chunks(size).map(|piece| Step::Say(piece.iter().collect())).collect()
            }
            other => vec![other],
        };
        steps.into_iter().flat_map(pieces).collect()
    }
}

impl std::fmt::Debug for ScriptedChat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedChat").field("name", &self.name).field("calls", &self.calls()).finish_non_exhaustive()
    }
}

#[async_trait]
impl ChatModel for ScriptedChat {
    fn model(&self) -> &str {
        &self.name
    }

    fn is_remote(&self) -> bool {
        false
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        played(&self.name, self.steps(request)?, request).whole().await
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        played(&self.name, self.cut(self.steps(request)?), request).begun().await
    }
}

fn played(name: &str, steps: Vec<Step>, request: &ChatRequest) -> ChatStream {
    let tokens_in = characters(&request.system).saturating_add(characters(&request.user));
    let finish = Step::Finish(STOP.to_owned());
    let state = (steps.into_iter().chain([finish]), 0_u32);
    let pieces = stream::unfold(state, move |(mut steps, tokens_out)| async move {
        loop {
            return match steps.next()? {
                Step::Wait(time) => {
                    tokio::time::sleep(time).await;
                    continue;
                }
                Step::Say(piece) if piece.is_empty() => continue,
                Step::Say(piece) => {
                    let so_far = tokens_out.saturating_add(characters(&piece));
                    Some((Ok(ChatPiece::Text(piece)), (steps, so_far)))
                }
                Step::Fail(error) => Some((Err(error), (steps, tokens_out))),
                Step::Finish(finish_reason) => {
                    Some((Ok(ChatPiece::End { finish_reason, tokens_in, tokens_out }), (steps, tokens_out)))
                }
            };
        }
    });
    ChatStream::new(name, pieces)
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::*;

    fn request() -> ChatRequest {
        ChatRequest {
            system: "短く".to_owned(),
            user: "返品は？".to_owned(),
            temperature: 0.0,
            seed: None,
            max_tokens: 10,
            json_schema: None,
        }
    }

    #[tokio::test]
    async fn it_plays_its_script() {
        let broken = || Step::Fail(ChatError::Transient("cut".to_owned()));
        let script = || vec![Step::say("14"), Step::Wait(Duration::from_millis(1)), Step::say("日です")];
        let chat = ScriptedChat::streaming([
            script(),
            script(),
            [script(), vec![Step::Finish("length".to_owned())]].concat(),
            [script(), vec![broken()]].concat(),
            [vec![broken()], script()].concat(),
        ])
        .named("first");
        let reply = chat.complete(&request()).await.unwrap();
        assert_eq!((reply.text.as_str(), reply.tokens_in, reply.tokens_out), ("14日です", 6, 5));
        let stream = chat.stream(&request()).await.unwrap();
        assert_eq!((stream.model(), chat.model()), ("first", "first"));
        let pieces: Vec<_> = stream.map(Result::unwrap).collect().await;
        let end = ChatPiece::End { finish_reason: STOP.to_owned(), tokens_in: 6, tokens_out: 5 };
        assert_eq!(pieces, [ChatPiece::Text("14".to_owned()), ChatPiece::Text("日です".to_owned()), end]);
        assert!(matches!(chat.complete(&request()).await, Err(ChatError::Incomplete(_))));
        let items: Vec<_> = chat.stream(&request()).await.unwrap().collect().await;
        assert!(matches!(items[..], [Ok(_), Ok(_), Err(ChatError::Transient(_))]), "{items:?}");
        assert!(chat.stream(&request()).await.is_err(), "nothing was said");
        assert!(matches!(chat.stream(&request()).await, Err(ChatError::Permanent(_))), "the script is over");
        assert_eq!(chat.calls(), 6);
    }

    #[tokio::test]
    async fn what_it_says_can_be_cut_anywhere() {
        for size in 1..6 {
            let chat = ScriptedChat::answering(|_| Ok("返品📦は\u{3099}可".to_owned())).in_pieces(size);
            let stream = chat.stream(&request()).await.unwrap();
            let pieces: Vec<_> = stream.collect().await;
            assert_eq!(pieces.len(), 6_usize.div_ceil(size) + 1);
            assert_eq!(chat.stream(&request()).await.unwrap().whole().await.unwrap().text, "返品📦は\u{3099}可");
        }
    }
}
