//! Conversations over HTTP: opening, saying, listening, coming back.

use std::collections::{BTreeMap, HashSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::bad_input::problem;
use super::desk::{Service, client, until};
use super::talk::{Sent, Talk, text};
use crate::processes::need;

const QUESTION: &str = "いつまで返品できますか";

#[tokio::test]
async fn opening_gives_a_token_a_greeting_and_topics() {
    let service = need!(Service::shared());
    let ja = service.open("ja").await;
    assert_eq!(ja.token.len(), 43);
    assert_eq!(ja.opened["language"], "ja");
    assert!(text(&ja.opened["greeting"]).contains("出典"), "{}", ja.opened);
    let topics = ja.opened["topics"].as_array().unwrap();
    let labels: Vec<&str> = topics.iter().map(|topic| text(&topic["label"])).collect();
    assert_eq!(labels, ["お支払い", "返品・交換・返金", "注文・配送"], "drafts, expired and sellers' are no topics");
    assert_eq!(topics[1]["articles"], json!([{ "id": "ja-returns", "title": "返品できる期間と条件" }]));

    let en = service.open("en-GB").await;
    assert_eq!(en.opened["language"], "en");
    assert!(text(&en.opened["greeting"]).starts_with("Hello"));
    assert_ne!(en.token, ja.token);
    assert_ne!(en.id(), ja.id());

    // By the browser's header, and by nothing at all.
    let by_header = service.post("/v1/conversations").header("accept-language", "ko-KR,ko;q=0.9,en;q=0.8");
    let by_header: Value = by_header.send().await.unwrap().json().await.unwrap();
    assert_eq!(by_header["language"], "ko");
    assert!(!by_header["topics"].as_array().unwrap().is_empty(), "topics of another language rather than none");
    let bare: Value = service.post("/v1/conversations").send().await.unwrap().json().await.unwrap();
    assert_eq!(bare["language"], "ja");
}

#[tokio::test]
async fn a_message_is_answered_as_json_and_kept() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    assert_eq!(talk.read().await["last_event_id"], 0);
    let message = talk.ask(QUESTION).await;
    assert_eq!(message["role"], "assistant");
    assert_eq!(message["lang"], "ja");
    assert_eq!(message["reply"]["answer"], message["text"]);
    assert!(text(&message["text"]).contains("21日以内"), "{message}");
    assert!(text(&message["html"]).contains("21日以内"), "{message}");

    let kept = talk.messages().await;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0]["role"], "customer");
    assert_eq!(kept[0]["text"], QUESTION);
    assert_eq!(kept[0]["id"], message["in_reply_to"]);
    assert_eq!(kept[1], message, "what is kept is what was sent");
}

/// Order, ids and content of one message's events.
fn check_stream(events: &[Sent]) -> Value {
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert!(names.starts_with(&["status", "status", "delta"]), "{names:?}");
    assert_eq!(names.last(), Some(&"message"), "{names:?}");
    let rank = |name: &&str| ["status", "delta", "citation", "message"].iter().position(|known| known == name).unwrap();
    assert!(names.is_sorted_by_key(rank), "{names:?}");
    assert_eq!(names.iter().filter(|name| **name == "message").count(), 1);
    assert_eq!(events[0].data["stage"], "received");
    assert_eq!(events[1].data["stage"], "answering");
    assert!(events.windows(2).all(|two| two[0].id + 1 == two[1].id), "{events:?}");
    assert!(events.iter().all(|event| event.data["type"] == event.name), "{events:?}");

    let message = events.last().unwrap().data.clone();
    let of = |name: &str| events.iter().filter(move |event| event.name == name).collect::<Vec<_>>();
    let joined: String = of("delta").iter().map(|delta| text(&delta.data["text"])).collect();
    assert_eq!(joined, text(&message["text"]));
    let citations: Vec<Value> = of("citation").iter().map(|citation| citation.data.clone()).collect();
    let cited = message["reply"]["citations"].as_array().unwrap();
    assert_eq!(citations.len(), cited.len());
    for (sent, cited) in citations.iter().zip(cited) {
        assert_eq!(sent["quote"], cited["quote"]);
        assert_eq!(sent["url"], cited["url"]);
    }
    message
}

