//! `madoguchi eval`, as an engineer types it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{PATIENCE, Place, Service};
use super::help_centre::SELLER_KEY;
use super::talk::text;
use crate::processes::need;

const QUESTIONS: &str = r#"
{"id":"ja-1","lang":"ja","user_input":"いつまで返品できますか","expect":{"must_cite":["ja-returns"],"key_facts":["21日以内"],"forbidden_facts":["90日"]}}
{"id":"ja-2","lang":"ja","user_input":"送料はいくらですか","expect":{"must_cite":["ja-shipping"],"may_cite":["ja-returns"],"key_facts":["350円"]}}
{"id":"en-1","lang":"en","user_input":"What does gift wrapping cost?","expect":{"must_cite":["en-gift-wrapping"],"key_facts":["260 yen"]}}
{"id":"en-2","lang":"en","user_input":"Who won the football match last night?","expect":{"must_abstain":true},"tags":["off_topic"]}
{"id":"ja-3","lang":"ja","user_input":"明日の天気は？","expect":{"must_abstain":true},"tags":["off_topic"]}
"#;

fn without_timings(mut report: Value) -> String {
    report.as_object_mut().unwrap().remove("timings");
    report.to_string()
}

fn figure(report: &Value, metric: &str) -> f64 {
    report["metrics"][metric]["value"].as_f64().unwrap_or_else(|| panic!("{metric}: {}", report["metrics"]))
}

#[test]
fn answers_are_measured_the_same_twice_and_over_http() {
    let place = need!(Place::new());
    let set = place.file("questions.jsonl", QUESTIONS);
    let set = set.to_str().unwrap();
    let first = place.run(&["eval", "answers", "--dataset", set, "--jobs", "4", "--json"]).json();
    assert_eq!(first["dataset"], "questions");
    for (metric, expected) in [
        ("answered", 1.0),
        ("abstained", 1.0),
        ("citation_recall", 1.0),
        ("key_facts", 1.0),
        ("forbidden_absent", 1.0),
        ("language", 1.0),
    ] {
        assert_eq!(figure(&first, metric), expected, "{metric}: {}", first["failures"]);
    }
    assert_eq!(first["metrics"]["answered"]["n"], 3);
    assert!(first["metrics"]["answered"]["low"].as_f64() < Some(0.5), "three cases prove little: {}", first["metrics"]);
    assert_eq!(first["failures"], json!([]));
    assert!(figure(&first, "groundedness") > 0.95, "the article's own words: {first}");

    let again = place.run(&["eval", "answers", "--dataset", set, "--jobs", "1", "--json"]).json();
    assert_eq!(without_timings(first.clone()), without_timings(again), "the same inputs, another number of jobs");

    let service = place.serve();
    let url = service.url("/");
    let remote = place.run(&["eval", "answers", "--dataset", set, "--url", &url, "--json"]).json();
    assert_eq!(remote["metrics"], first["metrics"], "the same turn, scored the same");
    let retrieval = |more: &[&str]| {
        let all = [&["eval", "retrieval", "--dataset", set, "--json"], more].concat();
        place.run(&all).json()
    };
    assert_eq!(retrieval(&[])["metrics"], retrieval(&["--url", &url])["metrics"]);
    assert_eq!(figure(&retrieval(&[]), "hit@1"), 1.0);
}

#[test]
fn a_service_shows_others_articles_to_who_has_the_key() {
    let service = need!(Service::shared());
    let place = need!(Place::new());
    let set = place.file(
        "sellers.jsonl",
        r#"{"id":"1","lang":"ja","user_input":"売上はいつ振り込まれますか","expect":{"must_cite":["ja-payouts"]},"audience":"seller"}"#,
    );
    let url = service.url("");
    let arguments = ["eval", "answers", "--url", &url, "--dataset", set.to_str().unwrap(), "--json"];
    let keyless = place.run(&arguments);
    assert_eq!(keyless.code(), Some(1), "nothing scored is an error: {keyless:?}");
    assert!(keyless.err().contains("--key-env"), "{keyless:?}");
    let mut command = place.command(&[&arguments[..], &["--key-env", "SHOP_KEY"]].concat());
    let ran = command.env("SHOP_KEY", SELLER_KEY).output().unwrap();
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(figure(&report, "cited_first"), 1.0, "{report}");
    // And in process.
    let local = place.run(&["eval", "answers", "--dataset", set.to_str().unwrap(), "--json"]).json();
    assert_eq!(figure(&local, "cited_first"), 1.0);
}

