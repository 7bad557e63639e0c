//! Other ways than waiting, over HTTP on a clock that the test moves: a channel is offered by rule and only while it can be used, a service
//! notice is told and counts in what is promised, and quieter hours are named once enough was measured.

use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;
use madoguchi::config::KeyRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::Place;
use super::inside::{Inside, Moved, config, key};
use crate::processes::{self, need};

const POLICY: &str = include_str!("../../../knowledge/policy.toml");
const DESKS: &str = r#"
[desk.general.hours]
mon = ["09:00-18:00"]
tue = ["09:00-18:00"]
wed = ["09:00-18:00"]
thu = ["09:00-18:00"]
fri = ["09:00-18:00"]
sat = ["09:00-18:00"]
sun = ["09:00-18:00"]
[desk.general.hours_by_language.en]
mon = ["13:00-18:00"]
[desk.general.promise]
minutes = { 1 = 60 }
tell_before_minutes = 10
"#;
const CHANNELS: &str = r#"
[channel.phone]
kind = "phone"
name = { ja = "電話", en = "Phone" }
contact = { en = "0120-555-0142" }
when = ["long_wait"]
[channel.phone.hours]
mon = ["09:00-17:00", "19:00-20:00"]
tue = ["09:00-17:00"]
[channel.form]
kind = "mail"
name = { ja = "メールフォーム", en = "Mail form" }
contact = { en = "support@shop.example" }
when = ["night", "evidence"]
[channel.form.hours]
mon = ["00:00-24:00"]
tue = ["00:00-24:00"]
"#;
const NOTICE: &str = r#"
[[notice]]
from = 2026-06-01T10:30:00
until = 2026-06-01T11:30:00
desk = "general"
text = { ja = "停電のため遅れています", en = "A power cut delays us" }
delays_minutes = 120
[[notice]]
from = 2026-06-01T19:30:00
until = 2026-06-01T20:00:00
channel = "phone"
text = { en = "The phone is out of order" }
"#;
const KEY: &str = "key of tanaka";

struct Shop {
    inside: Inside,
    clock: Arc<Moved>,
    place: Place,
}

impl Deref for Shop {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.inside
    }
}

impl Shop {
    async fn open(channels: &str) -> Result<Self, String> {
        let place = Place::new()?;
        place.write("policy.toml", POLICY);
        place.write("desks.toml", DESKS);
        place.write("channels.toml", channels);
        let mut config = config(&place)?;
        config.auth.keys = vec![key("tanaka", KEY, KeyRole::Operator)];
        let clock = Moved::at(Timestamp::UNIX_EPOCH);
        Ok(Self { inside: Inside::open(config, clock.clone()).await, clock, place })
    }

    /// By the clock on the wall in Tokyo.
    fn at(&self, text: &str) {
        self.clock.to(time(text));
    }

