//! YAML as entries with their places. Scalars stay as they are written: it is the key that says what a value is.

use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Nothing, `null` or `~`.
    Null,
    /// Any scalar, as written.
    Text(String),
    /// A list.
    List(Vec<Entry>),
    /// A mapping; no key of ours has one.
    Map,
}

impl Node {
    /// Its kind, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Node::Null => "nothing",
            Node::Text(_) => "this text",
            Node::List(_) => "a list",
            Node::Map => "a mapping",
        }
    }
}

/// A key with its value (or an item of a list, without key), and where they stand in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_bytes: Range<usize>,
    pub(super) node: Node,
    pub(super) bytes: Range<usize>,
}

/// Not YAML.
#[derive(Debug)]
pub(super) struct NotYaml {
    pub(super) message: String,
    pub(super) bytes: Range<usize>,
}

/// Reads `yaml`, which stands at byte `base` of its file. `None`: it is no mapping at all, so no front matter.
pub(super) fn entries(yaml: &str, base: usize) -> Result<Option<Vec<Entry>>, NotYaml> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
        no_schema: false,
    };
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| NotYaml {
        bytes: error.location().map_or(base..base, |place| bytes(&place, yaml, base)),
        message: first_line(&error.without_snippet().to_string()),
    })?;
    match raw.value {
        Raw::Map(pairs) => Ok(Some(
            pairs
                .into_iter()
                .map(|(key, value)| Entry {
                    key_bytes: bytes(&key.referenced, yaml, base),
                    key: key.value,
                    bytes: bytes(&value.referenced, yaml, base),
                    node: node(value, yaml, base),
                })
                .collect(),
        )),
        Raw::Null => Ok(Some(Vec::new())),
        Raw::Typed | Raw::Text(_) | Raw::List(_) => Ok(None),
    }
}

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim_end_matches(':');
    format!("the front matter is not YAML: {line}")
}

fn bytes(place: &Location, yaml: &str, base: usize) -> Range<usize> {
    let span = place.span();
    let start = span.byte_offset().and_then(|at| usize::try_from(at).ok()).unwrap_or_else(|| {
        // Without byte information: the start of the line.
        let line = usize::try_from(place.line()).unwrap_or(1).saturating_sub(1);
        yaml.split_inclusive('\n').take(line).map(str::len).sum()
    });
    let len = span.byte_len().and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
    let start = start.min(yaml.len());
    base + start..base + (start + len).min(yaml.len())
}

fn node(value: Spanned<Raw>, yaml: &str, base: usize) -> Node {
    let place = bytes(&value.defined, yaml, 0);
    match value.value {
        Raw::Null => Node::Null,
        Raw::Text(text) => Node::Text(text),
        Raw::Typed => Node::Text(yaml.get(place).unwrap_or_default().trim().to_owned()),
        Raw::Map(_) => Node::Map,
        Raw::List(items) => Node::List(
            items
                .into_iter()
                .map(|item| Entry {
                    key: String::new(),
                    key_bytes: 0..0,
                    bytes: bytes(&item.referenced, yaml, base),
                    node: node(item, yaml, base),
                })
                .collect(),
        ),
    }
}

enum Raw {
    Null,
    /// A number or a boolean: read again from its place, so that `1.10` stays `1.10`.
    Typed,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Raw::Map(pairs))
    }
}
