//! The judge's prompts: files of prompts/judge, embedded, with what is judged put in as data.

use std::collections::BTreeMap;

use minijinja::context;

use super::{Criterion, JudgeError, Question};
use crate::language::Lang;
pub(super) use crate::prompt::Prompt;
use crate::prompt::{PromptError, Proof, Template, fence};

/// By criterion and language; `ja` for Japanese, `en` for all others.
const FILES: [(Criterion, &str, &str); 4] = [
    (Criterion::Correctness, "en", include_str!("../../../prompts/judge/correctness.en.md")),
    (Criterion::Correctness, "ja", include_str!("../../../prompts/judge/correctness.ja.md")),
    (Criterion::Helpfulness, "en", include_str!("../../../prompts/judge/helpfulness.en.md")),
    (Criterion::Helpfulness, "ja", include_str!("../../../prompts/judge/helpfulness.ja.md")),
];

/// All prompts.
#[derive(Debug)]
pub(super) struct Prompts {
    templates: BTreeMap<String, Template>,
}

impl Prompts {
    /// Reads the embedded files.
    pub(super) fn load() -> Result<Self, JudgeError> {
        let mut templates = BTreeMap::new();
        for (criterion, lang, text) in FILES {
            let name = name(criterion, lang);
            let wrong = |error: PromptError| JudgeError::Prompt { file: format!("{name}.md"), problem: error.problem };
            let template = read(&name, text).map_err(wrong)?;
            templates.insert(name, template);
        }
        Ok(Self { templates })
    }

    /// Version and digest of each.
    pub(super) fn versions(&self) -> BTreeMap<String, String> {
        self.templates.iter().map(|(name, template)| (name.clone(), template.version().to_string())).collect()
    }

    /// The prompt for a question.
    pub(super) fn render(&self, criterion: Criterion, asked: &Question<'_>) -> Result<Prompt, PromptError> {
        let Question { lang, question, reference, answer } = *asked;
        let name = name(criterion, if *lang == Lang::JA { "ja" } else { "en" });
        let missing = || PromptError {
            name: name.clone(),
            problem: "there is no such prompt".to_owned(),
            remedy: "prompts/judge has a file a criterion and language",
        };
        let template = self.templates.get(&name).ok_or_else(missing)?;
        let fence = fence(&[question, reference.unwrap_or_default(), answer]);
        template.render(&context! { fence, question, reference, answer })
    }
}

/// A look at each of them.
pub(super) fn proofs() -> Vec<Proof> {
    let proof = |(criterion, lang, text)| {
        let name = name(criterion, lang);
        let found = read(&name, text);
        Proof { name, file: None, found }
    };
    FILES.into_iter().map(proof).collect()
}

/// Reads a file and tries it on an example.
fn read(name: &str, text: &str) -> Result<Template, PromptError> {
    let (question, reference, answer) = ("返品はいつまでですか。", "お届けの翌日から30日以内です。", "30日です。📦");
    Template::read(name, text)?.tried([context! { fence => "0123456789ab", question, reference, answer }])
}

fn name(criterion: Criterion, lang: &str) -> String {
    format!("{}.{lang}", criterion.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_is_in_order() {
        let prompts = Prompts::load().unwrap();
        assert_eq!(prompts.versions().len(), Criterion::ALL.len() * 2);
        for version in prompts.versions().values() {
            assert!(version.starts_with("1 ("), "{version}");
        }
    }
}