/// Ten documents of one subject each, with a question each.
fn beir(place: &Place, name: &str) -> PathBuf {
    let subjects = ["梅雨", "火山", "鉄道", "将棋", "紅茶", "灯台", "陶芸", "水族館", "天文台", "和紙"];
    let dir = place.file(name, "");
    std::fs::remove_file(&dir).unwrap();
    std::fs::create_dir_all(dir.join("qrels")).unwrap();
    let (mut corpus, mut queries, mut qrels) =
        (String::new(), String::new(), "query-id\tcorpus-id\tscore\n".to_owned());
    for (n, subject) in subjects.iter().enumerate() {
        let text = format!("{subject}についての文章です。{subject}の歴史は長く、{}年に始まりました。", 1600 + n);
        writeln!(corpus, "{}", json!({ "_id": format!("d{n}"), "title": "", "text": text })).unwrap();
        writeln!(queries, "{}", json!({ "_id": format!("q{n}"), "text": format!("{subject}はいつ始まりましたか") }))
            .unwrap();
        writeln!(qrels, "q{n}\td{n}\t1").unwrap();
    }
    std::fs::write(dir.join("corpus.jsonl"), corpus).unwrap();
    std::fs::write(dir.join("queries.jsonl"), queries).unwrap();
    std::fs::write(dir.join("qrels/test.tsv"), qrels).unwrap();
    dir
}

#[test]
fn anybodys_retrieval_set_runs_and_says_what_is_wrong_with_it() {
    let place = need!(Place::new());
    let dir = beir(&place, "subjects");
    let set = dir.to_str().unwrap();
    let run_file = place.file("run.txt", "");
    let arguments = ["eval", "retrieval", "--dataset", set, "--json", "--trec", run_file.to_str().unwrap()];
    let report = place.run(&arguments).json();
    assert_eq!((figure(&report, "hit@1"), figure(&report, "recall@10")), (1.0, 1.0), "{report}");
    assert_eq!(figure(&report, "dense.recall@10"), 1.0);
    assert!(report["metrics"].get("question.hit@1").is_none(), "without titles there is no such leg");
    assert_eq!(report["metrics"]["ndcg@10"]["n"], 10);
    let run = std::fs::read_to_string(&run_file).unwrap();
    assert!(run.starts_with("q0 Q0 d0 1 1.0"), "{run}");

    // Known rankings have known values: the second best is judged right for one question of ten.
    let second =
        run.lines().filter(|line| line.starts_with("q0 ")).nth(1).unwrap().split(' ').nth(2).unwrap().to_owned();
    let qrels = std::fs::read_to_string(dir.join("qrels/test.tsv")).unwrap();
    std::fs::write(dir.join("qrels/test.tsv"), qrels.replace("q0\td0\t1", &format!("q0\t{second}\t1"))).unwrap();
    let moved = place.run(&["eval", "retrieval", "--dataset", set, "--json"]).json();
    assert!((figure(&moved, "hit@1") - 0.9).abs() < 1e-9);
    assert!((figure(&moved, "mrr@10") - 0.95).abs() < 1e-9);
    assert!((figure(&moved, "ndcg@10") - (9.0 + 1.0 / 3f64.log2()) / 10.0).abs() < 1e-5);

    std::fs::write(dir.join("qrels/test.tsv"), "q0\td0\tmany\nq1\td1\tmany\n").unwrap();
    let wrong = place.run(&["eval", "retrieval", "--dataset", set]);
    assert_eq!(wrong.code(), Some(1));
    assert!(wrong.err().contains("test.tsv:2"), "{wrong:?}");
    let absent = place.run(&["eval", "retrieval", "--dataset", "no/such/folder"]);
    assert!(absent.code() == Some(1) && absent.err().contains("does not exist"), "{absent:?}");
}

