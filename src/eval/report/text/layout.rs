//! How metrics are laid out for a person: families of them as a matrix, the others as a list; and how numbers are written.

use std::collections::{BTreeMap, BTreeSet};

use crate::eval::report::Report;
use crate::eval::table::Figure;

/// The metrics of a report, each in one place.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Layout<'a> {
    /// Those that were measured in several ways (`recall@10`, `dense.recall@10`, `recall@10.ja`).
    pub(crate) matrix: Option<Matrix<'a>>,
    /// The others; names that begin alike stand together.
    pub(crate) list: Vec<(&'a str, &'a Figure)>,
}

/// Metrics by the way they were measured.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Matrix<'a> {
    /// Names of metrics, e.g. `recall@10`.
    pub(crate) columns: Vec<String>,
    /// One a leg, a language, or a leg in a language.
    pub(crate) rows: Vec<Row<'a>>,
}

/// A row of a matrix.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Row<'a> {
    /// What it is of.
    pub(crate) label: String,
    /// By column; what was not measured is `None`.
    pub(crate) cells: Vec<Option<&'a Figure>>,
}

/// Leg and part of the cases.
type Way<'a> = (Option<&'a str>, Option<&'a str>);

/// `leg.measure@k.part`, taken apart.
#[derive(Debug, PartialEq)]
struct Name<'a> {
    leg: Option<&'a str>,
    base: String,
    part: Option<&'a str>,
}

impl<'a> Layout<'a> {
    /// Lays out a report's metrics.
    pub(crate) fn of(report: &'a Report) -> Self {
        let matrix = Matrix::of(report);
        let placed = |name: &str| matrix.is_some() && Name::of(name).is_some();
        let mut list: Vec<(&str, &Figure)> = report
            .metrics
            .iter()
            .map(|(name, figure)| (name.as_str(), figure))
            .filter(|(name, _)| !placed(name))
            .collect();
        list.sort_by_key(|&(name, _)| (group(name), name));
        Self { matrix, list }
    }
}

impl<'a> Matrix<'a> {
    /// `None` where every metric was measured in one way only: a list then says the same with less.
    fn of(report: &'a Report) -> Option<Self> {
        let mut rows: BTreeMap<Way<'_>, BTreeMap<String, &'a Figure>> = BTreeMap::new();
        for (name, figure) in &report.metrics {
            if let Some(Name { leg, base, part }) = Name::of(name) {
                rows.entry((leg, part)).or_default().insert(base, figure);
            }
        }
        let names: BTreeSet<&String> = rows.values().flat_map(BTreeMap::keys).collect();
        let cells: usize = rows.values().map(BTreeMap::len).sum();
        if cells == names.len() {
            return None;
        }
        let mut columns: Vec<String> = names.into_iter().cloned().collect();
        columns.sort_by_cached_key(|name| natural(name));
        let whole =
            if report.task == "retrieval" && rows.keys().any(|(leg, _)| leg.is_some()) { "fused" } else { "all" };
        let label = |way: Way<'_>| match way {
            (None, None) => whole.to_owned(),
            (Some(leg), None) => leg.to_owned(),
            (None, Some(part)) => part.to_owned(),
            (Some(leg), Some(part)) => format!("{leg}, {part}"),
        };
        let row = |(way, figures): (&Way<'_>, &BTreeMap<String, &'a Figure>)| Row {
            label: label(*way),
            cells: columns.iter().map(|name| figures.get(name).copied()).collect(),
        };
        let rows = rows.iter().map(row).collect();
        Some(Self { columns, rows })
    }
}

impl Row<'_> {
    /// On how many cases it rests; from–to where its metrics differ in that.
    pub(crate) fn n(&self) -> String {
        let counts = || self.cells.iter().flatten().map(|figure| figure.n);
        match (counts().min(), counts().max()) {
            (Some(least), Some(most)) if least < most => format!("{least}–{most}"),
            (Some(n), _) => n.to_string(),
            (None, _) => String::new(),
        }
    }
}

impl<'a> Name<'a> {
    /// `None` if it is no measure at a cut-off.
    fn of(name: &'a str) -> Option<Self> {
        let (before, after) = name.split_once('@')?;
        let (leg, measure) = match before.rsplit_once('.') {
            Some((leg, measure)) => (Some(leg), measure),
            None => (None, before),
        };
        // The dot of `coverage@0.05` parts nothing off: what follows begins with a digit.
        let rest = |dot: usize| after.get(dot + 1..).filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        let tail = after.match_indices('.').find_map(|(dot, _)| Some((after.get(..dot)?, rest(dot)?)));
        let (cut, part) = match tail {
            Some((cut, part)) => (cut, Some(part)),
            None => (after, None),
        };
        Some(Self { leg, base: format!("{measure}@{cut}"), part })
    }
}

