//! Two reports of one dataset, before and after a change: what moved, how surely, and which cases flipped.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::report::{RIGHT, Report};
use super::stats::bootstrap;
use super::table::{Measure, Table, name_seed};

/// Cases that a difference must rest on to be called sure: a bootstrap of fewer has no width to speak of.
const ENOUGH: usize = 10;

/// A metric before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delta {
    /// Before.
    pub base: f64,
    /// After.
    pub new: f64,
    /// `new - base`, over the cases that both have.
    pub delta: f64,
    /// 95% interval of the difference, by paired bootstrap: cases are drawn, and both systems scored on the same draw (Koehn 2004).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Cases that both scored.
    pub n: usize,
    /// The interval leaves out 0.
    pub sure: bool,
}

/// A case that was right and is wrong now, or the reverse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// The case.
    pub id: String,
    /// The measures that flipped.
    pub metrics: Vec<String>,
    /// What was said before, where the report tells.
    pub base: Option<Value>,
    /// What is said now.
    pub new: Option<Value>,
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The report's name.
    pub report: String,
    /// By metric.
    pub metrics: BTreeMap<String, Delta>,
    /// Where something was right before and is wrong now; `right` among the metrics means the case as a whole.
    pub lost: Vec<Flip>,
    /// Where something was wrong before and is right now.
    pub won: Vec<Flip>,
    /// Cases that only one of the two has.
    pub unpaired: usize,
    /// What to know before believing it.
    pub notes: Vec<String>,
}

/// Two reports that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Of different kinds.
    #[error("{base} and {new} are different things: compare reports of one task and dataset")]
    Different {
        /// Name of the one.
        base: String,
        /// Name of the other.
        new: String,
    },
    /// Without a case in common.
    #[error("the two reports have no case in common")]
    Nothing,
}

/// Compares.
///
/// # Errors
/// When the reports are not about the same.
pub fn compare(base: &Report, new: &Report, seed: u64) -> Result<Comparison, CompareError> {
    if base.task != new.task {
        return Err(CompareError::Different { base: base.name(), new: new.name() });
    }
    let (left, right, unpaired) = aligned(&base.cases, &new.cases);
    if left.ids.is_empty() {
        return Err(CompareError::Nothing);
    }
    let mut metrics = BTreeMap::new();
    for (name, measure) in &new.measures {
        let known = base.measures.get(name).is_some_and(|before| before == measure);
        if let Some(delta) = known.then(|| delta(measure, &left, &right, seed ^ name_seed(name))).flatten() {
            metrics.insert(name.clone(), delta);
        }
    }
    let (lost, won) = flips(base, new, &left, &right);
    let mut notes = Vec::new();
    let names = |of: &Report, not: &Report| {
        let only = of.metrics.keys().filter(|name| !not.metrics.contains_key(*name));
        only.cloned().collect::<Vec<_>>().join(", ")
    };
    for (side, only) in [("first", names(base, new)), ("second", names(new, base))] {
        if !only.is_empty() {
            notes.push(format!("in the {side} only: {only}"));
        }
    }
    if base.dataset != new.dataset {
        notes.push(format!("the datasets have different names: {} and {}", base.dataset, new.dataset));
    }
    if base.config.get("dataset_digest") != new.config.get("dataset_digest") {
        notes.push("the dataset has changed between the two: only cases of the same id are compared".to_owned());
    }
    Ok(Comparison { report: new.name(), metrics, lost, won, unpaired, notes })
}

/// The rows both tables have, in the order of the new one.
fn aligned(base: &Table, new: &Table) -> (Table, Table, usize) {
    let at: HashMap<&str, usize> = base.ids.iter().enumerate().map(|(row, id)| (id.as_str(), row)).collect();
    let rows: Vec<(usize, usize)> =
        new.ids.iter().enumerate().filter_map(|(row, id)| Some((*at.get(id.as_str())?, row))).collect();
    let pick = |table: &Table, rows: Vec<usize>| Table {
        ids: rows.iter().filter_map(|row| table.ids.get(*row).cloned()).collect(),
        columns: table
            .columns
            .iter()
            .map(|(name, column)| (name.clone(), rows.iter().map(|row| column.get(*row).copied().flatten()).collect()))
            .collect(),
    };
    let unpaired = base.ids.len() + new.ids.len() - 2 * rows.len();
    let (left, right) = rows.into_iter().unzip();
    (pick(base, left), pick(new, right), unpaired)
}