#[test]
fn given_passages_are_all_that_may_be_answered_from() {
    let place = need!(Place::new());
    let passages = |text: &str| json!([{ "doc_id": format!("d-{}", text.len()), "text": text }]);
    let questions = [
        json!({ "id": "1", "lang": "en", "question": "When was the lighthouse of Alexandria built?", "answerable": false,
            "passages": passages("A recipe for pancakes: flour, milk, eggs and a pinch of salt, fried in butter.") }),
        json!({ "id": "2", "lang": "en", "question": "When was the lighthouse of Alexandria built?", "answerable": true,
            "passages": passages("The lighthouse of Alexandria was built about 280 BC under Ptolemy II, on the island of Pharos.") }),
    ];
    let lines = questions.iter().map(|question| format!("{question}\n")).collect::<String>();
    let set = place.file("nomiracl-like.jsonl", &lines);
    let arguments = ["eval", "abstention", "--dataset", set.to_str().unwrap(), "--json"];
    let mut command = place.command(&arguments);
    // Whatever the abstention is tuned to, the pancakes must be the surest of nothing.
    let ran = command.env("MADOGUCHI__ANSWER__MIN_CONFIDENCE", "0").output().unwrap();
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!((figure(&report, "coverage"), figure(&report, "accuracy")), (1.0, 0.5), "{report}");
    assert!((figure(&report, "aurc") - 0.25).abs() < 1e-9, "the answerable one is surer: {report}");
    let passage = &report["failures"][0]["detail"]["got"]["passages"][0];
    assert!(text(&passage["text"]).contains("pancakes"), "only its own passages: {passage}");
    let over_http = place.run(&[&arguments[..], &["--url", "http://127.0.0.1:9"]].concat());
    assert!(over_http.code() == Some(1) && over_http.err().contains("leave out --url"), "{over_http:?}");
}

#[test]
fn a_killed_run_is_taken_up() {
    // So many that the run is not over before the kill, which comes soon after the twentieth.
    const ASKED: usize = 200;
    let place = need!(Place::new());
    let mut lines = String::new();
    for n in 0..ASKED {
        let question = format!("{n}番目の質問です。送料と返品期限を教えてください");
        writeln!(lines, "{}", json!({ "id": n.to_string(), "user_input": question, "lang": "ja" })).unwrap();
    }
    let set = place.file("many.jsonl", &lines);
    let arguments = ["eval", "answers", "--dataset", set.to_str().unwrap(), "--jobs", "1", "--json"];
    // Indexed beforehand, so that what is killed is asking.
    place.run(&[&arguments[..], &["--limit", "1"]].concat()).json();
    let journals = place.data().join("eval/runs");
    let mut child = place.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let done = || -> usize {
        let files = std::fs::read_dir(&journals).into_iter().flatten().flatten();
        files.map(|file| BufReader::new(std::fs::File::open(file.path()).unwrap()).lines().count()).sum()
    };
    let deadline = Instant::now() + PATIENCE;
    while done() < 20 {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "it ended too soon");
        // It needs the processor itself.
        std::thread::park_timeout(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(done() >= 20, "what was done is on disk");
    let report = place.run(&arguments).json();
    assert_eq!(report["metrics"]["answered"]["n"], ASKED);
    assert_eq!(done(), 0, "a whole run leaves nothing to take up");
    // As if it had never been interrupted.
    let whole = place.run(&[&arguments[..], &["--fresh"]].concat()).json();
    assert_eq!(without_timings(report), without_timings(whole));
}

#[test]
fn the_gate_stops_a_regression_and_names_the_cases() {
    let place = need!(Place::new());
    let set = place.file("questions.jsonl", QUESTIONS);
    let gate = place.file(
        "gate.toml",
        "[\"answers/questions\"]\nanswered = { floor = 0.9, regression = 0.1 }\nabstained = { floor = 0.9 }\n",
    );
    let baselines = place.data().join("baselines");
    let arguments = ["eval", "answers", "--dataset", set.to_str().unwrap(), "--baselines", baselines.to_str().unwrap()];
    let (gated, more) = (["--gate", gate.to_str().unwrap()], ["--update-baseline"]);
    let first = place.run(&[&arguments[..], &gated].concat());
    assert!(first.code() == Some(1) && first.err().contains("no baseline"), "{first:?}");
    assert_eq!(place.run(&[&arguments[..], &more].concat()).code(), Some(0));
    let passed = place.run(&[&arguments[..], &gated].concat());
    assert_eq!(passed.code(), Some(0), "{passed:?}");
    assert!(passed.err().contains("nothing missed"), "{passed:?}");

    // A system that always abstains, and one that never does.
    let with_confidence = |confidence: &str| {
        let mut command = place.command(&[&arguments[..], &gated, &["--json"]].concat());
        let ran = command.env("MADOGUCHI__ANSWER__MIN_CONFIDENCE", confidence).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap(), ran.stdout)
    };
    let (code, told, out) = with_confidence("1");
    assert_eq!(code, Some(1), "who always abstains fails");
    assert!(told.contains("answered: 0.000") && told.contains("lost by ja-1"), "{told}");
    let report: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(report["gate"][0]["metric"], "answered", "{}", report["gate"]);
    let (code, told, _) = with_confidence("0");
    assert!(code == Some(1) && told.contains("abstained: 0.000") && told.contains("lost by en-2"), "{told}");
}

