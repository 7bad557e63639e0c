//! From what was found to what might be said: written by a model if there is one, else quoted.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::progress::{Piece, Progress};
use super::{Found, Pen, Turn};
use crate::answer::{
    AnswerCache, CacheKey, Drafted, Extractive, KeyParts, Part, Question, WriteError, Writer, Writing, Written,
    WrittenBy,
};
use crate::language::Lang;

impl Turn {
    /// What might be said. A model that fails costs the reply its polish, not the customer their answer.
    pub(super) async fn draft(&self, found: &Found, progress: &dyn Progress) -> (Drafted, Pen) {
        // A guard that failed is a part of the machinery, whoever writes.
        let mut pen = Pen { receipt: self.receipt(found), degraded: found.voted.has_failed(), ..Pen::default() };
        if found.confidence < self.min_confidence {
            return (Drafted::nothing(&found.retrieved), pen);
        }
        let Some(writer) = &self.writer else { return (self.quoted(found), pen) };
        if found.only_quotes() {
            pen.degraded = true;
            return (self.quoted(found), pen);
        }
        let slot = self.slot(writer, found);
        if let Some(written) = slot.as_ref().and_then(Slot::find) {
            let writing = Writing::again(&written, writer.min_support);
            pen.written_by = Some(WrittenBy::of(&writing));
            pen.receipt.writing = Some(writing);
            return (Drafted::generated(&found.retrieved, written.as_ref().clone(), &found.catalogue), pen);
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
        pen.breach = written.breach.as_ref().map(|breach| breach.rule.code().to_owned());
        let nothing = !written.draft.quotes();
        if nothing && pen.breach.is_none() && !written.none && found.confidence >= self.sure_confidence {
            // The model failed the customer, the articles do not.
            tracing::warn!(
                withheld = written.withheld().len(),
                "nothing that was written can be shown: the articles are quoted"
            );
            pen.receipt.writing = Some(Writing { failed: error, ..Writing::of(&written, writer.min_support) });
            pen.degraded = true;
            return (self.quoted(found), pen);
        }
        if let Some(rule) = &pen.breach {
            // The words go to nobody's log: they may be somebody's data.
            tracing::warn!(rule, "the model said what it may not: a person takes over");
        }
        pen.degraded = error.is_some() || pen.breach.is_some();
        if let Some(slot) = slot.filter(|_| !pen.degraded) {
            slot.keep(&written);
        }
        let writing = Writing { failed: error, ..Writing::of(&written, writer.min_support) };
        pen.written_by = Some(WrittenBy::of(&writing));
        pen.receipt.writing = Some(writing);
        if pen.breach.is_none() && !nothing && (pen.degraded || written.cut) {
            // After all that was told: customers have read that.
            let goes_on = |writer: &Extractive<'_>| Drafted::broken_off(&found.retrieved, written, writer);
            return (self.quoting(found, goes_on), pen);
        }
        (Drafted::generated(&found.retrieved, written, &found.catalogue), pen)
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

    /// Where the answer may be found or kept; nowhere if it depends on more than the question: on what was said before it, on a choice of
    /// articles, or on drafts, which an editor wants to see as they are now. Nor if personal data was masked: that is a customer's own case,
    /// of which the placeholder tells too little to compare it with others.
    fn slot<'a>(&'a self, writer: &Writer, found: &'a Found) -> Option<Slot<'a>> {
        let cache = self.cache.as_deref()?;
        let message = found.message();
        let alone = message.history().exchanges().is_empty() && message.asked() == message.text();
        // Placeholders stand in square brackets.
        let personal = message.text().contains(['[', ']']);
        if !alone || personal || message.only_within().is_some() || message.drafts() {
            return None;
        }
        let search = found.retrieved.search_record();
        let prompts = writer.prompts.current();
        let key = KeyParts {
            generation: search.generation,
            model: writer.chat.model(),
            prompt: &prompts.version(message.lang()).digest,
            lang: message.lang(),
            audiences: message.audiences(),
            on: search.on,
            min_support: writer.min_support,
        };
        Some(Slot { cache, key: key.into(), found })
    }

    pub(super) fn quoted(&self, found: &Found) -> Drafted {
        self.quoting(found, |writer| Drafted::extractive(&found.retrieved, writer))
    }

    /// What `draft` makes with whoever quotes the articles that were found.
    fn quoting(&self, found: &Found, draft: impl FnOnce(&Extractive<'_>) -> Drafted) -> Drafted {
        let words = |lang: &Lang, text: &str| self.words(lang, text);
        draft(&Extractive { catalogue: &found.catalogue, words: &words })
    }
}

/// The place of one answer in the cache.
struct Slot<'a> {
    cache: &'a AnswerCache,
    key: CacheKey,
    found: &'a Found,
}

impl Slot<'_> {
    fn find(&self) -> Option<Arc<Written>> {
        self.cache.find(&self.key, self.found.message().text(), self.found.retrieved.message().vector())
    }

    fn keep(self, written: &Written) {
        let Self { cache, key, found } = self;
        cache.keep(key, found.message().text(), found.retrieved.message().vector(), written);
    }
}
