//! Written answers that are given again, and when they are not.

use super::desk::{Service, until};
use super::help_centre::{self, JA_RETURNS, SELLER_KEY};
use super::talk::{Talk, text};
use super::written::Model;
use crate::processes::need;
use serde_json::{Value, json};

const ASKED: &str = "本を返品したら送料は誰が払いますか";
const REWORDED: &str = "すみません、本を返品したら送料は誰が払うのでしょうか？";
const SAYS: &str = "返送料の480円はお客様のご負担です。";

async fn cache(service: &Service) -> String {
    let ready = service.json("/readyz").await.1;
    let parts = ready["parts"].as_array().unwrap();
    text(&parts.iter().find(|part| part["name"] == "answer_cache").unwrap()["detail"]).to_owned()
}

/// Asks what the model must answer.
async fn written(model: &Model, talk: &Talk, asked: &str, says: &str) -> Value {
    let calls = model.calls();
    model.say(says);
    model.end();
    let reply = talk.ask(asked).await;
    assert_eq!(model.calls(), calls + 1, "{asked}: {reply:#}");
    assert_eq!(reply["reply"]["written_by"]["cached"], false, "{reply:#}");
    assert_eq!(reply["reply"]["written_by"]["withheld"], 0, "{reply:#}");
    reply
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_the_same_is_answered_without_a_call_and_nobody_else() {
    let model = Model::start().await;
    let place = model.place(need!(super::desk::Place::new()));
    let config = place.file("config.toml", help_centre::CONFIG);
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--config"]);
    command.arg(config);
    let service = Service::started(command);

    let talk = service.open("ja").await;
    let first = written(&model, &talk, ASKED, SAYS).await;
    for asked in [ASKED, REWORDED] {
        let talk = service.open("ja").await;
        let events = talk.stream(asked).await.all().await;
        let told: String =
            events.iter().filter(|event| event.name == "delta").map(|event| text(&event.data["text"])).collect();
        let again = &events.last().unwrap().data;
        assert_eq!((&told, &again["text"]), (&text(&first["text"]).to_owned(), &first["text"]), "{asked}");
        assert_eq!(again["reply"]["citations"], first["reply"]["citations"]);
        assert_eq!(again["reply"]["written_by"]["cached"], true);
        let receipt = format!("/v1/answers/{}/receipt", text(&again["id"]));
        let receipt =
            service.get(&receipt).bearer_auth(&talk.token).send().await.unwrap().json::<Value>().await.unwrap();
        assert_eq!((&receipt["writing"]["from_cache"], &receipt["writing"]["tokens_in"]), (&json!(true), &json!(0)));
        assert_eq!(receipt["search"]["asked"], asked, "its own search, {receipt:#}");
    }
    assert_eq!((model.calls(), cache(&service).await.as_str()), (1, "2 of 3 questions answered from it"));

    // What was said before counts, even if it is the same.
    written(&model, &talk, ASKED, SAYS).await;
    let denied = "本を返品したら送料は誰が払いませんか";
    written(&model, &service.open("ja").await, denied, SAYS).await;
    let own = "本を返品したら送料は誰が払いますか。注文番号は250-1234567-7654321です";
    for _ in 0..2 {
        written(&model, &service.open("ja").await, own, SAYS).await;
    }
    let opened = service.post("/v1/conversations").bearer_auth(SELLER_KEY).send().await.unwrap();
    let seller = Talk::with(&service, opened.json().await.unwrap());
    written(&model, &seller, ASKED, SAYS).await;
    let english = service.open("en").await;
    written(&model, &english, "If I return a book, who pays the postage?", "You pay the 480 yen for the parcel.").await;

    place.write("ja/returns/returns.md", &JA_RETURNS.replace("480円", "490円"));
    until("the edit is served", async || {
        let article = service.json("/v1/articles/ja-returns").await.1;
        text(&article["body"]).contains("490円").then_some(())
    })
    .await;
    let changed = written(&model, &service.open("ja").await, ASKED, &SAYS.replace("480", "490")).await;
    assert!(text(&changed["text"]).contains("490円"), "{changed:#}");
    assert_eq!(model.calls(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_turns_it_off() {
    let model = Model::start().await;
    let place = model.place(need!(super::desk::Place::new())).with("ANSWER__CACHE_ENTRIES", 0);
    let service = place.serve();
    for _ in 0..2 {
        written(&model, &service.open("ja").await, ASKED, SAYS).await;
    }
    let ready = service.json("/readyz").await.1;
    assert!(ready["parts"].as_array().unwrap().iter().all(|part| part["name"] != "answer_cache"), "{ready}");
}
