//! What customers are told by mail, and in the conversation where mail does not arrive.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use madoguchi::config::KeyRole;
use madoguchi::conversation::ConversationId;
use madoguchi::handoff::Reference;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};

use super::{Server, parsed};
use crate::processes::{model, need};
use crate::service::desk::Place;
use crate::service::inside::{self, Inside, Moved};
use crate::service::operators::OPERATORS;

/// A shop that sends mails, on a clock that the test moves.
struct Shop {
    inside: Inside,
    clock: Arc<Moved>,
    server: Server,
    _place: Place,
}

impl Shop {
    async fn open() -> Result<Self, String> {
        let (server, place) = (Server::start(&[])?, Place::new()?);
        let mut config = inside::config(&place)?;
        config.server.public_url = "https://help.shop.example/".to_owned();
        config.notify.mail.url = format!("smtp://127.0.0.1:{}", server.port);
        config.notify.mail.from = "Hinata Market <help@shop.example>".to_owned();
        config.auth.keys = OPERATORS.map(|(name, key)| inside::key(name, key, KeyRole::Operator)).into();
        let clock = Moved::at("2026-06-01T01:00:00Z".parse().unwrap());
        Ok(Self { inside: Inside::open(config, clock.clone()).await, clock, server, _place: place })
    }

    /// A customer's case: its conversation, its reference, and by when they are answered. With an address, that is confirmed.
    async fn case(&self, minutes: i64, address: Option<&str>) -> (ConversationId, String, String) {
        let began: Timestamp = "2026-06-01T01:00:00Z".parse().unwrap();
        self.clock.to(began + SignedDuration::from_mins(minutes));
        let opened = self.inside.call(Method::POST, "/v1/conversations", "", Some(json!({ "locale": "ja" }))).await.1;
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        let (id, token) = (text(&opened["id"]), text(&opened["token"]));
        let conversation = ConversationId(id.parse().unwrap());
        if address.is_some() {
            self.inside.app.store.set_email(conversation, address, Some(began)).await.unwrap();
        }
        let path = format!("/v1/conversations/{id}/handoff");
        let standing = self.inside.call(Method::POST, &path, &token, None).await.1;
        (conversation, text(&standing["reference"]), text(&standing["promised_by"]))
    }

    async fn merge(&self, closed: &str, into: &str) -> Value {
        let path = format!("/v1/operator/tickets/{closed}/merge");
        let body = json!({ "into": into, "same_customer": true });
        let (status, merged) = self.inside.call(Method::POST, &path, OPERATORS[0].1, Some(body)).await;
        assert_eq!(status, 200, "{merged}");
        merged
    }

