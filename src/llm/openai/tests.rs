use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, Request as Received, ResponseTemplate};

use super::*;

fn config(server: &MockServer) -> OpenAiConfig {
    let base = Url::parse(&format!("{}/v1", server.uri())).unwrap();
    OpenAiConfig { dimension: Some(2), backoff: Duration::from_millis(1), ..OpenAiConfig::new(base, "tiny") }
}

async fn embedder(config: OpenAiConfig) -> OpenAiEmbedder {
    OpenAiEmbedder::connect(config, 7).await.unwrap()
}

fn vectors(vectors: &[(usize, [f32; 2])]) -> ResponseTemplate {
    let data: Vec<Value> = vectors.iter().map(|(index, vector)| json!({"index": index, "embedding": vector})).collect();
    ResponseTemplate::new(200).set_body_json(json!({ "data": data }))
}

async fn answering(answers: Vec<ResponseTemplate>) -> MockServer {
    answering_at("/v1/embeddings", answers).await
}

/// Answers by a list of templates, one after the other, the last for ever.
pub(super) async fn answering_at(place: &str, answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let next = AtomicUsize::new(0);
    let respond = move |_: &Received| answers[next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)].clone();
    Mock::given(method("POST")).and(path(place)).respond_with(respond).mount(&server).await;
    server
}

pub(super) async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn one() -> ResponseTemplate {
    vectors(&[(0, [3.0, 4.0])])
}

#[tokio::test]
async fn a_question_is_sent_with_model_prefix_and_key() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer s3cret"))
        .and(body_partial_json(json!({"model": "tiny", "input": ["query: パスワード"], "encoding_format": "float"})))
        .respond_with(one())
        .expect(1)
        .mount(&server)
        .await;
    let key = Some(SecretString::from("s3cret"));
    let embedder = embedder(OpenAiConfig { api_key: key, query_prefix: "query: ".into(), ..config(&server) }).await;
    let vector = embedder.embed_query(" ﾊﾟｽﾜｰﾄﾞ ").await.unwrap();
    assert_eq!(vector.as_slice(), [0.6, 0.8], "scaled to length 1");
    assert_eq!(embedder.embed_query(" ﾊﾟｽﾜｰﾄﾞ ").await.unwrap(), vector, "the second time from memory");
    assert!(!format!("{embedder:?}").contains("s3cret"));
}

