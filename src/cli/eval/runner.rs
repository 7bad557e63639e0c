//! Opens what a measurement needs, and runs it set by set.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::args::{Common, Judge as JudgeFlags, Verifier};
use super::sets::Task;
use super::tasks::{self, Examination, answers::Scorer};
use crate::answer::{Checks, Evidence, Meaning, Support, TokenOverlap};
use crate::app;
use crate::cli::term;
use crate::clock::{RandomIds, SystemClock};
use crate::config::Config;
use crate::eval::assistant::{Assistant, Local, Remote};
use crate::eval::corpus::Corpus;
use crate::eval::dataset::answers::Sample;
use crate::eval::dataset::beir::Beir;
use crate::eval::dataset::{abstention, answers, conversations, grounding, guards, personal};
use crate::eval::jsonl;
use crate::eval::judge::{self, Judge};
use crate::eval::report::Report;
use crate::eval::run::RunOptions;
use crate::language::{self, Lang};
use crate::passages::lexical::LexicalAnalyser;

/// Runs measurements, and keeps open what several of them need.
#[derive(Debug)]
pub(super) struct Runner {
    config: Config,
    common: Common,
    runs: usize,
    options: RunOptions,
    verifier: Verifier,
    /// Opened by the first task that asks for it: most have no use for it, and it holds a model.
    opened: Option<Arc<dyn Support>>,
    judge: Option<Judge>,
    /// By the corpus they answer from.
    assistants: HashMap<String, Arc<dyn Assistant>>,
}

/// A dataset with what every report says of it.
struct Set<'a> {
    name: String,
    digest: String,
    foreign: bool,
    config: Value,
    notes: Vec<String>,
    runner: &'a Runner,
    progress: Box<dyn Fn(usize, usize) + Send + Sync>,
}

