//! What operators see and do besides taking a case and answering it: they watch the queue, find cases, merge them, quote the articles,
//! look at a draft, and say how much they take.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::{Place, Service, client};
use super::operators::entry;
use super::talk::{Events, Sent, Talk, text};
use crate::processes::need;

const POLICY: &str = include_str!("../../../knowledge/policy.toml");
/// Name, which is the key too, roles and desks.
const KEYS: [(&str, &[&str], &[&str]); 4] = [
    ("tanaka", &["operator"], &[]),
    ("sato", &["operator", "supervisor"], &[]),
    ("mori", &["operator"], &["payments"]),
    ("shop page", &[], &[]),
];

/// A running desk.
struct Desk {
    service: Service,
    _place: Place,
}

impl Desk {
    fn open() -> Result<Self, String> {
        let place = Place::new()?;
        place.write("policy.toml", POLICY);
        let config =
            place.file("config.toml", &KEYS.map(|(name, roles, desks)| entry(name, name, roles, desks)).concat());
        let mut command = place.command(&["serve", "--no-watch", "--listen", "127.0.0.1:0", "--config"]);
        command.arg(config);
        Ok(Self { service: Service::started(command), _place: place })
    }

    async fn call(&self, who: &str, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let url = self.service.url(&format!("/v1/operator{path}"));
        let mut request = client().request(method, url).bearer_auth(who);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    async fn get(&self, who: &str, path: &str) -> Value {
        let (status, body) = self.call(who, Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, who: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(who, Method::POST, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// What `who` finds.
    async fn found(&self, who: &str, asked: &str) -> Vec<String> {
        let asked: String = url::form_urlencoded::byte_serialize(asked.as_bytes()).collect();
        let page = self.get(who, &format!("/search?q={asked}")).await;
        let cases = page["cases"].as_array().unwrap();
        cases.iter().map(|case| text(&case["ticket"]["reference"]).to_owned()).collect()
    }

    /// Watches the queue.
    async fn watch(&self, who: &str, after: u64) -> Events {
        let request = client().get(self.service.url("/v1/operator/events")).bearer_auth(who);
        Events::of(request.header("last-event-id", after).send().await.unwrap())
    }

    /// A customer who asks something, and then for a person.
    async fn case(&self, words: &str) -> (Talk, String) {
        let talk = self.service.open("ja").await;
        talk.ask(words).await;
        let standing = talk.request(Method::POST, "/handoff").send().await.unwrap();
        assert_eq!(standing.status(), 200);
        let standing: Value = standing.json().await.unwrap();
        (talk, text(&standing["reference"]).to_owned())
    }
}

fn kinds(events: &[Sent]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

#[tokio::test]
async fn the_queue_is_watched_and_searched() {
    let desk = need!(Desk::open());
    let before = desk.get("tanaka", "/queue").await["last_event_id"].as_u64().unwrap();
    let mut watched = desk.watch("tanaka", before).await;
    let (talk, reference) = desk.case("返金してください。注文番号は ＨＭ－２０２６－００４５１１ です。").await;
    let added = talk.message("追加です。伝票は１２３４－５６７８でした。").send().await.unwrap();
    assert_eq!(added.status(), 202);
    desk.post("tanaka", &format!("/tickets/{reference}/claim"), json!({})).await;
    desk.post("tanaka", &format!("/tickets/{reference}/transfer"), json!({ "desk": "payments" })).await;

    let seen = watched.some(4).await;
    assert_eq!(kinds(&seen), ["opened", "customer_wrote", "claimed", "transferred"]);
    assert!((before + 1..).zip(&seen).all(|(id, event)| event.id == id), "{seen:?}");
    for event in &seen {
        assert_eq!((&event.data["reference"], &event.data["seq"]), (&json!(reference), &json!(event.id)), "{event:?}");
        let told = event.data.to_string();
        assert!(!told.contains("返金") && !told.contains("２０２６") && !told.contains("追加"), "{told}");
    }
    assert_eq!((&seen[3].data["desk"], &seen[3].data["from_desk"]), (&json!("payments"), &json!("returns")));
    // Cut anywhere, it goes on with the same events; and who serves one desk sees that desk's.
    let again = desk.watch("tanaka", seen[1].id).await.some(2).await;
    assert_eq!(again, seen[2..]);
    assert_eq!(desk.watch("mori", before).await.some(1).await, seen[3..]);
    let (status, _) = desk.call("tanaka", Method::GET, "/events?after=soon", None).await;
    assert_eq!(status, 400);

    for asked in ["hm-2026-004511", "ＨＭ‐2026", "返金 追加", "1234-5678", &reference.to_lowercase()] {
        assert_eq!(desk.found("tanaka", asked).await, std::slice::from_ref(&reference), "{asked}");
    }
    for asked in ["hm-2027", "%", "返品"] {
        assert!(desk.found("tanaka", asked).await.is_empty(), "{asked}");
    }
    assert_eq!(desk.found("mori", "返金").await, std::slice::from_ref(&reference), "it is at their desk now");
    desk.post("mori", &format!("/tickets/{reference}/transfer"), json!({ "desk": "returns" })).await;
    assert!(desk.found("mori", "返金").await.is_empty());
    for (query, status) in
        [("", 400), ("?q=", 400), ("?q=x&after=nowhere", 400), ("?q=x&limit=0", 200), ("?q=x&y=1", 400)]
    {
        let (got, body) = desk.call("tanaka", Method::GET, &format!("/search{query}"), None).await;
        assert_eq!(got, status, "{query}: {body}");
    }
    for path in ["/events", "/search?q=x", "/me", "/operators"] {
        for key in [talk.token.as_str(), "nobody", ""] {
            assert_eq!(desk.call(key, Method::GET, path, None).await.0, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn two_cases_of_one_customer_are_merged() {
    let desk = need!(Desk::open());
    let (first, goes) = desk.case("返金してください").await;
    let (second, stays) = desk.case("返品の送料は誰が払いますか").await;
    desk.post("tanaka", &format!("/tickets/{goes}/note"), json!({ "text": "配送会社に確認中" })).await;
    let owed = |view: &Value| text(&view["promise"]["promised_by"]).parse::<jiff::Timestamp>().unwrap();
    let goes_by = owed(&desk.get("tanaka", &format!("/tickets/{goes}")).await);
    let stays_by = owed(&desk.get("tanaka", &format!("/tickets/{stays}")).await);
    assert!(goes_by < stays_by, "a refund is more urgent: {goes_by} {stays_by}");

    let path = format!("/tickets/{goes}/merge");
    for (body, status) in [
        (json!({ "into": stays }), 422),
        (json!({ "into": goes }), 422),
        (json!({ "into": "MG-0000-0000", "same_customer": true }), 404),
        (json!({ "into": stays, "same_customer": true, "version": 99 }), 409),
        (json!({}), 422),
    ] {
        let (got, answer) = desk.call("tanaka", Method::POST, &path, Some(body.clone())).await;
        assert_eq!(got, status, "{body}: {answer}");
    }
    let request = json!({ "into": stays, "same_customer": true });
    let merged = desk.post("tanaka", &path, request.clone()).await;
    assert_eq!(
        (&merged["closed"]["state"], &merged["closed"]["merged_into"]),
        (&json!("merged"), &merged["into"]["id"])
    );
    assert_eq!(owed(&merged), goes_by, "the earlier time holds");
    for talk in [&first, &second] {
        let last = talk.messages().await.pop().unwrap();
        assert_eq!(last["role"], "notice");
        assert!(text(&last["text"]).contains(&goes) && text(&last["text"]).contains(&stays), "{last}");
    }
    assert_eq!(first.read().await["owner"], "closed");
    assert_eq!(second.read().await["owner"], "waiting");
    let view = desk.get("tanaka", &format!("/tickets/{stays}")).await;
    assert_eq!(view["notes"][0]["text"], "配送会社に確認中");
    assert_eq!(view["merged"][0]["reference"], json!(goes));
    let line = view["ledger"].as_array().unwrap().iter().find(|line| line["kind"] == "took_over").unwrap();
    assert_eq!((&line["by"], &line["reason"]), (&json!("operator:tanaka"), &json!(goes)));
    // Sent again, it has been done; the other way round it cannot be.
    assert_eq!(desk.post("tanaka", &path, request).await["closed"], merged["closed"]);
    let back = json!({ "into": goes, "same_customer": true });
    assert_eq!(desk.call("tanaka", Method::POST, &format!("/tickets/{stays}/merge"), Some(back)).await.0, 409);

    // Anybody can quote a case: that shows nothing. An operator who has made sure says so, on record.
    let (_, quoting) = desk.case(&format!("受付番号 {stays} の件はどうなりましたか")).await;
    let path = format!("/tickets/{quoting}/merge");
    let (status, _) = desk.call("tanaka", Method::POST, &path, Some(json!({ "into": stays }))).await;
    assert_eq!(status, 422);
    let request = json!({ "into": stays, "same_customer": true });
    let merged = desk.post("tanaka", &path, request).await;
    assert_eq!(merged["closed"]["reference"], json!(quoting));
    let about = |line: &&Value| line["about"] == merged["closed"]["id"];
    let audit = desk.get("sato", "/audit?operator=tanaka&limit=1000").await;
    let did: Vec<&str> = audit["lines"].as_array().unwrap().iter().filter(about).map(|it| text(&it["what"])).collect();
    assert_eq!(did, ["merge_on_their_word", "merge"], "the word first");
    let promises = desk.get("sato", "/promises").await;
    assert_eq!((&promises["counts"]["merged"], &promises["counts"]["running"]), (&json!(2), &json!(1)), "{promises}");
    assert_eq!(promises["figures"]["tickets"], 3);
    assert_eq!(promises["figures"]["renegotiations_per_ticket"], 0.0);
    assert!(promises["figures"]["median_promised_minutes"].as_f64() > Some(0.0), "{promises}");
}

#[tokio::test]
async fn the_articles_are_at_hand_and_nothing_is_sent_by_itself() {
    let desk = need!(Desk::open());
    let (talk, reference) = desk.case("返品の送料は誰が払いますか").await;
    let before = talk.messages().await.len();

    let found = desk.get("tanaka", &format!("/tickets/{reference}/replies?limit=3")).await;
    let replies = found["replies"].as_array().unwrap();
    assert_eq!((&found["language"], replies.len()), (&json!("ja"), 3));
    let first = &replies[0];
    assert_eq!(first["citation"]["article_id"], "ja-returns", "{found}");
    assert!(text(&first["text"]).contains("480円") || text(&first["text"]).contains("21日"), "{first}");
    assert!(text(&first["citation"]["url"]).starts_with("/articles/ja-returns?version="), "{first}");
    assert!(first["citation"]["heading"].is_array() && first["citation"]["version"].is_string());
    let asked: String = url::form_urlencoded::byte_serialize("領収書は発行できますか".as_bytes()).collect();
    let other = desk.get("tanaka", &format!("/tickets/{reference}/replies?q={asked}")).await;
    assert_eq!(other["replies"][0]["citation"]["article_id"], "ja-receipts", "{other}");
    // What customers may not read is not offered to be sent to them.
    let hidden: String = url::form_urlencoded::byte_serialize("売上はいつ振り込まれますか".as_bytes()).collect();
    let none = desk.get("tanaka", &format!("/tickets/{reference}/replies?limit=20&q={hidden}")).await;
    assert!(!none.to_string().contains("165円"), "{none}");
    for query in ["limit=0", "limit=21", "q=", "z=1"] {
        let (status, _) =
            desk.call("tanaka", Method::GET, &format!("/tickets/{reference}/replies?{query}"), None).await;
        assert_eq!(status, 400, "{query}");
    }

    let draft = desk.post("tanaka", &format!("/tickets/{reference}/draft"), json!({})).await;
    assert_eq!((&draft["draft"], &draft["claim"], &draft["written_by"]), (&json!(true), &Value::Null, &Value::Null));
    assert!(text(&draft["text"]).contains("480円"), "{draft}");
    assert_eq!(draft["citations"][0]["article_id"], "ja-returns");
    // What a guard claims is told along with it.
    let (refund, claimed) = desk.case("返品するので返金してください").await;
    let draft = desk.post("tanaka", &format!("/tickets/{claimed}/draft"), json!({})).await;
    assert_eq!((&draft["draft"], &draft["claim"]["reason"]), (&json!(true), &json!("refund")), "{draft}");
    assert!(draft["claim"]["decision"]["votes"].as_array().is_some_and(|votes| !votes.is_empty()), "{draft}");
    assert_eq!(draft["text"].is_null(), draft["citations"].as_array().unwrap().is_empty(), "{draft}");
    assert_eq!(talk.messages().await.len(), before);
    assert_eq!(refund.messages().await.last().unwrap()["role"], "assistant");

    // Nobody has said anything yet: there is nothing to answer.
    let silent = desk.service.open("ja").await;
    let standing: Value = silent.request(Method::POST, "/handoff").send().await.unwrap().json().await.unwrap();
    let reference = text(&standing["reference"]);
    let (status, _) = desk.call("tanaka", Method::POST, &format!("/tickets/{reference}/draft"), None).await;
    assert_eq!(status, 409);
    let none = desk.get("tanaka", &format!("/tickets/{reference}/replies")).await;
    assert_eq!(none["replies"], json!([]));
}

#[tokio::test]
async fn the_case_in_a_receipt_is_for_people_at_the_desks() {
    let desk = need!(Desk::open());
    let talk = desk.service.open("ja").await;
    let reply = talk.ask("返金してください").await;
    let path = format!("/v1/answers/{}/receipt", text(&reply["id"]));
    let seen = async |bearer: &str| {
        let response = desk.service.get(&path).bearer_auth(bearer).send().await.unwrap();
        assert_eq!(response.status(), 200, "{bearer}");
        response.json::<Value>().await.unwrap()
    };
    assert!(seen("tanaka").await["case"].is_object() && seen(&talk.token).await["case"].is_object());
    let theirs = seen("shop page").await;
    assert_eq!(theirs["case"], Value::Null, "{theirs}");
    let audit = desk.get("sato", &format!("/audit?conversation={}", talk.id())).await;
    let looks = audit["lines"].as_array().unwrap().iter().filter(|line| line["what"] == "read_receipt");
    let by: Vec<&str> = looks.map(|line| text(&line["who"])).collect();
    assert_eq!(by, ["operator:tanaka"], "{audit}");
}

#[tokio::test]
async fn operators_say_how_much_they_take() {
    let desk = need!(Desk::open());
    let mut waiting = Vec::new();
    for words in ["返品の送料は誰が払いますか", "領収書は発行できますか", "送料はいくらですか"]
    {
        waiting.push(desk.case(words).await.1);
    }
    let me = desk.get("tanaka", "/me").await;
    assert_eq!(
        (&me["name"], &me["present"], &me["capacity"], &me["has"]),
        (&json!("tanaka"), &json!(true), &Value::Null, &json!(0))
    );
    for body in [
        json!({}),
        json!({ "present": "yes" }),
        json!({ "present": true, "capacity": 5000 }),
        json!({ "present": true, "capacity": -1 }),
        json!({ "present": true, "languages": ["日本語"] }),
        json!({ "present": true, "desks": [] }),
    ] {
        let (status, answer) = desk.call("tanaka", Method::PUT, "/me", Some(body.clone())).await;
        assert_eq!(status, 422, "{body}: {answer}");
    }
    let body = json!({ "present": true, "capacity": 1, "languages": ["ja-JP", "en", "ja"] });
    let (status, me) = desk.call("tanaka", Method::PUT, "/me", Some(body)).await;
    assert_eq!(
        (status, &me["capacity"], &me["languages"], &me["there"]),
        (StatusCode::OK, &json!(1), &json!(["en", "ja"]), &json!(true))
    );

    let next = desk.post("tanaka", "/queue/next", json!({})).await;
    assert!(waiting.contains(&text(&next["case"]["reference"]).to_owned()), "{next}");
    assert_eq!(next["because"], Value::Null);
    let next = desk.post("tanaka", "/queue/next", json!({})).await;
    assert_eq!((&next["case"], &next["because"]), (&Value::Null, &json!("full")));
    let next = desk.post("mori", "/queue/next", json!({})).await;
    assert_eq!((&next["case"], &next["because"]), (&Value::Null, &json!("nothing_waits")), "no case is at their desk");

    let (status, _) = desk.call("tanaka", Method::GET, "/operators", None).await;
    assert_eq!(status, 403);
    let (_, gone) = desk.call("mori", Method::PUT, "/me", Some(json!({ "present": false }))).await;
    assert_eq!((&gone["present"], &gone["there"], &gone["capacity"]), (&json!(false), &json!(false), &Value::Null));
    let all = desk.get("sato", "/operators").await;
    let all: Vec<(&str, &Value, &Value)> = all["operators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operator| (text(&operator["name"]), &operator["there"], &operator["has"]))
        .collect();
    let (yes, no, none, one) = (json!(true), json!(false), json!(0), json!(1));
    assert_eq!(all, [("mori", &no, &none), ("sato", &yes, &none), ("tanaka", &yes, &one)]);
}
