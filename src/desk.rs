//! The desk: opens cases, gives them to people, and sees to it that what was promised is kept or openly renegotiated.
//!
//! What is decided (calendars, terms, what a promise needs next, the words) is pure and lives in `handoff`; what is kept lives in
//! `store`, one transaction a change. Here the two are brought together, on the clock.

mod address;
mod case;
mod clockwork;
mod courier;
mod customer;
mod erased;
mod inbound;
mod inquiries;
mod letters;
mod lost_mail;
mod merge;
mod operator;
mod rules;
mod shop;
mod staff;
mod status;
#[cfg(test)]
mod tests;
mod watching;
mod ways;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::json;
use tokio::sync::broadcast;

use crate::answer::reply_html;
use crate::clock::{Clock, Ids};
use crate::conversation::{ConversationId, Message, MessageId, Role};
use crate::guard::DeskCode;
use crate::handoff::{DeskRules, OperatorName, Reference, Retention, Ticket};
use crate::knowledge::PolicyShelf;
use crate::language::Lang;
use crate::notify::{LetterBody, Targets};
use crate::store::{Contact, NewNotice, Store, StoreError, Target};

pub use case::Planned;
pub use inbound::MailPlace;
pub use letters::LetterTerms;
pub use merge::Sameness;
pub use operator::Answering;
pub use rules::{RuleFiles, RuleShelf, Rules, RulesError};
pub use status::{MailView, QueueView, Status};

/// The desk that takes what no policy gives to another.
pub(crate) const GENERAL: &str = "general";

/// Why something about a case could not be done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such desk.
    #[error("there is no desk {0}")]
    NoDesk(DeskCode),
    /// A time that cannot be promised.
    #[error("{0}")]
    NotPromised(String),
    /// Something that nobody can be asked.
    #[error("{0}")]
    NotAsked(String),
    /// What was named is no mail address.
    #[error("this is no mail address")]
    NoAddress,
    /// Nothing can be sent by mail.
    #[error("mail is not set up here (`notify.mail.url`): the answer will be in the conversation")]
    NoMail,
    /// Only a supervisor may do that.
    #[error("only a supervisor of the desk {0} may give a case another time")]
    NotSupervisor(DeskCode),
    /// Nothing shows that two cases are one customer's.
    #[error("nothing shows that both cases are the same customer's: no account, and no confirmed address")]
    NotSameCustomer,
}

/// Opens and tends cases. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk(Arc<Parts>);

/// What a desk works with.
#[derive(Debug)]
pub struct Parts {
    /// What is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Names for what is new.
    pub ids: Arc<dyn Ids>,
    /// Desks' names, and what they do.
    pub guards: Arc<PolicyShelf>,
    /// When people are there, what may be promised, and other ways than waiting.
    pub rules: Arc<RuleShelf>,
    /// The desks whose cases each operator may take, by their key; none means all.
    pub desks_of: HashMap<OperatorName, Vec<DeskCode>>,
    /// The zone of desks that the rules do not name.
    pub zone: TimeZone,
    /// Where notices go.
    pub targets: Targets,
    /// Tells listeners that there is something new in a conversation.
    pub bell: broadcast::Sender<ConversationId>,
    /// How long conversations are kept.
    pub retention: Retention,
    /// How mails are written.
    pub letters: LetterTerms,
}

/// What a notice says besides its words.
struct News<'a> {
    ticket: &'a Ticket,
    kind: &'static str,
    /// The promised time that it tells the customer of.
    tells: Option<Timestamp>,
    details: serde_json::Value,
    letter: Option<LetterBody>,
}

impl Desk {
    /// Of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn ring(&self, conversation: ConversationId) {
        let _ = self.0.bell.send(conversation);
    }

    /// The rules of a desk. One that is not in the file keeps the hours of those that say nothing of their own.
    fn rules(&self, code: &DeskCode) -> DeskRules {
        self.0.rules.current().desks.get(code).cloned().unwrap_or_else(|| DeskRules::usual(&self.0.zone))
    }

    /// The rules of a desk as they hold now for a customer of this language: in the hours in which somebody there answers in it, and later
    /// by what service notices say.
    fn rules_for(&self, code: &DeskCode, lang: &Lang) -> DeskRules {
        let delay = self.0.rules.current().channels.delay(code, self.now());
        self.rules(code).speaking(lang).delayed(delay)
    }

    /// The rules of desks and channels, for whoever watches their files.
    pub fn rule_shelf(&self) -> &Arc<RuleShelf> {
        &self.0.rules
    }

    /// The desk's name and what it does, in a language; its code where no policy file names it.
    fn named(&self, code: &DeskCode, lang: &Lang) -> (String, String) {
        let guard = self.0.guards.current();
        match guard.policies().desk(code) {
            Some(desk) => (desk.name.get(lang).to_owned(), desk.does.get(lang).to_owned()),
            None => (code.to_string(), String::new()),
        }
    }

    fn local(&self, at: Timestamp, code: &DeskCode) -> Zoned {
        at.to_zoned(self.rules(code).calendar.zone().clone())
    }

    /// A message of the service's own, unasked.
    fn notice(&self, words: &[String], lang: &Lang) -> Message {
        self.message(Role::Notice, None, words.join("\n\n"), lang)
    }

    fn message(&self, role: Role, author: Option<String>, text: String, lang: &Lang) -> Message {
        Message {
            id: MessageId(self.0.ids.fresh()),
            role,
            author,
            html: Some(reply_html(&text)),
            text,
            lang: lang.clone(),
            created_at: self.now(),
            in_reply_to: None,
            reply: None,
        }
    }

    /// What goes out of the house: to the customer by mail, if they have shown an address to be theirs, and to the webhooks that want it.
    fn outbox(&self, contact: Option<&Contact>, news: News<'_>) -> Vec<NewNotice> {
        let News { ticket, kind, tells, details, letter } = news;
        let at = self.now();
        let (lang, reference) = (&ticket.case.language, Some(&ticket.reference));
        let letter = letter.and_then(|body| self.to_customer(contact, lang, reference, body, tells));
        let mut outbox: Vec<NewNotice> = letter.into_iter().collect();
        let about = json!({
            "reference": ticket.reference, "desk": ticket.desk, "priority": ticket.priority, "level": ticket.level,
            "language": ticket.case.language, "reason": ticket.case.reason, "details": details,
        });
        for name in self.0.targets.webhooks(kind) {
            outbox.push(NewNotice {
                id: self.0.ids.fresh(),
                target: Target::of(name.as_str()).unwrap_or(Target::Mail),
                kind: kind.to_owned(),
                payload: about.clone(),
                at,
                held: false,
                tells: None,
            });
        }
        outbox
    }

    /// The store, for whoever only reads.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The open case of a conversation.
    async fn open_case(&self, conversation: ConversationId) -> Result<Ticket, DeskError> {
        let open = self.0.store.open_ticket_of(conversation).await?;
        Ok(open.ok_or(StoreError::UnknownTicket)?)
    }

    /// The case that a reference names.
    ///
    /// # Errors
    /// When the store fails or there is none.
    pub async fn by_reference(&self, reference: &Reference) -> Result<Ticket, DeskError> {
        Ok(self.0.store.ticket_by_reference(reference).await?.ok_or(StoreError::UnknownTicket)?)
    }
}
