//! Mail there and back: what a customer answers by mail is in their conversation, once; what others send is not; and a mail's link leads back.

mod taken_in;

use std::ops::Deref;
use std::sync::Arc;

use madoguchi::clock::SystemClock;
use madoguchi::config::KeyRole;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::{Place, client, until};
use super::inside::{Inside, config, key};
use super::mail::{Server, Taken, parsed};
use super::operators::digest;
use crate::processes::{self, need};

const HANAKO: &str = "hanako@customer.example";
const OPERATOR: &str = "key of tanaka";
const GATEWAY: &str = "key of the gateway";
/// The longest mail that is taken here.
const LIMIT: usize = 20_000;
/// Characters of a message.
const MESSAGE_LIMIT: usize = 500;

/// A shop that sends mails, with a server that takes them.
struct Shop {
    inside: Inside,
    server: Server,
    _place: Place,
}

impl Deref for Shop {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.inside
    }
}

impl Shop {
    async fn open() -> Result<Self, String> {
        let server = Server::start(&[])?;
        let place = Place::new()?;
        let mut config = config(&place)?;
        config.server.public_url = "https://help.shop.example/".to_owned();
        config.server.message_limit_chars = MESSAGE_LIMIT;
        config.notify.mail.url = format!("smtp://127.0.0.1:{}", server.port);
        config.notify.mail.from = "Hinata Market <help@shop.example>".to_owned();
        config.notify.mail.inbound = true;
        config.notify.mail.inbound_limit_bytes = LIMIT;
        config.auth.keys =
            vec![key("tanaka", OPERATOR, KeyRole::Operator), key("postfix", GATEWAY, KeyRole::MailGateway)];
        let inside = Inside::open(config, Arc::new(SystemClock)).await;
        Ok(Self { inside, server, _place: place })
    }

    async fn operator(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, said) = self.call(method, &format!("/v1/operator{path}"), OPERATOR, body).await;
        assert!(status.is_success(), "{path}: {status} {said}");
        said
    }

    /// Sends off all that is due.
    async fn deliver(&self) {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        while self.app.desk.deliver_due(&mut rng).await.unwrap() > 0 {}
    }

    async fn next_mail(&self) -> Taken {
        self.deliver().await;
        self.server.taken()
    }

    /// What the gateway hears about a mail.
    async fn hand_in(&self, mail: &[u8]) -> String {
        let (status, said) = self.handed(mail, GATEWAY, "message/rfc822").await;
        assert_eq!(status, StatusCode::ACCEPTED, "{said}");
        said["outcome"].as_str().unwrap().to_owned()
    }

    async fn handed(&self, mail: &[u8], key: &str, kind: &str) -> (StatusCode, Value) {
        let request = client().post(format!("{}/v1/inbound/mail", self.base)).bearer_auth(key);
        let response = request.header("content-type", kind).body(mail.to_vec()).send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap())
    }
}

/// A customer who has confirmed their address.
struct Customer<'a> {
    shop: &'a Shop,
    id: String,
    token: String,
}

impl<'a> Customer<'a> {
    async fn comes(shop: &'a Shop) -> Self {
        let (_, opened) = shop.call(Method::POST, "/v1/conversations", "", Some(json!({ "locale": "ja" }))).await;
        let text = |key: &str| opened[key].as_str().unwrap().to_owned();
        let customer = Self { shop, id: text("id"), token: text("token") };
        customer.does(Method::POST, "/email", Some(json!({ "address": HANAKO }))).await;
        let mail = shop.next_mail().await;
        let words = parsed(&mail.raw).body_text(0).unwrap().into_owned();
        let is_code =
            |line: &&str| line.len() == 8 && line.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let code = words.lines().map(str::trim).find(is_code).unwrap_or_else(|| panic!("no code: {words}"));
        let (status, _) = customer.does(Method::POST, "/email/confirm", Some(json!({ "code": code }))).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        customer
    }

    async fn does(&self, method: Method, below: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.shop.call(method, &format!("/v1/conversations/{}{below}", self.id), &self.token, body).await
    }