#[tokio::test]
async fn a_message_is_answered_as_events() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let first = talk.stream(QUESTION).await.all().await;
    let message = check_stream(&first);
    assert_eq!(message["reply"]["citations"][0]["article_id"], "ja-returns");
    assert_eq!(first[0].id, 1);

    let second = talk.stream("送料はいくらですか").await.all().await;
    check_stream(&second);
    assert_eq!(second[0].id, first.last().unwrap().id + 1);
    assert_eq!(talk.read().await["last_event_id"], second.last().unwrap().id);
}

#[tokio::test]
async fn listening_again_after_any_event_gives_exactly_the_rest() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let mut events = talk.stream(QUESTION).await.all().await;
    events.extend(talk.stream("領収書の宛名は？").await.all().await);

    assert_eq!(talk.listen(None).await.some(events.len()).await, events, "without an id: from the beginning");
    for after in 0..events.len() {
        let mut listener = talk.listen(Some(after as u64)).await;
        assert_eq!(listener.some(events.len() - after).await, events[after..], "after {after}");
    }
    // One that has everything hears what is new, and that only.
    let mut listener = talk.listen(Some(events.len() as u64)).await;
    let new = talk.stream("Can you wrap a book as a present?").await.all().await;
    assert_eq!(listener.some(new.len()).await, new);
}

#[tokio::test]
async fn without_the_right_token_there_is_no_conversation() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let other = service.open("ja").await;
    let unknown = "0199aaaa-0000-7000-8000-000000000000";
    let message = json!({ "text": QUESTION });

    let mut answers = BTreeMap::<&str, HashSet<String>>::new();
    for id in [talk.id(), unknown, "rubbish", "%FF", "..%2F"] {
        for (method, below) in [(Method::GET, ""), (Method::GET, "/events"), (Method::POST, "/messages")] {
            let request = || service.request(method.clone(), &format!("/v1/conversations/{id}{below}")).json(&message);
            for (case, request) in [
                ("none", request()),
                ("another's", request().bearer_auth(&other.token)),
                ("cut short", request().bearer_auth(talk.token.get(..42).unwrap())),
                ("empty", request().bearer_auth("")),
                ("an API key", request().bearer_auth(super::help_centre::SELLER_KEY)),
            ] {
                let response = request.send().await.unwrap();
                assert_eq!(response.headers()["www-authenticate"], "Bearer");
                let found = problem(response, 401, &format!("{id}{below}, token: {case}")).await;
                answers.entry(case).or_default().insert(found.to_string());
            }
        }
    }
    assert!(answers.values().all(|same| same.len() == 1), "whether a conversation exists can be told: {answers:#?}");

    let address = service.url(&format!("/v1/conversations/{}", talk.id()));
    for scheme in ["Basic abc", "Bearer", "rubbish"] {
        let response = client().get(&address).header("authorization", scheme).send().await.unwrap();
        problem(response, 401, scheme).await;
    }
    assert!(talk.messages().await.is_empty(), "a refused message was kept");
}

#[tokio::test]
async fn a_repeated_message_is_answered_once() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let send = |key: &str, words: &str| talk.message(words).header("idempotency-key", key.to_owned()).send();

    let first: Value = send("one", QUESTION).await.unwrap().json().await.unwrap();
    let again: Value = send("one", QUESTION).await.unwrap().json().await.unwrap();
    assert_eq!(first, again);
    let as_events = talk.message(QUESTION).header("idempotency-key", "one").header("accept", "text/event-stream");
    let as_events = as_events.send().await.unwrap().text().await.unwrap();
    assert!(as_events.contains(text(&first["id"])), "the events of the same reply");

    problem(send("one", "送料はいくらですか").await.unwrap(), 422, "another message under the same key").await;
    let longest = "k".repeat(255);
    assert_eq!(send(&longest, QUESTION).await.unwrap().status(), 200);
    problem(send(&"k".repeat(256), QUESTION).await.unwrap(), 400, "key too long").await;
    problem(send(" ", QUESTION).await.unwrap(), 400, "blank key").await;

    // The key is the conversation's own.
    let other = service.open("ja").await;
    let elsewhere: Value =
        other.message(QUESTION).header("idempotency-key", "one").send().await.unwrap().json().await.unwrap();
    assert_ne!(elsewhere["id"], first["id"]);
    assert_eq!(talk.messages().await.len(), 4);
}

