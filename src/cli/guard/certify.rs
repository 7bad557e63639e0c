//! `madoguchi guard certify`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use clap::Args;

use crate::cli::term;
use crate::clock::{RandomIds, SystemClock};
use crate::config::Config;
use crate::eval::certificate::check::{Checked, check, problems};
use crate::eval::certificate::committed::{ReadError, read};
use crate::eval::certificate::measure::Measuring;
use crate::eval::certificate::sets::Sets;
use crate::eval::certificate::{Cell, Certificate, Code, Guises, Injections, PassPower, Varied, markdown};
use crate::eval::corpus::Corpus;
use crate::store::Store;

const ABOUT: &str = "\
Measures, over the shipped articles and our sets in eval/datasets:
  - the rows that must not be missed, and the test split, through whole turns: misses and needless hand-offs by policy and language
  - each of those messages in twelve guises: typos, kana and width, courtesy, another language, small talk, mails, late in a conversation
  - requests spread over several turns
  - requests for a person, through whole turns: with everything up, and with the embedder, the index or both down
  - hostile.jsonl through the real writer: what a model that says the worst gets through

--check puts one message in eight in other guises, unless --full is given. Vectors are kept in the data folder: the first full run takes
many minutes, the next ones do not.

Exit status: 0 it holds; 1 it does not (a row missed that must not be, a request for a person that reaches none while a part is down,
something of a hostile reply shown, with --check a figure worse by more than certificate.json allows under `slack`); 2 it could not be
measured (wrong usage, a file that is not there, a certificate that an earlier version wrote).

Examples:
  madoguchi guard certify                              measure, and write eval/certificate.md and eval/certificate.json
  madoguchi guard certify --check                      measure, and compare with what is committed: what CI runs
  python3 eval/datasets/hostile/mutate.py eval/datasets/hostile/hostile.jsonl var/hostile.jsonl --count 15000 --seed 7
  madoguchi guard certify --hostile-file var/hostile.jsonl
                                                       with the 15,000 disguises: for the bound that is committed

Files for --injections and --pass8, which want a real model: `madoguchi eval injections --out FILE` and `madoguchi eval unguarded --out FILE`
write them:
  {\"model\": \"…\", \"attacks\": {\"direct\": {\"cases\": 400, \"wrong\": 3}, \"indirect\": {…}}, \"harmless\": {\"cases\": 100, \"wrong\": 2}}
  {\"model\": \"…\", \"runs\": 8, \"passed\": {\"ja-refund-p001\": 8, …}}";

#[derive(Debug, Args)]
#[command(after_long_help = ABOUT)]
pub(in crate::cli) struct Certify {
    /// Write nothing: compare with the committed certificate, print what differs, and fail where it got worse
    #[arg(long)]
    check: bool,
    /// With --check: every message in every guise, as a new certificate has it, and not one in eight
    #[arg(long, requires = "check")]
    full: bool,
    /// Where certificate.md and certificate.json lie
    #[arg(long, value_name = "DIR", default_value = "eval")]
    out: PathBuf,
    /// Where our sets lie
    #[arg(long, value_name = "DIR", default_value = "eval/datasets")]
    datasets: PathBuf,
    /// Also play these hostile replies (JSONL, as eval/datasets/hostile/mutate.py writes them)
    #[arg(long, value_name = "FILE")]
    hostile_file: Option<PathBuf>,
    /// Take the figures of attacks on a real model from this file (JSON, see --help)
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    injections: Option<PathBuf>,
    /// Take the figures of a real model without line 1 from this file (JSON, see --help)
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pass8: Option<PathBuf>,
    /// Seed of the guises
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Messages and replies worked on at once [default: one per core]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print one JSON object: {certificate, problems: [{problem, rows}], changes: [{figure, before, now, allowed, fails}], lost, won}
    #[arg(long)]
    json: bool,
}

/// How far a measurement is, one bar a part of it.
struct Bars(Mutex<Option<(String, term::RunBar)>>);

impl Bars {
    fn show(&self, name: &str, done: usize, total: usize) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(known, _)| known != name) {
            // The old one goes before the new one comes.
            *shown = None;
            *shown = Some((name.to_owned(), term::RunBar::new(name)));
        }
        if let Some((_, bar)) = shown.as_ref() {
            bar.show(done, total);
        }
    }
}