    async fn status(&self) -> Value {
        self.does(Method::GET, "/status", None).await.1
    }

    /// How often one message of that role holds `text`.
    async fn said(&self, role: &str, text: &str) -> usize {
        let (_, read) = self.does(Method::GET, "", None).await;
        let messages = read["messages"].as_array().unwrap();
        let holds = |message: &&Value| message["role"] == role && message["text"].as_str().unwrap().contains(text);
        messages.iter().filter(holds).count()
    }
}

/// An answer to a mail, as a mailer makes it.
fn answer(from: &str, to: &Taken, more: &str, text: &str) -> Vec<u8> {
    let mail = parsed(&to.raw);
    let id = mail.message_id().unwrap();
    let quoted: String = mail.body_text(0).unwrap().lines().map(|line| format!("> {line}\r\n")).collect();
    format!(
        "From: {from}\r\nTo: help@shop.example\r\nSubject: Re: お問い合わせ\r\nMessage-ID: <{}@customer.example>\r\n{more}\
         In-Reply-To: <{id}>\r\nReferences: <{id}>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         {text}\r\n\r\n2026年5月4日(月) 18:00 Hinata Market <help@shop.example>:\r\n{quoted}",
        digest(&format!("{from}{more}{text}")),
    )
    .into_bytes()
}

/// A case that an operator has answered, and the mail with the answer.
async fn answered(shop: &Shop, customer: &Customer<'_>) -> (String, Taken) {
    let (_, standing) = customer.does(Method::POST, "/handoff", None).await;
    let reference = standing["reference"].as_str().unwrap().to_owned();
    assert_eq!(shop.next_mail().await.to, [HANAKO]);
    shop.operator(Method::POST, &format!("/tickets/{reference}/claim"), None).await;
    let reply = json!({ "text": "箱は何色ですか。" });
    shop.operator(Method::POST, &format!("/tickets/{reference}/reply"), Some(reply)).await;
    let mail = shop.next_mail().await;
    assert!(parsed(&mail.raw).body_text(0).unwrap().contains("箱は何色ですか。"));
    (reference, mail)
}