/// The difference of one measure over rows that both have.
fn delta(measure: &Measure, base: &Table, new: &Table, seed: u64) -> Option<Delta> {
    // A mean is compared over the cases that both sides have a number for (of groundedness, those that both answered). A ratio is not
    // by case: each side keeps its own rows, and a draw of cases is a draw for both.
    let of = |table: &Table| -> Vec<bool> {
        let mut has = vec![false; table.ids.len()];
        measure.rows(table).into_iter().filter_map(|row| has.get_mut(row).map(|has| *has = true)).for_each(drop);
        has
    };
    let (left, right) = (of(base), of(new));
    let paired = matches!(measure.statistic, super::table::Statistic::Mean { .. });
    let counts = |row: &usize| if paired { left[*row] && right[*row] } else { left[*row] || right[*row] };
    let rows: Vec<usize> = (0..base.ids.len()).filter(counts).collect();
    let value = |table: &Table, has: &[bool], draw: &[usize]| {
        let rows: Vec<usize> = draw.iter().copied().filter(|row| has[*row]).collect();
        measure.value(table, &rows)
    };
    let (before, after) = (value(base, &left, &rows)?, value(new, &right, &rows)?);
    let drawn = |draw: &[usize]| {
        let rows: Vec<usize> = draw.iter().map(|at| rows[*at]).collect();
        Some(value(new, &right, &rows)? - value(base, &left, &rows)?)
    };
    let (low, high) = bootstrap(rows.len(), seed, drawn)?;
    let round = |x: f64| (x * 1e6).round() / 1e6;
    Some(Delta {
        base: round(before),
        new: round(after),
        delta: round(after - before),
        low: round(low),
        high: round(high),
        n: rows.len(),
        sure: rows.len() >= ENOUGH && (low > 0.0 || high < 0.0),
    })
}

/// Cases whose yes turned to no, and whose no turned to yes.
fn flips(base: &Report, new: &Report, left: &Table, right: &Table) -> (Vec<Flip>, Vec<Flip>) {
    let (mut lost, mut won) = (Vec::new(), Vec::new());
    let right_column = RIGHT.to_owned();
    let simple = new.measures.values().filter_map(|measure| match &measure.statistic {
        super::table::Statistic::Mean { of } => Some(of),
        _ => None,
    });
    let columns: BTreeSet<&String> = simple.chain([&right_column]).collect();
    for (row, id) in right.ids.iter().enumerate() {
        let turned = |from: f64, to: f64| -> Vec<String> {
            let is = |column: &&&String| left.value(column, row) == Some(from) && right.value(column, row) == Some(to);
            columns.iter().filter(is).map(|column| (*column).clone()).collect()
        };
        // "Empty" is the one measure where yes is bad.
        let (mut down, mut up) = (turned(1.0, 0.0), turned(0.0, 1.0));
        let bad = |metrics: &mut Vec<String>| -> Vec<String> {
            let (bad, good) = metrics.drain(..).partition(|metric| lower_is_better(metric));
            *metrics = good;
            bad
        };
        let (gone, come) = (bad(&mut down), bad(&mut up));
        down.extend(come);
        up.extend(gone);
        let flip =
            |metrics| Flip { id: id.clone(), metrics, base: base.detail(id).cloned(), new: new.detail(id).cloned() };
        if !down.is_empty() {
            lost.push(flip(down));
        }
        if !up.is_empty() {
            won.push(flip(up));
        }
    }
    (lost, won)
}

/// Metrics of which less is better.
pub fn lower_is_better(metric: &str) -> bool {
    let first = metric.split('.').next().unwrap_or(metric);
    matches!(first, "aurc" | "false_handoff" | "empty")
}

