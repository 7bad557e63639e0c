//! The vote of a chat model among the guards: it can hand over what all others let pass, and nothing else.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::desk::{Place, REQUEST_SECONDS, Service, until};
use super::help_centre;
use super::operation::whole;
use super::talk::text;
use super::written::Model;
use crate::processes::need;

/// Harmless to every other guard: it is what the articles answer.
const HARMLESS: &str = "送料はいくらですか";
const SAYS: &str = "送料は全国一律350円で、3,500円以上のご注文は無料です。";
const REFUND: &str = r#"{"reason": "送料を返してほしいと言っている", "policy": "refund"}"#;
const NONE: &str = r#"{"reason": "送料を聞いている", "policy": "none"}"#;

/// With a vote that is waited for as long as a busy machine may need.
fn voting(place: Place) -> Place {
    place.with("LLM__GUARD_VOTE", true).with("LLM__GUARD_VOTE_SECONDS", REQUEST_SECONDS / 2)
}

/// A model's reply, from its first word to its end.
fn reply(model: &Model, words: &str) {
    model.say(words);
    model.end();
}

/// What the service says of its guards.
async fn guards(service: &Service) -> String {
    let ready = whole(service).await;
    let parts = ready["parts"].as_array().unwrap();
    text(&parts.iter().find(|part| part["name"] == "guards").unwrap()["detail"]).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_hands_over_what_looks_harmless() {
    let model = Model::start().await;
    let place = voting(model.place(need!(Place::new())));
    let config = place.file("config.toml", help_centre::CONFIG);
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--config"]);
    command.arg(config);
    let service = Service::started(command);

    let talk = service.open("ja").await;
    reply(&model, REFUND);
    let told = talk.ask(HARMLESS).await;
    assert_eq!((&told["reply"]["kind"], &told["reply"]["handoff"]), (&json!("handoff"), &json!("refund")), "{told:#}");
    assert_eq!((&told["reply"]["desk"]["code"], &told["reply"]["degraded"]), (&json!("returns"), &json!(false)));
    let reference = text(&told["reply"]["ticket"]["reference"]);
    assert!(!reference.is_empty() && text(&told["text"]).contains(reference), "{told:#}");
    assert_eq!(
        (model.calls(), &told["reply"]["written_by"]),
        (1, &Value::Null),
        "it voted, and was not asked to write"
    );

    let receipt = format!("/v1/answers/{}/receipt", text(&told["id"]));
    let seen = service.get(&receipt).bearer_auth(help_centre::SELLER_KEY).send().await.unwrap();
    let seen = seen.json::<Value>().await.unwrap();
    let by = json!({ "kind": "model", "model": "scripted", "reason": "送料を返してほしいと言っている" });
    assert_eq!(seen["guard"]["votes"], json!([{ "policy": "refund", "mandatory": true, "by": by }]), "{seen:#}");
    assert_eq!(seen["guard"]["ruling"], "refund");

    // What the words claim is nobody's to vote on.
    let claimed = service.open("ja").await.ask("返金してください").await;
    assert_eq!((&claimed["reply"]["handoff"], model.calls()), (&json!("refund"), 1), "{claimed:#}");
    // What nobody claims is written about, after the vote.
    reply(&model, NONE);
    reply(&model, SAYS);
    let answered = service.open("ja").await.ask(HARMLESS).await;
    assert_eq!((&answered["reply"]["kind"], model.calls()), (&json!("answer"), 3), "{answered:#}");
    assert_eq!(answered["reply"]["written_by"]["model"], "scripted", "{answered:#}");
    assert!(guards(&service).await.contains("; 0 messages could not be judged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_is_voted_on_once() {
    let model = Model::start().await;
    let place = voting(model.place(need!(Place::new()))).with("LLM__ANSWERS", false);
    let service = place.serve();
    let talk = service.open("ja").await;
    reply(&model, NONE);
    talk.ask(HARMLESS).await;
    // By itself and together with the question before it: two looks, one vote.
    reply(&model, NONE);
    let told = talk.ask("沖縄は？").await;
    assert_ne!(told["reply"]["kind"], "handoff", "{told:#}");
    assert_eq!(model.calls(), 2);
    // Nothing is asked about thanks.
    assert_eq!(talk.ask("ありがとうございます").await["reply"]["kind"], "courtesy");
    assert_eq!(model.calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_down_sends_nobody_away() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = need!(Place::new())
        .with("LLM__BASE_URL", format!("http://{free}/v1"))
        .with("LLM__MODEL", "gone")
        .with("LLM__ANSWERS", true)
        .with("LLM__DEADLINE_SECONDS", REQUEST_SECONDS - 10)
        .with("LLM__MAX_RETRIES", 0);
    let place = voting(place);
    let service = place.serve();
    let told = service.open("ja").await.ask(HARMLESS).await;
    let reply = &told["reply"];
    assert_eq!((&reply["kind"], &reply["handoff"]), (&json!("answer"), &Value::Null), "{told:#}");
    assert_eq!((&reply["degraded"], &reply["written_by"]), (&json!(true), &Value::Null), "{told:#}");
    assert_eq!(reply["citations"][0]["article_id"], "ja-shipping", "{told:#}");
    assert!(text(&told["text"]).contains("350円"), "{told:#}");
    assert!(guards(&service).await.contains("; 1 messages could not be judged"));
    // The other guards are whole.
    let claimed = service.open("ja").await.ask("返金してください").await;
    assert_eq!(claimed["reply"]["handoff"], "refund", "{claimed:#}");
    until("it is in the log", async || service.log().contains("the chat model gave no vote").then_some(())).await;
    assert!(!service.log().contains(HARMLESS), "nor is a customer's word");
}

#[test]
fn a_vote_of_nobody_is_an_error_at_the_start() {
    let refused = need!(Place::empty()).with("LLM__GUARD_VOTE", true).run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code(), Some(1), "{refused:?}");
    assert!(refused.err().contains("llm.guard_vote: needs llm.base_url and llm.model"), "{refused:?}");
}
