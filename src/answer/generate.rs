//! The generated reply: a model writes from the passages, and each sentence is checked before anybody sees it.
//!
//! Prompt (`prompts`, packed by `pack` into what `tokens` counts) → stream → `sentences` → the guard over what a model says, which ends
//! the reply where it says what it may not → `said`, the checker, which shows a sentence as it is, puts the article's own words in its place where a customer may hold the company to them (`policy`, `statements`,
//! `sources`, `conflicts`), or withholds it.

mod conflicts;
mod figures;
mod likeness;
mod markers;
mod pack;
mod policy;
mod prompts;
mod said;
mod sentences;
mod sources;
mod statements;
mod thinking;
mod tokens;

use std::sync::Arc;

use futures::StreamExt as _;

use super::support::Support;
use super::{Draft, Part, Writing};
use crate::guard::output::{Breach, OutputGuard};
use crate::knowledge::Catalogue;
use crate::language::Lang;
use crate::llm::{ChatError, ChatModel, ChatPiece, ChatReply, ChatRequest, ChatStream, STOP};
use crate::passages::hybrid::Fused;
use crate::prompt::{PromptError, PromptVersion};
use pack::{PASSAGES, Packed, pack};
pub use prompts::Prompts;
use prompts::{Inputs, Rendered};
use said::{Checked, Checker};
pub use said::{Fate, Judged, Said, Why};
use sentences::{Assembler, Sentence};
use sources::Source;
use thinking::Thinking;
pub use tokens::Budget;
use tokens::Tokens;

/// What the roles of a request's messages take.
const ROLES: usize = 16;

/// What a customer asks, as the model is told it: masked, if the model is remote.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The question.
    pub text: &'a str,
    /// The customer's language, in which the answer is.
    pub lang: &'a Lang,
    /// What was said before, oldest first: whether by the customer, and what.
    pub history: &'a [(bool, String)],
}

/// What a model wrote, as far as it may be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// What is shown; empty if nothing useful was left.
    pub draft: Draft,
    /// Each sentence of the model's, in its order, and what became of it.
    pub sentences: Vec<Judged>,
    /// The model that wrote it.
    pub model: String,
    /// What it was asked by.
    pub prompt: PromptVersion,
    /// Tokens of the request: what the endpoint says, or an estimate.
    pub tokens_in: u32,
    /// Tokens of the reply.
    pub tokens_out: u32,
    /// The model said that the passages do not hold the answer, or there were none to ask it with.
    pub none: bool,
    /// The model was cut before its end; a last sentence that was not whole is dropped.
    pub cut: bool,
    /// The model said what it may not, and nothing after that was read: a person must take the case. What was released before stands.
    pub breach: Option<Breach>,
}

impl Written {
    fn nothing(model: String, prompt: PromptVersion) -> Self {
        Self {
            draft: Draft::default(),
            sentences: Vec::new(),
            model,
            prompt,
            tokens_in: 0,
            tokens_out: 0,
            none: false,
            cut: false,
            breach: None,
        }
    }

    /// The sentences that were not shown.
    pub fn withheld(&self) -> Vec<&Judged> {
        self.sentences.iter().filter(|judged| judged.outcome == Fate::Withheld).collect()
    }
}

/// Why nothing whole was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The model failed before anything was released: another answer can be given in its place.
    #[error(transparent)]
    Failed(ChatError),
    /// The model failed after something was released: that stands, the rest is dropped.
    #[error("the model broke off: {error}")]
    BrokenOff {
        /// What was released.
        written: Box<Written>,
        /// What happened.
        error: ChatError,
    },
    /// Not even half the passages fit into the model's context. Nothing was released.
    #[error("too long for the chat model: {0}")]
    TooLong(String),
    /// A prompt that cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

