//! A chat model as judge of answers.
//!
//! It is a second opinion, not a measure: what it says is worth as much as its agreement with people, which
//! `madoguchi eval judge-agreement` measures. So it is held short: one criterion at a time, a verdict of two words by a schema,
//! and whatever is not such a verdict fails the answer.

pub mod agreement;
mod cost;
mod prompt;
mod verdict;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config;
use crate::language::Lang;
use crate::llm::{ChatError, ChatModel, ChatRequest};
use crate::prompt::Proof;

pub use cost::{Cost, Price};
use prompt::{Prompt, Prompts};
pub use verdict::{JudgeVerdict, Verdict, Vote};

/// What an answer is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Criterion {
    /// It says what the reference says.
    Correctness,
    /// It helps the customer who asked.
    Helpfulness,
}

impl Criterion {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Correctness, Self::Helpfulness];

    /// As datasets and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Helpfulness => "helpfulness",
        }
    }

    /// Whether it compares with a reference.
    pub fn needs_reference(self) -> bool {
        self == Self::Correctness
    }
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The question's language; the judge is asked in Japanese about Japanese, and in English about all others.
    pub lang: &'a Lang,
    /// What the customer asked.
    pub question: &'a str,
    /// What is known to be right.
    pub reference: Option<&'a str>,
    /// What the assistant said.
    pub answer: &'a str,
}

/// Why there is no judge.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// Votes that can end in a tie.
    #[error("a judge needs an odd number of votes, so that there is a majority: {0} is not one")]
    Votes(usize),
    /// A prompt that is not what prompts/README.md says.
    #[error("prompts/judge/{file}: {problem}")]
    Prompt {
        /// Its file.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

/// A look at each of the judge's prompts.
pub fn proofs() -> Vec<Proof> {
    prompt::proofs()
}

/// The most tokens a verdict may have: room for a model that thinks aloud before it.
const VERDICT_TOKENS: u32 = 1024;

/// Judges answers.
#[derive(Debug)]
pub struct Judge {
    chat: Arc<dyn ChatModel>,
    votes: usize,
    seed: u64,
    max_tokens: u32,
    price: Option<Price>,
    prompts: Prompts,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Spent {
    calls: usize,
    tokens_in: u64,
    tokens_out: u64,
}

impl Judge {
    /// A judge that puts each question to `chat` so many times, with `seed` and those after it; the majority decides.
    ///
    /// # Errors
    /// When the number of votes is even, or a prompt is not in order.
    pub fn new(chat: Arc<dyn ChatModel>, votes: usize, seed: u64) -> Result<Self, JudgeError> {
        if votes.is_multiple_of(2) {
            return Err(JudgeError::Votes(votes));
        }
        let (prompts, spent) = (Prompts::load()?, Mutex::default());
        Ok(Self { chat, votes, seed, max_tokens: VERDICT_TOKENS, price: None, prompts, spent })
    }

    /// The same, reckoning by what the configuration says its model costs, if it does.
    pub fn priced(mut self, llm: &config::Llm) -> Self {
        self.price = Price::of(self.chat.model(), llm);
        self
    }

    /// The same, with so many tokens for a verdict.
    pub fn with_max_tokens(mut self, max_tokens: u32) -> Self {
        self.max_tokens = max_tokens;
        self
    }

    /// Everything a verdict depends on besides the question: for a report's configuration.
    pub fn about(&self) -> Value {
        json!({
            "model": self.chat.model(), "votes": self.votes, "seed": self.seed, "temperature": self.temperature(),
            "max_tokens": self.max_tokens, "prompts": self.prompts.versions(),
        })
    }

    /// What it used since it was made; of an interrupted run, only what was asked after it was taken up.
    pub fn cost(&self) -> Cost {
        let Spent { calls, tokens_in, tokens_out } = *self.spent();
        Cost::new(self.chat.model(), calls, tokens_in, tokens_out, self.price.as_ref())
    }

    /// Judges one answer. Never passes for want of a verdict: a vote that cannot be had or read is one against.
    pub async fn verdict(&self, criterion: Criterion, question: &Question<'_>) -> JudgeVerdict {
        if criterion.needs_reference() && question.reference.is_none_or(|reference| reference.trim().is_empty()) {
            return JudgeVerdict::of(vec![Vote::unasked("there is no reference to compare with")], 0, 0);
        }
        let prompt = match self.prompts.render(criterion, question) {
            Ok(prompt) => prompt,
            Err(error) => return JudgeVerdict::of(vec![Vote::unasked(&error.to_string())], 0, 0),
        };
        let votes = (0_u64..).take(self.votes).map(|at| self.vote(&prompt, at));
        let (mut cast, mut tokens_in, mut tokens_out) = (Vec::new(), 0, 0);
        for (vote, used_in, used_out) in futures::future::join_all(votes).await {
            cast.push(vote);
            tokens_in += u64::from(used_in);
            tokens_out += u64::from(used_out);
        }
        let mut spent = self.spent();
        spent.calls += cast.len();
        spent.tokens_in += tokens_in;
        spent.tokens_out += tokens_out;
        drop(spent);
        JudgeVerdict::of(cast, tokens_in, tokens_out)
    }

    /// One vote, with the tokens it took in and out.
    async fn vote(&self, prompt: &Prompt, at: u64) -> (Vote, u32, u32) {
        let request = ChatRequest {
            system: prompt.system.clone(),
            user: prompt.user.clone(),
            temperature: self.temperature() as f32,
            // Below 2^31, which every server takes.
            seed: Some(self.seed.wrapping_add(at) & 0x7fff_ffff),
            max_tokens: self.max_tokens,
            json_schema: Some(verdict::schema()),
        };
        let outcome = self.chat.complete(&request).await;
        let (used_in, used_out) = match &outcome {
            // A reply that was cut was paid for.
            Ok(reply) | Err(ChatError::Incomplete(reply)) => (reply.tokens_in, reply.tokens_out),
            Err(_) => (0, 0),
        };
        (Vote::of(outcome), used_in, used_out)
    }

    /// Several votes of the likeliest words would be one vote several times.
    fn temperature(&self) -> f64 {
        if self.votes > 1 { 0.7 } else { 0.0 }
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
