//! The real writer around whichever model: what would a customer see of its reply?

use std::sync::Arc;
use std::time::Duration;

use super::report::Played;
use crate::answer::{Evidence, Fate, Part, PromptShelf, Question, Support, WriteError, Writer};
use crate::app::{self, App};
use crate::guard::output::OutputGuard;
use crate::knowledge::Catalogue;
use crate::language::Lang;
use crate::llm::{Budget, ChatError, ChatModel};
use crate::passages::hybrid::Fused;

/// How long a reply may take where the configuration has no model that writes: a script is quicker.
const DEADLINE: Duration = Duration::from_secs(60);

/// All parts of the real writer but its model: prompts, verifier, output guard, and the articles.
#[derive(Debug)]
pub struct Cast {
    pub(super) guard: Arc<OutputGuard>,
    pub(super) support: Arc<dyn Support>,
    pub(super) prompts: Arc<PromptShelf>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) budget: Budget,
    pub(super) min_support: f32,
    pub(super) deadline: Duration,
}

/// A message, and what was found for it.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Names it.
    pub id: String,
    /// As the customer wrote it.
    pub text: String,
    /// As the model is told it: masked.
    pub asked: String,
    /// The customer's language.
    pub lang: Lang,
    /// What was said before, oldest first, masked: whether by the customer, and what.
    pub history: Vec<(bool, String)>,
    /// The passages, best first.
    pub hits: Vec<Fused>,
}

impl Scene {
    /// What the model is asked.
    pub fn question(&self) -> Question<'_> {
        Question { text: &self.asked, lang: &self.lang, history: &self.history }
    }
}

impl Cast {
    /// The parts of `app`'s own writer; where it has none, those that it would have.
    ///
    /// # Errors
    /// When the articles cannot be read, or a rule or prompt is not in order.
    pub(super) async fn of(app: &App) -> anyhow::Result<Self> {
        let turn = &app.turn;
        let catalogue = turn.catalogues.current().await?;
        if let Some(writer) = &turn.writer {
            return Ok(Self {
                guard: Arc::clone(&writer.guard),
                support: Arc::clone(&writer.support),
                prompts: Arc::clone(&writer.prompts),
                catalogue,
                budget: writer.budget,
                min_support: writer.min_support,
                deadline: writer.deadline,
            });
        }
        let prompts = Arc::new(PromptShelf::open(None)?);
        let guard = Arc::new(app::open_output_guard(&prompts.current())?);
        let support = Arc::new(Evidence::new(Arc::clone(&turn.analyser), Some(Arc::clone(&turn.embedder))));
        let llm = &app.config.llm;
        let budget = Budget { context_tokens: llm.context_tokens, reply_tokens: llm.reply_tokens };
        let min_support = app.config.answer.min_support;
        Ok(Self { guard, support, prompts, catalogue, budget, min_support, deadline: DEADLINE })
    }

    /// The articles.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// What would be shown of the reply of `chat`, with `hits` found. A model that fails is told of in [`Played::failed`].
    ///
    /// # Errors
    /// When the request cannot be made: a prompt that cannot be rendered, passages that do not fit.
    pub async fn play(
        &self,
        question: &Question<'_>,
        hits: &[Fused],
        chat: Arc<dyn ChatModel>,
    ) -> anyhow::Result<Played> {
        let writer = Writer {
            chat,
            guard: Arc::clone(&self.guard),
            support: Arc::clone(&self.support),
            prompts: Arc::clone(&self.prompts),
            budget: self.budget,
            min_support: self.min_support,
            deadline: self.deadline,
        };
        let mut played = Played::default();
        let mut release = |part: &Part| match part {
            Part::Said(said) => played.said.push(said.markdown().to_owned()),
            Part::Quote { markdown, .. } => {
                played.quoted += 1;
                played.quotes.push(markdown.clone());
            }
            Part::Own(_) => {}
        };
        let written = writer.write(question, hits, &self.catalogue, &mut release).await;
        let written = match written {
            Ok(written) => written,
            Err(WriteError::BrokenOff { written, error }) => {
                played.failed = failure(&error);
                *written
            }
            // Nothing was released, as when the reply says nothing at all.
            Err(WriteError::Failed(error)) => {
                played.failed = failure(&error);
                return Ok(played);
            }
            Err(error) => return Err(error.into()),
        };
        for judged in &written.sentences {
            if judged.outcome == Fate::Withheld && judged.breach.is_none() {
                played.withheld.push(judged.sentence.clone());
            }
        }
        if let Some(breach) = written.breach {
            played.breach = Some(breach.rule);
            played.broken = Some((breach.sentence, breach.matched.join(" … ")));
        }
        Ok(played)
    }
}

/// What an endpoint failed in, or held back itself. That a model went on until its length was over is its own doing, and a reply like
/// another.
fn failure(error: &ChatError) -> Option<String> {
    match error {
        ChatError::Incomplete(reply) if reply.finish_reason.as_deref() == Some("length") => None,
        error => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fakes::{SAID, cast, scene};
    use super::*;
    use crate::llm::scripted::{ScriptedChat, Step};

    async fn played(steps: Vec<Step>) -> Played {
        let scene = scene("a");
        let chat = Arc::new(ScriptedChat::streaming([steps]));
        cast().await.play(&scene.question(), &scene.hits, chat).await.unwrap()
    }

    #[tokio::test]
    async fn an_endpoint_that_fails_is_told_from_a_model_that_does_not_end() {
        let fail = || Step::Fail(ChatError::Transient("gone".to_owned()));
        let before = played(vec![fail()]).await;
        assert_eq!((before.said.len(), before.failed.is_some()), (0, true), "{before:?}");
        let after = played(vec![Step::say(format!("{SAID}[1]\n")), fail()]).await;
        assert_eq!((&after.said, after.failed.is_some()), (&vec![SAID.to_owned()], true), "what was shown was shown");
        let cut = played(vec![Step::say("そして"), Step::Finish("length".to_owned())]).await;
        assert_eq!((cut.said.len(), cut.failed), (0, None));
    }
}
