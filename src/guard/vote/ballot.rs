//! What a model says when it is asked for its vote, and what is made of it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::guard::Policy;

/// The word for no policy at all.
const NONE: &str = "none";
/// Characters of a reason that are kept.
const REASON: usize = 300;

/// A vote as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ballot<'p> {
    /// The policy it is for; `None` if it is for none.
    pub(super) policy: Option<&'p Policy>,
    /// The model's reason, on one line.
    pub(super) reason: String,
}

/// What a reply must look like. The reason comes first: a model that has to give it before the vote votes better than one
/// that looks for reasons afterwards.
pub(super) fn schema(offered: &[&Policy]) -> Value {
    let codes: Vec<&str> = offered.iter().map(|policy| policy.code.as_str()).chain([NONE]).collect();
    json!({
        "type": "object",
        "properties": {
            "reason": { "type": "string" },
            "policy": { "type": "string", "enum": codes },
        },
        "required": ["reason", "policy"],
        "additionalProperties": false,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    reason: String,
    policy: Named,
}

/// One code, as was asked for, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    One(String),
    Several(Vec<String>),
}

/// Reads a reply that is one such object and nothing else, naming nothing but policies that were offered. Of several the
/// first mandatory one counts, else the first.
pub(super) fn read<'p>(text: &str, offered: &[&'p Policy]) -> Result<Ballot<'p>, String> {
    let text = bare(text);
    // Serde takes a list of the values for the object as well.
    if !text.starts_with('{') {
        return Err("the reply is not one JSON object".to_owned());
    }
    let Written { reason, policy } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let codes = match policy {
        Named::One(code) => vec![code],
        Named::Several(codes) => codes,
    };
    let named = match &codes[..] {
        [none] if none == NONE => None,
        [] => return Err("it names no policy, and not `none`".to_owned()),
        codes => Some(first(codes, offered)?),
    };
    Ok(Ballot { policy: named, reason: on_one_line(&reason) })
}

/// A reply without what many models put around an object that they were asked for: what they think aloud before, and a fence of code.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = match text.strip_prefix("<think>") {
        Some(aloud) => aloud.split_once("</think>").map_or("", |(_, reply)| reply).trim(),
        None => text,
    };
    let fenced = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    fenced.map_or(text, |inside| inside.strip_prefix("json").unwrap_or(inside).trim())
}

fn first<'p>(codes: &[String], offered: &[&'p Policy]) -> Result<&'p Policy, String> {
    let known = |code: &String| {
        let policy = offered.iter().copied().find(|policy| policy.code.0 == *code);
        policy.ok_or_else(|| format!("{code:?} is no policy that was offered"))
    };
    let named: Vec<&Policy> = codes.iter().map(known).collect::<Result<_, _>>()?;
    let mandatory = named.iter().find(|policy| policy.mandatory);
    mandatory.or(named.first()).copied().ok_or_else(|| "it names no policy".to_owned())
}

fn on_one_line(reason: &str) -> String {
    let plain: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::guard::Policies;
    use crate::guard::vote::offered;
    use crate::guard::vote::tests::policies;

    /// The code that a reply is read as; `none`, or what is wrong.
    fn read_as(policies: &Policies, text: &str) -> Result<String, String> {
        let ballot = read(text, &offered(policies))?;
        Ok(ballot.policy.map_or(NONE, |policy| policy.code.as_str()).to_owned())
    }

    #[test]
    fn only_one_object_with_codes_that_were_offered_is_read() {
        let policies = policies();
        for (text, expected) in [
            (r#"{"reason": "返してほしい", "policy": "refund"}"#, "refund"),
            ("\n {\"policy\":\"none\",\"reason\":\"\"}\n", "none"),
            (r#"{"reason": "", "policy": ["none"]}"#, "none"),
            ("```json\n{\"reason\": \"\", \"policy\": \"refund\"}\n```", "refund"),
            ("<think>\nIs it none?\n</think>\n\n{\"reason\": \"\", \"policy\": \"refund\"}", "refund"),
            (r#"{"reason": "", "policy": ["human_request", "refund", "identity"]}"#, "refund"),
            (r#"{"reason": "", "policy": ["human_request"]}"#, "human_request"),
        ] {
            assert_eq!(read_as(&policies, text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            " \n　",
            "refund",
            r#""refund""#,
            r#"["because", "refund"]"#,
            r#"{"policy": "refund"}"#,
            r#"{"reason": "because"}"#,
            r#"{"reason": "", "policy": "Refund"}"#,
            r#"{"reason": "", "policy": "refund "}"#,
            r#"{"reason": "", "policy": "refund, identity"}"#,
            r#"{"reason": "", "policy": "unclear"}"#,
            r#"{"reason": "", "policy": ""}"#,
            r#"{"reason": "", "policy": []}"#,
            r#"{"reason": "", "policy": ["refund", "none"]}"#,
            r#"{"reason": "", "policy": ["none", "none"]}"#,
            r#"{"reason": "", "policy": ["refund", "no_such"]}"#,
            r#"{"reason": "", "policy": {"refund": null}}"#,
            r#"{"reason": "", "policy": null}"#,
            r#"{"reason": "", "policy": true}"#,
            r#"{"reason": null, "policy": "none"}"#,
            r#"{"reason": "", "policy": "none", "sure": 1}"#,
            r#"{"reason": "", "policy": "refund", "policy": "none"}"#,
            r#"{"reason": "", "policy": "none"} {"reason": "", "policy": "none"}"#,
            r#"{"reason": "", "policy": "none"} as you asked"#,
            "<think>{\"reason\": \"\", \"policy\": \"none\"}",
            r#"{"reason": "", "policy": "#,
        ] {
            assert!(read_as(&policies, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reason_is_one_line_of_some_length() {
        let policies = policies();
        let reply = |reason: &str| json!({ "reason": reason, "policy": "none" }).to_string();
        let reason = |written: &str| read(&reply(written), &offered(&policies)).unwrap().reason;
        assert_eq!(reason(" 返金\n\t\u{7}を 求めて😀 "), "返金 を 求めて😀");
        assert_eq!(reason(&"返".repeat(100_000)).chars().count(), REASON);
    }

    #[test]
    fn a_model_is_offered_what_it_may_name() {
        let schema = schema(&offered(&policies()));
        assert_eq!(schema["properties"]["policy"]["enum"], json!(["human_request", "identity", "refund", "none"]));
    }

    proptest! {
        #[test]
        fn any_text_is_a_vote_or_none(text in "\\PC{0,80}", json in r#"[{}\[\]":, a-z\\]{0,60}"#) {
            let policies = policies();
            for text in [&text, &json, &format!("{{\"reason\": \"\", \"policy\": {json}}}")] {
                if let Ok(code) = read_as(&policies, text) {
                    prop_assert!(text.contains(&format!("\"{code}\"")), "{}", text);
                }
            }
        }
    }
}
