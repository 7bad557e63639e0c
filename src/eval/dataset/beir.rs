//! Retrieval sets in BEIR's layout: `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`), `qrels/*.tsv`
//! (query, document, grade; with or without a heading; TREC's four columns are read too).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::eval::jsonl::{self, DatasetError};
use crate::eval::metrics::Grades;
use crate::language::{self, Lang};

/// A document of a corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its name in the judgements.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Its language.
    pub lang: Lang,
}

/// A question with what was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Its name.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// Documents by grade; at least one is above 0.
    pub grades: Grades<String>,
}

/// A set.
#[derive(Debug, Clone)]
pub struct Beir {
    /// What is searched.
    pub corpus: Vec<Document>,
    /// What is asked.
    pub queries: Vec<Query>,
    /// The files it was read from.
    pub files: Vec<PathBuf>,
    /// What the reader of a report must know.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id", alias = "id", deserialize_with = "name")]
    id: String,
    #[serde(default, deserialize_with = "nullable")]
    title: String,
    #[serde(default, deserialize_with = "nullable")]
    text: String,
    #[serde(default)]
    metadata: Option<Value>,
}

impl Row {
    fn lang(&self) -> Option<Lang> {
        Lang::from_tag(self.metadata.as_ref()?.get("lang")?.as_str()?)
    }
}

/// A name that is a string, or a number as some sets have them.
fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(serde::de::Error::custom(format!("a name must be a string or a number, not {other}"))),
    }
}

fn nullable<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

/// Whether a folder holds such a set.
pub fn is_beir(dir: &Path) -> bool {
    dir.join("corpus.jsonl").is_file()
}

/// Reads only the corpus. Languages: `metadata.lang` where given, else that of most documents.
///
/// # Errors
/// Names file and line.
pub fn corpus(dir: &Path, default: &Lang) -> Result<Vec<Document>, DatasetError> {
    let path = dir.join("corpus.jsonl");
    let rows = jsonl::lines::<Row>(&path)?;
    jsonl::unique(&path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    if rows.is_empty() {
        return Err(DatasetError::whole(&path, "holds no document"));
    }
    let common = majority(rows.iter().filter(|(_, row)| row.lang().is_none()).map(|(_, row)| &row.text), default);
    let document = |(_, row): (usize, Row)| Document {
        lang: row.lang().unwrap_or_else(|| common.clone()),
        id: row.id,
        title: row.title,
        text: row.text,
    };
    Ok(rows.into_iter().map(document).collect())
}

/// The language of most texts, told from the first few hundred: single short ones are easily mistaken.
fn majority<'a>(texts: impl Iterator<Item = &'a String>, default: &Lang) -> Lang {
    let mut counts: BTreeMap<Lang, usize> = BTreeMap::new();
    for text in texts.filter(|text| !text.trim().is_empty()).take(300) {
        let start: String = text.chars().take(400).collect();
        *counts.entry(language::detect(&start, None, default)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, n)| *n).map_or_else(|| default.clone(), |(lang, _)| lang)
}

