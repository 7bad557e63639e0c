//! What customers may ask for about their own words: that they go, from everywhere and for good, and what is held. And what is kept
//! all the same, because somebody must.

use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use madoguchi::clock::{Clock as _, Ids as _, RandomIds, SystemClock};
use madoguchi::conversation::ConversationId;
use madoguchi::knowledge::SyncOptions;
use madoguchi::privacy::{Tombstone, Tombstones, Watched};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};

use super::bad_input::problem;
use super::desk::{Place, Service, client, until};
use super::inside::{Inside, Moved, config};
use super::operators::entry;
use super::talk::{Talk, text};
use crate::processes::need;

/// Words that stand nowhere else.
const WORDS: &str = "合言葉は翡翠の梟です";
const OPERATOR: &str = "key of tanaka";
const SUPERVISOR: &str = "key of sato";

fn serve(place: &Place) -> Service {
    let keys =
        [entry("tanaka", OPERATOR, &["operator"], &[]), entry("sato", SUPERVISOR, &["supervisor"], &[])].concat();
    let config = place.file("config.toml", &keys);
    Service::started(place.command(&["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]))
}

/// The files of a folder in which these words stand.
fn files_with(folder: &Path, words: &str) -> Vec<String> {
    let found = Command::new("grep").args(["-rlaF", "--", words]).arg(folder).output().unwrap();
    assert!(found.status.code() != Some(2), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// In a moment at the latest no file holds the words any more.
async fn gone_from(folder: &Path, words: &str) {
    until("the words are gone from every file", async || files_with(folder, words).is_empty().then_some(())).await;
}

async fn as_operator(service: &Service, key: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = service.request(method, &format!("/v1/operator{path}")).bearer_auth(key);
    let response = request.json(&body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

/// A conversation that holds the words wherever a customer's words can lie, with a case that is open.
async fn full(service: &Service) -> (Talk, String) {
    let talk = service.open("ja").await;
    talk.ask("いつまで返品できますか").await;
    talk.ask(WORDS).await;
    let asked: Value = talk.request(Method::POST, "/handoff").send().await.unwrap().json().await.unwrap();
    let reference = text(&asked["reference"]).to_owned();
    talk.message(WORDS).send().await.unwrap();
    let (status, _) =
        as_operator(service, OPERATOR, Method::POST, &format!("/tickets/{reference}/note"), json!({ "text": WORDS }))
            .await;
    assert!(status.is_success(), "{status}");
    let said = talk.request(Method::POST, "/feedback").json(&json!({ "comment": WORDS })).send().await.unwrap();
    assert_eq!(said.status(), 200);
    (talk, reference)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_erases_is_gone_from_every_file() {
    let place = need!(Place::new());
    let service = serve(&place);
    let (talk, reference) = full(&service).await;
    let other = service.open("ja").await;
    other.ask("送料はいくらですか").await;
    assert!(!files_with(&place.data(), WORDS).is_empty(), "nothing to be erased: this tests nothing");

    let erased = talk.request(Method::DELETE, "").send().await.unwrap();
    assert_eq!(erased.status(), 200);
    let receipt: Value = erased.json().await.unwrap();
    assert_eq!((text(&receipt["conversation"]), text(&receipt["by"])), (talk.id(), "customer"));
    assert_eq!(text(&receipt["called_off"]), reference);
    assert!(receipt["removed"]["messages"].as_u64().unwrap() >= 3, "{receipt}");
    assert_eq!((&receipt["removed"]["tickets"], &receipt["removed"]["notes"]), (&json!(1), &json!(1)));
    assert_eq!(receipt["stays"], json!(["ledger", "audit", "handling", "desk_event"]));
    for (method, below) in
        [(Method::DELETE, ""), (Method::GET, ""), (Method::GET, "/export"), (Method::GET, "/transcript")]
    {
        problem(talk.request(method, below).send().await.unwrap(), 401, below).await;
    }
    gone_from(&place.data(), WORDS).await;
    let buried = std::fs::read_to_string(place.data().join("tombstones.jsonl")).unwrap();
    assert!(buried.contains(text(&receipt["id"])) && !buried.contains(talk.id()), "{buried}");
    assert!(!service.log().contains(WORDS));

    service.kill();
    assert_eq!(files_with(&place.data(), WORDS), Vec::<String>::new());
    let service = serve(&place);
    problem(talk.at(&service).request(Method::GET, "").send().await.unwrap(), 401, "after a restart").await;
    assert_eq!(other.at(&service).messages().await.len(), 2);
    assert_eq!(files_with(&place.data(), WORDS), Vec::<String>::new());
    let (status, _) = as_operator(&service, OPERATOR, Method::GET, &format!("/tickets/{reference}"), Value::Null).await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_right_after_the_erasure_leaves_nothing() {
    let place = need!(Place::new());
    let service = serve(&place);
    let (talk, _) = full(&service).await;
    assert_eq!(talk.request(Method::DELETE, "").send().await.unwrap().status(), 200);
    service.kill();
    // A backup brought back another conversation that had been erased: the start erases it again.
    let service = serve(&place);
    let (dying, _) = full(&service).await;
    service.kill();
    let tombstones = Tombstones::at(place.data().join("tombstones.jsonl"));
    let id = ConversationId(dying.id().parse().unwrap());
    tombstones.write(&Tombstone::of(RandomIds.fresh(), id, SystemClock.now())).await.unwrap();

    let service = serve(&place);
    problem(dying.at(&service).request(Method::GET, "").send().await.unwrap(), 401, "it was buried").await;
    problem(talk.at(&service).request(Method::GET, "").send().await.unwrap(), 401, "it was erased").await;
    gone_from(&place.data(), WORDS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_does_not_bring_back_who_was_erased() {
    let place = need!(Place::new());
    let service = serve(&place);
    let (talk, _) = full(&service).await;
    let stays = service.open("ja").await;
    stays.ask("送料はいくらですか").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let name = file.to_str().unwrap();
    let made = place.run(&["store", "backup", name, "--json"]).json();
    assert_eq!(made["conversations"], 2, "{made}");
    assert!(!files_with(folder.path(), WORDS).is_empty(), "the copy holds everything");
    let again = place.run(&["store", "backup", name]);
    assert_eq!(again.code(), Some(1));
    assert!(again.err().contains("backup.db"), "{again:?}");

    assert_eq!(talk.request(Method::DELETE, "").send().await.unwrap().status(), 200);
    let later = service.open("ja").await;
    gone_from(&place.data(), WORDS).await;
    let early = place.run(&["store", "restore", name]);
    assert_eq!(early.code(), Some(1));
    assert!(early.err().contains("in use by another madoguchi process"), "{early:?}");
    service.terminate();
    assert!(service.ended().await.success());

    let restored = place.run(&["store", "restore", name, "--json"]).json();
    assert_eq!((&restored["conversations"], &restored["erased_again"]), (&json!(1), &json!(1)), "{restored}");
    assert!(Path::new(text(&restored["aside"])).exists());
    assert_eq!(files_with(&place.data(), WORDS), Vec::<String>::new());
    let service = serve(&place);
    problem(talk.at(&service).request(Method::GET, "").send().await.unwrap(), 401, "erased").await;
    problem(later.at(&service).request(Method::GET, "").send().await.unwrap(), 401, "younger than the copy").await;
    let stays = stays.at(&service);
    assert_eq!(stays.messages().await.len(), 2);
    stays.ask("領収書はどこですか").await;
    assert_eq!(files_with(&place.data(), WORDS), Vec::<String>::new());
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let place = need!(Place::new());
    let before = std::fs::metadata(place.data().join("madoguchi.db")).unwrap().len();
    let text = place.file("text.db", "no database");
    for (file, word) in [(text.to_str().unwrap(), "text.db"), ("/nowhere/backup.db", "/nowhere/backup.db")] {
        let refused = place.run(&["store", "restore", file]);
        assert_eq!(refused.code(), Some(1), "{refused:?}");
        assert!(refused.err().contains(word), "{refused:?}");
    }
    assert_eq!(std::fs::metadata(place.data().join("madoguchi.db")).unwrap().len(), before);
    assert!(!place.data().join("madoguchi.db.restoring").exists());
    let server = place.with("STORE__URL_ENV", "PATH").run(&["store", "backup", "x.db"]);
    assert_eq!(server.code(), Some(1));
    assert!(server.err().contains("pg_dump") && server.err().contains("pg_restore"), "{server:?}");
}

#[test]
fn a_restore_waits_for_the_file_of_what_was_erased_and_not_for_a_broken_database() {
    let place = need!(Place::new());
    let (database, stones) = (place.data().join("madoguchi.db"), place.data().join("tombstones.jsonl"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let name = file.to_str().unwrap();
    place.run(&["store", "backup", name, "--json"]).json();
    let before = std::fs::read(&database).unwrap();
    // Where a folder lies, no line can be written.
    std::fs::create_dir(&stones).unwrap();
    let refused = place.run(&["store", "restore", name]);
    assert_eq!(refused.code(), Some(1), "{refused:?}");
    for word in ["nothing was restored", "tombstones.jsonl"] {
        assert!(refused.err().contains(word), "{refused:?}");
    }
    assert!(std::fs::read(&database).unwrap() == before, "the database is another");
    let names = std::fs::read_dir(place.data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.contains(".restoring") || name.contains(".before-")).collect();
    assert_eq!(left, Vec::<String>::new());

    std::fs::remove_dir(&stones).unwrap();
    std::fs::write(&database, "no database any more").unwrap();
    let restored = place.run(&["store", "restore", name]);
    assert_eq!(restored.code(), Some(0), "{restored:?}");
    assert!(restored.err().contains("could not be noted"), "{restored:?}");
    assert!(std::fs::read(&database).unwrap().starts_with(b"SQLite format 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_keeps_what_somebody_must_see() {
    let place = need!(Place::new());
    let service = serve(&place);
    let (talk, reference) = full(&service).await;
    let hold = format!("/conversations/{}/hold", talk.id());
    let why = || json!({ "reason": "裁判所の命令" });
    let (status, _) = as_operator(&service, OPERATOR, Method::POST, &hold, why()).await;
    assert_eq!(status, 403);
    let (status, _) = as_operator(&service, SUPERVISOR, Method::POST, &hold, json!({ "reason": " " })).await;
    assert_eq!(status, 422);
    let (status, set) = as_operator(&service, SUPERVISOR, Method::POST, &hold, why()).await;
    assert_eq!((status, text(&set["by"])), (StatusCode::CREATED, "operator:sato"));
    assert_eq!(as_operator(&service, SUPERVISOR, Method::POST, &hold, why()).await.0, 409);
    let nowhere = format!("/conversations/{}/hold", RandomIds.fresh());
    assert_eq!(as_operator(&service, SUPERVISOR, Method::POST, &nowhere, why()).await.0, 404);

    let refused = talk.request(Method::DELETE, "").send().await.unwrap();
    let said = problem(refused, 409, "held").await;
    assert!(said.to_string().contains("legal hold"), "{said:?}");
    assert!(!talk.messages().await.is_empty());
    assert!(!place.data().join("tombstones.jsonl").exists(), "nothing was buried");

    for path in [format!("/tickets/{reference}"), "/queue".to_owned(), "/promises".to_owned()] {
        assert_eq!(as_operator(&service, OPERATOR, Method::GET, &path, Value::Null).await.0, 200, "{path}");
    }
    let (status, lifted) = as_operator(&service, SUPERVISOR, Method::POST, &format!("{hold}/lift"), why()).await;
    assert_eq!((status, text(&lifted["lifted_by"])), (StatusCode::OK, "operator:sato"));
    assert_eq!(as_operator(&service, SUPERVISOR, Method::POST, &format!("{hold}/lift"), why()).await.0, 409);
    let (_, holds) = as_operator(&service, SUPERVISOR, Method::GET, &hold, Value::Null).await;
    assert_eq!(holds.as_array().unwrap().len(), 1);

    let about = format!("/audit?conversation={}", talk.id());
    assert_eq!(as_operator(&service, OPERATOR, Method::GET, &about, Value::Null).await.0, 403);
    let (_, audit) = as_operator(&service, SUPERVISOR, Method::GET, &about, Value::Null).await;
    let lines = audit["lines"].as_array().unwrap();
    let did = |who: &str, what: &str| lines.iter().any(|line| line["who"] == who && line["what"] == what);
    assert!(
        did("operator:sato", "hold") && did("operator:tanaka", "read_ticket") && did("operator:sato", "lift_hold"),
        "{audit}"
    );
    assert!(did("operator:tanaka", "list_cases") && did("operator:tanaka", "list_promises"), "{audit}");
    let (_, by) = as_operator(&service, SUPERVISOR, Method::GET, "/audit?operator=sato&limit=1", Value::Null).await;
    assert_eq!((by["lines"].as_array().unwrap().len(), text(&by["lines"][0]["what"])), (1, "hold"));
    let next = format!("/audit?operator=sato&after={}", by["next"]);
    let (_, rest) = as_operator(&service, SUPERVISOR, Method::GET, &next, Value::Null).await;
    assert_eq!(text(&rest["lines"][0]["what"]), "lift_hold");

    assert_eq!(talk.request(Method::DELETE, "").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_held_can_be_taken_along() {
    let place = need!(Place::new());
    let service = serve(&place);
    let (talk, reference) = full(&service).await;
    talk.message("<script>alert(1)</script>").send().await.unwrap();
    let due = SystemClock.now() + SignedDuration::from_hours(48);
    let asked = json!({ "to": { "seller": { "name": "青空書房" } }, "question": "発送しましたか", "due": due });
    let inquiries = format!("/tickets/{reference}/inquiries");
    assert_eq!(as_operator(&service, OPERATOR, Method::POST, &inquiries, asked).await.0, 201);
    let export = talk.request(Method::GET, "/export").send().await.unwrap();
    assert_eq!(export.headers()["cache-control"], "no-store");
    let export: Value = export.json().await.unwrap();
    assert_eq!(text(&export["format"]), "madoguchi-export/1");
    assert_eq!(text(&export["cases"][0]["ticket"]["reference"]), reference);
    assert_eq!((text(&export["cases"][0]["notes"][0]["text"]), text(&export["feedback"]["comment"])), (WORDS, WORDS));
    assert_eq!(text(&export["cases"][0]["inquiries"][0]["question"]), "発送しましたか");
    assert_eq!(export["messages"].as_array().unwrap().len(), talk.messages().await.len());
    assert!(!export["receipts"].as_array().unwrap().is_empty());
    assert_eq!(export["conversation"]["erased_on"], Value::Null, "a case is open");
    assert!(!export.to_string().contains(&talk.token));

    let transcript =
        async |query: &str| talk.request(Method::GET, &format!("/transcript{query}")).send().await.unwrap();
    let plain = transcript("").await;
    assert_eq!(plain.headers()["content-type"], "text/plain; charset=utf-8");
    let plain = plain.text().await.unwrap();
    assert!(plain.contains(WORDS) && plain.contains("/articles/ja-returns") && plain.contains("日本時間"), "{plain}");
    let page = transcript("?format=html").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    let page = page.text().await.unwrap();
    assert!(page.contains(WORDS) && !page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    let data: Value = transcript("?format=json").await.json().await.unwrap();
    assert_eq!(data["lines"].as_array().unwrap().len(), talk.messages().await.len());
    assert!(!text(&data["lines"][1]["sources"][0]["title"]).is_empty(), "{data}");
    problem(transcript("?format=pdf").await, 400, "pdf").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_goes_by_itself() {
    let place = need!(Place::new());
    let mut config = need!(config(&place));
    config.store.retention_by_policy.insert("human_request".to_owned(), 730);
    let start: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
    let clock = Moved::at(start);
    let days = |days: i64| clock.to(start + SignedDuration::from_hours(24 * days));
    let Inside { app, base } = Inside::open(config, clock.clone()).await;
    app.sync.run(SyncOptions::default(), &|_| {}).await.unwrap();
    let base = format!("{base}/v1/conversations");
    let open = async || {
        let opened = client().post(base.as_str()).json(&json!({ "locale": "ja" })).send().await.unwrap();
        let opened: Value = opened.json().await.unwrap();
        let id: uuid::Uuid = text(&opened["id"]).parse().unwrap();
        (ConversationId(id), text(&opened["token"]).to_owned())
    };
    let post = async |(id, token): &(ConversationId, String), below: &str, body: Value| {
        let request = client().post(format!("{base}/{id}/{below}")).bearer_auth(token).json(&body);
        assert!(request.send().await.unwrap().status().is_success(), "{below}");
    };
    let (idle, waits, settled) = (open().await, open().await, open().await);
    post(&idle, "messages", json!({ "text": "送料はいくらですか" })).await;
    post(&waits, "handoff", json!({})).await;
    post(&settled, "handoff", json!({})).await;
    post(&settled, "close", json!({})).await;
    let there = async |of: &(ConversationId, String)| app.store.conversation(of.0).await.unwrap().is_some();

    assert_eq!(app.privacy.erased_on(idle.0).await.unwrap(), Some(start + SignedDuration::from_hours(24 * 365)));
    assert_eq!(app.privacy.erased_on(waits.0).await.unwrap(), None);
    days(364);
    assert_eq!(app.privacy.sweep().await.unwrap(), 0);
    days(365);
    assert_eq!(app.privacy.sweep().await.unwrap(), 1);
    assert_eq!((there(&idle).await, there(&waits).await, there(&settled).await), (false, true, true));
    days(730);
    assert_eq!(app.privacy.sweep().await.unwrap(), 1);
    assert_eq!((there(&waits).await, there(&settled).await), (true, false));
    assert_eq!(app.privacy.sweep().await.unwrap(), 0);
    let buried = std::fs::read_to_string(place.data().join("tombstones.jsonl")).unwrap();
    assert_eq!(buried.lines().count(), 2, "{buried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_cannot_be_erased_again_keeps_nothing_else() {
    let place = need!(Place::new());
    let config = need!(config(&place));
    let start: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
    let clock = Moved::at(start);
    let Inside { app, base } = Inside::open(config, clock.clone()).await;
    let open = async || {
        let request = client().post(format!("{base}/v1/conversations")).json(&json!({ "locale": "ja" }));
        let opened: Value = request.send().await.unwrap().json().await.unwrap();
        ConversationId(text(&opened["id"]).parse().unwrap())
    };
    let over = open().await;
    clock.to(start + SignedDuration::from_hours(24 * 365));
    let (first, stuck, last) = (open().await, open().await, open().await);
    let tombstones = Tombstones::at(place.data().join("tombstones.jsonl"));
    for of in [first, stuck, last] {
        tombstones.write(&Tombstone::of(RandomIds.fresh(), of, clock.now())).await.unwrap();
    }
    // The database gives up when this one is to go.
    let file = place.data().join("madoguchi.db");
    let database = Database::connect(format!("sqlite:{}", file.display())).await.unwrap();
    for obstacle in [
        "CREATE TABLE obstacle (conversation_id varchar REFERENCES conversation (id))".to_owned(),
        format!("INSERT INTO obstacle VALUES ('{stuck}')"),
    ] {
        database.execute_unprepared(&obstacle).await.unwrap();
    }
    database.close().await.unwrap();

    let mut watched = Watched::default();
    assert!(app.privacy.look(&mut watched).await.is_err(), "somebody must learn of it");
    for (of, stays) in [(over, false), (first, false), (last, false), (stuck, true)] {
        assert_eq!(app.store.conversation(of).await.unwrap().is_some(), stays, "{of}");
    }
    // It is tried again in an hour, and not every few seconds.
    app.privacy.look(&mut watched).await.unwrap();
}
