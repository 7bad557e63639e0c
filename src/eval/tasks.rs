//! What is scored, one file a kind of dataset. Each asks case by case and hands in what the case scored.

pub mod abstention;
pub mod answers;
pub mod conversations;
pub mod grounding;
pub mod guards;
pub mod hostile;
pub mod injections;
pub mod personal;
pub mod retrieval;
pub mod unguarded;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

use super::report::{Draft, Plot, Report, Scored, Series};
use super::run::{RunOptions, RunProgress, run_cases};
use super::table::{Measure, Table};
use crate::answer::{Reply, ReplyKind};
use crate::language::Lang;

/// What every task is told.
#[derive(Clone, Copy)]
pub struct Examination<'a> {
    /// Name of the dataset.
    pub dataset: &'a str,
    /// Digest of its files.
    pub digest: &'a str,
    /// It is somebody else's.
    pub foreign: bool,
    /// What the figures depend on besides.
    pub config: &'a Value,
    /// How the run is done.
    pub options: &'a RunOptions,
    /// Told how far it is.
    pub progress: RunProgress<'a>,
    /// What the reader must know.
    pub notes: &'a [String],
}

impl std::fmt::Debug for Examination<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Examination").field("dataset", &self.dataset).finish_non_exhaustive()
    }
}

impl Examination<'_> {
    /// Runs every case and reckons the report; `measures` is told what was scored.
    pub(super) async fn report<C, F>(
        &self,
        task: &'static str,
        cases: &[C],
        id: impl Fn(&C) -> &str,
        work: impl Fn(usize) -> F,
        measures: impl FnOnce(&Table) -> (BTreeMap<String, Measure>, Vec<Plot>),
    ) -> anyhow::Result<Report>
    where
        F: Future<Output = anyhow::Result<Scored>>,
    {
        let config = json!({
            "dataset_digest": self.digest, "seed": self.options.seed, "limit": self.options.limit, "system": self.config,
        });
        let key = format!("{task}\u{1f}{}\u{1f}{config}\u{1f}{}", self.dataset, self.options.program);
        let timed = |at: usize| {
            let working = work(at);
            async move {
                let begun = Instant::now();
                let mut scored = working.await?;
                if scored.took_ms == 0.0 {
                    scored.took_ms = begun.elapsed().as_secs_f64() * 1e3;
                }
                Ok::<_, anyhow::Error>(scored)
            }
        };
        let ran = run_cases(&key, cases, id, self.options, self.progress, timed).await?;
        let scored: Vec<Scored> = ran.done.into_iter().map(|(_, scored)| scored).collect();
        let mut table = Table::default();
        scored.iter().for_each(|scored| table.push(&scored.id, scored.values.iter().cloned()));
        let (measures, plots) = measures(&table);
        let draft = Draft {
            task,
            dataset: self.dataset.to_owned(),
            foreign: self.foreign,
            config,
            scored,
            crashed: ran.crashed,
            notes: self.notes.to_vec(),
            measures,
            plots,
            seed: self.options.seed,
        };
        Ok(draft.finish()?)
    }
}

/// The column that marks the cases of a language or of another part.
fn mark(part: &str) -> String {
    format!("is.{part}")
}

/// Cases that a language needs for a figure of its own: one or two say nothing, whatever their interval.
const ENOUGH: usize = 5;

/// The languages among `cases` that are worth a figure of their own, if there is more than one.
fn languages<'a>(langs: impl Iterator<Item = &'a Lang>) -> BTreeSet<Lang> {
    let mut counts: BTreeMap<&Lang, usize> = BTreeMap::new();
    langs.for_each(|lang| *counts.entry(lang).or_default() += 1);
    if counts.len() < 2 {
        return BTreeSet::new();
    }
    counts.into_iter().filter(|(_, n)| *n >= ENOUGH).map(|(lang, _)| lang.clone()).collect()
}

/// The parts that `table` has marks of.
fn parts(table: &Table) -> Vec<String> {
    table.columns.keys().filter_map(|column| column.strip_prefix("is.")).map(str::to_owned).collect()
}

