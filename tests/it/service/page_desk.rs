//! The hand-off on the customers' page, in a browser: a person is asked for, waited for, heard, and rated.

mod mail;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::desk::{Place, Service, client, until};
use super::operators::{OPERATORS, keys};
use super::page::Browser;
use super::talk::{Talk, text};
use crate::processes::need;

/// A service with operators, at an address of its own or at one that it had before.
fn serve(place: &Place, address: &str) -> Service {
    serve_with(place, address, "")
}

/// The same with more in its configuration.
fn serve_with(place: &Place, address: &str, more: &str) -> Service {
    let config = place.file("config.toml", &format!("{more}{}", keys()));
    let mut command = place.command(&["serve", "--listen", address, "--config"]);
    command.arg(config);
    Service::started(command)
}

/// What the first operator does with a case.
async fn operator(service: &Service, reference: &str, doing: &str, body: Option<Value>) -> Value {
    let url = service.url(&format!("/v1/operator/tickets/{reference}/{doing}"));
    let mut request = client().post(url).bearer_auth(OPERATORS[0].1);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let answer = response.json().await.unwrap();
    assert_eq!(status, 200, "{doing}: {answer}");
    answer
}

/// The text of an element that can be seen, once there is one and it says this.
async fn says(browser: &Browser, selector: &str, wanted: &str) -> String {
    until(&format!("{selector} says {wanted:?}"), async || {
        let said = browser.page.find(By::Css(selector)).await.ok()?.text().await.ok()?;
        (!said.is_empty() && said.contains(wanted)).then_some(said)
    })
    .await
}

async fn click(browser: &Browser, selector: &str) {
    until(&format!("{selector} is clicked"), async || {
        browser.page.find(By::Css(selector)).await.ok()?.click().await.ok()
    })
    .await;
}

async fn gone(browser: &Browser, selector: &str) {
    until(&format!("{selector} is gone"), async || match browser.page.find(By::Css(selector)).await {
        Ok(found) => (!found.is_displayed().await.ok()?).then_some(()),
        Err(_) => Some(()),
    })
    .await;
}

async fn count(browser: &Browser, selector: &str) -> usize {
    browser.page.find_all(By::Css(selector)).await.unwrap().len()
}

/// The page's conversation, as the service keeps it.
async fn talk(browser: &Browser, service: &Service) -> Talk {
    let kept = browser.script("return JSON.parse(localStorage.getItem('madoguchi.conversation'))").await;
    Talk::with(service, kept)
}

/// Takes the browser's line away, or gives it back.
async fn offline(browser: &Browser, offline: bool) {
    let line = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.page.cdp().send_raw("Network.enable", json!({})).await.unwrap();
    browser.page.cdp().send_raw("Network.emulateNetworkConditions", line).await.unwrap();
}

