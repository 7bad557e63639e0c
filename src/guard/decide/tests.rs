use std::collections::HashMap;

use super::*;
use crate::guard::classifier::Method;
use crate::guard::conversation::Replied;
use crate::guard::fakes::{self, embed};

fn vectors(policies: &Policies) -> HashMap<String, Vector> {
    fakes::vectors(&policies.exemplar_texts())
}

const FILE: &str = r#"
version = 7
[desk.d]
name.en = "Desk"
does.en = "Does."
[[policy]]
code = "human_request"
desk = "d"
priority = 1
understood.en = "A person."
rules.ja = ["(人間|担当者) … 話"]
exemplars.ja = { positive = ["オペレーターにつないで", "係の人と話したい"], negative = ["営業時間は"] }
[[policy]]
code = "unresolved"
desk = "d"
priority = 10
understood.en = "Unresolved."
[[policy]]
code = "unclear"
desk = "d"
priority = 11
understood.en = "Unclear."
[[policy]]
code = "refund"
rules.ja = ["返金しろ", "^はい … $ @offered(返金)"]
[signal.unhelpful]
ja = ["解決しない"]
"#;

fn guard() -> Guard {
    let policies = Policies::extending(fakes::CORE, FILE).unwrap();
    let vectors = vectors(&policies);
    Guard::prepare(policies, &vectors).unwrap()
}

