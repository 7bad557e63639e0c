//! A busy hour, over which the service dies again and again. Customers come, ask and are handed to people; people answer; a system of
//! somebody else's is told of it all; and at some moment that nobody chose the process is killed and started anew. Afterwards the books
//! are compared: what was acknowledged is there, once; what had to be told was told; and no promise passed in silence.
//!
//! `MADOGUCHI_TEST_KILLS=200` for the figures; without it there are few kills, because each costs a start.

mod books;
mod hook;
mod line;
mod people;

use std::time::{Duration, Instant};

use madoguchi::clock::{Clock as _, SystemClock};
use madoguchi::handoff::TicketId;
use madoguchi::store::Store;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::desk::{Place, Service, until};
use super::operators::{OPERATORS, keys};
use crate::processes::need;
use books::{Books, Figures};
use hook::Hook;
use line::{Asks, Line};
use people::{Operator, visit};

/// Kills without anybody saying otherwise.
const FEW: usize = 6;
/// Customers who are there at once.
const AT_ONCE: usize = 4;
const SEED: u64 = 20_260_504;
/// The returns desk promises an answer within two minutes, at any time of the day, so that promises come to their end within the hour.
const DESKS: &str = r#"
[desk.returns]
time_zone = "Asia/Tokyo"
[desk.returns.hours]
mon = ["00:00-24:00"]
tue = ["00:00-24:00"]
wed = ["00:00-24:00"]
thu = ["00:00-24:00"]
fri = ["00:00-24:00"]
sat = ["00:00-24:00"]
sun = ["00:00-24:00"]
[desk.returns.promise]
minutes = { 1 = 2 }
at_risk_share = 0.6
tell_before_minutes = 1
"#;
const SECRET: &str = "whsec_YSBzZWNyZXQgZm9yIG9uZSBidXN5IGhvdXIgb25seS4=";

/// The shop whose service dies.
struct Shop {
    place: Place,
    config: String,
    hook: Hook,
    books: Books,
    rng: ChaCha8Rng,
}

impl Shop {
    async fn open(place: Place) -> Self {
        place.write("desks.toml", DESKS);
        let (hook, address) = Hook::open().await;
        let notify = "[notify]\nattempts = 1000\nbackoff_seconds = 1\nlongest_backoff_seconds = 2\n";
        let webhook = format!(
            "[[notify.webhooks]]\nname = \"sheet\"\nurl = \"{address}\"\nsecret_env = \"BUSY_HOUR_SECRET\"\nallow_private = true\n"
        );
        let config = format!("{notify}{webhook}{}", keys());
        Self { place, config, hook, books: Books::default(), rng: ChaCha8Rng::seed_from_u64(SEED) }
    }

    fn serve(&self) -> Service {
        let config = self.place.file("config.toml", &self.config);
        let mut command = self.place.command(&["serve", "--no-watch", "--listen", "127.0.0.1:0", "--config"]);
        command.arg(config).env("BUSY_HOUR_SECRET", SECRET);
        tokio::task::block_in_place(|| Service::started(command))
    }

    /// A generator for somebody, from the one seed.
    fn luck(&mut self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.rng.random())
    }

    /// One of the promises passes while the service is down, as if that had been for hours.
    async fn passes_meanwhile(&mut self) {
        let file = self.place.data().join("madoguchi.db");
        let rows = Database::connect(format!("sqlite:{}", file.display())).await.unwrap();
        let running =
            "SELECT ticket_id FROM promise WHERE state = 'running' AND next_due IS NOT NULL ORDER BY ticket_id";
        let running = rows.query_all_raw(Statement::from_string(DbBackend::Sqlite, running)).await.unwrap();
        if !running.is_empty() {
            let ticket: String = running[self.rng.random_range(0..running.len())].try_get_by_index(0).unwrap();
            let passed = SystemClock.now().as_millisecond() - 1_000;
            let pass =
                format!("UPDATE promise SET promised_by = {passed}, next_due = {passed} WHERE ticket_id = '{ticket}'");
            rows.execute_unprepared(&pass).await.unwrap();
            self.books.passed(TicketId(ticket.parse().unwrap()));
        }
        rows.close().await.unwrap();
    }
}

