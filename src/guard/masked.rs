//! A message before and after personal data is masked.

use crate::language::Lang;
use crate::passages::Audience;

/// A message as it came, already on disk where there is a conversation. Nothing has been done to it.
#[derive(Debug, Clone)]
pub struct Received {
    text: String,
    lang: Lang,
    audiences: Vec<Audience>,
    drafts: bool,
}

impl Received {
    /// A message in `lang` by somebody who may read articles for `audiences`.
    pub fn new(text: impl Into<String>, lang: Lang, audiences: Vec<Audience>) -> Self {
        Self { text: text.into(), lang, audiences, drafts: false }
    }

    /// Lets drafts be found too: for editors' previews.
    pub fn with_drafts(mut self) -> Self {
        self.drafts = true;
        self
    }
}

/// A message that may leave the process. The next step takes nothing else.
#[derive(Debug, Clone)]
pub struct Masked {
    text: String,
    lang: Lang,
    audiences: Vec<Audience>,
    drafts: bool,
}

impl Masked {
    /// Masks personal data. The detectors are the guards' storey's; until then the text passes as it is, and `madoguchi check`
    /// warns when the embedder is remote.
    pub fn of(received: Received) -> Self {
        let Received { text, lang, audiences, drafts } = received;
        Self { text, lang, audiences, drafts }
    }

    /// The text, masked.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The language of the message.
    pub fn lang(&self) -> &Lang {
        &self.lang
    }

    /// Whose articles may be found.
    pub fn audiences(&self) -> &[Audience] {
        &self.audiences
    }

    /// Whether drafts may be found.
    pub fn drafts(&self) -> bool {
        self.drafts
    }
}
