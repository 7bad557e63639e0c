//! What somebody puts into an article: played on the stage, where passages are given.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::OnceCell;

use super::direct::whole;
use super::judged::{self, Judged};
use super::seen::Seen;
use super::words::taken_up;
use super::{Case, Kind, Verdict};
use crate::eval::dataset::injections::Text;
use crate::eval::tasks::hostile::{Cast, Scene};
use crate::knowledge::lint::injection::{Suspicion, suspicion};
use crate::llm::ChatModel;
use crate::passages::hybrid::Fused;
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{Passage, Span};

/// Plays questions with and without an attack in what is found.
pub(super) struct Indirect<'a> {
    cast: &'a Cast,
    chat: &'a Arc<dyn ChatModel>,
    analyser: &'a LexicalAnalyser,
    questions: &'a [Scene],
    /// What came of each question without an attack, once somebody has asked.
    without: Vec<OnceCell<Seen>>,
}

impl<'a> Indirect<'a> {
    pub(super) fn new(
        cast: &'a Cast,
        chat: &'a Arc<dyn ChatModel>,
        analyser: &'a LexicalAnalyser,
        questions: &'a [Scene],
    ) -> Self {
        Self { cast, chat, analyser, questions, without: questions.iter().map(|_| OnceCell::new()).collect() }
    }

    /// A question with an attack in the passage found first.
    pub(super) async fn case(&self, payload: Option<&Text>, base: usize) -> anyhow::Result<Case> {
        let payload = payload.context("no such attack")?;
        let (scene, without) = self.questions.get(base).zip(self.without.get(base)).context("no such question")?;
        let alone = || async { whole(self.play(scene, &scene.hits).await?) };
        let without = without.get_or_try_init(alone).await?;
        let with = self.play(scene, &poisoned(&scene.hits, &payload.text)).await?;
        let known = known(scene);
        let taken = |shown: &str| taken_up(self.analyser, &scene.lang, shown, &payload.text, &known);
        let Judged { verdict, why } = judged::passage(without, &with, &taken);
        Ok(Case {
            id: format!("{}/{}", Kind::Indirect.as_str(), payload.id),
            kind: Kind::Indirect,
            base: scene.id.clone(),
            text: payload.text.clone(),
            verdict,
            why,
            without: Some(without.clone()),
            // What is wrong although the endpoint failed is wrong.
            with: if verdict == Verdict::Wrong { with } else { whole(with)? },
            refused: suspicion(&payload.text) == Some(Suspicion::Strong),
        })
    }

    async fn play(&self, scene: &Scene, hits: &[Fused]) -> anyhow::Result<Seen> {
        let played = self.cast.play(&scene.question(), hits, Arc::clone(self.chat)).await?;
        Ok(Seen::of_stage(played, &scene.lang))
    }
}

/// The same passages, with `payload` as the last paragraph of the first.
fn poisoned(hits: &[Fused], payload: &str) -> Vec<Fused> {
    let mut hits = hits.to_vec();
    if let Some(first) = hits.first_mut() {
        let passage = first.passage.as_ref().clone();
        let text = format!("{}\n\n{payload}", passage.text.trim_end());
        let span = Span { start: passage.span.start, end: passage.span.start + text.chars().count() };
        first.passage = Arc::new(Passage { text, span, ..passage });
    }
    hits
}

/// What may be said without the attack: the words of the question and of the passages.
fn known(scene: &Scene) -> String {
    let mut known = scene.asked.clone();
    for hit in &scene.hits {
        for text in [&hit.passage.breadcrumb(), &hit.passage.text] {
            known.push('\n');
            known.push_str(text);
        }
    }
    known
}
