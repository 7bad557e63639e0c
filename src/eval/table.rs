//! What was scored, case by case, and the statistics over it: a report and a comparison reckon from the same table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::stats::{self, aurc, auroc, bootstrap, count, kappa, wilson};

/// Numbers by case: one row a case, in the dataset's order, and one column a measure. A case of which a measure says nothing has
/// no number in its column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The cases.
    pub ids: Vec<String>,
    /// By name; each as long as `ids`.
    pub columns: BTreeMap<String, Vec<Option<f64>>>,
}

impl Table {
    /// Adds a case with its numbers.
    pub fn push(&mut self, id: &str, values: impl IntoIterator<Item = (String, f64)>) {
        let row = self.ids.len();
        self.ids.push(id.to_owned());
        for (name, value) in values.into_iter().filter(|(_, value)| value.is_finite()) {
            let column = self.columns.entry(name).or_default();
            column.resize(row, None);
            column.push(Some(value));
        }
        self.columns.values_mut().for_each(|column| column.resize(row + 1, None));
    }

    /// One number.
    pub fn value(&self, column: &str, row: usize) -> Option<f64> {
        *self.columns.get(column)?.get(row)?
    }
}

/// What is reckoned from a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// How.
    #[serde(flatten)]
    pub statistic: Statistic,
    /// Only over cases where this column is above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// How a measure is reckoned; the names are of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "statistic", rename_all = "snake_case")]
pub enum Statistic {
    /// The mean of the numbers there are.
    Mean {
        /// Of these.
        of: String,
    },
    /// A sum over a sum: precision, recall.
    Ratio {
        /// What is counted.
        of: String,
        /// Of so many.
        over: String,
    },
    /// Harmonic mean of precision and recall: `2·hits / (predicted + actual)`.
    F1 {
        /// Rightly predicted.
        hits: String,
        /// All predicted.
        predicted: String,
        /// All there were.
        actual: String,
    },
    /// Area under the ROC curve.
    Auroc {
        /// Higher means rather right.
        score: String,
        /// Above 0: right.
        label: String,
    },
    /// Area under the risk–coverage curve.
    Aurc {
        /// Higher is answered sooner.
        confidence: String,
        /// Above 0: an error if answered.
        wrong: String,
    },
    /// Cohen's kappa: how far two who labelled the same cases agree beyond chance. 1 is always, 0 no more than by chance; not
    /// defined where both gave all cases one label.
    Kappa {
        /// The one's labels, as numbers.
        a: String,
        /// The other's.
        b: String,
    },
}

/// A measured number with the number of cases it rests on and a 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Cases it rests on.
    pub n: usize,
    /// Lower end: Wilson's for rates, else bootstrapped.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Decimals that figures are reported with: more than matter, and few enough that the last bit of a sum does not show.
const DECIMALS: f64 = 1e6;

impl Measure {
    /// The mean of a column.
    pub fn mean(of: impl Into<String>) -> Self {
        Self { statistic: Statistic::Mean { of: of.into() }, within: None }
    }

    /// A sum over a sum.
    pub fn ratio(of: impl Into<String>, over: impl Into<String>) -> Self {
        Self { statistic: Statistic::Ratio { of: of.into(), over: over.into() }, within: None }
    }

    /// Any statistic.
    pub fn of(statistic: Statistic) -> Self {
        Self { statistic, within: None }
    }

    /// The same over the cases where `column` is above 0.
    pub fn within(mut self, column: impl Into<String>) -> Self {
        self.within = Some(column.into());
        self
    }

    /// The rows that it says something about.
    pub fn rows(&self, table: &Table) -> Vec<usize> {
        let inside = |row: &usize| match &self.within {
            Some(column) => table.value(column, *row).is_some_and(|value| value > 0.0),
            None => true,
        };
        let needed: Vec<&String> = match &self.statistic {
            Statistic::Mean { of } => vec![of],
            Statistic::Ratio { of, over } => vec![of, over],
            Statistic::F1 { hits, predicted, actual } => vec![hits, predicted, actual],
            Statistic::Auroc { score, label } => vec![score, label],
            Statistic::Aurc { confidence, wrong } => vec![confidence, wrong],
            Statistic::Kappa { a, b } => vec![a, b],
        };
        let whole = |row: &usize| needed.iter().all(|column| table.value(column, *row).is_some());
        (0..table.ids.len()).filter(inside).filter(whole).collect()
    }

