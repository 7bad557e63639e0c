//! A desk asks another desk, or a seller, about a case: who is asked sees the question and nothing else, and the customer waits for none
//! of it.

use jiff::{SignedDuration, Timestamp};
use madoguchi::clock::{Clock as _, SystemClock};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::{Place, Service};
use super::operators::entry;
use super::talk::text;
use crate::processes::need;

/// Who serves which desk.
const KEYS: [(&str, &str, &str, &str); 3] = [
    ("tanaka", "key of tanaka", "operator", "returns"),
    ("suzuki", "key of suzuki", "operator", "safety"),
    ("sato", "key of sato", "operator", "identity"),
];

fn config() -> String {
    KEYS.iter().map(|(name, key, role, desk)| entry(name, key, &[role], &[desk])).collect()
}

async fn call(service: &Service, who: usize, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = service.request(method, &format!("/v1/operator{path}")).bearer_auth(KEYS[who].1);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn inquiry(to: Value, question: &str, due: Timestamp) -> Option<Value> {
    Some(json!({ "to": to, "question": question, "due": due }))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_desk_is_asked_and_answers_without_seeing_the_case() {
    let place = need!(Place::new());
    let mut serve = place.command(&["serve", "--no-watch", "--listen", "127.0.0.1:0", "--config"]);
    serve.arg(place.file("config.toml", &config()));
    let service = Service::started(serve);
    let talk = service.open("ja").await;
    let reply = talk.ask("返金してください。表紙に「ひまわり」とある本です。").await;
    let reference = text(&reply["reply"]["ticket"]["reference"]).to_owned();
    let promised = &reply["reply"]["ticket"]["promised_by"];
    let inquiries = format!("/tickets/{reference}/inquiries");
    let soon = SystemClock.now() + SignedDuration::from_hours(1);

    let ask = |to: Value, question: &'static str, due: Timestamp| {
        call(&service, 0, Method::POST, &inquiries, inquiry(to, question, due))
    };
    let (status, asked) = ask(json!({ "desk": "safety" }), "この口座に不正の疑いはありますか 🔍", soon).await;
    assert_eq!(
        (status, &asked["number"], &asked["state"]),
        (StatusCode::CREATED, &json!(1), &json!("open")),
        "{asked}"
    );
    let seller = json!({ "seller": { "name": "青葉書房", "address": "aoba@shop.example" } });
    let (status, asked) = ask(seller.clone(), "発送済みですか", soon).await;
    assert_eq!((status, &asked["to"]), (StatusCode::CREATED, &seller), "{asked}");
    let past = SystemClock.now() - SignedDuration::from_mins(1);
    for (to, question, due, wanted) in [
        (json!({ "desk": "safety" }), "?", past, StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "desk": "safety" }), "?", Timestamp::MAX, StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "desk": "safety" }), " ", soon, StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "desk": "nowhere" }), "?", soon, StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "desk": "returns" }), "?", soon, StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "seller": { "name": "" } }), "?", soon, StatusCode::UNPROCESSABLE_ENTITY),
        (json!("safety"), "?", soon, StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, problem) = ask(to.clone(), question, due).await;
        assert_eq!(status, wanted, "{to} by {due}: {problem}");
    }

    // The desk that was asked finds the question, and cannot read the case.
    let (status, theirs) = call(&service, 1, Method::GET, "/inquiries", None).await;
    assert_eq!(status, 200);
    assert_eq!(theirs.as_array().unwrap().len(), 1, "the seller's is none of theirs: {theirs}");
    assert_eq!((&theirs[0]["reference"], &theirs[0]["desk"]), (&json!(reference), &json!("returns")));
    assert!(!theirs.to_string().contains("ひまわり"), "{theirs}");
    assert_eq!(call(&service, 1, Method::GET, &format!("/tickets/{reference}"), None).await.0, 403);
    assert_eq!(call(&service, 1, Method::GET, &inquiries, None).await.0, 403);
    assert_eq!(call(&service, 2, Method::GET, "/inquiries", None).await.1, json!([]));
    assert_eq!(call(&service, 2, Method::GET, "/inquiries?desk=safety", None).await.0, 403);

    let answer = |who: usize, number: u32, words: &'static str| {
        let path = format!("{inquiries}/{number}/answer");
        let service = &service;
        async move { call(service, who, Method::POST, &path, Some(json!({ "text": words }))).await }
    };
    assert_eq!(answer(2, 1, "ありません").await.0, 403, "neither asked nor asking");
    assert_eq!(answer(1, 2, "発送済みです").await.0, 403, "a seller's answer is written down by who has the case");
    assert_eq!(answer(1, 7, "?").await.0, 404);
    let (status, answered) = answer(1, 1, "ありません").await;
    assert_eq!((status, &answered["state"]), (StatusCode::OK, &json!("answered")), "{answered}");
    assert_eq!((&answered["answer"]["by"], &answered["answer"]["text"]), (&json!("suzuki"), &json!("ありません")));
    assert_eq!(answer(0, 1, "やはりあります").await.0, 409, "answered once");
    assert_eq!(answer(0, 2, "昨日発送したとのことです").await.0, 200);

    let (_, all) = call(&service, 0, Method::GET, &inquiries, None).await;
    let states: Vec<&str> = all.as_array().unwrap().iter().map(|asked| text(&asked["state"])).collect();
    assert_eq!(states, ["answered", "answered"]);
    assert_eq!(call(&service, 1, Method::GET, "/inquiries", None).await.1, json!([]));
    // The customer was promised an answer by then, and still is; none of this was said to them.
    let (_, view) = call(&service, 0, Method::GET, &format!("/tickets/{reference}"), None).await;
    assert_eq!(&view["promise"]["promised_by"], promised);
    assert_eq!(talk.messages().await.len(), 2);

    call(&service, 0, Method::POST, &format!("/tickets/{reference}/claim"), None).await;
    let (status, _) = call(&service, 0, Method::POST, &format!("/tickets/{reference}/resolve"), None).await;
    assert_eq!(status, 200);
    let (status, late) = ask(json!({ "desk": "safety" }), "まだ何かありますか", soon).await;
    assert_eq!(status, 409, "a settled case asks nobody: {late}");
}
