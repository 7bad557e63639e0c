//! Every way we know of to come in without the shop's word.

use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::Config;

const SECRET: &str = "a secret of thirty-two bytes, and then some";
const SHOP: &str = include_str!("../../tests/fixtures/signin/shop.pem");
const SHOP_PUBLIC: &str = include_str!("../../tests/fixtures/signin/shop-public.pem");
const STRANGER: &str = include_str!("../../tests/fixtures/signin/stranger.pem");
/// 2026-05-04T02:00:00Z.
const NOW: i64 = 1_777_860_000;

/// A clock that stands until it is moved.
#[derive(Debug)]
struct Moved(AtomicI64);

impl Moved {
    fn here() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOW)))
    }

    fn on(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

fn config(change: impl FnOnce(&mut config::SignIn)) -> config::SignIn {
    let mut config = Config::defaults().unwrap().signin;
    (config.issuer, config.audience) = ("https://shop.example".to_owned(), "madoguchi".to_owned());
    change(&mut config);
    config
}

fn open(config: &config::SignIn, clock: Arc<Moved>) -> Result<Option<SignIn>, SignInSetupError> {
    SignIn::open(config, &|name| (name == "SECRET").then(|| SECRET.into()), clock)
}

fn by_secret() -> SignIn {
    open(&config(|it| it.secret_env = "SECRET".to_owned()), Moved::here()).unwrap().unwrap()
}

fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn by_public_key() -> SignIn {
    let (_dir, path) = file("key.pem", SHOP_PUBLIC);
    open(&config(|it| it.public_key_file = path), Moved::here()).unwrap().unwrap()
}

fn claims() -> Value {
    json!({ "iss": "https://shop.example", "aud": "madoguchi", "sub": "customer-4711", "exp": NOW + 300 })
}

fn but(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut claims = claims();
    change(claims.as_object_mut().unwrap());
    claims
}

fn hs256(claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn rsa(pem: &str) -> EncodingKey {
    EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
}

fn signed(header: &Header, pem: &str) -> String {
    encode(header, &claims(), &rsa(pem)).unwrap()
}

fn named(kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) }
}

fn rs256(pem: &str) -> String {
    signed(&Header::new(Algorithm::RS256), pem)
}

/// A key of a set, under a name.
fn jwk(pem: &str, kid: &str) -> Value {
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&rsa(pem), Algorithm::RS256).unwrap()).unwrap();
    (jwk["kid"], jwk["use"]) = (json!(kid), json!("sig"));
    jwk
}

fn by_set(keys: &Value) -> Result<SignIn, SignInSetupError> {
    let (_dir, path) = file("keys.json", &keys.to_string());
    Ok(open(&config(|it| it.jwks_file = path), Moved::here())?.unwrap())
}

/// A token with any header, signed with nothing or with something that is no signature.
fn forged(header: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(&claims()))
}

#[tokio::test]
async fn what_the_shop_has_signed_is_believed() {
    let subject = by_secret().subject(&hs256(&claims())).await.unwrap();
    assert_eq!(subject.as_str(), "customer-4711");
    assert_eq!(by_public_key().subject(&rs256(SHOP)).await.unwrap(), subject);
    let several = but(|claims| _ = claims.insert("aud".to_owned(), json!(["newsletter", "madoguchi"])));
    assert_eq!(by_secret().subject(&hs256(&several)).await.unwrap(), subject);
    let counted = but(|claims| _ = claims.insert("sub".to_owned(), json!(4711)));
    assert_eq!(by_secret().subject(&hs256(&counted)).await.unwrap().as_str(), "4711");
}

