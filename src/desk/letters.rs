//! Mails: what customers who have shown an address to be theirs get, what desks get, and the keys that mails bring along.

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::clockwork::later;
use super::{Desk, DeskError};
use crate::answer::Citation;
use crate::conversation::{Conversation, ConversationId, Message, MessageId, Role, Token};
use crate::handoff::{Reference, Slipped, Ticket, desk_news, desk_warning, desk_words};
use crate::language::Lang;
use crate::notify::{Letter, LetterBody, Source, Speaker, TranscriptLine};
use crate::store::{Contact, End, NewNotice, Notice, Target};

/// The kind of a notice that waits for the assistant's answer to a mail.
const REPLY: &str = "assistant_reply";

/// How mails are written.
#[derive(Debug, Clone)]
pub struct LetterTerms {
    /// How long the key in a mail opens its conversation.
    pub resume_for: SignedDuration,
    /// Whether what was said goes to the customer at the end.
    pub transcript: bool,
    /// Where this service is reached from outside, without a slash at the end. Without it, sources are named and not linked.
    pub public_url: Option<String>,
}

/// What a notice of a mail is, before its turn comes: which message it brings the answer to.
#[derive(Debug, Serialize, Deserialize)]
struct Awaited {
    in_reply_to: MessageId,
}

/// What is to be done with a notice whose turn has come.
#[derive(Debug)]
pub(super) enum Ready {
    /// To be delivered: this is what it tells.
    Now(serde_json::Value),
    /// There is nothing to tell yet.
    Later,
    /// There is nothing to tell any more: somebody else has told it.
    Needless,
}

impl Desk {
    /// A mail to the customer, if they have shown an address to be theirs. `tells`: the promised time that it tells of.
    pub(super) fn to_customer(
        &self,
        contact: Option<&Contact>,
        lang: &Lang,
        reference: Option<&Reference>,
        body: LetterBody,
        tells: Option<Timestamp>,
    ) -> Option<NewNotice> {
        let letter = letter(contact?, lang, reference, body)?;
        Some(self.mailed(Target::Mail, letter.kind(), letter.payload(), tells))
    }

    /// Warns the desk that has a case, by mail if it has an address, that its promise is in danger.
    pub(super) fn desk_warned(&self, ticket: &Ticket, promised_by: Timestamp, now: Timestamp) -> Option<NewNotice> {
        let lang = &ticket.case.language;
        let (desk, due) = (self.named(&ticket.desk, lang).0, self.local(promised_by, &ticket.desk));
        let minutes = u32::try_from(promised_by.duration_since(now).as_mins()).unwrap_or(0);
        let words = desk_warning(&ticket.reference, &desk, &due, minutes, lang);
        self.to_desk(ticket, words, &due, false)
    }

    /// Tells the desk that has a case, by mail if it has an address, what has become of its promise.
    pub(super) fn desk_told(&self, ticket: &Ticket, old: &Zoned, new: &Zoned, what: Slipped) -> Option<NewNotice> {
        let lang = &ticket.case.language;
        let words = desk_news(&ticket.reference, &self.named(&ticket.desk, lang).0, old, new, what, lang);
        self.to_desk(ticket, words, new, what == Slipped::Broken)
    }

    fn to_desk(&self, ticket: &Ticket, words: String, promised: &Zoned, breached: bool) -> Option<NewNotice> {
        let lang = &ticket.case.language;
        let body = LetterBody::DeskWarning {
            words,
            desk: Some(self.named(&ticket.desk, lang).0),
            promised: Some(desk_words(lang).moment(promised)),
            breached,
        };
        let letter = Letter {
            to: self.rules(&ticket.desk).mail?,
            to_name: None,
            language: lang.clone(),
            reference: Some(ticket.reference.clone()),
            resume: None,
            body,
        };
        Some(self.mailed(Target::Desk, letter.kind(), letter.payload(), None))
    }

    fn mailed(&self, target: Target, kind: &str, payload: serde_json::Value, tells: Option<Timestamp>) -> NewNotice {
        let held = self.0.targets.mail().is_none();
        NewNotice { id: self.0.ids.fresh(), target, kind: kind.to_owned(), payload, at: self.now(), held, tells }
    }

