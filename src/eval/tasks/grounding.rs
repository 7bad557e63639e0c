//! The verifier: does it tell what a source supports from what it does not?

use std::collections::BTreeMap;

use serde_json::json;

use super::{Examination, curves, flag, languages, mark, parts, with_parts};
use crate::answer::{Claim, Support, Verdict};
use crate::eval::dataset::grounding::{Label, Pair};
use crate::eval::report::{Plot, Report, Scored};
use crate::eval::stats::precision_recall;
use crate::eval::table::{Measure, Statistic, Table};

/// Scores a verifier. Precision and recall are those of *supported* at `threshold`: of what would be shown, how much is right; of what
/// is right, how much would be shown.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(
    examination: &Examination<'_>,
    verifier: &dyn Support,
    threshold: f32,
    pairs: &[Pair],
) -> anyhow::Result<Report> {
    let named = languages(pairs.iter().map(|pair| &pair.lang));
    let work = |at: usize| {
        let named = &named;
        async move {
            let Some(pair) = pairs.get(at) else { anyhow::bail!("no such case") };
            let claim = Claim::new(&pair.context, &pair.answer, &pair.lang).asked(pair.question.as_deref());
            let mut scored = score(pair, &verifier.support(&claim).await, threshold);
            if named.contains(&pair.lang) {
                scored.values.push((mark(pair.lang.as_str()), 1.0));
            }
            Ok(scored)
        }
    };
    examination.report("grounding", pairs, |pair| &pair.id, work, |table| (measures(table), plots(table))).await
}

fn score(pair: &Pair, verdict: &Verdict, threshold: f32) -> Scored {
    let support = verdict.support;
    let (actual, predicted) = (pair.label == Label::Supported, support >= threshold);
    let why = match (actual, predicted) {
        (false, true) => vec!["passed, though the source does not support it".to_owned()],
        (true, false) => vec!["withheld, though the source supports it".to_owned()],
        _ => Vec::new(),
    };
    let label = |supported: bool| if supported { "supported" } else { "unsupported" }.to_owned();
    Scored {
        id: pair.id.clone(),
        values: vec![
            ("score".to_owned(), super::round(f64::from(support))),
            ("supported".to_owned(), flag(actual)),
            ("predicted".to_owned(), flag(predicted)),
            ("hits".to_owned(), flag(actual && predicted)),
        ],
        why,
        detail: json!({
            "question": pair.question, "passages": [pair.context], "answer": pair.answer, "expected": pair.label,
            "kind": pair.kind, "verdicts": { "verifier": verdict, "threshold": threshold },
        }),
        confusion: vec![(label(actual), label(predicted))],
        ..Scored::default()
    }
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let parts = parts(table);
    let mut measures = BTreeMap::new();
    let auroc = Statistic::Auroc { score: "score".to_owned(), label: "supported".to_owned() };
    let f1 =
        Statistic::F1 { hits: "hits".to_owned(), predicted: "predicted".to_owned(), actual: "supported".to_owned() };
    with_parts(&mut measures, "auroc", Measure::of(auroc), &parts);
    with_parts(&mut measures, "precision", Measure::ratio("hits", "predicted"), &parts);
    with_parts(&mut measures, "recall", Measure::ratio("hits", "supported"), &parts);
    with_parts(&mut measures, "f1", Measure::of(f1), &parts);
    measures
}

fn plots(table: &Table) -> Vec<Plot> {
    vec![Plot {
        title: "Precision and recall of the verifier".to_owned(),
        x: "recall".to_owned(),
        y: "precision".to_owned(),
        series: curves(&parts(table), table, ("score", "supported"), precision_recall),
    }]
}
