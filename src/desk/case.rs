//! From a case to a ticket: desk, urgency, promise, and what the customer is told of it.

use serde_json::json;

use super::ways::served_in;
use super::{Desk, DeskError, News, shop};
use crate::answer::ReplyTicket;
use crate::conversation::{ConversationId, Message, Role};
use crate::guard::DeskCode;
use crate::handoff::{
    Acknowledgement, Backlog, Case, FactKind, Mail, Measured, Promise, Reference, Sample, Ticket, TicketId,
    TicketState, Window, desk_words, facts, hour_of_week, priority, raised, wished_language,
};
use crate::notify::LetterBody;
use crate::store::{Contact, NewTicket, TicketFilter};

/// How many waiting cases are counted before a new one; more of them make no later promise.
const COUNTED: u64 = 500;

/// A ticket that is about to be opened, and what is said of it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What is to be kept.
    pub new: NewTicket,
    /// What the customer is told, a paragraph each.
    pub words: Vec<String>,
    /// The same, for machines.
    pub told: ReplyTicket,
}

impl Desk {
    /// Plans the ticket of a case. Nothing is kept yet: the ticket is opened in the transaction that tells the customer. `introduced`: the
    /// customer has been told already what the desk does.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn plan(&self, conversation: ConversationId, case: Case, introduced: bool) -> Result<Planned, DeskError> {
        let now = self.now();
        let contact = self.0.store.contact(conversation).await?;
        let context = shop::said(contact.as_ref());
        let code = self.desk_for(&case, &context);
        // Another desk than the one the customer has heard of has to be introduced.
        let introduced = introduced && case.desk.as_ref() == Some(&code);
        let said = self.0.store.messages(conversation).await?;
        let earlier = self.earlier(conversation, &said).await?;
        let mut case = known(case, &said, &earlier);
        let rules = self.rules_for(&code, served_in(&case));
        let mut urgency = priority(Some(case.priority), !earlier.is_empty());
        let samples = self.samples(&code).await?;
        let mut backlog = self.backlog(&code, urgency, &samples).await?;
        let mut promise = Promise::made(now, &rules.calendar, &rules.terms, urgency, backlog).promise;
        // An answer after the return window has closed comes too late: such a case goes a step before its like.
        let window = context.window(now, promise.promised_by, rules.calendar.zone());
        if window == Window::Closing {
            urgency = raised(urgency);
            backlog = self.backlog(&code, urgency, &samples).await?;
            promise = Promise::made(now, &rules.calendar, &rules.terms, urgency, backlog).promise;
        }
        case.facts = shop::joined(context.facts(window), case.facts);
        let id = TicketId(self.0.ids.fresh());
        let ticket = Ticket {
            id,
            reference: Reference::of(id.0),
            conversation,
            desk: code.clone(),
            priority: urgency,
            level: 0,
            state: TicketState::Waiting,
            operator: None,
            case,
            opened_at: now,
            claimed_at: None,
            closed_at: None,
            snoozed_until: None,
            merged_into: None,
            version: 1,
        };
        let mut words = self.acknowledgement(&ticket, &promise, contact.as_ref(), introduced, said.first());
        words.extend(self.ways_at_first(&ticket, backlog, &samples).await?);
        let desk_name = self.named(&code, &ticket.case.language).0;
        let promised = desk_words(&ticket.case.language).moment(&self.local(promise.promised_by, &code));
        let letter =
            LetterBody::Acknowledgement { words: words.join("\n\n"), desk: Some(desk_name), promised: Some(promised) };
        let news = News {
            ticket: &ticket,
            kind: "ticket_opened",
            tells: Some(promise.promised_by),
            details: json!({ "promised_by": promise.promised_by, "message": ticket.case.message, "facts": ticket.case.facts }),
            letter: Some(letter),
        };
        let outbox = self.outbox(contact.as_ref(), news);
        let told = ReplyTicket { reference: ticket.reference.clone(), promised_by: promise.promised_by };
        let next_due = promise.next_due.unwrap_or(promise.promised_by);
        let words_kept = without_address(words.join("\n"), contact.as_ref());
        let new = NewTicket { ticket, promised_by: promise.promised_by, next_due, words: words_kept, outbox };
        Ok(Planned { new, words, told })
    }

    fn acknowledgement(
        &self,
        ticket: &Ticket,
        promise: &Promise,
        contact: Option<&Contact>,
        introduced: bool,
        first: Option<&Message>,
    ) -> Vec<String> {
        let lang = &ticket.case.language;
        let calendar = self.rules_for(&ticket.desk, served_in(&ticket.case)).calendar;
        let (name, does) = self.named(&ticket.desk, lang);
        let local = |at| self.local(at, &ticket.desk);
        let opens =
            calendar.next_open(ticket.opened_at).ok().filter(|_| !calendar.is_open(ticket.opened_at)).map(local);
        let began = first.map_or(ticket.opened_at, |first| first.created_at);
        let kept_until = local(began.checked_add(self.0.retention.after([&ticket.case.reason])).unwrap_or(began));
        let email = contact.and_then(|contact| contact.email.as_deref());
        let verified = contact.is_some_and(|contact| contact.email_verified_at.is_some());
        let mail = match (email.filter(|_| verified), self.0.targets.mail()) {
            (_, None) => Mail::Off,
            (Some(email), _) => Mail::Verified(email),
            (None, _) => Mail::Unknown,
        };
        let it = Acknowledgement {
            reference: &ticket.reference,
            desk: &name,
            does: Some(does.as_str()).filter(|does| !introduced && !does.is_empty()),
            promised_by: &local(promise.promised_by),
            opens: opens.as_ref(),
            mail,
            order_wanted: order_wanted(&ticket.case),
            kept_until: &kept_until,
        };
        let words = desk_words(lang);
        let linked = ticket.case.earlier.last().map(|earlier| words.linked(earlier));
        words.acknowledgement(&it).into_iter().chain(linked).collect()
    }

    /// What a customer is told of notices and other ways when their case is opened, a paragraph each.
    async fn ways_at_first(
        &self,
        ticket: &Ticket,
        backlog: Backlog,
        samples: &[Sample],
    ) -> Result<Vec<String>, DeskError> {
        if self.0.rules.current().channels.is_empty() {
            return Ok(Vec::new());
        }
        let estimate = self.estimate(ticket, backlog.ahead.into(), samples).await?;
        Ok(self.ways(ticket, &ticket.case.language, estimate, samples).words)
    }

    /// Cases that belong to this one: of the same conversation, or quoted in it. Oldest first.
    async fn earlier(&self, conversation: ConversationId, said: &[Message]) -> Result<Vec<Reference>, DeskError> {
        let own = self.0.store.tickets_of(conversation).await?;
        let mut earlier: Vec<Reference> = own.into_iter().map(|ticket| ticket.reference).collect();
        for reference in
            said.iter().filter(|said| said.role == Role::Customer).flat_map(|said| Reference::quoted(&said.text))
        {
            if !earlier.contains(&reference) && self.0.store.ticket_by_reference(&reference).await?.is_some() {
                earlier.push(reference);
            }
        }
        Ok(earlier)
    }

    /// What waits at a desk before a case of this urgency, and how long one takes there, if that is known from `samples`.
    async fn backlog(&self, desk: &DeskCode, urgency: u8, samples: &[Sample]) -> Result<Backlog, DeskError> {
        let filter = TicketFilter {
            desks: vec![desk.clone()],
            states: vec![TicketState::Waiting],
            limit: COUNTED,
            ..TicketFilter::default()
        };
        let waiting = self.0.store.tickets(&filter).await?;
        let ahead = waiting.iter().filter(|filed| filed.ticket.priority <= urgency).count();
        let hour = hour_of_week(self.now(), self.rules(desk).calendar.zone());
        let median_handling = Measured::of(samples).handling(hour).map(|spread| spread.median);
        Ok(Backlog { ahead: u32::try_from(ahead).unwrap_or(u32::MAX), median_handling })
    }

    /// How long a desk's cases took, as far as that is measured.
    pub(super) async fn samples(&self, desk: &DeskCode) -> Result<Vec<Sample>, DeskError> {
        Ok(self.0.store.handling(desk).await?.into_iter().map(Sample::from).collect())
    }
}

