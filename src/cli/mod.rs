//! The command line: one file a subcommand.

mod ask;
mod check;
mod desk;
mod eval;
mod guard;
mod knowledge;
mod model;
mod openapi;
mod serve;
mod store;
mod term;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::app::App;
use crate::clock::{RandomIds, SystemClock};
use crate::config::{Config, Overrides};
use crate::telemetry;

/// 窓口, the counter where a customer is served.
///
/// Answers customers from a company's own help articles, with sources, and says so when the articles do not hold the answer.
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, about, after_help = EXAMPLES, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  madoguchi serve                                  the service, on http://127.0.0.1:8080
  madoguchi ask \"いつまで返品できますか\"                one answer, in the terminal
  madoguchi --knowledge ~/our-docs serve           somebody else's help centre: a folder of Markdown
  madoguchi knowledge check                        what is wrong with the articles, by file and line
  madoguchi guard test \"返金してください\"              whether a message goes to a person, and why
  madoguchi eval all                               how good the answers are, in figures
  madoguchi store backup today.db                  a copy of everything that is kept, while serving
  madoguchi check                                  what is wrong with this installation, and the remedy

Every configuration key is explained by `madoguchi check --print-config`; each can be set in a file given by --config, or
in the environment: MADOGUCHI__SERVER__LISTEN=0.0.0.0:8080";

/// Flags of every subcommand.
#[derive(Debug, Clone, Args)]
struct Common {
    /// Configuration file (TOML); keys that it leaves out have their defaults
    #[arg(long, global = true, value_name = "FILE", env = "MADOGUCHI_CONFIG")]
    config: Option<PathBuf>,
    /// Where conversations and the index live [default: var/data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The help centre: a folder of Markdown, or one with an `articles` folder in it [default: knowledge]
    #[arg(long, global = true, value_name = "DIR")]
    knowledge: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve customers over HTTP
    Serve {
        /// Address and port [default: 127.0.0.1:8080]
        #[arg(long, value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
        /// Do not take up changes of the articles while serving
        #[arg(long)]
        no_watch: bool,
    },
    /// Ask one question and read the answer here
    Ask(ask::Ask),
    /// Check, publish, search and read the articles
    #[command(subcommand)]
    Knowledge(knowledge::Knowledge),
    /// Check the policies, and see what goes to a person and why
    #[command(subcommand)]
    Guard(guard::GuardCommand),
    /// Copy everything that is kept, and come back to such a copy
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Simulate what the desks will be like
    #[command(subcommand)]
    Desk(desk::DeskCommand),
    /// Bring in the embedding model
    #[command(subcommand)]
    Model(model::Model),
    /// Measure the assistant, compare two measurements, stop a regression
    #[command(subcommand)]
    Eval(Box<eval::Eval>),
    /// Look at every part of the installation and name the remedy for what is wrong
    Check(check::Check),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
}

impl Common {
    fn overrides(&self) -> Overrides {
        Overrides {
            file: self.config.clone(),
            data_dir: self.data_dir.clone(),
            knowledge: self.knowledge.clone(),
            ..Overrides::default()
        }
    }
}

/// Runs the command that the arguments name. 0: done; 1: failed, or findings of severity error; 2: wrong usage.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            term::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// `madoguchi … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref()).any(broken)
}

fn start(cli: Cli) -> anyhow::Result<ExitCode> {
    // Two crates below would each bring their own; the first user of TLS must find one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut overrides = cli.common.overrides();
    if let Command::Serve { listen, no_watch } = &cli.command {
        overrides.listen = *listen;
        overrides.no_watch = *no_watch;
    }
    let config = match Config::load(&overrides) {
        Ok(config) => config,
        // The doctor tells about a broken configuration like about everything else.
        Err(error) if matches!(cli.command, Command::Check(_)) => return check::broken_config(&error),
        Err(error) => return Err(error.into()),
    };
    let mut log = config.log.clone();
    if !matches!(cli.command, Command::Serve { .. }) {
        // A command's output is its own; only what went wrong is added to it.
        log.filter = "warn,qdrant_edge=error".to_owned();
    }
    telemetry::start(&log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve { .. } => serve::run(config).await,
            Command::Ask(ask) => ask.run(config).await,
            Command::Knowledge(knowledge) => knowledge.run(config).await,
            Command::Guard(guard) => guard.run(config).await,
            Command::Store(store) => store.run(config).await,
            Command::Desk(desk) => desk.run(&config),
            Command::Model(model) => model.run(),
            Command::Eval(eval) => eval.run(config).await,
            Command::Check(check) => check.run(config).await,
            Command::Openapi => openapi::run(),
        }
    })
}

/// Every part, with the machine's clock and randomness.
async fn open(config: Config) -> anyhow::Result<App> {
    App::open(config, Arc::new(SystemClock), Arc::new(RandomIds)).await
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
