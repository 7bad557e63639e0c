//! `madoguchi eval hostile`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::term;
use crate::clock::{RandomIds, SystemClock};
use crate::config::Config;
use crate::eval::corpus::Corpus;
use crate::eval::dataset::hostile::{harmless, hostile};
use crate::eval::jsonl;
use crate::eval::tasks::hostile::Stage;

/// Flags.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Hostile {
    /// Replies that must not get through
    #[arg(long, value_name = "FILE")]
    dataset: PathBuf,
    /// Replies that must
    #[arg(long, value_name = "FILE")]
    harmless: Option<PathBuf>,
    /// Only the first N hostile replies
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Replies worked on at once [default: one per core]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print one JSON object, with all that got through and all that was lost
    #[arg(long)]
    json: bool,
}

impl Hostile {
    /// Status 1 if anything got through.
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let mut rows = hostile(&self.dataset)?;
        rows.truncate(self.limit.unwrap_or(usize::MAX));
        let safe = self.harmless.as_deref().map(harmless).transpose()?.unwrap_or_default();
        anyhow::ensure!(!rows.is_empty(), "{} holds no reply", self.dataset.display());
        let bar = term::SyncBar::new();
        let corpus = Corpus::Articles(config.knowledge.dir.clone());
        let app =
            corpus.open(config, Arc::new(SystemClock), Arc::new(RandomIds), &|progress| bar.show(progress)).await?;
        let stage = Stage::new(app).await?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let bar = term::RunBar::new(&jsonl::name(&self.dataset));
        let report = stage.run(&rows, &safe, self.jobs.unwrap_or(cores), &|done, total| bar.show(done, total)).await?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            write!(out, "{}", report.text())?;
            for leak in &report.leaks {
                writeln!(
                    out,
                    "through: {} {}: {}",
                    leak.id,
                    leak.mutation.as_deref().unwrap_or("-"),
                    leak.played.said.join(" / ")
                )?;
            }
            for loss in report.harmless.iter().flat_map(|released| &released.losses) {
                let why = match (&loss.played.breach, &loss.played.broken) {
                    (Some(rule), Some((sentence, matched))) => format!("{}: {sentence} ({matched})", rule.code()),
                    _ => format!("withheld: {}", loss.played.withheld.join(" / ")),
                };
                writeln!(out, "lost: {} {why}", loss.id)?;
            }
        }
        Ok(if report.all.through == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
