//! The pages in a browser.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, LoggingPrefsLogLevel};

use super::desk::{Place, Service, until};
use crate::processes::need;

/// A browser of a test's own, and the driver that holds it.
#[derive(Debug)]
pub(super) struct Browser {
    pub(super) page: WebDriver,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(super) async fn start(language: &str) -> Result<Self, String> {
        let remedy = "`sh .ci/browser` installs it";
        let mut driver = Command::new("chromedriver")
            .args(["--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver: {error}; {remedy}"))?;
        let port = super::desk::first_line_with(driver.stdout.take().unwrap(), "started successfully on port ");
        let port = port.ok_or("chromedriver has not started")?;
        let profile = tempfile::tempdir().unwrap();
        let capabilities = capabilities(profile.path(), language).unwrap();
        let address = format!("http://127.0.0.1:{}", port.trim().trim_end_matches('.'));
        let page = match WebDriver::new(&address, capabilities).await {
            Ok(page) => page,
            Err(error) => {
                let _ = driver.kill();
                let _ = driver.wait();
                return Err(format!("chromium: {error}; {remedy}"));
            }
        };
        Ok(Self { page, driver, _profile: profile })
    }

    /// The one element of this selector, once it is there.
    pub(super) async fn element(&self, selector: &str) -> WebElement {
        until(selector, async || self.page.find(By::Css(selector)).await.ok()).await
    }

    /// What a script returns.
    pub(super) async fn script(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    pub(super) async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        self.page.screenshot(&folder.join(name)).await.unwrap();
    }

    /// Nothing on the console, nothing asked of anybody but `service`.
    pub(super) async fn check_quiet(&self, service: &Service) {
        let console = self.page.get_log("browser").await.unwrap();
        let said: Vec<String> = console.iter().map(|entry| format!("{} {}", entry.level, entry.message)).collect();
        assert!(said.is_empty(), "on the console: {said:#?}");
        let mut asked = 0;
        for entry in self.page.get_log("performance").await.unwrap() {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            let event = &event["message"];
            let url = match event["method"].as_str() {
                Some("Network.requestWillBeSent") => event["params"]["request"]["url"].as_str(),
                Some("Network.webSocketCreated") => event["params"]["url"].as_str(),
                _ => None,
            };
            let Some(url) = url else { continue };
            let own = url.starts_with(&service.url("/"));
            // What the browser opens with is in the browser.
            assert!(
                own || url.starts_with("data:") || url.starts_with("about:") || url.starts_with("chrome:"),
                "{url}"
            );
            assert!(!url.contains("token"), "{url}");
            asked += usize::from(own);
        }
        assert!(asked > 0, "no request was seen at all");
    }

