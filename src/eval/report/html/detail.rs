//! The detail of a failure, sorted for a reader: the question before what was found, and what was found before what was judged.

use serde::Serialize;
use serde_json::{Map, Value};

/// What a page shows of a failure's detail.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Detail {
    /// What every reader asks for, by heading.
    pub(super) parts: Vec<Part>,
    /// All the rest, as JSON.
    pub(super) rest: Option<String>,
}

/// Something with a heading: a text, or several entries.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Part {
    pub(super) label: &'static str,
    pub(super) text: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// One of several: a passage, a verdict.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Entry {
    /// What it is.
    pub(super) head: String,
    /// What it says.
    pub(super) text: String,
    /// What else is known of it.
    pub(super) small: String,
}

/// Keys that are shown, in this order: with their headings, and whether it is news that there is nothing.
const KNOWN: [(&str, &str, bool); 12] = [
    ("question", "question", true),
    ("user_input", "question", true),
    ("context", "said before", false),
    ("expected", "expected", true),
    ("reference", "reference", false),
    ("got", "got", true),
    ("outcome", "outcome", true),
    ("answer", "answer", true),
    ("passages", "passages found", true),
    ("nearest", "nearest articles", false),
    ("turns", "turns", true),
    ("verdicts", "verdicts", false),
];
/// Keys of an entry that say what it is; the first there is.
const HEADS: [&str; 8] = ["heading", "title", "name", "check", "metric", "claim", "passage", "id"];
/// Keys of an entry that are prose; the first there is.
const TEXTS: [&str; 7] = ["text", "body", "content", "quote", "user", "reason", "why"];

impl Detail {
    /// A reply that stands under `got` is shown as if its fields stood beside the question.
    pub(super) fn of(detail: &Value) -> Self {
        let fields = match detail {
            Value::Null => return Self::default(),
            Value::Object(fields) => fields,
            other => return Self { parts: Vec::new(), rest: Some(pretty(other)) },
        };
        let reply = fields.get("got").and_then(Value::as_object);
        let part = |(key, label, news): (&str, &'static str, bool)| {
            let value = match reply {
                Some(_) if key == "got" => None,
                Some(reply) => fields.get(key).or_else(|| reply.get(key)),
                None => fields.get(key),
            };
            value.filter(|value| news || !nothing(value)).and_then(|value| Part::of(label, value))
        };
        let parts = KNOWN.into_iter().filter_map(part).collect();
        let mut rest = others(fields);
        if let Some(reply) = reply.map(others).filter(|reply| !reply.is_empty()) {
            rest.insert("got".to_owned(), Value::Object(reply));
        }
        let rest = (!rest.is_empty()).then(|| pretty(&Value::Object(rest)));
        Self { parts, rest }
    }
}

