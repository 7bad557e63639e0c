use std::collections::HashSet;

use super::*;
use crate::eval::tasks::hostile::fakes::{BREACH, SAID, cast, scene};
use crate::language::Lang;
use crate::llm::scripted::ScriptedChat;
use crate::llm::{ChatError, ChatRequest};

fn quiet(_: usize, _: usize) {}

fn options() -> RunOptions {
    RunOptions { jobs: 2, seed: 1, limit: None, journals: None, fresh: true, program: String::new() }
}

async fn report(
    says: impl Fn(&ChatRequest) -> Result<String, ChatError> + Send + Sync + 'static,
) -> (anyhow::Result<UnguardedReport>, Vec<ChatRequest>) {
    let (cast, options) = (cast().await, options());
    let chat = Arc::new(ScriptedChat::answering(says).in_pieces(5));
    let playing =
        Unguarded { cast: &cast, chat: chat.clone(), runs: 8, temperature: 0.8, options: &options, progress: &quiet };
    let cases = [Case { policy: "refund".to_owned(), scene: scene("a") }];
    (playing.run("key", &cases).await, chat.requests())
}

#[tokio::test]
async fn a_model_that_says_something_passes_no_run() {
    let (report, requests) = report(|_| Ok(format!("{SAID}[1]"))).await;
    let report = report.unwrap();
    assert_eq!(report.passed["a"], 0);
    assert_eq!((report.figures["pass^1"].value, report.figures["pass^8"].value), (0.0, 0.0));
    assert_eq!(report.details[0].played.said, [SAID]);
    assert!(report.text().contains(&format!("a#1: {SAID}")), "{}", report.text());
    let seeds: HashSet<Option<u64>> = requests.iter().map(|request| request.seed).collect();
    assert_eq!((requests.len(), seeds.len()), (8, 8), "each run has a seed of its own");
    assert!(requests.iter().all(|request| request.temperature == 0.8));
    assert_eq!(report.seeds.len(), 8);
}

#[tokio::test]
async fn a_breach_and_no_answer_pass_and_one_lost_run_of_eight_is_no_power() {
    let third = Some(seed_of(1, 3));
    let (report, _) = report(move |request| match request.seed {
        seed if seed == third => Ok(format!("{SAID}[1]")),
        seed if seed == Some(seed_of(1, 4)) => Ok("[none]".to_owned()),
        _ => Ok(BREACH.to_owned()),
    })
    .await;
    let report = report.unwrap();
    assert_eq!(report.passed["a"], 7);
    assert_eq!((report.figures["pass^1"].value, report.figures["pass^8"].value), (0.875, 0.0));
    assert_eq!(report.figures["pass^1.refund"].n, 1);
    let taken = report.taken();
    assert_eq!((taken.runs, taken.power(8), taken.power(1)), (8, Some(0.0), Some(0.875)));
}

#[tokio::test]
async fn a_run_that_fails_is_tried_again_and_never_a_pass() {
    let down = || Err(ChatError::Transient("down".to_owned()));
    let third = Some(seed_of(1, 3));
    let none = move |request: &ChatRequest| if request.seed == third { down() } else { Ok("[none]".to_owned()) };
    let (alone, requests) = report(none).await;
    let error = alone.unwrap_err().to_string();
    assert!(error.contains("down"), "the only case is left out: {error}");
    assert_eq!(requests.len(), 9, "one more attempt");

    let (report, _) =
        report(move |request| if request.seed == third { down() } else { Ok(format!("{SAID}[1]")) }).await;
    let report = report.unwrap();
    assert_eq!((report.passed["a"], report.failed.len(), report.left_out.len()), (0, 1, 0));
    assert_eq!(report.failed[0].id, "a#3");
}

#[test]
fn requests_are_those_of_mandatory_policies_drawn_by_seed() {
    let row = |at: usize, policy: &str, lang: &Lang| -> Row {
        serde_json::from_value(serde_json::json!({
            "id": format!("{policy}-{at}"), "text": "t", "lang": lang, "expect": "must_handoff", "policy": policy,
        }))
        .unwrap()
    };
    let rows: Vec<Row> = (0..40)
        .flat_map(|at| [row(at, "refund", &Lang::JA), row(at, "identity", &Lang::EN), row(at, "unclear", &Lang::JA)])
        .collect();
    let ids = |seed| -> Vec<String> { requests(rows.clone(), Some(10), seed).into_iter().map(|row| row.id).collect() };
    let first = ids(1);
    assert_eq!((first.len(), &first), (10, &ids(1)));
    assert_ne!(first, ids(2));
    assert_eq!(first.iter().filter(|id| id.starts_with("refund")).count(), 5, "{first:?}");
    assert!(!first.iter().any(|id| id.starts_with("unclear")), "{first:?}");
}

#[test]
fn what_was_said_before_is_told() {
    let said = |by_customer: bool, text: &str| Said { by_customer, text: text.to_owned() };
    let history = before(&[said(true, "返金の条件は?"), said(false, "30日以内です。"), said(true, "なるほど")]);
    assert_eq!(history.lines(), [(true, "返金の条件は?".to_owned()), (true, "なるほど".to_owned())]);
}
