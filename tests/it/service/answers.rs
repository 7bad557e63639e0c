//! What is answered: from the right article, in its words, in the customer's language, or not at all.

use madoguchi::answer::phrases;
use madoguchi::language::Lang;
use serde_json::{Value, json};

use super::desk::Service;
use super::talk::text;
use crate::processes::need;

/// Asks in a conversation of its own and checks what holds of every reply.
async fn ask(service: &Service, locale: &str, question: &str) -> Value {
    let message = service.open(locale).await.ask(question).await;
    let reply = message["reply"].clone();
    assert_eq!(reply["degraded"], false, "{reply}");
    assert_eq!(reply["handoff"], Value::Null, "{reply}");
    assert_eq!(reply["language"], message["lang"]);
    let citations = reply["citations"].as_array().unwrap();
    assert_eq!(citations.is_empty(), reply["abstained"] == true, "{reply}");
    for citation in citations {
        check_quote(service, citation).await;
    }
    reply
}

/// A quotation is the article's words at the place it names.
async fn check_quote(service: &Service, citation: &Value) {
    let (id, version) = (text(&citation["article_id"]), text(&citation["version"]));
    let (status, article) = service.json(&format!("/v1/articles/{id}?version={version}")).await;
    assert_eq!(status, 200, "{article}");
    let number = |name: &str| usize::try_from(citation["span"][name].as_u64().unwrap()).unwrap();
    let (start, end) = (number("start"), number("end"));
    let at: String = text(&article["body"]).chars().skip(start).take(end - start).collect();
    assert_eq!(at, text(&citation["quote"]));
    assert!(!at.is_empty());
    assert_eq!(article["title"], citation["title"]);
    for heading in citation["heading"].as_array().unwrap() {
        assert!(text(&article["body"]).contains(text(heading)), "{citation}");
    }
    let page = service.get(text(&citation["url"])).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains(text(&article["title"])));
}

#[track_caller]
fn cited(reply: &Value) -> &str {
    text(&reply["citations"][0]["article_id"])
}

#[tokio::test]
async fn a_japanese_question_is_answered_from_a_japanese_article() {
    let service = need!(Service::shared());
    let reply = ask(service, "ja", "本は何日以内に返せますか").await;
    assert_eq!(cited(&reply), "ja-returns");
    assert_eq!(reply["language"], "ja");
    assert_eq!(reply["source_language"], Value::Null);
    let answer = text(&reply["answer"]);
    assert!(answer.contains("21日以内") && answer.contains("ただし"), "the right with its exception: {answer}");

    let reply = ask(service, "ja", "北海道へは何日かかりますか").await;
    assert_eq!(cited(&reply), "ja-shipping");
    assert!(text(&reply["answer"]).contains("2〜4日"), "{reply}");
}

#[tokio::test]
async fn an_english_question_is_answered_from_an_english_article() {
    let service = need!(Service::shared());
    for locale in ["en", "ja"] {
        let reply = ask(service, locale, "How many days do I have to send a book back?").await;
        assert_eq!(cited(&reply), "en-returns");
        assert_eq!(reply["language"], "en", "the message's language, whatever the page's");
        assert!(text(&reply["answer"]).contains("21 days"), "{reply}");
    }
}

#[tokio::test]
async fn chinese_characters_alone_are_japanese_here() {
    let service = need!(Service::shared());
    for locale in ["ja", "en"] {
        let reply = ask(service, locale, "返品").await;
        assert_eq!(reply["language"], "ja", "{reply}");
        assert_eq!(cited(&reply), "ja-returns");
    }
    let reply = ask(service, "ja", "領収書").await;
    assert_eq!(reply["language"], "ja");
    assert_eq!(cited(&reply), "ja-receipts");
}

#[tokio::test]
async fn the_caller_may_name_the_language() {
    let service = need!(Service::shared());
    let talk = service.open("ja").await;
    let request = talk.request(reqwest::Method::POST, "/messages");
    let request = request.json(&json!({ "text": "Pokémon 21", "language": "en-US" }));
    let message: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(message["reply"]["language"], "en");
}