/// Writes replies with a chat model.
#[derive(Debug)]
pub struct Writer {
    /// Who writes.
    pub chat: Arc<dyn ChatModel>,
    /// Who watches over what no model may say.
    pub guard: Arc<OutputGuard>,
    /// Who checks.
    pub support: Arc<dyn Support>,
    /// What is asked.
    pub prompts: Arc<Prompts>,
    /// How long request and reply may be.
    pub budget: Budget,
    /// The support a sentence needs to be shown.
    pub min_support: f32,
}

impl Writer {
    /// What is known before a model is asked: for a record of that it is.
    pub fn begun(&self, lang: &Lang) -> Writing {
        let prompt = self.prompts.version(lang).clone();
        Writing::of(&Written::nothing(self.chat.model().to_owned(), prompt), self.min_support)
    }

    /// A reply to `asked` from `hits`, best first. Each part is given to `release` as soon as it is checked, in the order of
    /// `Written::draft`; [`Part::gap`] says what stands between two of them.
    ///
    /// # Errors
    /// When the model fails; [`WriteError`] tells whether something was released before.
    pub async fn write(
        &self,
        asked: &Question<'_>,
        hits: &[Fused],
        catalogue: &Catalogue,
        release: &mut (dyn FnMut(&Part) + Send),
    ) -> Result<Written, WriteError> {
        let prompt = self.prompts.version(asked.lang).clone();
        let mut written = Written::nothing(self.chat.model().to_owned(), prompt);
        if hits.is_empty() {
            written.none = true;
            return Ok(written);
        }
        let tokens = Tokens::of(self.chat.model());
        let empty = self.prompts.render(asked.lang, &Inputs::default())?.prompt;
        let frame = tokens.count(&empty.system) + tokens.count(&empty.user) + ROLES;
        let mut room = self.budget.request().saturating_sub(frame);
        let too_long = || {
            let Budget { context_tokens, reply_tokens } = self.budget;
            WriteError::TooLong(format!(
                "{context_tokens} tokens, {reply_tokens} of them for the reply, hold instructions ({frame}) and no passage"
            ))
        };
        let packed = pack(asked, hits, &tokens, room, PASSAGES).ok_or_else(too_long)?;
        let refused = match self.ask(asked, packed.clone(), catalogue).await? {
            Ok(reply) => return reply.read(written, release, &tokens).await,
            Err(ChatError::TooLong(refused)) => refused,
            Err(error) => return Err(WriteError::Failed(error)),
        };
        // Our count was too low for this model: half as much is surely less.
        tracing::warn!(model = self.chat.model(), refused, "the request was too long: asking with half the passages");
        room /= 2;
        let half = packed.passages.len().div_ceil(2);
        let packed = pack(asked, hits, &tokens, room, half).ok_or_else(too_long)?;
        written.model = self.chat.model().to_owned();
        match self.ask(asked, packed, catalogue).await? {
            Ok(reply) => reply.read(written, release, &tokens).await,
            Err(ChatError::TooLong(refused)) => Err(WriteError::TooLong(refused)),
            Err(error) => Err(WriteError::Failed(error)),
        }
    }

    /// Opens the stream; while the model thinks, the verifier reads the sources.
    async fn ask<'a>(
        &'a self,
        asked: &'a Question<'a>,
        packed: Packed<'a>,
        catalogue: &'a Catalogue,
    ) -> Result<Result<Reading<'a>, ChatError>, WriteError> {
        let Rendered { prompt, fence } = self.prompts.render(asked.lang, &packed.inputs)?;
        let request = ChatRequest {
            system: prompt.system,
            user: prompt.user,
            temperature: 0.0,
            seed: Some(0),
            max_tokens: u32::try_from(self.budget.reply_tokens).unwrap_or(u32::MAX),
            json_schema: None,
        };
        let sources: Vec<Source<'_>> = packed.passages.into_iter().map(|hit| Source::read(hit, catalogue)).collect();
        let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
        // The fence is a word that nobody can foresee: who says it has read it in the prompt.
        let watch = self.guard.watch(&texts, asked.text).planted(&fence);
        let checker = Checker::new(asked, self.support.as_ref(), self.min_support, catalogue, sources, watch);
        let (stream, ()) = futures::join!(self.chat.stream(&request), checker.prepare());
        Ok(stream.map(|stream| Reading { stream, checker, request }))
    }
}

