//! A message before and after personal data is masked.

use super::personal::mask_with_history;
use crate::conversation::History;
use crate::language::Lang;
use crate::passages::{ArticleId, Audience};

/// A message as it came, already on disk where there is a conversation. Nothing has been done to it.
#[derive(Debug, Clone)]
pub struct Received {
    text: String,
    lang: Lang,
    audiences: Vec<Audience>,
    within: Option<Vec<ArticleId>>,
    history: History,
    drafts: bool,
    only_quotes: bool,
}

impl Received {
    /// A message in `lang` by somebody who may read articles for `audiences`.
    pub fn new(text: impl Into<String>, lang: Lang, audiences: Vec<Audience>) -> Self {
        Self {
            text: text.into(),
            lang,
            audiences,
            within: None,
            history: History::default(),
            drafts: false,
            only_quotes: false,
        }
    }

    /// Answers from these articles and their translations only.
    pub fn within(mut self, articles: Vec<ArticleId>) -> Self {
        self.within = Some(articles);
        self
    }

    /// What was said before it.
    pub fn after(mut self, history: History) -> Self {
        self.history = history;
        self
    }

    /// Lets drafts be found too: for editors' previews.
    pub fn with_drafts(mut self) -> Self {
        self.drafts = true;
        self
    }

    /// Has the articles quoted: no model is asked, because one was asked about this message before and the process ended.
    pub fn only_quoted(mut self) -> Self {
        self.only_quotes = true;
        self
    }
}

/// A message that may leave the process. The next step takes nothing else.
#[derive(Debug, Clone)]
pub struct Masked {
    text: String,
    asked: String,
    lang: Lang,
    audiences: Vec<Audience>,
    within: Option<Vec<ArticleId>>,
    history: History,
    drafts: bool,
    only_quotes: bool,
}

impl Masked {
    /// Masks personal data in the message and in what was said before it, whoever they go to: what no later step is given, none can
    /// leak. The same number has the same placeholder throughout.
    pub fn of(received: Received) -> Self {
        let Received { text, lang, audiences, within, history, drafts, only_quotes } = received;
        let (masked, history) = mask_with_history(&text, &history, &lang);
        let text = masked.text;
        Self { asked: text.clone(), text, lang, audiences, within, history, drafts, only_quotes }
    }

    /// The text, masked.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is embedded and searched for: the text, or what it means in its context.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// The same message, searched for by what it means in its context. Made of what was masked already: the text and the history.
    pub fn meaning(&self, asked: impl Into<String>) -> Self {
        Self { asked: asked.into(), ..self.clone() }
    }

    /// What was said before it, masked.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The language of the message.
    pub fn lang(&self) -> &Lang {
        &self.lang
    }

    /// Whose articles may be found.
    pub fn audiences(&self) -> &[Audience] {
        &self.audiences
    }

    /// The only articles that may be found, if there is such a limit.
    pub fn only_within(&self) -> Option<&[ArticleId]> {
        self.within.as_deref()
    }

    /// Whether drafts may be found.
    pub fn drafts(&self) -> bool {
        self.drafts
    }

    /// The same message, for which no model may be asked.
    pub fn only_quoted(&self) -> Self {
        Self { only_quotes: true, ..self.clone() }
    }

    /// Whether no model may be asked.
    pub fn only_quotes(&self) -> bool {
        self.only_quotes
    }
}