#[tokio::test]
async fn claims_that_are_not_for_us_or_not_for_now_are_refused() {
    let signin = by_secret();
    let claim = |name: &str| SignInError::Claim(name.to_owned());
    let with = |key: &str, value: Value| but(|claims| _ = claims.insert(key.to_owned(), value));
    let without = |key: &str| but(|claims| _ = claims.remove(key));
    for (claims, error) in [
        (with("iss", json!("https://shop.example.evil")), SignInError::Issuer),
        (with("iss", json!(["https://shop.example"])), SignInError::Issuer),
        (without("iss"), SignInError::Issuer),
        (with("aud", json!("newsletter")), SignInError::Audience),
        (with("aud", json!(["newsletter"])), SignInError::Audience),
        (with("aud", json!({ "madoguchi": true })), SignInError::Audience),
        (without("aud"), SignInError::Audience),
        (with("exp", json!(NOW - 30)), SignInError::Expired),
        (with("exp", json!(0)), SignInError::Expired),
        (with("exp", json!(-1.5e300)), SignInError::Expired),
        (with("exp", json!((NOW + 300).to_string())), claim("exp")),
        (with("exp", Value::Null), claim("exp")),
        (without("exp"), claim("exp")),
        (with("nbf", json!(NOW + 31)), SignInError::TooEarly),
        (with("nbf", json!("now")), claim("nbf")),
        (without("sub"), claim("sub")),
        (with("sub", Value::Null), claim("sub")),
        (with("sub", json!("")), claim("sub")),
        (with("sub", json!(" ")), claim("sub")),
        (with("sub", json!("x".repeat(256))), claim("sub")),
        (with("sub", json!("a\u{0}b")), claim("sub")),
    ] {
        assert_eq!(signin.subject(&hs256(&claims)).await, Err(error), "{claims}");
    }
    // The library itself refuses to read such a claim.
    for sub in [json!(["customer-4711"]), json!(-1)] {
        assert!(signin.subject(&hs256(&with("sub", sub))).await.is_err());
    }
    for claims in [with("exp", json!(NOW - 29)), with("exp", json!(NOW as f64 - 29.5)), with("nbf", json!(NOW + 30))] {
        assert!(signin.subject(&hs256(&claims)).await.is_ok(), "within the leeway: {claims}");
    }
}

#[tokio::test]
async fn the_time_is_our_clocks() {
    let clock = Moved::here();
    let signin = open(&config(|it| it.secret_env = "SECRET".to_owned()), clock.clone()).unwrap().unwrap();
    let token = hs256(&claims());
    assert!(signin.subject(&token).await.is_ok());
    clock.on(329);
    assert!(signin.subject(&token).await.is_ok());
    clock.on(1);
    assert_eq!(signin.subject(&token).await, Err(SignInError::Expired));
    // Long over by any machine's clock, and valid by ours.
    clock.on(-400_000_000);
    let then = but(|claims| _ = claims.insert("exp".to_owned(), json!(NOW - 399_000_000)));
    assert!(signin.subject(&hs256(&then)).await.is_ok());
}

#[tokio::test]
async fn the_algorithm_is_the_keys_and_never_the_tokens() {
    let (secret, public) = (by_secret(), by_public_key());
    // The classic: signed with the public key, as if it were a shared secret.
    for confused in [SHOP_PUBLIC, SHOP_PUBLIC.trim()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let key = EncodingKey::from_secret(confused.as_bytes());
            let token = encode(&Header::new(algorithm), &claims(), &key).unwrap();
            assert_eq!(public.subject(&token).await, Err(SignInError::Signature));
        }
    }
    // Of the same family, and still not the one.
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        assert_eq!(public.subject(&signed(&Header::new(algorithm), SHOP)).await, Err(SignInError::Signature));
    }
    let longer = encode(&Header::new(Algorithm::HS512), &claims(), &EncodingKey::from_secret(SECRET.as_bytes()));
    assert_eq!(secret.subject(&longer.unwrap()).await, Err(SignInError::Signature));
    assert_eq!(secret.subject(&rs256(SHOP)).await, Err(SignInError::Signature));
    assert_eq!(public.subject(&hs256(&claims())).await, Err(SignInError::Signature));
    assert_eq!(public.subject(&rs256(STRANGER)).await, Err(SignInError::Signature));
}

