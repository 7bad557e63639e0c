//! The judge's prompts: files of prompts/judge, embedded, with what is judged put in as data.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Deserialize;

use super::{Criterion, JudgeError, Question};
use crate::language::Lang;

/// The line between what the model is told as its task and what it is asked.
const SEPARATOR: &str = "\n=== user ===\n";

/// By criterion and language; `ja` for Japanese, `en` for all others.
const FILES: [(Criterion, &str, &str); 4] = [
    (Criterion::Correctness, "en", include_str!("../../../prompts/judge/correctness.en.md")),
    (Criterion::Correctness, "ja", include_str!("../../../prompts/judge/correctness.ja.md")),
    (Criterion::Helpfulness, "en", include_str!("../../../prompts/judge/helpfulness.en.md")),
    (Criterion::Helpfulness, "ja", include_str!("../../../prompts/judge/helpfulness.ja.md")),
];

/// A prompt, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) system: String,
    pub(super) user: String,
}

/// The front matter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    purpose: String,
    inputs: Vec<String>,
    version: u32,
}

/// All prompts.
#[derive(Debug)]
pub(super) struct Prompts {
    environment: Environment<'static>,
    versions: BTreeMap<String, String>,
}

impl Prompts {
    /// Reads the embedded files.
    pub(super) fn load() -> Result<Self, JudgeError> {
        // Nothing but the variables: a prompt is text, not a program. A text is put in as it is: the reader is a model, not a browser.
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut versions = BTreeMap::new();
        for (criterion, lang, text) in FILES {
            let wrong =
                |problem: String| JudgeError::Prompt { file: format!("{}.{lang}.md", criterion.as_str()), problem };
            let parts = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
            let (about, body) = parts.ok_or_else(|| wrong("does not begin with front matter".to_owned()))?;
            let about: About = serde_saphyr::from_str(about).map_err(|error| wrong(error.to_string()))?;
            let (system, user) = body.split_once(SEPARATOR).ok_or_else(|| wrong("has no user part".to_owned()))?;
            let mut used = BTreeSet::new();
            for (part, source) in [("system", system.trim()), ("user", user.trim())] {
                let name = name(criterion, lang, part);
                let added = environment.add_template_owned(name.clone(), source);
                let found = added.and_then(|()| Ok(environment.get_template(&name)?.undeclared_variables(false)));
                used.extend(found.map_err(|error| wrong(error.to_string()))?);
            }
            used.remove("fence");
            if about.purpose.trim().is_empty() || !used.iter().eq(sorted(&about.inputs)) {
                return Err(wrong(format!("states {:?} as its inputs and uses {used:?}", about.inputs)));
            }
            // The digest too: a prompt that was changed and not numbered anew is another prompt all the same.
            let digest: String = blake3::hash(text.as_bytes()).to_hex().chars().take(8).collect();
            versions.insert(format!("{}.{lang}", criterion.as_str()), format!("{} ({digest})", about.version));
        }
        Ok(Self { environment, versions })
    }

    /// Version and digest of each.
    pub(super) fn versions(&self) -> &BTreeMap<String, String> {
        &self.versions
    }

    /// The prompt for a question.
    pub(super) fn render(&self, criterion: Criterion, asked: &Question<'_>) -> Result<Prompt, minijinja::Error> {
        let Question { lang, question, reference, answer } = *asked;
        let lang = if *lang == Lang::JA { "ja" } else { "en" };
        let fence = fence(&[question, reference.unwrap_or_default(), answer]);
        let inputs = context! { fence, question, reference, answer };
        let part = |part: &str| self.environment.get_template(&name(criterion, lang, part))?.render(&inputs);
        Ok(Prompt { system: part("system")?, user: part("user")? })
    }
}

fn name(criterion: Criterion, lang: &str, part: &str) -> String {
    format!("{}.{lang}.{part}", criterion.as_str())
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}

/// A word that marks where texts begin and end. It stands in none of them, so that no text can say where it ends; and it comes from
/// their digest, so that nobody who writes one can foresee it.
fn fence(texts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let word = |n: u64| {
        let mut hasher = hasher.clone();
        hasher.update(&n.to_le_bytes());
        hasher.finalize().to_hex().chars().take(12).collect()
    };
    free(texts, word)
}

/// The first of `words` that stands in none of `texts`, in whatever case.
fn free(texts: &[&str], words: impl Fn(u64) -> String) -> String {
    let texts: Vec<String> = texts.iter().map(|text| text.to_ascii_lowercase()).collect();
    let mut n = 0;
    loop {
        let word = words(n);
        if !texts.iter().any(|text| text.contains(&word)) {
            return word;
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_that_stands_in_a_text_is_passed_over() {
        let words = |n: u64| ["aa", "bb", "cc", "dd"][usize::try_from(n).unwrap()].to_owned();
        assert_eq!(free(&["xaax", "", "BB"], words), "cc");
    }

    #[test]
    fn the_fence_depends_on_every_text_and_on_which_it_is() {
        assert_eq!(fence(&["a", "b"]), fence(&["a", "b"]));
        assert_ne!(fence(&["a", "b"]), fence(&["ab", ""]));
        assert_ne!(fence(&["a", "b"]), fence(&["b", "a"]));
        assert_eq!(fence(&["", "", ""]).len(), 12);
    }

    #[test]
    fn every_prompt_is_in_order() {
        let prompts = Prompts::load().unwrap();
        assert_eq!(prompts.versions().len(), Criterion::ALL.len() * 2);
        for version in prompts.versions().values() {
            assert!(version.starts_with("1 ("), "{version}");
        }
    }

    proptest! {
        #[test]
        fn no_text_holds_its_fence(texts in prop::collection::vec("\\PC{0,200}", 3)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let fence = fence(&texts);
            prop_assert!(!texts.iter().any(|text| text.contains(&fence)));
        }
    }
}
