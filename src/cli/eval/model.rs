//! The language model that is measured, with the service around it.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::json;

use super::args::Modelled;
use super::runner::program;
use super::write_to;
use crate::app::App;
use crate::cli::term;
use crate::clock::{RandomIds, SystemClock};
use crate::config::{Config, Llm};
use crate::eval::assistant::{Assistant as _, Local};
use crate::eval::corpus::Corpus;
use crate::eval::jsonl;
use crate::eval::run::RunOptions;
use crate::eval::tasks::hostile::Stage;
use crate::llm::{ChatError, ChatModel, ChatRequest};

/// A service over the articles whose answers one model writes.
pub(super) struct Opened {
    pub(super) app: App,
    pub(super) stage: Stage,
    pub(super) chat: Arc<dyn ChatModel>,
    pub(super) options: RunOptions,
    /// Names all that the model's replies depend on: an interrupted run of the same key is taken up.
    pub(super) key: String,
}

/// The configuration with one model: without fallbacks, because all figures must be of one; without what was answered before; and without
/// leaving the model alone for a while, which would make one failure into many.
///
/// # Errors
/// When it names no model.
pub(super) fn with_model(mut config: Config) -> anyhow::Result<Config> {
    ensure!(
        !config.llm.base_url.is_empty() && !config.llm.model.is_empty(),
        "no language model is configured: set llm.base_url and llm.model (MADOGUCHI__LLM__BASE_URL, MADOGUCHI__LLM__MODEL); \
         `LLM=small .ci/run-with-llm madoguchi eval …` does it with a small one, once `make test-setup` has fetched that"
    );
    config.llm.answers = true;
    // Its vote is another thing, and would take its time off the writer's.
    config.llm.guard_vote = false;
    config.llm.fallbacks.clear();
    config.llm.breaker_failures = u32::MAX;
    config.answer.cache_entries = 0;
    Ok(config)
}

/// Opens it, and asks the model for a word: a wrong address or key should not be found out after hours. `files` are what is measured on,
/// `asked` what is asked of them.
///
/// # Errors
/// When a part cannot be opened, or the model does not answer.
pub(super) async fn open(
    config: Config,
    flags: &Modelled,
    files: &[PathBuf],
    asked: serde_json::Value,
) -> anyhow::Result<Opened> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = RunOptions {
        jobs: flags.jobs.map_or(cores, usize::from),
        seed: flags.seed,
        limit: None,
        journals: Some(config.data_dir.join("eval/runs")),
        fresh: flags.fresh,
        program: program(),
    };
    let llm = known_again(&config.llm)?;
    let bar = term::SyncBar::new();
    let corpus = Corpus::Articles(config.knowledge.dir.clone());
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    let app = corpus.open(config, clock, ids, &|progress| bar.show(progress)).await?;
    drop(bar);
    let writer = app.turn.writer.as_ref().context("no language model was opened")?;
    let chat = Arc::clone(&writer.chat);
    answers(chat.as_ref()).await?;
    let system = Local::new(app.clone()).await?.about();
    let key = json!({
        "files": jsonl::digest(files)?, "asked": asked, "limit": flags.limit, "llm": llm, "system": system,
        "policies": app.turn.guards.current().policies().digest(),
        "program": options.program,
    });
    let stage = Stage::new(app.clone()).await?;
    Ok(Opened { app, stage, chat, options, key: key.to_string() })
}

/// Writes the figures where they are wanted, and prints the report.
pub(super) fn tell(
    flags: &Modelled,
    taken: &impl Serialize,
    report: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    write_to(flags.out.as_deref(), || Ok(format!("{}\n", serde_json::to_string_pretty(taken)?)))?;
    let mut out = std::io::stdout().lock();
    match flags.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(report)?)?,
        false => write!(out, "{}", text())?,
    }
    Ok(())
}

/// The model's settings, for a run that is taken up: on this machine a server has another port each time.
fn known_again(llm: &Llm) -> anyhow::Result<serde_json::Value> {
    let mut known = serde_json::to_value(llm)?;
    if let Ok(mut url) = url::Url::parse(&llm.base_url)
        && matches!(url.host_str(), Some("127.0.0.1" | "localhost"))
        && url.set_port(None).is_ok()
    {
        known["base_url"] = url.as_str().into();
    }
    Ok(known)
}

async fn answers(chat: &dyn ChatModel) -> anyhow::Result<()> {
    let request = ChatRequest {
        system: String::new(),
        user: "Hello!".to_owned(),
        temperature: 0.0,
        seed: Some(0),
        max_tokens: 1,
        json_schema: None,
    };
    match chat.complete(&request).await {
        // Cut after its first word, as it was asked to be.
        Ok(_) | Err(ChatError::Incomplete(_)) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("the model {} does not answer", chat.model())),
    }
}
