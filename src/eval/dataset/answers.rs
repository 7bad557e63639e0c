//! Questions with what a right answer is: ragas' names, plus `expect`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::guards::Said;
use crate::eval::jsonl::{self, DatasetError};
use crate::language::Lang;

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its name; the line's number where the file gives none.
    #[serde(default)]
    pub id: String,
    /// Its language; found out from the question without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// What the customer asks.
    #[serde(alias = "question")]
    pub user_input: String,
    /// What was said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Said>,
    /// An ideal answer, for a judge.
    #[serde(default, alias = "ground_truth", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The articles' words that hold the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_contexts: Vec<String>,
    /// What was found, in a set that was run before; scored sets are asked anew.
    #[serde(default, alias = "contexts", skip_serializing_if = "Vec::is_empty")]
    pub retrieved_contexts: Vec<String>,
    /// What was said, likewise.
    #[serde(default, alias = "answer", skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// What must hold of the answer.
    #[serde(default)]
    pub expect: Expect,
    /// Free labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who asks, where it is not a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}

/// What must hold of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// Articles it must rest on.
    #[serde(deserialize_with = "must_cite")]
    pub must_cite: Vec<AnyOf>,
    /// Other articles that may stand beside them.
    pub may_cite: Vec<String>,
    /// What it must say.
    pub key_facts: Vec<AnyOf>,
    /// What it must not say.
    pub forbidden_facts: Vec<AnyOf>,
    /// The articles do not hold the answer, and it must say so.
    pub must_abstain: bool,
    /// A person must take it: the policy, or `true` for any.
    pub must_handoff: Option<Handoff>,
    /// A person may take it as well as not, because careful readers differ: neither is counted as a mistake.
    pub may_handoff: Option<Handoff>,
}

/// One string, or several of which any will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AnyOf {
    /// Just this.
    One(String),
    /// Any of these.
    Several(Vec<String>),
}

impl AnyOf {
    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
        .iter()
        .map(String::as_str)
    }
}

/// Whether a person must take a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Handoff {
    /// Under any policy, or not.
    Any(bool),
    /// Under this policy.
    Policy(String),
}

/// `must_cite` as sets write it: a list, one id, or `true` for "any citation at all" (which says nothing about which).
fn must_cite<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<AnyOf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Flag(#[expect(dead_code, reason = "read to be told from other shapes")] bool),
        One(String),
        List(Vec<AnyOf>),
    }
    Ok(match Option::<Written>::deserialize(from)? {
        None | Some(Written::Flag(_)) => Vec::new(),
        Some(Written::One(id)) => vec![AnyOf::One(id)],
        Some(Written::List(list)) => list,
    })
}

impl Sample {
    /// Whether a person must take it.
    pub fn must_handoff(&self) -> bool {
        !matches!(self.expect.must_handoff, None | Some(Handoff::Any(false)))
    }

    /// Whether a person may take it.
    pub fn may_handoff(&self) -> bool {
        !matches!(self.expect.may_handoff, None | Some(Handoff::Any(false)))
    }

    /// The policy under which, if the set says.
    pub fn policy(&self) -> Option<&str> {
        match &self.expect.must_handoff {
            Some(Handoff::Policy(policy)) => Some(policy),
            _ => None,
        }
    }

    /// Whether the articles hold an answer that the assistant may give.
    pub fn answerable(&self) -> bool {
        !self.expect.must_abstain && !self.must_handoff()
    }
}

/// Reads a file: JSONL, or promptfoo's YAML (`.yaml`, `.yml`). With the samples, what the reader of a report must know.
///
/// # Errors
/// Names the line at fault.
pub fn read(path: &Path) -> Result<(Vec<Sample>, Vec<String>), DatasetError> {
    if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
        return super::promptfoo::read(path);
    }
    let mut rows = jsonl::lines::<Sample>(path)?;
    for (line, sample) in &mut rows {
        if sample.id.is_empty() {
            sample.id = line.to_string();
        }
        if let Some(problem) = contradiction(sample) {
            return Err(DatasetError::Line { path: path.to_owned(), line: *line, problem: problem.to_owned() });
        }
    }
    jsonl::unique(path, rows.iter().map(|(line, sample)| (*line, sample.id.as_str())))?;
    Ok((rows.into_iter().map(|(_, sample)| sample).collect(), Vec::new()))
}

fn contradiction(sample: &Sample) -> Option<&'static str> {
    let expect = &sample.expect;
    if expect.must_abstain && !expect.must_cite.is_empty() {
        return Some("must_abstain and must_cite contradict each other");
    }
    if expect.must_abstain && sample.must_handoff() {
        return Some("must_abstain and must_handoff contradict each other");
    }
    if sample.may_handoff() && sample.must_handoff() {
        return Some("may_handoff and must_handoff contradict each other");
    }
    let blank = |any: &AnyOf| any.each().next().is_none() || any.each().any(|text| text.trim().is_empty());
    let facts = expect.key_facts.iter().chain(&expect.forbidden_facts).chain(&expect.must_cite);
    facts.into_iter().any(blank).then_some("an empty string would be found in every answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(json: &str) -> Result<(Vec<Sample>, Vec<String>), DatasetError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("answers.jsonl");
        std::fs::write(&path, json).unwrap();
        read(&path)
    }

    #[test]
    fn expectations_come_in_several_shapes() {
        let (samples, _) = sample(
            r#"{"user_input":"いつまで?","expect":{"must_cite":["a",["b","c"]],"key_facts":["30日",["1","2"]],"must_handoff":"refund"}}
{"question":"q","ground_truth":"r","contexts":["c"],"expect":{"must_cite":true,"must_handoff":false}}
{"user_input":"q","expect":{"must_cite":"a","must_handoff":null}}
{"user_input":"q","reference":null}
"#,
        )
        .unwrap();
        assert_eq!(samples[0].id, "1");
        assert_eq!(samples[0].expect.must_cite[1].each().collect::<Vec<_>>(), ["b", "c"]);
        assert!(samples[0].must_handoff() && samples[0].policy() == Some("refund"));
        assert!(samples[1].answerable() && samples[1].reference.as_deref() == Some("r"));
        assert_eq!(samples[2].expect.must_cite, [AnyOf::One("a".to_owned())]);
        assert!(samples[3].answerable());
    }

    #[test]
    fn contradictions_are_named_by_line() {
        for expect in [r#"{"must_abstain":true,"must_cite":["a"]}"#, r#"{"key_facts":[" "]}"#, r#"{"key_facts":[[]]}"#]
        {
            let error = sample(&format!("\n{{\"user_input\":\"q\",\"expect\":{expect}}}")).unwrap_err().to_string();
            assert!(error.contains("answers.jsonl:2"), "{error}");
        }
    }
}