    /// The number over `rows` (which may repeat); `None` where it is not defined.
    pub fn value(&self, table: &Table, rows: &[usize]) -> Option<f64> {
        let sum = |column: &str| rows.iter().filter_map(|row| table.value(column, *row)).sum::<f64>();
        let pairs = |a: &str, b: &str| -> Vec<(f64, bool)> {
            let pair = |row: &usize| Some((table.value(a, *row)?, table.value(b, *row)? > 0.0));
            rows.iter().filter_map(pair).collect()
        };
        let over = |a: f64, b: f64| (b > 0.0).then(|| a / b);
        match &self.statistic {
            Statistic::Mean { of } => over(sum(of), count(rows.len())),
            Statistic::Ratio { of, over: all } => over(sum(of), sum(all)),
            Statistic::F1 { hits, predicted, actual } => over(2.0 * sum(hits), sum(predicted) + sum(actual)),
            Statistic::Auroc { score, label } => auroc(&pairs(score, label)),
            Statistic::Aurc { confidence, wrong } => aurc(&pairs(confidence, wrong)),
            Statistic::Kappa { a, b } => {
                let labels = |row: &usize| Some((table.value(a, *row)?, table.value(b, *row)?));
                kappa(&rows.iter().filter_map(labels).collect::<Vec<_>>())
            }
        }
    }

    /// The number with its interval; `None` if nothing was scored.
    pub fn figure(&self, table: &Table, seed: u64) -> Option<Figure> {
        let rows = self.rows(table);
        let value = self.value(table, &rows)?;
        let rate = self.rate(table, &rows);
        let n = rate.map_or(rows.len(), |(_, n)| n);
        let (low, high) = match rate {
            Some((successes, n)) => wilson(successes, n),
            None => {
                let drawn = |draw: &[usize]| {
                    let rows: Vec<usize> = draw.iter().map(|at| rows[*at]).collect();
                    self.value(table, &rows)
                };
                bootstrap(rows.len(), seed, drawn)?
            }
        };
        let round = |x: f64| (x * DECIMALS).round() / DECIMALS;
        Some(Figure { value: round(value), n, low: round(low.min(value)), high: round(high.max(value)) })
    }

    /// Successes and trials, if the measure is a share of cases.
    fn rate(&self, table: &Table, rows: &[usize]) -> Option<(usize, usize)> {
        let whole = |column: &str| {
            let bits: Option<Vec<bool>> = rows.iter().map(|row| bit(table.value(column, *row)?)).collect();
            bits.map(|bits| bits.into_iter().filter(|bit| *bit).count())
        };
        match &self.statistic {
            Statistic::Mean { of } => Some((whole(of)?, rows.len())),
            Statistic::Ratio { of, over } => {
                // A share only if what is counted is a part of what it is counted of.
                let part = |row: &usize| table.value(of, *row) <= table.value(over, *row);
                rows.iter().all(part).then_some(())?;
                Some((whole(of)?, whole(over)?))
            }
            _ => None,
        }
    }
}

