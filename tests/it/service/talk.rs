//! A customer's side of a conversation.

use std::collections::VecDeque;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::desk::{PATIENCE, Service, client};

/// An open conversation.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    base: String,
    pub(super) token: String,
    /// What opening it returned.
    pub(super) opened: Value,
}

impl Talk {
    pub(super) async fn open(service: &Service, locale: Option<&str>) -> Self {
        let body = locale.map_or(json!({}), |locale| json!({ "locale": locale }));
        let response = service.post("/v1/conversations").json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
        Self::with(service, response.json().await.unwrap())
    }

    /// One that was opened already, by what opening it returned.
    pub(super) fn with(service: &Service, opened: Value) -> Self {
        let base = service.url(&format!("/v1/conversations/{}", text(&opened["id"])));
        Self { base, token: text(&opened["token"]).to_owned(), opened }
    }

    /// The same conversation after the service was started again, on another port.
    pub(super) fn at(&self, service: &Service) -> Self {
        let base = service.url(&format!("/v1/conversations/{}", self.id()));
        Self { base, ..self.clone() }
    }

    /// The same conversation as whoever has this bearer meets it.
    pub(super) fn as_seen_by(&self, bearer: &str) -> Self {
        Self { token: bearer.to_owned(), ..self.clone() }
    }

    pub(super) fn id(&self) -> &str {
        text(&self.opened["id"])
    }

    /// A request for something below the conversation, with its token.
    pub(super) fn request(&self, method: Method, below: &str) -> RequestBuilder {
        client().request(method, format!("{}{below}", self.base)).bearer_auth(&self.token)
    }

    /// A message on its way.
    pub(super) fn message(&self, words: &str) -> RequestBuilder {
        self.request(Method::POST, "/messages").json(&json!({ "text": words }))
    }

    /// Says something and waits for the whole reply.
    pub(super) async fn ask(&self, words: &str) -> Value {
        let response = self.message(words).send().await.unwrap();
        let status = response.status();
        let reply = response.json().await.unwrap();
        assert_eq!(status, 200, "{reply}");
        reply
    }

    /// Says something and listens.
    pub(super) async fn stream(&self, words: &str) -> Events {
        Events::of(self.message(words).header("accept", "text/event-stream").send().await.unwrap())
    }

    /// Listens to the conversation, from after an event.
    pub(super) async fn listen(&self, after: Option<u64>) -> Events {
        let mut request = self.request(Method::GET, "/events");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        Events::of(request.send().await.unwrap())
    }

    /// The conversation as it is kept.
    pub(super) async fn read(&self) -> Value {
        self.request(Method::GET, "").send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    pub(super) async fn messages(&self) -> Vec<Value> {
        self.read().await["messages"].as_array().unwrap().clone()
    }
}

/// The string in a JSON value.
#[track_caller]
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) data: Value,
}

/// A stream of events.
#[derive(Debug)]
pub(super) struct Events {
    response: Response,
    bytes: Vec<u8>,
    read: VecDeque<Sent>,
}

impl Events {
    pub(super) fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, bytes: Vec::new(), read: VecDeque::new() }
    }

    /// The next event, or `None` when the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        while self.read.is_empty() {
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("the stream is silent");
            self.bytes.extend(chunk.expect("the stream was cut")?);
            self.take_whole();
        }
        self.read.pop_front()
    }

    /// Everything up to the stream's end.
    pub(super) async fn all(mut self) -> Vec<Sent> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        assert!(self.bytes.is_empty(), "half an event at the end: {:?}", String::from_utf8_lossy(&self.bytes));
        all
    }

    /// The next `count` events.
    pub(super) async fn some(&mut self, count: usize) -> Vec<Sent> {
        let mut some = Vec::new();
        while some.len() < count {
            some.push(self.next().await.expect("the stream has ended"));
        }
        some
    }

    fn take_whole(&mut self) {
        while let Some(end) = self.bytes.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = self.bytes.drain(..end + 2).collect();
            let event = String::from_utf8(event).unwrap();
            let field = |name: &str| {
                let lines = event.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                lines.map(|value| value.strip_prefix(' ').unwrap_or(value)).collect::<Vec<_>>().join("\n")
            };
            // Comments keep the line alive and are no events.
            if event.lines().all(|line| line.is_empty() || line.starts_with(':')) {
                continue;
            }
            let data = serde_json::from_str(&field("data")).unwrap();
            self.read.push_back(Sent { id: field("id").parse().unwrap(), name: field("event"), data });
        }
    }
}
