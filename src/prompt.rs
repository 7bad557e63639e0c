//! Prompts are data: files of prompts/, rendered with what customers and articles say put in as data.
//!
//! prompts/README.md tells what a file holds. Whoever asks a model reads its prompt here, so that all are kept, fenced and recorded
//! in one way.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The line between what the model is told as its task and what it is asked.
const SEPARATOR: &str = "\n=== user ===\n";
/// Remedies.
const BEGIN: &str = "begin it with a line ---, then purpose, inputs and version, then a line ---";
const ABOUT: &str = "state purpose (a sentence), inputs (a list) and version (a number), and nothing else";
const DIVIDE: &str = "put a line `=== user ===` between the system part and the user part";
const INPUTS: &str = "make `inputs` the variables that the two parts use, without fence";
const SYNTAX: &str = "there are {{ variable }}, {% if … %} and {% for … %}, and no filters: prompts/README.md";
/// Its parts, as the templates are named.
const PARTS: [&str; 2] = ["system", "user"];

/// A prompt, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What the model is, and how it shall reply.
    pub system: String,
    /// What it is asked.
    pub user: String,
}

/// Which prompt it was, for reports and receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromptVersion {
    /// Its name, such as `answer.ja`.
    pub name: String,
    /// What its front matter says.
    pub version: u32,
    /// Of the whole file: a prompt that was changed and not numbered anew is another prompt all the same.
    pub digest: String,
}

impl fmt::Display for PromptVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.version, self.digest)
    }
}

/// A prompt that is not what prompts/README.md says, or cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("prompt {name}: {problem}; {remedy}")]
pub struct PromptError {
    /// Which prompt.
    pub name: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: &'static str,
}

/// What a look at one prompt found: for `madoguchi check`.
#[derive(Debug)]
pub struct Proof {
    /// Its name.
    pub name: String,
    /// Its file; `None` if it is the one that is embedded.
    pub file: Option<PathBuf>,
    /// The prompt, if it is in order: read, and rendered with example inputs.
    pub found: Result<Template, PromptError>,
}

/// The front matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    purpose: String,
    inputs: Vec<String>,
    version: u32,
}

/// A prompt's file, read.
#[derive(Debug)]
pub struct Template {
    about: About,
    version: PromptVersion,
    environment: Environment<'static>,
}

impl Template {
    /// Reads `text`, the file of the prompt `name`.
    ///
    /// # Errors
    /// When it has no front matter or user part, is no template, or uses other inputs than it states.
    pub fn read(name: &str, text: &str) -> Result<Self, PromptError> {
        let wrong = |remedy, problem: String| PromptError { name: name.to_owned(), problem, remedy };
        // As an editor elsewhere may have left it: the prompt is the same.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let parts = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
        let (about, body) = parts.ok_or_else(|| wrong(BEGIN, "does not begin with front matter".to_owned()))?;
        let about: About = serde_saphyr::from_str(about).map_err(|error| wrong(ABOUT, error.to_string()))?;
        if about.purpose.trim().is_empty() {
            return Err(wrong(ABOUT, "does not say what it is for".to_owned()));
        }
        let (system, user) = body.split_once(SEPARATOR).ok_or_else(|| wrong(DIVIDE, "has no user part".to_owned()))?;
        // Nothing but the variables: a prompt is text, not a program. A text is put in as it is: the reader is a model, not a browser.
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // A line with a tag alone is no line of the prompt.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| wrong(SYNTAX, error.to_string()))?);
        let mut used = BTreeSet::new();
        for (part, source) in PARTS.into_iter().zip([system, user]) {
            let added = environment.add_template_owned(part, source.trim().to_owned());
            let found = added.and_then(|()| Ok(environment.get_template(part)?.undeclared_variables(false)));
            used.extend(found.map_err(|error| wrong(SYNTAX, error.to_string()))?);
        }
        used.remove("fence");
        let stated: BTreeSet<String> = about.inputs.iter().cloned().collect();
        if used != stated {
            return Err(wrong(INPUTS, format!("states {stated:?} as its inputs and uses {used:?}")));
        }
        let digest = blake3::hash(text.as_bytes()).to_hex().chars().take(8).collect();
        let version = PromptVersion { name: name.to_owned(), version: about.version, digest };
        Ok(Self { about, version, environment })
    }

    /// The same, if both parts can be rendered with each of `examples`.
    ///
    /// # Errors
    /// When one cannot.
    pub fn tried(self, examples: impl IntoIterator<Item = Value>) -> Result<Self, PromptError> {
        examples.into_iter().try_for_each(|inputs| self.render(&inputs).map(drop))?;
        Ok(self)
    }

