use super::*;
use crate::eval::report::{Draft, Scored};
use crate::eval::table::Measure;

fn report(answered: &[f64]) -> Report {
    let scored = answered.iter().enumerate().map(|(n, value)| Scored {
        id: format!("case-{n}"),
        values: vec![("answered".to_owned(), *value), ("empty".to_owned(), 1.0 - value)],
        why: if *value < 1.0 { vec!["not answered".to_owned()] } else { Vec::new() },
        ..Scored::default()
    });
    let measures = ["answered", "empty"].map(|name| (name.to_owned(), Measure::mean(name)));
    let draft = Draft {
        task: "answers",
        dataset: "x".to_owned(),
        scored: scored.collect(),
        measures: measures.into(),
        ..Draft::default()
    };
    draft.finish().unwrap()
}

const GATE: &str = r#"
["answers/x"]
answered = { floor = 0.5, regression = 0.1 }
empty = { ceiling = 0.5 }
"#;

fn misses(gate: &str, now: &[f64], before: Option<&[f64]>) -> Vec<String> {
    let gate = Gate::parse(gate).unwrap();
    let baselines = before.map(|before| ("answers/x".to_owned(), report(before).baseline())).into_iter().collect();
    let found = gate.check(&[report(now)], &baselines, |_| true);
    found.iter().map(|miss| format!("{} {} {:?}", miss.metric, miss.problem, miss.cases)).collect()
}

#[test]
fn what_is_good_enough_passes() {
    assert!(misses(GATE, &[1.0, 1.0, 1.0, 0.0], Some(&[1.0, 1.0, 1.0, 0.0])).is_empty());
    assert!(misses(GATE, &[1.0; 4], Some(&[1.0, 1.0, 1.0, 0.0])).is_empty(), "better is fine");
}

#[test]
fn a_missed_floor_names_the_cases_that_lost_it() {
    let found = misses(GATE, &[1.0, 0.0, 0.0, 0.0], Some(&[1.0, 1.0, 0.0, 0.0]));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("below its floor of 0.5") && found[0].ends_with("[\"case-1\"]"), "{}", found[0]);
    assert!(found[1].contains("worse than the baseline's 0.500"), "{}", found[1]);
    assert!(found[2].contains("above its ceiling"), "{}", found[2]);
}

#[test]
fn a_fall_within_what_is_allowed_passes_and_one_beyond_does_not() {
    let gate = "[\"answers/x\"]\nanswered = { regression = 0.25 }\n";
    assert!(misses(gate, &[1.0, 1.0, 1.0, 0.0], Some(&[1.0; 4])).is_empty());
    assert_eq!(misses(gate, &[1.0, 1.0, 0.0, 0.0], Some(&[1.0; 4])).len(), 1);
}

#[test]
fn what_was_not_measured_did_not_pass() {
    assert!(misses("[\"answers/other\"]\nanswered = { floor = 0.1 }\n", &[1.0], None)[0].contains("not measured"));
    assert!(misses("[\"answers/x\"]\nhelpfulness = { floor = 0.1 }\n", &[1.0], None)[0].contains("not measured"));
    assert!(misses("[\"answers/x\"]\nanswered = { regression = 0.1 }\n", &[1.0], None)[0].contains("no baseline"));
}

#[test]
fn a_gate_that_cannot_fail_is_refused() {
    for gate in [
        "",
        "[\"answers/x\"]\n",
        "[\"answers/x\"]\nanswered = {}\n",
        "[\"a\"]\naurc = { floor = 0.1 }\n",
        "[\"a\"]\nanswered = { ceiling = 0.1 }\n",
        "[\"a\"]\nanswered = { regression = -0.1 }\n",
        "[\"a\"]\nanswered = { flor = 0.1 }\n",
    ] {
        assert!(Gate::parse(gate).is_err(), "{gate:?}");
    }
}

#[test]
fn a_baseline_keeps_the_numbers_and_reads_back() {
    let baseline = report(&[1.0, 0.0]).baseline();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(baseline_file(&baseline.name())), serde_json::to_vec(&baseline).unwrap()).unwrap();
    assert_eq!(baselines(dir.path()).unwrap()["answers/x"], baseline);
    assert!(baseline.failures.is_empty() && baseline.timings.is_none());
    assert!(baselines(&dir.path().join("none")).unwrap().is_empty());
}
