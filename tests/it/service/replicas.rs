//! Two processes on one Postgres are one service: what is said to one is heard at the other, each case and each timer is taken by one
//! of them, and when one dies the other finishes what it had begun.

use std::collections::BTreeSet;

use jiff::Timestamp;
use madoguchi::clock::{Clock as _, SystemClock};
use madoguchi::conversation::ConversationId;
use madoguchi::store::{LedgerKind, Store};
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult, Statement, Value as Column};
use serde_json::Value;

use super::desk::{Place, Service, until};
use super::inside::schema;
use super::operators::{OPERATORS, keys};
use super::talk::{Sent, Talk, text};
use super::written::Model;
use crate::processes::need;

/// What a replica brings along so that it need not embed everything anew.
const ARTICLES: [(&str, &str); 3] = [
    ("article_version", "article_id, version, article"),
    ("generation", "id, spec"),
    ("cached_vector", "key, numbers"),
];
/// Rows of one statement.
const ROWS: usize = 200;

/// A database of its own for a test, on the tests' server.
struct Server {
    url: String,
}

impl Server {
    /// With the articles' tables of a place that is synced.
    async fn with_articles_of(place: &Place) -> Result<Self, String> {
        let server = Self { url: schema().await? };
        server.store().await.close().await;
        let from = Database::connect(format!("sqlite:{}", place.data().join("madoguchi.db").display())).await.unwrap();
        let to = server.rows().await;
        for (table, columns) in ARTICLES {
            copy(&from, &to, table, columns).await;
        }
        Ok(server)
    }

    async fn store(&self) -> Store {
        Store::connect(&self.url).await.unwrap()
    }

    async fn rows(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.unwrap()
    }

    /// A replica: a process with a data folder of its own.
    fn serve(&self, place: &Place) -> Service {
        let mut command = place.command(&["serve", "--no-watch", "--listen", "127.0.0.1:0", "--config"]);
        command.arg(place.file("config.toml", &keys())).env("MADOGUCHI_STORE_URL", &self.url);
        Service::started(command)
    }
}

async fn copy(from: &DatabaseConnection, to: &DatabaseConnection, table: &str, columns: &str) {
    let select = Statement::from_string(DbBackend::Sqlite, format!("SELECT {columns} FROM {table}"));
    let width = columns.split(", ").count();
    for rows in from.query_all_raw(select).await.unwrap().chunks(ROWS) {
        let marks: Vec<String> = (0..rows.len())
            .map(|row| (1..=width).map(|column| format!("${}", row * width + column)).collect::<Vec<_>>().join(", "))
            .collect();
        let values = rows.iter().flat_map(|row| (0..width).map(|at| column(row, at)));
        let insert = format!("INSERT INTO {table} ({columns}) VALUES ({})", marks.join("), ("));
        to.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, insert, values)).await.unwrap();
    }
}

fn column(row: &QueryResult, at: usize) -> Column {
    match row.try_get_by_index::<String>(at) {
        Ok(text) => text.into(),
        Err(_) => row.try_get_by_index::<Vec<u8>>(at).unwrap().into(),
    }
}

/// Events of a conversation as they stand.
async fn events(talk: &Talk) -> Vec<Sent> {
    let last = usize::try_from(talk.read().await["last_event_id"].as_u64().unwrap()).unwrap();
    talk.listen(None).await.some(last).await
}

fn count(events: &[Sent], name: &str) -> usize {
    events.iter().filter(|event| event.name == name).count()
}