#[tokio::test]
async fn no_signature_is_no_signature() {
    for signin in [by_secret(), by_public_key()] {
        for algorithm in ["none", "None", "NONE", "nOnE", "", "HS256", "RS256"] {
            for signature in ["", "AAAA", "*", "あ"] {
                let token = forged(&json!({ "alg": algorithm, "typ": "JWT" }), signature);
                let refused = signin.subject(&token).await;
                assert!(
                    matches!(refused, Err(SignInError::Shape | SignInError::Signature)),
                    "{algorithm}: {refused:?}"
                );
            }
        }
        for text in [
            "",
            ".",
            "..",
            "...",
            "a.b.c",
            "a.b.c.d",
            "é.ö.ü",
            &"x".repeat(1 << 20),
            &format!("{}..", "a".repeat(9000)),
        ] {
            assert_eq!(signin.subject(text).await, Err(SignInError::Shape));
        }
    }
}

#[tokio::test]
async fn one_letter_changed_is_another_token() {
    let signin = by_secret();
    let token = hs256(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let other = but(|claims| _ = claims.insert("sub".to_owned(), json!("customer-4712")));
    let swapped = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other.to_string()), parts[2]);
    assert_eq!(signin.subject(&swapped).await, Err(SignInError::Signature));
    let longer = "x".repeat(LONGEST);
    let oversized = hs256(&but(|claims| _ = claims.insert("more".to_owned(), json!(longer))));
    assert_eq!(signin.subject(&oversized).await, Err(SignInError::Shape));
}

#[tokio::test]
async fn keys_and_extensions_that_a_token_brings_along_are_not_looked_at() {
    let mut own = Header::new(Algorithm::RS256);
    own.jwk = Some(Jwk::from_encoding_key(&rsa(STRANGER), Algorithm::RS256).unwrap());
    own.jku = Some("http://127.0.0.1:9/keys".to_owned());
    assert_eq!(by_public_key().subject(&signed(&own, STRANGER)).await, Err(SignInError::Signature));
    let set = by_set(&json!({ "keys": [jwk(SHOP, "one")] })).unwrap();
    own.kid = Some("one".to_owned());
    assert_eq!(set.subject(&signed(&own, STRANGER)).await, Err(SignInError::Signature));
    let critical = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::RS256) };
    assert_eq!(by_public_key().subject(&signed(&critical, SHOP)).await, Err(SignInError::Shape));
}

#[tokio::test]
async fn a_set_has_its_key_by_name() {
    let set = by_set(&json!({ "keys": [jwk(SHOP, "one"), jwk(STRANGER, "two")] })).unwrap();
    assert!(set.subject(&signed(&named("one"), SHOP)).await.is_ok());
    for token in [
        signed(&named("two"), SHOP),
        signed(&named("three"), SHOP),
        signed(&named(""), SHOP),
        signed(&named("../../one"), SHOP),
        rs256(SHOP),
    ] {
        assert_eq!(set.subject(&token).await, Err(SignInError::Signature));
    }
    let only = by_set(&json!({ "keys": [jwk(SHOP, "one")] })).unwrap();
    assert!(only.subject(&rs256(SHOP)).await.is_ok(), "there is but one it can mean");
}

#[tokio::test]
async fn of_two_keys_with_one_name_neither_is_used() {
    let keys = [jwk(STRANGER, "one"), jwk(SHOP, "one"), jwk(SHOP, "two")];
    let set = by_set(&json!({ "keys": keys })).unwrap();
    for pem in [SHOP, STRANGER] {
        assert_eq!(set.subject(&signed(&named("one"), pem)).await, Err(SignInError::Signature));
    }
    assert!(set.subject(&signed(&named("two"), SHOP)).await.is_ok());
    let error = by_set(&json!({ "keys": [jwk(STRANGER, "one"), jwk(SHOP, "one")] })).unwrap_err();
    assert!(error.to_string().contains("share a name"), "{error}");
}

