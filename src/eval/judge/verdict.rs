//! What a judge says, and what is made of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::llm::{ChatError, ChatReply};

/// Whether an answer will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It will.
    Pass,
    /// It will not.
    Fail,
}

impl Verdict {
    /// As datasets and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// One vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// What counts: a vote that was not parsed counts as fail.
    pub verdict: Verdict,
    /// The model's reason, or why there is no verdict of the model's.
    pub reason: String,
    /// The model gave a verdict in the form it was asked for.
    pub parsed: bool,
    /// The model replied at all.
    pub answered: bool,
}

impl Vote {
    /// From what came back.
    pub(super) fn of(outcome: Result<ChatReply, ChatError>) -> Self {
        let (answered, read) = match outcome {
            Ok(reply) => (true, parse(&reply.text).map_err(|problem| format!("unparseable: {problem}"))),
            Err(error) => (matches!(error, ChatError::Incomplete(_)), Err(format!("error: {error}"))),
        };
        match read {
            Ok((verdict, reason)) => Self { verdict, reason, parsed: true, answered },
            Err(reason) => Self { verdict: Verdict::Fail, reason, parsed: false, answered },
        }
    }

    /// A vote that could not even be asked for.
    pub(super) fn unasked(problem: &str) -> Self {
        Self { verdict: Verdict::Fail, reason: format!("error: {problem}"), parsed: false, answered: false }
    }
}

/// What the votes come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeVerdict {
    /// More votes passed the answer than failed it.
    pub passed: bool,
    /// In the order of their seeds.
    pub votes: Vec<Vote>,
    /// Tokens of all requests.
    pub tokens_in: u64,
    /// Tokens of all replies.
    pub tokens_out: u64,
}

impl JudgeVerdict {
    pub(super) fn of(votes: Vec<Vote>, tokens_in: u64, tokens_out: u64) -> Self {
        let passes = votes.iter().filter(|vote| vote.verdict == Verdict::Pass).count();
        Self { passed: passes * 2 > votes.len(), votes, tokens_in, tokens_out }
    }

    /// In a word.
    pub fn verdict(&self) -> Verdict {
        if self.passed { Verdict::Pass } else { Verdict::Fail }
    }

    /// Votes in the form that was asked for.
    pub fn parsed(&self) -> usize {
        self.votes.iter().filter(|vote| vote.parsed).count()
    }
}

/// What a reply must look like. The reason comes first: a model that has to give it before the verdict judges better than one that
/// looks for reasons afterwards.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "reason": { "type": "string" },
            "verdict": { "type": "string", "enum": [Verdict::Pass.as_str(), Verdict::Fail.as_str()] },
        },
        "required": ["reason", "verdict"],
        "additionalProperties": false,
    })
}

/// The verdict as text: as an enumeration serde would take `{"pass": null}` for it too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    verdict: String,
    reason: String,
}

/// A reply that is one such object and nothing else. A word more, and one would have to guess which part of it counts.
fn parse(text: &str) -> Result<(Verdict, String), String> {
    if text.trim().is_empty() {
        return Err("the reply is empty".to_owned());
    }
    // Serde takes a list of the values for the object as well.
    if !text.trim_start().starts_with('{') {
        return Err("the reply is not one JSON object".to_owned());
    }
    let Written { verdict, reason } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match [Verdict::Pass, Verdict::Fail].into_iter().find(|known| known.as_str() == verdict) {
        Some(verdict) => Ok((verdict, reason)),
        None => Err(format!("the verdict {verdict:?} is neither pass nor fail")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_one_object_with_one_of_two_verdicts_is_read() {
        let read = |text: &str| parse(text);
        assert_eq!(read(r#"{"verdict": "pass", "reason": "同じ"}"#), Ok((Verdict::Pass, "同じ".to_owned())));
        assert_eq!(read("\n {\"reason\":\"\",\"verdict\":\"fail\"}\n"), Ok((Verdict::Fail, String::new())));
        for text in [
            "",
            " \n　",
            "pass",
            r#""pass""#,
            r#"["pass", "because"]"#,
            r#"{"verdict": "pass"}"#,
            r#"{"reason": "because"}"#,
            r#"{"verdict": "PASS", "reason": ""}"#,
            r#"{"verdict": "pass ", "reason": ""}"#,
            r#"{"verdict": "pass or fail", "reason": ""}"#,
            r#"{"verdict": {"pass": null}, "reason": ""}"#,
            r#"{"verdict": true, "reason": ""}"#,
            r#"{"verdict": "pass", "reason": null}"#,
            r#"{"verdict": "pass", "reason": "", "score": 1}"#,
            r#"{"verdict": "fail", "reason": "", "verdict": "pass"}"#,
            r#"{"verdict": "pass", "reason": ""} {"verdict": "pass", "reason": ""}"#,
            r#"{"verdict": "pass", "reason": ""} as I said"#,
            "```json\n{\"verdict\": \"pass\", \"reason\": \"\"}\n```",
            r#"{"verdict": "pass", "reason": "#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_majority_decides_and_nobody_is_no_majority() {
        let vote = |verdict| Vote { verdict, reason: String::new(), parsed: true, answered: true };
        let of = |votes: &[Verdict]| JudgeVerdict::of(votes.iter().copied().map(vote).collect(), 0, 0).passed;
        assert!(of(&[Verdict::Pass, Verdict::Fail, Verdict::Pass]));
        assert!(!of(&[Verdict::Pass, Verdict::Fail, Verdict::Fail]));
        assert!(!of(&[]));
    }

    proptest! {
        #[test]
        fn no_text_passes_that_does_not_say_so(text in "\\PC{0,80}") {
            if let Ok((Verdict::Pass, _)) = parse(&text) {
                prop_assert!(text.contains("\"pass\""), "{text}");
            }
        }
    }
}
