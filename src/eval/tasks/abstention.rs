//! Knowing what one does not know: questions with and without an answer, and what is answered of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Examination, came, curves, flag, languages, mark, parts, shown, significant, took, with_parts};
use crate::eval::assistant::{Assistant, Opening};
use crate::eval::dataset::abstention::{Question, document_id};
use crate::eval::dataset::answers::Sample;
use crate::eval::report::{Plot, Report, Scored};
use crate::eval::stats::risk_coverage;
use crate::eval::table::{Measure, Statistic, Table};
use crate::language::Lang;
use crate::passages::{ArticleId, Audience};

/// A question.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its language, for the figures.
    pub lang: Lang,
    /// How the conversation begins.
    pub opening: Opening,
    /// Whether there is an answer to be given.
    pub answerable: bool,
    /// It is near the articles' subjects, and still has no answer in them.
    pub near_miss: bool,
}

impl From<&Question> for Case {
    fn from(question: &Question) -> Self {
        let within = question.passages.iter().map(|passage| ArticleId(document_id(question, passage))).collect();
        Self {
            id: question.id.clone(),
            text: question.question.clone(),
            lang: question.lang.clone(),
            opening: Opening { locale: Some(question.lang.clone()), within: Some(within), ..Opening::default() },
            answerable: question.answerable,
            near_miss: false,
        }
    }
}

impl Case {
    /// Of a question over the articles; `None` of one that a person must or may take.
    pub fn of(sample: &Sample, lang: &Lang) -> Option<Self> {
        let alone = sample.context.is_empty() && !sample.must_handoff() && !sample.may_handoff();
        alone.then(|| Self {
            id: sample.id.clone(),
            text: sample.user_input.clone(),
            lang: lang.clone(),
            opening: Opening {
                audiences: sample.audience.iter().cloned().map(Audience).collect(),
                ..Opening::default()
            },
            answerable: sample.answerable(),
            near_miss: sample.tags.iter().any(|tag| tag == "near_miss"),
        })
    }
}

/// Scores abstention.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(examination: &Examination<'_>, assistant: &dyn Assistant, cases: &[Case]) -> anyhow::Result<Report> {
    let named = languages(cases.iter().map(|case| &case.lang));
    let work = |at: usize| {
        let named = &named;
        async move {
            let Some(case) = cases.get(at) else { anyhow::bail!("no such case") };
            let mut session = assistant.open(&case.opening).await?;
            let reply = session.say(&case.text).await?;
            let confidence = reply.as_ref().map_or(0.0, |reply| f64::from(reply.confidence));
            let mut scored = score(case, &came(reply.as_ref()), confidence, shown(reply.as_ref()));
            scored.took_ms = took(reply.as_ref());
            if named.contains(&case.lang) {
                scored.values.push((mark(case.lang.as_str()), 1.0));
            }
            Ok(scored)
        }
    };
    examination.report("abstention", cases, |case| &case.id, work, |table| (measures(table), plots(table))).await
}

fn score(case: &Case, came: &str, confidence: f64, got: Value) -> Scored {
    let answered = came == "answer";
    let mut values = vec![
        ("taken".to_owned(), flag(answered)),
        ("taken_rightly".to_owned(), flag(answered && case.answerable)),
        ("confidence".to_owned(), significant(confidence)),
        ("unanswerable".to_owned(), flag(!case.answerable)),
    ];
    match case.answerable {
        true => values.push(("answered".to_owned(), flag(answered))),
        false => values.push(("abstained".to_owned(), flag(came == "abstain"))),
    }
    if case.near_miss {
        values.push(("near_miss".to_owned(), flag(came == "abstain")));
    }
    let why = match (case.answerable, came) {
        (true, "answer") | (false, "abstain") => Vec::new(),
        (true, _) => vec![format!("has an answer, but came to: {came}")],
        (false, "answer") => vec!["answered, though the passages do not hold the answer".to_owned()],
        (false, _) => vec![format!("the passages do not hold the answer, but it came to: {came}")],
    };
    let expected = if case.answerable { "answer" } else { "abstain" };
    Scored {
        id: case.id.clone(),
        values,
        why,
        detail: json!({ "question": case.text, "expected": expected, "got": got }),
        confusion: vec![(expected.to_owned(), came.to_owned())],
        ..Scored::default()
    }
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let parts = parts(table);
    let mut measures = BTreeMap::new();
    let aurc = Statistic::Aurc { confidence: "confidence".to_owned(), wrong: "unanswerable".to_owned() };
    let mut add = |name: &str, measure: Measure| with_parts(&mut measures, name, measure, &parts);
    add("coverage", Measure::mean("taken"));
    add("accuracy", Measure::ratio("taken_rightly", "taken"));
    add("aurc", Measure::of(aurc));
    add("answered", Measure::mean("answered"));
    add("abstained", Measure::mean("abstained"));
    add("abstained.near_miss", Measure::mean("near_miss"));
    measures
}

fn plots(table: &Table) -> Vec<Plot> {
    vec![Plot {
        title: "Risk and coverage".to_owned(),
        x: "coverage: share answered, surest first".to_owned(),
        y: "risk: share of those without an answer".to_owned(),
        series: curves(&parts(table), table, ("confidence", "unanswerable"), risk_coverage),
    }]
}
