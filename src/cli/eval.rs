//! `madoguchi eval`: measures the assistant, compares two measurements, and stops a regression.

mod args;
mod hostile;
mod injections;
mod model;
mod runner;
mod sets;
mod unguarded;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;

use super::term;
use crate::config::Config;
use crate::eval::compare::{compare, text as compared};
use crate::eval::dataset::answers;
use crate::eval::gate::{Gate, Miss, baseline_file, baselines};
use crate::eval::report::{Report, html, junit, text};
use crate::eval::{export, tasks};

use args::{Common, Output, Verifier};
use runner::Runner;
use sets::Task;

/// Measure the assistant, compare two measurements, stop a regression
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum Eval {
    /// What the search finds: recall, MRR, nDCG, of every leg and fused
    ///
    /// DATASET: a folder in BEIR's layout (its own corpus is indexed first), or an answer set (JSONL) over the articles.
    #[command(after_help = RETRIEVAL)]
    Retrieval(Measured),
    /// Whole answers: answered or withheld rightly, the right article, the facts, grounded, in the right language
    ///
    /// DATASET: JSONL with ragas' names (user_input, reference, …) and `expect`, or promptfoo's YAML.
    #[command(after_help = ANSWERS)]
    Answers(Answers),
    /// The verifier: does it tell what a source supports from what it does not?
    ///
    /// DATASET: JSONL {context, answer, label: supported|unsupported, lang}.
    Grounding(Grounded),
    /// Knowing what one does not know: coverage against accuracy
    ///
    /// DATASET: JSONL {id, lang, question, passages: [{doc_id, text}], answerable} (NoMIRACL's shape), or an answer set.
    Abstention(Measured),
    /// What goes to a person: recall by policy, false hand-offs, confusions
    ///
    /// DATASET: JSONL {text, lang, expect: must_handoff|may_answer|ambiguous, policy, accept?, context?}.
    Guards(Measured),
    /// Personal data: what the masking finds of it, and what it takes for it, by kind and language
    ///
    /// DATASET: JSONL {id, lang, text, spans: [{kind, text}]}; of our own sets, eval/datasets/guards/pii*.jsonl.
    Personal(Measured),
    /// Scripted conversations of several turns: what comes of each, how things stand afterwards, pass^k
    ///
    /// DATASET: YAML, a list of {id, lang, turns: [{user, expect: {outcome, …}}], after}.
    #[command(after_help = CONVERSATIONS)]
    Conversations(Conversations),
    /// A hostile model through the real writer: how much of the worst gets through, and how much of the harmless is lost
    ///
    /// DATASET: JSONL {id, family, mutation?, lang, text, asked}; --harmless: JSONL {id, lang, asked, source, text}.
    Hostile(hostile::Hostile),
    /// A real model without the guard before it: what the verifier and the guard over what it says hold alone, pass^1 and pass^8
    ///
    /// Wants a language model: `llm.base_url` and `llm.model`.
    #[command(after_help = unguarded::ABOUT)]
    Unguarded(unguarded::Unguarded),
    /// Attacks that change the outcome, with a real model: in messages, in articles; and harmless messages that look like them
    ///
    /// Wants a language model: `llm.base_url` and `llm.model`.
    #[command(after_help = injections::ABOUT)]
    Injections(injections::Injections),
    /// Everything under eval/datasets, as one report
    All(Conversations),
    /// What changed between two reports (--json or --save files): paired bootstrap, and every case that flipped
    Compare {
        /// Before
        base: PathBuf,
        /// After
        new: PathBuf,
        /// Seed of the bootstrap
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Print one JSON object, or an array where the reports hold several
        #[arg(long)]
        json: bool,
    },
    /// How far the LLM judge agrees with human labels: Cohen's kappa
    ///
    /// DATASET: JSONL {id, lang, criterion, question, reference?, answer, label: pass|fail}.
    JudgeAgreement(Judged),
    /// Turn a promptfoo file into an answer set (JSONL), on standard output
    Import {
        /// promptfoo's YAML, with `tests`
        file: PathBuf,
    },
}

const EXAMPLES: &str = "\
Examples:
  madoguchi eval all                                            our own sets, in a table
  madoguchi eval all --gate eval/gate.toml                      exit status 1 if a floor is missed
  madoguchi eval retrieval --dataset ~/beir/scifact             anybody's retrieval set
  madoguchi eval answers --dataset mine.jsonl --html out.html   a page with every failure
  madoguchi eval answers --url http://127.0.0.1:8080            a running service, scored the same
  madoguchi eval answers --json > new.json                      …then: madoguchi eval compare old.json new.json

An interrupted run goes on where it stopped; --fresh begins anew. The same inputs and seed give the same report, timings aside.
Nothing scored is an error. eval/README.md explains every metric.";

