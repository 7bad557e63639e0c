//! Flags that measurements share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is measured, and how.
#[derive(Debug, Clone, Args)]
pub(super) struct Common {
    /// File or folder to measure on (repeatable) [default: what eval/datasets holds for this task]
    #[arg(long, value_name = "PATH")]
    pub(super) dataset: Vec<PathBuf>,
    /// Answer from this corpus instead of the articles: a folder of Markdown, or one with a corpus.jsonl
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub(super) corpus: Option<PathBuf>,
    /// Measure a running service instead of this program
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Environment variable with an API key of that service, for cases asked by others than customers
    #[arg(long, value_name = "NAME", requires = "url")]
    pub(super) key_env: Option<String>,
    /// Cases worked on at once [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    /// Seed of everything random: intervals, a judge's votes
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
    /// Only the first N cases of each dataset
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) limit: Option<u32>,
    /// Do not take up an interrupted run
    #[arg(long)]
    pub(super) fresh: bool,
    /// Where our own sets lie
    #[arg(long, value_name = "DIR", default_value = "eval/datasets")]
    pub(super) datasets: PathBuf,
}

/// The language model that reads answers.
#[derive(Debug, Clone, Args)]
pub(super) struct Judge {
    /// Have the language model of `llm.base_url` judge answers that have a reference
    #[arg(long)]
    pub(super) judge: bool,
    /// Votes of the judge on each answer; the majority decides
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = odd)]
    pub(super) votes: u16,
}

fn odd(text: &str) -> Result<u16, String> {
    let votes: u16 = text.parse().map_err(|_| "a number is wanted".to_owned())?;
    if votes % 2 == 1 { Ok(votes) } else { Err("an odd number, so that there is a majority".to_owned()) }
}

/// What is measured with a real language model, and what becomes of it.
#[derive(Debug, Clone, Args)]
pub(super) struct Modelled {
    /// Only N cases (of each kind), drawn by the seed and spread over what there is
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) limit: Option<u32>,
    /// Seed of what is drawn, and of the model's words
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
    /// Replies asked for at once [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    /// Do not take up an interrupted run
    #[arg(long)]
    pub(super) fresh: bool,
    /// Where our own sets lie
    #[arg(long, value_name = "DIR", default_value = "eval/datasets")]
    pub(super) datasets: PathBuf,
    /// Print one JSON object, with every case
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the figures to a file that `madoguchi guard certify` takes
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

/// Which verifier says whether a source supports what is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Verifier {
    /// The share of words that stand in the source
    Overlap,
    /// The cosine with the nearest sentences of the source
    Embedding,
    /// Numbers, dates, links, names, negations and quantifiers that disagree
    Checks,
    /// All but meaning, weighed: what decides while the embedder is down, and where it need not be asked
    Words,
    /// All of them, weighed
    #[default]
    Evidence,
}

/// What becomes of the result.
#[derive(Debug, Clone, Args)]
pub(super) struct Output {
    /// Print one JSON object: {dataset, config, metrics: {NAME: {value, n, low, high}}, failures: […], …}; {reports: […]} of several
    #[arg(long)]
    pub(super) json: bool,
    /// Also write that JSON to a file
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,
    /// Write one self-contained page with plots and every failure
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Write JUnit XML, a test a case
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Write a TREC run file (retrieval)
    #[arg(long, value_name = "FILE")]
    pub(super) trec: Option<PathBuf>,
    /// Write JSONL with ragas' names (answers)
    #[arg(long, value_name = "FILE")]
    pub(super) ragas: Option<PathBuf>,
    /// Exit with status 1 if a figure is below its floor, or worse than the baseline by more than is allowed
    #[arg(long, value_name = "FILE")]
    pub(super) gate: Option<PathBuf>,
    /// Where the baselines lie
    #[arg(long, value_name = "DIR", default_value = "eval/baselines")]
    pub(super) baselines: PathBuf,
    /// Write these results as the new baselines; not of a part (--limit), nor with cases that crashed
    #[arg(long, conflicts_with = "limit")]
    pub(super) update_baseline: bool,
}
