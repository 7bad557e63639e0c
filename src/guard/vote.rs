//! A chat model's vote, where the configuration wants one: it is asked about what rules, classifier and conversation let
//! pass, and can claim a message for a person. Nothing else can come of it: no claim is ever shown to it, so there is none
//! that somebody could have it talk away.
//!
//! Prompt (`prompt`, filled by `pack` with as many examples as there is room for) → reply → `ballot`, which reads one
//! policy's code or `none`, and takes all else for a failure.

mod ballot;
mod pack;
mod prompt;

use std::sync::Arc;
use std::time::Duration;

use self::ballot::Ballot;
use self::prompt::Prompts;
pub use self::prompt::proofs;
use super::{By, Decision, Guard, Masked, Policies, Policy, PolicyCode, Vote};
use crate::llm::{ChatError, ChatModel, ChatRequest};
use crate::prompt::PromptError;

/// How much a model may be asked, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct VoteTerms {
    /// Tokens of request and ballot together.
    pub context_tokens: usize,
    /// Of them, the most that the ballot may have.
    pub ballot_tokens: usize,
    /// How long a vote may take in all.
    pub limit: Duration,
}

/// Asks a chat model for its vote.
#[derive(Debug)]
pub struct ModelVote {
    chat: Arc<dyn ChatModel>,
    prompts: Prompts,
    terms: VoteTerms,
}

/// What came of a vote.
#[derive(Debug, Clone)]
pub enum Voted {
    /// No model was asked: there is none, or the message is claimed already, or none may be asked about it.
    Unasked,
    /// The model finds no policy that the message falls under.
    Passed,
    /// The model claims the message.
    Claims(Vote),
    /// The model gave no vote.
    Failed(VoteError),
}

/// Why a model gave no vote.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VoteError {
    /// It took too long.
    #[error("no vote within {0:?} (llm.guard_vote_seconds)")]
    Late(Duration),
    /// It failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// What it said is no vote.
    #[error("the vote cannot be read: {0}")]
    Unreadable(String),
    /// The message alone is too long for its context.
    #[error("the message is too long to be voted on (llm.context_tokens)")]
    TooLong,
    /// The prompt cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

impl VoteError {
    /// In a word that tells nothing of what was said.
    fn kind(&self) -> &'static str {
        match self {
            Self::Late(_) => "late",
            Self::Chat(_) => "endpoint",
            Self::Unreadable(_) => "unreadable",
            Self::TooLong => "too long",
            Self::Prompt(_) => "prompt",
        }
    }
}

impl Voted {
    /// Whether a vote was wanted and not given.
    pub fn has_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether a model may write an answer after it.
    pub fn lets_write(&self) -> bool {
        matches!(self, Self::Unasked | Self::Passed)
    }
}

impl ModelVote {
    /// Asks `chat`, on these terms.
    ///
    /// # Errors
    /// When a prompt is not in order.
    pub fn new(chat: Arc<dyn ChatModel>, terms: VoteTerms) -> Result<Self, PromptError> {
        Ok(Self { chat, prompts: Prompts::embedded()?, terms })
    }

    /// What the model makes of a message on which the guards came to `decision`. If they claim it, or no model may be asked
    /// about it, none is.
    pub async fn on(&self, message: &Masked, decision: &Decision, guard: &Guard) -> Voted {
        let claimed = decision.ruling.is_some() || !decision.votes.is_empty();
        if claimed || message.only_quotes() {
            return Voted::Unasked;
        }
        let limit = self.terms.limit;
        let asked = tokio::time::timeout(limit, self.ask(message, guard.policies())).await;
        match asked.unwrap_or(Err(VoteError::Late(limit))) {
            Ok(None) => Voted::Passed,
            Ok(Some(vote)) => Voted::Claims(vote),
            Err(error) => {
                // The reason may repeat what was asked or said, and that is the customer's.
                tracing::warn!(model = self.chat.model(), kind = error.kind(), "the chat model gave no vote");
                tracing::debug!(%error, "why it gave no vote");
                Voted::Failed(error)
            }
        }
    }

    async fn ask(&self, message: &Masked, policies: &Policies) -> Result<Option<Vote>, VoteError> {
        let offered = offered(policies);
        let VoteTerms { context_tokens, ballot_tokens, .. } = self.terms;
        let room = context_tokens.saturating_sub(ballot_tokens);
        let prompt = pack::packed(self.chat.model(), &self.prompts, message, &offered, room)?;
        let request = ChatRequest {
            system: prompt.system,
            user: prompt.user,
            temperature: 0.0,
            seed: Some(0),
            max_tokens: u32::try_from(ballot_tokens).unwrap_or(u32::MAX),
            json_schema: Some(ballot::schema(&offered)),
        };
        // As a stream, so that a model that does not begin leaves time for the one after it.
        let stream = self.chat.stream(&request).await?;
        let model = stream.model().to_owned();
        let reply = stream.whole().await?;
        let Ballot { policy, reason } = ballot::read(&reply.text, &offered).map_err(VoteError::Unreadable)?;
        let vote = |policy: &Policy| Vote {
            policy: policy.code.clone(),
            mandatory: policy.mandatory,
            by: By::Model { model, reason },
        };
        Ok(policy.map(vote))
    }
}

/// The policies that a model may name: not those that the course of the conversation decides, or what a search finds.
fn offered(policies: &Policies) -> Vec<&Policy> {
    let by_course = [PolicyCode::UNRESOLVED, PolicyCode::UNCLEAR];
    policies.all().iter().filter(|policy| !by_course.contains(&policy.code.as_str())).collect()
}

#[cfg(test)]
mod tests;
