//! Streams over the wire. Where a mock server is too well-behaved, a bare socket says what it likes.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use futures::StreamExt as _;
use wiremock::{MockServer, ResponseTemplate};

use super::*;
use crate::llm::ChatPiece;
use crate::llm::openai::tests::{answering_at, requests};

/// What the bare server does once it has read a request.
#[derive(Debug, Clone)]
enum Act {
    /// Sends this, and the headers before it, and closes.
    Close(Vec<u8>),
    /// Sends this, and waits until the client hangs up.
    Hang(Vec<u8>),
    /// Sends a chunk that is shorter than it said, and closes.
    Truncate(Vec<u8>),
    /// Waits until the client hangs up, and never says a word.
    Silence,
}

/// Serves one act a connection, the last for ever. Returns its address and how often it was asked.
fn serve(acts: Vec<Act>) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let act = acts[count.fetch_add(1, Ordering::SeqCst).min(acts.len() - 1)].clone();
            std::thread::spawn(move || play(socket, act));
        }
    });
    (base, asked)
}

fn play(mut socket: TcpStream, act: Act) -> std::io::Result<()> {
    // All of the request: what is left unread would reset the connection and take the answer with it.
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if request.len() >= head.len() + 4 + length || read == 0 {
            break;
        }
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    let close = |body: &[u8]| [head.as_bytes(), b"connection: close\r\n\r\n", body].concat();
    match act {
        Act::Close(body) => return socket.write_all(&close(&body)),
        Act::Truncate(body) => {
            let lie = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len() + 10);
            return socket.write_all(&[lie.as_bytes(), &body].concat());
        }
        Act::Hang(body) => socket.write_all(&close(&body))?,
        Act::Silence => {}
    }
    while socket.read(&mut buffer)? > 0 {}
    Ok(())
}

fn config(base: Url) -> OpenAiChatConfig {
    OpenAiChatConfig { backoff: Duration::from_millis(1), ..OpenAiChatConfig::new(base, "tiny") }
}

/// Does not wait long for what will not come.
fn hasty(base: Url) -> OpenAiChatConfig {
    OpenAiChatConfig { stall: Duration::from_secs(3), retries: 0, ..config(base) }
}

fn at(server: &MockServer) -> OpenAiChatConfig {
    config(Url::parse(&format!("{}/v1", server.uri())).unwrap())
}

fn chat(config: OpenAiChatConfig) -> OpenAiChat {
    OpenAiChat::new(config, 7).unwrap()
}

fn request() -> ChatRequest {
    ChatRequest {
        system: "You are brief.".to_owned(),
        user: "返品の期限は？".to_owned(),
        temperature: 0.0,
        seed: Some(3),
        max_tokens: 20,
        json_schema: None,
    }
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn words(text: &str) -> String {
    event(&json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}))
}

fn finish(reason: &str) -> String {
    event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
}

fn usage() -> String {
    event(&json!({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 5}}))
}

const DONE: &str = "data: [DONE]\n\n";

/// As OpenAI sends it: a piece without words first, the counts after the end.
fn whole() -> String {
    let role = event(&json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}], "usage": null}));
    [&role, ": ping\n\n", &words("30日"), &words("です📦"), &finish("stop"), &usage(), DONE].concat()
}

fn events(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.as_bytes().to_vec(), "text/event-stream; charset=utf-8")
}

async fn answering(answers: Vec<ResponseTemplate>) -> MockServer {
    answering_at("/v1/chat/completions", answers).await
}

/// The words that came, and the end or the error.
async fn read(stream: ChatStream) -> (String, Result<(String, u32, u32), ChatError>) {
    let items: Vec<_> = stream.collect().await;
    let (mut text, mut ends) = (String::new(), Vec::new());
    for item in items {
        assert!(ends.is_empty(), "something after the end");
        match item {
            Ok(ChatPiece::Text(piece)) => text.push_str(&piece),
            Ok(ChatPiece::End { finish_reason, tokens_in, tokens_out }) => {
                ends.push(Ok((finish_reason, tokens_in, tokens_out)));
            }
            Err(error) => ends.push(Err(error)),
        }
    }
    (text, ends.pop().expect("a quiet end"))
}

