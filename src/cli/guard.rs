//! `madoguchi guard`: what goes to a person, and why.

mod certify;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::term;
use crate::answer::ReplyKind;
use crate::app;
use crate::clock::{RandomIds, SystemClock};
use crate::config::Config;
use crate::conversation::History;
use crate::guard::lint::{self, Weight};
use crate::guard::vote::Voted;
use crate::guard::{Decision, Guard, Line, Masked, Policies, Received, Row};
use crate::knowledge::{question_vectors, recall};
use crate::language::{self, Lang};
use crate::llm::{Embedder, Vector};
use crate::store::Store;

/// Check the policies, and see what they make of a message
#[derive(Debug, Subcommand)]
pub(super) enum GuardCommand {
    /// Say what is wrong with the policy file; exit status 1 if any of it is an error
    Check {
        /// The policy file [default: policy.toml in the folder given by --knowledge]
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// Also list what the classifier would make of exemplars had it not learnt them
        #[arg(long)]
        notes: bool,
        /// Print one JSON object: {version, digest, policies, errors, warnings, notes, findings: […]}
        #[arg(long)]
        json: bool,
    },
    /// Show what would happen to a message, and why
    Test(Test),
    /// Measure what the guards catch and what gets past them, and write it down; --check compares with what is written
    Certify(certify::Certify),
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// The message
    #[arg(required_unless_present = "file")]
    text: Option<String>,
    /// What was said before, oldest first: the customer's words, or "assistant: …" (repeatable)
    #[arg(long, value_name = "TEXT")]
    context: Vec<String>,
    /// The message's language, where it should not be found out
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Messages from a file, one JSON object a line: {text, lang?, context?}
    #[arg(long, value_name = "ROWS", conflicts_with_all = ["text", "context", "lang"])]
    file: Option<PathBuf>,
    /// The policy file [default: policy.toml in the folder given by --knowledge]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print one JSON object a message: {text, lang, decision, vote_failed?}
    #[arg(long)]
    json: bool,
}

impl GuardCommand {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check { policy, notes, json } => check(&config, policy.as_deref(), notes, json).await,
            Self::Test(test) => test.run(&config).await,
            Self::Certify(certify) => certify.run(config).await,
        }
    }
}

/// A guard, and what it needs to judge.
struct Opened {
    guard: Guard,
    embedder: Arc<dyn Embedder>,
}