/// The fields that no part shows.
fn others(fields: &Map<String, Value>) -> Map<String, Value> {
    let unknown = |key: &str| KNOWN.iter().all(|(known, ..)| *known != key);
    fields.iter().filter(|(key, _)| unknown(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(nothing),
        _ => false,
    }
}

impl Part {
    /// Nothing of null; what is there and empty is said to be so, because that may be what is wrong.
    fn of(label: &'static str, value: &Value) -> Option<Self> {
        let text = |text: &str| Self { label, text: Some(text.to_owned()), entries: Vec::new() };
        let entries = |entries: Vec<Entry>| {
            if entries.is_empty() { text("(none)") } else { Self { label, text: None, entries } }
        };
        match value {
            Value::Null => None,
            Value::String(empty) if empty.trim().is_empty() => Some(text("(empty)")),
            Value::Array(items) => Some(entries(items.iter().map(Entry::of).collect())),
            Value::Object(fields) => {
                let said = fields.iter().filter(|(_, value)| !nothing(value));
                Some(entries(said.map(|(key, value)| Entry::named(key, value)).collect()))
            }
            other => Some(text(&plain(other))),
        }
    }
}

impl Entry {
    fn of(value: &Value) -> Self {
        let Value::Object(fields) = value else {
            return Self { text: plain(value), ..Self::default() };
        };
        let first = |keys: &[&'static str]| -> Option<(&'static str, String)> {
            keys.iter().find_map(|key| Some((*key, fields.get(*key)?.as_str()?.to_owned())))
        };
        let (head, text) = (first(&HEADS), first(&TEXTS));
        let shown = [&head, &text].map(|pair| pair.as_ref().map(|(key, _)| *key));
        let small: Vec<String> = fields
            .iter()
            .filter(|(key, _)| !shown.contains(&Some(key.as_str())))
            .map(|(key, value)| format!("{key}: {}", plain(value)))
            .collect();
        let said = |pair: Option<(&'static str, String)>| pair.map(|(_, said)| said).unwrap_or_default();
        Self { head: said(head), text: said(text), small: small.join(" · ") }
    }

    fn named(key: &str, value: &Value) -> Self {
        let entry = Self::of(value);
        let head = if entry.head.is_empty() { key.to_owned() } else { format!("{key}: {}", entry.head) };
        Self { head, ..entry }
    }
}

/// A text as it is, all else as JSON on one line.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_keys_come_in_order_and_the_rest_as_json() {
        let detail = Detail::of(&json!({
            "verdicts": {"cites": false},
            "answer": "  ",
            "user_input": "返品?",
            "expected": ["ja-returns"],
            "got": null,
            "passages": [],
            "trace": [1],
        }));
        let labels: Vec<&str> = detail.parts.iter().map(|part| part.label).collect();
        assert_eq!(labels, ["question", "expected", "answer", "passages found", "verdicts"]);
        let texts: Vec<Option<&str>> = detail.parts.iter().map(|part| part.text.as_deref()).collect();
        assert_eq!(texts, [Some("返品?"), None, Some("(empty)"), Some("(none)"), None]);
        assert_eq!(detail.parts[1].entries[0].text, "ja-returns");
        let verdict = &detail.parts[4].entries[0];
        assert_eq!((verdict.head.as_str(), verdict.text.as_str()), ("cites", "false"));
        assert_eq!(detail.rest.unwrap(), "{\n  \"trace\": [\n    1\n  ]\n}");
    }

    #[test]
    fn a_reply_is_shown_by_its_fields() {
        let detail = Detail::of(&json!({
            "question": "返品?",
            "context": [],
            "expected": {"must_cite": ["ja-returns"], "facts": [], "lang": null},
            "got": {"outcome": "answer", "answer": "できます", "passages": [{"heading": "h", "text": "t"}], "confidence": 0.5},
        }));
        let labels: Vec<&str> = detail.parts.iter().map(|part| part.label).collect();
        assert_eq!(labels, ["question", "expected", "outcome", "answer", "passages found"]);
        assert_eq!(detail.parts[1].entries.len(), 1, "what is empty is left out: {detail:?}");
        assert_eq!(detail.parts[4].entries[0].head, "h");
        assert_eq!(detail.rest.unwrap(), "{\n  \"got\": {\n    \"confidence\": 0.5\n  }\n}");
    }

    #[test]
    fn an_entry_has_a_head_a_text_and_small_print() {
        let entry =
            Entry::of(&json!({"title": "返品", "text": "三十日以内", "score": 0.5, "id": "a#1", "legs": ["dense"]}));
        assert_eq!((entry.head.as_str(), entry.text.as_str()), ("返品", "三十日以内"));
        for small in ["score: 0.5", "id: a#1", "legs: [\"dense\"]"] {
            assert!(entry.small.contains(small), "{entry:?}");
        }
        assert!(!entry.small.contains("title"), "{entry:?}");
        assert_eq!(Entry::of(&json!(3)).text, "3");
        assert_eq!(Entry::named("cites", &json!({"name": "x", "pass": true})).head, "cites: x");
    }

    #[test]
    fn a_detail_of_another_shape_is_shown_all_the_same() {
        assert_eq!(Detail::of(&Value::Null), Detail::default());
        assert_eq!(Detail::of(&json!({})), Detail::default());
        assert_eq!(Detail::of(&json!("timeout")).rest.unwrap(), "\"timeout\"");
        assert_eq!(Detail::of(&json!({"got": 7})).parts[0].text.as_deref(), Some("7"));
    }
}
