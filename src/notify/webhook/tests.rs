use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use uuid::Uuid;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::clock::FixedClock;
use crate::notify::NoticeId;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A resolver that answers each question with the next of its answers, the last one for ever.
#[derive(Debug)]
struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn of(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self { answers: answers.iter().map(parse).collect(), asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let nth = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
        Ok(self.answers[nth].clone())
    }
}

fn hook(url: &str, allow_private: bool) -> config::Webhook {
    config::Webhook {
        name: "desk".to_owned(),
        url: url.to_owned(),
        secret_env: "SECRET".to_owned(),
        kinds: Vec::new(),
        allow_private,
        timeout_seconds: 60,
    }
}

fn opened(hook: &config::Webhook, secret: &'static str, names: Arc<Names>) -> Result<WebhookTarget, NotifyError> {
    let clock = FixedClock("2026-05-04T09:00:00.5Z".parse().unwrap());
    WebhookTarget::with_lookup(hook, &|_| Some(secret.into()), Arc::new(clock), names)
}

/// One that is told at `server`, under the name `hooks.example`.
fn at(server: &MockServer) -> WebhookTarget {
    let url = format!("http://hooks.example:{}/in", server.address().port());
    opened(&hook(&url, true), SECRET, Names::of(&[&["127.0.0.1"]])).unwrap()
}

fn notice() -> Notice {
    Notice {
        id: NoticeId(Uuid::from_u128(7)),
        at: "2026-05-04T08:00:00Z".parse().unwrap(),
        conversation: Some(ConversationId(Uuid::from_u128(1))),
        ticket: Some(TicketId(Uuid::from_u128(2))),
        target: TargetName::webhook("desk"),
        kind: "ticket.opened".to_owned(),
        payload: serde_json::json!({"desk": "returns", "reference": "MG-7KQ4-XDW2"}),
        attempts: 3,
    }
}

async fn answered(template: ResponseTemplate) -> Result<(), Failure> {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(template).mount(&server).await;
    at(&server).deliver(&notice()).await
}

/// The vectors of the reference libraries: key, id, second, body, signature.
#[test]
fn published_signatures() {
    for (secret, id, second, body, signature) in [
        (
            SECRET,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            OTHER,
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ] {
        let target = opened(&hook("https://hooks.example/", false), secret, Names::of(&[&[]])).unwrap();
        let at = Timestamp::from_second(second).unwrap();
        assert_eq!(target.signature(id, at, body.as_bytes()).unwrap(), signature);
    }
}

#[tokio::test]
async fn what_is_told_is_signed_and_named() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/in"))
        .and(header("webhook-id", "00000000-0000-0000-0000-000000000007"))
        .and(header("webhook-timestamp", "1777885200"))
        .and(header("content-type", "application/json"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let target = at(&server);
    target.deliver(&notice()).await.unwrap();
    let request = server.received_requests().await.unwrap().pop().unwrap();
    let signature = request.headers["webhook-signature"].to_str().unwrap();
    let expected = Webhook::new(SECRET).unwrap().sign(&notice().id.to_string(), 1_777_885_200, &request.body).unwrap();
    assert_eq!(signature, expected);
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "type": "ticket.opened",
            "timestamp": "2026-05-04T08:00:00Z",
            "data": {
                "conversation": "00000000-0000-0000-0000-000000000001",
                "ticket": "00000000-0000-0000-0000-000000000002",
                "details": {"desk": "returns", "reference": "MG-7KQ4-XDW2"},
            },
        })
    );
}

#[test]
fn while_a_secret_is_changed_both_sign() {
    let both = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let target = opened(&hook("https://hooks.example/", false), both, Names::of(&[&[]])).unwrap();
    let signature = target.signature("id", Timestamp::UNIX_EPOCH, b"{}").unwrap();
    let alone = |secret: &str| Webhook::new(secret).unwrap().sign("id", 0, b"{}").unwrap();
    assert_eq!(signature, format!("{} {}", alone(SECRET), alone(OTHER)));
}

#[test]
fn a_secret_is_long_enough_and_not_shown() {
    for secret in ["", "   ", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "plain words"] {
        let error = opened(&hook("https://hooks.example/", false), secret, Names::of(&[&[]])).unwrap_err().to_string();
        assert!(error.contains("SECRET") && !error.contains("!!!") && !error.contains("c2hvcnQ"), "{error}");
    }
    let target = opened(&hook("https://hooks.example/services/T0/secret", false), SECRET, Names::of(&[&[]])).unwrap();
    let shown = format!("{target:?}");
    assert!(!shown.contains("MfKQ9") && !shown.contains("services"), "{shown}");
}

