//! The prompts of the vote: files of prompts/guard, embedded, one for Japanese and one for all other languages.

use minijinja::{Value, context};

use crate::guard::Texts;
use crate::language::Lang;
use crate::prompt::{Prompt, PromptError, Proof, Template, fence};

/// Name, the language it is written in, and text.
const JAPANESE: (&str, Lang, &str) = ("vote.ja", Lang::JA, include_str!("../../../prompts/guard/vote.ja.md"));
const OTHERS: (&str, Lang, &str) = ("vote.en", Lang::EN, include_str!("../../../prompts/guard/vote.en.md"));

/// A policy as the model sees it.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) code: &'a str,
    /// What the customer is told.
    pub(super) understood: &'a Texts,
    /// Messages it applies to, each on one line.
    pub(super) positive: Vec<String>,
    /// Look-alikes it does not apply to.
    pub(super) negative: Vec<String>,
}

/// What a prompt is given, besides `fence`.
#[derive(Debug)]
pub(super) struct Given<'a> {
    pub(super) policies: Vec<Shown<'a>>,
    /// What was said before, oldest first: whether by the customer, and what.
    pub(super) history: &'a [(bool, String)],
    pub(super) message: &'a str,
}

impl Given<'_> {
    /// For a prompt that is written in `lang`.
    fn values(&self, lang: &Lang) -> Value {
        let policy = |shown: &Shown<'_>| {
            let examples = |texts: &[String]| texts.iter().map(Value::from).collect::<Vec<Value>>();
            let (positive, negative) = (examples(&shown.positive), examples(&shown.negative));
            context! { code => shown.code, understood => shown.understood.get(lang), positive, negative }
        };
        let policies: Vec<Value> = self.policies.iter().map(policy).collect();
        let said = |(customer, text): &(bool, String)| context! { customer, text };
        let history: Vec<Value> = self.history.iter().map(said).collect();
        // The policies are the shop's own words, and stand before the fence is first named: so one customer's request
        // begins as another's does, and a server that remembers beginnings reads them once.
        let texts: Vec<&str> = self.history.iter().map(|(_, text)| text.as_str()).chain([self.message]).collect();
        context! { fence => fence(&texts), policies, history, message => self.message }
    }
}

/// Both prompts.
#[derive(Debug)]
pub(super) struct Prompts {
    japanese: Template,
    others: Template,
}

impl Prompts {
    /// Reads the embedded files.
    pub(super) fn embedded() -> Result<Self, PromptError> {
        Ok(Self { japanese: read(&JAPANESE)?, others: read(&OTHERS)? })
    }

    /// The prompt about a message in `lang`.
    pub(super) fn render(&self, lang: &Lang, given: &Given<'_>) -> Result<Prompt, PromptError> {
        match *lang == Lang::JA {
            true => self.japanese.render(&given.values(&Lang::JA)),
            false => self.others.render(&given.values(&Lang::EN)),
        }
    }
}

/// A look at each prompt.
pub fn proofs() -> Vec<Proof> {
    let proof = |file: &(&str, Lang, &str)| Proof { name: file.0.to_owned(), file: None, found: read(file) };
    [JAPANESE, OTHERS].iter().map(proof).collect()
}

/// Reads a file and tries it on examples: a first message, and one that follows others.
fn read((name, lang, text): &(&str, Lang, &str)) -> Result<Template, PromptError> {
    let understood = Texts::of([(Lang::EN, "A refund.".to_owned())].into());
    let shown = |understood| Shown {
        code: "refund",
        understood,
        positive: vec!["返金してください".to_owned()],
        negative: vec!["How do refunds work?".to_owned()],
    };
    let policies = || understood.iter().map(shown).collect();
    let message = "返してほしい。<b>{{ message }} 📦";
    let said = [(true, "本を買いました。".to_owned()), (false, "Which book?".to_owned())];
    let first = Given { policies: policies(), history: &[], message };
    let later = Given { policies: policies(), history: &said, message };
    Template::read(name, text)?.tried([first.values(lang), later.values(lang)])
}
