//! The doctor's look at the prompts.

use serde::Serialize;

use super::{Line, Verdict};
use crate::answer::PromptShelf;
use crate::config::Config;
use crate::eval::judge;
use crate::guard::vote;
use crate::prompt::Proof;

/// A prompt in the doctor's report for machines.
#[derive(Debug, Serialize)]
pub(super) struct Prompt {
    name: String,
    /// Its file; absent if it is the one in the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(flatten)]
    state: State,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum State {
    InOrder { purpose: String, version: u32, digest: String },
    Faulty { problem: String, remedy: &'static str },
}

/// A line for each prompt, read and rendered with example inputs as the service would.
pub(super) fn lines(config: &Config) -> Vec<Line> {
    let folder = config.prompts_dir();
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
        let detail =
            format!("there is no folder {}; leave llm.prompts empty for those in the program", folder.display());
        return vec![Line::new("prompts", Verdict::Fail, detail)];
    }
    let (answers, strangers) = PromptShelf::proofs(folder.as_deref());
    let stranger = |path: std::path::PathBuf| {
        let detail = format!("{}: no prompt has this name; nobody reads it", path.display());
        Line::new("prompt", Verdict::Warn, detail)
    };
    let embedded = vote::proofs().into_iter().chain(judge::proofs());
    answers.into_iter().chain(embedded).map(line).chain(strangers.into_iter().map(stranger)).collect()
}

fn line(proof: Proof) -> Line {
    let Proof { name, file, found } = proof;
    let file = file.map(|file| file.display().to_string());
    let place = file.as_deref().unwrap_or("in the program");
    let (verdict, detail, state) = match found {
        Ok(template) => {
            let (version, purpose) = (template.version(), template.purpose().to_owned());
            let detail = format!("{name} version {version}, {place}: {purpose}");
            let (version, digest) = (version.version, version.digest.clone());
            (Verdict::Ok, detail, State::InOrder { purpose, version, digest })
        }
        Err(error) => {
            let (problem, remedy) = (error.problem, error.remedy);
            (Verdict::Fail, format!("{name}, {place}: {problem}; {remedy}"), State::Faulty { problem, remedy })
        }
    };
    Line { prompt: Some(Prompt { name, file, state }), ..Line::new("prompt", verdict, detail) }
}