#[tokio::test]
async fn without_a_key_no_authorization_is_sent() {
    let server = answering(vec![one()]).await;
    embedder(config(&server)).await.embed_query("hi").await.unwrap();
    assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn passages_go_in_batches_and_come_back_in_order() {
    let server = answering(vec![vectors(&[(1, [0.0, 1.0]), (0, [1.0, 0.0])]), vectors(&[(0, [-1.0, 0.0])])]).await;
    let embedder = embedder(OpenAiConfig { batch_size: 2, ..config(&server) }).await;
    let texts = ["a", "b", ""].map(str::to_owned);
    let found = embedder.embed_passages(&texts).await.unwrap();
    let found: Vec<&[f32]> = found.iter().map(Vector::as_slice).collect();
    assert_eq!(found, [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]);
    assert!(embedder.embed_passages(&[]).await.unwrap().is_empty());
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn the_dimension_is_asked_for_when_it_is_not_configured() {
    let server = answering(vec![one()]).await;
    let probed = embedder(OpenAiConfig { dimension: None, ..config(&server) }).await;
    assert_eq!(probed.space().dimension, 2);
    let configured = embedder(config(&server)).await;
    assert_eq!(probed.space(), configured.space());
    let prefixed = embedder(OpenAiConfig { passage_prefix: "passage: ".into(), ..config(&server) }).await;
    assert_ne!(prefixed.space().fingerprint, configured.space().fingerprint);
}

#[tokio::test]
async fn failures_that_may_pass_are_tried_again() {
    for failure in [500, 502, 503, 408, 429] {
        let server = answering(vec![ResponseTemplate::new(failure).set_body_string("<html>later</html>"), one()]).await;
        embedder(config(&server)).await.embed_query("hi").await.unwrap();
        assert_eq!(requests(&server).await, 2, "{failure}");
    }
}

#[tokio::test]
async fn retries_are_bounded() {
    let server = answering(vec![ResponseTemplate::new(500).set_body_string("out of memory")]).await;
    let error = embedder(OpenAiConfig { retries: 2, ..config(&server) }).await.embed_query("hi").await.unwrap_err();
    assert!(matches!(&error, EmbedError::Transient(reason) if reason.contains("out of memory")), "{error}");
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let busy = |seconds: &str| ResponseTemplate::new(429).insert_header("retry-after", seconds);
    // Were the header ignored, this would wait for an hour.
    let patient = |server| OpenAiConfig {
        backoff: Duration::from_secs(3600),
        longest_wait: Duration::from_secs(7200),
        ..config(server)
    };
    let server = answering(vec![busy("0"), one()]).await;
    embedder(patient(&server)).await.embed_query("hi").await.unwrap();
    // And a wait that nobody has time for is a failure, not a wait.
    let server = answering(vec![busy("86400"), one()]).await;
    let error = embedder(config(&server)).await.embed_query("hi").await.unwrap_err();
    assert!(matches!(error, EmbedError::Transient(_)), "{error}");
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn refusals_are_final() {
    let llama = json!({"error": {"code": 400, "message": "input is too large", "type": "invalid_request_error"}});
    let quota = json!({"error": {"code": "insufficient_quota", "message": "pay first"}});
    for (answer, word) in [
        (ResponseTemplate::new(401).set_body_string("no such key"), "no such key"),
        (ResponseTemplate::new(404), "404"),
        (ResponseTemplate::new(400).set_body_json(llama), "too large"),
        (ResponseTemplate::new(429).set_body_json(quota), "pay first"),
        (ResponseTemplate::new(307).insert_header("location", "http://elsewhere.invalid/"), "307"),
    ] {
        let server = answering(vec![answer]).await;
        let error = embedder(config(&server)).await.embed_query("hi").await.unwrap_err();
        assert!(matches!(&error, EmbedError::Permanent(reason) if reason.contains(word)), "{error}");
        assert_eq!(requests(&server).await, 1, "{word}");
    }
}

#[tokio::test]
async fn nonsense_is_refused() {
    let template = ResponseTemplate::new(200);
    for (answer, word) in [
        (template.clone().set_body_string("<html>proxy</html>"), "OpenAI-compatible"),
        (template.clone().set_body_json(json!({"data": []})), "0 vectors"),
        (template.clone().set_body_json(json!({"data": [{"index": 0, "embedding": [1.0]}]})), "1 dimensions"),
        (template.clone().set_body_json(json!({"data": [{"index": 5, "embedding": [1.0, 0.0]}]})), "number 5"),
        (
            template.clone().set_body_json(json!({"data": [{"index": 0, "embedding": [null, 0.0]}]})),
            "OpenAI-compatible",
        ),
        (template.clone(), "OpenAI-compatible"),
    ] {
        let server = answering(vec![answer]).await;
        let error = embedder(config(&server)).await.embed_query("hi").await.unwrap_err();
        assert!(matches!(&error, EmbedError::Permanent(reason) if reason.contains(word)), "{word}: {error}");
    }
    let server = answering(vec![vectors(&[(0, [1.0, 0.0]), (0, [0.0, 1.0])])]).await;
    let texts = ["a", "b"].map(str::to_owned);
    let error = embedder(config(&server)).await.embed_passages(&texts).await.unwrap_err();
    assert!(matches!(error, EmbedError::Permanent(_)), "{error}");
}

#[tokio::test]
async fn a_slow_endpoint_is_given_up() {
    let server = answering(vec![one().set_delay(Duration::from_secs(3600))]).await;
    let hasty = OpenAiConfig { timeout: Duration::from_millis(50), retries: 1, ..config(&server) };
    let error = embedder(hasty).await.embed_query("hi").await.unwrap_err();
    assert!(matches!(error, EmbedError::Transient(_)), "{error}");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_may_come_back() {
    let base = Url::parse("http://127.0.0.1:9/v1/").unwrap();
    let config = OpenAiConfig { retries: 0, dimension: Some(2), ..OpenAiConfig::new(base, "tiny") };
    let error = embedder(config).await.embed_query("hi").await.unwrap_err();
    assert!(matches!(error, EmbedError::Transient(_)), "{error}");
}

#[tokio::test]
async fn a_key_that_is_no_header_is_refused_before_it_is_sent() {
    let base = Url::parse("http://127.0.0.1:9/v1/").unwrap();
    let config = OpenAiConfig { api_key: Some(SecretString::from("鍵\n")), ..OpenAiConfig::new(base, "tiny") };
    let error = OpenAiEmbedder::connect(config, 7).await.unwrap_err();
    assert!(matches!(error, EmbedError::Permanent(_)), "{error}");
}

#[test]
fn a_configuration_has_sensible_defaults_and_seconds() {
    let config: OpenAiConfig =
        serde_json::from_value(json!({"base_url": "http://h/v1", "model": "m", "timeout": 2.5})).unwrap();
    assert_eq!((config.timeout, config.batch_size), (Duration::from_millis(2500), 32));
    assert!(
        serde_json::from_value::<OpenAiConfig>(json!({"base_url": "http://h/v1", "model": "m", "timeout": -1}))
            .is_err()
    );
}

/// An endpoint that refuses texts of more than so many characters, prefix included, and sees a text as its length.
async fn short_sighted(most: usize, refusal: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let respond = move |request: &Received| {
        let body: Value = request.body_json().unwrap();
        let texts = body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().chars().count());
        let texts: Vec<usize> = texts.collect();
        match texts.iter().any(|&text| text > most) {
            true => refusal.clone(),
            false => vectors(&texts.iter().enumerate().map(|(i, &text)| (i, [text as f32, 1.0])).collect::<Vec<_>>()),
        }
    };
    Mock::given(method("POST")).respond_with(respond).mount(&server).await;
    server
}

#[tokio::test]
async fn a_question_that_an_endpoint_finds_too_long_goes_in_shorter_pieces() {
    let refusals = [
        ResponseTemplate::new(500).set_body_string("input (900 tokens) is too large to process"),
        ResponseTemplate::new(400).set_body_string("This model's maximum context length is 512 tokens"),
        ResponseTemplate::new(400).set_body_string("the input length exceeds the context length"),
        ResponseTemplate::new(413).set_body_string("`inputs` must have less than 512 tokens. Given: 900"),
    ];
    for refusal in refusals {
        let server = short_sighted(50, refusal).await;
        let embedder = embedder(config(&server)).await;
        let vector = embedder.embed_query(&"荷物".repeat(90)).await.unwrap();
        assert_eq!(vector, Vector::normalised(vec![45.0, 1.0]), "four pieces of 45");
        assert_eq!(requests(&server).await, 3, "one, two, four pieces");
        let error = embedder.embed_passages(&["荷物".repeat(90)]).await.unwrap_err();
        assert!(matches!(error, EmbedError::Permanent(_)), "{error}");
    }
}

#[tokio::test]
async fn an_endpoint_that_finds_everything_too_long_is_not_asked_for_ever() {
    let refusal = ResponseTemplate::new(413);
    let server = short_sighted(0, refusal).await;
    let error = embedder(config(&server)).await.embed_query(&"荷物".repeat(90)).await.unwrap_err();
    assert!(matches!(error, EmbedError::Permanent(_)), "{error}");
    assert_eq!(requests(&server).await, 4, "pieces of 180, 90, 45 and 23 characters");
}
