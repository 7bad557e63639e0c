//! Results in formats that other tools read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::report::Report;

/// A TREC run file, as trec_eval reads it: query, `Q0`, document, rank from 1, score, tag. The scores fall with the rank even where
/// two fused ones are equal, because trec_eval orders by score alone.
pub fn trec(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        for id in &report.cases.ids {
            let ranking = report.rankings.get(id).map(Vec::as_slice).unwrap_or_default();
            for (rank, (document, _)) in (1..).zip(ranking) {
                let score = 1.0 / f64::from(rank);
                // Columns are parted by white space, so none may stand in a name.
                let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join("_");
                let _ = writeln!(out, "{} Q0 {} {rank} {score:.6} madoguchi", plain(id), plain(document));
            }
        }
    }
    out
}

/// JSONL with ragas' names, one line a question of an answer set: `user_input`, `retrieved_contexts`, `response`, `reference`.
pub fn ragas(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports.iter().filter(|report| report.task == "answers") {
        for id in &report.cases.ids {
            let Some(detail) = report.detail(id) else { continue };
            let got = &detail["got"];
            let contexts: Vec<&Value> =
                got["passages"].as_array().into_iter().flatten().map(|passage| &passage["text"]).collect();
            let line = json!({
                "id": id, "user_input": detail["question"], "retrieved_contexts": contexts, "response": got["answer"],
                "reference": detail["reference"],
            });
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::eval::report::{Draft, Scored};
    use crate::eval::table::Measure;

    fn report(task: &'static str, scored: Scored) -> Report {
        let measures = BTreeMap::from([("x".to_owned(), Measure::mean("x"))]);
        let scored = vec![Scored { values: vec![("x".to_owned(), 1.0)], ..scored }];
        Draft { task, dataset: "d".to_owned(), scored, measures, ..Draft::default() }.finish().unwrap()
    }

    #[test]
    fn a_run_file_has_six_columns_and_falling_scores() {
        let ranking = vec![("a b".to_owned(), 0.5), ("c".to_owned(), 0.5)];
        let scored = Scored { id: "q1".to_owned(), ranking, ..Scored::default() };
        let text = trec(&[report("retrieval", scored)]);
        assert_eq!(text, "q1 Q0 a_b 1 1.000000 madoguchi\nq1 Q0 c 2 0.500000 madoguchi\n");
    }

    #[test]
    fn ragas_names() {
        let detail = json!({ "question": "いつまで?", "reference": "30日", "got": { "answer": "30日です", "passages": [{ "text": "p" }] } });
        let text = ragas(&[report("answers", Scored { id: "1".to_owned(), detail, ..Scored::default() })]);
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["user_input"], "いつまで?");
        assert_eq!(line["retrieved_contexts"], json!(["p"]));
        assert_eq!(line["response"], "30日です");
    }
}
