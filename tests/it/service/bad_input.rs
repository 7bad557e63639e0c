//! What is wrong is refused in one shape, with a reason, and changes nothing.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::desk::Service;
use super::talk::text;
use crate::processes::need;

/// Checks that a response is an RFC 9457 problem of this status and returns it.
#[track_caller]
pub(super) fn problem(response: Response, status: u16, case: &str) -> impl Future<Output = Value> {
    let case = case.to_owned();
    async move {
        let head = format!("{case}: {} {:?}", response.status(), response.headers());
        let id = response.headers().get("x-request-id").is_some_and(|id| !id.is_empty());
        let kind = response.headers().get("content-type").cloned();
        let found = response.status().as_u16();
        let body = response.text().await.unwrap();
        assert_eq!(found, status, "{head} {body}");
        assert!(id, "no request id: {head}");
        assert_eq!(kind.unwrap(), "application/problem+json", "{head} {body}");
        let problem: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{head} {error}: {body}"));
        assert_eq!(problem["status"], status, "{head} {body}");
        assert!(text(&problem["type"]).starts_with("urn:madoguchi:problem:"), "{head} {body}");
        assert!(!text(&problem["title"]).is_empty() && !text(&problem["detail"]).is_empty(), "{head} {body}");
        problem
    }
}

#[tokio::test]
async fn messages_without_words_are_answered_with_a_hint() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    for nothing in ["", "   \n\t", "\u{3000}", "😀😀", "👨‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿", "？！…", "\u{200b}", "\0", "\u{301}"]
    {
        let message = talk.ask(nothing).await;
        assert_eq!(message["reply"]["abstained"], true, "{nothing:?}: {message}");
        assert_eq!(message["reply"]["citations"], json!([]), "{nothing:?}");
        assert!(text(&message["text"]).contains("ご質問"), "{nothing:?}: {message}");
    }
    let kept = talk.messages().await;
    assert_eq!(kept[0]["text"], "", "to the letter");
    assert_eq!(kept[8]["text"], "👨‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿");
}

#[tokio::test]
async fn words_in_unusual_writing_are_kept_and_answered() {
    let service = need!(Service::shared());
    let long = "返品".repeat(2000);
    for words in
        ["ﾍﾝﾋﾟﾝはいつまで？📚", "返\u{301}品した\u{3099}い", "<b>返品</b>の期間は？ '; DROP TABLE message; --", &long]
    {
        // Each in a conversation of its own: once a person has one, its messages are theirs.
        let talk = service.open("ja").await;
        let message = talk.ask(words).await;
        assert_eq!(message["reply"]["degraded"], false, "{words}: {message}");
        assert!(!text(&message["html"]).contains("<script"), "{message}");
        let kept = talk.messages().await;
        assert_eq!((kept.len(), text(&kept[0]["text"])), (2, words));
    }
}

#[tokio::test]
async fn too_much_is_refused() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let send = |words: String| talk.message(&words).send();
    assert_eq!(send("返".repeat(8000)).await.unwrap().status(), 200, "as long as may be");
    let found = problem(send("返".repeat(8001)).await.unwrap(), 413, "one character more").await;
    assert!(text(&found["detail"]).contains("8000"), "{found}");
    problem(send("a".repeat(1 << 20)).await.unwrap(), 413, "a mebibyte of message").await;

    let opening = service.post("/v1/conversations").header("content-type", "application/json");
    problem(opening.body(" ".repeat(1 << 20)).send().await.unwrap(), 413, "a mebibyte to open with").await;
    let long = "a".repeat(2001);
    problem(service.get(&format!("/v1/search?q={long}")).send().await.unwrap(), 400, "a long search").await;
    assert_eq!(talk.messages().await.len(), 2);
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let bodies: [(&str, &[u8], &[u16]); 9] = [
        ("not JSON", b"hello", &[400]),
        ("half of JSON", b"{\"text\": \"", &[400]),
        ("nothing", b"", &[400]),
        ("not UTF-8", b"{\"text\": \"\xff\xfe\"}", &[400]),
        ("no text", b"{}", &[422]),
        ("a list", b"[]", &[422]),
        ("a number", b"{\"text\": 3}", &[422]),
        ("an unknown field", b"{\"text\": \"x\", \"audience\": \"seller\"}", &[422]),
        ("half a surrogate", b"{\"text\": \"\\ud800\"}", &[400, 422]),
    ];
    for (case, body, allowed) in bodies {
        let request = talk.request(Method::POST, "/messages").header("content-type", "application/json");
        let response = request.body(body.to_vec()).send().await.unwrap();
        let status = response.status().as_u16();
        assert!(allowed.contains(&status), "{case}: {status}");
        problem(response, status, case).await;
    }
    for kind in [Some("text/plain"), Some("application/x-www-form-urlencoded"), None] {
        let mut request = talk.request(Method::POST, "/messages").body("{\"text\": \"x\"}");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        problem(request.send().await.unwrap(), 415, &format!("content type {kind:?}")).await;
    }
    assert!(talk.messages().await.is_empty());

    for (case, body) in [("not JSON", "hello"), ("unknown field", "{\"audience\": \"seller\"}"), ("list", "[1]")] {
        let request = service.post("/v1/conversations").header("content-type", "application/json").body(body);
        problem(request.send().await.unwrap(), 400, &format!("opening with {case}")).await;
    }
}

