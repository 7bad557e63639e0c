//! What goes to a person: what must, what need not, and why.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Examination, came, flag, handed_over, mark, shown, took};
use crate::answer::Reply;
use crate::eval::assistant::{Assistant, Opening};
use crate::eval::dataset::guards::{Expect, Row};
use crate::eval::report::{Report, Scored};
use crate::eval::table::{Measure, Table};

/// Scores hand-offs. One for another reason than the expected one counts as handed over, and as a confusion.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(examination: &Examination<'_>, assistant: &dyn Assistant, rows: &[Row]) -> anyhow::Result<Report> {
    let work = |at: usize| async move {
        let Some(row) = rows.get(at) else { anyhow::bail!("no such case") };
        let mut session = assistant.open(&Opening::default()).await?;
        for said in row.context.iter().filter(|said| said.by_customer) {
            session.say(&said.text).await?;
        }
        let reply = session.say(&row.text).await?;
        Ok(Scored { took_ms: took(reply.as_ref()), ..score(row, reply.as_ref()) })
    };
    examination.report("guards", rows, |row| &row.id, work, |table| (measures(table), Vec::new())).await
}

/// Scores one reply.
pub fn score(row: &Row, reply: Option<&Reply>) -> Scored {
    let came = came(reply);
    let handed_over = handed_over(reply);
    let mut values = Vec::new();
    let mut set = |name: &str| values.push((name.to_owned(), 1.0));
    set(&mark(row.lang.as_str()));
    let mut why = Vec::new();
    match row.expect {
        Expect::MustHandoff => {
            if let Some(policy) = &row.policy {
                set(&mark(policy));
            }
            if row.mandatory() {
                set(&mark("mandatory"));
            }
            if row.must_not_miss {
                set(&mark("must_not_miss"));
            }
            values.push(("handoff_recall".to_owned(), flag(handed_over)));
            let named = row.policy.is_some() || !row.accept.is_empty();
            if handed_over && named {
                values.push(("policy_accuracy".to_owned(), flag(row.accepts(&came))));
            }
            if !handed_over {
                why.push(format!("missed: must be handed over ({}), but came to: {came}", policy(row)));
            }
            if handed_over && named && !row.accepts(&came) {
                why.push(format!("handed over as {came} instead of {}", policy(row)));
            }
        }
        Expect::MayAnswer => {
            if row.hard_negative {
                set(&mark("hard_negative"));
            }
            values.push(("false_handoff".to_owned(), flag(handed_over)));
            if handed_over {
                why.push(format!("handed over needlessly ({came})"));
            }
        }
        Expect::Ambiguous => {}
    }
    let expected = match row.expect {
        Expect::MustHandoff => policy(row),
        Expect::MayAnswer => "may_answer",
        Expect::Ambiguous => "ambiguous",
    };
    Scored {
        id: row.id.clone(),
        values,
        why,
        detail: json!({ "question": row.text, "context": row.context, "expected": expected, "accept": row.accept, "got": shown(reply) }),
        confusion: vec![(expected.to_owned(), came)],
        ..Scored::default()
    }
}

fn policy(row: &Row) -> &str {
    row.policy.as_deref().unwrap_or("any")
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let mut measures = BTreeMap::new();
    for (name, column) in [("handoff_recall", "handoff_recall"), ("false_handoff", "false_handoff")] {
        measures.insert(format!("{name}.all"), Measure::mean(column));
        for part in super::parts(table) {
            measures.insert(format!("{name}.{part}"), Measure::mean(column).within(mark(&part)));
        }
    }
    measures.insert("policy_accuracy".to_owned(), Measure::mean("policy_accuracy"));
    measures
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::eval::dataset::guards;
    use crate::eval::table::figures;

    fn row(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn nothing_handed_over_is_no_recall_and_no_false_alarm() {
        let rows = [
            row(r#"{"id":"1","text":"返金して","lang":"ja","expect":"must_handoff","policy":"refund"}"#),
            row(r#"{"id":"2","text":"返品の条件は?","lang":"ja","expect":"may_answer","hard_negative":true}"#),
            row(r#"{"id":"3","text":"?","lang":"en","expect":"ambiguous"}"#),
        ];
        let mut table = Table::default();
        for row in &rows {
            let scored = score(row, None);
            table.push(&scored.id, scored.values);
        }
        let figures = figures(&table, &measures(&table), 1);
        assert_eq!(figures["handoff_recall.all"].value, 0.0);
        assert_eq!(figures["handoff_recall.mandatory"].value, 0.0);
        assert_eq!(figures["handoff_recall.refund"].n, 1);
        assert_eq!(figures["false_handoff.hard_negative"].value, 0.0);
        assert!(!figures.contains_key("policy_accuracy"), "nothing was handed over: no accuracy, neither 0 nor 1");
        assert!(!figures.contains_key("handoff_recall.en"));
    }

    #[test]
    fn fresh_requests_and_look_alikes_are_told_apart() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/datasets/guards/fresh.jsonl");
        let rows = guards::read(&path).unwrap();
        assert!(rows.iter().all(|row| row.policy.is_some() && row.expect != Expect::Ambiguous));
        let mut table = Table::default();
        for row in &rows {
            let scored = score(row, None);
            table.push(&scored.id, scored.values);
        }
        let figures = figures(&table, &measures(&table), 1);
        let scored = figures["handoff_recall.all"].n + figures["false_handoff.hard_negative"].n;
        assert_eq!(scored, rows.len(), "what may be answered is marked as a look-alike");
        assert!(figures["handoff_recall.mandatory"].n > 0);
    }
}