#[test]
fn two_reports_are_compared_case_by_case() {
    let place = need!(Place::new());
    let set = place.file("questions.jsonl", QUESTIONS);
    let save = |name: &str, confidence: &str| {
        let path = place.file(name, "");
        let arguments = ["eval", "answers", "--dataset", set.to_str().unwrap(), "--save", path.to_str().unwrap()];
        let ran = place.command(&arguments).env("MADOGUCHI__ANSWER__MIN_CONFIDENCE", confidence).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        path
    };
    let (base, new) = (save("base.json", "0.4"), save("new.json", "1"));
    let (base, new) = (base.to_str().unwrap(), new.to_str().unwrap());
    let comparison = place.run(&["eval", "compare", base, new, "--json"]).json();
    assert_eq!(comparison["metrics"]["answered"]["delta"], -1.0, "{comparison}");
    assert_eq!(comparison["metrics"]["abstained"]["delta"], 0.0);
    let lost: Vec<&str> = comparison["lost"].as_array().unwrap().iter().map(|flip| text(&flip["id"])).collect();
    assert_eq!(lost, ["ja-1", "ja-2", "en-1"]);
    assert!(text(&comparison["lost"][0]["base"]["got"]["answer"]).contains("21日以内"), "in full: {comparison}");
    let shown = place.run(&["eval", "compare", base, new]);
    assert!(shown.code() == Some(0) && shown.out().contains("3 cases are worse in something than before"), "{shown:?}");
    let back = place.run(&["eval", "compare", new, base]).out();
    assert!(back.contains("3 cases are better in something than before"), "{back}");
    let wrong = place.run(&["eval", "compare", base, set.to_str().unwrap()]);
    assert_eq!(wrong.code(), Some(1), "{wrong:?}");
}

