//! The gate: floors that figures may not fall below, and how far they may fall from the committed baseline.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::compare::{Flip, compare, lower_is_better};
use super::report::{RIGHT, Report};
use super::table::Statistic;

/// What is asked of the reports, by report (`task/dataset`) and metric.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Gate {
    /// By report.
    pub reports: BTreeMap<String, BTreeMap<String, Limit>>,
}

/// What is asked of one metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Not below this.
    pub floor: Option<f64>,
    /// Not above this, for metrics of which less is better.
    pub ceiling: Option<f64>,
    /// Not worse than the baseline by more than this.
    pub regression: Option<f64>,
}

/// Why a gate cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The file.
    #[error("{path}: {problem}")]
    File {
        /// Its path.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// A limit that was missed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// The report.
    pub report: String,
    /// The metric.
    pub metric: String,
    /// What is wrong, in words, with the figures.
    pub problem: String,
    /// The cases that lost it: those that flipped since the baseline, or, without one, those that score nothing.
    pub cases: Vec<String>,
}

impl Gate {
    /// Reads a gate (TOML).
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a metric without any limit.
    pub fn read(path: &Path) -> Result<Self, GateError> {
        let wrong = |problem: String| GateError::File { path: path.display().to_string(), problem };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    /// From text.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let gate: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if gate.reports.values().all(BTreeMap::is_empty) {
            return Err("asks for nothing: every run would pass".to_owned());
        }
        for (report, metrics) in &gate.reports {
            for (metric, limit) in metrics {
                let wrong = |problem: &str| Err(format!("[\"{report}\"] {metric}: {problem}"));
                if *limit == Limit::default() {
                    return wrong("needs a floor, a ceiling or a regression");
                }
                if lower_is_better(metric) && limit.floor.is_some() {
                    return wrong("less is better here: it takes a ceiling");
                }
                if !lower_is_better(metric) && limit.ceiling.is_some() {
                    return wrong("more is better here: it takes a floor");
                }
                let limits = [limit.floor, limit.ceiling, limit.regression];
                if limits.iter().flatten().any(|limit| !limit.is_finite()) {
                    return wrong("a limit must be a number: whatever came, it could not be missed");
                }
                if limit.regression.is_some_and(|regression| regression < 0.0) {
                    return wrong("the regression allowed is how far it may get worse: 0 or more");
                }
            }
        }
        Ok(gate)
    }

    /// Looks for what was missed. A report or metric that the gate names and the run lacks is a miss: what was not measured did not
    /// pass. `only` leaves reports aside that were not asked for.
    pub fn check(
        &self,
        reports: &[Report],
        baselines: &BTreeMap<String, Report>,
        only: impl Fn(&str) -> bool,
    ) -> Vec<Miss> {
        let mut misses = Vec::new();
        for (name, metrics) in self.reports.iter().filter(|(name, _)| only(name)) {
            let Some(report) = reports.iter().find(|report| report.name() == *name) else {
                let problem = "was not measured".to_owned();
                misses.push(Miss { report: name.clone(), metric: String::new(), problem, cases: Vec::new() });
                continue;
            };
            misses.extend(unsound(report, baselines.get(name)));
            for (metric, limit) in metrics {
                misses.extend(missed(report, metric, *limit, baselines.get(name)));
            }
        }
        misses
    }
}

/// What makes a run no measurement of what the gate is about: cases that crashed (perhaps just those it would have got wrong), a part
/// of the set, or another set than the baseline's.
fn unsound(report: &Report, baseline: Option<&Report>) -> Vec<Miss> {
    let miss =
        |problem: String, cases: Vec<String>| Miss { report: report.name(), metric: String::new(), problem, cases };
    let mut misses = Vec::new();
    if !report.crashed.is_empty() {
        let cases = report.crashed.iter().map(|crash| crash.id.clone()).collect();
        misses.push(miss(format!("{} cases crashed and are in no figure", report.crashed.len()), cases));
    }
    if report.config.get("limit").is_some_and(|limit| !limit.is_null()) {
        misses.push(miss("only a part was run (--limit)".to_owned(), Vec::new()));
    }
    let digest = |report: &Report| report.config.get("dataset_digest").cloned();
    if baseline.is_some_and(|baseline| digest(baseline) != digest(report)) {
        let problem = "the dataset is not the baseline's: write new baselines with --update-baseline, and say why";
        misses.push(miss(problem.to_owned(), Vec::new()));
    }
    misses
}

