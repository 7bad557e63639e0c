//! `madoguchi openapi`.

use std::io::Write as _;
use std::process::ExitCode;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", crate::http::openapi().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}
