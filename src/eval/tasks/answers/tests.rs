//! The metrics themselves, tested with answers that are known to be bad: each must move the right way.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::answer::TokenOverlap;
use crate::eval::table::{Figure, figures};
use crate::guard::HandoffReason;
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{ArticleId, ArticleVersion, Span};

const QUOTE: &str = "返品は、お届けの翌日から30日以内に受け付けます。未使用の商品に限ります。返送料は680円です。";

fn sample() -> Sample {
    serde_json::from_str(
        r#"{"id":"1","lang":"ja","user_input":"いつまで返せますか","expect":{"must_cite":["ja-return-windows"],
            "may_cite":["ja-how-to-return"],"key_facts":["30日",["680円","無料"]],"forbidden_facts":["90日"]}}"#,
    )
    .unwrap()
}

fn unanswerable() -> Sample {
    serde_json::from_str(r#"{"id":"2","lang":"ja","user_input":"月で返品できますか","expect":{"must_abstain":true}}"#)
        .unwrap()
}

fn citation(article: &str) -> Citation {
    Citation {
        article_id: ArticleId(article.to_owned()),
        title: "返品できる期間".to_owned(),
        version: ArticleVersion("1".to_owned()),
        lang: Lang::JA,
        heading: Vec::new(),
        span: Span { start: 0, end: 1 },
        quote: QUOTE.to_owned(),
        score: 1.0,
        legs: crate::answer::Legs::default(),
        url: String::new(),
    }
}

fn reply(answer: &str) -> Reply {
    Reply {
        kind: crate::answer::ReplyKind::Answer,
        answer: answer.to_owned(),
        language: Lang::JA,
        source_language: None,
        citations: vec![citation("ja-return-windows")],
        abstained: false,
        degraded: false,
        written_by: None,
        handoff: None,
        desk: None,
        ticket: None,
        suggestions: Vec::new(),
        confidence: 0.9,
        generation: None,
        timings: crate::answer::Timings::default(),
    }
}

fn abstention() -> Reply {
    let answer = phrases(&Lang::JA).abstained;
    Reply { citations: Vec::new(), abstained: true, confidence: 0.1, ..reply(answer) }
}

fn verifier() -> TokenOverlap {
    TokenOverlap::new(Arc::new(LexicalAnalyser::open(None)))
}

fn scored(sample: &Sample, reply: Option<&Reply>) -> Scored {
    futures::executor::block_on(score(sample, &Lang::JA, reply, &verifier()))
}

fn measured(sample: &Sample, reply: Option<&Reply>) -> BTreeMap<String, Figure> {
    let scored = scored(sample, reply);
    let mut table = Table::default();
    table.push(&scored.id, scored.values);
    figures(&table, &measures(&table), 1)
}

fn value(sample: &Sample, reply: &Reply, metric: &str) -> f64 {
    measured(sample, Some(reply)).get(metric).unwrap_or_else(|| panic!("{metric} was not measured")).value
}

#[test]
fn a_right_answer_is_right_in_everything() {
    let good = reply(QUOTE);
    for metric in [
        "answered",
        "cited_first",
        "citation_recall",
        "citation_precision",
        "key_facts",
        "forbidden_absent",
        "groundedness",
        "language",
    ] {
        assert_eq!(value(&sample(), &good, metric), 1.0, "{metric}");
    }
    assert!(scored(&sample(), Some(&good)).why.is_empty());
}

#[test]
fn an_invented_number_costs_facts_and_ground() {
    let bad = reply(&QUOTE.replace("30日", "90日"));
    assert!(value(&sample(), &bad, "key_facts") < 1.0);
    assert!(value(&sample(), &bad, "groundedness") < value(&sample(), &reply(QUOTE), "groundedness"));
    assert_eq!(value(&sample(), &bad, "forbidden_absent"), 0.0);
}

#[test]
fn a_swapped_negation_costs_ground() {
    let bad = reply(&QUOTE.replace("受け付けます", "受け付けません"));
    assert!(value(&sample(), &bad, "groundedness") < 1.0);
}

#[test]
fn a_citation_to_the_wrong_article_costs_recall_and_precision() {
    let bad = Reply { citations: vec![citation("ja-free-trial")], ..reply(QUOTE) };
    for metric in ["citation_recall", "citation_precision", "cited_first"] {
        assert_eq!(value(&sample(), &bad, metric), 0.0, "{metric}");
    }
    let both = Reply { citations: vec![citation("ja-free-trial"), citation("ja-return-windows")], ..reply(QUOTE) };
    assert_eq!(value(&sample(), &both, "citation_recall"), 1.0);
    assert_eq!(value(&sample(), &both, "citation_precision"), 0.5);
    assert_eq!(value(&sample(), &both, "cited_first"), 0.0);
    let fine = Reply { citations: vec![citation("ja-return-windows"), citation("ja-how-to-return")], ..reply(QUOTE) };
    assert_eq!(value(&sample(), &fine, "citation_precision"), 1.0);
}

#[test]
fn an_answer_in_the_wrong_language_is_seen() {
    let bad = reply("You have 30 days from the day after delivery, and the label costs 680 yen.");
    assert_eq!(value(&sample(), &bad, "language"), 0.0);
    let told = Reply { language: Lang::EN, ..reply(QUOTE) };
    assert_eq!(value(&sample(), &told, "language"), 0.0);
    // An article's words in another language, under a sentence of ours that says so, are what the customer was promised.
    let foreign = phrases(&Lang::JA).foreign.replace("{language}", "英語");
    let quoted = Reply { source_language: Some(Lang::EN), ..reply(&format!("{foreign}\n\nYou have 30 days.")) };
    assert_eq!(value(&sample(), &quoted, "language"), 1.0);
    let unsaid = Reply { source_language: Some(Lang::EN), ..reply("You have 30 days.\n\nReally.") };
    assert_eq!(value(&sample(), &unsaid, "language"), 0.0);
}

#[test]
fn an_empty_answer_earns_nothing() {
    let bad = reply("");
    assert_eq!(value(&sample(), &bad, "key_facts"), 0.0);
    assert_eq!(value(&sample(), &bad, "empty"), 1.0);
    assert!(scored(&sample(), Some(&bad)).why.contains(&"is empty".to_owned()));
}

#[test]
fn an_honest_abstention_is_right_where_there_is_no_answer_and_wrong_where_there_is() {
    assert_eq!(value(&unanswerable(), &abstention(), "abstained"), 1.0);
    assert!(scored(&unanswerable(), Some(&abstention())).why.is_empty());
    assert_eq!(value(&sample(), &abstention(), "answered"), 0.0);
    assert_eq!(value(&sample(), &abstention(), "key_facts"), 0.0, "what was withheld was not said");
    assert_eq!(value(&sample(), &abstention(), "citation_recall"), 0.0);
    assert!(!measured(&sample(), Some(&abstention())).contains_key("groundedness"), "nothing was claimed");
    assert_eq!(value(&unanswerable(), &reply(QUOTE), "abstained"), 0.0);
}

#[test]
fn a_copied_passage_that_does_not_answer_is_grounded_and_still_no_answer() {
    let other = "レビューは、商品が届いた翌日から購入後180日まで書けます。";
    let mut citation = citation("ja-write-a-review");
    citation.quote = other.to_owned();
    let bad = Reply { citations: vec![citation], ..reply(other) };
    assert_eq!(value(&sample(), &bad, "groundedness"), 1.0);
    assert_eq!(value(&sample(), &bad, "key_facts"), 0.0);
    assert_eq!(value(&sample(), &bad, "citation_recall"), 0.0);
}

#[test]
fn an_answer_that_cites_nothing_has_no_ground() {
    let bad = Reply { citations: Vec::new(), ..reply(QUOTE) };
    assert_eq!(value(&sample(), &bad, "groundedness"), 0.0);
    assert!(!measured(&sample(), Some(&bad)).contains_key("citation_precision"), "of nothing there is no precision");
}

#[test]
fn handing_over_is_no_answer_and_no_abstention() {
    let handed = Reply { handoff: Some(HandoffReason::GuardUnavailable), ..abstention() };
    assert_eq!(value(&sample(), &handed, "answered"), 0.0);
    assert_eq!(value(&unanswerable(), &handed, "abstained"), 0.0);
    let must: Sample =
        serde_json::from_str(r#"{"id":"3","user_input":"返金して","expect":{"must_handoff":"refund"}}"#).unwrap();
    assert_eq!(value(&must, &handed, "handed_over"), 1.0);
    assert_eq!(value(&must, &handed, "policy"), 0.0, "for another reason: handed over, and a confusion");
    let scored = scored(&must, Some(&handed));
    assert_eq!(scored.confusion, [("refund".to_owned(), "guard_unavailable".to_owned())]);
    assert_eq!(value(&must, &abstention(), "handed_over"), 0.0);
    // Silence is neither.
    assert_eq!(measured(&sample(), None)["answered"].value, 0.0);
}

proptest! {
    #[test]
    fn scores_are_shares_whatever_is_said(answer in any::<String>(), cites in any::<bool>()) {
        let citations = if cites { vec![citation("ja-return-windows")] } else { Vec::new() };
        let reply = Reply { citations, ..reply(&answer) };
        for (name, value) in scored(&sample(), Some(&reply)).values {
            prop_assert!(name == "length" || (0.0..=1.0).contains(&value), "{name}: {value}");
        }
    }

    #[test]
    fn saying_more_never_loses_a_fact(tail in "[ぁ-んa-z ]{0,40}") {
        let longer = reply(&format!("{QUOTE}\n\n{tail}"));
        prop_assert_eq!(value(&sample(), &longer, "key_facts"), 1.0);
    }
}
