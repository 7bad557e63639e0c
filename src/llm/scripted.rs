//! A chat model that says what it is told to: for tests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{ChatError, ChatModel, ChatReply, ChatRequest};

type Script = dyn Fn(usize, &ChatRequest) -> Result<String, ChatError> + Send + Sync;

/// Replies by a list or by a function, and remembers what it was asked. A character is a token.
pub struct ScriptedChat {
    script: Box<Script>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl ScriptedChat {
    /// Its name.
    pub const MODEL: &str = "scripted";

    /// Gives `replies` one after the other, and refuses when there are none left.
    pub fn saying<S: Into<String>>(replies: impl IntoIterator<Item = S>) -> Self {
        let replies: Vec<String> = replies.into_iter().map(Into::into).collect();
        let script = move |at: usize, _: &ChatRequest| {
            let left = || ChatError::Permanent(format!("the script has {} replies and no more", replies.len()));
            replies.get(at).cloned().ok_or_else(left)
        };
        Self { script: Box::new(script), requests: Mutex::default() }
    }

    /// Replies by a function of the request.
    pub fn answering(script: impl Fn(&ChatRequest) -> Result<String, ChatError> + Send + Sync + 'static) -> Self {
        let script = move |_: usize, request: &ChatRequest| script(request);
        Self { script: Box::new(script), requests: Mutex::default() }
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
}

impl std::fmt::Debug for ScriptedChat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedChat").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

#[async_trait]
impl ChatModel for ScriptedChat {
    fn model(&self) -> &str {
        Self::MODEL
    }

    fn is_remote(&self) -> bool {
        false
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let at = {
            let mut asked = self.asked();
            asked.push(request.clone());
            asked.len() - 1
        };
        let text = (self.script)(at, request)?;
        Ok(ChatReply {
            tokens_in: characters(&request.system).saturating_add(characters(&request.user)),
            tokens_out: characters(&text),
            text,
            finish_reason: Some("stop".to_owned()),
        })
    }
}

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
