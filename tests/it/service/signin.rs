//! Customers by the shop's own sign-in: their conversations on every device, nobody else's, and every way in without the shop's word.

mod context;

use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use madoguchi::clock::{Clock as _, SystemClock};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::bad_input::problem;
use super::desk::{Place, Service, client};
use super::talk::{Talk, text};
use crate::processes::need;

const SECRET: &str = "the shop and this service share these words";
const SHOP: &str = include_str!("../../fixtures/signin/shop.pem");
const SHOP_PUBLIC: &str = include_str!("../../fixtures/signin/shop-public.pem");
const STRANGER: &str = include_str!("../../fixtures/signin/stranger.pem");

fn claims(subject: &str) -> Value {
    let soon = SystemClock.now().as_second() + 3_600;
    json!({ "iss": "https://shop.example", "aud": "madoguchi", "sub": subject, "exp": soon })
}

/// With one claim put in the place of another, or taken out by null.
fn but(subject: &str, claim: &str, value: Value) -> Value {
    let mut claims = claims(subject);
    let object = claims.as_object_mut().unwrap();
    match value {
        Value::Null => object.remove(claim),
        value => object.insert(claim.to_owned(), value),
    };
    claims
}

fn hs256(claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn rs256(pem: &str, kid: &str, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()).unwrap()
}

/// A service where customers sign in by a secret that it shares with the shop.
fn shop(place: &Place) -> Service {
    let mut command = place.command(&["serve", "--no-watch", "--listen", "127.0.0.1:0"]);
    command.env("SHOP_SECRET", SECRET);
    command.env("MADOGUCHI__SIGNIN__SECRET_ENV", "SHOP_SECRET");
    command.env("MADOGUCHI__SIGNIN__ISSUER", "https://shop.example").env("MADOGUCHI__SIGNIN__AUDIENCE", "madoguchi");
    Service::started(command)
}

async fn opened_by(service: &Service, jwt: &str) -> Talk {
    let response = service.post("/v1/conversations").bearer_auth(jwt).json(&json!({ "locale": "ja" })).send().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 201);
    Talk::with(service, response.json().await.unwrap())
}

async fn listed(service: &Service, jwt: &str, query: &str) -> Value {
    let list = service.get(&format!("/v1/me/conversations{query}")).bearer_auth(jwt).send().await.unwrap();
    assert_eq!(list.status(), 200);
    list.json().await.unwrap()
}

fn at(value: &Value) -> Timestamp {
    text(value).parse().unwrap()
}

