//! What the search finds: recall, reciprocal rank, nDCG and hits, fused and of each leg.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;

use super::{Examination, flag, languages, mark, parts, with_parts};
use crate::answer::{Citation, LegScore, Legs};
use crate::eval::assistant::{Assistant, Wanted};
use crate::eval::dataset::answers::Sample;
use crate::eval::dataset::beir::Query;
use crate::eval::metrics::{Grades, hit_at, ndcg_at, recall_at, reciprocal_rank_at};
use crate::eval::report::{Plot, Report, Scored, Series};
use crate::eval::table::{Measure, Table};
use crate::language::Lang;
use crate::passages::Audience;

/// Positions that a curve of recall is drawn at.
const CURVE: [usize; 7] = [1, 2, 3, 5, 10, 20, 50];
/// Of a ranking, so much is kept for a run file.
const KEPT: usize = 100;
/// Of a ranking, so much is shown with a failure.
const SHOWN: usize = 5;

/// One question with what was judged.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its language.
    pub lang: Option<Lang>,
    /// Who asks, where it is not a customer.
    pub audiences: Vec<Audience>,
    /// Documents or articles by grade.
    pub grades: Grades<String>,
    /// Articles of which any will do: each is counted as the one it maps to.
    pub alike: HashMap<String, String>,
}

impl From<&Query> for Case {
    fn from(query: &Query) -> Self {
        Self {
            id: query.id.clone(),
            text: query.text.clone(),
            lang: Some(query.lang.clone()),
            audiences: Vec::new(),
            grades: query.grades.clone(),
            alike: HashMap::new(),
        }
    }
}

impl Case {
    /// Of a question that names its articles; `None` of one that names none, or that makes no sense alone.
    pub fn of(sample: &Sample) -> Option<Self> {
        let mut alike = HashMap::new();
        let mut grades: Grades<String> = Grades::new();
        for any in &sample.expect.must_cite {
            let Some(first) = any.each().next() else { continue };
            grades.insert(first.to_owned(), 1);
            alike.extend(any.each().map(|id| (id.to_owned(), first.to_owned())));
        }
        let alone = sample.context.is_empty() && !grades.is_empty();
        alone.then(|| Self {
            id: sample.id.clone(),
            text: sample.user_input.clone(),
            // Not `sample.lang`: the service is not told it either.
            lang: None,
            audiences: sample.audience.iter().cloned().map(Audience).collect(),
            grades,
            alike,
        })
    }
}

/// One way of finding: its prefix in the names of metrics, and its rank and score for a hit.
type Way = (&'static str, Option<fn(&Legs) -> Option<LegScore>>);

const WAYS: [Way; 4] =
    [("", None), ("dense.", Some(|l| l.dense)), ("question.", Some(|l| l.question)), ("lexical.", Some(|l| l.lexical))];

/// Of what was found, best first, against what was judged.
type Figure = fn(&[String], &Grades<String>) -> f64;

/// The figures of a ranking.
const FIGURES: [(&str, Figure); 6] = [
    ("recall@1", |r, g| recall_at(r, g, 1)),
    ("recall@5", |r, g| recall_at(r, g, 5)),
    ("recall@10", |r, g| recall_at(r, g, 10)),
    ("mrr@10", |r, g| reciprocal_rank_at(r, g, 10)),
    ("ndcg@10", |r, g| ndcg_at(r, g, 10)),
    ("hit@1", |r, g| hit_at(r, g, 1)),
];

/// Scores retrieval.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(
    examination: &Examination<'_>,
    assistant: &dyn Assistant,
    cases: &[Case],
    langs: &[Lang],
) -> anyhow::Result<Report> {
    let named = languages(langs.iter());
    let work = |at: usize| {
        let named = &named;
        async move {
            let (Some(case), Some(lang)) = (cases.get(at), langs.get(at)) else { anyhow::bail!("no such case") };
            let wanted = Wanted { text: case.text.clone(), lang: case.lang.clone(), audiences: case.audiences.clone() };
            let hits = assistant.search(&wanted).await?;
            let mut scored = score(case, &hits);
            if named.contains(lang) {
                scored.values.push((mark(lang.as_str()), 1.0));
            }
            Ok(scored)
        }
    };
    examination.report("retrieval", cases, |case| &case.id, work, |table| (measures(table), plots(table))).await
}