async fn fits(browser: &Browser) {
    let fits = "const all = document.documentElement; \
                return all.scrollWidth <= all.clientWidth && document.querySelector('footer').getBoundingClientRect().bottom <= innerHeight + 1 \
                && document.querySelector('main').clientHeight > 60";
    assert_eq!(browser.script(fits).await, true, "the page does not fit the window");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_for_heard_and_rated() {
    let place = need!(Place::new());
    let service = serve(&place, "127.0.0.1:0");
    let browser = need!(Browser::start("ja").await);
    browser.page.goto(service.url("/")).await.unwrap();
    says(&browser, "#messages li.assistant .body", "出典").await;
    gone(&browser, "#case").await;

    // Which case, whose, by when, and that there is nothing to do: without scrolling through what was said.
    click(&browser, "#person").await;
    let reference = says(&browser, "#case-reference", "-").await;
    says(&browser, "#case-state", "担当者をお待ちいただいています").await;
    let case = says(&browser, "#case", "お返事の期限").await;
    for wanted in [
        reference.as_str(),
        "受付番号",
        "担当窓口",
        "していただくことはありません",
        "お待ちの方はいらっしゃいません",
        "補足",
    ] {
        assert!(case.contains(wanted), "{wanted} is not in {case}");
    }
    let promised =
        "return [document.getElementById('case-time').dateTime, document.getElementById('case-time').textContent]";
    let promised = browser.script(promised).await;
    let status: Value = talk(&browser, &service)
        .await
        .request(reqwest::Method::GET, "/status")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(promised[0], status["promised_by"]);
    assert!(text(&promised[1]).contains('月') && text(&promised[1]).contains(':'), "{promised}");
    assert_eq!(status["mail"], "off", "no mail is set up here, so none is offered");
    gone(&browser, "#mail").await;
    gone(&browser, "#person").await;
    says(&browser, "#messages li.notice .body", &reference).await;
    says(&browser, "#messages li.notice .automatic", "自動のお知らせ").await;
    browser.screenshot("desk-waiting.png").await;

    // What is written meanwhile goes into the case; no machine answers it.
    let field = browser.element("#text").await;
    assert_eq!(field.attr("placeholder").await.unwrap().as_deref(), Some("補足や訂正をお書きください"));
    field.send_keys("注文番号は HM-2026-004511 です").await.unwrap();
    field.send_keys(Key::Enter + "").await.unwrap();
    says(&browser, "#messages li.customer .added", "追加しました").await;
    assert_eq!(browser.script("return document.getElementById('text').value").await, "");
    assert_eq!(count(&browser, "#messages li.assistant").await, 1, "the greeting only");

    // A person answers, by name, and looks like one.
    operator(&service, &reference, "claim", None).await;
    says(&browser, "#case-state", "担当者が対応しています").await;
    operator(&service, &reference, "reply", Some(json!({ "text": "確認しました。**本日**発送します。" }))).await;
    says(&browser, "#messages li.operator .body", "本日発送します").await;
    let author = says(&browser, "#messages li.operator .author", OPERATORS[0].0).await;
    assert!(author.contains("担当者"), "{author}");
    assert_eq!(count(&browser, "#messages li.operator .automatic").await, 0, "no person is marked as a machine");
    browser.screenshot("desk-operator.png").await;
    browser.check_quiet(&service).await;

    // The same conversation after a reload, with all that was there, once.
    browser.page.refresh().await.unwrap();
    says(&browser, "#messages li.operator .body", "本日発送します").await;
    says(&browser, "#case-reference", &reference).await;
    says(&browser, "#messages li.customer .added", "追加しました").await;
    let roles =
        "return [...document.querySelectorAll('#messages li')].map((li) => li.className.split(' ')[0]).join(' ')";
    let roles = browser.script(roles).await;
    assert!(text(&roles).starts_with("assistant notice customer"), "{roles}");
    assert_eq!(text(&roles).matches("operator").count(), 1, "{roles}");

    // And after a restart of the service, without a reload.
    let address = service.address.clone();
    service.kill();
    let service = serve(&place, &address);
    operator(&service, &reference, "reply", Some(json!({ "text": "追跡番号をお送りします。" }))).await;
    until("the second reply", async || {
        let said = browser.page.find_all(By::Css("#messages li.operator .body")).await.ok()?;
        (said.len() == 2 && said[1].text().await.ok()?.contains("追跡番号")).then_some(())
    })
    .await;

    // The end, after a question; then how it was.
    click(&browser, "#close").await;
    says(&browser, "#ask-text", "終了しますか").await;
    click(&browser, "#ask-no").await;
    gone(&browser, "#ask").await;
    gone(&browser, "#end").await;
    click(&browser, "#close").await;
    click(&browser, "#ask-yes").await;
    says(&browser, "#end-title", "チャットは終了しました").await;
    gone(&browser, "#case").await;
    says(&browser, "#end", "問題は解決しましたか").await;
    click(&browser, "#rate input[value='no']").await;
    says(&browser, "#end .ways > p", "どうなさいますか").await;
    click(&browser, "#rate input[value='2']").await;
    browser.element("#rate textarea").await.send_keys("返事が遅い").await.unwrap();
    browser.screenshot("desk-end.png").await;
    click(&browser, "#rate button").await;
    says(&browser, "#end .thanks", "ありがとうございました").await;
    browser.page.refresh().await.unwrap();
    says(&browser, "#end .thanks", "ありがとうございました").await;

    // Not solved: it goes on.
    click(&browser, "#reopen").await;
    gone(&browser, "#end").await;
    assert_eq!(talk(&browser, &service).await.read().await["owner"], "assistant");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_takes_up_a_conversation_on_a_narrow_screen_and_nothing_is_lost_offline() {
    let place = need!(Place::new());
    let service = serve(&place, "127.0.0.1:0");
    let elsewhere = service.open("en").await;
    elsewhere.ask("What does gift wrapping cost?").await;
    let browser = need!(Browser::start("en").await);
    let screen = json!({ "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false });
    browser.page.cdp().send_raw("Emulation.setDeviceMetricsOverride", screen).await.unwrap();

    // The link's token is in the page and no longer in the address.
    browser.page.goto(service.url(&format!("/#resume={}.{}", elsewhere.id(), elsewhere.token))).await.unwrap();
    says(&browser, "#messages li.customer .body", "gift wrapping").await;
    browser.element("#messages li.assistant .sources a").await;
    assert_eq!(browser.script("return location.href").await, service.url("/"));
    assert_eq!(browser.script("return innerWidth").await, 360);
    browser.page.refresh().await.unwrap();
    says(&browser, "#messages li.customer .body", "gift wrapping").await;
    fits(&browser).await;

    click(&browser, "#person").await;
    let reference = says(&browser, "#case-reference", "-").await;
    let case = says(&browser, "#case", "Answer by").await;
    assert!(case.contains("Waiting for a person") && case.contains("nothing you need to do"), "{case}");
    fits(&browser).await;
    browser.screenshot("desk-narrow.png").await;
    let same: Value = elsewhere.request(reqwest::Method::GET, "/status").send().await.unwrap().json().await.unwrap();
    assert_eq!(same["reference"], json!(reference));

    // The Enter that ends a conversion sends nothing.
    let composing = "const field = document.getElementById('text'); field.value = 'かな'; \
                     field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })); \
                     const kept = field.value; field.value = ''; return kept";
    assert_eq!(browser.script(composing).await, "かな");
    assert_eq!(count(&browser, "#messages li.customer").await, 1);
    browser.check_quiet(&service).await;

    // Without a line the text stays in the field and is sent once there is one: once.
    offline(&browser, true).await;
    let words = "The order number is HM-2026-004511";
    let field = browser.element("#text").await;
    field.send_keys(words).await.unwrap();
    field.send_keys(Key::Enter + "").await.unwrap();
    says(&browser, "#trouble", "Your message is kept here").await;
    assert_eq!(browser.script("return document.getElementById('text').value").await, words);
    fits(&browser).await;
    browser.screenshot("desk-offline.png").await;
    offline(&browser, false).await;
    says(&browser, "#messages li.customer .added", "Added to your case").await;
    assert_eq!(browser.script("return document.getElementById('text').value").await, "");
    let kept = elsewhere.messages().await;
    assert_eq!(kept.iter().filter(|message| message["text"] == words).count(), 1, "{kept:?}");
    gone(&browser, "#trouble").await;

    click(&browser, "#case summary").await;
    click(&browser, "#call-off").await;
    says(&browser, "#ask-text", "Call off your case").await;
    fits(&browser).await;
    click(&browser, "#ask-yes").await;
    gone(&browser, "#case").await;
    says(&browser, "#person", "Talk to a person").await;
    assert_eq!(elsewhere.read().await["owner"], "assistant");

    // Another conversation loses none: the one before is in the menu.
    click(&browser, "#options summary").await;
    click(&browser, "#new-chat").await;
    gone(&browser, "#messages li.customer").await;
    click(&browser, "#options summary").await;
    says(&browser, "#earlier button", &reference).await;
    click(&browser, "#earlier button").await;
    says(&browser, "#messages li.customer .body", "gift wrapping").await;

    // A link that opens nothing says so, and nothing is lost by it.
    browser.script("location.hash = '#resume=00000000-0000-4000-8000-000000000000.wrong'").await;
    says(&browser, "#messages li.note", "cannot be opened").await;
    says(&browser, "#messages li.customer .body", "gift wrapping").await;
    assert_eq!(browser.script("return location.hash").await, "");
    browser.quit().await;
}