const RETRIEVAL: &str = "\
A folder of such folders runs them all. Languages come from `metadata.lang`, else from the texts; the corpus keeps its vectors below
the data folder (data_dir/eval), so that the second run is quick.";

const ANSWERS: &str = "\
A line of DATASET:
  {\"id\": \"1\", \"lang\": \"en\", \"user_input\": \"How long can I return it?\", \"reference\": \"30 days.\", \"expect\": {…}, \"tags\": []}
expect, all of it optional:
  must_cite        ids of articles it must rest on; a list within the list: any of these will do
  may_cite         ids that may stand beside them
  key_facts        strings the answer must hold (case, width and white space do not matter); a list within the list: any of these
  forbidden_facts  strings it must not hold
  must_abstain     true: the articles do not hold the answer, and it must say so
  must_handoff     true, or a policy such as \"refund\": a person must take it
Without must_abstain and must_handoff the question has an answer.";

const CONVERSATIONS: &str = "\
A case of DATASET:
  - id: en-1
    lang: en
    turns:
      - user: How long can I return it?
        expect: {outcome: answer, must_cite: [en-return-windows], key_facts: [30 days]}
      - user: And for members?
        expect: {outcome: [answer, ask_back]}
    after: {owner: assistant}
outcome: answer, ask_back, handoff (with reason: a policy), abstain, courtesy or silent; a list where several are right.
after.owner: assistant, waiting, operator or closed.";

/// Flags of a measurement.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Measured {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    output: Output,
}

/// Flags of the verifier's examination.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Grounded {
    #[command(flatten)]
    common: Common,
    /// The verifier to examine
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    verifier: Verifier,
    #[command(flatten)]
    output: Output,
}

/// Flags of answers.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Answers {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    judge: args::Judge,
    #[command(flatten)]
    output: Output,
}

/// Flags of conversations.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Conversations {
    #[command(flatten)]
    common: Common,
    /// Play each conversation so often, for pass^k
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    runs: u16,
    #[command(flatten)]
    judge: args::Judge,
    #[command(flatten)]
    output: Output,
}

/// Flags of the judge's own examination.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Judged {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    judge: args::Judge,
    #[command(flatten)]
    output: Output,
}

impl Eval {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let verifier = if let Self::Grounding(grounded) = &self { grounded.verifier } else { Verifier::default() };
        let (tasks, common, judge, runs, output) = match self {
            Self::Hostile(hostile) => return hostile.run(config).await,
            Self::Unguarded(unguarded) => return unguarded.run(config).await,
            Self::Injections(injections) => return injections.run(config).await,
            Self::Compare { base, new, seed, json } => return compare_files(&base, &new, seed, json),
            Self::Import { file } => return import(&file),
            Self::Retrieval(m) => (vec![Task::Retrieval], m.common, None, 1, m.output),
            Self::Answers(m) => (vec![Task::Answers], m.common, Some(m.judge), 1, m.output),
            Self::Grounding(m) => (vec![Task::Grounding], m.common, None, 1, m.output),
            Self::Abstention(m) => (vec![Task::Abstention], m.common, None, 1, m.output),
            Self::Guards(m) => (vec![Task::Guards], m.common, None, 1, m.output),
            Self::Personal(m) => (vec![Task::Personal], m.common, None, 1, m.output),
            Self::Conversations(m) => (vec![Task::Conversations], m.common, Some(m.judge), m.runs, m.output),
            Self::All(m) => (Task::ALL.to_vec(), m.common, Some(m.judge), m.runs, m.output),
            Self::JudgeAgreement(m) => (vec![Task::JudgeAgreement], m.common, Some(m.judge), 1, m.output),
        };
        let whole = tasks.len() > 1;
        // Before the long work: a gate that cannot be read would be found out after it.
        let asked = match &output.gate {
            Some(gate) => Some(Asked { gate: Gate::read(gate)?, baselines: baselines(&output.baselines)? }),
            None => None,
        };
        let mut runner = Runner::new(config, common, judge, usize::from(runs), verifier)?;
        let mut reports = runner.run(&tasks).await?;
        // Foreign sets stand first; within each the order of tasks and names stays.
        reports.sort_by_key(|report| !report.foreign);
        finish(&output, asked, reports, whole)
    }
}

/// What a gate asks, and what it compares with.
struct Asked {
    gate: Gate,
    baselines: BTreeMap<String, Report>,
}