#[tokio::test]
async fn what_is_no_language_is_refused() {
    let service = need!(Service::shared());
    let long = "x".repeat(100_000);
    for tag in ["", "日本語", "<script>", "{language}", &long, "\u{0}"] {
        let request = service.post("/v1/conversations").json(&json!({ "locale": tag }));
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert!([400, 422].contains(&status), "locale {:.20}: {status}", tag);
        problem(response, status, tag.get(..9).unwrap_or(tag)).await;
    }
    let talk = service.open("ja").await;
    let message = talk.request(Method::POST, "/messages").json(&json!({ "text": "x", "language": "no such thing" }));
    problem(message.send().await.unwrap(), 422, "language of a message").await;
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    for id in ["abc", "-1", "1.5", "99999999999999999999999", "１"] {
        let request = talk.request(Method::GET, "/events").header("last-event-id", id.as_bytes());
        problem(request.send().await.unwrap(), 400, &format!("Last-Event-ID {id}")).await;
    }
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/v1", 404),
        (Method::GET, "/v1/nothing", 404),
        (Method::POST, "/nothing", 404),
        (Method::GET, "/assets/nothing.js", 404),
        (Method::GET, "/assets/%FF", 404),
        (Method::GET, "/assets/..%2Fchat.js", 404),
        (Method::GET, "/articles/nothing", 404),
        (Method::GET, "/articles/%FF", 404),
        (Method::GET, "/v1/articles/nothing", 404),
        (Method::GET, "/v1/articles/%FF", 404),
        (Method::GET, "/v1/articles/%E8%BF%94%E5%93%81", 404),
        (Method::GET, "/v1/articles/ja-returns?version=nothing", 404),
        (Method::GET, "/v1/articles/ja-returns?unknown=1", 400),
        (Method::GET, "/v1/articles?audience=seller", 400),
        (Method::GET, "/v1/search", 400),
        (Method::GET, "/v1/search?q=", 400),
        (Method::GET, "/v1/search?q=%20", 400),
        (Method::GET, "/v1/search?q=x&limit=0", 400),
        (Method::GET, "/v1/search?q=x&limit=151", 400),
        (Method::GET, "/v1/search?q=x&limit=x", 400),
        (Method::GET, "/articles/ja-returns?from=x", 400),
        (Method::GET, "/v1/conversations", 405),
        (Method::DELETE, "/v1/conversations", 405),
        (Method::PUT, "/v1/articles", 405),
        (Method::POST, "/v1/search", 405),
        (Method::POST, "/healthz", 405),
        (Method::POST, "/", 405),
        (Method::PATCH, "/openapi.json", 405),
    ] {
        let case = format!("{method} {path}");
        problem(service.request(method, path).send().await.unwrap(), status, &case).await;
    }
    // Nothing of that has hurt it.
    super::operation::whole(service).await;
}

#[tokio::test]
async fn a_callers_own_request_id_is_given_back() {
    let service = need!(Service::shared());
    let response = service.get("/nothing").header("x-request-id", "from-outside-7").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "from-outside-7");
}
