//! The policy file as it is written, before anything is checked that concerns more than one key.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::{PolicyError, Signal};

/// Keys of the file, in the order it is written.
const KEYS: [&str; 5] = ["version", "desk", "policy", "signal", "harmless"];
/// Keys of a policy.
const POLICY_KEYS: &str = "code, desk, priority, general_information, threshold, understood, exemplars, rules, enabled";

/// Texts or lists by language tag.
pub(super) type ByLang<T> = BTreeMap<String, T>;

/// A whole file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) version: u32,
    pub(super) desks: BTreeMap<String, DeskText>,
    pub(super) policies: Vec<PolicyText>,
    pub(super) signals: BTreeMap<Signal, ByLang<Vec<String>>>,
    pub(super) harmless: ByLang<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskText {
    #[serde(default)]
    pub(super) name: ByLang<String>,
    #[serde(default)]
    pub(super) does: ByLang<String>,
}

/// A policy. Everything but its code may be left out where the core says it already.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyText {
    pub(super) code: String,
    pub(super) desk: Option<String>,
    pub(super) priority: Option<u8>,
    pub(super) general_information: Option<bool>,
    pub(super) threshold: Option<f32>,
    pub(super) max_threshold: Option<f32>,
    pub(super) enabled: Option<bool>,
    #[serde(default)]
    pub(super) understood: ByLang<String>,
    #[serde(default)]
    pub(super) exemplars: ByLang<Examples>,
    #[serde(default)]
    pub(super) rules: ByLang<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Examples {
    #[serde(default)]
    pub(super) positive: Vec<String>,
    #[serde(default)]
    pub(super) negative: Vec<String>,
}

impl File {
    pub(super) fn read(text: &str) -> Result<Self, PolicyError> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            PolicyError::of_file(error.to_string().trim_end().to_owned(), "the file must be TOML")
        })?;
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(PolicyError::of_file(
                format!("`{key}` is not known"),
                format!("known keys: {}", KEYS.join(", ")),
            ));
        }
        let version = table.get("version").and_then(Value::as_integer).and_then(|version| u32::try_from(version).ok());
        let Some(version) = version.filter(|version| *version > 0) else {
            let remedy = "write `version = 1` first, and count it up at each change";
            return Err(PolicyError::of_file("`version` is not there, or no whole number above 0", remedy));
        };
        let mut desks = BTreeMap::new();
        for (code, desk) in tables(&table, "desk")? {
            let read = desk.clone().try_into().map_err(|error| wrong(&format!("desk {code}"), &error, "name, does"))?;
            desks.insert(code.clone(), read);
        }
        let mut signals = BTreeMap::new();
        for (name, rules) in tables(&table, "signal")? {
            let place = format!("signal {name}");
            let unknown = || PolicyError::new(&place, "", "there is no such signal", "unhelpful and anger are known");
            let signal = Value::String(name.clone()).try_into().map_err(|_| unknown())?;
            let read =
                rules.clone().try_into().map_err(|error| wrong(&place, &error, "languages, each with a list"))?;
            signals.insert(signal, read);
        }
        let mut harmless = BTreeMap::new();
        for (lang, list) in tables(&table, "harmless")? {
            let read =
                list.clone().try_into().map_err(|error| wrong("harmless", &error, "languages, each with a list"))?;
            harmless.insert(lang.clone(), read);
        }
        Ok(Self { version, desks, policies: policies(&table)?, signals, harmless })
    }
}

fn tables<'t>(table: &'t Table, key: &str) -> Result<impl Iterator<Item = (&'t String, &'t Value)>, PolicyError> {
    let found = match table.get(key) {
        None => None,
        Some(Value::Table(found)) => Some(found),
        Some(_) => {
            let remedy = format!("write [{key}.name] with its keys below");
            return Err(PolicyError::of_file(format!("`{key}` is no table"), remedy));
        }
    };
    Ok(found.into_iter().flatten())
}

fn policies(table: &Table) -> Result<Vec<PolicyText>, PolicyError> {
    let list = match table.get("policy") {
        None => &[],
        Some(Value::Array(list)) => list.as_slice(),
        Some(_) => {
            return Err(PolicyError::of_file("`policy` is no list", "write [[policy]], with double brackets"));
        }
    };
    let mut found: Vec<PolicyText> = Vec::new();
    for (at, value) in list.iter().enumerate() {
        let code = value.get("code").and_then(Value::as_str).unwrap_or_default();
        let snake = !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !snake {
            let place = format!("policy number {}", at + 1);
            return Err(PolicyError::new(place, "code", format!("`{code}` is no code"), "write it in snake_case"));
        }
        let place = format!("policy {code}");
        if found.iter().any(|policy| policy.code == code) {
            return Err(PolicyError::new(place, "code", "is there twice", "put both into one"));
        }
        found.push(value.clone().try_into().map_err(|error| wrong(&place, &error, POLICY_KEYS))?);
    }
    Ok(found)
}

fn wrong(place: &str, error: &toml::de::Error, keys: &str) -> PolicyError {
    PolicyError::new(
        place,
        "",
        error.message().to_owned(),
        format!("its keys are {keys}; knowledge/policy.toml shows each"),
    )
}
