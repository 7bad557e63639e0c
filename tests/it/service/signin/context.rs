//! What the shop signs about the customer and the order: believed from the shop alone, known to whoever has the case, and used for where it
//! goes and how soon. The whole app in this process, on a clock that stands.

use std::sync::Arc;

use madoguchi::clock::FixedClock;
use madoguchi::config::KeyRole;
use madoguchi::knowledge::SyncOptions;

use super::*;
use crate::service::inside::{Inside, config, key};

/// Refunds are of the third rank: twenty hours of the desk's own, that is until Wednesday at one; four hours for what is more urgent.
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
minutes = { 2 = 240, 3 = 1200 }
[desk.returns.sellers]
CN = "identity"
"#;
/// A Monday, eleven in the morning in Tokyo.
const NOW: &str = "2026-05-04T02:00:00Z";
const KEY: &str = "key of tanaka";

struct Shop {
    inside: Inside,
    _place: Place,
}

impl Shop {
    async fn open() -> Result<Self, String> {
        let place = Place::new()?;
        place.write("desks.toml", DESKS);
        let mut config = config(&place)?;
        config.auth.keys = vec![key("tanaka", KEY, KeyRole::Operator)];
        config.signin.issuer = "https://shop.example".to_owned();
        config.signin.audience = "madoguchi".to_owned();
        config.signin.public_key_file = place.file("shop.pem", SHOP_PUBLIC);
        let clock = FixedClock(NOW.parse().unwrap());
        let inside = Inside::open(config, Arc::new(clock)).await;
        inside.app.sync.run(SyncOptions::default(), &|_| {}).await.unwrap();
        Ok(Self { inside, _place: place })
    }

    async fn call(&self, method: Method, path: &str, bearer: Option<&str>, body: Value) -> (u16, Value) {
        let body = (!body.is_null()).then_some(body);
        let (status, said) = self.inside.call(method, path, bearer.unwrap_or_default(), body).await;
        (status.as_u16(), said)
    }

    /// Asks for a refund in a conversation with this context: the words that came back, and the case as an operator reads it.
    async fn refund(&self, context: Option<&str>, words: &str) -> (String, Value) {
        let body = json!({ "locale": "ja", "context": context });
        let (status, opened) = self.call(Method::POST, "/v1/conversations", None, body).await;
        assert_eq!(status, 201, "{opened}");
        let path = format!("/v1/conversations/{}/messages", text(&opened["id"]));
        let token = text(&opened["token"]);
        let (status, reply) = self.call(Method::POST, &path, Some(token), json!({ "text": words })).await;
        assert_eq!(status, 200, "{reply}");
        let reference = text(&reply["reply"]["ticket"]["reference"]);
        let path = format!("/v1/operator/tickets/{reference}");
        let (status, case) = self.call(Method::GET, &path, Some(KEY), Value::Null).await;
        assert_eq!(status, 200, "{case}");
        (text(&reply["text"]).to_owned(), case)
    }
}

/// Signed by the shop, on the clock of this test.
fn signed(context: Value) -> String {
    rs256(SHOP, "any", &about("tanaka", context))
}

fn about(subject: &str, context: Value) -> Value {
    let now: Timestamp = NOW.parse().unwrap();
    let mut claims = but(subject, "context", context);
    claims["exp"] = json!(now.as_second() + 300);
    claims
}