/// As text, flips in full.
pub fn text(comparison: &Comparison) -> String {
    let Comparison { report, metrics, lost, won, unpaired, notes } = comparison;
    let mut out = format!("{report}\n\n");
    let width = metrics.keys().map(|name| name.chars().count()).max().unwrap_or_default().max(6);
    out.push_str(&format!("{:width$}    base     new   change   95% interval        n\n", "metric"));
    for (name, Delta { base, new, delta, low, high, n, sure }) in metrics {
        let mark = if *sure { "*" } else { " " };
        out.push_str(&format!("{name:width$} {base:7.3} {new:7.3} {delta:+8.3}{mark} [{low:+.3}, {high:+.3}] {n:6}\n"));
    }
    out.push_str("\n* the interval leaves out 0\n");
    notes.iter().for_each(|note| out.push_str(&format!("note: {note}\n")));
    if *unpaired > 0 {
        out.push_str(&format!("note: {unpaired} cases are in one of the two only and are left out\n"));
    }
    for (title, flips) in [("worse in something than before", lost), ("better in something than before", won)] {
        out.push_str(&format!("\n{} cases are {title}\n", flips.len()));
        for Flip { id, metrics, base, new } in flips {
            out.push_str(&format!("\n- {id}: {}\n", metrics.join(", ")));
            for (side, detail) in [("base", base), ("new", new)] {
                match detail {
                    Some(detail) => {
                        let json = serde_json::to_string_pretty(detail).unwrap_or_default();
                        out.push_str(&format!("  {side}: {}\n", json.replace('\n', "\n  ")));
                    }
                    None => out.push_str(&format!("  {side}: (a baseline keeps numbers only)\n")),
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::eval::report::{Draft, Scored};

    fn report(values: &[(&str, f64)]) -> Report {
        let scored = values
            .iter()
            .map(|(id, value)| Scored {
                id: (*id).to_owned(),
                values: vec![("answered".to_owned(), *value)],
                detail: json!({ "question": id, "value": value }),
                ..Scored::default()
            })
            .collect();
        let measures = BTreeMap::from([("answered".to_owned(), Measure::mean("answered"))]);
        Draft { task: "answers", dataset: "x".to_owned(), scored, measures, ..Draft::default() }.finish().unwrap()
    }

    #[test]
    fn what_flipped_is_shown_both_ways() {
        let base = report(&[("a", 1.0), ("b", 0.0), ("c", 1.0), ("gone", 1.0)]);
        let new = report(&[("c", 1.0), ("b", 1.0), ("a", 0.0), ("come", 0.0)]);
        let comparison = compare(&base, &new, 1).unwrap();
        assert_eq!(comparison.lost.iter().map(|flip| flip.id.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(comparison.won.iter().map(|flip| flip.id.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!(comparison.unpaired, 2);
        let delta = &comparison.metrics["answered"];
        assert_eq!((delta.delta, delta.n, delta.sure), (0.0, 3, false));
        let text = text(&comparison);
        assert!(
            text.contains("\"question\": \"a\"") && text.contains("1 cases are worse in something than before"),
            "{text}"
        );
    }

    #[test]
    fn a_change_that_every_case_shows_is_sure() {
        let ids: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        let all = |value| report(&ids.iter().map(|id| (id.as_str(), value)).collect::<Vec<_>>());
        let delta = compare(&all(0.0), &all(1.0), 1).unwrap().metrics["answered"].clone();
        assert_eq!((delta.delta, delta.low, delta.high, delta.sure), (1.0, 1.0, 1.0, true));
        // The same against itself moves nothing.
        let same = compare(&all(1.0), &all(1.0), 1).unwrap();
        assert!(!same.metrics["answered"].sure && same.lost.is_empty() && same.won.is_empty());
    }

    #[test]
    fn different_things_are_not_compared() {
        let base = report(&[("a", 1.0)]);
        let other = Report { task: "guards".to_owned(), ..base.clone() };
        assert!(matches!(compare(&base, &other, 1), Err(CompareError::Different { .. })));
        assert!(matches!(compare(&base, &report(&[("z", 1.0)]), 1), Err(CompareError::Nothing)));
    }
}
