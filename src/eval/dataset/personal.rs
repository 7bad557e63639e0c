//! Customer messages with the personal data in them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::eval::jsonl::{self, DatasetError};
use crate::guard::personal::Kind;
use crate::language::Lang;

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name; the line's number where the file gives none.
    #[serde(default)]
    pub id: String,
    /// What the customer says.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// The personal data in it, in the order in which it stands there; none is a message in which nothing must be found.
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// Something personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// What it is.
    pub kind: Kind,
    /// As it stands in the message, to the character.
    pub text: String,
    /// Where: characters from and to. Found when the file is read; of equal texts each takes the next.
    #[serde(skip)]
    pub range: std::ops::Range<usize>,
}

/// Reads a file.
///
/// # Errors
/// Names the line at fault: also one whose span does not stand in its text.
pub fn read(path: &Path) -> Result<Vec<Row>, DatasetError> {
    let mut rows = jsonl::lines::<Row>(path)?;
    for (line, row) in &mut rows {
        if row.id.is_empty() {
            row.id = line.to_string();
        }
        locate(row).map_err(|problem| DatasetError::Line { path: path.to_owned(), line: *line, problem })?;
    }
    jsonl::unique(path, rows.iter().map(|(line, row)| (*line, row.id.as_str())))?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn locate(row: &mut Row) -> Result<(), String> {
    let Row { text, spans, .. } = row;
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    for span in spans {
        if span.text.is_empty() {
            return Err("a span is empty".to_owned());
        }
        let length = span.text.chars().count();
        let places = text.match_indices(span.text.as_str()).filter_map(|(byte, _)| text.get(..byte));
        let starts = places.map(|before| before.chars().count());
        let free = |start: &usize| taken.iter().all(|range| *start >= range.end || start + length <= range.start);
        let mut starts = starts.filter(free);
        let Some(start) = starts.next() else {
            return Err(format!("the span {:?} stands nowhere in the text, or not so often", span.text));
        };
        span.range = start..start + length;
        taken.push(span.range.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Result<Row, String> {
        let mut row: Row = serde_json::from_str(json).map_err(|error| error.to_string())?;
        locate(&mut row).map(|()| row)
    }

    #[test]
    fn spans_are_found_where_they_stand() {
        let row = row(
            r#"{"text":"電話 03 と 03","lang":"ja","spans":[{"kind":"phone","text":"03"},{"kind":"phone","text":"03"}]}"#,
        );
        let ranges: Vec<_> = row.unwrap().spans.into_iter().map(|span| span.range).collect();
        assert_eq!(ranges, [3..5, 8..10]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for wrong in [
            r#"{"text":"a","lang":"en","spans":[{"kind":"phone","text":"b"}]}"#,
            r#"{"text":"a","lang":"en","spans":[{"kind":"phone","text":"a"},{"kind":"phone","text":"a"}]}"#,
            r#"{"text":"a","lang":"en","spans":[{"kind":"phone","text":""}]}"#,
            r#"{"text":"a","lang":"en","spans":[{"kind":"shoe","text":"a"}]}"#,
        ] {
            assert!(row(wrong).is_err(), "{wrong}");
        }
        assert!(row(r#"{"text":"a","lang":"en"}"#).unwrap().spans.is_empty());
    }
}
