//! Messages with what came before them, one JSON object a line, and what must come of them: for `madoguchi guard test`, and for the
//! rows that a new policy file must not miss.

use serde::{Deserialize, Serialize};

use super::conversation::{Replied, Said, Speaker};
use super::policy::PolicyCode;
use crate::language::Lang;

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its words.
    pub text: String,
    /// Its language, where it should not be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// What was said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Line>,
    /// What must come of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expected>,
    /// The policy that must rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyCode>,
    /// Other policies that may rule as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<PolicyCode>,
    /// Whether policies that would miss it may not be taken up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_not_miss: bool,
}

/// What must come of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// A person takes over.
    MustHandoff,
    /// The machine may answer.
    MayAnswer,
    /// Either is defensible.
    Ambiguous,
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Line {
    /// Whether the assistant said it.
    pub assistant: bool,
    /// The words.
    pub text: String,
}

/// A line as it may be written: `"assistant: …"`, or `{"role": "assistant", "text": "…"}`. Without a role the customer said it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Marked {
        #[serde(default, alias = "speaker")]
        role: String,
        #[serde(alias = "content")]
        text: String,
    },
}

/// Why a line is no row.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {error}")]
pub struct RowError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub error: serde_json::Error,
}

impl Row {
    /// A message without anything before it.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            lang: None,
            context: Vec::new(),
            expect: None,
            policy: None,
            accept: Vec::new(),
            must_not_miss: false,
        }
    }

    /// Reads rows, one a line; blank lines do not count.
    ///
    /// # Errors
    /// Names the first line that is none.
    pub fn read(text: &str) -> Result<Vec<Self>, RowError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(at, line)| serde_json::from_str(line).map_err(|error| RowError { line: at + 1, error })).collect()
    }

    /// What was said before, for a guard. Replies count as answers.
    pub fn before(&self) -> Vec<Said<'_>> {
        let said =
            |line: &'_ Line| if line.assistant { Speaker::Assistant(Replied::Answered) } else { Speaker::Customer };
        self.context.iter().map(|line| Said { by: said(line), text: &line.text }).collect()
    }

    /// Every text whose vector judging this row asks for.
    pub(super) fn texts_to_embed(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.text.clone()).chain(self.in_context())
    }

    /// The message together with what the customer said last before it, as the turn looks at follow-ups; `None` if nothing was said.
    pub fn in_context(&self) -> Option<String> {
        let last = self.context.iter().rev().find(|line| !line.assistant)?;
        Some(format!("{}\n{}", last.text, self.text))
    }
}

impl From<Written> for Line {
    fn from(written: Written) -> Self {
        let is_assistant = |role: &str| matches!(role.trim(), "assistant" | "bot" | "agent");
        let (role, text) = match &written {
            Written::Marked { role, text } => (role.as_str(), text.as_str()),
            Written::Text(text) => match text.split_once(':') {
                Some((role @ ("assistant" | "bot" | "customer" | "user"), rest)) => (role, rest.trim_start()),
                _ => ("customer", text.as_str()),
            },
        };
        Self { assistant: is_assistant(role), text: text.to_owned() }
    }
}

impl From<Line> for Written {
    fn from(line: Line) -> Self {
        let role = if line.assistant { "assistant" } else { "customer" };
        Self::Marked { role: role.to_owned(), text: line.text }
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Written::Text(text.to_owned()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_may_be_written_in_several_ways() {
        let rows = Row::read(concat!(
            r#"{"text": "はい", "lang": "ja", "context": ["返金したい", "assistant: 返金ですか？"], "expect": "must_handoff", "policy": "refund"}"#,
            "\n\n",
            r#"{"text": "yes", "context": [{"role": "assistant", "text": "Refund?"}, {"role": "user", "content": "hm"}]}"#,
        ))
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert!(!rows[0].context[0].assistant && rows[0].context[1].assistant);
        assert_eq!(rows[0].context[1].text, "返金ですか？");
        assert_eq!(rows[0].in_context().unwrap(), "返金したい\nはい");
        assert!(rows[1].context[0].assistant && !rows[1].context[1].assistant);
        assert!(Row::read("{\"text\": \"a\"}\n{").unwrap_err().to_string().starts_with("line 2: "));
    }
}
