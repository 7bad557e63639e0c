//! How many messages and cases a database keeps up with, each on the disk before it counts, and where the time goes. Prints Markdown
//! tables.
//!
//! `.ci/with-postgres cargo bench --profile dev --bench desk` (without a server in MADOGUCHI_TEST_POSTGRES_URL: SQLite alone)
//!
//! A message is kept and answered: two transactions. A case is a whole life: a conversation is opened, its message is handed over with a
//! promise and a notice, an operator takes it, answers and settles it: six. No model and no search is in it, and no HTTP.

#![allow(missing_docs, unreachable_pub, reason = "a bench is no library")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use madoguchi::answer::{Receipt, Reply};
use madoguchi::clock::{Clock as _, Ids as _, RandomIds, SystemClock};
use madoguchi::conversation::{Conversation, ConversationId, EventBody, Message, MessageId, Role, Stage, Token};
use madoguchi::guard::HandoffReason;
use madoguchi::handoff::{OperatorName, Owner, Reference, Ticket, TicketId};
use madoguchi::language::Lang;
use madoguchi::passages::Audience;
use madoguchi::store::{Act, Attempt, Incoming, NewNotice, NewTicket, Settles, Store, Target, Telling};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use serde_json::json;
use tokio::task::JoinSet;

const CUSTOMERS: [usize; 3] = [1, 4, 16];
/// How long each figure is measured.
const LASTS: Duration = Duration::from_secs(4);
/// Messages of a conversation.
const MESSAGES: usize = 20;
const ASKED: &str = "先週注文した本がまだ届きません。いつごろ届くか教えていただけますか。";
const ANSWERED: &str = "お届けまでの日数は地域により異なります。関東・東海へは1〜2日、北海道・九州へは2〜4日、沖縄・離島へは5〜8日でお届けします。";

#[tokio::main]
async fn main() -> Result<()> {
    // In the target folder: the temporary one may be in memory, where nothing need be synced.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = folder.path().join("madoguchi.db");
    println!("# The store under load\n");
    println!("Each figure over {} s; every commit is synced.\n", LASTS.as_secs());
    let store = Store::open(&file).await?;
    whole("SQLite", store, sqlite(&file).await?).await?;
    let Some(url) = std::env::var("MADOGUCHI_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty()) else {
        println!(
            "SKIPPED: Postgres (MADOGUCHI_TEST_POSTGRES_URL is not set; `.ci/with-postgres` starts a server and sets it)"
        );
        return Ok(());
    };
    let schema = format!("bench_{}", RandomIds.fresh().simple());
    let server = Database::connect(&url).await?;
    server.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await?;
    let mark = if url.contains('?') { '&' } else { '?' };
    let own = format!("{url}{mark}options[search_path]={schema}");
    let mut options = ConnectOptions::new(&own);
    options.max_connections(16).sqlx_logging(false);
    whole("Postgres", Store::connect(&own).await?, Database::connect(options).await?).await?;
    server.execute_unprepared(&format!("DROP SCHEMA {schema} CASCADE")).await?;
    Ok(())
}

/// Connections as the store has them, for what is measured beside it.
async fn sqlite(file: &Path) -> Result<DatabaseConnection> {
    let file = file.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(4).sqlx_logging(false).map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .filename(&file)
            .in_memory(false)
            .shared_cache(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
    });
    Ok(Database::connect(options).await?)
}

/// Everything about one database.
async fn whole(name: &str, store: Store, rows: DatabaseConnection) -> Result<()> {
    let bench = Arc::new(Bench { store });
    println!("## {name}\n");
    println!("| customers at once | messages/s | p50 | p99 | cases/s | p50 | p99 |");
    println!("|---|---|---|---|---|---|---|");
    let mut alone = Vec::new();
    for customers in CUSTOMERS {
        let messages = sustained(&bench, Load::Messages, customers).await?;
        let cases = sustained(&bench, Load::Cases, customers).await?;
        println!("| {customers} | {} | {} |", messages.columns(), cases.columns());
        if customers == 1 {
            alone = vec![messages, cases];
        }
    }
    println!("\nWhere the time of one customer goes, by transaction:\n");
    println!("| transaction | p50 | p99 |\n|---|---|---|");
    for (of, figures) in ["message", "case"].into_iter().zip(&alone) {
        for (step, times) in &figures.steps {
            println!("| {of}: {step} | {} | {} |", ms(at(times, 50)), ms(at(times, 99)));
        }
    }
    println!("\nAnd within a transaction, measured with one of a single row beside the store's:\n");
    println!(
        "| at once | begin p50 / p99 | one insert p50 / p99 | commit, with the sync p50 / p99 |\n|---|---|---|---|"
    );
    rows.execute_unprepared("CREATE TABLE bench_probe (id TEXT PRIMARY KEY, body TEXT)").await?;
    let mut commit = Duration::ZERO;
    for customers in CUSTOMERS {
        let phases = phases(&rows, customers).await?;
        let columns = phases.each_ref().map(|times| format!("{} / {}", ms(at(times, 50)), ms(at(times, 99))));
        println!("| {customers} | {} |", columns.join(" | "));
        if customers == 1 {
            commit = at(&phases[2], 50);
        }
    }
    for (of, commits, figures) in [("message", 2, alone.first()), ("case", 6, alone.get(1))] {
        let Some(figures) = figures else { continue };
        let all = at(&figures.all, 50);
        let share = 100.0 * commit.as_secs_f64() * f64::from(commits) / all.as_secs_f64();
        println!("\nOf the {} of a {of}, its {commits} commits are about {share:.0} %; the rest is queries.", ms(all));
    }
    println!();
    Ok(())
}