async fn hands_over(talk: &Talk) -> Value {
    talk.request(Method::POST, "/handoff").send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

fn conversation(talk: &Talk) -> ConversationId {
    ConversationId(talk.id().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_are_one_service() {
    let places = [need!(Place::new()), need!(Place::new())];
    let server = need!(Server::with_articles_of(&places[0]).await);
    let [one, other] = [server.serve(&places[0]), server.serve(&places[1])];

    // Said here, heard there, while it comes.
    let here = one.open("ja").await;
    let there = here.at(&other);
    let mut heard = there.listen(None).await;
    let reply = here.ask("送料はいくらですか").await;
    let mut passed = Vec::new();
    while passed.last().is_none_or(|event: &Sent| event.name != "message") {
        passed.push(heard.next().await.unwrap());
    }
    assert_eq!(passed.last().unwrap().data["id"], reply["id"]);
    assert_eq!(events(&here).await, passed, "the same events, whichever replica is asked");

    // Two operators who ask at once, each at a replica, get different cases.
    const CASES: usize = 12;
    let mut talks = Vec::new();
    for at in 0..CASES {
        let talk = if at % 2 == 0 { one.open("ja").await } else { other.open("ja").await };
        hands_over(&talk).await;
        talks.push(talk);
    }
    let takes = (0..CASES).map(|at| {
        let (replica, key) = if at % 2 == 0 { (&one, OPERATORS[0].1) } else { (&other, OPERATORS[1].1) };
        replica.post("/v1/operator/queue/next").bearer_auth(key).send()
    });
    let mut taken = BTreeSet::new();
    for answer in futures::future::join_all(takes).await {
        let next: Value = answer.unwrap().error_for_status().unwrap().json().await.unwrap();
        assert!(taken.insert(text(&next["case"]["id"]).to_owned()), "taken twice: {next}");
    }
    assert_eq!(taken.len(), CASES);

    // Every promise has passed: each is told as broken once, by whichever replica sees it.
    let store = server.store().await;
    let passed = SystemClock.now().as_millisecond() - 60_000;
    let pass = format!("UPDATE promise SET promised_by = {passed}, next_due = {passed}");
    server.rows().await.execute_unprepared(&pass).await.unwrap();
    for talk in &talks {
        let ticket = store.tickets_of(conversation(talk)).await.unwrap().pop().unwrap();
        let broken = async || {
            let ledger = store.ledger(ticket.id).await.unwrap();
            let broken = ledger.iter().filter(|entry| entry.kind == LedgerKind::Breached).count();
            (broken > 0).then_some(broken)
        };
        assert_eq!(until("a broken promise", broken).await, 1);
    }
    for talk in &talks {
        // The acknowledgement, and that it was not kept.
        let messages = talk.at(&other).messages().await;
        assert_eq!(messages.iter().filter(|message| message["role"] == "notice").count(), 2, "{messages:#?}");
        let ticket = store.tickets_of(conversation(talk)).await.unwrap().pop().unwrap();
        let ledger = store.ledger(ticket.id).await.unwrap();
        assert_eq!(ledger.iter().filter(|entry| entry.kind == LedgerKind::Breached).count(), 1, "{ledger:?}");
        assert!(
            store.promise(ticket.id).await.unwrap().unwrap().promised_by > Timestamp::from_millisecond(passed).unwrap()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_replica_was_answering_another_answers_once() {
    const AT_ONCE: usize = 10;
    let places = [need!(Place::new()), need!(Place::new())];
    let server = need!(Server::with_articles_of(&places[0]).await);
    let [dying, other] = [server.serve(&places[0]), server.serve(&places[1])];
    let mut talks = Vec::new();
    for _ in 0..AT_ONCE {
        talks.push(dying.open("ja").await);
    }
    // Long, so that embedding them takes longer than killing.
    let long = "本はいつまで返品できますか。".repeat(40);
    let long = long.as_str();
    // Each its own: what was embedded before is not embedded again.
    let acknowledged = talks.iter().enumerate().map(|(number, talk)| async move {
        let mut response =
            talk.message(&format!("{number}番：{long}")).header("accept", "text/event-stream").send().await.unwrap();
        let first = response.chunk().await.unwrap().unwrap();
        assert!(first.starts_with(b"id: 1\nevent: status"), "{first:?}");
    });
    futures::future::join_all(acknowledged).await;
    dying.kill();

    let check = async |service: &Service| {
        for talk in &talks {
            let talk = talk.at(service);
            let replied = async || Some(talk.messages().await).filter(|messages| messages.len() > 1);
            let messages = until("a reply", replied).await;
            let of: Vec<&str> = messages.iter().map(|message| text(&message["role"])).collect();
            assert_eq!(of, ["customer", "assistant"], "{messages:#?}");
            assert_eq!(messages[1]["in_reply_to"], messages[0]["id"]);
            let events = events(&talk).await;
            assert_eq!((count(&events, "message"), count(&events, "error")), (1, 0), "{events:#?}");
        }
    };
    check(&other).await;
    // What is written is read a moment later.
    until("the log tells of it", async || other.log().contains("resumed=").then_some(())).await;
    let log = other.log();
    let resumed =
        log.lines().filter_map(|line| line.split_once("resumed=")?.1.split(' ').next()?.parse::<usize>().ok());
    let resumed: usize = resumed.sum();
    println!("{resumed} of {AT_ONCE} messages were taken up by the other replica");
    assert!(resumed > 0, "every message was answered before the kill: this has tested nothing");
    // The one that was killed comes back, and finds nothing to do.
    let back = server.serve(&places[0]);
    check(&back).await;
    assert!(!back.log().contains("resumed="), "{}", back.log());
    back.open("ja").await.ask("送料はいくらですか").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_asked_once_whichever_replica_finishes() {
    const FIRST: &str = "返送料の480円はお客様のご負担です。";
    let model = Model::start().await;
    let places = [model.place(need!(Place::new())), model.place(need!(Place::new()))];
    let server = need!(Server::with_articles_of(&places[0]).await);
    let [dying, other] = [server.serve(&places[0]), server.serve(&places[1])];
    let talk = dying.open("ja").await;
    let mut stream = talk.stream("本を返品したら送料は誰が払いますか").await;
    // With the next one's beginning: until then a number of its source could still follow.
    model.say(&format!("{FIRST}落丁や"));
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Sent| event.name != "citation") {
        told.push(stream.next().await.unwrap());
    }
    dying.kill();

    let talk = talk.at(&other);
    let replied = async || Some(talk.messages().await).filter(|messages| messages.len() > 1);
    let messages = until("a reply", replied).await;
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(text(&messages[1]["text"]).contains(FIRST), "what was told stands: {messages:#?}");
    let all = events(&talk).await;
    assert_eq!(all[..told.len()], told, "and is not told again");
    assert_eq!((count(&all, "message"), count(&all, "error")), (1, 0), "{all:#?}");
    assert_eq!(model.calls(), 1);
}
