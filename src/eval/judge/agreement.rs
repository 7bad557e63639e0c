//! How far a judge agrees with people: the same answers, labelled by hand and judged.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Criterion, Judge, JudgeVerdict, Question, Verdict};
use crate::eval::jsonl::{self, DatasetError};
use crate::eval::report::{Report, Scored};
use crate::eval::table::{Measure, Statistic, Table};
use crate::eval::tasks::Examination;
use crate::language::Lang;

/// An answer with what a person thinks of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// The question's language.
    pub lang: Lang,
    /// What it was labelled by.
    pub criterion: Criterion,
    /// What the customer asked.
    pub question: String,
    /// What is known to be right; correctness needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What was answered.
    pub answer: String,
    /// Whether that will do.
    pub label: Verdict,
}

/// Reads a file.
///
/// # Errors
/// Names the line at fault.
pub fn read(path: &Path) -> Result<Vec<Row>, DatasetError> {
    let rows = jsonl::lines::<Row>(path)?;
    jsonl::unique(path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    let bare = |row: &Row| row.criterion.needs_reference() && row.reference.as_deref().unwrap_or_default().is_empty();
    if let Some((line, row)) = rows.iter().find(|(_, row)| bare(row)) {
        let problem = format!("{:?} has no reference, and {} is judged against one", row.id, row.criterion.as_str());
        return Err(DatasetError::Line { path: path.to_owned(), line: *line, problem });
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Judges every row and compares.
///
/// # Errors
/// When nothing could be judged.
pub async fn run(examination: &Examination<'_>, judge: &Judge, rows: &[Row]) -> anyhow::Result<Report> {
    let work = |at: usize| async move {
        let Some(row) = rows.get(at) else { anyhow::bail!("no such case") };
        let question = Question {
            lang: &row.lang,
            question: &row.question,
            reference: row.reference.as_deref(),
            answer: &row.answer,
        };
        let verdict = judge.verdict(row.criterion, &question).await;
        // A model that is not there says nothing about how well it judges.
        if !verdict.votes.iter().any(|vote| vote.answered) {
            anyhow::bail!("{}", reasons(&verdict, Verdict::Fail));
        }
        Ok(score(row, &verdict))
    };
    examination.report("judge-agreement", rows, |row| &row.id, work, |table| (measures(table), Vec::new())).await
}

/// Scores one row. Pure: the same verdict has the same score.
pub fn score(row: &Row, verdict: &JudgeVerdict) -> Scored {
    let (label, judged) = (row.label, verdict.verdict());
    let (said, found) = (label.as_str().to_owned(), judged.as_str().to_owned());
    let why = match label == judged {
        true => Vec::new(),
        false => vec![format!("labelled {said}, judged {found}: {}", reasons(verdict, judged))],
    };
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let values = [
        ("label", f64::from(label == Verdict::Pass)),
        ("judged", f64::from(judged == Verdict::Pass)),
        ("agreed", f64::from(label == judged)),
        ("votes", number(verdict.votes.len())),
        ("parsed", number(verdict.parsed())),
    ];
    let parts = [row.criterion.as_str(), row.lang.as_str()].map(|part| (format!("is.{part}"), 1.0));
    Scored {
        id: row.id.clone(),
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(parts).collect(),
        why,
        detail: json!({
            "question": row.question, "answer": row.answer, "reference": row.reference, "expected": label,
            "criterion": row.criterion, "verdicts": { "judge": verdict },
        }),
        confusion: vec![(said, found)],
        ..Scored::default()
    }
}

/// Why those who voted so did.
fn reasons(verdict: &JudgeVerdict, so: Verdict) -> String {
    let votes = verdict.votes.iter().filter(|vote| vote.verdict == so);
    votes.map(|vote| vote.reason.as_str()).collect::<Vec<_>>().join(" / ")
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let kappa = || Measure::of(Statistic::Kappa { a: "label".to_owned(), b: "judged".to_owned() });
    let parts = table.columns.keys().filter_map(|column| Some((column, column.strip_prefix("is.")?)));
    let mut measures: BTreeMap<String, Measure> =
        parts.map(|(column, part)| (format!("kappa.{part}"), kappa().within(column))).collect();
    measures.insert("kappa".to_owned(), kappa());
    measures.insert("agreement".to_owned(), Measure::mean("agreed"));
    measures.insert("parsed".to_owned(), Measure::ratio("parsed", "votes"));
    measures
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::eval::run::RunOptions;
    use crate::llm::ChatError;
    use crate::llm::scripted::ScriptedChat;

    fn row(id: &str, lang: Lang, criterion: Criterion, answer: &str, label: Verdict) -> Row {
        let reference = Some("14 days.".to_owned());
        Row {
            id: id.to_owned(),
            lang,
            criterion,
            question: "How long?".to_owned(),
            reference,
            answer: answer.to_owned(),
            label,
        }
    }

    fn rows() -> Vec<Row> {
        use Criterion::{Correctness, Helpfulness};
        use Verdict::{Fail, Pass};
        vec![
            row("a", Lang::EN, Correctness, "good", Pass),
            row("b", Lang::EN, Helpfulness, "bad", Fail),
            row("c", Lang::JA, Correctness, "bad", Pass),
            row("d", Lang::JA, Helpfulness, "mumble", Fail),
        ]
    }

    /// Passes what says "good", cannot make anything of what mumbles, and fails the rest.
    fn plain() -> ScriptedChat {
        ScriptedChat::answering(|request| {
            let answer = |word: &str| request.user.contains(&format!("\n{word}\n"));
            let reply = if answer("good") {
                r#"{"reason": "fine", "verdict": "pass"}"#
            } else if answer("mumble") {
                "mumble"
            } else {
                r#"{"reason": "no good", "verdict": "fail"}"#
            };
            Ok(reply.to_owned())
        })
    }

    async fn examine(chat: ScriptedChat, rows: &[Row]) -> anyhow::Result<Report> {
        let options =
            RunOptions { jobs: 2, seed: 1, limit: None, journals: None, fresh: false, program: String::new() };
        let examination = Examination {
            dataset: "agreement",
            digest: "0",
            foreign: false,
            config: &Value::Null,
            options: &options,
            progress: &|_, _| {},
            notes: &[],
        };
        run(&examination, &Judge::new(Arc::new(chat), 3, 1)?, rows).await
    }

    #[tokio::test]
    async fn agreement_is_reckoned_over_all_and_by_part() {
        let report = examine(plain(), &rows()).await.unwrap();
        let value = |name: &str| report.metrics.get(name).map(|figure| (figure.value, figure.n));
        // Three of four agree; by chance it would have been half of them.
        assert_eq!(value("agreement"), Some((0.75, 4)));
        assert_eq!(value("kappa"), Some((0.5, 4)));
        assert_eq!(value("kappa.en"), Some((1.0, 2)));
        assert_eq!(value("kappa.ja"), Some((0.0, 2)));
        assert_eq!(value("kappa.helpfulness"), None, "one label only: there is nothing to agree on");
        assert_eq!(value("parsed"), Some((0.75, 4)), "the three votes on d");
        let agreement = report.metrics["agreement"];
        assert!(agreement.low < 0.4 && agreement.high > 0.9, "four rows say little: {agreement:?}");
        let wrong: Vec<(&str, &str)> = report.failures.iter().map(|f| (f.id.as_str(), f.why[0].as_str())).collect();
        assert_eq!(wrong, [("c", "labelled pass, judged fail: no good / no good / no good")]);
        let counts = &report.confusion.as_ref().unwrap().counts;
        assert_eq!((counts["pass"]["pass"], counts["pass"]["fail"], counts["fail"]["fail"]), (1, 1, 2));
    }

    #[tokio::test]
    async fn a_model_that_is_not_there_has_no_agreement() {
        let down = ScriptedChat::answering(|_| Err(ChatError::Transient("503".to_owned())));
        let error = examine(down, &rows()).await.unwrap_err().to_string();
        assert!(error.contains("nothing was scored") && error.contains("503"), "{error}");
    }

    #[test]
    fn the_shipped_rows_are_half_of_each() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/datasets/judge/agreement.jsonl");
        let rows = read(&path).unwrap();
        assert_eq!(rows.len(), 60);
        let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
        assert_eq!((count(&|row| row.lang == Lang::JA), count(&|row| row.lang == Lang::EN)), (30, 30));
        assert_eq!(count(&|row| row.criterion == Criterion::Correctness), 30);
        assert_eq!(count(&|row| row.label == Verdict::Pass), 30);
    }

    #[test]
    fn correctness_without_a_reference_is_refused_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.jsonl");
        let line = |id: &str, criterion: &str| {
            json!({"id": id, "lang": "en", "criterion": criterion, "question": "?", "answer": "!", "label": "fail"})
                .to_string()
        };
        let write = |lines: &[String]| std::fs::write(&path, lines.join("\n")).unwrap();
        write(&[line("a", "helpfulness"), line("b", "correctness")]);
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("rows.jsonl:2") && error.contains("no reference"), "{error}");
        write(&[line("a", "helpfulness"), line("a", "helpfulness")]);
        assert!(read(&path).unwrap_err().to_string().contains("line 1"));
        write(&[line("a", "politeness")]);
        assert!(read(&path).unwrap_err().to_string().contains("politeness"));
    }
}
