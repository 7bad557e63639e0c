//! Scripted conversations: what the customer types turn by turn, and what must come of each.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::answers::AnyOf;
use crate::eval::jsonl::{self, DatasetError};
use crate::language::Lang;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Its name.
    pub id: String,
    /// The customer's language.
    pub lang: Lang,
    /// What it is about, for people.
    #[serde(default)]
    pub about: String,
    /// The customer's turns, in order.
    pub turns: Vec<ScriptTurn>,
    /// How things stand afterwards.
    #[serde(default)]
    pub after: After,
}

/// One turn of the customer's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptTurn {
    /// What the customer types.
    pub user: String,
    /// What must come of it.
    pub expect: TurnExpect,
}

/// What must come of a turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnExpect {
    /// One of these.
    pub outcome: Outcomes,
    /// For a hand-off: under one of these policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<AnyOf>,
    /// For an answer: articles it must rest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_cite: Vec<AnyOf>,
    /// For an answer: what it must say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_facts: Vec<AnyOf>,
    /// What no reply may say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden_facts: Vec<AnyOf>,
    /// What it is about, for people: `category/name` of the article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// One outcome, or several of which any will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcomes {
    /// Just this.
    One(TurnOutcome),
    /// Any of these.
    Several(Vec<TurnOutcome>),
}

impl Default for Outcomes {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Outcomes {
    /// Each of them.
    pub fn each(&self) -> &[TurnOutcome] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

/// What came of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnOutcome {
    /// Answered from an article.
    Answer,
    /// Asked one question back, because the customer's words could mean several things.
    AskBack,
    /// Given to a person.
    Handoff,
    /// Said that the articles do not hold the answer.
    Abstain,
    /// Met thanks, greetings or small talk as such.
    Courtesy,
    /// Kept quiet, because a person has the case.
    Silent,
}

impl TurnOutcome {
    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::AskBack => "ask_back",
            Self::Handoff => "handoff",
            Self::Abstain => "abstain",
            Self::Courtesy => "courtesy",
            Self::Silent => "silent",
        }
    }
}

/// How things stand after the last turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// Who has the conversation; unsaid, it is not asked for.
    #[serde(default)]
    pub owner: Option<Owner>,
}

/// Who has a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The assistant.
    Assistant,
    /// A person will take it.
    Waiting,
    /// A person has taken it.
    Operator,
    /// It has ended.
    Closed,
}

impl Owner {
    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assistant => "assistant",
            Self::Waiting => "waiting",
            Self::Operator => "operator",
            Self::Closed => "closed",
        }
    }
}

/// Reads a YAML file, a list of conversations.
///
/// # Errors
/// Says where the file is at fault.
pub fn read(path: &Path) -> Result<Vec<Script>, DatasetError> {
    let text = jsonl::read(path)?;
    let scripts: Vec<Script> =
        serde_saphyr::from_str(&text).map_err(|error| DatasetError::whole(path, error.to_string()))?;
    jsonl::unique(path, scripts.iter().enumerate().map(|(at, script)| (at + 1, script.id.as_str())))?;
    for script in &scripts {
        let wrong = |problem: &str| Err(DatasetError::whole(path, format!("{}: {problem}", script.id)));
        if script.turns.is_empty() {
            return wrong("has no turns");
        }
        if script.turns.iter().any(|turn| turn.expect.outcome.each().is_empty()) {
            return wrong("a turn has no expected outcome: answer, ask_back, handoff, abstain, courtesy or silent");
        }
    }
    Ok(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(yaml: &str) -> Result<Vec<Script>, DatasetError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.yaml");
        std::fs::write(&path, yaml).unwrap();
        read(&path)
    }

    #[test]
    fn a_script_is_read() {
        let scripts = parsed(
            "- id: ja-a\n  lang: ja\n  turns:\n    - user: 返品は?\n      expect: {outcome: answer, must_cite: [ja-x], key_facts: [30日]}\n\
             \x20   - user: 返金して\n      expect: {outcome: [handoff, silent], reason: [refund, unclear]}\n  after: {owner: waiting}\n",
        )
        .unwrap();
        assert_eq!(scripts[0].turns[1].expect.outcome.each(), [TurnOutcome::Handoff, TurnOutcome::Silent]);
        assert_eq!(scripts[0].after.owner, Some(Owner::Waiting));
    }

    #[test]
    fn a_mistake_is_named() {
        let error = parsed("- id: a\n  lang: ja\n  turns: []\n").unwrap_err().to_string();
        assert!(error.contains("has no turns"), "{error}");
        let error = parsed("- id: a\n  lang: ja\n  turns:\n  - {user: x, expect: {outcome: guess}}\n").unwrap_err();
        assert!(error.to_string().contains("guess"), "{error}");
    }
}
