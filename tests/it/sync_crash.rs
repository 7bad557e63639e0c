//! A sync that is killed leaves a whole generation serving, and the next sync repairs whatever was left undone. With the real
//! index and the real store; only the embedder is a stand-in.

mod desk;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use madoguchi::knowledge::{Progress, SyncOptions};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::held::{Held, tell};
use desk::{Desk, PASSAGES, write};

const CHILD: &str = "MADOGUCHI_TEST_SYNC_CRASH_DIR";
const KILLS: usize = 40;
const SEED: u64 = 20_261_130;
/// What the process tells, one after the other.
const STAGES: [&str; 7] = ["open", "reading", "embedding", "publishing", "building", "switched", "done"];

/// The process that is killed: one sync, telling how far it is. A number says how many vectors are kept by then.
#[tokio::test(flavor = "multi_thread")]
async fn crash_child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let desk = Desk::open(Path::new(&dir), tell).await;
    tell("open");
    let progress = |progress: Progress| match progress {
        Progress::Reading => tell("reading"),
        Progress::Embedding { done, .. } => tell(&format!("embedding {done}")),
        Progress::Publishing { passages } => tell(&format!("publishing {passages}")),
    };
    desk.run(&progress).await;
    // Waits here until it is killed, so that the parent need not tell an end from a kill.
    tell("done");
}

fn started(dir: &Path) -> Held {
    Held::start("sync_crash::crash_child", CHILD, dir)
}

/// Every line of a sync that nobody kills, and how long it took from there to the next.
fn rehearsed(dir: &Path) -> Vec<(String, Duration)> {
    let mut process = started(dir);
    let mut lines = Vec::new();
    let mut line = process.line();
    while line != "done" {
        let begun = Instant::now();
        process.go_on();
        let next = process.line();
        lines.push((line, begun.elapsed()));
        line = next;
    }
    lines.push((line, Duration::ZERO));
    process.kill();
    lines
}

/// When a sync is killed: while it waits at a line, or so long after it got leave to go on from there.
#[derive(Debug, Clone, Copy)]
struct Moment {
    line: usize,
    after: Option<Duration>,
}

/// The kills' moments. One is at each line, while the process waits there: so before and after everything that a sync does
/// for good there is a kill, on any machine. The others fall into the work between two lines, every other one of them into
/// the building of the generation. How far into it depends on what else the machine does, which may be very different from
/// the rehearsal: so the time is drawn by its order of magnitude, and no assertion needs one of these to fall anywhere.
fn moments(lines: &[(String, Duration)]) -> Vec<Moment> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let building = lines.iter().position(|(line, _)| line == "building").unwrap();
    let mut moments: Vec<Moment> = (0..lines.len()).map(|line| Moment { line, after: None }).collect();
    while moments.len() < KILLS {
        let line = if moments.len().is_multiple_of(2) { building } else { rng.random_range(0..lines.len() - 1) };
        let share = 2_f64.powf(rng.random_range(-5.0..1.0));
        moments.push(Moment { line, after: Some(lines[line].1.mul_f64(share)) });
    }
    moments
}

/// Kills a sync at this moment, and tells its last line.
fn killed(dir: &Path, moment: Moment) -> String {
    let mut process = started(dir);
    let mut last = process.line();
    for _ in 0..moment.line {
        process.go_on();
        last = process.line();
    }
    if let Some(after) = moment.after {
        let end = Instant::now() + after;
        while last != "done" {
            process.go_on();
            let Some(next) = process.line_before(end) else { break };
            last = next;
        }
    }
    process.kill().unwrap_or(last)
}

/// The stage that a line tells, and how many vectors are kept by then at least.
fn read(line: &str) -> (&str, usize) {
    match line.split_once(' ') {
        Some((stage, kept)) => (stage, kept.parse().unwrap()),
        None => (line, 0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_leaves_a_whole_generation_and_the_next_repairs() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 0);
    let desk = Desk::open(dir.path(), |_| {}).await;
    desk.run(&|_| {}).await;
    desk.close().await;
    let mut before = write(dir.path(), 1);
    let lines = rehearsed(dir.path());
    println!("without a kill: {lines:?}");

    let mut stages: BTreeMap<String, u32> = BTreeMap::new();
    let (mut old, mut new, mut resumed) = (0, 0, 0);
    for (kill, moment) in moments(&lines).into_iter().enumerate() {
        let after = write(dir.path(), kill + 2);
        let last = killed(dir.path(), moment);
        let (stage, kept) = read(&last);
        *stages.entry(stage.to_owned()).or_default() += 1;
        let waiting = moment.after.is_none();
        assert!(!waiting || last == lines[moment.line].0, "it went on to {last} without leave");

        let desk = Desk::open(dir.path(), |_| {}).await;
        let served = desk.served().await;
        let switched = served == after;
        match stage {
            "switched" | "done" => assert!(switched, "what was told as {stage} is not served"),
            // The one stage in which either may be.
            "building" if !waiting => assert!(switched || served == before, "after a kill while building: {served:?}"),
            _ => assert_eq!(served, before, "after a kill at {last}"),
        }
        new += usize::from(switched);
        old += usize::from(!switched);
        let report = desk.run(&|_| {}).await;
        assert_eq!(report.published.is_some(), !switched);
        assert!(report.embedded + kept <= PASSAGES, "{} embedded anew after {last}", report.embedded);
        resumed += usize::from(report.published.is_some() && report.embedded < PASSAGES);
        assert_eq!(desk.served().await, after);
        assert!(desk.sync.plan(SyncOptions::default()).await.unwrap().is_empty());
        desk.close().await;
        before = after;
    }
    println!("{KILLS} kills: {stages:?}; {old} left the old generation, {new} the new one; {resumed} resumed");
    assert!(old > 0 && new > 0, "the kills did not spread: {old} old, {new} new");
    assert!(resumed > 0, "no sync found vectors of the killed one");
    for stage in STAGES {
        assert!(stages.contains_key(stage), "no kill fell into {stage}: {stages:?}");
    }
}