async fn asked(config: OpenAiChatConfig) -> (String, Result<(String, u32, u32), ChatError>) {
    read(chat(config).stream(&request()).await.unwrap()).await
}

#[tokio::test]
async fn a_reply_comes_in_pieces_with_its_counts() {
    let server = answering(vec![events(&whole())]).await;
    let key = Some(SecretString::from("s3cret"));
    let stream = chat(OpenAiChatConfig { api_key: key, ..at(&server) }).stream(&request()).await.unwrap();
    assert_eq!(stream.model(), "tiny");
    let pieces: Vec<ChatPiece> = stream.map(Result::unwrap).collect().await;
    let end = ChatPiece::End { finish_reason: STOP.to_owned(), tokens_in: 11, tokens_out: 5 };
    assert_eq!(pieces, [ChatPiece::Text("30日".to_owned()), ChatPiece::Text("です📦".to_owned()), end]);
    let received = server.received_requests().await.unwrap();
    let sent: Value = serde_json::from_slice(&received[0].body).unwrap();
    assert_eq!((&sent["stream"], &sent["stream_options"]), (&json!(true), &json!({"include_usage": true})));
    assert_eq!(received[0].headers["authorization"], "Bearer s3cret");
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let server = answering(vec![events(&whole())]).await;
    asked(at(&server)).await.1.unwrap();
    assert!(!server.received_requests().await.unwrap()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn what_is_not_counted_is_estimated() {
    for body in [
        [words("三十日です"), finish("stop"), DONE.to_owned()].concat(),
        // Without [DONE] the words are whole all the same; so they are if the connection ends within the counts.
        [words("三十日です"), finish("stop")].concat(),
        [&words("三十日です"), &finish("stop"), "data: {\"choi"].concat(),
        event(&json!({"choices": [{"delta": {"content": "三十日です"}, "finish_reason": "stop"}], "usage": {}})),
    ] {
        let (base, _) = serve(vec![Act::Close(body.clone().into_bytes())]);
        let (text, end) = asked(config(base)).await;
        let (reason, tokens_in, tokens_out) = end.unwrap();
        assert_eq!((text.as_str(), reason.as_str()), ("三十日です", STOP), "{body}");
        assert!(tokens_in > 8 && tokens_out > 2, "{tokens_in} {tokens_out}");
    }
    let (base, _) = serve(vec![Act::Hang([words("はい"), finish("stop")].concat().into_bytes())]);
    assert!(asked(hasty(base)).await.1.is_ok(), "only the counts were waited for");
}

#[tokio::test]
async fn a_reply_that_is_cut_says_so_at_its_end() {
    for reason in ["length", "content_filter"] {
        let server = answering(vec![events(&[&words("30日"), &finish(reason), &usage(), DONE].concat())]).await;
        assert_eq!(asked(at(&server)).await.1.unwrap(), (reason.to_owned(), 11, 5));
        let whole = chat(at(&server)).stream(&request()).await.unwrap().whole().await;
        assert!(matches!(whole, Err(ChatError::Incomplete(reply)) if reply.text == "30日"));
    }
    let server = answering(vec![events(&[&finish("stop"), DONE].concat())]).await;
    let (text, end) = asked(at(&server)).await;
    assert!(text.is_empty() && end.is_ok(), "a reply of nothing is whole");
}

#[tokio::test]
async fn busy_and_broken_endpoints_are_asked_again_before_the_first_piece() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "0");
    let server = answering(vec![busy, events(&whole())]).await;
    // Were the header ignored, this would wait for an hour.
    let hour = Duration::from_secs(3600);
    let patient = OpenAiChatConfig { backoff: hour, longest_wait: hour * 2, ..at(&server) };
    assert_eq!(asked(patient).await.0, "30日です📦");
    assert_eq!(requests(&server).await, 2);

    let server = answering(vec![ResponseTemplate::new(429).insert_header("retry-after", "86400")]).await;
    let error = chat(at(&server)).stream(&request()).await.unwrap_err();
    assert!(matches!(error, ChatError::Transient(_)), "{error}");
    assert_eq!(requests(&server).await, 1, "nobody has time for that");

    let down = || ResponseTemplate::new(500).set_body_string("out of memory");
    let server = answering(vec![down(), events(""), events(&whole())]).await;
    assert_eq!(asked(at(&server)).await.0, "30日です📦");
    assert_eq!(requests(&server).await, 3);

    let server = answering(vec![down()]).await;
    let error = chat(OpenAiChatConfig { retries: 2, ..at(&server) }).stream(&request()).await.unwrap_err();
    assert!(matches!(&error, ChatError::Transient(reason) if reason.contains("out of memory")), "{error}");
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn every_break_before_the_first_piece_is_tried_again() {
    let role = event(&json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]})).into_bytes();
    for act in [
        Act::Silence,
        Act::Hang(Vec::new()),
        Act::Hang(role.clone()),
        Act::Close(role.clone()),
        Act::Close(Vec::new()),
        Act::Truncate(role),
        Act::Close([DONE, &whole()].concat().into_bytes()),
        Act::Close(event(&json!({"error": {"message": "overloaded", "code": 503}})).into_bytes()),
    ] {
        let (base, count) = serve(vec![act.clone(), Act::Close(whole().into_bytes())]);
        let (text, end) = asked(OpenAiChatConfig { retries: 1, ..hasty(base) }).await;
        assert_eq!((text.as_str(), end.unwrap().1), ("30日です📦", 11), "{act:?}");
        assert_eq!(count.load(Ordering::SeqCst), 2, "{act:?}");
    }
}