fn judge(guard: &Guard, text: &str, before: &[Said<'_>]) -> Decision {
    let vector = embed(text);
    guard.judge(&Asked { text, vector: &vector, lang: &Lang::JA, before, in_context: None }).unwrap()
}

#[test]
fn a_long_message_needs_less_to_be_claimed() {
    let guard = guard();
    let scores = |text: &str| judge(&guard, text, &[]).scores;
    let short = scores("天気の話をしよう。");
    for (length, share) in [(100, 1.0), (200, 1.0), (201, 0.3), (500, 0.3), (501, 0.1)] {
        let long = scores(&"天".repeat(length));
        for score in &short {
            let found = long.iter().find(|long| long.policy == score.policy).unwrap().threshold;
            assert!((found - share * score.threshold).abs() < 1e-6, "{length} {}: {found}", score.policy);
        }
    }
}

#[test]
fn a_mandatory_vote_rules_over_a_higher_priority() {
    let decision = judge(&guard(), "返金しろ。あと人間と話がしたい", &[]);
    assert_eq!(decision.ruling.as_ref().unwrap().as_str(), "refund");
    assert!(decision.votes.iter().any(|vote| vote.policy.0 == "human_request"));
    assert_eq!(decision.policy_version, 7);
    let text = decision.to_string();
    assert!(text.starts_with("refund rules; ") && text.contains("rule `返金しろ` on \"返金しろ\""), "{text}");
}

#[test]
fn an_exemplar_is_recognised_and_explained() {
    let guard = guard();
    let decision = judge(&guard, "オペレーターにつないで", &[]);
    let vote = decision.votes.iter().find(|vote| vote.policy.0 == "human_request").unwrap();
    let By::Classifier { probability, threshold, nearest, .. } = &vote.by else { panic!("{vote}") };
    assert!(probability >= threshold);
    assert_eq!(nearest.len(), 3);
    assert_eq!(nearest[0].text, "オペレーターにつないで");
    assert!(nearest[0].cosine > 0.99);
    let harmless = judge(&guard, "天気", &[]);
    assert_eq!(harmless.scores.len(), guard.policies().all().len());
}

#[test]
fn consent_to_an_offer_is_a_request() {
    let guard = guard();
    let offer = Said { by: Speaker::Assistant(Replied::Answered), text: "返金をご希望ですか？" };
    let decision = judge(&guard, "はい、お願いします", &[offer]);
    assert!(decision.votes.iter().any(|vote| matches!(&vote.by, By::Rule { .. })), "{decision}");
    let other = Said { by: Speaker::Assistant(Replied::Answered), text: "住所を変えますか？" };
    assert!(
        !judge(&guard, "はい、お願いします", &[other]).votes.iter().any(|vote| matches!(&vote.by, By::Rule { .. }))
    );
}

#[test]
fn the_course_of_the_conversation_votes() {
    let guard = guard();
    let customer = |text| Said { by: Speaker::Customer, text };
    let answer = Said { by: Speaker::Assistant(Replied::Answered), text: "こうしてください" };
    let before = [customer("これでは解決しないです"), answer];
    let decision = judge(&guard, "やっぱり解決しない", &before);
    assert!(decision.votes.iter().any(|vote| vote.by == By::Conversation { sign: Sign::UnhelpfulAgain }), "{decision}");
    let asked_back = Said { by: Speaker::Assistant(Replied::AskedBack), text: "どちらですか" };
    let unclear = guard.judge_unanswered(&[customer("あれ"), asked_back]).unwrap();
    assert_eq!(unclear.ruling.unwrap().as_str(), "unclear");
    assert!(guard.judge_unanswered(&[customer("あれ"), answer]).is_none());
}

#[test]
fn a_vote_more_takes_none_away() {
    let guard = guard();
    let vote = |code: &str| Vote {
        policy: PolicyCode(code.to_owned()),
        mandatory: guard.policies().named(code).unwrap().mandatory,
        by: By::Model { model: "scripted".to_owned(), reason: "頼んでいる".to_owned() },
    };
    for (text, code, rules) in
        [("返金しろ", "human_request", "refund"), ("天気", "refund", "refund"), ("人間と話したい", "refund", "refund")]
    {
        let before = guard.judge_words(text, &Lang::JA, &[]);
        let after = guard.with_vote(before.clone(), vote(code));
        assert_eq!(after.votes.split_last(), Some((&vote(code), &before.votes[..])), "{text}");
        assert_eq!(after.ruling.unwrap().as_str(), rules, "{text}");
    }
    let ruled = guard.with_vote(guard.judge_words("天気", &Lang::JA, &[]), vote("refund"));
    assert_eq!(ruled.to_string(), "refund rules; refund (mandatory): the model scripted, because \"頼んでいる\"");
    let json = serde_json::to_string(&ruled).unwrap();
    assert!(json.contains(r#""kind":"model""#), "{json}");
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), ruled);
}

#[test]
fn near_is_half_of_what_a_mandatory_policy_votes_from() {
    let guard = guard();
    let near = |code: &str, probability: f32| {
        let score = Score { policy: PolicyCode(code.to_owned()), probability, threshold: 0.5 };
        guard.is_near(&Decision { scores: vec![score], ..guard.judge_words("天気", &Lang::JA, &[]) })
    };
    assert!(near("refund", 0.25) && near("identity", 0.49));
    assert!(!near("refund", 0.24) && !near("human_request", 0.49) && !near("no_such", 0.49));
    assert!(!guard.is_near(&guard.judge_words("天気", &Lang::JA, &[])), "without a classifier nothing is near");
}

#[test]
fn a_vector_that_cannot_be_compared_is_no_all_clear() {
    let guard = guard();
    for odd in [vec![], vec![1.0], vec![0.0; 256]] {
        let vector = Vector::normalised(odd);
        let asked = Asked { text: "こんにちは", vector: &vector, lang: &Lang::JA, before: &[], in_context: None };
        assert_eq!(guard.judge(&asked), Err(Unfit));
        let fit = embed("こんにちは");
        let asked = Asked { vector: &fit, in_context: Some(("x", &vector)), ..asked };
        assert_eq!(guard.judge(&asked), Err(Unfit));
    }
}

#[test]
fn exemplars_that_blind_the_core_are_refused() {
    // Everything that the core's classifier knows as a refund, with a word more, is claimed to be harmless.
    let extending = |file: &str| Policies::extending(fakes::CORE, file).unwrap();
    let core = extending("version = 1");
    let mut vectors = vectors(&core);
    let mut negatives = Vec::new();
    for exemplar in &core.named("refund").unwrap().positive {
        for word in ["x", "y", "z"] {
            let claimed = format!("{} {word}", exemplar.text);
            vectors.insert(claimed.clone(), vectors[&exemplar.text].clone());
            negatives.push(format!("\"{claimed}\""));
        }
    }
    let file =
        format!("version = 1\n[[policy]]\ncode = \"refund\"\nexemplars.en.negative = [{}]", negatives.join(", "));
    for method in [Method::Kernel, Method::Logistic] {
        assert!(Guard::prepare_with(core.clone(), &vectors, method).is_ok(), "{method:?}");
        let error = Guard::prepare_with(extending(&file), &vectors, method).unwrap_err();
        assert!(matches!(&error, PrepareError::HollowedOut { policy, .. } if policy.0 == "refund"), "{error}");
    }
}

#[test]
fn a_missing_vector_is_named() {
    let policies = Policies::extending(fakes::CORE, FILE).unwrap();
    let mut vectors = vectors(&policies);
    vectors.remove("係の人と話したい");
    let error = Guard::prepare(policies, &vectors).unwrap_err().to_string();
    assert!(error.contains("係の人と話したい"), "{error}");
}

#[test]
fn decisions_can_be_kept() {
    let decision = judge(&guard(), "返金しろ", &[]);
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    assert!(json.contains(r#""kind":"rule""#), "{json}");
}

#[test]
fn any_text_can_be_judged() {
    let guard = guard();
    for text in ["", " ", "😀👨‍👩‍👧", "か\u{3099}\u{301}", &"返金".repeat(100_000), "\0\u{202e}"] {
        let _ = judge(&guard, text, &[]);
    }
}
