//! Answers that a model writes: streamed sentence by sentence, resumable anywhere, with one call to the model.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use madoguchi::answer::phrases;
use madoguchi::language::Lang;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use super::desk::{Place, REQUEST_SECONDS, Service, until};
use super::help_centre;
use super::talk::{Sent, Talk, text};
use crate::processes::need;

const ASKED: &str = "本を返品したら送料は誰が払いますか";
const FIRST: &str = "返送料の480円はお客様のご負担です。";
const SECOND: &str = "落丁や乱丁のときは当店が負担し、交換品をお送りします。";
const INVENTED: &str = "沖縄県からの返品は9,800円です。";

/// A chat model that says what a test tells it, when it tells it.
pub(super) struct Model {
    address: String,
    calls: Arc<AtomicUsize>,
    says: mpsc::UnboundedSender<Word>,
}

#[derive(Debug)]
enum Word {
    Text(String),
    End,
    Broken,
}

type Line = Arc<Mutex<mpsc::UnboundedReceiver<Word>>>;

impl Model {
    pub(super) async fn start() -> Self {
        let (says, line) = mpsc::unbounded_channel();
        let calls = Arc::new(AtomicUsize::new(0));
        let line: Line = Arc::new(Mutex::new(line));
        let app = Router::new().route("/v1/chat/completions", post(chat)).with_state((Arc::clone(&calls), line));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, calls, says }
    }

    pub(super) fn say(&self, words: &str) {
        self.says.send(Word::Text(words.to_owned())).unwrap();
    }

    pub(super) fn end(&self) {
        self.says.send(Word::End).unwrap();
    }

    fn break_off(&self) {
        self.says.send(Word::Broken).unwrap();
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub(super) fn place(&self, place: Place) -> Place {
        let place =
            place.with("LLM__BASE_URL", &self.address).with("LLM__MODEL", "scripted").with("LLM__ANSWERS", true);
        // The test says when the model is silent and when it has gone: never the clock of a busy machine.
        let seconds = REQUEST_SECONDS - 10;
        ["TIMEOUT", "STALL", "DEADLINE"]
            .into_iter()
            .fold(place, |place, limit| place.with(&format!("LLM__{limit}_SECONDS"), seconds))
    }
}