impl Runner {
    pub(super) fn new(
        config: Config,
        common: Common,
        judge: Option<JudgeFlags>,
        runs: usize,
        verifier: Verifier,
    ) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let options = RunOptions {
            jobs: common.jobs.map_or(cores, usize::from),
            seed: common.seed,
            limit: common.limit.map(|limit| limit as usize),
            // A service may change between two runs, and nothing would tell.
            journals: common.url.is_none().then(|| config.data_dir.join("eval/runs")),
            fresh: common.fresh,
            program: program(),
        };
        let judge = match judge.filter(|flags| flags.judge) {
            Some(flags) => Some(open_judge(&config, &flags, common.seed)?),
            None => None,
        };
        Ok(Self { config, common, runs, options, verifier, opened: None, judge, assistants: HashMap::new() })
    }

    /// What says whether sources support answers.
    async fn verifier(&mut self) -> anyhow::Result<Arc<dyn Support>> {
        if let Some(opened) = &self.opened {
            return Ok(Arc::clone(opened));
        }
        let analyser = Arc::new(LexicalAnalyser::open(Some(&self.config.lexical.dictionary)));
        let opened: Arc<dyn Support> = match self.verifier {
            Verifier::Overlap => Arc::new(TokenOverlap::new(analyser)),
            Verifier::Embedding => Arc::new(Meaning::new(app::open_embedder(&self.config, &RandomIds).await?)),
            Verifier::Checks => Arc::new(Checks::new(analyser)),
            Verifier::Words => Arc::new(Evidence::new(analyser, None)),
            Verifier::Evidence => {
                let embedder = app::open_embedder(&self.config, &RandomIds).await?;
                Arc::new(Evidence::new(analyser, Some(embedder)))
            }
        };
        self.opened = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Every set of every task.
    pub(super) async fn run(&mut self, tasks: &[Task]) -> anyhow::Result<Vec<Report>> {
        let whole = tasks.len() > 1;
        ensure!(
            !whole || self.common.dataset.is_empty(),
            "`all` measures our own sets: for another, name its task, as in `madoguchi eval answers --dataset FILE`"
        );
        let mut reports: Vec<Report> = Vec::new();
        for &task in tasks {
            let own = self.common.dataset.is_empty();
            let mut paths = Vec::new();
            for path in &self.common.dataset {
                paths.extend(task.named(path)?);
            }
            if own {
                paths = task.own(&self.common.datasets)?;
            }
            if whole && matches!(task, Task::Grounding | Task::Personal) && self.common.url.is_some() {
                let name = task.name();
                term::note(&format!("{name} is left out: this program's own is measured, whatever service answers"));
                continue;
            }
            if paths.is_empty() && !whole {
                bail!("{} holds no set for this: name one with --dataset", self.common.datasets.display());
            }
            for path in paths {
                let foreign = !within(&path, &self.common.datasets);
                let report = self.measure(task, &path, foreign).await;
                let report = report.with_context(|| format!("{} on {}", task.name(), path.display()))?;
                match report {
                    Some(report) if reports.iter().any(|known| known.name() == report.name()) => bail!(
                        "two sets are called {}: gate, baselines and comparisons could not tell them apart; rename one",
                        report.name()
                    ),
                    Some(report) => reports.push(report),
                    None if whole => {}
                    None => bail!("{} holds no case for {}", path.display(), task.name()),
                }
            }
        }
        ensure!(!reports.is_empty(), "{} holds no set at all", self.common.datasets.display());
        Ok(reports)
    }

    /// One set; nothing if it holds no case for this task.
    async fn measure(&mut self, task: Task, path: &Path, foreign: bool) -> anyhow::Result<Option<Report>> {
        let name = jsonl::name(path);
        match task {
            Task::Retrieval if path.is_dir() => {
                let beir = Beir::read(path, &self.default_language())?;
                let cases: Vec<_> = beir.queries.iter().map(Into::into).collect();
                let langs: Vec<Lang> = beir.queries.iter().map(|query| query.lang.clone()).collect();
                let (files, mut notes) = (beir.files, beir.notes);
                if self.common.url.is_some() {
                    notes.push("the service searched its own articles, not this set's corpus".to_owned());
                }
                let assistant = self.assistant(Some(Corpus::Documents(name.clone(), beir.corpus))).await?;
                let set = self.set(name, &files, foreign, assistant.about(), notes)?;
                Ok(Some(tasks::retrieval::run(&set.examination(), assistant.as_ref(), &cases, &langs).await?))
            }
            Task::Grounding => {
                ensure!(self.common.url.is_none(), "the verifier is this program's own: leave out --url");
                let pairs = grounding::read(path)?;
                let threshold = self.config.answer.min_support;
                let verifier = self.verifier().await?;
                let about = json!({ "verifier": verifier.name(), "min_support": threshold });
                let set = self.set(name, &[path.to_owned()], foreign, about, Vec::new())?;
                let report = tasks::grounding::run(&set.examination(), verifier.as_ref(), threshold, &pairs).await?;
                Ok(Some(report))
            }
            Task::Abstention if given_passages(path)? => {
                ensure!(
                    self.common.url.is_none(),
                    "this set brings its own passages, and a service has others: leave out --url"
                );
                let questions = abstention::read(path)?;
                let corpus = Corpus::Documents(name.clone(), abstention::corpus(&questions));
                let cases: Vec<_> = questions.iter().map(Into::into).collect();
                let assistant = self.assistant(Some(corpus)).await?;
                let set = self.set(name, &[path.to_owned()], foreign, assistant.about(), Vec::new())?;
                Ok(Some(tasks::abstention::run(&set.examination(), assistant.as_ref(), &cases).await?))
            }
            Task::Retrieval | Task::Answers | Task::Abstention => self.questions(task, path, name, foreign).await,
            Task::Guards => {
                let rows = guards::read(path)?;
                let assistant = self.assistant(None).await?;
                let set = self.set(name, &[path.to_owned()], foreign, assistant.about(), Vec::new())?;
                Ok(Some(tasks::guards::run(&set.examination(), assistant.as_ref(), &rows).await?))
            }
            Task::Personal => {
                ensure!(self.common.url.is_none(), "the detectors are this program's own: leave out --url");
                let rows = personal::read(path)?;
                let set = self.set(name, &[path.to_owned()], foreign, Value::Null, Vec::new())?;
                Ok(Some(tasks::personal::run(&set.examination(), &rows).await?))
            }
            Task::Conversations => {
                let scripts = conversations::read(path)?;
                let assistant = self.assistant(None).await?;
                let about = json!({ "system": assistant.about(), "runs": self.runs });
                let set = self.set(name, &[path.to_owned()], foreign, about, Vec::new())?;
                let examination = set.examination();
                let report = tasks::conversations::run(&examination, assistant.as_ref(), &scripts, self.runs).await?;
                Ok(Some(report))
            }
            Task::JudgeAgreement => self.agreement(path, name, foreign).await.map(Some),
        }
    }

    /// An answer set, asked for its answers, its articles or its abstentions.
    async fn questions(
        &mut self,
        task: Task,
        path: &Path,
        name: String,
        foreign: bool,
    ) -> anyhow::Result<Option<Report>> {
        let (samples, notes) = answers::read(path)?;
        let default = self.default_language();
        let lang = |sample: &Sample| {
            sample.lang.clone().unwrap_or_else(|| language::detect(&sample.user_input, None, &default))
        };
        let assistant = self.assistant(None).await?;
        let mut about = assistant.about();
        let verifier = if task == Task::Answers { Some(self.verifier().await?) } else { None };
        if let Some(verifier) = &verifier {
            about = json!({
                "system": about, "verifier": verifier.name(), "judge": self.judge.as_ref().map(Judge::about),
            });
        }
        let set = self.set(name, &[path.to_owned()], foreign, about, notes)?;
        let (examination, assistant) = (set.examination(), assistant.as_ref());
        match task {
            Task::Retrieval => {
                let (cases, langs): (Vec<_>, Vec<Lang>) = samples
                    .iter()
                    .filter_map(|sample| Some((tasks::retrieval::Case::of(sample)?, lang(sample))))
                    .unzip();
                if cases.is_empty() {
                    return Ok(None);
                }
                Ok(Some(tasks::retrieval::run(&examination, assistant, &cases, &langs).await?))
            }
            Task::Abstention => {
                let case = |sample: &Sample| tasks::abstention::Case::of(sample, &lang(sample));
                let cases: Vec<_> = samples.iter().filter_map(case).collect();
                if cases.iter().all(|case| case.answerable) {
                    // Who knows the answer to everything cannot be seen to withhold anything.
                    return Ok(None);
                }
                Ok(Some(tasks::abstention::run(&examination, assistant, &cases).await?))
            }
            _ => {
                let langs: Vec<Lang> = samples.iter().map(lang).collect();
                let Some(verifier) = &verifier else { bail!("no verifier was opened") };
                let scorer = Scorer { verifier: verifier.as_ref(), judge: self.judge.as_ref() };
                let mut report = tasks::answers::run(&examination, assistant, scorer, &samples, &langs).await?;
                if let Some(judge) = &self.judge {
                    report.notes.push(judge.cost().to_string());
                }
                Ok(Some(report))
            }
        }
    }

    async fn agreement(&self, path: &Path, name: String, foreign: bool) -> anyhow::Result<Report> {
        let Some(judge) = &self.judge else {
            bail!("a judge is wanted: --judge, with llm.base_url and llm.model configured");
        };
        let rows = judge::agreement::read(path)?;
        let set = self.set(name, &[path.to_owned()], foreign, judge.about(), Vec::new())?;
        let mut report = judge::agreement::run(&set.examination(), judge, &rows).await?;
        report.notes.push(judge.cost().to_string());
        Ok(report)
    }

    fn default_language(&self) -> Lang {
        Lang::new(&self.config.knowledge.default_language)
    }

    /// Who is examined: the service of `--url`, or this program over `--corpus`, else `corpus`, else the articles.
    async fn assistant(&mut self, corpus: Option<Corpus>) -> anyhow::Result<Arc<dyn Assistant>> {
        if let Some(url) = &self.common.url {
            let key = match &self.common.key_env {
                Some(name) => Some(std::env::var(name).with_context(|| format!("--key-env {name}"))?.into()),
                None => None,
            };
            return Ok(Arc::new(Remote::new(url, key)?));
        }
        let corpus = match (&self.common.corpus, corpus) {
            (Some(dir), _) => Corpus::of(dir, &self.default_language())?,
            (None, Some(corpus)) => corpus,
            (None, None) => Corpus::Articles(self.config.knowledge.dir.clone()),
        };
        if let Some(known) = self.assistants.get(&corpus.key()) {
            return Ok(Arc::clone(known));
        }
        let bar = term::SyncBar::new();
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let app = corpus.open(self.config.clone(), clock, ids, &|progress| bar.show(progress)).await?;
        let assistant: Arc<dyn Assistant> = Arc::new(Local::new(app).await?);
        self.assistants.insert(corpus.key(), Arc::clone(&assistant));
        Ok(assistant)
    }

    fn set(
        &self,
        name: String,
        files: &[PathBuf],
        foreign: bool,
        config: Value,
        notes: Vec<String>,
    ) -> anyhow::Result<Set<'_>> {
        let digest = jsonl::digest(files)?;
        let bar = term::RunBar::new(&name);
        let progress = Box::new(move |done, total| bar.show(done, total));
        Ok(Set { name, digest, foreign, config, notes, runner: self, progress })
    }
}