    /// Sends off what is due. How many notices there were.
    async fn deliver(&self) -> usize {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        self.inside.app.desk.deliver_due(&mut rng).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_two_cases_are_one_is_mailed_once_with_the_earlier_time() {
    need!(model());
    let shop = need!(Shop::open().await);
    let hanako = "hanako@customer.example";

    let (_, early, early_by) = shop.case(0, Some(hanako)).await;
    let (conversation, late, late_by) = shop.case(30, Some(hanako)).await;
    assert!(early_by < late_by, "{early_by} {late_by}");
    assert_eq!(shop.deliver().await, 2, "both are acknowledged");
    let _acknowledged = (shop.server.taken(), shop.server.taken());
    for _ in 0..2 {
        let merged = shop.merge(&early, &late).await;
        assert_eq!(merged["promise"]["promised_by"], json!(early_by), "never the later one");
    }
    assert_eq!((shop.deliver().await, shop.deliver().await), (1, 0), "one mail, however often it is asked for");
    let mail = shop.server.taken();
    assert_eq!(mail.to, [hanako]);
    let mail = parsed(&mail.raw);
    let words = mail.body_text(0).unwrap();
    assert!(mail.subject().unwrap().contains(&late), "the number that stays: {:?}", mail.subject());
    for part in [early.as_str(), &late, "一本化", "両方の件", &format!("/#resume={conversation}.")] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let ledger = shop.inside.app.desk.by_reference(&Reference::quoted(&late).pop().unwrap()).await.unwrap().id;
    let ledger = shop.inside.app.store.ledger(ledger).await.unwrap();
    let told = serde_json::to_value(ledger.last().unwrap()).unwrap();
    assert_eq!((&told["kind"], &told["promised_by"]), (&json!("told"), &json!(early_by)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_is_mailed_to_where_an_address_is_confirmed_and_the_key_opens_no_other_conversation() {
    need!(model());
    let shop = need!(Shop::open().await);
    let (conversation, closed, _) = shop.case(0, Some("taro@customer.example")).await;
    let (_, stays, _) = shop.case(30, None).await;
    assert_eq!(shop.deliver().await, 1);
    let _acknowledged = shop.server.taken();
    shop.merge(&closed, &stays).await;
    assert_eq!(shop.deliver().await, 1);
    let mail = shop.server.taken();
    let words = parsed(&mail.raw).body_text(0).unwrap().into_owned();
    assert_eq!(mail.to, ["taro@customer.example"]);
    for part in [closed.as_str(), &stays, &format!("/#resume={conversation}.")] {
        assert!(words.contains(part), "{part}: {words}");
    }
    // Nobody has confirmed an address: nobody is mailed.
    let (_, other, _) = shop.case(60, None).await;
    shop.merge(&other, &stays).await;
    assert_eq!(shop.deliver().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_is_told_in_the_conversation_once() {
    need!(model());
    let shop = need!(Shop::open().await);
    let (conversation, reference, _) = shop.case(0, Some("unknown@customer.example")).await;
    let told = async || {
        let said = shop.inside.app.store.messages(conversation).await.unwrap();
        let lost = said.into_iter().map(|said| said.text).filter(|text| text.contains("お届けできませんでした"));
        lost.collect::<Vec<String>>()
    };
    assert!(told().await.is_empty());
    assert_eq!(shop.deliver().await, 1, "the acknowledgement, in vain");
    let first = told().await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].starts_with("u…@customer.example ") && !first[0].contains("unknown"), "{first:?}");
    // The next one is lost too: that is no news.
    let path = format!("/v1/operator/tickets/{reference}");
    for (doing, body) in [("claim", json!({})), ("reply", json!({ "text": "箱は何色ですか。" }))] {
        let (status, done) =
            shop.inside.call(Method::POST, &format!("{path}/{doing}"), OPERATORS[0].1, Some(body)).await;
        assert_eq!(status, 200, "{done}");
    }
    assert_eq!(shop.deliver().await, 1);
    assert_eq!(told().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_is_mailed_to_the_address_where_mail_arrives() {
    need!(model());
    let shop = need!(Shop::open().await);
    let (_, closed, _) = shop.case(0, Some("taro@customer.example")).await;
    let (_, stays, _) = shop.case(30, Some("unknown@customer.example")).await;
    assert_eq!(shop.deliver().await, 2);
    assert_eq!(shop.server.taken().to, ["taro@customer.example"], "the other one was refused");
    shop.merge(&closed, &stays).await;
    assert_eq!(shop.deliver().await, 1);
    let mail = shop.server.taken();
    assert_eq!(mail.to, ["taro@customer.example"]);
    assert!(parsed(&mail.raw).body_text(0).unwrap().contains(&stays));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_could_not_be_told_is_told_at_the_next_try() {
    need!(model());
    let shop = need!(Shop::open().await);
    let (conversation, _, _) = shop.case(0, Some("unknown@customer.example")).await;
    let file = madoguchi::app::store_path(&shop.inside.app.config);
    let raw = Database::connect(format!("sqlite:{}", file.display())).await.unwrap();
    let full = "CREATE TRIGGER no_room BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'no room'); END";
    raw.execute_unprepared(full).await.unwrap();
    let told = async || {
        let said = shop.inside.app.store.messages(conversation).await.unwrap();
        said.iter().filter(|said| said.text.contains("お届けできませんでした")).count()
    };
    assert_eq!((shop.deliver().await, told().await), (1, 0), "the telling fails");
    raw.execute_unprepared("DROP TRIGGER no_room").await.unwrap();
    // When its lease has lapsed.
    let began: Timestamp = "2026-06-01T01:00:00Z".parse().unwrap();
    shop.clock.to(began + SignedDuration::from_mins(6));
    assert_eq!((shop.deliver().await, told().await), (1, 1), "it was not given up before that was told");
    shop.clock.to(began + SignedDuration::from_mins(12));
    assert_eq!((shop.deliver().await, told().await), (0, 1), "now it is given up");
}