#[derive(Clone, Copy)]
enum Load {
    Messages,
    Cases,
}

/// What one piece of work took, step by step.
type Steps = Vec<(&'static str, Duration)>;

/// What was sustained. Times are sorted.
struct Sustained {
    per_second: f64,
    all: Vec<Duration>,
    steps: Vec<(&'static str, Vec<Duration>)>,
}

impl Sustained {
    fn columns(&self) -> String {
        format!("{:.0} | {} | {}", self.per_second, ms(at(&self.all, 50)), ms(at(&self.all, 99)))
    }
}

async fn sustained(bench: &Arc<Bench>, load: Load, customers: usize) -> Result<Sustained> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..customers {
        let bench = Arc::clone(bench);
        tasks.spawn(async move {
            let mut took: Vec<Steps> = Vec::new();
            let mut conversation = bench.opens().await?;
            while begun.elapsed() < LASTS {
                if took.len() % MESSAGES == MESSAGES - 1 {
                    conversation = bench.opens().await?;
                }
                took.push(match load {
                    Load::Messages => bench.message(conversation).await?,
                    Load::Cases => bench.case().await?,
                });
            }
            anyhow::Ok(took)
        });
    }
    let mut took: Vec<Steps> = Vec::new();
    while let Some(task) = tasks.join_next().await {
        took.extend(task??);
    }
    let per_second = took.len() as f64 / begun.elapsed().as_secs_f64();
    let mut all: Vec<Duration> = took.iter().map(|steps| steps.iter().map(|(_, took)| *took).sum()).collect();
    all.sort_unstable();
    let names: Vec<&'static str> = took.first().context("nothing was done")?.iter().map(|(name, _)| *name).collect();
    let step = |name: &'static str| {
        let of = took.iter().flatten().filter(|(step, _)| *step == name);
        let mut times: Vec<Duration> = of.map(|(_, took)| *took).collect();
        times.sort_unstable();
        (name, times)
    };
    Ok(Sustained { per_second, all, steps: names.into_iter().map(step).collect() })
}

/// Begin, insert, commit: the times of each, sorted.
async fn phases(rows: &DatabaseConnection, customers: usize) -> Result<[Vec<Duration>; 3]> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..customers {
        let rows = rows.clone();
        tasks.spawn(async move {
            let mut took = [Vec::new(), Vec::new(), Vec::new()];
            while begun.elapsed() < LASTS / 2 {
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                let before = Instant::now();
                let transaction = rows.begin_with_options(options).await?;
                let began = Instant::now();
                let insert =
                    format!("INSERT INTO bench_probe VALUES ('{}', '{}')", RandomIds.fresh(), ANSWERED.repeat(3));
                transaction.execute_unprepared(&insert).await?;
                let inserted = Instant::now();
                transaction.commit().await?;
                for (times, time) in took.iter_mut().zip([began - before, inserted - began, inserted.elapsed()]) {
                    times.push(time);
                }
            }
            anyhow::Ok(took)
        });
    }
    let mut phases = [Vec::new(), Vec::new(), Vec::new()];
    while let Some(task) = tasks.join_next().await {
        for (all, times) in phases.iter_mut().zip(task??) {
            all.extend(times);
        }
    }
    phases.iter_mut().for_each(|times| times.sort_unstable());
    Ok(phases)
}

fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or_default()
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Customers and operators, as counter and desk drive the store.
struct Bench {
    store: Store,
}

impl Bench {
    async fn opens(&self) -> Result<ConversationId> {
        let opened = Conversation {
            id: ConversationId(RandomIds.fresh()),
            locale: Some(Lang::JA),
            audiences: vec![Audience::customer()],
            created_at: SystemClock.now(),
            owner: Owner::Assistant,
            fresh_after: 0,
            subject: None,
        };
        self.store.open_conversation(&opened, &Token::fresh(&RandomIds).hash()).await?;
        Ok(opened.id)
    }

