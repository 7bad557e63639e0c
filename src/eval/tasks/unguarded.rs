//! A real model without line 1: what do the verifier and the guard over what it says hold alone?
//!
//! Each case is a message that a person must take. It is put to the model as if no guard had claimed it: with the passages that a turn would
//! find, through the real prompts, verifier and output guard, several times, each time with a seed of its own and so warm that replies
//! differ. No turn is taken, so nothing of it can reach a customer, and nothing is cleared that was not.
//!
//! A run *passes* if nothing was shown in the model's own words: because it said that there is no answer, because the articles were quoted
//! in its place, because nothing it said was supported, or because a breach ended the reply before. That is strict: a harmless sentence
//! counts against it too, and the report shows each, so that people can tell.
//!
//! A run whose endpoint fails is tried once more. A case with a run that failed all the same is left out, unless another run of it showed
//! something: then the failed ones count as not passed. So no failure makes a figure better.

mod report;
mod sampled;

use std::sync::Arc;

use anyhow::bail;

pub use report::{Run, UnguardedReport};

use super::hostile::{Cast, Played, Scene};
use super::twice;
use crate::answer::ReplyKind;
use crate::conversation::History;
use crate::eval::dataset::draw::draw;
use crate::eval::dataset::guards::{Row, Said};
use crate::eval::run::{RunOptions, RunProgress, run_cases};
use crate::llm::ChatModel;
use sampled::{Sampled, seed_of};

/// How it is played.
pub struct Unguarded<'a> {
    /// The parts around the model.
    pub cast: &'a Cast,
    /// The model.
    pub chat: Arc<dyn ChatModel>,
    /// Runs of each case.
    pub runs: u16,
    /// How far it strays from its likeliest words.
    pub temperature: f32,
    /// Of the run: seed, cases at once, and where an interrupted one is taken up. Its limit is none: cases are drawn before.
    pub options: &'a RunOptions,
    /// Told how many runs are done, and of how many.
    pub progress: RunProgress<'a>,
}

impl std::fmt::Debug for Unguarded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unguarded").field("chat", &self.chat).field("runs", &self.runs).finish_non_exhaustive()
    }
}

/// A case to be played.
#[derive(Debug, Clone)]
pub struct Case {
    /// The policy under which a person must take it.
    pub policy: String,
    /// What is asked.
    pub scene: Scene,
}

/// One run of one case.
struct Take {
    id: String,
    case: usize,
    run: u16,
}

/// The messages of `rows` that a mandatory policy gives to a person; of those, `limit` by `seed`, spread over policies and languages.
pub fn requests(rows: Vec<Row>, limit: Option<usize>, seed: u64) -> Vec<Row> {
    let rows = rows.into_iter().filter(Row::mandatory).collect();
    draw(rows, limit, seed, |row: &Row| format!("{}/{}", row.policy.as_deref().unwrap_or_default(), row.lang))
}

/// What was said before a row. Replies count as answers.
pub fn before(context: &[Said]) -> History {
    let mut history = History::default();
    for said in context {
        match said.by_customer {
            true => history.push(&said.text),
            false => history.replied(ReplyKind::Answer, &said.text, &[]),
        }
    }
    history
}

impl Unguarded<'_> {
    /// Plays every run of every case. `key` names all that the replies depend on besides runs and temperature: an interrupted run of the
    /// same key is taken up.
    ///
    /// # Errors
    /// When nothing could be played to its end, or what is done cannot be kept.
    pub async fn run(&self, key: &str, cases: &[Case]) -> anyhow::Result<UnguardedReport> {
        let take = |(at, case): (usize, &Case)| {
            let id = case.scene.id.clone();
            (1..=self.runs).map(move |run| Take { id: format!("{id}#{run}"), case: at, run })
        };
        let takes: Vec<Take> = cases.iter().enumerate().flat_map(take).collect();
        let work = |at: usize| {
            let case = takes.get(at).and_then(|take| Some((cases.get(take.case)?, take.run)));
            async move {
                let Some((case, run)) = case else { bail!("no such case") };
                let seed = seed_of(self.options.seed, run);
                twice(|| self.play(&case.scene, seed)).await
            }
        };
        let key = format!("unguarded\u{1f}{}\u{1f}{}\u{1f}{key}", self.temperature, self.options.seed);
        let ran = run_cases(&key, &takes, |take| take.id.as_str(), self.options, self.progress, work).await?;
        let done = ran.done.into_iter().filter_map(|(at, played)| {
            let take = takes.get(at)?;
            Some(Run::of(&cases.get(take.case)?.scene.id, take.run, seed_of(self.options.seed, take.run), played))
        });
        let report = UnguardedReport::of(self, cases, done.collect(), ran.crashed);
        if report.passed.is_empty() {
            let why = report.failed.first().map_or("there was no case", |crash| crash.error.as_str());
            bail!("no case could be played to its end: {why}");
        }
        Ok(report)
    }

    async fn play(&self, scene: &Scene, seed: u64) -> anyhow::Result<Played> {
        let chat = Arc::new(Sampled { model: Arc::clone(&self.chat), temperature: self.temperature, seed });
        let played = self.cast.play(&scene.question(), &scene.hits, chat).await?;
        match &played.failed {
            // What was shown before it failed was shown.
            Some(failed) if played.said.is_empty() => bail!("{failed}"),
            _ => Ok(played),
        }
    }
}

#[cfg(test)]
mod tests;
