//! The prompt of an answer: files of prompts/answer, with passages, conversation and question put in as data.

use minijinja::{Value, context};

use crate::language::Lang;
use crate::prompt::{Prompt, PromptError, PromptVersion, Template, fence};

/// A passage as the model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// From 1.
    pub(super) number: usize,
    /// Title and headings.
    pub(super) title: String,
    /// Markdown.
    pub(super) text: String,
}

/// Something said before the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) customer: bool,
    pub(super) text: String,
}

/// What is put into the prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Inputs {
    pub(super) passages: Vec<Shown>,
    /// Oldest first.
    pub(super) history: Vec<Said>,
    pub(super) question: String,
}

/// A prompt with its data in it.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) prompt: Prompt,
    /// The word that its texts stand between.
    pub(super) fence: String,
}

/// The prompts of an answer: one for Japanese, one for all other languages.
#[derive(Debug)]
pub struct Prompts {
    japanese: Template,
    others: Template,
}

impl Prompts {
    /// Reads the embedded files.
    ///
    /// # Errors
    /// When one is not in order.
    pub fn load() -> Result<Self, PromptError> {
        let japanese = include_str!("../../../prompts/answer/answer.ja.md");
        Self::read(japanese, include_str!("../../../prompts/answer/answer.en.md"))
    }

    /// Reads other files: `answer.ja.md` and `answer.en.md`.
    ///
    /// # Errors
    /// When one is not in order.
    pub fn read(japanese: &str, others: &str) -> Result<Self, PromptError> {
        Ok(Self { japanese: Template::read("answer.ja", japanese)?, others: Template::read("answer.en", others)? })
    }

    /// All of them: for `madoguchi check`.
    pub fn templates(&self) -> [&Template; 2] {
        [&self.japanese, &self.others]
    }

    /// Which prompt a customer's language is answered by.
    pub fn version(&self, lang: &Lang) -> &PromptVersion {
        self.template(lang).version()
    }

    fn template(&self, lang: &Lang) -> &Template {
        if *lang == Lang::JA { &self.japanese } else { &self.others }
    }

    /// The prompts' own wording, without anybody's data: what no reply may repeat.
    ///
    /// # Errors
    /// When one cannot be rendered.
    pub fn wording(&self) -> Result<Vec<String>, PromptError> {
        let mut found = Vec::new();
        for lang in [Lang::JA, Lang::EN] {
            let Prompt { system, user } = self.render(&lang, &Inputs::default())?.prompt;
            found.extend([system, user]);
        }
        Ok(found)
    }

    pub(super) fn render(&self, lang: &Lang, inputs: &Inputs) -> Result<Rendered, PromptError> {
        let Inputs { passages, history, question } = inputs;
        let shown = passages.iter().flat_map(|passage| [passage.title.as_str(), passage.text.as_str()]);
        let said = history.iter().map(|said| said.text.as_str());
        let texts: Vec<&str> = shown.chain(said).chain([question.as_str()]).collect();
        let fence = fence(&texts);
        let language = language(lang);
        let passages: Vec<Value> =
            passages.iter().map(|Shown { number, title, text }| context! { number, title, text }).collect();
        let history: Vec<Value> = history.iter().map(|Said { customer, text }| context! { customer, text }).collect();
        let prompt =
            self.template(lang).render(&context! { fence => fence.as_str(), language, passages, history, question })?;
        Ok(Rendered { prompt, fence })
    }
}

/// What the prompts call a language: Japanese by its own name, because that prompt is in Japanese.
fn language(lang: &Lang) -> &str {
    match lang.as_str() {
        "ja" => "日本語",
        "en" => "English",
        "zh" => "Chinese",
        "ko" => "Korean",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        "pt" => "Portuguese",
        "it" => "Italian",
        "nl" => "Dutch",
        "vi" => "Vietnamese",
        "id" => "Indonesian",
        "th" => "Thai",
        "ru" => "Russian",
        "uk" => "Ukrainian",
        "pl" => "Polish",
        "tr" => "Turkish",
        "ar" => "Arabic",
        "hi" => "Hindi",
        // A model knows the tags of the rest.
        tag => tag,
    }
}
