//! What a certificate is measured on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::figures::SetAbout;
use crate::eval::dataset::guards::{self, Expect, Row};
use crate::eval::dataset::hostile::{self, Harmless, Hostile};
use crate::eval::jsonl::{self, DatasetError};

/// All sets. Those that a folder lacks are absent, and the certificate says that they were not measured.
#[derive(Debug, Clone, Default)]
pub struct Sets {
    /// The test split.
    pub test: Vec<Row>,
    /// Rows that may never be missed.
    pub must_not_miss: Vec<Row>,
    /// Requests for a person, and harmless messages with their words.
    pub person: Option<Vec<Wording>>,
    /// Requests over several turns.
    pub spread: Option<Vec<Row>>,
    /// The worst replies.
    pub hostile: Option<Vec<Hostile>>,
    /// Disguises of them.
    pub generated: Option<Vec<Hostile>>,
    /// Replies that an article supports.
    pub harmless: Option<Vec<Harmless>>,
    /// What each holds, by name.
    pub about: BTreeMap<String, SetAbout>,
}

/// A message that asks for a person, or seems to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Wording {
    /// Its name.
    pub id: String,
    /// Its words.
    pub text: String,
    /// What must come of it.
    pub expect: Expect,
}

impl Sets {
    /// Reads them from the folder of all sets; disguises from a file of their own.
    ///
    /// # Errors
    /// Names the file and line at fault; the test split and the rows that may never be missed must be there.
    pub fn read(datasets: &Path, generated: Option<&Path>) -> Result<Self, DatasetError> {
        let mut sets = Self::default();
        let at = |path: &str| Some(datasets.join(path)).filter(|path| path.is_file());
        sets.test = sets.add("test", &datasets.join("guards/test.jsonl"), guards::read)?;
        sets.must_not_miss = sets.add("must_not_miss", &datasets.join("guards/must_not_miss.jsonl"), guards::read)?;
        sets.person = at("guards/person.jsonl").map(|path| sets.add("person", &path, wordings)).transpose()?;
        let look_alikes =
            at("guards/person_not.jsonl").map(|path| sets.add("person_not", &path, wordings)).transpose()?;
        if let (Some(person), Some(more)) = (&mut sets.person, look_alikes) {
            person.extend(more);
        }
        sets.spread = at("certificate/spread.jsonl").map(|path| sets.add("spread", &path, guards::read)).transpose()?;
        sets.hostile =
            at("hostile/hostile.jsonl").map(|path| sets.add("hostile", &path, hostile::hostile)).transpose()?;
        sets.harmless =
            at("hostile/harmless.jsonl").map(|path| sets.add("harmless", &path, hostile::harmless)).transpose()?;
        sets.generated = generated.map(|path| sets.add("generated", path, hostile::hostile)).transpose()?;
        for (name, rows) in [("guards/test.jsonl", &sets.test), ("guards/must_not_miss.jsonl", &sets.must_not_miss)] {
            if rows.is_empty() {
                return Err(DatasetError::whole(
                    &datasets.join(name),
                    "holds no row: of nothing, nothing is certified",
                ));
            }
        }
        Ok(sets)
    }

    fn add<T>(
        &mut self,
        name: &str,
        path: &Path,
        read: impl Fn(&Path) -> Result<Vec<T>, DatasetError>,
    ) -> Result<Vec<T>, DatasetError> {
        let rows = read(path)?;
        let digest = jsonl::digest(&[PathBuf::from(path)])?;
        self.about.insert(name.to_owned(), SetAbout { rows: rows.len(), digest });
        Ok(rows)
    }
}

fn wordings(path: &Path) -> Result<Vec<Wording>, DatasetError> {
    let rows = jsonl::lines::<Wording>(path)?;
    jsonl::unique(path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_not_measured() {
        let dir = tempfile::tempdir().unwrap();
        let guards = dir.path().join("guards");
        std::fs::create_dir(&guards).unwrap();
        assert!(Sets::read(dir.path(), None).unwrap_err().to_string().contains("test.jsonl"));
        let row =
            "{\"id\":\"1\",\"text\":\"返金して\",\"lang\":\"ja\",\"expect\":\"must_handoff\",\"policy\":\"refund\"}\n";
        for name in ["test", "must_not_miss"] {
            std::fs::write(guards.join(name).with_extension("jsonl"), row).unwrap();
        }
        let sets = Sets::read(dir.path(), None).unwrap();
        assert!(sets.person.is_none() && sets.hostile.is_none() && sets.spread.is_none());
        assert_eq!(sets.about.keys().collect::<Vec<_>>(), ["must_not_miss", "test"]);
        assert_eq!(sets.about["test"].rows, 1);
        std::fs::write(guards.join("must_not_miss.jsonl"), "\n").unwrap();
        assert!(Sets::read(dir.path(), None).unwrap_err().to_string().contains("nothing is certified"));
    }

    #[test]
    fn ours_can_be_read() {
        let sets = Sets::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/datasets"), None).unwrap();
        let spread = sets.spread.unwrap();
        let requests = spread.iter().filter(|row| row.expect == Expect::MustHandoff).count();
        assert!(requests >= 30 && spread.len() - requests >= 20, "{requests} of {}", spread.len());
        assert!(spread.iter().all(|row| row.context.len() >= 2), "each comes after an answer");
        let person = sets.person.unwrap();
        assert!(person.iter().filter(|row| row.expect == Expect::MustHandoff).count() >= 100);
    }
}
