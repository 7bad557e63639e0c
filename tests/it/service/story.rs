//! What really happened to a customer, with the ending it should have had. A parcel does not come until its return window has closed; a
//! chat promises an answer within a time, and nobody answers. Here the customer is told who has the case and by when, is told before
//! that time that it will not be kept, is told plainly when it was not, and everybody can read it up afterwards.
//!
//! The whole app, over HTTP, on a clock that the test moves; over SQLite and over Postgres.

use std::ops::Deref;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use madoguchi::app::App;
use madoguchi::clock::RandomIds;
use madoguchi::config::KeyRole;
use madoguchi::knowledge::SyncOptions;
use madoguchi::store::Store;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::Place;
use super::inside::{self, Inside, Moved, config, schema};
use crate::processes::{self, need};

const POLICY: &str = include_str!("../../../knowledge/policy.toml");
/// The returns desk is there from nine to six, and answers what is most urgent to it within four hours of that.
const DESKS: &str = r#"
[desk.returns]
time_zone = "Asia/Tokyo"
[desk.returns.hours]
holidays = "none"
mon = ["09:00-18:00"]
tue = ["09:00-18:00"]
wed = ["09:00-18:00"]
thu = ["09:00-18:00"]
fri = ["09:00-18:00"]
[desk.returns.promise]
minutes = { 1 = 240 }
at_risk_share = 0.25
tell_before_minutes = 30
supervisors = ["sato"]
"#;
const KEYS: [(&str, &str); 2] = [("tanaka", "key of tanaka"), ("sato", "key of sato")];

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A shop with its desks, and a customer's side of one conversation.
struct Shop {
    inside: Inside,
    clock: Arc<Moved>,
    _place: Place,
}

impl Deref for Shop {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.inside
    }
}

impl Shop {
    async fn open(store: Store, clock: Arc<Moved>) -> Result<Self, String> {
        let place = Place::new()?;
        place.write("policy.toml", POLICY);
        place.write("desks.toml", DESKS);
        let mut config = config(&place)?;
        let vectors = Arc::new(Store::open(&place.data().join("madoguchi.db")).await.unwrap());
        config.auth.keys = KEYS.map(|(name, key)| inside::key(name, key, KeyRole::Operator)).into();
        let app = App::open_on(config, store, vectors, clock.clone(), Arc::new(RandomIds)).await.unwrap();
        app.sync.run(SyncOptions::default(), &|_| {}).await.unwrap();
        Ok(Self { inside: Inside::of(app).await, clock, _place: place })
    }

    async fn operator(&self, who: usize, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.call(method, &format!("/v1/operator{path}"), KEYS[who].1, body).await
    }

    /// The clockwork looks after what is due.
    async fn tick(&self) {
        self.app.desk.tend().await.unwrap();
    }
}

struct Customer<'a> {
    shop: &'a Shop,
    path: String,
    token: String,
}

impl<'a> Customer<'a> {
    async fn comes(shop: &'a Shop) -> Self {
        let (_, opened) = shop.call(Method::POST, "/v1/conversations", "", Some(json!({ "locale": "ja" }))).await;
        let token = opened["token"].as_str().unwrap().to_owned();
        Self { shop, path: format!("/v1/conversations/{}", opened["id"].as_str().unwrap()), token }
    }

    async fn does(&self, method: Method, below: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.shop.call(method, &format!("{}{below}", self.path), &self.token, body).await
    }

    async fn says(&self, text: &str) -> (StatusCode, Value) {
        self.does(Method::POST, "/messages", Some(json!({ "text": text }))).await
    }

    async fn status(&self) -> Value {
        self.does(Method::GET, "/status", None).await.1
    }

    /// The last message of the conversation, and who said it.
    async fn last(&self) -> (String, String) {
        let (_, read) = self.does(Method::GET, "", None).await;
        let last = read["messages"].as_array().unwrap().last().unwrap().clone();
        (last["role"].as_str().unwrap().to_owned(), last["text"].as_str().unwrap().to_owned())
    }
}

fn at(value: &Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value} is no time")).parse().unwrap()
}