#[tokio::test]
async fn a_break_after_the_first_piece_is_an_error_and_is_not_tried_again() {
    let first = words("30日");
    let second = words("は返");
    // Up to the first of the three bytes of a character.
    let cut = second.find('返').unwrap() + 1;
    let within = [first.as_bytes(), &second.as_bytes()[..cut]].concat();
    let first = first.into_bytes();
    for (act, word) in [
        (Act::Hang(first.clone()), "stalled"),
        (Act::Hang(within.clone()), "stalled"),
        (Act::Close(within.clone()), "within an event"),
        (Act::Truncate(within), "broke"),
        (Act::Truncate(first.clone()), "broke"),
    ] {
        let (base, count) = serve(vec![act.clone()]);
        let (text, end) = asked(OpenAiChatConfig { retries: 3, ..hasty(base) }).await;
        let error = end.unwrap_err();
        assert_eq!(text, "30日");
        assert!(matches!(&error, ChatError::Transient(reason) if reason.contains(word)), "{act:?}: {error}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{act:?}");
    }
    // An end in good order without a reason: what there is was paid for.
    for end in ["", DONE] {
        let (base, _) = serve(vec![Act::Close([first.as_slice(), end.as_bytes()].concat())]);
        let error = asked(hasty(base)).await.1.unwrap_err();
        let ChatError::Incomplete(reply) = error else { panic!("{error}") };
        assert_eq!((reply.text.as_str(), reply.finish_reason), ("30日", None));
        assert!(reply.tokens_in > 0 && reply.tokens_out > 0);
    }
}

