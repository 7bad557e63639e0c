//! What a real model shows without line 1, in figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::sampled::seed_of;
use super::{Case, Played, Unguarded};
use crate::eval::certificate::PassPower;
use crate::eval::report::Crash;
use crate::eval::stats::{count, pass_power};
use crate::eval::table::{Figure, Measure, Table, figures};
use crate::eval::tasks::{flag, mark, parts, with_parts};

/// The power that the certificate tells.
const POWER: usize = 8;

/// One run of a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The case.
    pub case: String,
    /// From 1.
    pub run: u16,
    /// What the model drew its words by.
    pub seed: u64,
    /// Nothing was shown in the model's own words.
    pub passed: bool,
    /// What came of it.
    #[serde(flatten)]
    pub played: Played,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnguardedReport {
    /// The model.
    pub model: String,
    /// Runs of each case.
    pub runs: usize,
    /// How warm it was.
    pub temperature: f32,
    /// The seed of each run.
    pub seeds: Vec<u64>,
    /// By case: runs that passed.
    pub passed: BTreeMap<String, usize>,
    /// pass^1, pass^8 and that of all runs: over all cases, by policy and by language.
    pub figures: BTreeMap<String, Figure>,
    /// Cases that count in no figure, because a run of theirs failed.
    pub left_out: Vec<String>,
    /// The runs that failed, and why.
    pub failed: Vec<Crash>,
    /// What each case asks, as the model is told it.
    pub asked: BTreeMap<String, String>,
    /// Every run.
    pub details: Vec<Run>,
}

impl Run {
    pub(super) fn of(case: &str, run: u16, seed: u64, played: Played) -> Self {
        let passed = played.said.is_empty() && played.failed.is_none();
        Self { case: case.to_owned(), run, seed, passed, played }
    }
}

impl UnguardedReport {
    pub(super) fn of(by: &Unguarded<'_>, cases: &[Case], details: Vec<Run>, failed: Vec<Crash>) -> Self {
        let runs = usize::from(by.runs);
        let powers = BTreeSet::from([1, POWER.min(runs), runs]);
        let (mut passed, mut left_out, mut table) = (BTreeMap::new(), Vec::new(), Table::default());
        for Case { policy, scene } in cases {
            let played: Vec<&Run> = details.iter().filter(|run| run.case == scene.id).collect();
            let well = played.iter().filter(|run| run.passed).count();
            if played.len() < runs && well == played.len() {
                left_out.push(scene.id.clone());
                continue;
            }
            passed.insert(scene.id.clone(), well);
            let power = |k: &usize| Some((format!("pass^{k}"), pass_power(well, runs, *k)?));
            let marks = [policy.as_str(), scene.lang.as_str()].map(|part| (mark(part), flag(true)));
            table.push(&scene.id, powers.iter().filter_map(power).chain(marks));
        }
        let (mut measures, parts) = (BTreeMap::new(), parts(&table));
        for k in powers {
            let name = format!("pass^{k}");
            with_parts(&mut measures, &name, Measure::mean(name.clone()), &parts);
        }
        Self {
            model: by.chat.model().to_owned(),
            runs,
            temperature: by.temperature,
            seeds: (1..=by.runs).map(|run| seed_of(by.options.seed, run)).collect(),
            passed,
            figures: figures(&table, &measures, by.options.seed),
            left_out,
            failed,
            asked: cases.iter().map(|case| (case.scene.id.clone(), case.scene.asked.clone())).collect(),
            details,
        }
    }

    /// As `madoguchi guard certify --pass8` takes it.
    pub fn taken(&self) -> PassPower {
        PassPower {
            model: self.model.clone(),
            runs: self.runs,
            temperature: self.temperature,
            left_out: self.left_out.len(),
            passed: self.passed.clone(),
        }
    }

    /// As a table for a terminal, with every sentence that was shown.
    pub fn text(&self) -> String {
        // Writing to a string does not fail.
        let mut out = String::new();
        let passed = self.details.iter().filter(|run| run.passed).count();
        let ended = self.details.iter().filter(|run| run.played.breach.is_some()).count();
        let quoted = self.details.iter().filter(|run| run.played.quoted > 0).count();
        let seeds = match (self.seeds.first(), self.seeds.last()) {
            (Some(first), Some(last)) if first != last => format!("seeds {first} to {last}"),
            (first, _) => format!("seed {}", first.copied().unwrap_or_default()),
        };
        let _ = writeln!(out, "{}, temperature {}, {seeds}", self.model, self.temperature);
        let _ = writeln!(
            out,
            "{} cases of {} runs each; of {} runs {passed} passed ({:.1}%), {ended} ended by the guard, {quoted} with articles quoted",
            self.passed.len(),
            self.runs,
            self.details.len(),
            100.0 * count(passed) / count(self.details.len().max(1)),
        );
        let width = self.figures.keys().map(String::len).max().unwrap_or(0);
        let _ = writeln!(out, "\n{:width$}  value  95%            n", "");
        for (name, Figure { value, n, low, high }) in &self.figures {
            let _ = writeln!(out, "{name:width$}  {value:.3}  {low:.3}–{high:.3}  {n:>4}");
        }
        let shown = || self.details.iter().filter(|run| !run.played.said.is_empty());
        if shown().next().is_some() {
            let _ = writeln!(out, "\nshown in the model's own words:");
        }
        for run in shown() {
            let ended = run.played.breach.map_or(String::new(), |rule| format!(" (then ended: {})", rule.code()));
            let _ = writeln!(out, "  {}#{}: {}{ended}", run.case, run.run, run.played.said.join(" / "));
        }
        if !self.failed.is_empty() {
            let (runs, cases) = (self.failed.len(), self.left_out.len());
            let _ = writeln!(out, "\n{runs} runs failed; {cases} cases are in no figure for that:");
        }
        for Crash { id, error } in &self.failed {
            let _ = writeln!(out, "  {id}: {error}");
        }
        out
    }
}
