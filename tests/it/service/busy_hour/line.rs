//! How people reach a service that is killed again and again.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::sync::watch;

use super::super::desk::{by, client};

/// How long anybody waits for an answer: it may take several lives of the service, and each begins with a start.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long somebody waits before they try again.
const AGAIN: Duration = Duration::from_millis(50);

/// A line to the service, wherever it is at the moment.
#[derive(Debug, Clone)]
pub(super) struct Line {
    client: Client,
    address: watch::Sender<String>,
    asked: watch::Sender<usize>,
}

/// What somebody asks for.
#[derive(Debug, Clone)]
pub(super) struct Asks<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) bearer: &'a str,
    /// The `Idempotency-Key`.
    pub(super) key: Option<&'a str>,
    pub(super) body: Option<Value>,
}

impl<'a> Asks<'a> {
    pub(super) fn get(path: String, bearer: &'a str) -> Self {
        Self { method: Method::GET, path, bearer, key: None, body: None }
    }

    pub(super) fn post(path: String, bearer: &'a str, body: Option<Value>) -> Self {
        Self { method: Method::POST, path, bearer, key: None, body }
    }
}

impl Line {
    pub(super) fn to(address: &str) -> Self {
        Self { client: client(), address: watch::Sender::new(address.to_owned()), asked: watch::Sender::new(0) }
    }

    /// The service is at another address now.
    pub(super) fn moved(&self, address: &str) {
        self.address.send_replace(address.to_owned());
    }

    /// Waits until people have asked for something so many times more.
    pub(super) async fn after(&self, requests: usize) {
        let mut asked = self.asked.subscribe();
        let until = *asked.borrow() + requests;
        let waited = tokio::time::timeout(PATIENCE, asked.wait_for(|asked| *asked >= until)).await;
        waited.expect("nobody asks for anything").unwrap();
    }

    /// A request on its way.
    pub(super) fn request(&self, asks: &Asks<'_>) -> RequestBuilder {
        self.asked.send_modify(|asked| *asked += 1);
        let url = format!("http://{}{}", *self.address.borrow(), asks.path);
        let mut request = by(asks.bearer, self.client.request(asks.method.clone(), url));
        if let Some(key) = asks.key {
            request = request.header("idempotency-key", key);
        }
        match &asks.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// Asks once. Nothing, if the service died over it: nobody knows then what it has done.
    pub(super) async fn once(&self, asks: &Asks<'_>) -> Option<(u16, Value)> {
        let response = self.request(asks).send().await.ok()?;
        let status = response.status().as_u16();
        let body = response.bytes().await.ok()?;
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    /// Asks until there is an answer: for what may be asked twice.
    pub(super) async fn ask(&self, asks: &Asks<'_>) -> (u16, Value) {
        let answered = async {
            loop {
                if let Some(answer) = self.once(asks).await {
                    return answer;
                }
                tokio::time::sleep(AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or_else(|_| panic!("{} has no answer", asks.path))
    }
}
