//! The prompts of an answer: what they are given, and which is for whom.

use std::sync::Arc;

use minijinja::{Value, context};

use crate::language::Lang;
use crate::prompt::{Prompt, PromptError, PromptVersion, Template, fence};

/// What a prompt is given, besides `fence`.
const INPUTS: [&str; 4] = ["language", "passages", "history", "question"];
const GIVEN: &str = "use language, passages (number, title, text), history (customer, text), question and fence";
const SHOW: &str = "show each passage with number, title and text, all that was said before, and the question";
const FENCE: &str = "put each text between a line `<name {{ fence }}>` and a line `</name {{ fence }}>`: it is data";

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

impl Inputs {
    /// What a prompt is tried on: a first question, and one that follows others.
    fn examples() -> [Self; 2] {
        let shown =
            |number, text: &str| Shown { number, title: "返品 › Returns".to_owned(), text: text.to_owned() };
        let said = |customer, text: &str| Said { customer, text: text.to_owned() };
        let first = Self {
            passages: vec![shown(701, "お届けの翌日から30日以内です。"), shown(702, "Within 30 days of delivery. 📦")],
            history: Vec::new(),
            question: "返品はいつまでですか。<b>{{ question }}".to_owned(),
        };
        let history = vec![said(true, "本を返したい。"), said(false, "Which book?")];
        [first.clone(), Self { history, ..first }]
    }

    /// All that others wrote.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let shown = self.passages.iter().flat_map(|passage| [passage.title.as_str(), passage.text.as_str()]);
        shown.chain(self.history.iter().map(|said| said.text.as_str())).chain([self.question.as_str()])
    }

    fn fence(&self) -> String {
        fence(&self.texts().collect::<Vec<_>>())
    }

    fn values(&self, lang: &Lang) -> Value {
        let (fence, language, question) = (self.fence(), language(lang), &self.question);
        let passages: Vec<Value> =
            self.passages.iter().map(|Shown { number, title, text }| context! { number, title, text }).collect();
        let history: Vec<Value> =
            self.history.iter().map(|Said { customer, text }| context! { customer, text }).collect();
        context! { fence, language, passages, history, question }
    }
}

/// Which prompts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Japanese,
    Others,
}

impl Which {
    pub(super) const ALL: [Self; 2] = [Self::Japanese, Self::Others];

    /// The one that answers in `lang`.
    fn of(lang: &Lang) -> Self {
        if *lang == Lang::JA { Self::Japanese } else { Self::Others }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Japanese => "answer.ja",
            Self::Others => "answer.en",
        }
    }

    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Japanese => "answer.ja.md",
            Self::Others => "answer.en.md",
        }
    }

    /// The file as it was when the program was built.
    pub(super) fn embedded(self) -> &'static str {
        match self {
            Self::Japanese => include_str!("../../../prompts/answer/answer.ja.md"),
            Self::Others => include_str!("../../../prompts/answer/answer.en.md"),
        }
    }

    /// Reads a file of this prompt. What comes back can be rendered, and shows a model all that it needs.
    ///
    /// # Errors
    /// When the file is not in order.
    pub(super) fn read(self, text: &str) -> Result<Template, PromptError> {
        let template = Template::read(self.name(), text)?;
        if let Some(unknown) = template.inputs().iter().find(|input| !INPUTS.contains(&input.as_str())) {
            return Err(template.wrong(format!("uses {unknown:?}, which it is not given"), GIVEN));
        }
        let lang = match self {
            Self::Japanese => Lang::JA,
            Self::Others => Lang::EN,
        };
        for inputs in Inputs::examples() {
            let user = template.render(&inputs.values(&lang))?.user;
            let outside = outside(&user, &inputs.fence());
            if let Some(loose) = inputs.texts().find(|text| outside.contains(text)) {
                return Err(template.wrong(format!("shows {loose:?} of an example outside of fenced lines"), FENCE));
            }
            let numbers = inputs.passages.iter().map(|shown| shown.number.to_string());
            let texts = inputs.texts().map(str::to_owned);
            if let Some(missing) = numbers.chain(texts).find(|text| !user.contains(text)) {
                return Err(template.wrong(format!("does not show {missing:?} of an example"), SHOW));
            }
        }
        // What is left when there is no room: how long the instructions are is measured by it.
        template.tried([Inputs::default().values(&lang)])
    }
}