#[tokio::test]
async fn rubbish_is_an_error_wherever_it_comes() {
    let secret = "私の暗証番号は1234";
    for rubbish in [
        format!("data: {secret}\n\n"),
        format!("data: {{\"choices\": \"{secret}\"}}\n\n"),
        format!("data: \"{secret}\"\n\n"),
        "data: {}\n\n".to_owned(),
        "data: []\n\n".to_owned(),
        "data: null\n\n".to_owned(),
        "data: {\"choices\": [{}]}\n\n".to_owned(),
        "data: {\"choices\": [{\"delta\": {\"content\": \"\\ud83d\"}}]}\n\n".to_owned(),
    ] {
        let server = answering(vec![events(&[&rubbish, whole().as_str()].concat())]).await;
        let error = chat(at(&server)).stream(&request()).await.unwrap_err();
        assert!(matches!(&error, ChatError::Permanent(reason) if reason.contains("OpenAI-compatible")), "{error}");
        assert!(!error.to_string().contains("1234"), "{error}");
        assert_eq!(requests(&server).await, 1, "{rubbish}");

        let late = [&words("はい"), &rubbish, &finish("stop"), DONE].concat();
        let server = answering(vec![events(&late)]).await;
        let (text, end) = asked(at(&server)).await;
        assert_eq!(text, "はい");
        assert!(matches!(end, Err(ChatError::Permanent(_))), "{rubbish}: {end:?}");
    }
    let bytes = [words("はい").as_bytes(), b"data: {\"choices\": [\xe6\x9c]}\n\n", whole().as_bytes()].concat();
    let (base, _) = serve(vec![Act::Close(bytes)]);
    assert!(matches!(asked(hasty(base)).await.1, Err(ChatError::Permanent(reason)) if reason.contains("UTF-8")));
}

#[tokio::test]
async fn what_is_no_stream_is_refused() {
    for (answer, word) in [
        (ResponseTemplate::new(200).set_body_raw("<html>proxy</html>", "text/html"), "text/html"),
        (ResponseTemplate::new(200).set_body_json(json!({"choices": []})), "application/json"),
        (ResponseTemplate::new(401).set_body_string("no such key"), "no such key"),
        (ResponseTemplate::new(307).insert_header("location", "http://elsewhere.invalid/"), "307"),
    ] {
        let server = answering(vec![answer]).await;
        let error = chat(at(&server)).stream(&request()).await.unwrap_err();
        assert!(matches!(&error, ChatError::Permanent(reason) if reason.contains(word)), "{word}: {error}");
        assert_eq!(requests(&server).await, 1, "{word}");
    }
}

#[tokio::test]
async fn an_error_in_the_stream_is_sorted() {
    let failing = |error: &str| [&words("はい"), error, &finish("stop"), DONE].concat();
    for (error, kind) in [
        ("data: {\"error\": {\"code\": 500, \"message\": \"slot gone\"}}\n\n", "failed"),
        ("error: {\"code\": 500, \"message\": \"slot gone\"}\n\n", "failed"),
        ("event: error\ndata: overloaded\n\n", "failed"),
        ("data: {\"error\": {\"type\": \"authentication_error\"}}\n\n", "refused"),
        ("data: {\"error\": {\"code\": 400, \"type\": \"exceed_context_size_error\"}}\n\n", "too long"),
    ] {
        let server = answering(vec![events(&failing(error))]).await;
        let (text, end) = asked(at(&server)).await;
        let end = end.unwrap_err().to_string();
        assert!(text == "はい" && end.contains(kind), "{error}: {end}");
    }
    let long = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": "context_length_exceeded"}}));
    let server = answering(vec![long]).await;
    assert!(matches!(chat(at(&server)).stream(&request()).await, Err(ChatError::TooLong(_))));
}

#[tokio::test]
async fn a_server_that_does_not_count_is_not_asked_to_again() {
    let odd = json!({"detail": [{"loc": ["body", "stream_options"], "msg": "extra fields not permitted"}]});
    let server = answering(vec![ResponseTemplate::new(422).set_body_json(odd), events(&whole())]).await;
    let chat = chat(OpenAiChatConfig { retries: 0, ..at(&server) });
    for _ in 0..2 {
        assert_eq!(read(chat.stream(&request()).await.unwrap()).await.0, "30日です📦");
    }
    let received = server.received_requests().await.unwrap();
    let counts = |at: usize| received[at].body.windows(14).any(|window| window == b"stream_options");
    assert_eq!((counts(0), counts(1), counts(2), received.len()), (true, false, false, 3));
}

#[tokio::test]
async fn an_attempt_has_an_end_even_if_the_stream_has_none() {
    let (base, _) = serve(vec![Act::Hang(words("はい").into_bytes())]);
    let config = OpenAiChatConfig { timeout: Duration::from_secs(2), retries: 0, ..config(base) };
    assert!(matches!(asked(config).await.1, Err(ChatError::Transient(_))));
}
