//! Mail on the customers' page: an address is named, and another one where mail does not arrive; a mail's link leads back.

use serde_json::json;
use thirtyfour::prelude::*;

use super::{click, count, gone, operator, says, serve_with, talk};
use crate::processes::need;
use crate::service::desk::{Place, until};
use crate::service::mail::{Server, Taken, parsed};
use crate::service::page::Browser;
use crate::service::talk::text;

/// A line of a mail, or what follows `start` in it.
fn line(mail: &Taken, start: &str, fits: impl Fn(&str) -> bool) -> String {
    let words = parsed(&mail.raw).body_text(0).unwrap().into_owned();
    let found = words.lines().filter_map(|line| line.trim().strip_prefix(start)).find(|line| fits(line));
    found.unwrap_or_else(|| panic!("no line after {start:?}: {words}")).to_owned()
}

/// Fills in the one field about mail.
async fn mail_field(browser: &Browser, name: &str, text: &str) {
    let field = browser.element(&format!("#mail input[name='{name}']")).await;
    field.send_keys(text).await.unwrap();
    field.send_keys(Key::Enter + "").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_mail_does_not_arrive_another_address_is_asked_for_but_not_by_a_mails_link() {
    let (server, place) = (need!(Server::start(&[])), need!(Place::new()));
    let mail = format!(
        "[server]\npublic_url = \"https://help.shop.example/\"\n\
         [notify.mail]\nurl = \"smtp://127.0.0.1:{}\"\nfrom = \"help@shop.example\"\n",
        server.port
    );
    let service = serve_with(&place, "127.0.0.1:0", &mail);
    let browser = need!(Browser::start("ja").await);
    browser.page.goto(service.url("/")).await.unwrap();
    click(&browser, "#person").await;
    let reference = says(&browser, "#case-reference", "-").await;

    // The server knows nobody of that name: said beside the case and in the conversation, and the field is open for another one.
    click(&browser, "#mail summary").await;
    mail_field(&browser, "email", "unknown@customer.example").await;
    says(&browser, "#case-queue", "u…@customer.example").await;
    says(&browser, "#messages li.notice:last-child .body", "u…@customer.example").await;
    browser.screenshot("desk-mail-lost.png").await;
    mail_field(&browser, "email", "hanako@customer.example").await;
    let is_code = |line: &str| line.len() == 8 && line.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    mail_field(&browser, "code", &line(&server.taken(), "", is_code)).await;
    says(&browser, "#mail", "メールでもお知らせします").await;
    until("nothing is wrong any more", async || {
        let lines = browser.script("return document.getElementById('case-queue').textContent").await;
        (!text(&lines).contains("@customer.example")).then_some(())
    })
    .await;

    // By a mail's link the conversation opens elsewhere: no address is asked for that could not be named.
    operator(&service, &reference, "claim", None).await;
    operator(&service, &reference, "reply", Some(json!({ "text": "確認しています。" }))).await;
    let way_back = line(&server.taken(), "https://help.shop.example/#resume=", |_| true);
    let own = talk(&browser, &service).await;
    // A page of the same house without a script of its own.
    browser.page.goto(service.url("/assets/chat.css")).await.unwrap();
    browser.script("localStorage.clear()").await;
    browser.page.goto(service.url(&format!("/#resume={way_back}"))).await.unwrap();
    says(&browser, "#messages li.operator .body", "確認しています").await;
    says(&browser, "#mail", "メールでもお知らせします").await;
    let named = own.request(reqwest::Method::POST, "/email").json(&json!({ "address": "hanako@customer.example" }));
    assert_eq!(named.send().await.unwrap().status(), 202);
    browser.page.refresh().await.unwrap();
    says(&browser, "#case-reference", &reference).await;
    assert_eq!(count(&browser, "#mail input").await, 0, "the code is for whoever named the address");
    gone(&browser, "#mail").await;
    let named = own.request(reqwest::Method::POST, "/email").json(&json!({ "address": "unknown@customer.example" }));
    assert_eq!(named.send().await.unwrap().status(), 202);
    says(&browser, "#mail", "メールのリンクから").await;
    assert_eq!(count(&browser, "#mail input").await, 0);
    browser.quit().await;
}