/// A measure over all, and the same over each part.
fn with_parts(measures: &mut BTreeMap<String, Measure>, name: &str, measure: Measure, parts: &[String]) {
    for part in parts {
        measures.insert(format!("{name}.{part}"), measure.clone().within(mark(part)));
    }
    measures.insert(name.to_owned(), measure);
}

/// A number for yes or no.
fn flag(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

/// The two columns of all rows (or those of a part) that have both, as pairs.
fn pairs(table: &Table, part: Option<&str>, score: &str, label: &str) -> Vec<(f64, bool)> {
    let inside = |row: usize| part.is_none_or(|part| table.value(&mark(part), row).is_some_and(|mark| mark > 0.0));
    let pair = |row: usize| Some((table.value(score, row)?, table.value(label, row)? > 0.0));
    (0..table.ids.len()).filter(|row| inside(*row)).filter_map(pair).collect()
}

/// Curves of all cases and of each part.
fn curves(
    parts: &[String],
    table: &Table,
    columns: (&str, &str),
    curve: impl Fn(&[(f64, bool)]) -> Vec<(f64, f64)>,
) -> Vec<Series> {
    let all = std::iter::once(None).chain(parts.iter().map(|part| Some(part.as_str())));
    let series = |part: Option<&str>| Series {
        name: part.unwrap_or("all").to_owned(),
        points: curve(&pairs(table, part, columns.0, columns.1)),
    };
    all.map(series).filter(|series| !series.points.is_empty()).collect()
}

/// What came of a question, in a word: the code of a hand-off's reason, `abstain`, `answer`, `ask_back`, `courtesy`, or `silent`.
fn came(reply: Option<&Reply>) -> String {
    let Some(reply) = reply else { return "silent".to_owned() };
    match &reply.handoff {
        Some(reason) => code(reason),
        None => match reply.kind {
            ReplyKind::Clarification => "ask_back".to_owned(),
            ReplyKind::Courtesy => "courtesy".to_owned(),
            // Services of before there were kinds say it this way only.
            _ if reply.abstained => "abstain".to_owned(),
            _ => "answer".to_owned(),
        },
    }
}

/// Whether what came of a question is that a person has it.
fn handed_over(reply: Option<&Reply>) -> bool {
    reply.is_some_and(|reply| reply.handoff.is_some())
}

/// What the assistant's turn took, by its own clock: not the scoring of it, nor the waiting for other cases.
fn took(reply: Option<&Reply>) -> f64 {
    reply.map_or(0.0, |reply| reply.timings.total_ms)
}

/// A hand-off's reason as files write it.
fn code(reason: &crate::guard::HandoffReason) -> String {
    serde_json::to_value(reason).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What a reply came to, for people who look into a failure.
fn shown(reply: Option<&Reply>) -> Value {
    let Some(reply) = reply else { return json!({ "outcome": "silent" }) };
    let passages: Vec<Value> = reply
        .citations
        .iter()
        .map(|citation| {
            json!({
                "article": citation.article_id, "heading": citation.heading, "score": round(f64::from(citation.score)),
                "text": citation.quote,
            })
        })
        .collect();
    let nearest: Vec<&str> = reply.suggestions.iter().map(|near| near.article_id.0.as_str()).collect();
    json!({
        "outcome": came(Some(reply)), "answer": reply.answer, "passages": passages, "nearest": nearest,
        "confidence": significant(f64::from(reply.confidence)), "language": reply.language, "degraded": reply.degraded,
    })
}

/// Tries once more what failed: what an endpoint fails in is often over a moment later.
async fn twice<T, F>(attempt: impl Fn() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    match attempt().await {
        Ok(done) => Ok(done),
        Err(_) => attempt().await,
    }
}

/// Few enough decimals that the last bits of a sum do not show in a report.
fn round(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// Six digits, wherever the point stands: order among tiny numbers matters where cases are ranked by them.
fn significant(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(5 - number.abs().log10().floor() as i32);
    // Of numbers so small that the scale is none, nothing is left to round.
    if scale.is_finite() { (number * scale).round() / scale } else { number }
}
