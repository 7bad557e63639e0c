//! The generated reply: a model writes from the passages, and each sentence is checked before anybody sees it.
//!
//! Prompt (`prompts`, from the `shelf`, packed by `pack` into what `tokens` counts) → stream → `sentences` → the guard over what a model says, which ends
//! the reply where it says what it may not → `said`, the checker, which shows a sentence as it is, puts the article's own words in its place where a customer may hold the company to them (`policy`, `statements`,
//! `sources`, `conflicts`) or does not tell whose value a cell is (`cells`), or withholds it. What is shown stands under the headings that limit it
//! (`standing`).

mod bare;
mod cells;
mod conflicts;
mod figures;
mod frames;
mod judged;
mod likeness;
mod markers;
mod pack;
mod policy;
mod prompts;
mod reading;
mod said;
mod sentences;
mod shelf;
mod sources;
mod standing;
mod statements;
mod thinking;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;

use super::support::Support;
use super::{Draft, Part, Writing};
use crate::guard::output::{Breach, OutputGuard};
use crate::knowledge::Catalogue;
use crate::language::Lang;
use crate::llm::{Budget, ChatError, ChatModel, ChatRequest, Tokens};
use crate::passages::hybrid::Fused;
use crate::prompt::{PromptError, PromptVersion};
use frames::Frames;
pub use judged::{Fate, Judged, Why};
use pack::{PASSAGES, Packed, pack};
pub use prompts::Prompts;
use prompts::{Inputs, Rendered};
use reading::{Progress, Reading};
use said::Checker;
pub use said::Said;
pub use shelf::PromptShelf;
use sources::Source;
pub(super) use statements::goes_on;

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
    fn nothing(model: &str, prompt: &PromptVersion) -> Self {
        Self {
            draft: Draft::default(),
            sentences: Vec::new(),
            model: model.to_owned(),
            prompt: prompt.clone(),
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
    pub prompts: Arc<PromptShelf>,
    /// How long request and reply may be.
    pub budget: Budget,
    /// The support a sentence needs to be shown.
    pub min_support: f32,
    /// How long an answer may take, from packing to the last check.
    pub deadline: Duration,
}

impl Writer {
    /// What is known before a model is asked: for a record of that it is.
    pub fn begun(&self, lang: &Lang) -> Writing {
        let prompts = self.prompts.current();
        Writing::of(&Written::nothing(self.chat.model(), prompts.version(lang)), self.min_support)
    }

    /// A reply to `asked` from `hits`, best first. Each part is given to `release` as soon as it is checked, in the order of
    /// `Written::draft`; [`Part::gap`] says what stands between two of them.
    ///
    /// # Errors
    /// When the model fails, or is not done by the deadline; [`WriteError`] tells whether something was released before.
    pub async fn write(
        &self,
        asked: &Question<'_>,
        hits: &[Fused],
        catalogue: &Catalogue,
        release: &mut (dyn FnMut(&Part) + Send),
    ) -> Result<Written, WriteError> {
        let late =
            || ChatError::Transient(format!("no whole answer within {:?} (llm.deadline_seconds)", self.deadline));
        let deadline = tokio::time::sleep(self.deadline).map(|()| late());
        self.write_until(deadline, asked, hits, catalogue, release).await
    }

    /// [`write`](Self::write), until `end` says why not longer.
    async fn write_until(
        &self,
        end: impl Future<Output = ChatError>,
        asked: &Question<'_>,
        hits: &[Fused],
        catalogue: &Catalogue,
        release: &mut (dyn FnMut(&Part) + Send),
    ) -> Result<Written, WriteError> {
        // Once: an answer is of one prompt, whatever is taken up meanwhile.
        let prompts = self.prompts.current();
        let mut progress = Progress::new(self.chat.model(), prompts.version(asked.lang));
        if hits.is_empty() {
            progress.written.none = true;
            return Ok(progress.written);
        }
        let tokens = Tokens::of(self.chat.model());
        let task = Task { writer: self, prompts: &prompts, tokens: &tokens, asked, hits, catalogue };
        let ended = tokio::select! {
            // The end first: a model that never pauses is cut all the same.
            biased;
            error = end => {
                progress.reckon(&tokens);
                Err(WriteError::Failed(error))
            }
            ended = task.run(&mut progress, release) => ended,
        };
        match ended {
            Ok(()) => Ok(progress.written),
            Err(WriteError::Failed(error)) => Err(broken(progress.written, error)),
            Err(error) => Err(error),
        }
    }
}

/// One answer to be written.
struct Task<'a> {
    writer: &'a Writer,
    prompts: &'a Prompts,
    tokens: &'a Tokens,
    asked: &'a Question<'a>,
    hits: &'a [Fused],
    catalogue: &'a Catalogue,
}