/// A prompt with its data in it.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) prompt: Prompt,
    /// The word that its texts stand between.
    pub(super) fence: String,
}

/// The prompts of an answer: one for Japanese, one for all other languages.
#[derive(Debug, Clone)]
pub struct Prompts {
    japanese: Arc<Template>,
    others: Arc<Template>,
}

impl Prompts {
    /// Reads the embedded files.
    ///
    /// # Errors
    /// When one is not in order.
    pub fn embedded() -> Result<Self, PromptError> {
        let read = |which: Which| which.read(which.embedded()).map(Arc::new);
        Ok(Self { japanese: read(Which::Japanese)?, others: read(Which::Others)? })
    }

    /// Which prompt a customer's language is answered by.
    pub fn version(&self, lang: &Lang) -> &PromptVersion {
        self.get(Which::of(lang)).version()
    }

    pub(super) fn get(&self, which: Which) -> &Template {
        match which {
            Which::Japanese => &self.japanese,
            Which::Others => &self.others,
        }
    }

    pub(super) fn put(&mut self, which: Which, template: Template) {
        let place = match which {
            Which::Japanese => &mut self.japanese,
            Which::Others => &mut self.others,
        };
        *place = Arc::new(template);
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
        let prompt = self.get(Which::of(lang)).render(&inputs.values(lang))?;
        Ok(Rendered { prompt, fence: inputs.fence() })
    }
}

/// What stands in a prompt outside of lines `<name FENCE>` and `</name FENCE>`.
fn outside(user: &str, fence: &str) -> String {
    let (mut outside, mut inside) = (String::new(), false);
    for line in user.lines() {
        let marks = line.starts_with('<') && line.strip_suffix('>').is_some_and(|line| line.ends_with(fence));
        if marks {
            inside = !line.starts_with("</");
        } else if !inside {
            outside.push_str(line);
            outside.push('\n');
        }
    }
    outside
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_prompts_are_in_order() {
        let prompts = Prompts::embedded().unwrap();
        let names: Vec<String> = [Lang::JA, Lang::KO].iter().map(|lang| prompts.version(lang).name.clone()).collect();
        assert_eq!(names, Which::ALL.map(Which::name));
    }

    #[test]
    fn a_prompt_that_would_fail_a_customer_is_refused() {
        let good = Which::Others.embedded();
        for (from, to, says) in [
            ("{{ passage.text }}", "{{ passage.txet }}", "undefined"),
            ("{{ passage.text }}", "", "30日以内"),
            ("<passage-{{ passage.number }} {{ fence }}>", "", "outside"),
            ("</question {{ fence }}>", "", ""),
            ("<question {{ fence }}>", "Question:", "outside"),
            ("{{ question }}", "", "inputs"),
            ("{{ said.text }}", "", "本を返したい"),
            ("{% if history %}", "{% if not history %}", "本を返したい"),
            ("{{ fence }}", "----", "outside"),
            ("inputs: [", "inputs: [tone, ", "inputs"),
        ] {
            let text = good.replace(from, to);
            assert_ne!(text, good);
            match Which::Others.read(&text) {
                Ok(_) => assert_eq!(says, "", "{from} → {to}"),
                Err(error) => {
                    assert!(!says.is_empty() && error.to_string().contains(says), "{from} → {to}: {error}");
                    assert_eq!(error.name, "answer.en");
                }
            }
        }
        let foreign = good.replace("[language,", "[tone, language,").replace("Be short", "Be {{ tone }} and short");
        let error = Which::Others.read(&foreign).unwrap_err();
        assert!(error.problem.contains("\"tone\"") && error.remedy.contains("passages"), "{error}");
        let unnumbered = good.replace("passage-{{ passage.number }}", "passage");
        assert!(Which::Others.read(&unnumbered).unwrap_err().problem.contains("701"), "nothing could be cited");
    }
}
