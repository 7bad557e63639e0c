//! What operators do: take a case, answer, note, pass on, give another time, settle, give back.

use jiff::Timestamp;
use serde_json::json;

use super::ways::served_in;
use super::{Desk, DeskError, News};
use crate::conversation::{Message, Role};
use crate::guard::DeskCode;
use crate::handoff::{By, OperatorName, Promise, Ticket, TicketId, desk_words, hour_of_week};
use crate::notify::LetterBody;
use crate::store::{Act, Keeping, NewPromise, Settles, StoreError, Telling};

/// What an operator's words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// The answer that was promised.
    Answer,
    /// Something on the way to it. The promise is not kept by that.
    Holding,
}

impl Desk {
    async fn ticket(&self, id: TicketId) -> Result<Ticket, DeskError> {
        Ok(self.0.store.ticket(id).await?.ok_or(StoreError::UnknownTicket)?)
    }

    pub(super) fn act<'a>(&self, ticket: TicketId, by: &'a OperatorName, seen: Option<u32>) -> Act<'a> {
        Act { ticket, by, at: self.now(), seen }
    }

    fn settles(&self, ticket: &Ticket) -> Settles {
        Settles { hour_of_week: hour_of_week(ticket.opened_at, self.rules(&ticket.desk).calendar.zone()) }
    }

    /// Takes a waiting case.
    ///
    /// # Errors
    /// When somebody else has it, or the store fails.
    pub async fn claim(&self, id: TicketId, by: &OperatorName, seen: Option<u32>) -> Result<Ticket, DeskError> {
        let ticket = self.0.store.claim(&self.act(id, by, seen)).await?;
        self.ring(ticket.conversation);
        Ok(ticket)
    }

    /// Takes the case that is first in line at these desks (none: at any).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_next(&self, desks: &[DeskCode], by: &OperatorName) -> Result<Option<Ticket>, DeskError> {
        let ticket = self.0.store.claim_next(desks, by, self.now()).await?;
        if let Some(ticket) = &ticket {
            self.ring(ticket.conversation);
        }
        Ok(ticket)
    }

    /// Puts a case back in line.
    ///
    /// # Errors
    /// When it is not this operator's, or the store fails.
    pub async fn release(&self, id: TicketId, by: &OperatorName, seen: Option<u32>) -> Result<Ticket, DeskError> {
        let ticket = self.0.store.release(&self.act(id, by, seen), Telling::default()).await?;
        self.ring(ticket.conversation);
        Ok(ticket)
    }

    /// Gives a case to another desk. The customer is told, and the promise stays.
    ///
    /// # Errors
    /// When there is no such desk, the case is not open, or the store fails.
    pub async fn transfer(
        &self,
        id: TicketId,
        to: &DeskCode,
        by: &OperatorName,
        seen: Option<u32>,
    ) -> Result<Ticket, DeskError> {
        if self.0.guards.current().policies().desk(to).is_none() {
            return Err(DeskError::NoDesk(to.clone()));
        }
        let ticket = self.ticket(id).await?;
        let lang = &ticket.case.language;
        let promise = self.0.store.promise(id).await?.ok_or(StoreError::UnknownTicket)?;
        let (name, does) = self.named(to, lang);
        let promised_by = self.local(promise.promised_by, to);
        let notice = self.notice(&desk_words(lang).moved(&ticket.reference, &name, &does, &promised_by), lang);
        let details = json!({ "from": ticket.desk, "to": to, "promised_by": promise.promised_by });
        let news = News { ticket: &ticket, kind: "ticket_transferred", tells: None, details, letter: None };
        let telling = Telling { notice: Some(&notice), events: Vec::new(), outbox: self.outbox(None, news) };
        let ticket = self.0.store.transfer(&self.act(id, by, seen), to, telling).await?;
        self.ring(ticket.conversation);
        Ok(ticket)
    }

    /// Says something to the customer.
    ///
    /// # Errors
    /// When the case is not this operator's, or the store fails.
    pub async fn say(
        &self,
        id: TicketId,
        by: &OperatorName,
        seen: Option<u32>,
        text: &str,
        answering: Answering,
    ) -> Result<(Ticket, Message, Option<Keeping>), DeskError> {
        let ticket = self.ticket(id).await?;
        let lang = &ticket.case.language;
        let message = self.message(Role::Operator, Some(by.to_string()), text.to_owned(), lang);
        let contact = self.0.store.contact(ticket.conversation).await?;
        let desk = Some(self.named(&ticket.desk, lang).0);
        let letter = LetterBody::OperatorReply { words: text.to_owned(), desk, operator: Some(by.to_string()) };
        let details = json!({ "operator": by, "holding": answering == Answering::Holding });
        let news = News { ticket: &ticket, kind: "operator_reply", tells: None, details, letter: Some(letter) };
        let outbox = self.outbox(contact.as_ref(), news);
        let settles = (answering == Answering::Answer).then(|| self.settles(&ticket));
        let act = self.act(id, by, seen);
        let (ticket, keeping) = self.0.store.operator_says(&act, &message, settles, outbox).await?;
        self.ring(ticket.conversation);
        Ok((ticket, message, keeping))
    }

    /// Settles a case: the conversation ends, and the customer is asked whether the problem is solved.
    ///
    /// # Errors
    /// When the case is not this operator's, or the store fails.
    pub async fn resolve(
        &self,
        id: TicketId,
        by: &OperatorName,
        seen: Option<u32>,
    ) -> Result<(Ticket, Keeping), DeskError> {
        let ticket = self.ticket(id).await?;
        let lang = &ticket.case.language;
        let notice = self.notice(&desk_words(lang).resolved(&ticket.reference, &by.0), lang);
        let details = json!({ "operator": by });
        let news = News { ticket: &ticket, kind: "ticket_resolved", tells: None, details, letter: None };
        let mut outbox = self.outbox(None, news);
        let found = self.0.store.conversation(ticket.conversation).await?;
        let (conversation, _) = found.ok_or(StoreError::UnknownConversation)?;
        outbox.extend(self.transcript(&conversation, lang, Some(&ticket.reference), &notice).await?);
        let telling = Telling { notice: Some(&notice), events: Vec::new(), outbox };
        let done = self.0.store.resolve(&self.act(id, by, seen), self.settles(&ticket), telling).await?;
        self.ring(ticket.conversation);
        Ok(done)
    }

    /// Gives the conversation back to the assistant, which goes on afresh.
    ///
    /// # Errors
    /// When the case is not this operator's, or the store fails.
    pub async fn hand_back(
        &self,
        id: TicketId,
        by: &OperatorName,
        seen: Option<u32>,
    ) -> Result<(Ticket, Keeping), DeskError> {
        let ticket = self.ticket(id).await?;
        let lang = &ticket.case.language;
        let notice = self.notice(&desk_words(lang).handed_back(&ticket.reference, &by.0), lang);
        let telling = Telling { notice: Some(&notice), ..Telling::default() };
        let done = self.0.store.hand_back(&self.act(id, by, seen), self.settles(&ticket), telling).await?;
        self.ring(ticket.conversation);
        Ok(done)
    }

    /// Notes something for colleagues.
    ///
    /// # Errors
    /// When there is no such case, or the store fails.
    pub async fn note(&self, id: TicketId, by: &OperatorName, text: &str) -> Result<(), DeskError> {
        Ok(self.0.store.note(&self.act(id, by, None), self.0.ids.fresh(), text).await?)
    }

    /// Lets a case sleep in the queue until a time. Its promise does not sleep, so that may not be later than what was promised.
    ///
    /// # Errors
    /// When the time is past or after the promise, or the store fails.
    pub async fn snooze(
        &self,
        id: TicketId,
        by: &OperatorName,
        seen: Option<u32>,
        until: Option<Timestamp>,
    ) -> Result<Ticket, DeskError> {
        let promise = self.0.store.promise(id).await?.ok_or(StoreError::UnknownTicket)?;
        if let (Some(until), Some(owed)) = (until, promise.owed())
            && (until <= self.now() || until > owed)
        {
            return Err(DeskError::NotPromised(format!(
                "it can sleep until {owed}, when the customer was promised an answer"
            )));
        }
        let ticket = self.0.store.snooze(&self.act(id, by, seen), until).await?;
        self.ring(ticket.conversation);
        Ok(ticket)
    }

    /// A supervisor gives the case another time, and says why. The customer is told by their name.
    ///
    /// # Errors
    /// When the time cannot be promised, `by` is no supervisor, or the store fails.
    pub async fn renegotiate(
        &self,
        id: TicketId,
        by: &OperatorName,
        is_supervisor: bool,
        to: Timestamp,
        reason: &str,
    ) -> Result<Ticket, DeskError> {
        let ticket = self.ticket(id).await?;
        let rules = self.rules_for(&ticket.desk, served_in(&ticket.case));
        if !is_supervisor && !rules.supervisors.contains(by) {
            return Err(DeskError::NotSupervisor(ticket.desk.clone()));
        }
        let seen = self.0.store.promise(id).await?.ok_or(StoreError::UnknownTicket)?;
        let now = self.now();
        let changed = Promise::from(&seen)
            .renegotiate(now, to, by, reason, &rules.calendar, &rules.terms)
            .map_err(|error| DeskError::NotPromised(error.to_string()))?
            .promise;
        let lang = &ticket.case.language;
        let words = desk_words(lang);
        let (old, new) = (self.local(seen.promised_by, &ticket.desk), self.local(changed.promised_by, &ticket.desk));
        let said = words.renegotiated_by(&ticket.reference, &old, &new, &by.0, reason);
        let notice = self.notice(&said, lang);
        let contact = self.0.store.contact(ticket.conversation).await?;
        let letter = LetterBody::Renegotiated {
            words: said.join("\n\n"),
            desk: Some(self.named(&ticket.desk, lang).0),
            before: Some(words.moment(&old)),
            promised: Some(words.moment(&new)),
        };
        let details = json!({ "before": seen.promised_by, "promised_by": changed.promised_by, "by": by });
        let news = News {
            ticket: &ticket,
            kind: "promise_renegotiated",
            tells: Some(changed.promised_by),
            details,
            letter: Some(letter),
        };
        let telling =
            Telling { notice: Some(&notice), events: Vec::new(), outbox: self.outbox(contact.as_ref(), news) };
        let shown = said.join("\n");
        let who = By::Operator(by.clone()).word();
        let new = NewPromise {
            by: &who,
            machine: false,
            at: now,
            promised_by: changed.promised_by,
            next_due: changed.next_due.unwrap_or(changed.promised_by),
            level: ticket.level,
            words: &shown,
            reason: Some(reason),
        };
        // A time that has passed was not moved: it was missed, and the ledger says so.
        let ticket = match now >= seen.promised_by {
            true => self.0.store.breach(&seen, &new, telling).await?,
            false => self.0.store.renegotiate(&seen, &new, telling).await?,
        };
        self.ring(ticket.conversation);
        Ok(ticket)
    }
}
