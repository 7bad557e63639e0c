//! Mails that come in: whose they are, and what is told of those that do not go into a conversation.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Desk, DeskError, News};
use crate::conversation::{Conversation, ConversationId, Message, MessageId, Role};
use crate::handoff::{OperatorName, Ticket, TicketId, cut_short, not_taken_in};
use crate::language::Lang;
use crate::notify::LetterBody;
use crate::notify::inbound::Inbound;
use crate::store::{INBOUND, NewNotice, Note, Returned, Store, StoreError, Target, Telling};

/// Conversations that one mail may be looked up in: nobody's mailer names more, and somebody's program might.
const CANDIDATES: usize = 20;
/// Mergers that are followed: a case goes into another that is open, so no way is endless; and none is that long.
const MERGERS: usize = 20;

/// Where a mail belongs.
#[derive(Debug, Clone)]
pub struct MailPlace {
    /// The conversation that it answers to.
    pub conversation: Conversation,
    /// Whether it is from the address that the customer has shown to be theirs.
    pub theirs: bool,
}

impl Desk {
    /// The conversation that a mail answers to: by the ids of our mails, else by a reference that it quotes. Where a case was merged, the
    /// conversation in which it goes on; also if it is from the address that was confirmed in the other one by then, because the mail about the
    /// merger may have gone there. Of several, the one whose customer wrote it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn place_of(&self, mail: &Inbound) -> Result<Option<MailPlace>, DeskError> {
        Ok(place(&self.0.store, mail).await?)
    }

    /// Notes a mail that is not from the customer's own address, for the desk to judge. Nothing of it goes into the conversation, and
    /// nobody is answered. Whether there is a case to note it at.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_mail(&self, mail: &Inbound, of: ConversationId) -> Result<Option<Ticket>, DeskError> {
        let Some(ticket) = self.0.store.tickets_of(of).await?.pop() else { return Ok(None) };
        let from = mail.from.as_deref().unwrap_or("nobody it names");
        let brought = match mail.attachments.as_slice() {
            [] => String::new(),
            names => format!("\nAttached, and not taken in: {}", names.join(", ")),
        };
        let text = format!(
            "Mail from another address, not the customer's confirmed one. Nobody has checked whose it is; it was not added to the \
             conversation and nobody was answered.\nFrom: {from}\nSubject: {}{brought}\n\n{}",
            mail.subject, mail.text
        );
        let (note, details) = (note(mail, text, self.now()), json!({ "from": mail.from }));
        let news = News { ticket: &ticket, kind: "mail_from_another_address", tells: None, details, letter: None };
        let outbox = self.outbox(None, news);
        self.0.store.note_once(ticket.id, &note, &outbox).await?;
        Ok(Some(ticket))
    }

    /// A server reports that a mail of ours cannot be delivered: it counts as not told, the address as unconfirmed, and desk and customer
    /// learn of it. Whether the report names a mail of ours.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mail_returned(&self, mail: &Inbound, status: Option<&str>) -> Result<bool, DeskError> {
        let mut ours = false;
        for id in mail.notices.iter().take(CANDIDATES) {
            let Some(notice) = self.0.store.notice(id.0).await? else { continue };
            let Some(conversation) = notice.conversation else { continue };
            if matches!(notice.target, Target::Webhook(_)) {
                continue;
            }
            ours = true;
            let why = format!("the mail came back: {}", status.unwrap_or("its server gives no status"));
            let ticket = match notice.ticket {
                Some(ticket) => self.0.store.ticket(ticket).await?,
                None => self.0.store.tickets_of(conversation).await?.pop(),
            };
            let (note, outbox) = match &ticket {
                Some(ticket) => self.of_returned(mail, ticket, &notice.target, &notice.kind, &why),
                None => (None, Vec::new()),
            };
            let returned = Returned { notice: notice.id, conversation, why, at: self.now(), note, outbox };
            if self.0.store.returned(&returned).await? {
                tracing::warn!(notice = %notice.id, why = %returned.why, "a mail that had been sent came back");
                self.ring(conversation);
            }
            // Also when it was reported before: the service may have been cut off in between.
            self.tell_not_arrived(&notice).await?;
        }
        Ok(ours)
    }

    fn of_returned(
        &self,
        mail: &Inbound,
        ticket: &Ticket,
        to: &Target,
        kind: &str,
        why: &str,
    ) -> (Option<(TicketId, Note)>, Vec<NewNotice>) {
        let text = match to {
            Target::Desk => format!("A mail to the desk's own address (`{kind}`) did not arrive; {why}."),
            _ => format!(
                "A mail to the customer (`{kind}`) did not arrive; {why}. What it told counts as untold, and their address as \
                 unconfirmed: they can be reached in the conversation only."
            ),
        };
        let details = json!({ "kind": kind, "why": why });
        let news = News { ticket, kind: "mail_returned", tells: None, details, letter: None };
        (Some((ticket.id, note(mail, text, self.now()))), self.outbox(None, news))
    }

    /// Tells a customer what of their mail was not taken in: what came along with it, and what came after the first `cut_at` characters if
    /// it was cut there. In the conversation and by mail, once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tell_not_taken_in(
        &self,
        mail: &Inbound,
        conversation: ConversationId,
        lang: &Lang,
        cut_at: Option<usize>,
    ) -> Result<(), DeskError> {
        let attached = Some(&mail.attachments).filter(|names| !names.is_empty());
        let told = cut_at.map(|limit| cut_short(limit, lang)).into_iter();
        let told: Vec<String> = told.chain(attached.map(|names| not_taken_in(names, lang))).collect();
        if told.is_empty() {
            return Ok(());
        }
        let words = told.join("\n");
        let id = MessageId(derived(mail, "not taken in"));
        let notice = Message { id, ..self.message(Role::Notice, None, words.clone(), lang) };
        let contact = self.0.store.contact(conversation).await?;
        let open = self.0.store.open_ticket_of(conversation).await?;
        let reference = open.as_ref().map(|ticket| &ticket.reference);
        let letter = self.to_customer(contact.as_ref(), lang, reference, LetterBody::Notice { words }, None);
        let telling = Telling { notice: Some(&notice), events: Vec::new(), outbox: letter.into_iter().collect() };
        if self.0.store.tell_once(conversation, telling).await? {
            self.ring(conversation);
        }
        Ok(())
    }

    /// Sees to it that the assistant's answer to a mail goes out by mail, once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mail_the_answer(
        &self,
        mail: &Inbound,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<(), DeskError> {
        let notice = self.awaits_reply(derived(mail, "answer"), message);
        self.0.store.enqueue_once(conversation, &notice).await?;
        Ok(())
    }
}