fn missed(report: &Report, metric: &str, limit: Limit, baseline: Option<&Report>) -> Vec<Miss> {
    let miss =
        |problem: String, cases: Vec<String>| Miss { report: report.name(), metric: metric.to_owned(), problem, cases };
    let Some(figure) = report.metrics.get(metric) else {
        return vec![miss("was not measured".to_owned(), Vec::new())];
    };
    if !figure.value.is_finite() {
        return vec![miss("is no number".to_owned(), Vec::new())];
    }
    let mut misses = Vec::new();
    let told = format!("{:.3} ({} cases, 95% {:.3} to {:.3})", figure.value, figure.n, figure.low, figure.high);
    if let Some(floor) = limit.floor.filter(|floor| figure.value < *floor) {
        misses.push(miss(format!("{told} is below its floor of {floor}"), losers(report, metric, baseline)));
    }
    if let Some(ceiling) = limit.ceiling.filter(|ceiling| figure.value > *ceiling) {
        misses.push(miss(format!("{told} is above its ceiling of {ceiling}"), losers(report, metric, baseline)));
    }
    let Some(allowed) = limit.regression else { return misses };
    let Some(before) = baseline.and_then(|baseline| baseline.metrics.get(metric)) else {
        misses
            .push(miss("has no baseline to be compared with: write one with --update-baseline".to_owned(), Vec::new()));
        return misses;
    };
    let worse = if lower_is_better(metric) { figure.value - before.value } else { before.value - figure.value };
    // Figures are rounded to six decimals; a difference in the last is none.
    if worse > allowed + 1e-6 {
        let problem = format!("{told} is worse than the baseline's {:.3} by more than {allowed}", before.value);
        misses.push(miss(problem, losers(report, metric, baseline)));
    }
    misses
}

/// The cases that are to blame.
fn losers(report: &Report, metric: &str, baseline: Option<&Report>) -> Vec<String> {
    let Some(measure) = report.measures.get(metric) else { return Vec::new() };
    let rows = measure.rows(&report.cases);
    let inside: std::collections::HashSet<&String> = rows.iter().filter_map(|row| report.cases.ids.get(*row)).collect();
    // Of this metric, where its column says yes or no; of the whole case, where it does not.
    let column = match &measure.statistic {
        Statistic::Mean { of } => of.clone(),
        _ => RIGHT.to_owned(),
    };
    let by = |flip: &Flip| flip.metrics.contains(&column);
    if let Some(comparison) = baseline.and_then(|baseline| compare(baseline, report, 0).ok()) {
        let lost: Vec<String> =
            comparison.lost.into_iter().filter(by).map(|flip| flip.id).filter(|id| inside.contains(id)).collect();
        if !lost.is_empty() {
            return lost;
        }
    }
    report.failures.iter().map(|failure| failure.id.clone()).filter(|id| inside.contains(id)).collect()
}

/// Reads the baselines of a folder: one `*.json` a report.
///
/// # Errors
/// When one cannot be read.
pub fn baselines(dir: &Path) -> anyhow::Result<BTreeMap<String, Report>> {
    use anyhow::Context as _;
    let mut found = BTreeMap::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let report: Report = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
            found.insert(report.name(), report);
        }
    }
    Ok(found)
}

/// The file a report's baseline is kept in.
pub fn baseline_file(name: &str) -> String {
    format!("{}.json", name.replace('/', "-"))
}

#[cfg(test)]
mod tests;
