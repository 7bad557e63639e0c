//! Line 1 as a turn asks it, over vectors that are known already: without a search, so that thousands of messages are judged in
//! seconds.

use std::collections::HashMap;

use anyhow::Context as _;

use crate::answer::context::{leans, room};
use crate::answer::{ReplyKind, courtesy};
use crate::conversation::History;
use crate::eval::dataset::guards::{Row, Said};
use crate::guard::{Asked, Guard, Masked, PolicyCode, Received};
use crate::language::{self, Lang};
use crate::llm::Vector;
use crate::passages::Audience;

/// A message of so little room is looked at in its context even if it points nowhere, as a turn does.
const FEW: usize = 8;

/// Line 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineOne<'a> {
    /// The policies.
    pub(super) guard: &'a Guard,
    /// The help centre's language.
    pub(super) default: &'a Lang,
}

/// A message made ready: what its words decide, and else the texts whose vectors do.
#[derive(Debug)]
pub(super) struct Look {
    message: Masked,
    words: Option<PolicyCode>,
    /// Nobody would ask a vector about it: courtesy, or nothing at all.
    idle: bool,
    /// What it means together with what it goes back to, if it points back.
    together: Option<String>,
}

impl LineOne<'_> {
    /// Reads a message as a turn does: in the language it seems to be in, masked, with what was said before.
    pub(super) fn look(&self, text: &str, history: History) -> Look {
        let message = received(text, history, self.default);
        let ruled = self.guard.judge_words(message.text(), message.lang(), &message.history().said());
        let words = ruled.ruling;
        let idle = words.is_none()
            && (courtesy(message.text()).is_some() || !message.text().chars().any(char::is_alphanumeric));
        let subject = message.history().subject(leans).join("\n");
        let leaning = leans(message.text()) || room(message.text()) <= FEW;
        let together = (leaning && !subject.is_empty()).then(|| format!("{subject}\n{}", message.text()));
        Look { message, words, idle, together }
    }

    /// What the words alone decide: no vector is asked.
    pub(super) fn by_words(&self, text: &str) -> Option<PolicyCode> {
        self.look(text, History::default()).words
    }

    /// Decides: under which policy the message goes to a person; `None` if the machine may answer.
    ///
    /// # Errors
    /// When a vector is missing or cannot be compared: such figures would be of a broken installation.
    pub(super) fn rule(&self, look: &Look, vectors: &HashMap<String, Vector>) -> anyhow::Result<Option<PolicyCode>> {
        if look.words.is_some() || look.idle {
            return Ok(look.words.clone());
        }
        let message = &look.message;
        let before = message.history().said();
        let vector_of = |text: &str| vectors.get(text).with_context(|| format!("there is no vector of {text:?}"));
        let judge = |asked: &str, in_context: bool| -> anyhow::Result<Option<PolicyCode>> {
            let vector = vector_of(asked)?;
            let in_context = in_context.then_some((asked, vector));
            let asked = Asked { text: message.text(), vector, lang: message.lang(), before: &before, in_context };
            Ok(self.guard.judge(&asked)?.ruling)
        };
        let alone = judge(message.text(), false)?;
        match &look.together {
            Some(together) if alone.is_none() => judge(together, true),
            _ => Ok(alone),
        }
    }
}

impl Look {
    /// The texts whose vectors are wanted.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let asked = self.words.is_none() && !self.idle;
        std::iter::once(self.message.text()).chain(self.together.as_deref()).filter(move |_| asked)
    }
}

/// A message as it comes in, masked.
fn received(text: &str, history: History, default: &Lang) -> Masked {
    let lang = language::detect(text, None, default);
    Masked::of(Received::new(text, lang, vec![Audience::customer()]).after(history))
}

/// What was said before a row. Replies count as answers; before one that is about not being understood, the last was a question back.
pub(super) fn history(row: &Row, context: &[Said]) -> History {
    let mut history = History::default();
    let last = context.iter().rposition(|said| !said.by_customer);
    let unclear = row.policy.as_deref() == Some(PolicyCode::UNCLEAR);
    for (at, said) in context.iter().enumerate() {
        let kind = if unclear && last == Some(at) { ReplyKind::Clarification } else { ReplyKind::Answer };
        match said.by_customer {
            true => history.push(&said.text),
            false => history.replied(kind, &said.text, &[]),
        }
    }
    history
}