fn bit(value: f64) -> Option<bool> {
    match value {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

/// Every figure of a table, by name; what was not scored is left out. The seed of each is its own, so that adding a measure does
/// not move the others.
pub fn figures(table: &Table, measures: &BTreeMap<String, Measure>, seed: u64) -> BTreeMap<String, Figure> {
    let figure =
        |(name, measure): (&String, &Measure)| Some((name.clone(), measure.figure(table, seed ^ name_seed(name))?));
    measures.iter().filter_map(figure).collect()
}

/// A seed from a name.
pub(super) fn name_seed(name: &str) -> u64 {
    let digest = blake3::hash(name.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

/// The quantiles that latency is told by.
pub fn quantiles(mut values: Vec<f64>) -> Option<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    let at = |share| stats::quantile(&values, share);
    Some([at(0.5)?, at(0.9)?, at(0.99)?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(rows: &[(&str, &[(&str, f64)])]) -> Table {
        let mut table = Table::default();
        for (id, values) in rows {
            table.push(id, values.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        }
        table
    }

    #[test]
    fn columns_stay_as_long_as_the_table() {
        let table = table(&[("a", &[("x", 1.0)]), ("b", &[("y", 2.0)]), ("c", &[("x", 3.0), ("y", 4.0)])]);
        assert_eq!(table.columns["x"], [Some(1.0), None, Some(3.0)]);
        assert_eq!(table.columns["y"], [None, Some(2.0), Some(4.0)]);
    }

    #[test]
    fn a_mean_is_of_the_cases_that_have_the_number() {
        let table = table(&[("a", &[("x", 1.0)]), ("b", &[]), ("c", &[("x", 0.0)])]);
        let figure = Measure::mean("x").figure(&table, 1).unwrap();
        assert_eq!((figure.value, figure.n), (0.5, 2));
        assert!(figure.low < 0.1 && figure.high > 0.9, "two cases say little: {figure:?}");
        assert_eq!(Measure::mean("nothing").figure(&table, 1), None);
    }

    #[test]
    fn precision_and_recall_are_sums_over_sums() {
        let table = table(&[
            ("a", &[("hit", 1.0), ("predicted", 1.0), ("actual", 1.0)]),
            ("b", &[("hit", 0.0), ("predicted", 1.0), ("actual", 0.0)]),
            ("c", &[("hit", 0.0), ("predicted", 0.0), ("actual", 1.0)]),
        ]);
        assert_eq!(Measure::ratio("hit", "predicted").figure(&table, 1).unwrap().value, 0.5);
        assert_eq!(Measure::ratio("hit", "actual").figure(&table, 1).unwrap().value, 0.5);
        let f1 =
            Statistic::F1 { hits: "hit".to_owned(), predicted: "predicted".to_owned(), actual: "actual".to_owned() };
        assert_eq!(Measure::of(f1).figure(&table, 1).unwrap().value, 0.5);
        // Nothing predicted is no precision at all, and not a perfect one.
        let none = super::tests::table(&[("a", &[("hit", 0.0), ("predicted", 0.0)])]);
        assert_eq!(Measure::ratio("hit", "predicted").figure(&none, 1), None);
    }

    #[test]
    fn kappa_is_agreement_beyond_chance() {
        // Cohen's own example: 20 yes of both, 5 and 10 of one of them, 15 no of both.
        let mut table = Table::default();
        for (times, a, b) in [(20, 1.0, 1.0), (5, 1.0, 0.0), (10, 0.0, 1.0), (15, 0.0, 0.0)] {
            for _ in 0..times {
                table.push(&table.ids.len().to_string(), [("one".to_owned(), a), ("other".to_owned(), b)]);
            }
        }
        let kappa = |a: &str, b: &str| Measure::of(Statistic::Kappa { a: a.to_owned(), b: b.to_owned() });
        let figure = kappa("one", "other").figure(&table, 1).unwrap();
        assert_eq!((figure.value, figure.n), (0.4, 50));
        assert!(figure.low > 0.0 && figure.low < 0.3 && figure.high > 0.5 && figure.high < 0.8, "{figure:?}");
        assert_eq!(kappa("one", "one").figure(&table, 1).unwrap().value, 1.0);
        // One label for all: chance alone explains it. And a case that one of them did not label is no case.
        let table = super::tests::table(&[("a", &[("x", 1.0), ("y", 1.0)]), ("b", &[("x", 0.0)])]);
        assert_eq!(kappa("x", "y").figure(&table, 1), None);
    }

    #[test]
    fn a_part_of_the_table() {
        let table = table(&[("a", &[("x", 1.0), ("is.ja", 1.0)]), ("b", &[("x", 0.0)])]);
        assert_eq!(Measure::mean("x").within("is.ja").figure(&table, 1).unwrap().value, 1.0);
        assert_eq!(Measure::mean("x").within("is.ko").figure(&table, 1), None);
    }

    proptest! {
        #[test]
        fn a_figure_lies_in_its_interval(values in prop::collection::vec(0.0f64..=1.0, 1..40), seed in any::<u64>()) {
            let mut table = Table::default();
            for (n, value) in values.iter().enumerate() {
                table.push(&n.to_string(), [("x".to_owned(), *value)]);
            }
            let figure = Measure::mean("x").figure(&table, seed).unwrap();
            prop_assert!(figure.low <= figure.value && figure.value <= figure.high, "{figure:?}");
            prop_assert_eq!(figure.n, values.len());
            prop_assert_eq!(Some(figure), Measure::mean("x").figure(&table, seed));
        }
    }
}