async fn chat(State((calls, line)): State<(Arc<AtomicUsize>, Line)>) -> Response {
    calls.fetch_add(1, Ordering::SeqCst);
    let said = futures::stream::unfold((line, false), |(line, ended)| async move {
        if ended {
            return None;
        }
        let word = line.lock().await.recv().await?;
        let chunk = |delta: Value, reason: Value| {
            let chunk = json!({
                "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
            });
            format!("data: {chunk}\n\n")
        };
        let (sent, ended) = match word {
            Word::Text(text) => (chunk(json!({"content": text}), Value::Null), false),
            Word::End => (format!("{}data: [DONE]\n\n", chunk(json!({}), json!("stop"))), true),
            Word::Broken => return Some((Err(io::Error::other("the model is gone")), (line, true))),
        };
        Some((Ok(Bytes::from(sent)), (line, ended)))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(said)).into_response()
}

fn written(events: &[Sent]) -> String {
    events.iter().filter(|event| event.name == "delta").map(|event| text(&event.data["text"])).collect()
}

/// The last event, which holds the whole reply.
fn whole(events: &[Sent]) -> &Value {
    let last = events.last().unwrap();
    assert_eq!(last.name, "message", "{events:#?}");
    &last.data
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_with_the_customer_while_the_model_still_writes() {
    let model = Model::start().await;
    let place = model.place(need!(Place::new()));
    let service = place.serve();
    let talk = service.open("ja").await;
    let mut stream = talk.stream(ASKED).await;
    model.say(&format!("{FIRST}{INVENTED}"));
    // The model has not ended, and is not going to before this has come.
    let stages = stream.some(2).await;
    assert_eq!((text(&stages[0].data["stage"]), text(&stages[1].data["stage"])), ("received", "writing"));
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Sent| event.name != "citation") {
        told.push(stream.next().await.unwrap());
    }
    assert!(written(&told).ends_with(FIRST), "{told:#?}");
    assert_eq!(told.last().unwrap().data["article_id"], "ja-returns");
    model.say(SECOND);
    model.end();
    let rest = stream.all().await;
    let reply = whole(&rest);
    assert_eq!(reply["reply"]["written_by"]["withheld"], 1);
    assert!(!text(&reply["text"]).contains("9,800") && text(&reply["text"]).contains(SECOND), "{reply:#}");
    assert_eq!((model.calls(), &reply["reply"]["degraded"]), (1, &json!(false)));
    let heard = talk.listen(None).await.some(usize::try_from(rest.last().unwrap().id).unwrap()).await;
    assert_eq!(written(&heard), text(&reply["text"]), "what was told is what the reply says");

    let receipt = format!("/v1/answers/{}/receipt?replay=true", text(&reply["id"]));
    let mine = service.get(&receipt).bearer_auth(&talk.token).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(mine["writing"]["model"], "scripted");
    assert_eq!(mine["replay"]["outcome"], "same", "{mine:#}");
    assert_eq!(mine["passages"][0]["article_id"], "ja-returns");
    let fates: Vec<&str> =
        mine["writing"]["sentences"].as_array().unwrap().iter().map(|judged| text(&judged["outcome"])).collect();
    assert_eq!(fates, ["quoted", "withheld", "quoted"], "{mine:#}");
    assert!(!mine.to_string().contains("9,800"), "what was invented is not shown to a customer in a receipt either");
    let other = service.open("ja").await;
    assert_eq!(service.get(&receipt).bearer_auth(&other.token).send().await.unwrap().status(), 401);
    assert_eq!(service.get(&receipt).send().await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_a_model_breaks_off_stands_and_says_so() {
    let model = Model::start().await;
    let place = model.place(need!(Place::new()));
    let service = place.serve();
    let talk = service.open("ja").await;
    let mut stream = talk.stream(ASKED).await;
    model.say(&format!("{FIRST}落丁や"));
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Sent| event.name != "citation") {
        told.push(stream.next().await.unwrap());
    }
    model.break_off();
    let rest = stream.all().await;
    let reply = whole(&rest);
    let said = text(&reply["text"]);
    assert_eq!((format!("{}{}", written(&told), written(&rest)).as_str(), model.calls()), (said, 1), "only added to");
    let goes_on = format!("{}\n\n{}\n\n", written(&told), phrases(&Lang::JA).goes_on_quoted);
    let quoted = said.strip_prefix(&goes_on).unwrap();
    let citations = reply["reply"]["citations"].as_array().unwrap();
    assert!(citations.len() > 1 && citations.iter().all(|cited| cited["article_id"] == "ja-returns"), "{reply:#}");
    assert!(quoted.contains("21日以内"), "the article goes on where the model did not: {quoted}");
    assert_eq!(reply["reply"]["degraded"], json!(true));
}

/// Whether a model writes or not.
#[tokio::test(flavor = "multi_thread")]
async fn exceptions_go_with_the_rule_and_are_streamed_like_it() {
    const WRAPPING: &str = "---\nid: ja-wrapping\ntitle: ギフト包装\nlang: ja\ncategory: orders\naudience: customer\n\
        questions: [ギフト包装の料金はいくらですか]\n---\n\nギフト包装は一点につき330円です。\n\n## 例外\n\n洋書は包装できません。\n";
    let model = Model::start().await;
    for writes in [true, false] {
        let place = need!(Place::new());
        help_centre::write(&place.articles(), "ja/orders/wrapping.md", WRAPPING);
        let place = if writes { model.place(place) } else { place };
        let service = place.serve();
        let talk = service.open("ja").await;
        let stream = talk.stream("ギフト包装の料金はいくらですか").await;
        if writes {
            model.say("ギフト包装は一点につき330円です。[1]");
            model.end();
        }
        let events = stream.all().await;
        let reply = whole(&events);
        assert_eq!(written(&events), text(&reply["text"]));
        let ends = "ギフト包装は一点につき330円です。\n\n**ギフト包装 › 例外**\n\n洋書は包装できません。";
        let ends_so =
            [ends, &ends.replace("ギフト包装 › ", "")].iter().any(|ends| text(&reply["text"]).ends_with(ends));
        assert!(ends_so, "{reply:#}");
        let cited = reply["reply"]["citations"].as_array().unwrap();
        assert_eq!((text(&cited[1]["quote"]), &cited[1]["heading"]), ("洋書は包装できません。", &json!(["例外"])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_whole_for_whoever_has_a_key() {
    let model = Model::start().await;
    let place = model.place(need!(Place::new()));
    let config = place.file("config.toml", help_centre::CONFIG);
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--config"]);
    command.arg(config);
    let service = Service::started(command);
    let talk = service.open("ja").await;
    model.say(&format!("{INVENTED}{FIRST}"));
    model.end();
    let reply = talk.ask(ASKED).await;
    let receipt = format!("/v1/answers/{}/receipt", text(&reply["id"]));
    let theirs = service.get(&receipt).bearer_auth(help_centre::SELLER_KEY).send().await.unwrap();
    let theirs = theirs.json::<Value>().await.unwrap();
    assert_eq!(theirs["writing"]["sentences"][0]["sentence"], INVENTED, "{theirs:#}");
    assert_eq!(theirs["writing"]["sentences"][0]["why"], "unsupported");
    assert_eq!(theirs["case"], Value::Null, "a case is for people at the desks");
    let unknown = "/v1/answers/00000000-0000-0000-0000-000000000000/receipt";
    let status = async |key: &str| service.get(unknown).bearer_auth(key).send().await.unwrap().status().as_u16();
    assert_eq!((status(help_centre::SELLER_KEY).await, status(&talk.token).await), (404, 401));
}

/// Cuts what a customer receives after every byte, and goes on from there.
async fn resumes_everywhere(talk: &Talk, events: &[Sent], bytes: &[u8]) {
    let reply = whole(events);
    let mut asked = None;
    for cut in 0..=bytes.len() {
        let (seen, last) = seen(&bytes[..cut]);
        // The same last event is the same request, and the same answer.
        if asked.replace(last) == Some(last) {
            continue;
        }
        let after = usize::try_from(last).unwrap();
        let rest = talk.listen((last > 0).then_some(last)).await.some(events.len() - after).await;
        let text_seen = format!("{seen}{}", written(&rest));
        assert_eq!(text_seen, text(&reply["text"]), "cut after {cut} bytes");
        if !rest.is_empty() {
            assert_eq!(whole(&rest), reply);
        }
    }
}

/// The text of the whole events in what has come, and the id of the last of them.
fn seen(bytes: &[u8]) -> (String, u64) {
    let (mut said, mut last) = (String::new(), 0);
    let mut rest = bytes;
    while let Some(end) = rest.windows(2).position(|two| two == b"\n\n") {
        let event = String::from_utf8(rest[..end].to_vec()).unwrap();
        rest = &rest[end + 2..];
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let Some(id) = field("id:") else { continue };
        last = id.parse().unwrap();
        if field("event:") == Some("delta") {
            let data: Value = serde_json::from_str(field("data:").unwrap()).unwrap();
            said.push_str(text(&data["text"]));
        }
    }
    (said, last)
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_anywhere_the_stream_goes_on_with_the_same_words_and_no_second_call() {
    let model = Model::start().await;
    let place = model.place(need!(Place::new()));
    let service = place.serve();
    let talk = service.open("ja").await;
    model.say(&format!("{FIRST}{INVENTED}{SECOND}"));
    model.end();
    let request = talk.message(ASKED).header("accept", "text/event-stream").header("idempotency-key", "once");
    let mut response = request.send().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        bytes.extend(chunk);
    }
    let events = talk.listen(None).await.some(usize::try_from(seen(&bytes).1).unwrap()).await;
    resumes_everywhere(&talk, &events, &bytes).await;
    service.kill();
    let service = place.serve();
    let talk = talk.at(&service);
    resumes_everywhere(&talk, &events, &bytes).await;
    let again = talk.message(ASKED).header("idempotency-key", "once").send().await.unwrap();
    assert_eq!(again.json::<Value>().await.unwrap()["id"], whole(&events)["id"]);
    assert_eq!(model.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_a_kill_stands_and_the_model_is_not_asked_again() {
    let model = Model::start().await;
    let place = model.place(need!(Place::new()));
    let service = place.serve();
    let (begun, unheard) = (service.open("ja").await, service.open("ja").await);
    let mut stream = begun.stream(ASKED).await;
    // With the next one's beginning: until then a number of its source could still follow.
    model.say(&format!("{FIRST}落丁や"));
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Sent| event.name != "citation") {
        told.push(stream.next().await.unwrap());
    }
    assert!(written(&told).contains(FIRST), "{told:#?}");
    // Another was asked about, and not a word had come.
    let mut silent = unheard.stream(ASKED).await;
    assert_eq!(text(&silent.some(2).await[1].data["stage"]), "writing");
    until("the second call", async || (model.calls() == 2).then_some(())).await;
    service.kill();

    let service = place.serve();
    let replied = async |talk: &Talk| {
        let talk = talk.at(&service);
        until("a reply", async || Some(talk.messages().await).filter(|messages| messages.len() > 1)).await[1].clone()
    };
    let reply = replied(&begun).await;
    let said = format!("{}\n\n{}", written(&told), phrases(&Lang::JA).broken_off);
    assert_eq!(text(&reply["text"]), said, "what was told, and that it breaks off");
    let heard = begun.at(&service).listen(None).await.some(told.len() + 2).await;
    assert_eq!((written(&heard), text(&whole(&heard)["id"])), (said, text(&reply["id"])));
    assert_eq!(
        (&reply["reply"]["degraded"], &reply["reply"]["citations"][0]["article_id"]),
        (&json!(true), &json!("ja-returns"))
    );
    assert_eq!(reply["reply"]["written_by"]["model"], "scripted");
    let reply = replied(&unheard).await;
    assert_eq!(reply["reply"]["citations"][0]["article_id"], "ja-returns", "quoted: {reply:#}");
    assert_eq!((&reply["reply"]["degraded"], &reply["reply"]["written_by"]), (&json!(true), &Value::Null));
    assert_eq!(model.calls(), 2, "each was asked about once");
}