/// The key behind `#resume=` in a mail, and the conversation it names.
fn way_back(mail: &Taken) -> (String, String) {
    let words = parsed(&mail.raw).body_text(0).unwrap().into_owned();
    let link = words.lines().find_map(|line| line.strip_prefix("https://help.shop.example/#resume="));
    let (id, key) = link.unwrap_or_else(|| panic!("no link: {words}")).split_once('.').unwrap();
    (id.to_owned(), key.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_mail_is_in_the_conversation_once() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let customer = Customer::comes(&shop).await;
    let (reference, mail) = answered(&shop, &customer).await;

    let blue = answer(&format!("花子 <{}>", HANAKO.to_uppercase()), &mail, "", "箱は青です。");
    for _ in 0..2 {
        assert_eq!(shop.hand_in(&blue).await, "continued");
    }
    assert_eq!(customer.said("customer", "箱は青です。").await, 1);
    assert_eq!(customer.said("customer", "箱は何色ですか").await, 0, "what was quoted is not said again");

    // Without the thread, the reference leads there.
    let new =
        format!("From: {HANAKO}\r\nSubject: {reference}\r\nMessage-ID: <2@customer.example>\r\n\r\nAnd it is large.");
    assert_eq!(shop.hand_in(new.as_bytes()).await, "continued");
    assert_eq!(customer.said("customer", "And it is large.").await, 1);

    let stranger = answer("taro@elsewhere.example", &mail, "", "返金は私の口座にお願いします。");
    for _ in 0..2 {
        assert_eq!(shop.hand_in(&stranger).await, "noted");
    }
    assert_eq!(customer.said("customer", "口座").await, 0);
    let view = shop.operator(Method::GET, &format!("/tickets/{reference}"), None).await;
    let notes = view["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    let note = notes[0]["text"].as_str().unwrap();
    assert!(
        note.contains("another address") && note.contains("taro@elsewhere.example") && note.contains("口座"),
        "{note}"
    );

    let away = answer(HANAKO, &mail, "Auto-Submitted: auto-replied\r\n", "ただいま休暇中です。");
    assert_eq!(shop.hand_in(&away).await, "ignored");
    assert_eq!(shop.hand_in(&mail.raw).await, "ignored", "a mail of ours that came round");
    assert_eq!(customer.said("customer", "休暇中").await, 0);
    let nowhere = format!("From: {HANAKO}\r\nSubject: x\r\nMessage-ID: <3@customer.example>\r\n\r\nHello?");
    assert_eq!(shop.hand_in(nowhere.as_bytes()).await, "unknown");
    // Nobody was written to about any of this.
    shop.deliver().await;
    let outbox = shop.operator(Method::GET, "/outbox?limit=200", None).await;
    let mails = outbox["notices"].as_array().unwrap().iter().filter(|notice| notice["target"]["to"] == "mail");
    assert_eq!(mails.count(), 3, "the code, the acknowledgement, the answer: {outbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_in_a_mail_opens_its_conversation_and_no_other() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let (customer, other) = (Customer::comes(&shop).await, Customer::comes(&shop).await);
    let (_, mail) = answered(&shop, &customer).await;
    let (id, key) = way_back(&mail);
    assert_eq!(id, customer.id);
    let read = async |id: &str, key: &str| shop.call(Method::GET, &format!("/v1/conversations/{id}"), key, None).await;
    let (status, found) = read(&id, &key).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert!(found["messages"].to_string().contains("箱は何色ですか"), "{found}");
    assert_eq!(read(&other.id, &key).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(read(&id, key.get(1..).unwrap()).await.0, StatusCode::UNAUTHORIZED);
    // Whoever finds the mail does not have the answers sent elsewhere.
    for (below, body) in
        [("/email", json!({ "address": "taro@elsewhere.example" })), ("/email/confirm", json!({ "code": "00000000" }))]
    {
        let path = format!("/v1/conversations/{id}{below}");
        assert_eq!(shop.call(Method::POST, &path, &key, Some(body)).await.0, StatusCode::UNAUTHORIZED, "{below}");
    }
    let said = json!({ "text": "青です。" });
    let (status, _) = shop.call(Method::POST, &format!("/v1/conversations/{id}/messages"), &key, Some(said)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "a person has the case");
    // No key lies about.
    let outbox = shop.operator(Method::GET, "/outbox?limit=200", None).await;
    assert!(!outbox.to_string().contains(&key), "{outbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_assistant_answers_by_mail_and_the_end_is_on_record() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let customer = Customer::comes(&shop).await;
    let (reference, mail) = answered(&shop, &customer).await;
    shop.operator(Method::POST, &format!("/tickets/{reference}/hand-back"), None).await;

    let asked = answer(HANAKO, &mail, "", "送料はいくらですか");
    assert_eq!(shop.hand_in(&asked).await, "continued");
    let sent = async || {
        shop.deliver().await;
        let sent = shop.operator(Method::GET, "/outbox?state=sent&limit=200", None).await;
        sent["notices"].as_array().unwrap().iter().any(|notice| notice["kind"] == "assistant_reply").then_some(())
    };
    until("the assistant's answer", sent).await;
    let reply = shop.server.taken();
    let words = parsed(&reply.raw).body_text(0).unwrap().into_owned();
    assert!(words.contains("送料") && words.contains("https://help.shop.example/articles/"), "{words}");
    assert_eq!(shop.hand_in(&asked).await, "continued");
    assert_eq!(customer.said("customer", "送料はいくらですか").await, 1);
    // What led to it is open to whoever comes by the mail, as the conversation is.
    let (_, read) = customer.does(Method::GET, "", None).await;
    let answers = read["messages"].as_array().unwrap().iter().rev().find(|message| message["role"] == "assistant");
    let receipt = format!("/v1/answers/{}/receipt", answers.unwrap()["id"].as_str().unwrap());
    let (_, key) = way_back(&mail);
    assert_eq!(shop.call(Method::GET, &receipt, &key, None).await.0, StatusCode::OK);
    assert_eq!(shop.call(Method::GET, &receipt, key.get(1..).unwrap(), None).await.0, StatusCode::UNAUTHORIZED);

    let (status, _) = customer.does(Method::POST, "/close", None).await;
    assert_eq!(status, StatusCode::OK);
    let transcript = shop.next_mail().await;
    assert_eq!(transcript.to, [HANAKO]);
    let words = parsed(&transcript.raw).body_text(0).unwrap().into_owned();
    for part in ["お問い合わせの記録", "箱は何色ですか。", "送料はいくらですか", "https://help.shop.example/articles/"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    // After the end, a mail opens it again.
    assert_eq!(customer.status().await["owner"], "closed");
    assert_eq!(shop.hand_in(&answer(HANAKO, &transcript, "", "ありがとうございました")).await, "continued");
    assert_eq!(customer.status().await["owner"], "assistant");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_along_and_what_came_back_is_told() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let customer = Customer::comes(&shop).await;
    let (reference, mail) = answered(&shop, &customer).await;
    let id = parsed(&mail.raw).message_id().unwrap().to_owned();

    let photo = format!(
        "From: {HANAKO}\r\nSubject: Re:\r\nMessage-ID: <4@customer.example>\r\nIn-Reply-To: <{id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n写真を送ります。\r\n\
         --b\r\nContent-Type: image/jpeg; name=box.jpg\r\nContent-Disposition: attachment; filename=box.jpg\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ\r\n--b--\r\n"
    );
    for _ in 0..2 {
        assert_eq!(shop.hand_in(photo.as_bytes()).await, "continued");
    }
    assert_eq!(customer.said("customer", "box.jpg").await, 1);
    assert_eq!(customer.said("notice", "box.jpg").await, 1);
    let told = shop.next_mail().await;
    assert!(parsed(&told.raw).body_text(0).unwrap().contains("box.jpg"));

    let bounce = format!(
        "From: MAILER-DAEMON@mail.example\r\nSubject: Undelivered Mail\r\nMessage-ID: <5@mail.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n\
         Final-Recipient: rfc822; {HANAKO}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n--b--\r\n"
    );
    for _ in 0..2 {
        assert_eq!(shop.hand_in(bounce.as_bytes()).await, "noted");
    }
    let view = shop.operator(Method::GET, &format!("/tickets/{reference}"), None).await;
    let notes = view["notes"].as_array().unwrap();
    assert!(notes.len() == 1 && notes[0]["text"].as_str().unwrap().contains("5.1.1"), "{notes:?}");
    let dead = shop.operator(Method::GET, "/outbox?state=dead", None).await;
    assert_eq!(dead["notices"][0]["kind"], "operator_reply", "{dead}");
    // Their address is nobody's now: what comes from there is no longer theirs.
    assert_eq!(shop.hand_in(&answer(HANAKO, &mail, "", "届いていますか")).await, "noted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_stays_with_the_gateway() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let mail = format!("From: {HANAKO}\r\nSubject: x\r\n\r\nはい");
    for (case, body, key, kind, status) in [
        ("no key of a gateway", mail.as_bytes(), OPERATOR, "message/rfc822", 403),
        ("no key", mail.as_bytes(), "wrong", "message/rfc822", 401),
        ("a form", mail.as_bytes(), GATEWAY, "application/x-www-form-urlencoded", 415),
        ("nothing", b"".as_slice(), GATEWAY, "message/rfc822", 422),
        ("no mail", "窓口👍\n\nx".as_bytes(), GATEWAY, "message/rfc822", 422),
        ("too long", "a".repeat(LIMIT + 1).as_bytes(), GATEWAY, "message/rfc822", 413),
    ] {
        let (found, said) = shop.handed(body, key, kind).await;
        assert_eq!(found.as_u16(), status, "{case}: {said}");
        assert!(said["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{case}: {said}");
    }
    let (status, _) = shop.call(Method::GET, "/v1/operator/queue", GATEWAY, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a gateway is no operator");
}