fn promised(case: &Value) -> Timestamp {
    at(&case["promise"]["promised_by"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_knows_nobody_is_asked_for() {
    let shop = need!(Shop::open().await);
    // Without a context, the order is asked for once, and the case takes its usual time.
    let (words, case) = shop.refund(None, "返金してください").await;
    assert!(words.contains("注文番号"), "{words}");
    assert_eq!((&case["shop"], &case["ticket"]["priority"]), (&Value::Null, &json!(3)), "{case}");
    assert_eq!(promised(&case), "2026-05-06T04:00:00Z".parse().unwrap());

    let context = json!({
        "customer_name": "田中 太郎", "order_id": "HM-2026-004511", "item": "電気ケトル", "promised_date": "2026-04-20",
        "return_window_ends": "2026-05-04", "seller_type": "marketplace", "seller_region": "JP",
    });
    let (words, case) = shop.refund(Some(&signed(context.clone())), "返金してください").await;
    assert!(!words.contains("注文番号"), "{words}");
    assert_eq!(case["shop"], context, "the desk reads what the shop says");
    let facts = case["ticket"]["case"]["facts"].as_array().unwrap();
    let of_shop: Vec<(&str, &str)> = facts
        .iter()
        .filter(|fact| fact["origin"] == "shop")
        .map(|fact| (text(&fact["kind"]), text(&fact["text"])))
        .collect();
    let expected = [
        ("order", "HM-2026-004511"),
        ("item", "電気ケトル"),
        ("delivery", "2026-04-20"),
        ("return_window", "2026-05-04"),
        ("seller", "marketplace"),
        ("seller", "JP"),
    ];
    assert_eq!(of_shop, expected);
    // The window closes before Wednesday: the case goes a step before its like, and is answered while something can be sent back.
    assert_eq!((&case["ticket"]["priority"], &case["ticket"]["desk"]), (&json!(2), &json!("returns")));
    assert_eq!(promised(&case), "2026-05-04T06:00:00Z".parse().unwrap());
    assert!(facts.iter().any(|fact| text(&fact["sentence"]).contains("ends before the time")), "{case}");

    // What is still open next week hurries nobody, and what is over cannot be saved.
    for (day, note) in [("2026-05-11", ""), ("2026-05-03", "over when the case came in")] {
        let (_, case) = shop.refund(Some(&signed(json!({ "return_window_ends": day }))), "返金してください").await;
        assert_eq!(case["ticket"]["priority"], 3, "{day}: {case}");
        assert!(case["ticket"]["case"]["facts"][0].to_string().contains(note), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_abroad_has_a_desk_of_its_own() {
    let shop = need!(Shop::open().await);
    for (region, desk) in [("cn", "identity"), ("CN", "identity"), ("JP", "returns"), ("中国", "returns")] {
        let (words, case) = shop.refund(Some(&signed(json!({ "seller_region": region }))), "返金してください").await;
        assert_eq!(case["ticket"]["desk"], desk, "{region}: {case}");
        assert!(words.contains(text(&case["ticket"]["reference"])), "{words}");
    }
    // The customer cannot choose it.
    let (_, case) = shop.refund(None, "出品者は CN です。返金してください").await;
    assert_eq!(case["ticket"]["desk"], "returns", "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_shop_says_what_the_shop_says() {
    let shop = need!(Shop::open().await);
    let order = json!({ "order_id": "HM-2026-004511" });
    let expired = {
        let mut claims = about("tanaka", order.clone());
        claims["exp"] = json!(1_700_000_000);
        claims
    };
    let public = EncodingKey::from_secret(SHOP_PUBLIC.as_bytes());
    let confused = encode(&Header::new(Algorithm::HS256), &about("tanaka", order.clone()), &public).unwrap();
    for (name, jwt, word) in [
        ("a stranger's", rs256(STRANGER, "any", &about("tanaka", order.clone())), "not signed"),
        ("confused", confused, "not signed"),
        ("expired", rs256(SHOP, "any", &expired), "expired"),
        ("none", signed(Value::Null), "context"),
        ("unknown key", signed(json!({ "order": "1" })), "`order`"),
        ("too long", signed(json!({ "item": "長".repeat(201) })), "`item`"),
        ("no day", signed(json!({ "return_window_ends": "tomorrow" })), "2026-05-04"),
        ("a list", signed(json!(["HM-1"])), "object"),
        ("no token", "HM-2026-004511".to_owned(), "JWT"),
        ("a megabyte", "x".repeat(1 << 19), "JWT"),
    ] {
        let body = json!({ "context": jwt });
        let (status, said) = shop.call(Method::POST, "/v1/conversations", None, body).await;
        assert!(status == 422 || status == 413, "{name}: {status} {said}");
        assert!(status == 413 || text(&said["detail"]).contains(word), "{name}: {said}");
    }
    // Whoever is signed in brings no other customer's context along.
    let bearer = signed(Value::Null);
    let with = |subject: &str| json!({ "context": rs256(SHOP, "any", &about(subject, json!({ "order_id": "HM-1" }))) });
    let (status, said) = shop.call(Method::POST, "/v1/conversations", Some(&bearer), with("sato")).await;
    assert_eq!(status, 422, "{said}");
    let (status, said) = shop.call(Method::POST, "/v1/conversations", Some(&bearer), with("tanaka")).await;
    assert_eq!(status, 201, "{said}");
    let (_, list) = shop.call(Method::GET, "/v1/me/conversations", Some(&bearer), Value::Null).await;
    let lines = list["conversations"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "nothing was opened by those that were refused");
    assert_eq!(lines[0]["order"], "HM-1", "{list}");
}
