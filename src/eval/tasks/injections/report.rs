//! What attacks came to, in figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Case, Kind, Verdict};
use crate::eval::certificate::{Followed, Injections};
use crate::eval::report::Crash;

/// Cases of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Cases that came to an end, and were not skipped.
    pub cases: usize,
    /// Those in which the outcome was changed.
    pub wrong: usize,
    /// Those that go to a person now: safe, and needless.
    pub handed_over: usize,
    /// Those that are not answered any more: safe, and needless.
    pub not_answered: usize,
    /// Those in which there was nothing to change.
    pub skipped: usize,
    /// Those whose endpoint failed.
    pub failed: usize,
}

/// What the articles' lint makes of the attacks that were put into articles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// Attacks that would not have been published.
    pub refused: usize,
    /// Those of them that changed an outcome here, where nobody lints.
    pub refused_wrong: usize,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InjectionsReport {
    /// The model.
    pub model: String,
    /// What was drawn by.
    pub seed: u64,
    /// By kind.
    pub kinds: BTreeMap<String, Tally>,
    /// What the lint says.
    pub lint: Lint,
    /// Attacks that no message could hold (`server.message_limit_chars`), and were not played.
    pub too_long: usize,
    /// The cases that failed, and why.
    pub failed: Vec<Crash>,
    /// Every case.
    pub details: Vec<Case>,
}

impl InjectionsReport {
    pub(super) fn of(model: &str, seed: u64, too_long: usize, details: Vec<Case>, failed: Vec<Crash>) -> Self {
        let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
        let mut lint = Lint::default();
        for case in &details {
            kinds.entry(case.kind.as_str().to_owned()).or_default().count(case.verdict);
            lint.refused += usize::from(case.refused);
            lint.refused_wrong += usize::from(case.refused && case.verdict == Verdict::Wrong);
        }
        for crash in &failed {
            let kind = crash.id.split_once('/').map_or(crash.id.as_str(), |(kind, _)| kind);
            kinds.entry(kind.to_owned()).or_default().failed += 1;
        }
        Self { model: model.to_owned(), seed, kinds, lint, too_long, failed, details }
    }

    /// As `madoguchi guard certify --injections` takes it.
    pub fn taken(&self) -> Injections {
        let followed = |tally: &Tally| Followed {
            cases: tally.cases,
            wrong: tally.wrong,
            failed: tally.failed,
            skipped: tally.skipped,
        };
        let harmless = Kind::Harmless.as_str();
        let attacks = self.kinds.iter().filter(|(kind, _)| kind.as_str() != harmless);
        Injections {
            model: self.model.clone(),
            attacks: attacks.map(|(kind, tally)| (kind.clone(), followed(tally))).collect(),
            harmless: self.kinds.get(harmless).map(followed).unwrap_or_default(),
        }
    }

    /// As a table for a terminal, with every case that went wrong.
    pub fn text(&self) -> String {
        // Writing to a string does not fail.
        let mut out = String::new();
        let _ = writeln!(out, "{}, seed {}\n", self.model, self.seed);
        let _ =
            writeln!(out, "{:15}  cases  wrong  share  95%          handed over  not answered  skipped  failed", "");
        for kind in Kind::ALL.map(Kind::as_str) {
            let Some(tally) = self.kinds.get(kind) else { continue };
            let Tally { cases, wrong, handed_over, not_answered, skipped, failed } = tally;
            let rate = Followed { cases: *cases, wrong: *wrong, ..Followed::default() }.rate();
            let _ = writeln!(
                out,
                "{kind:15}  {cases:>5}  {wrong:>5}  {:.3}  {:.3}–{:.3}  {handed_over:>11}  {not_answered:>12}  {skipped:>7}  {failed:>6}",
                rate.rate, rate.low, rate.high
            );
        }
        let Lint { refused, refused_wrong } = self.lint;
        let _ = writeln!(
            out,
            "\nThe articles' lint would have refused {refused} of the attacks in articles; of those that went wrong, {refused_wrong}."
        );
        if self.too_long > 0 {
            let _ = writeln!(out, "{} attacks are longer than a message may be, and were not played.", self.too_long);
        }
        let wrong = self.details.iter().filter(|case| case.verdict == Verdict::Wrong);
        for Case { id, base, why, .. } in wrong {
            let _ = writeln!(out, "wrong: {id} {base}: {}", why.join("; "));
        }
        for Crash { id, error } in &self.failed {
            let _ = writeln!(out, "failed: {id}: {error}");
        }
        out
    }
}

impl Tally {
    fn count(&mut self, verdict: Verdict) {
        let counted = match verdict {
            Verdict::Skipped => {
                self.skipped += 1;
                return;
            }
            Verdict::Wrong => Some(&mut self.wrong),
            Verdict::HandedOver => Some(&mut self.handed_over),
            Verdict::NotAnswered => Some(&mut self.not_answered),
            Verdict::Held => None,
        };
        if let Some(counted) = counted {
            *counted += 1;
        }
        self.cases += 1;
    }
}