    /// The mail with what was said, for the end of a conversation: `last` is what the customer is told about the end, and is not kept yet.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn transcript(
        &self,
        conversation: &Conversation,
        lang: &Lang,
        reference: Option<&Reference>,
        last: &Message,
    ) -> Result<Option<NewNotice>, DeskError> {
        let contact = self.0.store.contact(conversation.id).await?;
        let proven = contact.as_ref().is_some_and(|contact| contact.email_verified_at.is_some());
        if !self.0.letters.transcript || !proven {
            return Ok(None);
        }
        let said = self.0.store.messages(conversation.id).await?;
        let words = desk_words(lang);
        let local = |at: Timestamp| at.to_zoned(self.0.zone.clone());
        let line = |message: &Message| TranscriptLine {
            who: match message.role {
                Role::Customer => Speaker::Customer,
                Role::Assistant => Speaker::Assistant,
                Role::Operator => Speaker::Operator,
                Role::Notice => Speaker::Notice,
            },
            name: message.author.clone(),
            at: words.moment(&local(message.created_at)),
            text: message.text.clone(),
            sources: message.reply.as_ref().map(|reply| self.sources(&reply.citations)).unwrap_or_default(),
        };
        let lines = said.iter().chain([last]).map(line).collect();
        let deleted_on = words.date(&local(self.kept_until(conversation.id).await?));
        let body = LetterBody::Transcript { lines, deleted_on: Some(deleted_on) };
        Ok(self.to_customer(contact.as_ref(), lang, reference, body, None))
    }

    /// What an answer is taken from, each place once.
    fn sources(&self, citations: &[Citation]) -> Vec<Source> {
        let mut sources: Vec<Source> = Vec::new();
        for Citation { title, heading, url, .. } in citations {
            let title = std::iter::once(title).chain(heading).map(String::as_str).collect::<Vec<_>>().join(" › ");
            let url = match url.starts_with('/') {
                true => self.0.letters.public_url.as_ref().map(|base| format!("{base}{url}")),
                false => Some(url.clone()),
            };
            let source = Source { title, url };
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    /// A notice that brings the assistant's answer to a message that came by mail, once there is one. `id` is the same however often the
    /// mail is handed in.
    pub(super) fn awaits_reply(&self, id: uuid::Uuid, message: MessageId) -> NewNotice {
        let payload = serde_json::to_value(Awaited { in_reply_to: message }).unwrap_or_default();
        NewNotice { id, ..self.mailed(Target::Mail, REPLY, payload, None) }
    }

    /// What a notice tells, as it goes out now: with the answer that it waited for, and with a key to the conversation where mails bring one.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn made_ready(&self, notice: &Notice) -> Result<Ready, DeskError> {
        let (Target::Mail, Some(of)) = (&notice.target, notice.conversation) else {
            return Ok(Ready::Now(notice.payload.clone()));
        };
        let awaited = serde_json::from_value::<Awaited>(notice.payload.clone());
        let letter = match awaited {
            Ok(Awaited { in_reply_to }) if notice.kind == REPLY => match self.reply_letter(of, in_reply_to).await? {
                Ok(letter) => letter,
                Err(not_now) => return Ok(not_now),
            },
            _ => match serde_json::from_value::<Letter>(notice.payload.clone()) {
                Ok(letter) => letter,
                // The target says what is wrong with it.
                Err(_) => return Ok(Ready::Now(notice.payload.clone())),
            },
        };
        if !letter.confidential() || !self.0.targets.want_keys() {
            return Ok(Ready::Now(letter.payload()));
        }
        // Made when the mail leaves, so that no key lies in the outbox; each attempt has its own, because the mail before may have arrived.
        let token = Token::fresh(self.0.ids.as_ref());
        let (now, valid) = (self.now(), self.0.letters.resume_for);
        self.0.store.keep_resume_token(of, &token.hash(), now, later(now, valid)).await?;
        Ok(Ready::Now(Letter { resume: Some(format!("{of}.{}", token.reveal())), ..letter }.payload()))
    }

    /// The mail with the answer to a message, or why there is none now.
    async fn reply_letter(&self, of: ConversationId, message: MessageId) -> Result<Result<Letter, Ready>, DeskError> {
        match self.0.store.end_of(message).await? {
            End::Open => return Ok(Err(Ready::Later)),
            End::Added => return Ok(Err(Ready::Needless)),
            End::Failed => {
                // Nobody looks at a screen and tries again: a person has to answer. They get a mail of that.
                let (found, said) = (self.0.store.conversation(of).await?, self.0.store.message(message).await?);
                if let (Some((conversation, _)), Some(said)) = (found, said) {
                    self.ask_for_person(&conversation, &said.lang).await?;
                }
                return Ok(Err(Ready::Needless));
            }
            End::Answered => {}
        }
        let contact = self.0.store.contact(of).await?;
        let said = self.0.store.messages(of).await?;
        let answer = said.into_iter().find(|said| said.in_reply_to == Some(message));
        let (Some(contact), Some(Message { text, lang, reply: Some(reply), .. })) = (contact, answer) else {
            return Ok(Err(Ready::Needless));
        };
        // The acknowledgement of the case has gone by mail already.
        if reply.ticket.is_some() {
            return Ok(Err(Ready::Needless));
        }
        let body = LetterBody::AssistantReply { words: text, sources: self.sources(&reply.citations) };
        Ok(letter(&contact, &lang, None, body).ok_or(Ready::Needless))
    }
}

/// A letter to the address that a customer has shown to be theirs.
fn letter(contact: &Contact, lang: &Lang, reference: Option<&Reference>, body: LetterBody) -> Option<Letter> {
    contact.email_verified_at?;
    Some(Letter {
        to: contact.email.clone()?,
        to_name: None,
        language: lang.clone(),
        reference: reference.cloned(),
        resume: None,
        body,
    })
}