#[tokio::test]
async fn a_set_holds_no_secrets_and_no_keys_for_other_things() {
    let secret = json!({ "kty": "oct", "kid": "s", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(SECRET) });
    let (mut encrypts, mut other) = (jwk(SHOP, "e"), jwk(SHOP, "o"));
    encrypts["use"] = json!("enc");
    other["alg"] = json!("RS512");
    let keys = json!({ "keys": [secret, encrypts, other, { "kty": "lattice", "kid": "l" }, jwk(SHOP, "one")] });
    let set = by_set(&keys).unwrap();
    let with_secret = Header { kid: Some("s".to_owned()), ..Header::new(Algorithm::HS256) };
    let token = encode(&with_secret, &claims(), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
    assert_eq!(set.subject(&token).await, Err(SignInError::Signature));
    for kid in ["e", "o"] {
        assert_eq!(set.subject(&signed(&named(kid), SHOP)).await, Err(SignInError::Signature), "{kid}");
    }
    assert!(set.subject(&signed(&named("one"), SHOP)).await.is_ok());
}

#[test]
fn keys_that_are_none_are_told_at_the_start() {
    let said = |change: &dyn Fn(&mut config::SignIn)| {
        open(&config(change), Moved::here()).map_or_else(|error| error.to_string(), |_| String::new())
    };
    assert!(open(&Config::defaults().unwrap().signin, Moved::here()).unwrap().is_none());
    assert!(said(&|it| it.secret_env = "UNSET".to_owned()).contains("signin.secret_env"));
    for (secret, word) in [("short", "32 bytes"), (SHOP_PUBLIC, "public_key_file")] {
        let config = config(|it| it.secret_env = "SECRET".to_owned());
        let error = SignIn::open(&config, &|_| Some(secret.into()), Moved::here()).unwrap_err().to_string();
        assert!(error.contains(word) && !error.contains("BEGIN PUBLIC"), "{error}");
    }
    for (text, word) in [("", "public RSA key"), ("nothing", "public RSA key"), (SHOP, "private key")] {
        let (_dir, path) = file("key.pem", text);
        let error = said(&|it| it.public_key_file.clone_from(&path));
        assert!(error.contains("signin.public_key_file") && error.contains(word), "{error}");
    }
    for text in ["", "{}", "[]", "{\"keys\": []}", "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAAA\"}]}"] {
        let (_dir, path) = file("keys.json", text);
        assert!(said(&|it| it.jwks_file.clone_from(&path)).contains("signin.jwks_file"), "{text}");
    }
    let (_dir, path) = file("keys.json", &" ".repeat(300_000));
    assert!(said(&|it| it.jwks_file.clone_from(&path)).contains("more than"));
    assert!(said(&|it| it.jwks_file = "/nowhere/keys.json".into()).contains("/nowhere/keys.json"));
}

/// Keys at an address that answers as it is told to, and how often it was asked.
async fn shop(status: u16, keys: Value) -> MockServer {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let server = MockServer::start().await;
    answers(&server, ResponseTemplate::new(status).set_body_json(keys)).await;
    server
}

async fn answers(server: &MockServer, response: ResponseTemplate) {
    Mock::given(path("/keys")).respond_with(response).mount(server).await;
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn by_address(server: &MockServer, clock: Arc<Moved>) -> SignIn {
    open(&config(|it| it.jwks_url = format!("{}/keys", server.uri())), clock).unwrap().unwrap()
}

#[tokio::test]
async fn an_unknown_name_has_the_keys_read_again_once_a_minute() {
    let (server, clock) = (shop(200, json!({ "keys": [jwk(SHOP, "one")] })).await, Moved::here());
    let signin = by_address(&server, clock.clone());
    let (old, new) = (signed(&named("one"), SHOP), signed(&named("two"), STRANGER));
    for _ in 0..3 {
        assert!(signin.subject(&old).await.is_ok());
    }
    assert_eq!(asked(&server).await, 1);
    server.reset().await;
    answers(&server, ResponseTemplate::new(200).set_body_json(json!({ "keys": [jwk(STRANGER, "two")] }))).await;
    // Strangers cannot make us ask the shop as often as they like.
    for n in 0..20 {
        let unknown = signed(&named(&n.to_string()), STRANGER);
        assert_eq!(signin.subject(&unknown).await, Err(SignInError::Signature));
    }
    assert_eq!(asked(&server).await, 0);
    clock.on(60);
    assert!(signin.subject(&new).await.is_ok(), "the shop has changed its key");
    assert_eq!(asked(&server).await, 1);
    assert_eq!(signin.subject(&old).await, Err(SignInError::Signature), "and the old one is worth nothing");
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn a_withdrawn_key_is_forgotten_and_an_outage_survived() {
    let (server, clock) = (shop(200, json!({ "keys": [jwk(SHOP, "one")] })).await, Moved::here());
    let signin = by_address(&server, clock.clone());
    let at = |clock: &Moved| but(|claims| _ = claims.insert("exp".to_owned(), json!(clock.now().as_second() + 60)));
    let token = |clock: &Moved| encode(&named("one"), &at(clock), &rsa(SHOP)).unwrap();
    assert!(signin.subject(&token(&clock)).await.is_ok());
    server.reset().await;
    answers(&server, ResponseTemplate::new(503)).await;
    clock.on(15 * 60);
    assert!(signin.subject(&token(&clock)).await.is_ok(), "the shop's keys are down: those known are used");
    assert!(signin.subject(&token(&clock)).await.is_ok());
    assert_eq!(asked(&server).await, 1, "and it is not asked for each customer");
    clock.on(24 * 3600);
    assert_eq!(signin.subject(&token(&clock)).await, Err(SignInError::NoKeys), "but not for ever");
    server.reset().await;
    answers(&server, ResponseTemplate::new(200).set_body_json(json!({ "keys": [jwk(STRANGER, "two")] }))).await;
    clock.on(60);
    assert_eq!(signin.subject(&token(&clock)).await, Err(SignInError::Signature), "it has been withdrawn");
}

#[tokio::test]
async fn an_address_without_keys_lets_nobody_in() {
    for answer in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_string(" ".repeat(300_000)),
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:9/keys"),
    ] {
        let server = shop(500, json!(null)).await;
        server.reset().await;
        answers(&server, answer).await;
        let signin = by_address(&server, Moved::here());
        assert_eq!(signin.subject(&rs256(SHOP)).await, Err(SignInError::NoKeys));
        assert_eq!(signin.ready().await, Err(SignInError::NoKeys));
    }
}

#[tokio::test]
async fn a_context_is_signed_complete_and_ones_own() {
    let signin = by_secret();
    let with = |context: Value| but(|claims| _ = claims.insert("context".to_owned(), context));
    let order = with(json!({ "order_id": "HM-2026-004511", "seller_region": "CN" }));
    let read = signin.context(&hs256(&order), None).await.unwrap();
    assert_eq!(read.context.order_id.as_deref(), Some("HM-2026-004511"));
    let (own, other) = (Subject::new("customer-4711").unwrap(), Subject::new("customer-1").unwrap());
    assert!(signin.context(&hs256(&order), Some(&own)).await.is_ok());
    assert_eq!(signin.context(&hs256(&order), Some(&other)).await, Err(SignInError::Another));
    let mut nobodys = order.clone();
    nobodys.as_object_mut().unwrap().remove("sub");
    let read = signin.context(&hs256(&nobodys), Some(&other)).await.unwrap();
    assert_eq!(read.subject, None);
    assert_eq!(signin.subject(&hs256(&nobodys)).await, Err(SignInError::Claim("sub".to_owned())), "it is no sign-in");
    assert_eq!(signin.context(&hs256(&claims()), None).await, Err(SignInError::Claim("context".to_owned())));
    assert_eq!(by_public_key().context(&hs256(&order), None).await, Err(SignInError::Signature));
    let odd = signin.context(&hs256(&with(json!({ "orderid": "1" }))), None).await.unwrap_err();
    assert!(odd.to_string().contains("orderid"), "{odd}");
}

proptest::proptest! {
    #[test]
    fn any_text_is_refused(text in r"(?s)[a-zA-Z0-9_\-\.]{0,80}|.{0,40}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        proptest::prop_assert!(runtime.block_on(by_secret().subject(&text)).is_err());
    }
}
