//! Which files belong to which task.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::eval::dataset::beir;

/// A kind of measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Retrieval,
    Answers,
    Grounding,
    Abstention,
    Guards,
    Personal,
    Conversations,
    JudgeAgreement,
}

impl Task {
    /// What `all` runs, in the order of its report.
    pub(super) const ALL: [Self; 7] = [
        Self::Retrieval,
        Self::Answers,
        Self::Abstention,
        Self::Grounding,
        Self::Guards,
        Self::Personal,
        Self::Conversations,
    ];

    /// As the command line calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Retrieval => "retrieval",
            Self::Answers => "answers",
            Self::Grounding => "grounding",
            Self::Abstention => "abstention",
            Self::Guards => "guards",
            Self::Personal => "personal",
            Self::Conversations => "conversations",
            Self::JudgeAgreement => "judge-agreement",
        }
    }

    /// The folder of our own sets for it.
    fn folder(self) -> &'static str {
        match self {
            // Questions over the articles say which of them answer, and which have none: one set for three tasks.
            Self::Retrieval | Self::Answers | Self::Abstention => "answers",
            Self::Grounding => "grounding",
            Self::Guards | Self::Personal => "guards",
            Self::Conversations => "conversations",
            Self::JudgeAgreement => "judge",
        }
    }

    fn takes(self, path: &Path) -> bool {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        // Messages with personal data lie beside those for the guards, and have other fields.
        let personal = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.starts_with("pii"));
        match self {
            Self::Guards => extension == "jsonl" && !personal,
            Self::Personal => extension == "jsonl" && personal,
            Self::Conversations => matches!(extension, "yaml" | "yml"),
            Self::Answers => matches!(extension, "jsonl" | "yaml" | "yml"),
            _ => extension == "jsonl",
        }
    }

    /// Our own sets for it below `datasets`, by name.
    pub(super) fn own(self, datasets: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let dir = datasets.join(self.folder());
        if !dir.is_dir() {
            return Ok(Vec::new());
        }
        self.files(&dir)
    }

    /// The sets that `path` names: itself, or what a folder holds for this task.
    pub(super) fn named(self, path: &Path) -> anyhow::Result<Vec<PathBuf>> {
        if !path.exists() {
            bail!("--dataset: {} does not exist", path.display());
        }
        if path.is_file() || (self == Self::Retrieval && beir::is_beir(path)) {
            return Ok(vec![path.to_owned()]);
        }
        let found = self.files(path)?;
        if found.is_empty() {
            bail!("--dataset: {} holds nothing for this task; `--help` says what it takes", path.display());
        }
        Ok(found)
    }

    fn files(self, dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(dir).with_context(|| dir.display().to_string())?;
        let mut found: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
        let beir = |path: &Path| self == Self::Retrieval && beir::is_beir(path);
        found.retain(|path| beir(path) || (path.is_file() && self.takes(path)));
        found.sort();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_and_personal_data_share_a_folder_and_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("guards");
        std::fs::create_dir(&folder).unwrap();
        for name in ["pii.jsonl", "handoff.jsonl", "notes.md"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(Task::Guards.own(dir.path()).unwrap(), [folder.join("handoff.jsonl")]);
        assert_eq!(Task::Personal.own(dir.path()).unwrap(), [folder.join("pii.jsonl")]);
    }
}
