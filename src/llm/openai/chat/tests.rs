use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::llm::openai::tests::{answering_at, requests};

fn config(server: &MockServer) -> OpenAiChatConfig {
    let base = Url::parse(&format!("{}/v1", server.uri())).unwrap();
    OpenAiChatConfig { backoff: Duration::from_millis(1), ..OpenAiChatConfig::new(base, "tiny") }
}

fn chat(config: OpenAiChatConfig) -> OpenAiChat {
    OpenAiChat::new(config, 7).unwrap()
}

async fn answering(answers: Vec<ResponseTemplate>) -> MockServer {
    answering_at("/v1/chat/completions", answers).await
}

fn request() -> ChatRequest {
    ChatRequest {
        system: "You are brief.".to_owned(),
        user: "返品の期限は？".to_owned(),
        temperature: 0.5,
        seed: Some(3),
        max_tokens: 20,
        json_schema: None,
    }
}

fn completion(finish_reason: Value) -> Value {
    json!({
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": "30日です"}}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
    })
}

fn json_of(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn whole() -> ResponseTemplate {
    json_of(completion(json!("stop")))
}

#[tokio::test]
async fn a_request_says_what_it_must_and_nothing_else() {
    let server = MockServer::start().await;
    let schema = json!({"type": "object"});
    let body = json!({
        "model": "tiny",
        "messages": [{"role": "system", "content": "You are brief."}, {"role": "user", "content": "返品の期限は？"}],
        "temperature": 0.5,
        "max_tokens": 20,
        "stream": false,
        "seed": 3,
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "strict": true, "schema": schema}},
    });
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", "Bearer s3cret"))
        .and(body_json(body))
        .respond_with(whole())
        .expect(1)
        .mount(&server)
        .await;
    let chat = chat(OpenAiChatConfig { api_key: Some(SecretString::from("s3cret")), ..config(&server) });
    let reply = chat.complete(&ChatRequest { json_schema: Some(schema), ..request() }).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.tokens_in, reply.tokens_out), ("30日です", 11, 5));
    assert_eq!((chat.model(), chat.is_remote()), ("tiny", true));
    assert!(!format!("{chat:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_is_not_set_is_not_sent() {
    let server = answering(vec![whole()]).await;
    let bare = ChatRequest { system: String::new(), seed: None, ..request() };
    chat(config(&server)).complete(&bare).await.unwrap();
    let received = server.received_requests().await.unwrap();
    let sent: Value = serde_json::from_slice(&received[0].body).unwrap();
    assert_eq!(sent["messages"].as_array().unwrap().len(), 1);
    assert!(sent.get("seed").is_none() && sent.get("response_format").is_none(), "{sent}");
    assert!(!received[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_busy_endpoint_is_asked_again_when_it_says() {
    let busy = |seconds: &str| ResponseTemplate::new(429).insert_header("retry-after", seconds);
    // Were the header ignored, this would wait for an hour.
    let patient = |server| OpenAiChatConfig {
        backoff: Duration::from_secs(3600),
        longest_wait: Duration::from_secs(7200),
        ..config(server)
    };
    let server = answering(vec![busy("0"), whole()]).await;
    chat(patient(&server)).complete(&request()).await.unwrap();
    assert_eq!(requests(&server).await, 2);
    // And a wait that nobody has time for is a failure, not a wait.
    let server = answering(vec![busy("86400"), whole()]).await;
    let error = chat(config(&server)).complete(&request()).await.unwrap_err();
    assert!(matches!(error, ChatError::Transient(_)), "{error}");
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn failures_that_may_pass_are_tried_again_and_not_for_ever() {
    let broken = || ResponseTemplate::new(500).set_body_string("out of memory");
    let server = answering(vec![broken(), whole()]).await;
    assert_eq!(chat(config(&server)).complete(&request()).await.unwrap().text, "30日です");
    let server = answering(vec![broken()]).await;
    let error = chat(OpenAiChatConfig { retries: 2, ..config(&server) }).complete(&request()).await.unwrap_err();
    assert!(matches!(&error, ChatError::Transient(reason) if reason.contains("out of memory")), "{error}");
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn a_slow_endpoint_is_given_up() {
    let server = answering(vec![whole().set_delay(Duration::from_secs(3600))]).await;
    let hasty = OpenAiChatConfig { timeout: Duration::from_millis(50), retries: 1, ..config(&server) };
    let error = chat(hasty).complete(&request()).await.unwrap_err();
    assert!(matches!(error, ChatError::Transient(_)), "{error}");
}

#[tokio::test]
async fn a_reply_without_its_end_is_no_reply() {
    for (ending, word) in
        [(Value::Null, "no finish_reason"), (json!("length"), "length"), (json!("content_filter"), "filter")]
    {
        let server = answering(vec![json_of(completion(ending))]).await;
        let error = chat(config(&server)).complete(&request()).await.unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        let reply = match error {
            ChatError::Incomplete(reply) => reply,
            other => panic!("{other}"),
        };
        assert_eq!((reply.text.as_str(), reply.tokens_in, reply.tokens_out), ("30日です", 11, 5), "it was paid for");
        assert_eq!(requests(&server).await, 1, "the same again would be cut again");
    }
    let mut without = completion(json!("stop"));
    without["choices"][0].as_object_mut().unwrap().remove("finish_reason");
    let server = answering(vec![json_of(without)]).await;
    let error = chat(config(&server)).complete(&request()).await.unwrap_err();
    assert!(matches!(error, ChatError::Incomplete(_)), "{error}");
}

#[tokio::test]
async fn too_long_is_told_apart() {
    let openai = json!({"error": {"code": "context_length_exceeded", "message": "too many tokens"}});
    let llama = json!({"error": {
        "code": 400,
        "message": "request (5031 tokens) exceeds the available context size (2048 tokens), try increasing it",
        "type": "exceed_context_size_error",
    }});
    let vllm =
        json!({"object": "error", "message": "This model's maximum context length is 4096 tokens.", "code": 400});
    for body in [openai, llama, vllm] {
        let server = answering(vec![ResponseTemplate::new(400).set_body_json(&body)]).await;
        let error = chat(config(&server)).complete(&request()).await.unwrap_err();
        assert!(matches!(error, ChatError::TooLong(_)), "{body}: {error}");
        assert_eq!(requests(&server).await, 1);
    }
}

#[tokio::test]
async fn refusals_and_rubbish_are_final() {
    let quota = json!({"error": {"code": "insufficient_quota", "message": "pay first"}});
    let of = |body: &str| ResponseTemplate::new(200).set_body_string(body);
    for (answer, word) in [
        (ResponseTemplate::new(401).set_body_string("no such key"), "no such key"),
        (ResponseTemplate::new(400).set_body_string("bad schema"), "bad schema"),
        (ResponseTemplate::new(429).set_body_json(quota), "pay first"),
        (ResponseTemplate::new(307).insert_header("location", "http://elsewhere.invalid/"), "307"),
        (of("<html>proxy</html>"), "OpenAI-compatible"),
        (of(""), "OpenAI-compatible"),
        (of("[]"), "OpenAI-compatible"),
        (of(r#"{"error": {"message": "overloaded"}}"#), "choices"),
        (of(r#"{"choices": []}"#), "no choice"),
        (of(r#"{"choices": [{"finish_reason": "stop"}]}"#), "message"),
    ] {
        let server = answering(vec![answer]).await;
        let error = chat(config(&server)).complete(&request()).await.unwrap_err();
        assert!(matches!(&error, ChatError::Permanent(reason) if reason.contains(word)), "{word}: {error}");
        assert_eq!(requests(&server).await, 1, "{word}");
    }
}

#[tokio::test]
async fn a_reply_of_nothing_is_whole_and_what_is_not_counted_is_estimated() {
    let silent = json!({"choices": [{"finish_reason": "stop", "message": {"content": null}}]});
    let server = answering(vec![json_of(silent)]).await;
    let reply = chat(config(&server)).complete(&request()).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.tokens_out), ("", 0));
    assert!(reply.tokens_in > 4, "{reply:?}");
}

#[test]
fn a_key_that_is_no_header_is_refused_before_it_is_sent() {
    let base = Url::parse("http://127.0.0.1:9/v1").unwrap();
    let config = OpenAiChatConfig { api_key: Some(SecretString::from("鍵\n")), ..OpenAiChatConfig::new(base, "tiny") };
    assert!(matches!(OpenAiChat::new(config, 7), Err(ChatError::Permanent(_))));
}
