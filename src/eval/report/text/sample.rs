//! Reports that tests render.

use std::collections::BTreeMap;

use serde_json::json;

use crate::eval::report::{Confusion, Crash, Failure, Plot, Report, Series, Timings};
use crate::eval::table::{Figure, Table};

/// A text that is an attack on a page, and wide.
pub(crate) const NASTY: &str = "返品は<script>alert('x')</script>\u{1b}[31m できますか & \u{7}\u{ffff}🙂?";

/// A number with an interval, on 20 cases.
pub(crate) fn figure(value: f64) -> Figure {
    Figure { value, n: 20, low: value * 0.5, high: value + (1.0 - value) * 0.5 }
}

/// Nothing but metrics, all 0.8.
pub(crate) fn with_metrics(task: &str, names: &[&str]) -> Report {
    Report {
        task: task.to_owned(),
        dataset: "small".to_owned(),
        foreign: false,
        config: json!({}),
        metrics: names.iter().map(|name| ((*name).to_owned(), figure(0.8))).collect(),
        failures: Vec::new(),
        crashed: Vec::new(),
        notes: Vec::new(),
        confusion: None,
        plots: Vec::new(),
        measures: BTreeMap::new(),
        cases: Table::default(),
        details: BTreeMap::new(),
        rankings: BTreeMap::new(),
        timings: None,
    }
}

/// Three cases, the second failed, and one crashed; with everything a report can have.
pub(crate) fn full(task: &str, dataset: &str, foreign: bool) -> Report {
    let mut cases = Table::default();
    for (id, right) in [("q-1", 1.0), ("q-2", 0.0), ("q-3", 1.0)] {
        cases.push(id, [("right".to_owned(), right)]);
    }
    let mut confusion = Confusion::default();
    for (expected, got) in [("answer", "answer"), ("answer", "<hand over>"), ("hand over", "answer")] {
        confusion.count(expected, got);
    }
    let detail = json!({
        "question": NASTY,
        "expected": ["ja-returns"],
        "got": "ja-refunds",
        "answer": "",
        "passages": [
            {"title": "返品の手順", "text": "三十日以内です。", "score": 0.91, "id": "ja-returns#2"},
            "a bare passage",
        ],
        "verdicts": {"cites": false, "language": "ja"},
        "trace": {"legs": [1, 2]},
    });
    let series = |name: &str, points: &[(f64, f64)]| Series { name: name.to_owned(), points: points.to_vec() };
    Report {
        dataset: dataset.to_owned(),
        foreign,
        config: json!({"seed": 7, "model": {"name": "e5-small", "digest": "ab12"}, "legs": ["dense", "lexical"]}),
        failures: vec![Failure {
            id: "q-2".to_owned(),
            why: vec!["ja-returns was not found".to_owned(), NASTY.to_owned()],
            detail,
        }],
        crashed: vec![Crash { id: "q-4".to_owned(), error: "timeout <of> 5 s".to_owned() }],
        notes: vec!["2 assertions & more could not be scored".to_owned()],
        confusion: Some(confusion),
        plots: vec![Plot {
            title: "Risk & coverage".to_owned(),
            x: "coverage".to_owned(),
            y: "risk".to_owned(),
            series: vec![
                series("dense <1>", &[(0.25, 0.0), (0.75, 0.3), (1.0, 0.5)]),
                series("日本語", &[(0.5, 0.1), (1.0, f64::NAN)]),
            ],
        }],
        cases,
        timings: Timings::of(vec![12.0, 250.0, 31.5]),
        ..with_metrics(task, &["recall@5", "recall@10", "dense.recall@5", "dense.recall@10", "auroc"])
    }
}
