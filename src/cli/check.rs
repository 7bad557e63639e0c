//! `madoguchi check`: the doctor.

mod database;
mod prompts;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::term::{self, Verdict};
use crate::app;
use crate::clock::{Clock as _, RandomIds, SystemClock};
use crate::config::{Config, ConfigError, DEFAULT_TOML, EmbeddingProvider, IndexProvider};
use crate::desk::{RuleFiles, Rules};
use crate::knowledge::{self, lint::Severity};
use crate::passages::IndexError;
use crate::passages::lexical::LexicalAnalyser;

/// Look at every part of the installation and name the remedy for what is wrong
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Print one JSON object: {ok, parts: [{part, verdict, detail, prompt?: {name, file?, purpose, version, digest}}]}; a prompt that is
    /// not in order has {name, file?, problem, remedy}
    #[arg(long)]
    json: bool,
    /// Print every configuration key with its default and its meaning, and look at nothing
    #[arg(long)]
    print_config: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    part: &'static str,
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<prompts::Prompt>,
}

impl Line {
    fn new(part: &'static str, verdict: Verdict, detail: String) -> Self {
        Self { part, verdict, detail, prompt: None }
    }
}

impl Check {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        if self.print_config {
            write!(std::io::stdout(), "{DEFAULT_TOML}")?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut lines = vec![
            line("config", Ok((Verdict::Ok, "every key is known and in range".to_owned()))),
            line("model", model(&config).await),
            line("lexical", Ok(lexical(&config))),
            line("index", index(&config).await),
            line("store", database::found(&config).await),
            line("llm", Ok(llm(&config).await)),
            line("articles", articles(&config)),
            line("desks", desks(&config)),
        ];
        if let Some(found) = signin(&config).await {
            lines.push(line("signin", found));
        }
        lines.extend(prompts::lines(&config));
        report(&lines, self.json)
    }
}

/// The verdict on a configuration that cannot be read.
pub(super) fn broken_config(error: &ConfigError) -> anyhow::Result<ExitCode> {
    let remedy = "`madoguchi check --print-config` explains every key";
    report(&[Line::new("config", Verdict::Fail, format!("{error}; {remedy}"))], false)
}

fn line(part: &'static str, found: anyhow::Result<(Verdict, String)>) -> Line {
    let (verdict, detail) = found.unwrap_or_else(|error| (Verdict::Fail, format!("{error:#}")));
    Line::new(part, verdict, detail)
}