    /// An error of this prompt.
    pub fn wrong(&self, problem: impl Into<String>, remedy: &'static str) -> PromptError {
        PromptError { name: self.version.name.clone(), problem: problem.into(), remedy }
    }

    /// Which prompt this is.
    pub fn version(&self) -> &PromptVersion {
        &self.version
    }

    /// What it is for, in one sentence.
    pub fn purpose(&self) -> &str {
        &self.about.purpose
    }

    /// The variables it needs, besides `fence`.
    pub fn inputs(&self) -> &[String] {
        &self.about.inputs
    }

    /// The prompt with its variables filled in; `inputs` holds all of them, and `fence`.
    ///
    /// # Errors
    /// When one is missing.
    pub fn render(&self, inputs: &Value) -> Result<Prompt, PromptError> {
        let part = |part: &str| {
            let rendered = self.environment.get_template(part).and_then(|template| template.render(inputs));
            rendered.map_err(|error| self.wrong(error.to_string(), SYNTAX))
        };
        let [system, user] = PARTS;
        Ok(Prompt { system: part(system)?, user: part(user)? })
    }
}

/// A word that marks where texts begin and end. It stands in none of them, so that no text can say where it ends; and it comes from
/// their digest, so that nobody who writes one can foresee it.
pub fn fence(texts: &[&str]) -> String {
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
    use minijinja::context;
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "---\npurpose: Try.\ninputs: [asked, list]\nversion: 3\n---\nBetween {{ fence }}.\n=== user ===\n{% for one in list %}\n<{{ one }}>\n{% endfor %}\n{{ asked }}\n";

    #[test]
    fn variables_are_filled_in_and_nothing_in_them_is_read() {
        let template = Template::read("try", GOOD).unwrap();
        let inputs = context! { fence => "f", asked => "{{ fence }} <b>&", list => ["一", "{% if %}"] };
        let prompt = template.render(&inputs).unwrap();
        assert_eq!(prompt.system, "Between f.");
        assert_eq!(prompt.user, "<一>\n<{% if %}>\n{{ fence }} <b>&");
        assert_eq!((template.version().version, template.version().digest.len()), (3, 8));
        assert!(template.render(&context! { fence => "f" }).is_err());
    }

    #[test]
    fn what_is_not_in_order_is_refused() {
        for (from, to) in [
            ("---\npurpose", "purpose"),
            ("Try.", "''"),
            ("[asked, list]", "[asked]"),
            ("[asked, list]", "[asked, list, more]"),
            ("\n=== user ===", ""),
            ("{% endfor %}", ""),
            ("version: 3", "version: x"),
            ("version: 3", "version: 3\nauthor: me"),
        ] {
            assert!(Template::read("try", &GOOD.replacen(from, to, 1)).is_err(), "{from} → {to}");
        }
        assert!(Template::read("try", "").is_err());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_remedy() {
        let error = Template::read("try", &GOOD.replacen("[asked, list]", "[asked]", 1)).unwrap_err();
        assert_eq!(error.name, "try");
        assert!(error.problem.contains("\"list\"") && error.remedy.contains("`inputs`"), "{error}");
        let misspelt = GOOD.replacen("{{ one }}", "{{ one.txet }}", 1);
        let template = Template::read("try", &misspelt).unwrap();
        let filled = context! { fence => "f", asked => "?", list => [context! { text => "a" }] };
        let error = template.tried([context! { fence => "f", asked => "?", list => ["a"; 0] }, filled]).unwrap_err();
        assert!(error.to_string().contains("undefined value") && error.to_string().contains(SYNTAX), "{error}");
    }

    #[test]
    fn another_editors_line_ends_make_no_other_prompt() {
        let digest = |text: &str| Template::read("try", text).unwrap().version().digest.clone();
        assert_eq!(digest(&format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))), digest(GOOD));
        assert_ne!(digest(&GOOD.replace("Between", "Among")), digest(GOOD));
    }

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

    proptest! {
        #[test]
        fn whatever_a_file_holds_is_a_prompt_or_an_error(about in "\\PC{0,60}", body in "[{}%#a-z \n=]{0,80}") {
            let _ = Template::read("try", &body);
            let _ = Template::read("try", &format!("---\n{about}\n---\n{body}"));
            let whole = format!("---\npurpose: Try.\ninputs: []\nversion: 1\n---\n{body}\n=== user ===\n{body}");
            if let Ok(template) = Template::read("try", &whole) {
                let _ = template.render(&context! { fence => "f" });
            }
        }

        #[test]
        fn no_text_holds_its_fence(texts in prop::collection::vec("\\PC{0,200}", 3)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let fence = fence(&texts);
            prop_assert!(!texts.iter().any(|text| text.contains(&fence)));
        }
    }
}
