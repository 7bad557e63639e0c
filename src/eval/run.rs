//! Runs cases side by side, keeps what is done, and takes up an interrupted run where it stopped.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use futures::{FutureExt as _, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::report::Crash;

/// How a run is done.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Cases worked on at once.
    pub jobs: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Only the first so many cases.
    pub limit: Option<usize>,
    /// Where interrupted runs are kept; `None` keeps nothing.
    pub journals: Option<PathBuf>,
    /// Do not take up an interrupted run.
    pub fresh: bool,
    /// Names the program: what another build left unfinished is not taken up.
    pub program: String,
}

/// Told how far a run is: done and total.
pub type RunProgress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

/// What is done of a run, on disk: a line a case, so that a killed run loses at most those under way.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

#[derive(Serialize, Deserialize)]
struct Line<T> {
    id: String,
    done: T,
}

impl Journal {
    /// Opens the journal of the run that `key` names: everything its results depend on.
    fn open<T: DeserializeOwned>(dir: &Path, key: &str, fresh: bool) -> std::io::Result<(Self, HashMap<String, T>)> {
        fs::create_dir_all(dir)?;
        let digest: String = blake3::hash(key.as_bytes()).to_hex().chars().take(24).collect();
        let path = dir.join(format!("{digest}.jsonl"));
        let mut done = HashMap::new();
        if fresh {
            let _ = fs::remove_file(&path);
        } else if let Ok(file) = File::open(&path) {
            // A line that was cut when the run was killed is no JSON, and its case is run again.
            let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
            let parsed = lines.filter_map(|line| serde_json::from_slice::<Line<T>>(&line).ok());
            done = parsed.map(|line| (line.id, line.done)).collect();
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        // After a cut line a new one must not be glued to it.
        writeln!(file)?;
        Ok((Self { path, file: Mutex::new(file) }, done))
    }

    fn note<T: Serialize>(&self, id: &str, done: &T) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(&Line { id: id.to_owned(), done })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line)?;
        Ok(())
    }

    /// The run is whole: the next one of the same key begins anew, and does not repeat old results.
    fn finish(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What became of a run: what each case gave, in the dataset's order, and those that crashed.
#[derive(Debug)]
pub struct Ran<T> {
    /// Case number and result.
    pub done: Vec<(usize, T)>,
    /// In the dataset's order.
    pub crashed: Vec<Crash>,
    /// How many were taken from an interrupted run.
    pub resumed: usize,
}

/// Runs `work` on every case. A case that fails or panics is counted and does not stop the others.
///
/// # Errors
/// When the journal cannot be written.
pub async fn run_cases<C, T, E, F>(
    key: &str,
    cases: &[C],
    id: impl Fn(&C) -> &str,
    options: &RunOptions,
    progress: RunProgress<'_>,
    work: impl Fn(usize) -> F,
) -> anyhow::Result<Ran<T>>
where
    T: Serialize + DeserializeOwned,
    E: Display,
    F: Future<Output = Result<T, E>>,
{
    let (journal, mut known) = match &options.journals {
        Some(dir) => {
            let (journal, known) = Journal::open(dir, key, options.fresh)
                .map_err(|error| anyhow::anyhow!("{}: {error}", dir.display()))?;
            (Some(journal), known)
        }
        None => (None, HashMap::new()),
    };
    let total = options.limit.map_or(cases.len(), |limit| limit.min(cases.len()));
    let mut done: Vec<(usize, T)> = Vec::with_capacity(total);
    for (at, case) in cases.iter().enumerate().take(total) {
        done.extend(known.remove(id(case)).map(|result| (at, result)));
    }
    let resumed = done.len();
    let have: std::collections::HashSet<usize> = done.iter().map(|(at, _)| *at).collect();
    let left: Vec<usize> = (0..total).filter(|at| !have.contains(at)).collect();
    progress(resumed, total);
    let run = |at: usize| {
        let working = AssertUnwindSafe(work(at)).catch_unwind();
        async move { (at, working.await) }
    };
    let mut running = futures::stream::iter(left).map(run).buffer_unordered(options.jobs.max(1));
    let mut crashed: Vec<(usize, Crash)> = Vec::new();
    while let Some((at, result)) = running.next().await {
        let name = cases.get(at).map(&id).unwrap_or_default();
        match result {
            Ok(Ok(result)) => {
                if let Some(journal) = &journal {
                    journal.note(name, &result)?;
                }
                done.push((at, result));
            }
            Ok(Err(error)) => crashed.push((at, Crash { id: name.to_owned(), error: format!("{error:#}") })),
            Err(panic) => crashed.push((at, Crash { id: name.to_owned(), error: told(panic.as_ref()) })),
        }
        progress(done.len() + crashed.len(), total);
    }
    drop(running);
    if let Some(journal) = journal {
        journal.finish();
    }
    done.sort_by_key(|(at, _)| *at);
    crashed.sort_by_key(|(at, _)| *at);
    Ok(Ran { done, crashed: crashed.into_iter().map(|(_, crash)| crash).collect(), resumed })
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn options(dir: &Path) -> RunOptions {
        RunOptions {
            jobs: 4,
            seed: 1,
            limit: None,
            journals: Some(dir.to_owned()),
            fresh: false,
            program: String::new(),
        }
    }

    fn quiet(_: usize, _: usize) {}

    #[tokio::test]
    async fn order_is_the_datasets_whatever_ends_first() {
        let dir = tempfile::tempdir().unwrap();
        let cases: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let work = |at: usize| async move {
            for _ in 0..(20 - at) {
                tokio::task::yield_now().await;
            }
            Ok::<_, String>(at * 2)
        };
        let ran = run_cases("k", &cases, |c| c, &options(dir.path()), &quiet, work).await.unwrap();
        assert_eq!(ran.done, (0..20).map(|n| (n, n * 2)).collect::<Vec<_>>());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "a whole run leaves no journal");
    }

    #[tokio::test]
    async fn an_interrupted_run_goes_on_where_it_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let cases: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        let options = RunOptions { jobs: 1, ..options(dir.path()) };
        let calls = AtomicUsize::new(0);
        let work = |at: usize| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            async move {
                // Cut off in the seventh: dropped while it waits, as a killed process would.
                if call == 6 {
                    std::future::pending::<()>().await;
                }
                Ok::<_, String>(at)
            }
        };
        let stopped = Mutex::new(0);
        let progress = |done: usize, _: usize| *stopped.lock().unwrap() = done;
        {
            let mut running = std::pin::pin!(run_cases("k", &cases, |c| c, &options, &progress, work));
            while *stopped.lock().unwrap() < 6 {
                assert!(running.as_mut().now_or_never().is_none());
            }
        }
        // What was being written when it was killed.
        let journal = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
        OpenOptions::new().append(true).open(&journal).unwrap().write_all(b"{\"id\":\"7\",\"do").unwrap();
        let ran = run_cases("k", &cases, |c| c, &options, &quiet, work).await.unwrap();
        assert_eq!(ran.resumed, 6);
        assert_eq!(ran.done, (0..10).map(|n| (n, n)).collect::<Vec<_>>());
        assert_eq!(calls.load(Ordering::Relaxed), 7 + 4, "only what was left is done again");
        // Another key knows nothing of it.
        let ran = run_cases("other", &cases, |c| c, &options, &quiet, work).await.unwrap();
        assert_eq!(ran.resumed, 0);
    }

    #[tokio::test]
    async fn a_case_that_fails_or_panics_is_counted_and_stops_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let cases: Vec<String> = (0..5).map(|n| n.to_string()).collect();
        let work = |at: usize| async move {
            assert!(at != 1, "one");
            if at == 3 { Err("three") } else { Ok(at) }
        };
        let ran = run_cases("k", &cases, |c| c, &options(dir.path()), &quiet, work).await.unwrap();
        assert_eq!(ran.done.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 2, 4]);
        let crashed: Vec<(&str, &str)> = ran.crashed.iter().map(|c| (c.id.as_str(), c.error.as_str())).collect();
        assert_eq!(crashed, [("1", "panicked: one"), ("3", "three")]);
    }
}
