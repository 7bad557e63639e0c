//! Questions with the passages that may be answered from, and whether those hold the answer (NoMIRACL's shape).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::beir::Document;
use crate::eval::jsonl::{self, DatasetError};
use crate::language::Lang;

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its name.
    pub id: String,
    /// Its language.
    pub lang: Lang,
    /// Its text.
    pub question: String,
    /// What may be answered from.
    pub passages: Vec<GivenPassage>,
    /// Whether the passages hold the answer.
    pub answerable: bool,
}

/// A passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenPassage {
    /// Its name; one name is one text.
    pub doc_id: String,
    /// Its title, where it is apart.
    #[serde(default)]
    pub title: String,
    /// Its text.
    pub text: String,
}

/// Reads a file.
///
/// # Errors
/// Names the line at fault.
pub fn read(path: &Path) -> Result<Vec<Question>, DatasetError> {
    let rows = jsonl::lines::<Question>(path)?;
    jsonl::unique(path, rows.iter().map(|(line, question)| (*line, question.id.as_str())))?;
    if let Some((line, question)) = rows.iter().find(|(_, question)| question.passages.is_empty()) {
        let problem =
            format!("{:?} has no passages; a question over the articles belongs into an answer set", question.id);
        return Err(DatasetError::Line { path: path.to_owned(), line: *line, problem });
    }
    Ok(rows.into_iter().map(|(_, question)| question).collect())
}

/// The name a passage is indexed by: two languages may number theirs alike.
pub fn document_id(question: &Question, passage: &GivenPassage) -> String {
    format!("{}:{}", question.lang, passage.doc_id)
}

/// Every passage once, as a corpus.
pub fn corpus(questions: &[Question]) -> Vec<Document> {
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    for question in questions {
        for passage in &question.passages {
            let id = document_id(question, passage);
            documents.entry(id.clone()).or_insert_with(|| Document {
                id,
                title: passage.title.clone(),
                text: passage.text.clone(),
                lang: question.lang.clone(),
            });
        }
    }
    documents.into_values().collect()
}
