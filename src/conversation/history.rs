//! What was said before a message, as far as it helps to understand the message.

use super::{Message, MessageId, Role};
use crate::answer::{ReplyKind, Suggestion};
use crate::guard::{Replied, Said, Speaker};

/// Exchanges looked back on. What lies further back is seldom meant, and was about something else.
const KEPT: usize = 6;

/// What was said before, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History(Vec<Exchange>);

/// Something the customer said, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// What the customer said.
    pub said: String,
    /// What the assistant replied was; `None` if nothing came of it.
    pub replied: Option<ReplyKind>,
    /// What it said.
    pub answer: String,
    /// For a question back: what could be chosen from.
    pub options: Vec<Suggestion>,
}

impl History {
    /// The messages of a conversation that came before `message`.
    pub fn before(messages: &[Message], message: MessageId) -> Self {
        let mut history = Self::default();
        for said in messages.iter().take_while(|said| said.id != message) {
            match said.role {
                Role::Customer => history.push(&said.text),
                Role::Assistant => {
                    if let Some(reply) = &said.reply {
                        history.replied(reply.kind, &reply.answer, &reply.suggestions);
                    }
                }
                // What people and notices say is about a case, and the assistant does not go on from it.
                Role::Operator | Role::Notice => {}
            }
        }
        history
    }

    /// Adds what the customer said.
    pub fn push(&mut self, said: &str) {
        self.0.push(Exchange { said: said.to_owned(), replied: None, answer: String::new(), options: Vec::new() });
        if self.0.len() > KEPT {
            self.0.remove(0);
        }
    }

    /// Notes what came of the last thing said.
    pub fn replied(&mut self, kind: ReplyKind, answer: &str, options: &[Suggestion]) {
        if let Some(last) = self.0.last_mut() {
            last.replied = Some(kind);
            answer.clone_into(&mut last.answer);
            last.options = options.to_vec();
        }
    }

    /// What was said, oldest first.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.0
    }

    /// What was said as the guards look at it, oldest first.
    pub fn said(&self) -> Vec<Said<'_>> {
        let mut said = Vec::new();
        for exchange in &self.0 {
            said.push(Said { by: Speaker::Customer, text: &exchange.said });
            said.extend(exchange.replied.map(|kind| Said { by: Speaker::Assistant(of(kind)), text: &exchange.answer }));
        }
        said
    }

    /// The last exchange.
    pub fn last(&self) -> Option<&Exchange> {
        self.0.last()
    }

    /// What the customer said, for a model: oldest first, each marked as the customer's. What the assistant said is left out: it is long,
    /// it is in the passages, and a model takes its own words for facts.
    pub fn lines(&self) -> Vec<(bool, String)> {
        self.0.iter().map(|exchange| (true, exchange.said.clone())).collect()
    }

    /// Every text of it, oldest first: what the customer said, then the reply, of each exchange.
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().flat_map(|exchange| [exchange.said.as_str(), exchange.answer.as_str()]).collect()
    }

    /// The same exchanges in other words, such as masked ones: in the order of [`History::texts`], and as many.
    pub fn in_words(mut self, texts: Vec<String>) -> Self {
        let mut texts = texts.into_iter();
        for exchange in &mut self.0 {
            if let (Some(said), Some(answer)) = (texts.next(), texts.next()) {
                (exchange.said, exchange.answer) = (said, answer);
            }
        }
        self
    }

    /// What the conversation is about: the last question that was more than courtesy, with those it itself goes back to (as far as
    /// it is a follow-up, which `leans` tells). Oldest first.
    pub fn subject(&self, leans: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut subject = Vec::new();
        let telling = self.0.iter().rev().filter(|exchange| exchange.replied != Some(ReplyKind::Courtesy));
        for exchange in telling {
            subject.push(exchange.said.as_str());
            if !leans(&exchange.said) {
                break;
            }
        }
        subject.reverse();
        subject
    }
}

/// What a kind of reply is to the guards.
fn of(kind: ReplyKind) -> Replied {
    match kind {
        ReplyKind::Answer => Replied::Answered,
        ReplyKind::Clarification => Replied::AskedBack,
        ReplyKind::Abstention => Replied::NoAnswer,
        ReplyKind::Courtesy | ReplyKind::Unavailable | ReplyKind::Handoff => Replied::Otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_goes_back_as_far_as_it_leans() {
        let mut history = History::default();
        for (said, kind) in [
            ("送料は?", ReplyKind::Answer),
            ("返品はいつまで?", ReplyKind::Answer),
            ("それは未開封でも?", ReplyKind::Answer),
            ("ありがとう", ReplyKind::Courtesy),
        ] {
            history.push(said);
            history.replied(kind, "", &[]);
        }
        let leans = |said: &str| said.starts_with("それ");
        assert_eq!(history.subject(leans), ["返品はいつまで?", "それは未開封でも?"]);
        assert!(History::default().subject(leans).is_empty());
    }

    #[test]
    fn only_the_last_exchanges_are_kept() {
        let mut history = History::default();
        (0..20).for_each(|n| history.push(&n.to_string()));
        assert_eq!(history.0.len(), KEPT);
        assert_eq!(history.last().unwrap().said, "19");
    }
}