#[tokio::test]
async fn what_no_article_holds_is_not_answered() {
    let service = need!(Service::shared());
    let cases = [
        ("ja", "東京の明日の天気を教えてください", "見つかりませんでした", "ja"),
        ("ja", "社長の名前と年齢は何ですか", "見つかりませんでした", "ja"),
        ("en", "Who won the football match last night?", "would rather not guess", "en"),
        ("ko", "내일 서울 날씨는 어떤가요?", "찾지 못했습니다", "ko"),
        ("zh", "明天北京的天气怎么样？", "没有您所问内容的答案", "zh"),
        ("de", "Wie wird morgen das Wetter in Berlin?", "möchte nicht raten", "de"),
        ("th", "พรุ่งนี้อากาศที่กรุงเทพเป็นอย่างไร", "ไม่พบคำตอบ", "th"),
    ];
    for (locale, question, said, language) in cases {
        let reply = ask(service, locale, question).await;
        assert_eq!(reply["abstained"], true, "{question}: {reply}");
        assert_eq!(reply["language"], language, "{question}");
        assert!(text(&reply["answer"]).contains(said), "{question}: {reply}");
        let person = phrases(&Lang::new(language)).person;
        assert!(text(&reply["answer"]).ends_with(person), "a person is offered: {reply}");
        let suggestions = reply["suggestions"].as_array().unwrap();
        assert!((1..=3).contains(&suggestions.len()), "{question}: {reply}");
        for suggestion in suggestions {
            assert!(text(&reply["answer"]).contains(text(&suggestion["url"])), "{reply}");
            assert_eq!(service.get(text(&suggestion["url"])).send().await.unwrap().status(), 200);
            if ["ja", "en"].contains(&language) {
                assert_eq!(suggestion["lang"], language, "{question}: nearest in the customer's language: {reply}");
            }
        }
    }
}

#[tokio::test]
async fn an_article_in_another_language_is_quoted_as_such() {
    let service = need!(Service::shared());
    let cases = [
        ("ja", "プレゼント用にラッピングしてもらえますか", "英語版だけ", "en-gift-wrapping", "260 yen"),
        ("ko", "책은 며칠 안에 반품할 수 있나요?", "로만 제공됩니다", "-returns", "21"),
    ];
    for (language, question, said, id, words) in cases {
        let reply = ask(service, language, question).await;
        assert_eq!(reply["language"], language);
        assert!(cited(&reply).ends_with(id), "{reply}");
        assert_eq!(reply["source_language"], reply["citations"][0]["lang"], "{reply}");
        let answer = text(&reply["answer"]);
        assert!(answer.contains(said), "says so: {answer}");
        assert!(answer.contains(words), "as it stands: {answer}");
    }
}

#[tokio::test]
async fn a_search_explains_itself_and_repeats_itself() {
    let service = need!(Service::shared());
    let (status, first) = service.json("/v1/search?q=%E8%BF%94%E5%93%81&limit=5").await;
    assert_eq!(status, 200);
    assert_eq!(first["language"], "ja");
    let hits = first["hits"].as_array().unwrap();
    assert_eq!(hits[0]["article_id"], "ja-returns", "返品 finds the returns article first");
    assert!(hits.len() <= 5);
    assert!(hits.windows(2).all(|two| two[0]["score"].as_f64() >= two[1]["score"].as_f64()));
    for hit in hits {
        let legs = hit["legs"].as_object().unwrap();
        assert!(legs.values().any(|leg| leg["rank"].as_u64() >= Some(1)), "{hit}");
        check_quote(service, hit).await;
    }
    for _ in 0..5 {
        assert_eq!(service.json("/v1/search?q=%E8%BF%94%E5%93%81&limit=5").await.1, first);
    }
}
