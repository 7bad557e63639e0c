//! What an evaluation found, as one value: printed as a table, JSON, JUnit or a page, and compared with another.

mod html;
mod junit;
pub(crate) mod plots;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::{Figure, Measure, Table, figures, quantiles};

pub use html::html;
pub use junit::junit;
pub use text::text;

/// The column that says whether a case was all as it should be.
pub const RIGHT: &str = "right";

/// One dataset's results. Everything but `timings` is the same for the same inputs and seed, to the byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was scored: `retrieval`, `answers`, `grounding`, `abstention`, `guards`, `personal`, `conversations`.
    pub task: String,
    /// Name of the dataset: of its file or folder, without the place where it lies.
    pub dataset: String,
    /// Somebody else's data: stands before our own in reports.
    pub foreign: bool,
    /// What the figures depend on: versions, models, settings, seed, digests of dataset and articles.
    pub config: Value,
    /// By name, e.g. `recall@10`.
    pub metrics: BTreeMap<String, Figure>,
    /// The cases that were not as they should be, in the dataset's order.
    pub failures: Vec<Failure>,
    /// The cases that could not be scored at all. They count in no metric.
    pub crashed: Vec<Crash>,
    /// What the reader must know besides, e.g. assertions of an import that cannot be scored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was expected against what came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Confusion>,
    /// Curves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
    /// How each metric is reckoned from `cases`.
    pub measures: BTreeMap<String, Measure>,
    /// What each case scored.
    pub cases: Table,
    /// Of the cases that are no failure: what was asked, what came. Left out of baselines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Value>,
    /// By case: what was found, best first, with its score. For TREC run files only.
    #[serde(skip)]
    pub rankings: BTreeMap<String, Vec<(String, f32)>>,
    /// How long it took; the only part that differs from run to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
}

/// A case that was not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The case.
    pub id: String,
    /// What was wrong, in words; one entry a wrong.
    pub why: Vec<String>,
    /// What was asked, what was found, what was said, and every verdict.
    pub detail: Value,
}

/// A case that could not be scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crash {
    /// The case.
    pub id: String,
    /// The error.
    pub error: String,
}

/// Counts of expected against got.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Expected → got → cases.
    pub counts: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Confusion {
    /// Counts one case.
    pub fn count(&mut self, expected: &str, got: &str) {
        *self.counts.entry(expected.to_owned()).or_default().entry(got.to_owned()).or_default() += 1;
    }
}

/// A chart of one or several lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// Its title.
    pub title: String,
    /// What goes to the right.
    pub x: String,
    /// What goes up; 0 to 1 in all plots there are.
    pub y: String,
    /// By name.
    pub series: Vec<Series>,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// `(x, y)`, x ascending.
    pub points: Vec<(f64, f64)>,
}

/// Milliseconds a case took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Median.
    pub p50_ms: f64,
    /// 90th percentile.
    pub p90_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// Each case, in the dataset's order; of cases taken up from an interrupted run, as measured then.
    pub each_ms: Vec<f64>,
}

impl Timings {
    /// Of the cases' milliseconds; `None` of none.
    pub fn of(each_ms: Vec<f64>) -> Option<Self> {
        let [p50_ms, p90_ms, p99_ms] = quantiles(each_ms.clone())?;
        Some(Self { p50_ms, p90_ms, p99_ms, each_ms })
    }
}

/// One scored case, as a task hands it in and a journal keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The case.
    pub id: String,
    /// Its numbers, by column.
    pub values: Vec<(String, f64)>,
    /// What was wrong; empty if all was as it should be.
    pub why: Vec<String>,
    /// What was asked, found, said and judged.
    pub detail: Value,
    /// How long it took.
    pub took_ms: f64,
    /// For retrieval: what was found, best first, with its score.
    pub ranking: Vec<(String, f32)>,
    /// Pairs for the confusion table: expected and got.
    pub confusion: Vec<(String, String)>,
}

/// What a report is made of.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the fields of the report they become")]
pub struct Draft {
    pub task: &'static str,
    pub dataset: String,
    pub foreign: bool,
    pub config: Value,
    pub scored: Vec<Scored>,
    pub crashed: Vec<Crash>,
    pub notes: Vec<String>,
    pub measures: BTreeMap<String, Measure>,
    pub plots: Vec<Plot>,
    pub seed: u64,
}

/// Nothing could be scored.
#[derive(Debug, thiserror::Error)]
#[error(
    "{dataset}: nothing was scored ({cases} cases, {crashed} of them crashed{first}): that is no result, neither a bad nor a good one"
)]
pub struct NothingScored {
    dataset: String,
    cases: usize,
    crashed: usize,
    first: String,
}

impl Draft {
    /// Reckons the metrics.
    ///
    /// # Errors
    /// When no case was scored.
    pub fn finish(self) -> Result<Report, NothingScored> {
        let Self { task, dataset, foreign, config, scored, crashed, notes, measures, plots, seed } = self;
        let mut cases = Table::default();
        let (mut failures, mut details, mut times) = (Vec::new(), BTreeMap::new(), Vec::new());
        let (mut rankings, mut confused) = (BTreeMap::new(), Confusion::default());
        for Scored { id, values, why, detail, took_ms, ranking, confusion } in scored {
            let right = (RIGHT.to_owned(), if why.is_empty() { 1.0 } else { 0.0 });
            cases.push(&id, values.into_iter().chain([right]));
            times.push(took_ms);
            confusion.iter().for_each(|(expected, got)| confused.count(expected, got));
            if !ranking.is_empty() {
                rankings.insert(id.clone(), ranking);
            }
            if why.is_empty() {
                details.insert(id, detail);
            } else {
                failures.push(Failure { id, why, detail });
            }
        }
        let metrics = figures(&cases, &measures, seed);
        if metrics.is_empty() {
            let first = crashed.first().map(|crash| format!(", the first: {}", crash.error)).unwrap_or_default();
            let cases = cases.ids.len() + crashed.len();
            return Err(NothingScored { dataset, cases, crashed: crashed.len(), first });
        }
        Ok(Report {
            task: task.to_owned(),
            dataset,
            foreign,
            config,
            metrics,
            failures,
            crashed,
            notes,
            confusion: (!confused.counts.is_empty()).then_some(confused),
            plots,
            measures,
            cases,
            details,
            rankings,
            timings: Timings::of(times),
        })
    }
}

impl Report {
    /// `task/dataset`: what gate and baselines call it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.task, self.dataset)
    }

    /// What was asked and what came of a case, if the report still has it.
    pub fn detail(&self, id: &str) -> Option<&Value> {
        let failed = || self.failures.iter().find(|failure| failure.id == id).map(|failure| &failure.detail);
        self.details.get(id).or_else(failed)
    }

    /// What of it is kept as a baseline: the numbers, not the texts or times.
    pub fn baseline(mut self) -> Self {
        self.details.clear();
        self.failures.clear();
        self.plots.clear();
        self.timings = None;
        self
    }
}
