//! promptfoo's test files: `tests` with `vars` and `assert`, of which those that can be scored here are taken over.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::answers::{AnyOf, Expect, Sample};
use crate::eval::jsonl::{self, DatasetError};
use crate::language::Lang;

#[derive(Deserialize)]
struct File {
    tests: Vec<Test>,
    #[serde(default, rename = "defaultTest")]
    default_test: Option<Test>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Test {
    description: Option<String>,
    vars: serde_json::Map<String, Value>,
    assert: Vec<Assertion>,
}

#[derive(Clone, Deserialize)]
struct Assertion {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    value: Value,
}

/// Variables that may hold the question, the likeliest first.
const QUESTION: [&str; 7] = ["question", "query", "input", "user_input", "message", "prompt", "text"];

/// Reads a file. Assertions that cannot be scored are named in the notes, never dropped in silence.
///
/// # Errors
/// When it is not such a file, or a test has no question.
pub fn read(path: &Path) -> Result<(Vec<Sample>, Vec<String>), DatasetError> {
    let text = jsonl::read(path)?;
    let file: File = serde_saphyr::from_str(&text).map_err(|error| {
        DatasetError::whole(path, format!("is no promptfoo file (a list `tests` with `vars` and `assert`): {error}"))
    })?;
    let shared = file.default_test.unwrap_or_default();
    let (mut samples, mut notes) = (Vec::new(), Vec::new());
    for (at, test) in file.tests.into_iter().enumerate() {
        let id = (at + 1).to_string();
        let vars = |name: &str| test.vars.get(name).or_else(|| shared.vars.get(name)).and_then(Value::as_str);
        let only = test.vars.values().find_map(Value::as_str).filter(|_| test.vars.len() == 1);
        let question = QUESTION.iter().find_map(|name| vars(name)).or(only).ok_or_else(|| {
            DatasetError::whole(path, format!("test {id}: no variable holds the question ({})", QUESTION.join(", ")))
        })?;
        let mut sample = Sample {
            id,
            lang: vars("lang").or(vars("language")).and_then(Lang::from_tag),
            user_input: question.to_owned(),
            tags: test.description.iter().cloned().collect(),
            ..Sample::default()
        };
        for assertion in shared.assert.iter().chain(&test.assert) {
            if let Err(why) = take(assertion, &mut sample) {
                notes.push(format!("test {}: assertion `{}` is not scored: {why}", sample.id, assertion.kind));
            }
        }
        samples.push(sample);
    }
    Ok((samples, notes))
}

/// Turns an assertion into what is expected of the answer.
fn take(assertion: &Assertion, sample: &mut Sample) -> Result<(), &'static str> {
    let Expect { key_facts, forbidden_facts, must_abstain, .. } = &mut sample.expect;
    let texts = || -> Result<Vec<String>, &'static str> {
        let one = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let texts = match &assertion.value {
            Value::Array(many) => many.iter().map(one).collect(),
            value => one(value).map(|text| vec![text]),
        };
        texts.filter(|texts: &Vec<String>| !texts.is_empty()).ok_or("its value is no text, nor a list of texts")
    };
    match assertion.kind.as_str() {
        "contains" | "icontains" | "contains-all" | "icontains-all" => {
            key_facts.extend(texts()?.into_iter().map(AnyOf::One));
        }
        "contains-any" | "icontains-any" => key_facts.push(AnyOf::Several(texts()?)),
        "not-contains" | "not-icontains" | "not-contains-any" | "not-icontains-any" => {
            forbidden_facts.extend(texts()?.into_iter().map(AnyOf::One));
        }
        "equals" | "similar" | "factuality" | "answer-relevance" | "llm-rubric" | "model-graded-closedqa" => {
            let text = texts()?.join("\n");
            sample.reference.get_or_insert(text);
            // A reference alone is for a judge; that it was asked for must be seen where none is configured.
            return Err("it becomes the reference for a judge (--judge)");
        }
        "is-refusal" => *must_abstain = true,
        _ => return Err("there is no measure for it here"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
description: shop
prompts: ['{{question}}']
defaultTest:
  assert:
    - {type: not-contains, value: as an AI}
tests:
  - description: returns
    vars: {question: 返品はいつまで？, lang: ja}
    assert:
      - {type: icontains, value: 30日}
      - {type: contains-any, value: [無料, 0円]}
      - {type: llm-rubric, value: 期間を述べる}
      - {type: latency, threshold: 500}
  - vars: {anything: How long do I have?}
    assert:
      - {type: is-refusal}
";

    fn parsed(yaml: &str) -> Result<(Vec<Sample>, Vec<String>), DatasetError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("promptfoo.yaml");
        std::fs::write(&path, yaml).unwrap();
        read(&path)
    }

    #[test]
    fn what_can_be_scored_is_taken_and_the_rest_is_told() {
        let (samples, notes) = parsed(FILE).unwrap();
        let [first, second] = &samples[..] else { panic!("{samples:?}") };
        assert_eq!(first.user_input, "返品はいつまで？");
        assert_eq!(first.lang, Some(Lang::JA));
        assert_eq!(first.expect.key_facts.len(), 2);
        assert_eq!(first.expect.forbidden_facts, [AnyOf::One("as an AI".to_owned())]);
        assert_eq!(first.reference.as_deref(), Some("期間を述べる"));
        assert!(second.expect.must_abstain && second.user_input == "How long do I have?");
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[1].contains("latency"), "{notes:?}");
    }

    #[test]
    fn other_files_are_refused() {
        assert!(parsed("- id: a\n").unwrap_err().to_string().contains("promptfoo"));
        let error = parsed("tests:\n  - vars: {a: x, b: y}\n").unwrap_err().to_string();
        assert!(error.contains("test 1"), "{error}");
    }
}
