//! A reply that is being written: from the model's pieces to what is released, sentence by sentence.

use futures::StreamExt as _;

use super::frames::Frames;
use super::said::{Checked, Checker};
use super::sentences::{Assembler, Sentence};
use super::thinking::Thinking;
use super::{WriteError, Written};
use crate::answer::Part;
use crate::llm::{ChatError, ChatPiece, ChatReply, ChatRequest, ChatStream, STOP, Tokens};
use crate::prompt::PromptVersion;

/// How far an answer has come. Kept apart from the work on it, which may be cut at any moment.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) written: Written,
    /// What the model was asked last.
    pub(super) request: Option<ChatRequest>,
    /// What it has said, checked or not.
    reply: String,
}

impl Progress {
    /// Nothing yet.
    pub(super) fn new(model: &str, prompt: &PromptVersion) -> Self {
        let written = Written::nothing(model, prompt);
        Self { written, request: None, reply: String::new() }
    }

    /// Estimates what the endpoint did not come to say.
    pub(super) fn reckon(&mut self, tokens: &Tokens) {
        let count = |texts: &[&str]| {
            u32::try_from(texts.iter().map(|text| tokens.count(text)).sum::<usize>()).unwrap_or(u32::MAX)
        };
        self.written.tokens_in = self.request.as_ref().map_or(0, |asked| count(&[&asked.system, &asked.user]));
        self.written.tokens_out = count(&[&self.reply]);
    }
}

/// A model's reply, and who checks it.
pub(super) struct Reading<'a> {
    pub(super) stream: ChatStream,
    pub(super) checker: Checker<'a>,
    pub(super) frames: Frames,
}

impl Reading<'_> {
    /// Reads to the end.
    ///
    /// # Errors
    /// [`WriteError::Failed`] when there is none, whatever was released before.
    pub(super) async fn read(
        mut self,
        progress: &mut Progress,
        release: &mut (dyn FnMut(&Part) + Send),
        tokens: &Tokens,
    ) -> Result<(), WriteError> {
        self.stream.model().clone_into(&mut progress.written.model);
        let (mut thinking, mut assembler) = (Thinking::default(), Assembler::default());
        while let Some(piece) = self.stream.next().await {
            match piece {
                Ok(ChatPiece::Text(text)) => {
                    progress.reply.push_str(&text);
                    let sentences = assembler.feed(&self.frames.feed(&thinking.feed(&text)));
                    if !self.take(&sentences, &mut progress.written, release).await {
                        // It has said that there is no answer: whatever follows is not one.
                        progress.reckon(tokens);
                        return Ok(());
                    }
                }
                Ok(ChatPiece::End { finish_reason, tokens_in, tokens_out }) => {
                    (progress.written.tokens_in, progress.written.tokens_out) = (tokens_in, tokens_out);
                    if finish_reason == STOP {
                        let mut sentences = assembler.feed(&self.frames.feed(&thinking.end()));
                        sentences.extend(assembler.feed(&self.frames.end()));
                        sentences.extend(assembler.end());
                        self.take(&sentences, &mut progress.written, release).await;
                        return Ok(());
                    }
                    progress.written.cut = true;
                    if progress.written.draft.parts.is_empty() {
                        let (text, finish_reason) = (progress.reply.clone(), Some(finish_reason));
                        let cut = ChatReply { text, tokens_in, tokens_out, finish_reason };
                        return Err(WriteError::Failed(ChatError::Incomplete(cut)));
                    }
                    return Ok(());
                }
                Err(error) => {
                    progress.reckon(tokens);
                    return Err(WriteError::Failed(error));
                }
            }
        }
        Err(WriteError::Failed(ChatError::Transient("the stream ended before the reply did".to_owned())))
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
}

/// Whether a sentence is the agreed word for "the passages do not hold the answer".
fn is_none(sentence: &str) -> bool {
    sentence.trim_matches(|c: char| !c.is_alphabetic()).eq_ignore_ascii_case("none")
}