#[tokio::test]
async fn answers_are_sorted() {
    for status in [200, 201, 202, 204] {
        assert_eq!(answered(ResponseTemplate::new(status)).await, Ok(()), "{status}");
    }
    assert!(matches!(answered(ResponseTemplate::new(410)).await, Err(Failure::Permanent { .. })));
    for status in [400, 401, 404, 408, 429, 500, 502, 503, 504] {
        let failure = answered(ResponseTemplate::new(status)).await.unwrap_err();
        assert!(matches!(failure, Failure::Passing { retry_after: None, .. }), "{status}");
        assert!(failure.to_string().contains(&status.to_string()), "{failure}");
    }
}

#[tokio::test]
async fn a_receiver_may_ask_for_time_but_not_for_ever() {
    for (asked, wait) in [
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("Mon, 04 May 2026 09:01:00 GMT", Some(59)),
        ("Mon, 04 May 2020 09:01:00 GMT", None),
        ("99999999999", Some(86_400)),
        ("soon", None),
    ] {
        let failure = answered(ResponseTemplate::new(503).insert_header("retry-after", asked)).await.unwrap_err();
        let Failure::Passing { retry_after, .. } = failure else { panic!("{failure}") };
        assert_eq!(retry_after.map(|wait| wait.as_secs()), wait, "{asked}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = format!("{}/elsewhere", server.uri());
    let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.as_str());
    Mock::given(path("/in")).respond_with(redirect).mount(&server).await;
    Mock::given(path("/elsewhere")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let failure = at(&server).deliver(&notice()).await.unwrap_err();
    assert!(failure.to_string().contains("307"), "{failure}");
}

#[tokio::test]
async fn a_receiver_that_is_silent_is_left() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(method("POST")).respond_with(late).mount(&server).await;
    let url = format!("{}/secret-path", server.uri());
    let target =
        opened(&config::Webhook { timeout_seconds: 1, ..hook(&url, true) }, SECRET, Names::of(&[&[]])).unwrap();
    let failure = target.deliver(&notice()).await.unwrap_err();
    assert!(matches!(&failure, Failure::Passing { why, .. } if why.contains("in time")), "{failure}");
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_not_named_by_its_address() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://hooks.example:{port}/services/secret-path");
    let target = opened(&hook(&url, true), SECRET, Names::of(&[&["127.0.0.1"]])).unwrap();
    let failure = target.deliver(&notice()).await.unwrap_err();
    assert!(matches!(&failure, Failure::Passing { why, .. } if !why.contains("secret-path")), "{failure}");
}

#[tokio::test]
async fn a_name_in_a_private_network_is_refused_and_nothing_connected() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let url = format!("http://hooks.example:{}/", server.address().port());
    for answer in
        [&["127.0.0.1"][..], &["::1"], &["::ffff:127.0.0.1"], &["169.254.169.254"], &["0.0.0.0"], &["10.0.0.1", "::1"]]
    {
        let target = opened(&hook(&url, false), SECRET, Names::of(&[answer])).unwrap();
        let failure = target.deliver(&notice()).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Passing { why, .. } if why.contains("private network")),
            "{answer:?}: {failure}"
        );
    }
    let nowhere = opened(&hook(&url, false), SECRET, Names::of(&[&[]])).unwrap();
    assert!(nowhere.deliver(&notice()).await.unwrap_err().to_string().contains("has no address"));
}

/// The attack: a public address for the check, then this machine's for the connection. Nobody asks twice.
#[tokio::test]
async fn a_name_is_looked_up_once() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let url = format!("http://hooks.example:{}/", server.address().port());
    let names = Names::of(&[&["127.0.0.1"], &["192.0.2.1"]]);
    let target = opened(&hook(&url, true), SECRET, Arc::clone(&names)).unwrap();
    target.deliver(&notice()).await.unwrap();
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "the address of the one look-up was connected to");
}

/// Of a name with both kinds of addresses only the public ones are tried: here there is none that answers on this machine.
#[tokio::test]
async fn of_mixed_addresses_the_private_ones_are_left_out() {
    let checked =
        Checked { lookup: Names::of(&[&["127.0.0.1", "1.1.1.1", "::1", "2606:4700::1"]]), allow_private: false };
    let found = reqwest::dns::Resolve::resolve(&checked, "hooks.example".parse().unwrap()).await;
    let found: Vec<String> =
        found.unwrap_or_else(|error| panic!("{error}")).map(|address| address.ip().to_string()).collect();
    assert_eq!(found, ["1.1.1.1", "2606:4700::1"]);
}

#[test]
fn a_private_address_in_the_configuration_is_refused_however_it_is_written() {
    for host in [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "[::1]",
        "[::ffff:7f00:1]",
        "[::ffff:1.1.1.1]",
        "169.254.169.254",
        "0.0.0.0",
        "0",
    ] {
        let error = opened(&hook(&format!("https://{host}/"), false), SECRET, Names::of(&[&[]])).unwrap_err();
        assert!(error.to_string().contains("private network"), "{host}: {error}");
        assert!(opened(&hook(&format!("https://{host}/"), true), SECRET, Names::of(&[&[]])).is_ok(), "{host}");
    }
}
