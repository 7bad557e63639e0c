//! What the shop itself says about the customer, the order and the seller: signed by it, so that nobody need ask the customer for it and
//! no customer can make it up.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Fact, FactKind, Origin};

/// The longest name of a customer or an item, in characters.
const LONG: usize = 200;
/// The longest order number and the longest word about a seller, in characters.
const SHORT: usize = 64;

/// What the shop says. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopContext {
    /// What the customer is called. For operators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The order's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// What was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The day it was to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "day")]
    #[schema(value_type = Option<String>, format = Date)]
    pub promised_date: Option<Date>,
    /// The last day on which it can be sent back.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "day")]
    #[schema(value_type = Option<String>, format = Date)]
    pub return_window_ends: Option<Date>,
    /// Who sells it, in the shop's words, such as `marketplace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_type: Option<String>,
    /// Where they are, in the shop's words, such as `CN`. Decides the desk, where `desks.toml` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_region: Option<String>,
}

/// What the shop says cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ShopContextError(String);

/// How the end of the return window lies to what the customer was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// It is still open when a person answers, or the shop does not say.
    Open,
    /// It is open now and will be over by then: the answer would come too late to send anything back.
    Closing,
    /// It was over before the case came in.
    Over,
}

impl ShopContext {
    /// Reads what the shop says.
    ///
    /// # Errors
    /// When it is no object, holds a key that is not known, a day that is none, or a text that is empty or too long.
    pub fn read(said: Value) -> Result<Self, ShopContextError> {
        // A list would be read as the fields in their order.
        if !said.is_object() {
            return Err(ShopContextError("must be an object, such as {\"order_id\": \"HM-2026-004511\"}".to_owned()));
        }
        let read: Self = serde_json::from_value(said).map_err(|error| ShopContextError(error.to_string()))?;
        for (key, text, most) in [
            ("customer_name", &read.customer_name, LONG),
            ("order_id", &read.order_id, SHORT),
            ("item", &read.item, LONG),
            ("seller_type", &read.seller_type, SHORT),
            ("seller_region", &read.seller_region, SHORT),
        ] {
            let Some(text) = text else { continue };
            let odd = text.trim().is_empty() || text.chars().count() > most || text.contains(char::is_control);
            if odd {
                let problem =
                    format!("`{key}` must be 1 to {most} characters on one line; leave it out if it is unknown");
                return Err(ShopContextError(problem));
            }
        }
        Ok(read)
    }

    /// One that was kept. What is not as it was kept says nothing: a case must come about all the same.
    pub fn kept(said: &Value) -> Self {
        Self::read(said.clone()).unwrap_or_else(|error| {
            tracing::error!(%error, "what the shop said about a conversation cannot be read back");
            Self::default()
        })
    }

    /// How the return window lies to a promise made at `now`. Its last day counts to its end, in the desk's zone.
    pub fn window(&self, now: Timestamp, promised_by: Timestamp, zone: &TimeZone) -> Window {
        let last_day = self.return_window_ends.and_then(|day| day.tomorrow().ok());
        let Some(end) = last_day.and_then(|after| after.to_zoned(zone.clone()).ok()) else { return Window::Open };
        let end = end.timestamp();
        match (end <= now, end <= promised_by) {
            (true, _) => Window::Over,
            (false, true) => Window::Closing,
            (false, false) => Window::Open,
        }
    }

    /// The same as facts of a case, each with where it is from. The customer's name is none: it stands in the context itself, and copies of
    /// it would only have to be erased.
    pub fn facts(&self, window: Window) -> Vec<Fact> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let late = match window {
            Window::Open => "",
            Window::Closing => ": ends before the time that is usually promised",
            Window::Over => ": over when the case came in",
        };
        [
            (FactKind::Order, "order_id", self.order_id.clone(), ""),
            (FactKind::Item, "item", self.item.clone(), ""),
            (FactKind::Delivery, "promised_date", day(self.promised_date), ""),
            (FactKind::ReturnWindow, "return_window_ends", day(self.return_window_ends), late),
            (FactKind::Seller, "seller_type", self.seller_type.clone(), ""),
            (FactKind::Seller, "seller_region", self.seller_region.clone(), ""),
        ]
        .into_iter()
        .filter_map(|(kind, key, text, note)| {
            let text = text?;
            Some(Fact { kind, sentence: format!("{key} {text}{note}"), text, origin: Origin::Shop })
        })
        .collect()
    }
}