impl<'a> Task<'a> {
    async fn run(&self, progress: &mut Progress, release: &mut (dyn FnMut(&Part) + Send)) -> Result<(), WriteError> {
        let Self { writer, tokens, asked, hits, .. } = self;
        let empty = self.prompts.render(asked.lang, &Inputs::default())?.prompt;
        let frame = tokens.count(&empty.system) + tokens.count(&empty.user) + ROLES;
        let mut room = writer.budget.request().saturating_sub(frame);
        let too_long = || {
            let Budget { context_tokens, reply_tokens } = writer.budget;
            WriteError::TooLong(format!(
                "{context_tokens} tokens, {reply_tokens} of them for the reply, hold instructions ({frame}) and no passage"
            ))
        };
        let packed = pack(asked, hits, tokens, room, PASSAGES).ok_or_else(too_long)?;
        let model = writer.chat.model();
        let refused = match self.ask(packed.clone(), progress).await? {
            Ok(reading) => return reading.read(progress, release, tokens).await,
            Err(ChatError::TooLong(refused)) => refused,
            Err(error) => return Err(WriteError::Failed(error)),
        };
        // Our count was too low for this model: half as much is surely less.
        tracing::warn!(model, refused, "the request was too long: asking with half the passages");
        room /= 2;
        let half = packed.passages.len().div_ceil(2);
        let packed = pack(asked, hits, tokens, room, half).ok_or_else(too_long)?;
        match self.ask(packed, progress).await? {
            Ok(reading) => reading.read(progress, release, tokens).await,
            Err(ChatError::TooLong(refused)) => Err(WriteError::TooLong(refused)),
            Err(error) => Err(WriteError::Failed(error)),
        }
    }

    /// Opens the stream; while the model thinks, the verifier reads the sources.
    async fn ask(
        &self,
        packed: Packed<'a>,
        progress: &mut Progress,
    ) -> Result<Result<Reading<'a>, ChatError>, WriteError> {
        let Self { writer, asked, catalogue, .. } = *self;
        let Rendered { prompt, fence } = self.prompts.render(asked.lang, &packed.inputs)?;
        let request = ChatRequest {
            system: prompt.system,
            user: prompt.user,
            temperature: 0.0,
            seed: Some(0),
            max_tokens: u32::try_from(writer.budget.reply_tokens).unwrap_or(u32::MAX),
            json_schema: None,
        };
        let sources: Vec<Source<'_>> = packed.passages.into_iter().map(|hit| Source::read(hit, catalogue)).collect();
        let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
        // The fence is a word that nobody can foresee: who says it has read it in the prompt.
        let watch = writer.guard.watch(&texts, asked.text).planted(&fence);
        let checker = Checker::new(asked, writer.support.as_ref(), writer.min_support, catalogue, sources, watch);
        let (stream, ()) = futures::join!(writer.chat.stream(&request), checker.prepare());
        progress.request = Some(request);
        Ok(stream.map(|stream| Reading { stream, checker, frames: Frames::of(&fence) }))
    }
}

fn broken(written: Written, error: ChatError) -> WriteError {
    if written.draft.parts.is_empty() {
        return WriteError::Failed(error);
    }
    WriteError::BrokenOff { written: Box::new(written), error }
}

#[cfg(test)]
pub(super) mod tests;