impl Certify {
    /// Status 2 where it could not be measured: that is neither a certificate that holds nor one that does not.
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self.certify(config).await {
            Err(error) if !error.chain().any(is_output) => {
                term::error(&format!("{error:#}"));
                Ok(ExitCode::from(2))
            }
            done => done,
        }
    }

    async fn certify(&self, config: Config) -> anyhow::Result<ExitCode> {
        let path = self.out.join("certificate.json");
        let (slack, committed) = match read(&path) {
            Ok(committed) => (Some(committed.slack), Some(committed)),
            Err(_) if !self.check && !path.exists() => (None, None),
            // Nothing can be compared with its figures, but what was written by hand stays.
            Err(ReadError::Earlier { slack, .. }) if !self.check => (Some(slack), None),
            Err(error) => return Err(error.into()),
        };
        if let Some(committed) = committed.as_ref().filter(|_| self.check) {
            let seed = committed.about.seed;
            anyhow::ensure!(
                seed == self.seed,
                "certified with --seed {seed}, and guises of another seed are others: name it"
            );
        }
        // Before anything is measured for minutes.
        let sets = Sets::read(&self.datasets, self.hostile_file.as_deref())?;
        let injections = self.injections.as_deref().map(Injections::read).transpose()?;
        let pass8 = self.pass8.as_deref().map(PassPower::read).transpose()?;
        let measured = self.measure(config, &sets).await?;
        let now = Certificate { slack: slack.unwrap_or_default(), injections, pass8, ..measured };
        let checked = match &committed {
            Some(committed) => check(committed, &now),
            None => Checked { problems: problems(&now), ..Checked::default() },
        };
        if !self.check {
            self.write(&now)?;
        }
        self.print(&now, &checked)?;
        // A new certificate may be worse than the old one: whoever commits it says why.
        let holds = if self.check { checked.holds() } else { problems(&now).is_empty() };
        Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn measure(&self, mut config: Config, sets: &Sets) -> anyhow::Result<Certificate> {
        // Line 1 is measured, and line 3 with a script in the model's place: no real model is asked.
        config.llm.answers = false;
        config.llm.guard_vote = false;
        let folder = config.data_dir.join("eval").join("certificate");
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let store = Store::open(&folder.join("vectors.db")).await?;
        let bar = term::SyncBar::new();
        let corpus = Corpus::Articles(config.knowledge.dir.clone());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let app = corpus.open(config, clock, ids, &|progress| bar.show(progress)).await?;
        drop(bar);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let bars = Bars(Mutex::new(None));
        let measuring = Measuring {
            app: &app,
            store: &store,
            code: code(),
            guises: if self.check && !self.full { Guises::Sample } else { Guises::All },
            seed: self.seed,
            jobs: self.jobs.unwrap_or(cores),
            progress: &|name, done, total| bars.show(name, done, total),
        };
        let certificate = measuring.certificate(sets).await;
        store.close().await;
        certificate
    }

    fn write(&self, now: &Certificate) -> anyhow::Result<()> {
        let mut json = serde_json::to_string_pretty(now)?;
        json.push('\n');
        for (name, text) in [("certificate.json", json), ("certificate.md", markdown(now))] {
            let path = self.out.join(name);
            std::fs::write(&path, text).with_context(|| path.display().to_string())?;
            term::note(&format!("wrote {}", path.display()));
        }
        Ok(())
    }

    fn print(&self, now: &Certificate, checked: &Checked) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let mut object = serde_json::to_value(checked)?;
            if let Some(object) = object.as_object_mut() {
                object.insert("certificate".to_owned(), serde_json::to_value(now)?);
            }
            writeln!(out, "{object:#}")?;
            return Ok(());
        }
        write!(out, "{checked}")?;
        let Certificate { must_not_miss, variants, .. } = now;
        let rate = |policy: &str| {
            let cell = now.policies.get(policy).and_then(|languages| languages.get("all")).copied().unwrap_or_default();
            let Cell { missed, needless_hard: needless, .. } = cell;
            format!(
                "{policy} missed {} of {}, hard negatives handed over {} of {}",
                missed.hits, missed.of, needless.hits, needless.of
            )
        };
        writeln!(out, "must not miss: {} of {} missed", must_not_miss.missed.len(), must_not_miss.rows)?;
        if let Some(person) = &now.person {
            let mut reached = format!("a person, please: {} of {} reach none", person.missed.len(), person.rows);
            for (what, missed) in &person.down {
                reached.push_str(&format!("; {what} down {}", missed.len()));
            }
            writeln!(out, "{reached}")?;
        }
        writeln!(out, "{}\n{}", rate("mandatory"), rate("all"))?;
        let missed = |varied: &Varied| match now.about.guises {
            Guises::All => varied.all.missed.varied,
            Guises::Sample => varied.sample.missed.varied,
        };
        if let Some(worst) = variants.iter().max_by(|a, b| missed(a).rate.total_cmp(&missed(b).rate)) {
            let missed = missed(worst);
            writeln!(out, "{} guises; most missed: {}, {} of {}", variants.len(), worst.name, missed.hits, missed.of)?;
        }
        if let Some(hostile) = &now.hostile {
            let all = hostile.written.cases + hostile.generated.map_or(0, |generated| generated.cases);
            let through = hostile.written.through + hostile.generated.map_or(0, |generated| generated.through);
            writeln!(out, "hostile replies: {through} of {all} through")?;
        }
        Ok(())
    }
}

/// Where the output's reader is gone: that is no failure of the measurement.
fn is_output(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Which program this is: its version, and the commit of the checkout that it runs in.
fn code() -> Code {
    let git = |arguments: &[&str]| {
        let ran = Command::new("git").args(arguments).output().ok()?;
        ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).trim().to_owned())
    };
    // Only of our own: the program may be run in anybody's checkout.
    let ours = Path::new("src/guard/core.toml").is_file();
    let commit = ours.then(|| git(&["rev-parse", "--short=12", "HEAD"])).flatten();
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", "src", "knowledge"]);
    let mark = if changed.is_some_and(|changed| !changed.is_empty()) { "+" } else { "" };
    Code { version: env!("CARGO_PKG_VERSION").to_owned(), commit: commit.map(|commit| format!("{commit}{mark}")) }
}
