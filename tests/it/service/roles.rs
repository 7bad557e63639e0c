//! Who may read what: drafts and expired articles nobody, sellers' articles those with a key.

use serde_json::Value;

use super::bad_input::problem;
use super::desk::Service;
use super::help_centre::SELLER_KEY;
use super::talk::{Talk, text};
use crate::processes::need;

/// Of articles that customers must never see: the id, the very question it answers, and words that stand nowhere else.
const HIDDEN: &[(&str, &str, &str)] = &[
    ("ja-subscription-box", "毎月の定期便の料金はいくらですか", "1,980円"),
    ("ja-summer-2020", "2020年夏の感謝祭で買った本はいつまで返品できますか", "77日"),
    ("ja-payouts", "売上はいつ振り込まれますか", "165円"),
];

fn ids(list: &Value) -> Vec<&str> {
    list["articles"].as_array().unwrap().iter().map(|article| text(&article["id"])).collect()
}

#[tokio::test]
async fn customers_never_meet_hidden_articles() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    for (id, question, words) in HIDDEN {
        let reply = talk.ask(question).await;
        let shown = reply.to_string();
        assert!(!shown.contains(id) && !shown.contains(words), "{question}: {shown}");
        problem(service.get(&format!("/v1/articles/{id}")).send().await.unwrap(), 404, id).await;
        problem(service.get(&format!("/articles/{id}")).send().await.unwrap(), 404, id).await;
        let page = service.get(&format!("/articles/{id}")).header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), 404);
        let page = page.text().await.unwrap();
        assert!(page.contains("<html") && !page.contains(words), "{page}");
    }
    let (_, list) = service.json("/v1/articles").await;
    let visible =
        ["en-e-reader", "en-gift-wrapping", "en-returns", "en-shipping", "ja-receipts", "ja-returns", "ja-shipping"];
    assert_eq!(ids(&list), visible);
    assert_eq!(ids(&service.json("/v1/articles?lang=ja&category=returns").await.1), ["ja-returns"]);
    assert!(!talk.opened.to_string().contains("ja-payouts"));
    let (_, found) = service.json("/v1/search?q=%E5%A3%B2%E4%B8%8A%E3%81%AE%E6%8C%AF%E8%BE%BC%E6%97%A5").await;
    assert!(!found.to_string().contains("ja-payouts"), "{found}");
}

#[tokio::test]
async fn a_known_key_opens_its_audience_and_nothing_else() {
    let service = need!(Service::shared());
    let get = |path: &str, key: &str| service.get(path).bearer_auth(key).send();

    let article: Value = get("/v1/articles/ja-payouts", SELLER_KEY).await.unwrap().json().await.unwrap();
    assert!(text(&article["body"]).contains("165円"), "{article}");
    let list: Value = get("/v1/articles", SELLER_KEY).await.unwrap().json().await.unwrap();
    assert!(ids(&list).contains(&"ja-payouts") && ids(&list).contains(&"ja-returns"));
    for hidden in ["ja-subscription-box", "ja-summer-2020"] {
        problem(get(&format!("/v1/articles/{hidden}"), SELLER_KEY).await.unwrap(), 404, hidden).await;
    }

    for (case, key) in [("wrong", "not-the-key"), ("cut", "seller-key-of-the-test"), ("empty", "")] {
        for path in ["/v1/articles/ja-payouts", "/v1/articles/ja-returns", "/v1/articles", "/v1/search?q=x"] {
            problem(get(path, key).await.unwrap(), 401, &format!("{path} with a {case} key")).await;
        }
        problem(service.post("/v1/conversations").bearer_auth(key).send().await.unwrap(), 401, case).await;
    }
    // The digest is in the configuration; it is not the key.
    let digest = "9e9dcc46b980274b22467d030e60378db28f371aff737a0714af173e4e44a50c";
    problem(get("/v1/articles/ja-payouts", digest).await.unwrap(), 401, "the digest for the key").await;
}

#[tokio::test]
async fn a_conversation_remembers_who_opened_it() {
    let service = need!(Service::shared());
    let opened = service.post("/v1/conversations").bearer_auth(SELLER_KEY).send().await.unwrap();
    assert_eq!(opened.status(), 201);
    let opened: Value = opened.json().await.unwrap();
    assert!(opened["topics"].to_string().contains("ja-payouts"));
    let seller = Talk::with(service, opened);
    let reply = seller.ask("売上はいつ振り込まれますか").await;
    assert_eq!(reply["reply"]["citations"][0]["article_id"], "ja-payouts", "{reply}");
    assert!(text(&reply["text"]).contains("25日"), "{reply}");
}
