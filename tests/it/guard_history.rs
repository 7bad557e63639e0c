//! What is tested on is not what was taught: an exemplar and a test row never change in one commit. Whoever could change both at once
//! could make any figure of the certificate come out as they like, and nobody would see it in a diff of thousands of lines.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

/// Where exemplars stand.
const TAUGHT: [&str; 2] = ["src/guard/core.toml", "knowledge/policy.toml"];
/// Where what the certificate tests on stands.
const TESTED: [&str; 3] =
    ["eval/datasets/guards/test.jsonl", "eval/datasets/guards/fresh.jsonl", "eval/datasets/guards/must_not_miss.jsonl"];
/// The working tree, as if it were a commit on top of the last.
const TREE: &str = "the working tree";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn git(arguments: &[&str]) -> Option<String> {
    let ran = Command::new("git").current_dir(root()).args(arguments).output().ok()?;
    ran.status.success().then(|| String::from_utf8(ran.stdout).ok()).flatten()
}

/// What a commit holds: exemplars, and rows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Held {
    taught: BTreeSet<String>,
    tested: BTreeSet<String>,
}

impl Held {
    fn of(commit: &str) -> Self {
        let read = |path: &str| match commit {
            TREE => std::fs::read_to_string(root().join(path)).ok(),
            _ => git(&["show", &format!("{commit}:{path}")]),
        };
        let texts = |paths: &'static [&'static str]| paths.iter().filter_map(|path| Some((*path, read(path)?)));
        Self {
            taught: texts(&TAUGHT).flat_map(|(_, text)| exemplars(&text)).collect(),
            tested: texts(&TESTED).flat_map(|(path, text)| rows(path, &text)).collect(),
        }
    }
}

/// Every exemplar of a policy file, with its policy, language and side. A version that was no TOML holds none.
fn exemplars(text: &str) -> Vec<String> {
    let Ok(file) = text.parse::<toml::Table>() else { return Vec::new() };
    let policies = file.get("policy").and_then(toml::Value::as_array).into_iter().flatten();
    let mut found = Vec::new();
    for policy in policies {
        let code = policy.get("code").and_then(toml::Value::as_str).unwrap_or_default();
        for (lang, sides) in policy.get("exemplars").and_then(toml::Value::as_table).into_iter().flatten() {
            for (side, texts) in sides.as_table().into_iter().flatten() {
                let texts = texts.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
                found.extend(texts.map(|text| format!("{code} {lang} {side}: {text}")));
            }
        }
    }
    for (lang, texts) in file.get("harmless").and_then(toml::Value::as_table).into_iter().flatten() {
        let texts = texts.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
        found.extend(texts.map(|text| format!("harmless {lang}: {text}")));
    }
    found
}

fn rows(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{name}: {line}")).collect()
}

/// What a commit itself changed of a set: what none of its parents has, and what all of them have and it has not. So a merge that only
/// brings two branches together has changed nothing.
fn changed<'a>(parents: &[&'a BTreeSet<String>], now: &'a BTreeSet<String>) -> Vec<&'a String> {
    let new = now.iter().filter(|text| !parents.iter().any(|parent| parent.contains(*text)));
    let (first, others) = match parents.split_first() {
        Some((first, others)) => (first.iter().collect::<Vec<_>>(), others),
        None => (Vec::new(), &[][..]),
    };
    let gone =
        first.into_iter().filter(|text| !now.contains(*text) && others.iter().all(|parent| parent.contains(*text)));
    new.chain(gone).collect()
}

/// An exemplar and a row that changed together, if there are any. Where no parent has rows, the commit brings them in.
fn both<'a>(parents: &[&'a Held], now: &'a Held) -> Option<(&'a String, &'a String)> {
    if parents.iter().all(|parent| parent.tested.is_empty()) {
        return None;
    }
    let taught = changed(&parents.iter().map(|parent| &parent.taught).collect::<Vec<_>>(), &now.taught);
    let tested = changed(&parents.iter().map(|parent| &parent.tested).collect::<Vec<_>>(), &now.tested);
    Some((*taught.first()?, *tested.first()?))
}

/// Every commit that touched any of the files, with its parents; none where the history is not all there.
fn history() -> Vec<(String, Vec<String>)> {
    let whole = git(&["rev-parse", "--is-shallow-repository"]).is_some_and(|shallow| shallow.trim() == "false");
    if !whole {
        return Vec::new();
    }
    let arguments = ["log", "--full-history", "--format=%H %P", "--"];
    let log = git(&[&arguments[..], &TAUGHT, &TESTED].concat()).unwrap_or_default();
    let commits = log.lines().filter_map(|line| {
        let mut names = line.split_whitespace().map(str::to_owned);
        Some((names.next()?, names.collect()))
    });
    commits.collect()
}

#[test]
fn an_exemplar_and_a_test_row_never_change_in_one_commit() {
    let mut commits = history();
    if commits.is_empty() {
        println!("SKIPPED: the history is not here, or not all of it (a shallow clone)");
        return;
    }
    let head = git(&["rev-parse", "HEAD"]).unwrap().trim().to_owned();
    commits.push((TREE.to_owned(), vec![head]));
    let mut known: HashMap<String, Held> = HashMap::new();
    for (commit, parents) in &commits {
        for name in parents.iter().chain([commit]) {
            if !known.contains_key(name) {
                known.insert(name.clone(), Held::of(name));
            }
        }
        let before: Vec<&Held> = parents.iter().map(|parent| &known[parent]).collect();
        if let Some((exemplar, row)) = both(&before, &known[commit]) {
            panic!(
                "{commit} changes exemplars and test rows together, so that no figure before and after it can be compared. \
                 Commit them one after the other. Among them:\n  {exemplar}\n  {row}"
            );
        }
    }
    println!("{} versions looked into", known.len());
}

#[test]
fn a_change_of_both_is_seen() {
    let held = |taught: &[&str], tested: &[&str]| Held {
        taught: taught.iter().map(|text| (*text).to_owned()).collect(),
        tested: tested.iter().map(|text| (*text).to_owned()).collect(),
    };
    let base = held(&["a"], &["1", "2"]);
    assert!(both(&[&base], &held(&["a", "b"], &["1", "2"])).is_none());
    assert!(both(&[&base], &held(&["a"], &["1"])).is_none());
    assert!(both(&[&base], &held(&["a", "b"], &["1"])).is_some(), "a row goes, an exemplar comes");
    assert!(both(&[&base], &held(&[], &["1", "2", "3"])).is_some());
    assert!(both(&[&held(&["a"], &[])], &held(&["b"], &["1"])).is_none(), "the commit that brings the rows in");
    // Two branches, each with its own change, and a merge of both.
    let (left, right) = (held(&["a", "b"], &["1", "2"]), held(&["a"], &["1", "2", "3"]));
    assert!(both(&[&left, &right], &held(&["a", "b"], &["1", "2", "3"])).is_none());
    assert!(both(&[&left, &right], &held(&["a", "b", "c"], &["1", "2", "3", "4"])).is_some(), "more than it merges");
}

#[test]
fn exemplars_are_told_from_rules() {
    let text = "[[policy]]\ncode = \"refund\"\nrules.ja = [\"返金 しろ\"]\n\
                exemplars.ja = { positive = [\"返金して\"], negative = [\"返金とは\"] }\n";
    assert_eq!(exemplars(text), ["refund ja negative: 返金とは", "refund ja positive: 返金して"]);
    assert_eq!(exemplars("no toml").len(), 0);
    for path in TAUGHT {
        assert!(exemplars(&std::fs::read_to_string(root().join(path)).unwrap()).len() > 500, "{path}");
    }
}