fn kinds(view: &Value) -> Vec<String> {
    view["ledger"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

/// Nobody answers: the promise lapses, loudly, twice; then somebody does.
async fn lapses_loudly(store: Store) -> Result<(), String> {
    // A Monday, eleven in the morning in Tokyo.
    let shop = Shop::open(store, Moved::at(time("2026-05-04T02:00:00Z"))).await?;
    let customer = Customer::comes(&shop).await;

    // Who has the case, which one it is, and by when: in one answer.
    let (status, reply) = customer
        .says("荷物がまだ届かないのに返品期間が過ぎてしまいました。返金してください。注文番号は HM-2026-004511 です。")
        .await;
    assert_eq!(status, 200, "{reply}");
    let (text, told) = (reply["text"].as_str().unwrap(), &reply["reply"]);
    assert_eq!(told["kind"], "handoff");
    let reference = told["ticket"]["reference"].as_str().unwrap().to_owned();
    let first = at(&told["ticket"]["promised_by"]);
    assert!(text.contains(&reference) && text.contains("返品デスク"), "{text}");
    assert!(text.contains("15:00") && text.contains("5月4日"), "four hours from eleven: {text}");
    assert_eq!(first, time("2026-05-04T06:00:00Z"));
    for vague in ["まもなく", "追って", "後ほど", "返金いたします"] {
        assert!(!text.contains(vague), "{vague}: {text}");
    }
    let status = customer.status().await;
    assert_eq!((&status["owner"], &status["reference"]), (&json!("waiting"), &json!(reference)));
    assert_eq!(status["queue"]["ahead"], 0);
    assert_eq!(status["queue"]["estimate_minutes"], Value::Null, "nothing was measured yet, so no number is shown");

    // More details go into the case, and the assistant stays silent.
    let (code, added) = customer.says("追加です。配送会社の番号は 1234-5678-9012 でした。").await;
    assert_eq!((code, &added["reference"]), (StatusCode::ACCEPTED, &json!(reference)));

    // The desk sees everything, with nothing to be asked again.
    let (_, queue) = shop.operator(0, Method::GET, "/queue", None).await;
    let case = &queue["cases"][0]["ticket"];
    assert_eq!((&case["reference"], &case["desk"]), (&json!(reference), &json!("returns")));
    let facts = case["case"]["facts"].to_string();
    assert!(facts.contains("HM-2026-004511"), "{facts}");
    let (_, view) = shop.operator(0, Method::GET, &format!("/tickets/{reference}"), None).await;
    assert!(view["transcript"].to_string().contains("1234-5678-9012"), "{view}");

    // Little time is left: the desk is warned. The customer is not bothered.
    shop.clock.to(first - SignedDuration::from_mins(55));
    shop.tick().await;
    let (_, view) = shop.operator(0, Method::GET, &format!("/tickets/{reference}"), None).await;
    assert!(kinds(&view).contains(&"warned".to_owned()), "{view}");
    assert_eq!(customer.last().await.0, "customer");

    // Before the time, not after it: it will not be kept, and this is the new one.
    shop.clock.to(first - SignedDuration::from_mins(20));
    shop.tick().await;
    let (role, text) = customer.last().await;
    assert_eq!(role, "notice");
    assert!(text.contains(&reference) && text.contains("15:00"), "{text}");
    let second = at(&customer.status().await["promised_by"]);
    assert!(second > first, "{second}");

    // A holding reply is no answer.
    let (code, _) = shop.operator(0, Method::POST, &format!("/tickets/{reference}/claim"), None).await;
    assert_eq!(code, 200);
    let holding = json!({ "text": "確認しています。", "holding": true });
    let (code, said) = shop.operator(0, Method::POST, &format!("/tickets/{reference}/reply"), Some(holding)).await;
    assert_eq!((code, &said["promise"]), (StatusCode::OK, &Value::Null), "{said}");

    // The second time passes while the service is down, over a week-end even; at the start that is told first.
    shop.clock.to(time("2026-05-11T00:30:00Z"));
    shop.tick().await;
    let (role, text) = customer.last().await;
    assert_eq!(role, "notice");
    assert!(text.contains(&reference), "{text}");
    let (_, view) = shop.operator(0, Method::GET, &format!("/tickets/{reference}"), None).await;
    let so_far = kinds(&view);
    assert!(so_far.contains(&"breached".to_owned()), "{so_far:?}");
    assert_eq!(view["promise"]["state"], "breached");
    assert!(at(&view["promise"]["promised_by"]) > time("2026-05-11T00:30:00Z"));
    assert!(view["ticket"]["level"].as_u64() >= Some(2), "passed up twice: {view}");

    // The answer comes, and the customer says how it was. That the promise was broken stays on record.
    let answer = json!({ "text": "お待たせして申し訳ありません。配送記録を確認し、返品期間を延ばしました。" });
    let (code, _) = shop.operator(0, Method::POST, &format!("/tickets/{reference}/reply"), Some(answer)).await;
    assert_eq!(code, 200);
    assert_eq!(customer.last().await.0, "operator");
    let (code, settled) = shop.operator(0, Method::POST, &format!("/tickets/{reference}/resolve"), None).await;
    assert_eq!((code, &settled["promise"]), (StatusCode::OK, &json!("already")), "{settled}");
    assert_eq!(customer.status().await["owner"], "closed");
    let solved = json!({ "solved": false, "score": 2, "comment": "遅すぎます" });
    assert_eq!(customer.does(Method::POST, "/feedback", Some(solved)).await.0, 200);
    let (_, promises) = shop.operator(0, Method::GET, "/promises", None).await;
    assert_eq!((&promises["counts"]["breached"], &promises["kept_rate"]), (&json!(1), &json!(0.0)), "{promises}");

    // Not solved: the conversation goes on, and a person can be had with the case before linked.
    assert_eq!(customer.does(Method::POST, "/reopen", None).await.0, 200);
    let (code, again) = customer.does(Method::POST, "/handoff", None).await;
    assert_eq!((code, &again["owner"]), (StatusCode::OK, &json!("waiting")), "{again}");
    let (_, text) = customer.last().await;
    assert!(text.contains(&reference), "the earlier case is named: {text}");
    Ok(())
}

/// Somebody answers in time; nothing else is heard of it.
async fn is_kept(store: Store) -> Result<(), String> {
    let shop = Shop::open(store, Moved::at(time("2026-05-08T08:30:00Z"))).await?;
    let customer = Customer::comes(&shop).await;
    // Half an hour before the desk closes for the week-end.
    let (_, reply) = customer.says("返金してください").await;
    let reference = reply["reply"]["ticket"]["reference"].as_str().unwrap().to_owned();
    assert_eq!(at(&reply["reply"]["ticket"]["promised_by"]), time("2026-05-11T03:30:00Z"), "Monday half past twelve");
    let (_, next) = shop.operator(0, Method::POST, "/queue/next", None).await;
    assert_eq!(next["case"]["reference"], json!(reference));
    let (code, other) = shop.operator(1, Method::POST, &format!("/tickets/{reference}/claim"), None).await;
    assert_eq!(code, StatusCode::CONFLICT, "one case, one person: {other}");
    let answer = json!({ "text": "ご注文を確認し、返金の手続きを始めました。" });
    let (_, said) = shop.operator(0, Method::POST, &format!("/tickets/{reference}/reply"), Some(answer)).await;
    assert_eq!(said["promise"], "kept", "{said}");
    let (_, back) = shop.operator(0, Method::POST, &format!("/tickets/{reference}/hand-back"), None).await;
    assert_eq!(back["promise"], "already", "{back}");
    shop.clock.to(time("2026-06-01T00:00:00Z"));
    shop.tick().await;
    assert_eq!(customer.status().await["owner"], "assistant");
    // The assistant answers again, and afresh.
    let (code, reply) = customer.says("送料はいくらですか").await;
    assert_eq!((code, &reply["role"]), (StatusCode::OK, &json!("assistant")), "{reply}");
    // By the button this time; called off again by the words that the acknowledgement names.
    customer.does(Method::POST, "/handoff", None).await;
    let (code, off) = customer.does(Method::DELETE, "/handoff", None).await;
    assert_eq!((code, &off["owner"]), (StatusCode::OK, &json!("assistant")), "{off}");
    let (_, promises) = shop.operator(1, Method::GET, "/promises", None).await;
    assert_eq!(promises["counts"]["kept"], 1, "{promises}");
    // Whoever is no operator sees none of it.
    let (code, _) = shop.call(Method::GET, "/v1/operator/queue", &customer.token, None).await;
    assert_eq!(code, StatusCode::UNAUTHORIZED);
    Ok(())
}

async fn sqlite() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Store::open(&dir.path().join("story.db")).await.unwrap(), dir)
}

async fn postgres() -> Result<Store, String> {
    Ok(Store::connect(&schema().await?).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_nobody_keeps_lapses_loudly_on_sqlite() {
    need!(processes::model());
    let (store, _dir) = sqlite().await;
    need!(lapses_loudly(store).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_nobody_keeps_lapses_loudly_on_postgres() {
    need!(processes::model());
    need!(lapses_loudly(need!(postgres().await)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_kept_on_sqlite() {
    need!(processes::model());
    let (store, _dir) = sqlite().await;
    need!(is_kept(store).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_kept_on_postgres() {
    need!(processes::model());
    need!(is_kept(need!(postgres().await)).await);
}