impl From<crate::store::Handling> for Sample {
    fn from(handling: crate::store::Handling) -> Self {
        let crate::store::Handling { hour_of_week, waited, handled, .. } = handling;
        Self { hour_of_week, waited, handled }
    }
}

/// The case with what the customer's own words tell: for people only, so from the words as they were said.
fn known(case: Case, said: &[Message], earlier: &[Reference]) -> Case {
    let words: Vec<&str> =
        said.iter().filter(|said| said.role == Role::Customer).map(|said| said.text.as_str()).collect();
    let wished = words.iter().rev().find_map(|text| wished_language(text));
    Case { facts: facts(&words, &case.language), wished_language: wished, earlier: earlier.to_vec(), ..case }
}

/// The words as the ledger keeps them, which is there when the customer is not any more: their address does not stand in it.
fn without_address(words: String, contact: Option<&Contact>) -> String {
    match contact.and_then(|contact| contact.email.as_deref()).filter(|email| !email.is_empty()) {
        Some(email) => words.replace(email, "…"),
        None => words,
    }
}

/// Whether the number of an order would help and nobody has named one.
fn order_wanted(case: &Case) -> bool {
    let about_orders =
        matches!(case.reason.code(), "refund" | "delivery_irregular" | "action_request" | "payment_details");
    about_orders && !case.facts.iter().any(|fact| fact.kind == FactKind::Order)
}