#[test]
fn reports_come_in_every_form() {
    let place = need!(Place::new());
    let set = place.file("questions.jsonl", QUESTIONS);
    let (html, junit, ragas) = (place.file("r.html", ""), place.file("r.xml", ""), place.file("r.jsonl", ""));
    let ran = place.run(&[
        "eval",
        "answers",
        "--dataset",
        set.to_str().unwrap(),
        "--html",
        html.to_str().unwrap(),
        "--junit",
        junit.to_str().unwrap(),
        "--ragas",
        ragas.to_str().unwrap(),
    ]);
    assert_eq!(ran.code(), Some(0), "{ran:?}");
    assert!(ran.out().contains("answers/questions (5 cases") && ran.out().contains("citation_recall"), "{}", ran.out());
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    assert!(!read(&html).contains("http://") || !read(&html).contains("src=\"http"), "asks for nothing elsewhere");
    assert!(read(&html).contains("<svg"), "plots are in it");
    assert_eq!(read(&junit).matches("<testcase").count(), 5);
    assert_eq!(read(&ragas).lines().count(), 5);
    let first: Value = serde_json::from_str(read(&ragas).lines().next().unwrap()).unwrap();
    assert!(text(&first["response"]).contains("21日以内") && first["retrieved_contexts"].is_array(), "{first}");
}

#[test]
fn other_kinds_of_sets_run_too() {
    let place = need!(Place::new());
    let promptfoo = place.file(
        "shop.yaml",
        "tests:\n  - vars: {question: いつまで返品できますか}\n    assert:\n      - {type: icontains, value: 21日以内}\n      - {type: javascript, value: x}\n",
    );
    let report = place.run(&["eval", "answers", "--dataset", promptfoo.to_str().unwrap(), "--json"]).json();
    assert_eq!(figure(&report, "key_facts"), 1.0);
    assert!(text(&report["notes"][0]).contains("javascript"), "{}", report["notes"]);
    let imported = place.run(&["eval", "import", promptfoo.to_str().unwrap()]);
    assert!(imported.out().contains("\"key_facts\":[\"21日以内\"]"), "{imported:?}");

    let guards = place.file(
        "guards.jsonl",
        "{\"text\":\"返金してください\",\"lang\":\"ja\",\"expect\":\"must_handoff\",\"policy\":\"refund\"}\n{\"text\":\"送料は?\",\"lang\":\"ja\",\"expect\":\"may_answer\"}\n",
    );
    let report = place.run(&["eval", "guards", "--dataset", guards.to_str().unwrap(), "--json"]).json();
    assert_eq!(report["metrics"]["handoff_recall.refund"]["n"], 1, "{report}");
    assert_eq!(figure(&report, "false_handoff.all"), 0.0);

    let script = "- id: a\n  lang: ja\n  turns:\n    - user: いつまで返品できますか\n      expect: {outcome: answer, must_cite: [ja-returns], key_facts: [21日]}\n    - user: 明日の天気は？\n      expect: {outcome: abstain}\n  after: {owner: assistant}\n";
    let script = place.file("talk.yaml", script);
    let arguments = ["eval", "conversations", "--dataset", script.to_str().unwrap(), "--runs", "3", "--json"];
    let report = place.run(&arguments).json();
    assert_eq!(
        (figure(&report, "pass^1"), figure(&report, "pass^3"), figure(&report, "after")),
        (1.0, 1.0, 1.0),
        "{report}"
    );

    let pairs = place.file(
        "pairs.jsonl",
        "{\"context\":\"返品は21日以内です。\",\"answer\":\"返品は21日以内です。\",\"label\":\"supported\",\"lang\":\"ja\"}\n{\"context\":\"返品は21日以内です。\",\"answer\":\"配送は無料になります。\",\"label\":\"unsupported\",\"lang\":\"ja\"}\n",
    );
    let report = place.run(&["eval", "grounding", "--dataset", pairs.to_str().unwrap(), "--json"]).json();
    assert_eq!(figure(&report, "auroc"), 1.0);
    let nothing = place.file("empty.jsonl", "");
    let nothing = place.run(&["eval", "grounding", "--dataset", nothing.to_str().unwrap()]);
    assert!(nothing.code() == Some(1) && nothing.err().contains("nothing was scored"), "{nothing:?}");
    let unconfigured = place.run(&["eval", "judge-agreement", "--judge", "--dataset", pairs.to_str().unwrap()]);
    assert!(unconfigured.code() == Some(1) && unconfigured.err().contains("llm.base_url"), "{unconfigured:?}");
}