/// Prints, writes and gates.
fn finish(output: &Output, asked: Option<Asked>, reports: Vec<Report>, whole: bool) -> anyhow::Result<ExitCode> {
    let crashed: usize = reports.iter().map(|report| report.crashed.len()).sum();
    write_to(output.html.as_deref(), || Ok(html(&reports)))?;
    write_to(output.junit.as_deref(), || junit(&reports))?;
    write_to(output.trec.as_deref(), || Ok(export::trec(&reports)))?;
    write_to(output.ragas.as_deref(), || Ok(export::ragas(&reports)))?;
    write_to(output.save.as_deref(), || Ok(format!("{:#}\n", as_json(&reports, &[], whole)?)))?;
    let misses = match &asked {
        Some(Asked { gate, baselines }) => {
            let measured = |name: &str| whole || reports.iter().any(|report| report.name() == name);
            let names: Vec<String> =
                reports.iter().map(Report::name).filter(|name| gate.reports.contains_key(name)).collect();
            anyhow::ensure!(!names.is_empty(), "the gate asks for nothing of what was measured");
            gate.check(&reports, baselines, measured)
        }
        None => Vec::new(),
    };
    if output.json {
        writeln!(std::io::stdout().lock(), "{:#}", as_json(&reports, &misses, whole)?)?;
    } else {
        write!(std::io::stdout().lock(), "{}", text(&reports, term::width()))?;
    }
    if crashed > 0 {
        term::warning(&format!("{crashed} cases could not be scored and count in no figure"));
    }
    if output.update_baseline {
        anyhow::ensure!(crashed == 0, "no baselines were written: {crashed} cases crashed");
        update_baselines(&output.baselines, &reports)?;
    }
    report_misses(output.gate.as_deref(), &misses);
    Ok(if misses.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report_misses(gate: Option<&Path>, misses: &[Miss]) {
    let Some(gate) = gate else { return };
    if misses.is_empty() {
        term::note(&format!("{}: nothing missed", gate.display()));
    }
    for Miss { report, metric, problem, cases } in misses {
        let what = if metric.is_empty() { report.clone() } else { format!("{report} {metric}") };
        term::error(&format!("gate: {what}: {problem}"));
        for case in cases {
            term::note(&format!("  lost by {case}"));
        }
    }
}

/// One report is one object; several are an object with a list.
fn as_json(reports: &[Report], misses: &[Miss], whole: bool) -> anyhow::Result<serde_json::Value> {
    let mut value = match reports {
        [report] if !whole => serde_json::to_value(report)?,
        reports => json!({ "reports": reports }),
    };
    if !misses.is_empty() {
        value["gate"] = json!(misses);
    }
    Ok(value)
}

fn write_to(path: Option<&Path>, content: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, content()?).with_context(|| path.display().to_string())?;
    term::note(&format!("wrote {}", path.display()));
    Ok(())
}

fn update_baselines(dir: &Path, reports: &[Report]) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    for report in reports {
        let path = dir.join(baseline_file(&report.name()));
        let mut line = serde_json::to_string(&report.clone().baseline())?;
        line.push('\n');
        std::fs::write(&path, line).with_context(|| path.display().to_string())?;
        term::note(&format!("wrote {}", path.display()));
    }
    Ok(())
}

fn compare_files(base: &Path, new: &Path, seed: u64, as_json: bool) -> anyhow::Result<ExitCode> {
    let (base, new) = (read_reports(base)?, read_reports(new)?);
    let mut comparisons = Vec::new();
    for after in &new {
        // Single reports are compared even if their datasets were named otherwise; of several, each with its namesake.
        let namesake = base.iter().find(|before| before.name() == after.name());
        let only = base.first().filter(|_| base.len() == 1 && new.len() == 1);
        match namesake.or(only) {
            Some(before) => comparisons.push(compare(before, after, seed)?),
            None => term::warning(&format!("{} is in the second only", after.name())),
        }
    }
    for before in base.iter().filter(|before| !new.iter().any(|after| after.name() == before.name())) {
        if comparisons.is_empty() || base.len() > 1 {
            term::warning(&format!("{} is in the first only", before.name()));
        }
    }
    if comparisons.is_empty() {
        bail!("there is nothing to compare");
    }
    let mut out = std::io::stdout().lock();
    match (as_json, comparisons.as_slice()) {
        (true, [one]) => writeln!(out, "{:#}", serde_json::to_value(one)?)?,
        (true, many) => writeln!(out, "{:#}", serde_json::to_value(many)?)?,
        (false, many) => {
            for comparison in many {
                writeln!(out, "{}", compared(comparison))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A report, or several, as `--json`, `--save` and `--update-baseline` write them.
fn read_reports(path: &Path) -> anyhow::Result<Vec<Report>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let value: serde_json::Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let reports = match value.get("reports") {
        Some(reports) => serde_json::from_value(reports.clone()),
        None => serde_json::from_value(value).map(|report| vec![report]),
    };
    reports.with_context(|| format!("{} is no report of `madoguchi eval --json`", path.display()))
}

fn import(file: &Path) -> anyhow::Result<ExitCode> {
    let (samples, notes) = answers::read(file)?;
    let mut out = std::io::stdout().lock();
    for sample in &samples {
        writeln!(out, "{}", serde_json::to_string(sample)?)?;
    }
    for note in &notes {
        term::warning(note);
    }
    term::note(&format!("{} questions", samples.len()));
    Ok(ExitCode::SUCCESS)
}
