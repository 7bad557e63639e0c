//! A chat model that is asked warmer than it is asked to be, and by a seed.

use std::sync::Arc;

use async_trait::async_trait;

use crate::llm::{ChatError, ChatModel, ChatReply, ChatRequest, ChatStream};

/// Seeds of a request stay below 2^31: so many evaluations have seeds of their own …
const EVALUATIONS: u64 = 1 << 21;
/// … of so many runs.
const RUNS: u64 = 1_000;

/// The seed of a run of each case, from 1: another for every run.
pub(super) fn seed_of(seed: u64, run: u16) -> u64 {
    (seed % EVALUATIONS) * RUNS + u64::from(run) % RUNS
}

/// Sets temperature and seed of every request.
#[derive(Debug)]
pub(super) struct Sampled {
    pub(super) model: Arc<dyn ChatModel>,
    pub(super) temperature: f32,
    pub(super) seed: u64,
}

impl Sampled {
    fn warm(&self, request: &ChatRequest) -> ChatRequest {
        ChatRequest { temperature: self.temperature, seed: Some(self.seed), ..request.clone() }
    }
}

#[async_trait]
impl ChatModel for Sampled {
    fn model(&self) -> &str {
        self.model.model()
    }

    fn is_remote(&self) -> bool {
        self.model.is_remote()
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        self.model.complete(&self.warm(request)).await
    }

    async fn complete_named(&self, request: &ChatRequest) -> Result<(String, ChatReply), ChatError> {
        self.model.complete_named(&self.warm(request)).await
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        self.model.stream(&self.warm(request)).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::llm::scripted::ScriptedChat;

    #[test]
    fn no_two_runs_have_one_seed_and_none_is_too_large_for_a_server() {
        let seeds: HashSet<u64> = (1..=100).flat_map(|run| [0, 1, 7].map(|seed| seed_of(seed, run))).collect();
        assert_eq!(seeds.len(), 300);
        assert!(seed_of(u64::MAX, 100) < 1 << 31);
    }

    #[tokio::test]
    async fn however_it_is_asked_it_is_asked_warm() {
        let chat = Arc::new(ScriptedChat::answering(|_| Ok("14".to_owned())));
        let warm = Sampled { model: chat.clone(), temperature: 0.8, seed: 9 };
        let request = ChatRequest {
            system: "s".to_owned(),
            user: "u".to_owned(),
            temperature: 0.0,
            seed: Some(0),
            max_tokens: 5,
            json_schema: None,
        };
        warm.complete(&request).await.unwrap();
        warm.complete_named(&request).await.unwrap();
        warm.stream(&request).await.unwrap().whole().await.unwrap();
        assert_eq!(chat.requests(), vec![ChatRequest { temperature: 0.8, seed: Some(9), ..request }; 3]);
        assert_eq!((warm.model(), warm.is_remote()), (ScriptedChat::MODEL, false));
    }
}