/// Customers come, a few at a time, until the doors close; then those who are there go.
async fn open_doors(line: Line, books: Books, mut luck: ChaCha8Rng, open: watch::Receiver<bool>) {
    let mut inside = JoinSet::new();
    for number in 0.. {
        while inside.len() >= AT_ONCE {
            inside.join_next().await.unwrap().unwrap();
        }
        if !*open.borrow() {
            break;
        }
        let luck = ChaCha8Rng::seed_from_u64(luck.random());
        inside.spawn(visit(line.clone(), books.clone(), luck, number));
    }
    while let Some(gone) = inside.join_next().await {
        gone.unwrap();
    }
}

/// An operator works while customers come, and then until nothing is left.
async fn shift(mut operator: Operator, open: watch::Receiver<bool>) {
    loop {
        let busy = operator.works().await;
        if !busy && !*open.borrow() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_in_a_busy_hour_with_kills() {
    let kills = std::env::var("MADOGUCHI_TEST_KILLS").ok().map_or(FEW, |kills| kills.parse().unwrap());
    let mut shop = Shop::open(need!(Place::new())).await;
    let began = Instant::now();
    let mut service = shop.serve();
    let line = Line::to(&service.address);
    let (doors, staffed) = (watch::Sender::new(true), watch::Sender::new(true));
    let customers = tokio::spawn(open_doors(line.clone(), shop.books.clone(), shop.luck(), doors.subscribe()));
    let mut operators = JoinSet::new();
    for (name, key) in OPERATORS {
        let (line, books, rng) = (line.clone(), shop.books.clone(), shop.luck());
        let operator = Operator { line, books, rng, name, key, overworked: kills > FEW };
        operators.spawn(shift(operator, staffed.subscribe()));
    }
    let mut resumed = 0;
    for _ in 0..kills {
        // A while that nobody chose: so many requests, and then in the midst of one.
        line.after(shop.rng.random_range(5..40)).await;
        tokio::time::sleep(Duration::from_millis(shop.rng.random_range(0..150))).await;
        service.kill();
        shop.passes_meanwhile().await;
        service = shop.serve();
        line.moved(&service.address);
        let log = service.log();
        let taken_up = |line: &str| line.split_once("resumed=")?.1.split(' ').next()?.parse::<usize>().ok();
        resumed += log.lines().filter_map(taken_up).sum::<usize>();
    }
    doors.send_replace(false);
    customers.await.unwrap();
    staffed.send_replace(false);
    while let Some(gone) = operators.join_next().await {
        gone.unwrap();
    }
    // What is still on its way is delivered; what was refused is tried again.
    until("an empty outbox", async || {
        let pending = Asks::get("/v1/operator/outbox?state=pending".to_owned(), OPERATORS[0].1);
        let (status, page) = line.ask(&pending).await;
        assert_eq!(status, 200, "{page}");
        page["notices"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
    service.terminate();
    assert!(service.ended().await.success());

    let store = Store::open(&shop.place.data().join("madoguchi.db")).await.unwrap();
    let figures = shop.books.check(&store, &shop.hook.taken()).await;
    tell(kills, resumed, began.elapsed(), &figures);
    assert!(figures.handed >= kills / 2 && figures.answered > 0, "hardly anything happened: this has tested nothing");
}

fn tell(kills: usize, resumed: usize, took: Duration, it: &Figures) {
    println!("{kills} kills in {:.0} s, seed {SEED}:", took.as_secs_f64());
    println!(
        "  {} conversations, {} messages, all there once ({} were never acknowledged); {resumed} were taken up after a kill",
        it.conversations, it.messages, it.unacknowledged
    );
    println!(
        "  {} hand-offs and {} answers acknowledged, all there once, in {} tickets",
        it.handed, it.answered, it.tickets
    );
    println!("  {} notices, each delivered at least once; {} more came again", it.notices, it.twice);
    let per_ticket = it.renegotiated as f64 / it.tickets.max(1) as f64;
    println!(
        "  promises: none passed in silence; kept at the time first given {:.1} %, broken {}, warned {}, renegotiated {} ({per_ticket:.3} a ticket)",
        100.0 * it.kept_rate,
        it.breached,
        it.warned,
        it.renegotiated
    );
    println!(
        "  median promised time {:.0} min; a broken promise was told at most {:.1} s after its time",
        it.median_promised.as_secs_f64() / 60.0,
        it.latest.as_secs_f64()
    );
}