/// A day and nothing else: a time in it would be lost without a word.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let wrong = || D::Error::custom("a day is written as \"2026-05-04\"");
    if text.len() != "2026-05-04".len() {
        return Err(wrong());
    }
    text.parse().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all() -> Value {
        json!({
            "customer_name": "田中 太郎", "order_id": "HM-2026-004511", "item": "ひなたの電気ケトル 🫖", "promised_date": "2026-04-20",
            "return_window_ends": "2026-05-04", "seller_type": "marketplace", "seller_region": "CN",
        })
    }

    #[test]
    fn everything_or_nothing_may_be_said() {
        let read = ShopContext::read(all()).unwrap();
        assert_eq!(read.return_window_ends.unwrap().to_string(), "2026-05-04");
        assert_eq!(serde_json::to_value(&read).unwrap(), all(), "kept as it came");
        assert_eq!(ShopContext::read(json!({})).unwrap(), ShopContext::default());
        assert_eq!(ShopContext::read(json!({ "item": null })).unwrap(), ShopContext::default());
        assert_eq!(ShopContext::kept(&all()), read);
        assert_eq!(ShopContext::kept(&json!("?")), ShopContext::default());
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        for (said, word) in [
            (json!({ "orderid": "1" }), "orderid"),
            (json!({ "order_id": 1 }), "string"),
            (json!({ "order_id": "" }), "order_id"),
            (json!({ "order_id": "1".repeat(65) }), "order_id"),
            (json!({ "item": "長".repeat(201) }), "item"),
            (json!({ "item": "x".repeat(1 << 20) }), "item"),
            (json!({ "customer_name": "a\nb" }), "customer_name"),
            (json!({ "seller_region": " \u{3000}" }), "seller_region"),
            (json!({ "seller_type": "a\u{0}" }), "seller_type"),
            (json!({ "promised_date": "2026-02-30" }), "2026-05-04"),
            (json!({ "return_window_ends": "2026-05-04T18:00:00" }), "2026-05-04"),
            (json!({ "return_window_ends": "soon" }), "2026-05-04"),
            (json!([]), ""),
            (json!("order 1"), ""),
        ] {
            let error = ShopContext::read(said.clone()).unwrap_err().to_string();
            assert!(error.contains(word) && error.len() < 400, "{error}");
        }
    }

    #[test]
    fn facts_say_that_they_are_the_shops() {
        let facts = ShopContext::read(all()).unwrap().facts(Window::Closing);
        let shown: Vec<(FactKind, &str)> = facts.iter().map(|fact| (fact.kind, fact.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (FactKind::Order, "HM-2026-004511"),
                (FactKind::Item, "ひなたの電気ケトル 🫖"),
                (FactKind::Delivery, "2026-04-20"),
                (FactKind::ReturnWindow, "2026-05-04"),
                (FactKind::Seller, "marketplace"),
                (FactKind::Seller, "CN"),
            ]
        );
        assert!(facts.iter().all(|fact| fact.origin == Origin::Shop && fact.sentence.contains(&fact.text)));
        assert!(facts[3].sentence.contains("ends before the time"), "{}", facts[3].sentence);
        assert!(!format!("{facts:?}").contains("田中"));
    }

    #[test]
    fn the_last_day_counts_to_its_end_where_the_desk_is() {
        let context = ShopContext::read(all()).unwrap();
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let window = |now: &str, by: &str| context.window(now.parse().unwrap(), by.parse().unwrap(), &tokyo);
        // The 4th ends at 15:00 UTC.
        assert_eq!(window("2026-05-04T02:00:00Z", "2026-05-04T14:59:59Z"), Window::Open);
        assert_eq!(window("2026-05-04T02:00:00Z", "2026-05-04T15:00:00Z"), Window::Closing);
        assert_eq!(window("2026-05-04T14:59:59Z", "2026-05-07T00:00:00Z"), Window::Closing);
        assert_eq!(window("2026-05-04T15:00:00Z", "2026-05-07T00:00:00Z"), Window::Over);
        let silent = ShopContext::default();
        assert_eq!(silent.window(Timestamp::MIN, Timestamp::MAX, &tokyo), Window::Open);
        let last = ShopContext::read(json!({ "return_window_ends": "9999-12-31" })).unwrap();
        assert_eq!(last.window(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, &tokyo), Window::Open);
    }
}