/// A reply that is being read.
struct Reading<'a> {
    stream: ChatStream,
    checker: Checker<'a>,
    request: ChatRequest,
}

impl Reading<'_> {
    async fn read(
        mut self,
        mut written: Written,
        release: &mut (dyn FnMut(&Part) + Send),
        tokens: &Tokens,
    ) -> Result<Written, WriteError> {
        self.stream.model().clone_into(&mut written.model);
        let (mut thinking, mut assembler, mut reply) = (Thinking::default(), Assembler::default(), String::new());
        while let Some(piece) = self.stream.next().await {
            match piece {
                Ok(ChatPiece::Text(text)) => {
                    reply.push_str(&text);
                    let sentences = assembler.feed(&thinking.feed(&text));
                    if !self.take(&sentences, &mut written, release).await {
                        // It has said that there is no answer, or what it may not say: whatever follows is not one.
                        self.reckon(&mut written, &reply, tokens);
                        return Ok(written);
                    }
                }
                Ok(ChatPiece::End { finish_reason, tokens_in, tokens_out }) => {
                    (written.tokens_in, written.tokens_out) = (tokens_in, tokens_out);
                    if finish_reason == STOP {
                        let mut sentences = assembler.feed(&thinking.end());
                        sentences.extend(assembler.end());
                        self.take(&sentences, &mut written, release).await;
                        return Ok(written);
                    }
                    written.cut = true;
                    if written.draft.parts.is_empty() {
                        let finish_reason = Some(finish_reason);
                        let cut = ChatReply { text: reply, tokens_in, tokens_out, finish_reason };
                        return Err(WriteError::Failed(ChatError::Incomplete(cut)));
                    }
                    return Ok(written);
                }
                Err(error) => {
                    self.reckon(&mut written, &reply, tokens);
                    return Err(broken(written, error));
                }
            }
        }
        Err(broken(written, ChatError::Transient("the stream ended before the reply did".to_owned())))
    }

    /// Checks sentences and releases what may be shown; false if the model says that there is no answer, or what it may not.
    async fn take(
        &mut self,
        sentences: &[Sentence],
        written: &mut Written,
        release: &mut (dyn FnMut(&Part) + Send),
    ) -> bool {
        for sentence in sentences {
            if is_none(&sentence.text) {
                written.none = written.draft.parts.is_empty();
                return false;
            }
            let Checked { parts, judged, breach } = self.checker.check(sentence).await;
            for part in parts {
                release(&part);
                written.draft.parts.push(part);
            }
            written.sentences.push(judged);
            if breach.is_some() {
                written.breach = breach;
                return false;
            }
        }
        true
    }

    /// Estimates what the endpoint did not come to say.
    fn reckon(&self, written: &mut Written, reply: &str, tokens: &Tokens) {
        let count = |texts: &[&str]| {
            u32::try_from(texts.iter().map(|text| tokens.count(text)).sum::<usize>()).unwrap_or(u32::MAX)
        };
        written.tokens_in = count(&[&self.request.system, &self.request.user]);
        written.tokens_out = count(&[reply]);
    }
}

fn broken(written: Written, error: ChatError) -> WriteError {
    if written.draft.parts.is_empty() {
        return WriteError::Failed(error);
    }
    WriteError::BrokenOff { written: Box::new(written), error }
}

/// Whether a sentence is the agreed word for "the passages do not hold the answer".
fn is_none(sentence: &str) -> bool {
    sentence.trim_matches(|c: char| !c.is_alphabetic()).eq_ignore_ascii_case("none")
}

#[cfg(test)]
mod tests;