#[tokio::test]
async fn the_same_message_many_times_at_once_is_answered_once() {
    let service = need!(Service::shared());
    let talk = service.open("en").await;
    let client = client();
    let address = service.url(&format!("/v1/conversations/{}/messages", talk.id()));
    let sent = (0..24).map(|_| {
        let request = client.post(&address).bearer_auth(&talk.token).header("idempotency-key", "all at once");
        let request = request.json(&json!({ "text": "What does gift wrapping cost?" }));
        async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            response.json::<Value>().await.unwrap()
        }
    });
    let replies = futures::future::join_all(sent).await;
    assert!(replies.iter().all(|reply| *reply == replies[0]));
    assert_eq!(talk.messages().await.len(), 2);
    let events = talk.read().await["last_event_id"].as_u64().unwrap();
    check_stream(&talk.listen(None).await.some(usize::try_from(events).unwrap()).await);
}

#[tokio::test]
async fn many_messages_at_once_keep_their_order_and_their_replies() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let words: Vec<String> = (1..=12).map(|n| format!("返品は{n}冊でもできますか")).collect();
    let replies = futures::future::join_all(words.iter().map(|words| talk.ask(words))).await;
    let kept = talk.messages().await;
    assert_eq!(kept.len(), 24);
    let ids: HashSet<&str> = kept.iter().map(|message| text(&message["id"])).collect();
    assert_eq!(ids.len(), 24);
    for (words, reply) in words.iter().zip(&replies) {
        let asked = kept.iter().position(|message| message["text"] == **words).unwrap();
        let answered = kept.iter().position(|message| message == reply).unwrap();
        assert!(asked < answered);
        assert_eq!(kept[asked]["id"], kept[answered]["in_reply_to"]);
    }
    let last = talk.read().await["last_event_id"].as_u64().unwrap();
    let events = talk.listen(None).await.some(usize::try_from(last).unwrap()).await;
    assert!(events.iter().zip(1..).all(|(event, id)| event.id == id));
    assert_eq!(events.iter().filter(|event| event.name == "message").count(), 12);
}

#[tokio::test]
async fn a_customer_who_hangs_up_finds_the_reply_later() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let mut stream = talk.stream(QUESTION).await;
    let received = stream.next().await.unwrap();
    drop(stream);

    let kept = until("a reply", async || Some(talk.messages().await).filter(|messages| messages.len() > 1)).await;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[1]["in_reply_to"], received.data["message_id"]);
    let last = talk.read().await["last_event_id"].as_u64().unwrap();
    let rest = talk.listen(Some(received.id)).await.some(usize::try_from(last - received.id).unwrap()).await;
    check_stream(&[vec![received], rest].concat());
}

#[tokio::test]
async fn no_log_line_at_the_usual_level_holds_a_customers_words() {
    let service = need!(Service::shared());
    let talk = Talk::open(service, None).await;
    talk.ask("山田太郎ですが、本を返品したいです").await;
    let search = service.get("/v1/search?q=%E5%B1%B1%E7%94%B0%E5%A4%AA%E9%83%8E");
    search.header("x-request-id", "the-last-of-these").send().await.unwrap();
    // What is written is read a moment later.
    service.logged("the-last-of-these");
    let log = service.log();
    assert!(log.contains("/messages"), "the request itself is told");
    assert!(!log.contains("山田") && !log.contains("%E5%B1%B1"), "{log}");
    assert!(!log.contains(&talk.token), "the token is in the log");
}
