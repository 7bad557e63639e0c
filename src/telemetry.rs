//! What the service tells its operators: spans and events, on standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Log, LogFormat};

/// Starts logging. `RUST_LOG` wins over the configured filter. Called once, first thing.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let text = std::env::var("RUST_LOG").unwrap_or_else(|_| log.filter.clone());
    let filter = EnvFilter::try_new(&text).map_err(|error| anyhow::anyhow!("configuration: log.filter: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => builder.json().with_span_events(FmtSpan::CLOSE).try_init(),
        LogFormat::Text => {
            let colours =
                std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
            builder.with_ansi(colours).with_target(false).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("logging: {error}"))
}