fn score(case: &Case, hits: &[Citation]) -> Scored {
    let mut values = Vec::new();
    for (prefix, leg) in WAYS {
        let ranked = ranking(hits, leg, &case.alike);
        values.push((format!("{prefix}found"), flag(!ranked.is_empty())));
        for (name, figure) in FIGURES {
            values.push((format!("{prefix}{name}"), figure(&ranked, &case.grades)));
        }
    }
    let fused = ranking(hits, None, &case.alike);
    for k in CURVE {
        values.push((format!("curve.{k}"), recall_at(&fused, &case.grades, k)));
    }
    let right: Vec<&String> = case.grades.iter().filter(|(_, grade)| **grade > 0).map(|(id, _)| id).collect();
    let mut why = Vec::new();
    if hit_at(&fused, &case.grades, 10) == 0.0 {
        let first = fused.first().map_or("nothing", String::as_str);
        why.push(format!("not among the first ten: {}; first is {first}", join(&right)));
    }
    let passage = |hit: &Citation| {
        // The words matter where something went wrong, and are many times the size of all else.
        let text = (!why.is_empty()).then_some(&hit.quote);
        json!({ "article": hit.article_id, "title": hit.title, "score": super::round(f64::from(hit.score)), "text": text })
    };
    let passages: Vec<_> = hits.iter().take(SHOWN).map(passage).collect();
    let mut seen = HashSet::new();
    let kept = hits.iter().filter(|hit| seen.insert(&hit.article_id)).take(KEPT);
    Scored {
        id: case.id.clone(),
        values,
        why,
        detail: json!({ "question": case.text, "expected": sorted(right), "passages": passages }),
        ranking: kept.map(|hit| (hit.article_id.0.clone(), hit.score)).collect(),
        ..Scored::default()
    }
}

/// What was found, each article once, best first: fused as it came, a leg by its own scores.
fn ranking(
    hits: &[Citation],
    leg: Option<fn(&Legs) -> Option<LegScore>>,
    alike: &HashMap<String, String>,
) -> Vec<String> {
    let mut found: Vec<(&Citation, f32)> = match leg {
        None => hits.iter().map(|hit| (hit, 0.0)).collect(),
        Some(leg) => hits.iter().filter_map(|hit| leg(&hit.legs).map(|place| (hit, place.score))).collect(),
    };
    // Stable, so equal scores stay in the fused order; by score and not by rank, because another language's ranks begin at 1 too.
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut seen = HashSet::new();
    let name = |hit: &Citation| alike.get(&hit.article_id.0).unwrap_or(&hit.article_id.0).clone();
    found.iter().map(|(hit, _)| name(hit)).filter(|name| seen.insert(name.clone())).collect()
}

fn sorted(mut ids: Vec<&String>) -> Vec<&String> {
    ids.sort();
    ids
}

fn join(ids: &[&String]) -> String {
    sorted(ids.to_vec()).into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let parts = parts(table);
    let mut measures = BTreeMap::new();
    for (prefix, leg) in WAYS {
        // A leg that never finds anything, as that of titles in a set without titles, is absent and not bad.
        let found = table.columns.get(&format!("{prefix}found"));
        if leg.is_some() && found.is_none_or(|column| column.iter().flatten().all(|found| *found == 0.0)) {
            continue;
        }
        for (name, _) in FIGURES {
            let name = format!("{prefix}{name}");
            let parts = if leg.is_none() { parts.as_slice() } else { &[] };
            with_parts(&mut measures, &name, Measure::mean(&name), parts);
        }
    }
    measures
}

fn plots(table: &Table) -> Vec<Plot> {
    let parts = parts(table);
    let all = std::iter::once(None).chain(parts.iter().map(|part| Some(part.as_str())));
    let series = |part: Option<&str>| {
        let point = |k: usize| {
            let measure = Measure::mean(format!("curve.{k}"));
            let measure = if let Some(part) = part { measure.within(mark(part)) } else { measure };
            #[expect(clippy::cast_precision_loss, reason = "positions are small")]
            let x = k as f64;
            measure.value(table, &measure.rows(table)).map(|recall| (x, recall))
        };
        let points: Vec<(f64, f64)> = CURVE.into_iter().filter_map(point).collect();
        Series { name: part.unwrap_or("all").to_owned(), points }
    };
    vec![Plot {
        title: "Recall among the first k".to_owned(),
        x: "k".to_owned(),
        y: "recall@k".to_owned(),
        series: all.map(series).collect(),
    }]
}
