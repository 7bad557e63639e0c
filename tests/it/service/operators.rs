//! Two operators of a service, with keys; how keys are let in; and what operators' presence and their changes mean to those who wait and
//! watch.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use madoguchi::config::KeyRole;
use madoguchi::conversation::ConversationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::desk::Place;
use super::inside::{self, Inside, Moved};
use crate::processes::{self, need};

/// Name and key of each.
pub(super) const OPERATORS: [(&str, &str); 2] = [("tanaka", "key of tanaka"), ("sato", "key of sato")];

/// The part of a configuration file that lets them in.
pub(super) fn keys() -> String {
    OPERATORS.iter().map(|(name, key)| entry(name, key, &["operator"], &[])).collect()
}

/// The part of a configuration file that lets one key in.
pub(super) fn entry(name: &str, key: &str, roles: &[&str], desks: &[&str]) -> String {
    format!("[[auth.keys]]\nname = \"{name}\"\nsha256 = \"{}\"\nroles = {roles:?}\ndesks = {desks:?}\n", digest(key))
}

/// What a configuration holds of a key.
pub(super) fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A service with both operators, on a clock that the test moves.
struct Desk {
    inside: Inside,
    clock: Arc<Moved>,
    _place: Place,
}

impl Desk {
    async fn open() -> Result<Self, String> {
        let place = Place::new()?;
        let mut config = inside::config(&place)?;
        config.auth.keys = OPERATORS.map(|(name, key)| inside::key(name, key, KeyRole::Operator)).into();
        // A Monday, ten in the morning in Tokyo.
        let clock = Moved::at(time("2026-06-01T01:00:00Z"));
        Ok(Self { inside: Inside::open(config, clock.clone()).await, clock, _place: place })
    }

    async fn operator(&self, who: usize, method: Method, path: &str, body: Value) -> Value {
        let path = format!("/v1/operator{path}");
        let (status, answer) = self.inside.call(method, &path, OPERATORS[who].1, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// A customer who asks for a person.
    async fn customer(&self) -> Customer<'_> {
        let opened = self.inside.call(Method::POST, "/v1/conversations", "", Some(json!({ "locale": "ja" }))).await.1;
        let text = |key: &str| opened[key].as_str().unwrap().to_owned();
        let (id, token) = (text("id"), text("token"));
        let path = format!("/v1/conversations/{id}");
        let (status, standing) = self.inside.call(Method::POST, &format!("{path}/handoff"), &token, None).await;
        assert_eq!(status, StatusCode::OK, "{standing}");
        let reference = standing["reference"].as_str().unwrap().to_owned();
        Customer { desk: self, id: ConversationId(id.parse().unwrap()), path, token, reference }
    }
}

struct Customer<'a> {
    desk: &'a Desk,
    id: ConversationId,
    path: String,
    token: String,
    reference: String,
}

impl Customer<'_> {
    async fn estimate(&self) -> Value {
        let path = format!("{}/status", self.path);
        self.desk.inside.call(Method::GET, &path, &self.token, None).await.1["queue"]["estimate_minutes"].clone()
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_sleeps_or_is_at_risk_rings_the_bell() {
    need!(processes::model());
    let desk = need!(Desk::open().await);
    let app = &desk.inside.app;
    let customer = desk.customer().await;
    let ticket = app.store.tickets_of(customer.id).await.unwrap().pop().unwrap();
    let due = app.store.promise(ticket.id).await.unwrap().unwrap().next_due.unwrap();
    let mut bell = app.counter.bell().subscribe();

    let until = json!({ "until": due });
    desk.operator(0, Method::POST, &format!("/tickets/{}/snooze", customer.reference), until).await;
    assert_eq!(bell.try_recv().ok(), Some(customer.id), "it sleeps");
    while bell.try_recv().is_ok() {}
    desk.clock.to(due);
    assert_eq!(app.desk.tend().await.unwrap(), 1);
    assert_eq!(bell.try_recv().ok(), Some(customer.id), "little time is left");
    let view = desk.operator(0, Method::GET, &format!("/tickets/{}", customer.reference), json!({})).await;
    let last = view["ledger"].as_array().unwrap().iter().rev().find(|line| line["by"] == "clockwork").unwrap();
    assert_eq!(last["kind"], "warned", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_is_reckoned_by_who_is_there() {
    need!(processes::model());
    let desk = need!(Desk::open().await);
    // Three weeks, in which each case keeps the operator busy for half an hour.
    let first = time("2026-06-01T01:00:00Z");
    for day in 0..20 {
        let morning = first + SignedDuration::from_hours(24 * day);
        desk.clock.to(morning);
        let reference = desk.customer().await.reference;
        desk.operator(0, Method::POST, "/queue/next", json!({})).await;
        desk.clock.to(morning + SignedDuration::from_mins(30));
        desk.operator(0, Method::POST, &format!("/tickets/{reference}/resolve"), json!({})).await;
    }
    let morning = first + SignedDuration::from_hours(24 * 21);
    desk.clock.to(morning);
    let waits = desk.customer().await;
    assert_eq!(waits.estimate().await, Value::Null, "nobody is there");
    desk.operator(0, Method::GET, "/me", json!({})).await;
    assert_eq!(waits.estimate().await, 30);
    desk.operator(1, Method::PUT, "/me", json!({ "present": true })).await;
    assert_eq!(waits.estimate().await, 15);
    desk.operator(1, Method::PUT, "/me", json!({ "present": false })).await;
    assert_eq!(waits.estimate().await, 30);
    desk.clock.to(morning + SignedDuration::from_mins(11));
    assert_eq!(waits.estimate().await, Value::Null, "nobody was heard of for a while");
    // In the night nobody is at the desk, whoever looks in.
    desk.clock.to(morning + SignedDuration::from_hours(14));
    desk.operator(0, Method::GET, "/me", json!({})).await;
    assert_eq!(waits.estimate().await, Value::Null);
}