fn report(lines: &[Line], json: bool) -> anyhow::Result<ExitCode> {
    let ok = lines.iter().all(|line| line.verdict != Verdict::Fail);
    if json {
        let object = serde_json::json!({ "ok": ok, "parts": lines });
        writeln!(std::io::stdout(), "{object:#}")?;
    } else {
        for line in lines {
            term::verdict(line.verdict, line.part, &line.detail)?;
        }
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn model(config: &Config) -> anyhow::Result<(Verdict, String)> {
    if config.embedding.provider == EmbeddingProvider::Local && !config.embedding.local.model.exists() {
        let path = config.embedding.local.model.display();
        anyhow::bail!("{path} is not there: `make setup` fetches it, or set embedding.local.model to a GGUF file");
    }
    let embedder = app::open_embedder(config, &RandomIds).await?;
    let vector = embedder.embed_query("madoguchi").await?;
    let space = embedder.space();
    anyhow::ensure!(
        vector.dimension() == space.dimension,
        "the model answers with {} dimensions and claims {}",
        vector.dimension(),
        space.dimension
    );
    let what = format!("{}, {} dimensions", space.model, space.dimension);
    if embedder.is_remote() {
        let warning = "customers' words leave this machine unmasked: masking is not built yet";
        return Ok((Verdict::Warn, format!("{what}; remote: {warning}")));
    }
    Ok((Verdict::Ok, what))
}

/// Whether the rules of desks and channels are in order, and name only what the policies name.
fn desks(config: &Config) -> anyhow::Result<(Verdict, String)> {
    let files = RuleFiles { desks: config.desks_file(), channels: config.channels_file() };
    let rules = Rules::open(&files, &app::open_policies(config)?, &app::time_zone(config)?)?;
    let (desks, channels) = (rules.desks.codes().count(), rules.channels.codes().count());
    Ok((Verdict::Ok, format!("{desks} desks, {channels} other channels")))
}

fn lexical(config: &Config) -> (Verdict, String) {
    let folder = &config.lexical.dictionary;
    match LexicalAnalyser::open(Some(folder)).has_dictionary() {
        true => (Verdict::Ok, format!("Japanese words by the dictionary in {}", folder.display())),
        false => {
            let remedy =
                "`make setup` fetches it; until then Japanese is cut by ICU's rules, which finds a little less";
            (Verdict::Warn, format!("no dictionary in {}: {remedy}", folder.display()))
        }
    }
}

async fn index(config: &Config) -> anyhow::Result<(Verdict, String)> {
    let index = match app::open_index(config).await {
        Ok(index) => index,
        Err(error) if matches!(error.downcast_ref(), Some(IndexError::Locked { .. })) => {
            let url = format!("http://{}/readyz", config.server.listen);
            return Ok((Verdict::Warn, format!("in use by a running service, which tells how it is at {url}")));
        }
        Err(error) => return Err(error),
    };
    let place = match config.index.provider {
        IndexProvider::Edge => format!("{} (in process)", config.data_dir.join("index").display()),
        IndexProvider::Qdrant => config.index.qdrant.url.clone(),
    };
    let Some(spec) = index.serving().await? else {
        return Ok((
            Verdict::Warn,
            format!("{place}: empty; `madoguchi knowledge sync` or `madoguchi serve` fills it"),
        ));
    };
    index.ready().await?;
    Ok((Verdict::Ok, format!("{place}: {} passages of {} articles", spec.passages, spec.articles.len())))
}

async fn llm(config: &Config) -> (Verdict, String) {
    let base = config.llm.base_url.trim_end_matches('/');
    if base.is_empty() {
        return (Verdict::Ok, "none configured: answers are the articles' own words".to_owned());
    }
    let mut request = reqwest::Client::new().get(format!("{base}/models")).timeout(Duration::from_secs(10));
    if let Ok(key) = std::env::var(&config.llm.api_key_env) {
        request = request.bearer_auth(key);
    }
    match request.send().await.and_then(reqwest::Response::error_for_status) {
        Ok(_) if config.llm.answers => (Verdict::Ok, format!("{base} answers, and writes the answers to customers")),
        Ok(_) => (Verdict::Ok, format!("{base} answers; not used for answers to customers (llm.answers)")),
        Err(error) => (
            Verdict::Warn,
            format!("{base} does not answer: {error}; check llm.base_url and the key in {}", config.llm.api_key_env),
        ),
    }
}

/// Nothing where nobody signs in.
async fn signin(config: &Config) -> Option<anyhow::Result<(Verdict, String)>> {
    let opened = match app::open_signin(config, Arc::new(SystemClock)) {
        Ok(opened) => opened?,
        Err(error) => return Some(Err(error.into())),
    };
    let who = format!("customers of {} sign in", config.signin.issuer);
    Some(match opened.ready().await {
        Ok(()) => Ok((Verdict::Ok, who)),
        Err(error) => Ok((Verdict::Warn, format!("{who}, but {error}; check signin.jwks_url"))),
    })
}

fn articles(config: &Config) -> anyhow::Result<(Verdict, String)> {
    let folder = config.articles_dir();
    let zone = app::time_zone(config)?;
    let today = SystemClock.now().to_zoned(zone).date();
    let loaded = knowledge::load(&folder, today, app::detector(config).as_ref())?;
    let count = |severity| loaded.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let articles = loaded.library.articles().count();
    let detail = format!("{}: {articles} articles, {errors} errors, {warnings} warnings", folder.display());
    Ok(match (articles, errors, warnings) {
        (0, _, _) => (Verdict::Fail, format!("{detail}; put Markdown there, or name another folder by --knowledge")),
        (_, 0, 0) => (Verdict::Ok, detail),
        _ => (Verdict::Warn, format!("{detail}; `madoguchi knowledge check` lists them")),
    })
}