/// So that `recall@5` stands before `recall@10`.
fn natural(base: &str) -> (String, u64, String) {
    let (measure, cut) = base.split_once('@').unwrap_or((base, ""));
    (measure.to_owned(), cut.parse().unwrap_or(u64::MAX), base.to_owned())
}

fn group(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Somebody else's data first, else in the order given.
pub(crate) fn foreign_first(reports: &[Report]) -> Vec<&Report> {
    let mut ordered: Vec<&Report> = reports.iter().collect();
    ordered.sort_by_key(|report| !report.foreign);
    ordered
}

/// Three decimals; four significant digits above 10.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size <= 10.0 => 3,
        size if size < 100.0 => 2,
        size if size < 1000.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// From–to.
pub(crate) fn interval(figure: &Figure) -> String {
    format!("{}–{}", number(figure.low), number(figure.high))
}

/// From–to with two decimals, where there is little room.
pub(crate) fn short_interval(figure: &Figure) -> String {
    let short = |value: f64| if value.abs() <= 1.0 { format!("{value:.2}") } else { number(value) };
    format!("{}–{}", short(figure.low), short(figure.high))
}

/// A time.
pub(crate) fn millis(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.2} s", ms / 1000.0),
    }
}

/// `1 case`, `2 cases`.
pub(crate) fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::text::sample;

    #[test]
    fn names_are_taken_apart() {
        let name = |leg, base: &str, part| Some(Name { leg, base: base.to_owned(), part });
        assert_eq!(Name::of("recall@10"), name(None, "recall@10", None));
        assert_eq!(Name::of("dense.recall@10"), name(Some("dense"), "recall@10", None));
        assert_eq!(Name::of("recall@10.ja"), name(None, "recall@10", Some("ja")));
        assert_eq!(Name::of("dense.ndcg@10.zh-Hant"), name(Some("dense"), "ndcg@10", Some("zh-Hant")));
        assert_eq!(Name::of("coverage@0.05"), name(None, "coverage@0.05", None));
        assert_eq!(Name::of("coverage@0.05.ja"), name(None, "coverage@0.05", Some("ja")));
        assert_eq!(Name::of("recall@10.日本語"), name(None, "recall@10.日本語", None));
        assert_eq!(Name::of("accuracy.ja"), None);
        assert_eq!(Name::of(""), None);
        assert_eq!(Name::of("@"), name(None, "@", None));
    }

    #[test]
    fn families_become_a_matrix() {
        let report = sample::with_metrics(
            "retrieval",
            &[
                "recall@10",
                "recall@5",
                "dense.recall@10",
                "dense.recall@5",
                "recall@10.ja",
                "dense.recall@10.ja",
                "auroc",
            ],
        );
        let layout = Layout::of(&report);
        let matrix = layout.matrix.unwrap();
        assert_eq!(matrix.columns, ["recall@5", "recall@10"]);
        let labels: Vec<&str> = matrix.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["fused", "ja", "dense", "dense, ja"]);
        assert_eq!(matrix.rows[1].cells[0], None);
        assert_eq!(matrix.rows[1].cells[1], report.metrics.get("recall@10.ja"));
        assert_eq!(matrix.rows[0].n(), "20");
        let listed: Vec<&str> = layout.list.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, ["auroc"]);
    }

    #[test]
    fn what_was_measured_in_one_way_is_a_list() {
        let report = sample::with_metrics("retrieval", &["recall@10", "recall@5", "x.y@1"]);
        let layout = Layout::of(&report);
        assert_eq!(layout.matrix, None);
        assert_eq!(layout.list.len(), 3);
        assert_eq!(Layout::of(&sample::with_metrics("guards", &[])), Layout::default());
    }

    #[test]
    fn a_group_stays_together() {
        let report = sample::with_metrics("guards", &["f1", "f1-macro", "f1.ja", "f1_old"]);
        let listed: Vec<&str> = Layout::of(&report).list.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, ["f1", "f1.ja", "f1-macro", "f1_old"]);
    }

    #[test]
    fn numbers_are_as_long_as_they_say_something() {
        let written = [0.0, 0.81249, 1.0, 10.0, 12.347, 123.46, 1234.4].map(number);
        assert_eq!(written, ["0.000", "0.812", "1.000", "10.000", "12.35", "123.5", "1234"]);
        assert_eq!([3.21, 12.6, 1500.0].map(millis), ["3.2 ms", "13 ms", "1.50 s"]);
        assert_eq!(counted(1, "case"), "1 case");
        assert_eq!(counted(0, "case"), "0 cases");
    }
}