async fn open(config: &Config, policy: Option<&Path>) -> anyhow::Result<Opened> {
    let default = config.policy_file();
    let path = policy.unwrap_or(&default);
    let policies = match std::fs::read_to_string(path) {
        Ok(text) => Policies::read(&text).with_context(|| path.display().to_string())?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && policy.is_none() => {
            term::warning(&format!("{} is not there: only the compiled-in policies apply", path.display()));
            Policies::core()?
        }
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let embedder = app::open_embedder(config, &RandomIds).await?;
    let store = Store::open(&app::store_path(config)).await?;
    let bar = term::SyncBar::new();
    let texts = policies.exemplar_texts();
    let vectors = question_vectors(&texts, &store, embedder.as_ref(), &|progress| bar.show(progress)).await;
    store.close().await;
    drop(bar);
    let guard = recall(policies, &vectors?, &config.learnt_file()).with_context(|| path.display().to_string())?;
    Ok(Opened { guard, embedder })
}

async fn check(config: &Config, policy: Option<&Path>, notes: bool, json: bool) -> anyhow::Result<ExitCode> {
    let Opened { guard, .. } = open(config, policy).await?;
    let findings = lint::lint(&guard);
    let count = |weight| findings.iter().filter(|finding| finding.weight == weight).count();
    let (errors, warnings, hints) = (count(Weight::Error), count(Weight::Warning), count(Weight::Note));
    let policies = guard.policies();
    let mut out = std::io::stdout().lock();
    if json {
        let object = serde_json::json!({
            "version": policies.version(),
            "digest": policies.digest(),
            "policies": policies.all().iter().map(|policy| &policy.code).collect::<Vec<_>>(),
            "errors": errors,
            "warnings": warnings,
            "notes": hints,
            "findings": findings,
        });
        writeln!(out, "{object:#}")?;
    } else {
        for finding in findings.iter().filter(|finding| notes || finding.weight != Weight::Note) {
            let word = match finding.weight {
                Weight::Error => "error",
                Weight::Warning => "warning",
                Weight::Note => "note",
            };
            writeln!(out, "{word}: {finding}")?;
        }
        let (count, version, digest) = (policies.all().len(), policies.version(), policies.digest());
        let more = if notes || hints == 0 { "" } else { " (--notes lists them)" };
        writeln!(
            out,
            "{count} policies, version {version} ({digest}): {errors} errors, {warnings} warnings, {hints} notes{more}"
        )?;
    }
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Test {
    async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let rows = self.rows()?;
        let Opened { guard, embedder } = open(config, self.policy.as_deref()).await?;
        let texts = Row::texts(&rows);
        let vectors: HashMap<String, Vector> =
            texts.iter().cloned().zip(embedder.embed_questions(&texts).await?).collect();
        let default = Lang::new(&config.knowledge.default_language);
        let vote = app::open_vote(config, &RandomIds, Arc::new(SystemClock))?;
        for row in &rows {
            let lang = row.lang.clone().unwrap_or_else(|| language::detect(&row.text, None, &default));
            let judged = guard.judge_row(row, &lang, &vectors);
            let decision = judged.context("the message has no vector")??;
            let voted = match &vote {
                Some(vote) => vote.on(&masked(row, &lang), &decision, &guard).await,
                None => Voted::Unasked,
            };
            let (decision, failed) = match voted {
                Voted::Claims(vote) => (guard.with_vote(decision, vote), None),
                Voted::Failed(error) => (decision, Some(error.to_string())),
                Voted::Unasked | Voted::Passed => (decision, None),
            };
            let mut out = std::io::stdout().lock();
            if self.json {
                let mut object = serde_json::json!({ "text": row.text, "lang": lang, "decision": decision });
                if let Some(failed) = failed {
                    object["vote_failed"] = failed.into();
                }
                writeln!(out, "{object}")?;
                continue;
            }
            if rows.len() > 1 {
                writeln!(out, "{}", row.text.replace('\n', " "))?;
            }
            match &failed {
                None => show(&mut out, &guard, &lang, &decision)?,
                Some(error) => show_failed(&mut out, &guard, &decision, error)?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn rows(&self) -> anyhow::Result<Vec<Row>> {
        if let Some(path) = &self.file {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            return Row::read(&text).with_context(|| path.display().to_string());
        }
        let text = self.text.clone().unwrap_or_default();
        let context = self.context.iter().map(|line| Line::from(line.as_str())).collect();
        Ok(vec![Row { lang: self.lang.as_deref().map(Lang::new), context, ..Row::new(text) }])
    }
}

/// A row as a chat model may be asked about it.
fn masked(row: &Row, lang: &Lang) -> Masked {
    let mut history = History::default();
    for line in &row.context {
        match line.assistant {
            true => history.replied(ReplyKind::Answer, &line.text, &[]),
            false => history.push(&line.text),
        }
    }
    Masked::of(Received::new(&row.text, lang.clone(), Vec::new()).after(history))
}

/// What becomes of a message that a chat model should have voted on, and did not.
fn show_failed(out: &mut impl std::io::Write, guard: &Guard, decision: &Decision, error: &str) -> std::io::Result<()> {
    match guard.is_near(decision) {
        true => writeln!(out, "to a person: near to a mandatory policy, and the chat model gave no vote: {error}")?,
        false => writeln!(out, "the machine may quote the articles: the chat model gave no vote: {error}")?,
    }
    not_voted(out, decision)
}

/// The ruling first, then every vote, then what the classifier thinks of the policies that did not vote.
fn show(out: &mut impl std::io::Write, guard: &Guard, lang: &Lang, decision: &Decision) -> std::io::Result<()> {
    let policies = guard.policies();
    match decision.ruling.as_ref().and_then(|code| policies.get(code)) {
        None => writeln!(out, "the machine may answer")?,
        Some(policy) => {
            let desk = policies.desk(&policy.desk).map_or(policy.desk.0.as_str(), |desk| desk.name.get(lang));
            writeln!(out, "to a person: {} ({desk}): {}", policy.code, policy.understood.get(lang))?;
        }
    }
    for vote in &decision.votes {
        writeln!(out, "  {vote}")?;
    }
    not_voted(out, decision)
}

fn not_voted(out: &mut impl std::io::Write, decision: &Decision) -> std::io::Result<()> {
    let near = decision.scores.iter().filter(|score| score.probability < score.threshold).take(3);
    let near: Vec<String> =
        near.map(|score| format!("{} {:.2} of {:.2}", score.policy, score.probability, score.threshold)).collect();
    writeln!(out, "  no vote: {}", near.join(", "))
}