fn ids(list: &Value) -> Vec<&str> {
    list["conversations"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_goes_on_wherever_they_are_signed_in() {
    let place = need!(Place::new());
    let service = shop(&place);
    let phone = hs256(&claims("田中"));
    let talk = opened_by(&service, &phone).await;
    talk.ask("いつまで返品できますか").await;

    // Another device, another token of the same account's: reads, goes on, listens, asks for a person.
    let laptop = talk.as_seen_by(&hs256(&but("田中", "aud", json!(["newsletter", "madoguchi"]))));
    assert_eq!(laptop.messages().await.len(), 2);
    let reply = laptop.ask("送料は誰が払いますか").await;
    assert_eq!(reply["role"], "assistant", "{reply}");
    let mut events = laptop.listen(None).await;
    assert_eq!(events.next().await.unwrap().id, 1);
    assert_eq!(talk.messages().await.len(), 4, "its own token opens it still");
    let receipt = service.get(&format!("/v1/answers/{}/receipt", text(&reply["id"]))).bearer_auth(&laptop.token);
    assert_eq!(receipt.send().await.unwrap().status(), 200);
    let waiting = laptop.request(Method::POST, "/handoff").send().await.unwrap();
    let waiting: Value = waiting.json().await.unwrap();
    assert_eq!(waiting["owner"], "waiting", "{waiting}");

    let list = listed(&service, &phone, "").await;
    let line = &list["conversations"][0];
    assert_eq!(ids(&list), [talk.id()]);
    assert_eq!(line["owner"], "waiting", "{line}");
    assert_eq!(line["cases"][0]["reference"], waiting["reference"], "{line}");
    assert_eq!((&line["solved"], &line["operator"]), (&Value::Null, &Value::Null));
    assert_eq!(line["deleted_at"], Value::Null, "not while somebody waits");
    assert!(at(&line["last_activity"]) >= at(&line["opened_at"]), "{line}");

    let rating = laptop.request(Method::POST, "/feedback").json(&json!({ "solved": true }));
    assert_eq!(rating.send().await.unwrap().status(), 200);
    assert_eq!(laptop.request(Method::POST, "/close").send().await.unwrap().status(), 200);
    let list = listed(&service, &phone, "").await;
    let line = &list["conversations"][0];
    assert_eq!((&line["owner"], &line["solved"]), (&json!("closed"), &json!(true)), "{line}");
    assert_eq!(line["cases"][0]["state"], "called_off");
    assert!(at(&line["deleted_at"]) > at(&line["closed_at"]), "{line}");
    assert!(!service.log().contains("田中"), "an account's name is nobody's business in a log");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_conversations_are_as_if_they_were_not_there() {
    let place = need!(Place::new());
    let service = shop(&place);
    let (tanaka, other) = (hs256(&claims("tanaka")), hs256(&claims("other")));
    let (talk, anonymous) = (opened_by(&service, &tanaka).await, service.open("ja").await);
    talk.ask("いつまで返品できますか").await;
    let nowhere = json!({ "id": "01890000-0000-7000-8000-000000000000", "token": "x" });
    let nowhere = Talk::with(&service, nowhere);
    for (method, below, body) in [
        (Method::GET, "", None),
        (Method::POST, "/messages", Some(json!({ "text": "開けて" }))),
        (Method::GET, "/events", None),
        (Method::GET, "/status", None),
        (Method::GET, "/cases", None),
        (Method::POST, "/handoff", None),
        (Method::POST, "/close", None),
    ] {
        let mut said = Vec::new();
        for there in [&talk, &anonymous, &nowhere] {
            let mut request = there.as_seen_by(&other).request(method.clone(), below);
            if let Some(body) = &body {
                request = request.json(body);
            }
            said.push(problem(request.send().await.unwrap(), 401, below).await);
        }
        assert_eq!((&said[0], &said[1]), (&said[2], &said[2]), "one cannot tell which of them there are");
    }
    assert_eq!(talk.messages().await.len(), 2, "and nothing was said in it");
    assert_eq!(ids(&listed(&service, &other, "").await), Vec::<&str>::new());
    // A sign-in is no API key, and no key is a sign-in.
    problem(service.get("/v1/operator/queue").bearer_auth(&tanaka).send().await.unwrap(), 401, "queue").await;
    problem(service.get("/v1/me/conversations").bearer_auth(&talk.token).send().await.unwrap(), 401, "list").await;
    problem(service.get("/v1/me/conversations").send().await.unwrap(), 401, "nobody's list").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_conversation_goes_into_an_account() {
    let place = need!(Place::new());
    let service = shop(&place);
    let (tanaka, other) = (hs256(&claims("tanaka")), hs256(&claims("other")));
    let (talk, elsewhere) = (service.open("ja").await, service.open("ja").await);
    talk.ask("いつまで返品できますか").await;
    let claim = async |id: &str, jwt: &str, token: &str| {
        let request = service.post(&format!("/v1/me/conversations/{id}/claim")).bearer_auth(jwt);
        request.json(&json!({ "token": token })).send().await.unwrap()
    };
    let unknown = "01890000-0000-7000-8000-000000000000";
    let mut said = Vec::new();
    for (id, token) in [(talk.id(), &elsewhere.token), (talk.id(), &tanaka), (unknown, &talk.token), ("x", &talk.token)]
    {
        said.push(problem(claim(id, &tanaka, token).await, 404, id).await);
    }
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    problem(claim(talk.id(), &talk.token, &talk.token).await, 401, "without signing in").await;
    problem(claim(talk.id(), &tanaka, "").await, 404, "without a token").await;
    for _ in 0..2 {
        assert_eq!(claim(talk.id(), &tanaka, &talk.token).await.status(), StatusCode::NO_CONTENT);
    }
    problem(claim(talk.id(), &other, &talk.token).await, 409, "another's").await;
    assert_eq!(ids(&listed(&service, &tanaka, "").await), [talk.id()]);
    assert_eq!(ids(&listed(&service, &other, "").await), Vec::<&str>::new());
    assert_eq!(talk.as_seen_by(&tanaka).messages().await.len(), 2);
    assert_eq!(talk.messages().await.len(), 2, "the device it began on goes on");

    // The list page by page, the newest first.
    let mut expected = vec![talk.id().to_owned()];
    for _ in 0..4 {
        expected.insert(0, opened_by(&service, &tanaka).await.id().to_owned());
    }
    let (mut read, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = listed(&service, &tanaka, &query).await;
        read.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&after={next}");
    }
    read.sort();
    expected.sort();
    assert_eq!(read, expected, "each once");
    for query in ["?after=x", "?after=1.2", "?limit=many", "?sort=old"] {
        let list = service.get(&format!("/v1/me/conversations{query}")).bearer_auth(&tanaka).send().await.unwrap();
        problem(list, 400, query).await;
    }

    // All of it at once: to take along, then to be gone. Nothing of anybody else's.
    let export = service.get("/v1/me/export").bearer_auth(&tanaka).send().await.unwrap();
    let export: Value = export.json().await.unwrap();
    assert_eq!((&export["account"], export["conversations"].as_array().unwrap().len()), (&json!("tanaka"), 5));
    assert!(export.to_string().contains("いつまで返品できますか"), "{export}");
    let of_other = opened_by(&service, &other).await;
    let erased = service.request(Method::DELETE, "/v1/me").bearer_auth(&tanaka).send().await.unwrap();
    let erased: Value = erased.json().await.unwrap();
    assert_eq!((erased["erased"].as_array().unwrap().len(), &erased["kept"]), (5, &json!([])), "{erased}");
    assert_eq!(ids(&listed(&service, &tanaka, "").await), Vec::<&str>::new());
    problem(talk.request(Method::GET, "").send().await.unwrap(), 401, "it is gone").await;
    assert_eq!(ids(&listed(&service, &other, "").await), [of_other.id()]);
    assert_eq!(elsewhere.messages().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_by_the_shop_is_not_signed_in() {
    let place = need!(Place::new());
    let service = shop(&place);
    let good = hs256(&claims("tanaka"));
    let talk = opened_by(&service, &good).await;
    let now = SystemClock.now().as_second();
    let as_secret = |secret: &str| {
        encode(&Header::new(Algorithm::HS256), &claims("tanaka"), &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    let parts: Vec<&str> = good.split('.').collect();
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    for (name, jwt) in [
        ("none", unsigned.clone()),
        ("none, with the old signature", format!("{unsigned}{}", parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("another secret", as_secret("some other words that nobody shares, at all")),
        ("an empty secret", as_secret("")),
        ("a public key for a secret", as_secret(SHOP_PUBLIC)),
        ("another algorithm", rs256(SHOP, "one", &claims("tanaka"))),
        ("another issuer", hs256(&but("tanaka", "iss", json!("https://evil.example")))),
        ("no issuer", hs256(&but("tanaka", "iss", Value::Null))),
        ("another audience", hs256(&but("tanaka", "aud", json!("newsletter")))),
        ("no audience", hs256(&but("tanaka", "aud", Value::Null))),
        ("expired", hs256(&but("tanaka", "exp", json!(now - 31)))),
        ("no end", hs256(&but("tanaka", "exp", Value::Null))),
        ("not yet", hs256(&but("tanaka", "nbf", json!(now + 3600)))),
        ("no subject", hs256(&but("tanaka", "sub", Value::Null))),
        ("an empty subject", hs256(&but("tanaka", "sub", json!("")))),
        ("a long subject", hs256(&but("tanaka", "sub", json!("x".repeat(4000))))),
        ("too long", hs256(&but("tanaka", "more", json!("x".repeat(9000))))),
        ("no token", "a.b.c".to_owned()),
    ] {
        problem(service.get("/v1/me/conversations").bearer_auth(&jwt).send().await.unwrap(), 401, name).await;
        problem(talk.as_seen_by(&jwt).request(Method::GET, "").send().await.unwrap(), 401, name).await;
        problem(service.post("/v1/conversations").bearer_auth(&jwt).send().await.unwrap(), 401, name).await;
        let erasing = service.request(Method::DELETE, "/v1/me").bearer_auth(&jwt).send().await.unwrap();
        problem(erasing, 401, name).await;
        if name == "expired" {
            let said = problem(talk.as_seen_by(&jwt).request(Method::GET, "").send().await.unwrap(), 401, name).await;
            assert!(text(&said["detail"]).contains("sign in again"), "{said}");
        }
    }
    assert_eq!(ids(&listed(&service, &good, "").await), [talk.id()]);
}

fn keys(kids: &[(&str, &str)]) -> Value {
    let key = |(pem, kid): &(&str, &str)| {
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap()).unwrap();
        jwk["kid"] = json!(kid);
        jwk
    };
    json!({ "keys": kids.iter().map(key).collect::<Vec<_>>() })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shops_keys_are_where_the_shop_has_them() {
    let place = need!(Place::new());
    let _ = client();
    let server = MockServer::start().await;
    let answer =
        ResponseTemplate::new(200).set_body_json(keys(&[(SHOP, "2026-05"), (STRANGER, "twice"), (SHOP, "twice")]));
    Mock::given(path("/keys.json")).respond_with(answer).mount(&server).await;
    let place = place
        .with("SIGNIN__JWKS_URL", format!("{}/keys.json", server.uri()))
        .with("SIGNIN__ISSUER", "https://shop.example")
        .with("SIGNIN__AUDIENCE", "madoguchi");
    let service = place.serve();
    let talk = opened_by(&service, &rs256(SHOP, "2026-05", &claims("tanaka"))).await;
    for (name, jwt) in [
        ("a stranger's key by the shop's name", rs256(STRANGER, "2026-05", &claims("tanaka"))),
        ("a name that there is not", rs256(SHOP, "2026-06", &claims("tanaka"))),
        ("a name that two have", rs256(SHOP, "twice", &claims("tanaka"))),
        ("a name that two have, and the other", rs256(STRANGER, "twice", &claims("tanaka"))),
        ("a shared secret", hs256(&claims("tanaka"))),
    ] {
        problem(talk.as_seen_by(&jwt).request(Method::GET, "").send().await.unwrap(), 401, name).await;
    }
    let public = EncodingKey::from_secret(SHOP_PUBLIC.as_bytes());
    let header = Header { kid: Some("2026-05".to_owned()), ..Header::new(Algorithm::HS256) };
    let confused = encode(&header, &claims("tanaka"), &public).unwrap();
    problem(talk.as_seen_by(&confused).request(Method::GET, "").send().await.unwrap(), 401, "confused").await;
    assert_eq!(talk.as_seen_by(&rs256(SHOP, "2026-05", &claims("tanaka"))).messages().await.len(), 0);
    assert!(server.received_requests().await.unwrap().len() <= 2, "strangers do not make us ask the shop");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_signs_in_a_token_of_the_shops_opens_nothing() {
    let service = need!(Service::shared());
    let jwt = hs256(&claims("tanaka"));
    let talk = service.open("ja").await;
    let said = problem(service.get("/v1/me/conversations").bearer_auth(&jwt).send().await.unwrap(), 401, "list").await;
    assert!(text(&said["detail"]).contains("[signin]"), "{said}");
    problem(talk.as_seen_by(&jwt).request(Method::GET, "").send().await.unwrap(), 401, "read").await;
    problem(service.post("/v1/conversations").bearer_auth(&jwt).send().await.unwrap(), 401, "open").await;
    let context = service.post("/v1/conversations").json(&json!({ "context": jwt })).send().await.unwrap();
    problem(context, 422, "context").await;
}