impl Set<'_> {
    fn examination(&self) -> Examination<'_> {
        Examination {
            dataset: &self.name,
            digest: &self.digest,
            foreign: self.foreign,
            config: &self.config,
            options: &self.runner.options,
            progress: self.progress.as_ref(),
            notes: &self.notes,
        }
    }
}

fn open_judge(config: &Config, flags: &JudgeFlags, seed: u64) -> anyhow::Result<Judge> {
    let chat = app::open_first_chat(config, &RandomIds)?.context(
        "--judge: no language model is configured: set llm.base_url and llm.model (MADOGUCHI__LLM__BASE_URL, MADOGUCHI__LLM__MODEL)",
    )?;
    Ok(Judge::new(chat, usize::from(flags.votes), seed)?.priced(&config.llm))
}

/// Whether an abstention set brings the passages of each question.
fn given_passages(path: &Path) -> anyhow::Result<bool> {
    let first = jsonl::lines::<Value>(path)?.into_iter().next();
    Ok(first.is_some_and(|(_, row)| row.get("passages").is_some()))
}

/// Whether a set is one of our own, however it was named.
fn within(path: &Path, ours: &Path) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    whole(path).starts_with(whole(ours))
}

/// Names this build: what another left unfinished must not be taken for its own.
pub(super) fn program() -> String {
    let read = || -> Option<String> {
        let about = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
        let changed = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{}-{}", about.len(), changed.as_nanos()))
    };
    read().unwrap_or_default()
}