    /// A customer comes and asks for a person: what they are told, and where they stand.
    async fn asks(&self, locale: &str) -> (String, Value) {
        let (_, opened) = self.call(Method::POST, "/v1/conversations", "", Some(json!({ "locale": locale }))).await;
        let (path, token) = (format!("/v1/conversations/{}", opened["id"].as_str().unwrap()), &opened["token"]);
        let token = token.as_str().unwrap();
        let (status, standing) = self.call(Method::POST, &format!("{path}/handoff"), token, None).await;
        assert_eq!(status, StatusCode::OK, "{standing}");
        let (_, read) = self.call(Method::GET, &path, token, None).await;
        let told = read["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
        let (_, stands) = self.call(Method::GET, &format!("{path}/status"), token, None).await;
        (told, stands)
    }

    async fn takes_next(&self) -> String {
        let (_, next) = self.call(Method::POST, "/v1/operator/queue/next", KEY, None).await;
        next["case"]["reference"].as_str().unwrap_or_else(|| panic!("nothing to take: {next}")).to_owned()
    }

    async fn answers(&self, reference: &str) {
        let path = format!("/v1/operator/tickets/{reference}");
        let answer = Some(json!({ "text": "確認しました。" }));
        let (status, said) = self.call(Method::POST, &format!("{path}/reply"), KEY, answer).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let (status, settled) = self.call(Method::POST, &format!("{path}/resolve"), KEY, None).await;
        assert_eq!(status, StatusCode::OK, "{settled}");
    }
}

fn time(text: &str) -> Timestamp {
    format!("{text}:00+09:00").parse().unwrap()
}

fn codes(stands: &Value) -> Vec<&str> {
    stands["channels"].as_array().unwrap().iter().map(|channel| channel["code"].as_str().unwrap()).collect()
}

fn promised(stands: &Value) -> Timestamp {
    stands["promised_by"].as_str().unwrap_or_else(|| panic!("{stands}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_or_held_up_is_never_offered() {
    need!(processes::model());
    let shop = need!(Shop::open(&format!("{CHANNELS}{NOTICE}")).await);

    // Somebody is at the desk and nothing is known of a wait: nothing is offered.
    shop.at("2026-06-01T10:00");
    let (told, stands) = shop.asks("ja").await;
    assert_eq!((codes(&stands), &stands["notices"], &stands["quieter_hours"]), (vec![], &json!([]), &json!([])));
    assert!(!told.contains("0120") && promised(&stands) == time("2026-06-01T11:00"), "{told}");

    // A notice is told, and what is promised is later by it; who asks after it is promised what is usual.
    shop.at("2026-06-01T11:00");
    let (told, stands) = shop.asks("ja").await;
    assert_eq!(promised(&stands), time("2026-06-01T14:00"), "{told}");
    let notice = &stands["notices"][0];
    assert_eq!((&notice["text"], &notice["delays_minutes"]), (&json!("停電のため遅れています"), &json!(120)));
    assert!(told.contains("停電のため遅れています") && told.contains("11:30"), "{told}");
    assert!(stands["words"].to_string().contains("停電のため遅れています"), "{stands}");
    shop.at("2026-06-01T11:30");
    assert_eq!(promised(&shop.asks("ja").await.1), time("2026-06-01T12:30"));

    // In English the desk opens at one: until then the wait is long, and what is promised counts from then on.
    let (told, stands) = shop.asks("en").await;
    assert_eq!((codes(&stands), promised(&stands)), (vec!["phone"], time("2026-06-01T14:00")), "{told}");
    assert!(told.contains("Phone: 0120-555-0142") && told.contains("17:00"), "{told}");

    // The desk has closed. The phone is there, then closed by a notice, then closed; at night there is the form.
    shop.at("2026-06-01T19:00");
    assert_eq!(codes(&shop.asks("ja").await.1), ["phone"]);
    shop.at("2026-06-01T19:45");
    let (told, stands) = shop.asks("ja").await;
    assert_eq!(codes(&stands), [""; 0]);
    assert!(told.contains("out of order") && !told.contains("0120"), "{told}");
    assert_eq!(stands["notices"][0]["channel"], "phone");
    shop.at("2026-06-01T21:00");
    assert_eq!(codes(&shop.asks("ja").await.1), [""; 0]);
    shop.at("2026-06-01T23:00");
    let (told, stands) = shop.asks("ja").await;
    assert_eq!(codes(&stands), ["form"]);
    assert_eq!(stands["channels"][0]["name"], "メールフォーム");
    assert!(told.contains("support@shop.example"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_change_are_taken_up_if_they_are_in_order() {
    need!(processes::model());
    let shop = need!(Shop::open("").await);
    shop.at("2026-06-01T23:00");
    let offered = async || {
        shop.app.desk.rule_shelf().look();
        codes(&shop.asks("ja").await.1).len()
    };
    assert_eq!(offered().await, 0);
    shop.place.write("channels.toml", CHANNELS);
    assert_eq!(offered().await, 1);
    shop.place.write("channels.toml", "[channel.form]\nkind = \"pigeon\"");
    assert_eq!(offered().await, 1, "what is not in order is not taken up");
    std::fs::remove_file(shop.place.articles().join("channels.toml")).unwrap();
    assert_eq!(offered().await, 1, "a file that is gone takes nothing away");
    shop.place.write("channels.toml", &CHANNELS.replace("\"night\", ", ""));
    assert_eq!(offered().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_long_is_offered_the_phone_and_quieter_hours() {
    need!(processes::model());
    let shop = need!(Shop::open(CHANNELS).await);
    // Three weeks: at ten cases wait a quarter of an hour, at two a minute; each keeps the operator busy for half an hour.
    for day in 1..=20 {
        for (hour, took, done) in [("10:00", "10:15", "10:45"), ("14:00", "14:01", "14:31")] {
            shop.at(&format!("2026-06-{day:02}T{hour}"));
            shop.asks("ja").await;
            shop.at(&format!("2026-06-{day:02}T{took}"));
            let reference = shop.takes_next().await;
            shop.at(&format!("2026-06-{day:02}T{done}"));
            shop.answers(&reference).await;
        }
    }
    // A Monday. One customer is being served, one waits before this one.
    shop.at("2026-06-22T10:00");
    shop.asks("ja").await;
    shop.takes_next().await;
    shop.asks("ja").await;
    let (told, stands) = shop.asks("ja").await;
    assert_eq!(stands["queue"], json!({ "ahead": 1, "estimate_minutes": 60 }), "{stands}");
    assert_eq!(codes(&stands), ["phone"]);
    let quiet = &stands["quieter_hours"];
    assert_eq!(quiet.as_array().unwrap().len(), 1, "{stands}");
    let from: Timestamp = quiet[0]["from"].as_str().unwrap().parse().unwrap();
    assert_eq!((from, &quiet[0]["median_minutes"]), (time("2026-06-22T14:00"), &json!(1)), "{stands}");
    assert!(told.contains("0120-555-0142") && told.contains("14:00"), "{told}");
}