    pub(super) async fn quit(mut self) {
        let _ = self.page.clone().quit().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn capabilities(profile: &Path, language: &str) -> WebDriverResult<ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    for flag in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-proxy-server",
        "--window-size=900,1000",
    ] {
        capabilities.add_arg(flag)?;
    }
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    capabilities.add_arg(&format!("--accept-lang={language}"))?;
    capabilities.add_experimental_option("prefs", json!({ "intl.accept_languages": language }))?;
    capabilities.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
    capabilities.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
    Ok(capabilities)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_the_page_is_answered_and_its_source_opens_at_the_place() {
    let service = need!(Service::shared());
    need!(Place::empty());
    let browser = need!(Browser::start("ja").await);
    browser.page.goto(service.url("/")).await.unwrap();
    let greeting = browser.element("#messages li.assistant .body").await;
    until("the greeting", async || greeting.text().await.ok().filter(|text| text.contains("出典"))).await;
    assert_eq!(browser.script("return document.documentElement.lang").await, "ja");
    browser.element("#topics details").await;
    // Nobody need wonder who is talking.
    assert_eq!(browser.element("#messages li.assistant .automatic").await.text().await.unwrap(), "自動応答");

    let field = browser.element("#text").await;
    field.send_keys("北海道まで何日で届きますか").await.unwrap();
    field.send_keys(Key::Enter + "").await.unwrap();
    let link = browser.element("#messages li.assistant .sources a").await;
    let answers = browser.page.find_all(By::Css("#messages li.assistant .body")).await.unwrap();
    let answer = answers.last().unwrap();
    assert!(answer.text().await.unwrap().contains("2〜4日"), "{:?}", answer.text().await);
    assert!(answer.find(By::Css("table")).await.is_ok(), "the table is a table");
    assert_eq!(browser.script("return document.getElementById('text').value").await, "");
    assert_eq!(
        browser.script("return document.documentElement.scrollWidth > document.documentElement.clientWidth").await,
        false,
        "the page is wider than the window"
    );
    // The newest words, with their sources, are in sight.
    let in_sight = "const box = [...document.querySelectorAll('.sources a')].at(-1).getBoundingClientRect(); \
                    return box.bottom <= document.querySelector('footer').getBoundingClientRect().top";
    until("the sources are in sight", async || (browser.script(in_sight).await == true).then_some(())).await;
    browser.screenshot("chat.png").await;
    // What has no answer gets a list of articles: one bubble, not one for each, and links that leave the conversation open.
    field.send_keys("東京の明日の天気は？").await.unwrap();
    field.send_keys(Key::Enter + "").await.unwrap();
    let suggested = browser.element("#messages li.assistant .body ul a").await;
    assert_eq!(suggested.attr("target").await.unwrap().as_deref(), Some("_blank"));
    let border = "return getComputedStyle(document.querySelector('#messages .body li')).borderTopWidth";
    assert_eq!(browser.script(border).await, "0px");
    browser.screenshot("chat-abstained.png").await;
    let unmarked = "return document.querySelectorAll('#messages li.assistant:not(:has(> .automatic)), \
                    #messages li.customer .automatic').length";
    assert_eq!(browser.script(unmarked).await, 0, "every automatic reply is marked, and nothing else");

    let source = link.attr("href").await.unwrap().unwrap();
    browser.check_quiet(service).await;
    let source = if source.starts_with('/') { service.url(&source) } else { source };
    browser.page.goto(&source).await.unwrap();
    let cited = browser.element("article > .cited").await;
    assert!(cited.text().await.unwrap().len() > 10);
    let links = browser.page.find_all(By::Css("article > .cited")).await.unwrap();
    let mut marked = String::new();
    for block in &links {
        marked.push_str(&block.text().await.unwrap());
    }
    assert!(marked.contains("350円") || marked.contains("2〜4日"), "{marked}");
    assert!(!marked.contains("取り寄せ") || marked.contains("2〜4日"), "only what was cited is marked: {marked}");
    browser.screenshot("article.png").await;
    browser.check_quiet(service).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_english_on_a_small_screen_and_survives_a_restart() {
    let place = need!(Place::new());
    let service = place.serve();
    let browser = need!(Browser::start("en").await);
    browser.page.set_window_rect(0, 0, 500, 800).await.unwrap();
    browser.page.goto(service.url("/")).await.unwrap();
    browser.element("#topics details").await;
    assert_eq!(browser.script("return document.getElementById('send').textContent").await, "Send");

    let field = browser.element("#text").await;
    field.send_keys("<img src=x onerror=alert(1)> What does gift wrapping cost?").await.unwrap();
    browser.element("#send").await.click().await.unwrap();
    browser.element("#messages li.assistant .sources a").await;
    let shown = browser.script("return document.querySelector('#messages li.customer .body').innerHTML").await;
    assert!(shown.as_str().unwrap().starts_with("&lt;img"), "{shown}");
    browser.screenshot("chat-small.png").await;

    // A topic is asked about with a click.
    browser.script("document.querySelector('#topics details').open = true").await;
    browser.element("#topics details button").await.click().await.unwrap();
    until("a second reply", async || {
        let replies = browser.page.find_all(By::Css("#messages li.assistant .sources")).await.ok()?;
        (replies.len() == 2).then_some(())
    })
    .await;
    browser.check_quiet(&service).await;

    // The service goes away while the page is open: the customer is told, and the page goes on working.
    let address = service.address.clone();
    service.kill();
    let field = browser.element("#text").await;
    field.send_keys("How long can I return a book?").await.unwrap();
    browser.element("#send").await.click().await.unwrap();
    until("the page says that the line is cut", async || {
        let last =
            browser.script("return [...document.querySelectorAll('#messages li.assistant .body')].at(-1).textContent");
        last.await.as_str().is_some_and(|text| text.contains("reconnecting")).then_some(())
    })
    .await;
    browser.screenshot("chat-lost.png").await;
    let service = Service::started(place.command(&["serve", "--listen", &address]));
    until("the answer after all", async || {
        let replies = browser.page.find_all(By::Css("#messages li.assistant .sources")).await.ok()?;
        (replies.len() == 3).then_some(())
    })
    .await;
    drop(service);
    browser.quit().await;
}