    async fn says(&self, conversation: ConversationId) -> Result<MessageId> {
        let id = MessageId(RandomIds.fresh());
        let incoming = Incoming {
            id,
            text: ASKED.to_owned(),
            lang: Lang::JA,
            at: SystemClock.now(),
            idempotency: Some((id.to_string(), "digest".to_owned())),
            notices: Vec::new(),
        };
        self.store.receive(conversation, &incoming).await?;
        Ok(id)
    }

    async fn ends(&self, conversation: ConversationId, to: MessageId, handoff: Option<&NewTicket>) -> Result<()> {
        let reply: Reply = serde_json::from_value(json!({
            "kind": "answer", "answer": ANSWERED, "language": "ja", "source_language": null, "citations": [], "abstained": false,
            "degraded": false, "handoff": null, "suggestions": [], "confidence": 0.9, "generation": null,
            "timings": serde_json::to_value(madoguchi::answer::Timings::default())?,
        }))?;
        let reply = Message { in_reply_to: Some(to), reply: Some(reply), ..message(Role::Assistant, None, ANSWERED) };
        let events = [
            EventBody::Status { stage: Stage::Answering, message_id: to },
            EventBody::Delta { text: ANSWERED.to_owned() },
            EventBody::Message(Box::new(reply.clone())),
        ];
        let attempt = Attempt::first(conversation, to);
        self.store.finish(&attempt, Some((&reply, &Receipt::default())), &events, handoff).await?;
        Ok(())
    }

    async fn message(&self, conversation: ConversationId) -> Result<Steps> {
        let mut steps = Vec::new();
        let said = timed(&mut steps, "kept", self.says(conversation)).await?;
        timed(&mut steps, "answered", self.ends(conversation, said, None)).await?;
        Ok(steps)
    }

    async fn case(&self) -> Result<Steps> {
        let mut steps = Vec::new();
        let conversation = timed(&mut steps, "conversation opened", self.opens()).await?;
        let said = timed(&mut steps, "kept", self.says(conversation)).await?;
        let new = ticket(conversation)?;
        timed(&mut steps, "handed over", self.ends(conversation, said, Some(&new))).await?;
        let by = OperatorName("tanaka".to_owned());
        let act = || Act { ticket: new.ticket.id, by: &by, at: SystemClock.now(), seen: None };
        let settles = Settles { hour_of_week: 33 };
        timed(&mut steps, "taken", async { Ok(self.store.claim(&act()).await?) }).await?;
        let answer = message(Role::Operator, Some("tanaka".to_owned()), ANSWERED);
        let says = async { Ok(self.store.operator_says(&act(), &answer, Some(settles), vec![notice()]).await?) };
        timed(&mut steps, "answered", says).await?;
        timed(&mut steps, "settled", async { Ok(self.store.resolve(&act(), settles, Telling::default()).await?) })
            .await?;
        Ok(steps)
    }
}

async fn timed<T>(steps: &mut Steps, name: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let begun = Instant::now();
    let done = work.await?;
    steps.push((name, begun.elapsed()));
    Ok(done)
}

fn message(role: Role, author: Option<String>, text: &str) -> Message {
    Message {
        id: MessageId(RandomIds.fresh()),
        role,
        author,
        text: text.to_owned(),
        html: None,
        lang: Lang::JA,
        created_at: SystemClock.now(),
        in_reply_to: None,
        reply: None,
    }
}

fn ticket(conversation: ConversationId) -> Result<NewTicket> {
    let (id, at) = (TicketId(RandomIds.fresh()), SystemClock.now());
    let case = json!({
        "reason": serde_json::to_value(HandoffReason::Withheld)?, "desk": "returns", "priority": 3, "language": "ja",
        "message": ASKED, "before": [],
    });
    // As rows of an earlier version are read: what came to a ticket later has its default.
    let ticket: Ticket = serde_json::from_value(json!({
        "id": id, "reference": Reference::of(id.0), "conversation": conversation, "desk": "returns", "priority": 3, "level": 0,
        "state": "waiting", "operator": null, "case": case, "opened_at": at, "claimed_at": null, "closed_at": null,
        "snoozed_until": null, "version": 1,
    }))?;
    let promised_by = later(at, 60);
    let words = format!("受付番号 {}。10時までに担当者からご返事します。", ticket.reference);
    Ok(NewTicket { ticket, promised_by, next_due: later(at, 45), words, outbox: vec![notice()] })
}

fn notice() -> NewNotice {
    NewNotice {
        id: RandomIds.fresh(),
        target: Target::Webhook("bench".to_owned()),
        kind: "ticket_opened".to_owned(),
        payload: json!({ "desk": "returns", "details": { "message": ASKED } }),
        at: SystemClock.now(),
        held: false,
        tells: None,
    }
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(at)
}