/// A conversation that a mail names, and where its case goes on.
struct Named {
    named: ConversationId,
    goes_on: ConversationId,
    /// When its case was merged, if it goes on in another.
    merged_at: Option<Timestamp>,
}

/// As [`Desk::place_of`].
pub(super) async fn place(store: &Store, mail: &Inbound) -> Result<Option<MailPlace>, StoreError> {
    let mut first = None;
    for Named { named, goes_on, merged_at } in named_by(store, mail).await? {
        let Some((conversation, _)) = store.conversation(goes_on).await? else { continue };
        let mut theirs = is_from(store, mail, goes_on, None).await?;
        // Only who was there by then is the one whom the merger is about: not who comes into the old conversation later.
        if let (false, Some(merged_at)) = (theirs, merged_at) {
            theirs = is_from(store, mail, named, Some(merged_at)).await?;
        }
        let place = MailPlace { conversation, theirs };
        if theirs {
            return Ok(Some(place));
        }
        first = first.or(Some(place));
    }
    Ok(first)
}

/// Whether a mail is from the address that is confirmed in a conversation, and was so at `by`.
async fn is_from(store: &Store, mail: &Inbound, of: ConversationId, by: Option<Timestamp>) -> Result<bool, StoreError> {
    let (Some(from), Some(contact)) = (&mail.from, store.contact(of).await?) else { return Ok(false) };
    let (Some(own), Some(confirmed)) = (contact.email, contact.email_verified_at) else { return Ok(false) };
    Ok(by.is_none_or(|by| confirmed <= by) && *from == own.to_lowercase())
}

async fn named_by(store: &Store, mail: &Inbound) -> Result<Vec<Named>, StoreError> {
    let mut found: Vec<Named> = Vec::new();
    for id in mail.tickets.iter().take(CANDIDATES) {
        let Some(ticket) = store.ticket(*id).await? else { continue };
        found.push(named(store, ticket).await?);
    }
    for id in mail.conversations.iter().take(CANDIDATES) {
        found.push(match store.tickets_of(*id).await?.pop() {
            Some(last) => named(store, last).await?,
            None => Named { named: *id, goes_on: *id, merged_at: None },
        });
    }
    for reference in mail.references.iter().take(CANDIDATES) {
        let Some(ticket) = store.ticket_by_reference(reference).await? else { continue };
        found.push(named(store, ticket).await?);
    }
    Ok(found)
}

/// The conversation of a case, and the one in which it goes on: its own, or that of the case it was merged into. If that one is erased, the
/// last before it.
async fn named(store: &Store, ticket: Ticket) -> Result<Named, StoreError> {
    let (named, ended) = (ticket.conversation, ticket.closed_at);
    let mut last = ticket;
    for _ in 0..MERGERS {
        let Some(into) = last.merged_into else { break };
        let Some(next) = store.ticket(into).await? else { break };
        last = next;
    }
    let goes_on = last.conversation;
    Ok(Named { named, goes_on, merged_at: ended.filter(|_| named != goes_on) })
}

fn note(mail: &Inbound, text: String, at: Timestamp) -> Note {
    Note { id: derived(mail, "note"), operator: OperatorName(INBOUND.to_owned()), text, at }
}

/// A name for something that a mail leads to: the same when the mail is handed in again.
fn derived(mail: &Inbound, what: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{what}:{}", mail.key).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::inbound::read;

    fn mail(text: &str) -> Inbound {
        read(format!("From: a@b.example\r\nSubject: x\r\nMessage-ID: <1@b.example>\r\n\r\n{text}").as_bytes()).unwrap()
    }

    #[test]
    fn what_a_mail_leads_to_has_a_name_of_its_own_and_always_the_same() {
        let (one, other) = (mail("はい"), mail("いいえ"));
        assert_eq!(derived(&one, "note"), derived(&mail("はい"), "note"));
        assert_ne!(derived(&one, "note"), derived(&other, "note"));
        assert_ne!(derived(&one, "note"), derived(&one, "answer"));
    }
}
