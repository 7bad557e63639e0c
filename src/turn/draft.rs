//! From what was found to what might be said: written by a model if there is one, else quoted.

use tokio::sync::mpsc;

use super::progress::{Piece, Progress};
use super::{Found, Pen, Turn};
use crate::answer::{Drafted, Extractive, Part, Question, WriteError, Writer, Writing, Written, WrittenBy};
use crate::language::Lang;

impl Turn {
    /// What might be said. A model that fails costs the reply its polish, not the customer their answer.
    pub(super) async fn draft(&self, found: &Found, progress: &dyn Progress) -> (Drafted, Pen) {
        let mut pen = Pen { receipt: self.receipt(found), ..Pen::default() };
        if found.confidence < self.min_confidence {
            return (Drafted::nothing(&found.retrieved), pen);
        }
        let Some(writer) = &self.writer else { return (self.quoted(found), pen) };
        if found.message().only_quotes() {
            pen.degraded = true;
            return (self.quoted(found), pen);
        }
        pen.receipt.writing = Some(writer.begun(found.message().lang()));
        if let Err(error) = progress.writing(&pen.receipt).await {
            tracing::error!(%error, "the articles are quoted");
            pen.receipt.writing = None;
            pen.degraded = true;
            return (self.quoted(found), pen);
        }
        let (written, error) = match self.write(writer, found, progress).await {
            Ok(written) => (written, None),
            Err(WriteError::BrokenOff { written, error }) => {
                tracing::warn!(%error, "the model broke off: what it had said and was checked stands");
                (*written, Some(error.to_string()))
            }
            Err(error) => {
                tracing::warn!(%error, "no answer was written: the articles are quoted");
                if let Some(writing) = &mut pen.receipt.writing {
                    writing.failed = Some(error.to_string());
                }
                pen.degraded = true;
                return (self.quoted(found), pen);
            }
        };
        if let Some(breach) = &written.breach {
            // The words go to nobody's log: they may be somebody's data.
            tracing::warn!(rule = breach.rule.code(), "the model said what it may not: the reply ends before that");
        }
        pen.degraded = error.is_some() || written.breach.is_some();
        let writing = Writing { failed: error, ..Writing::of(&written, writer.min_support) };
        pen.written_by = Some(WrittenBy::of(&writing));
        pen.receipt.writing = Some(writing);
        (Drafted::generated(&found.retrieved, written), pen)
    }

    /// Has an answer written, and tells of each part as soon as it was checked: keeping one does not keep the model waiting.
    async fn write(&self, writer: &Writer, found: &Found, progress: &dyn Progress) -> Result<Written, WriteError> {
        let message = found.message();
        let history = message.history().lines();
        let question = Question { text: message.text(), lang: message.lang(), history: &history };
        let (sender, mut checked) = mpsc::unbounded_channel::<Part>();
        let write = async move {
            let mut release = |part: &Part| {
                // The other end lives as long as this one.
                let _ = sender.send(part.clone());
            };
            writer.write(&question, found.retrieved.hits(), &found.catalogue, &mut release).await
        };
        let tell = async {
            let mut before: Option<Part> = None;
            while let Some(part) = checked.recv().await {
                progress.said(&Piece::of(&part, before.as_ref())).await;
                before = Some(part);
            }
        };
        tokio::join!(write, tell).0
    }

    fn quoted(&self, found: &Found) -> Drafted {
        let words = |lang: &Lang, text: &str| self.words(lang, text);
        Drafted::extractive(&found.retrieved, &Extractive { catalogue: &found.catalogue, words: &words })
    }
}