impl Beir {
    /// Reads a folder. Questions that nothing was judged right for are left out, and the notes say how many.
    ///
    /// # Errors
    /// Names file and line; and a set without any question to score.
    pub fn read(dir: &Path, default: &Lang) -> Result<Self, DatasetError> {
        let corpus = corpus(dir, default)?;
        let languages: HashSet<&Lang> = corpus.iter().map(|document| &document.lang).collect();
        let only = (languages.len() == 1).then(|| languages.into_iter().next().cloned()).flatten();
        let (judged, mut grades) = judgements(dir)?;
        let path = dir.join("queries.jsonl");
        let rows = jsonl::lines::<Row>(&path)?;
        jsonl::unique(&path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
        let total = rows.len();
        let mut queries = Vec::new();
        for (_, row) in rows {
            let Some(grades) = grades.remove(&row.id).filter(|grades| grades.values().any(|grade| *grade > 0)) else {
                continue;
            };
            let told = || only.clone().unwrap_or_else(|| language::detect(&row.text, None, default));
            queries.push(Query { lang: row.lang().unwrap_or_else(told), id: row.id, text: row.text, grades });
        }
        if queries.is_empty() {
            return Err(DatasetError::whole(dir, "no question of queries.jsonl has a judgement above 0 in qrels"));
        }
        let mut notes = Vec::new();
        if queries.len() < total {
            notes.push(format!("{} questions without a judgement above 0 are left out", total - queries.len()));
        }
        let known: HashSet<&str> = corpus.iter().map(|document| document.id.as_str()).collect();
        let lost = queries.iter().flat_map(|q| q.grades.keys()).filter(|id| !known.contains(id.as_str())).count();
        if lost > 0 {
            notes.push(format!("{lost} judgements name documents that the corpus lacks: they can never be found"));
        }
        let files = vec![dir.join("corpus.jsonl"), path, judged];
        Ok(Self { corpus, queries, files, notes })
    }
}

/// `qrels/test.tsv`, or the only file there is.
fn judgements(dir: &Path) -> Result<(PathBuf, HashMap<String, Grades<String>>), DatasetError> {
    let folder = dir.join("qrels");
    let path = [folder.join("test.tsv"), folder.join("dev.tsv"), folder.join("train.tsv"), dir.join("qrels.tsv")]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| DatasetError::whole(dir, "holds no qrels/test.tsv (nor dev.tsv, train.tsv)"))?;
    let text = jsonl::read(&path)?;
    let mut grades: HashMap<String, Grades<String>> = HashMap::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let columns: Vec<&str> = match line.contains('\t') {
            true => line.split('\t').map(str::trim).collect(),
            false => line.split_whitespace().collect(),
        };
        let (query, document, grade) = match columns[..] {
            [query, document, grade] => (query, document, grade),
            [query, _, document, grade] => (query, document, grade),
            _ => return Err(wrong(&path, at, "needs three columns: query, document, grade")),
        };
        // Some sets write their grades as 1.0.
        match grade.strip_suffix(".0").unwrap_or(grade).parse::<i64>() {
            // Some sets mark junk with grades below 0: wrong, like 0.
            Ok(grade) => {
                let grade = u32::try_from(grade.max(0)).unwrap_or(u32::MAX);
                grades.entry(query.to_owned()).or_default().insert(document.to_owned(), grade);
            }
            Err(_) if at == 0 && !grade.contains(|c: char| c.is_ascii_digit()) => {}
            Err(_) => return Err(wrong(&path, at, &format!("{grade:?} is no grade: a whole number"))),
        }
    }
    Ok((path, grades))
}

fn wrong(path: &Path, at: usize, problem: &str) -> DatasetError {
    DatasetError::Line { path: path.to_owned(), line: at + 1, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(corpus: &str, queries: &str, qrels: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("qrels")).unwrap();
        std::fs::write(dir.path().join("corpus.jsonl"), corpus).unwrap();
        std::fs::write(dir.path().join("queries.jsonl"), queries).unwrap();
        std::fs::write(dir.path().join("qrels/test.tsv"), qrels).unwrap();
        dir
    }

    const CORPUS: &str = r#"{"_id":"d1","title":"","text":"返品は30日以内にお願いします。"}
{"_id":2,"title":null,"text":"送料は無料です。"}
"#;

    #[test]
    fn headings_numbers_and_grades() {
        let queries = r#"{"_id":"q1","text":"返品"}
{"_id":"q2","text":"送料","metadata":{"lang":"zh"}}
{"_id":"q3","text":"未判定"}
"#;
        let dir = set(CORPUS, queries, "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\t2\t-1\nq2\t2\t1\nq3\td1\t0\n");
        let set = Beir::read(dir.path(), &Lang::EN).unwrap();
        assert_eq!(set.corpus[1].id, "2");
        assert_eq!(set.queries.len(), 2);
        // Chinese characters alone, but the corpus is Japanese throughout.
        assert_eq!(set.queries[0].lang, Lang::JA);
        assert_eq!(set.queries[1].lang, Lang::ZH);
        assert_eq!(set.queries[0].grades, Grades::from([("d1".to_owned(), 2), ("2".to_owned(), 0)]));
        assert_eq!(set.notes.len(), 1, "{:?}", set.notes);
    }

    #[test]
    fn without_heading_and_in_trec_columns() {
        let queries = "{\"_id\":\"q1\",\"text\":\"返品\"}\n";
        let dir = set(CORPUS, queries, "q1 0 d1 1\nq1 0 gone 1\n");
        let set = Beir::read(dir.path(), &Lang::JA).unwrap();
        assert_eq!(set.queries[0].grades.len(), 2);
        assert!(set.notes[0].contains("lacks"), "{:?}", set.notes);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let queries = "{\"_id\":\"q1\",\"text\":\"返品\"}\n";
        let error = |corpus: &str, qrels: &str| {
            let dir = set(corpus, queries, qrels);
            Beir::read(dir.path(), &Lang::JA).unwrap_err().to_string()
        };
        assert!(error(CORPUS, "h\th\th\nq1\td1\tviel\n").contains("test.tsv:2"));
        assert!(error(CORPUS, "h\th\th\nq1\td1\n").contains("three columns"));
        assert!(error(CORPUS, "h\th\th\nother\td1\t1\n").contains("no question"));
        assert!(error("", "q1\td1\t1\n").contains("no document"));
        let twice = format!("{CORPUS}{CORPUS}");
        assert!(error(&twice, "q1\td1\t1\n").contains("corpus.jsonl:3"));
    }
}
