//! What the service has acknowledged, and whether it is so afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use madoguchi::conversation::{ConversationId, EventBody, Message, Role};
use madoguchi::handoff::{Reference, Ticket, TicketId};
use madoguchi::store::{Filed, LedgerEntry, LedgerKind, NoticeState, OutboxFilter, PromiseFilter, Store};

/// More than there will ever be.
const ALL: u64 = 1_000_000;

/// A customer's words.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) conversation: ConversationId,
    pub(super) text: String,
    /// The service has said that it has them. If not, it may have them or not.
    pub(super) acknowledged: bool,
}

/// Everything that was acknowledged.
#[derive(Debug, Clone, Default)]
pub(super) struct Books(Arc<Mutex<Entries>>);

#[derive(Debug, Clone, Default)]
struct Entries {
    said: Vec<Said>,
    handed: Vec<(ConversationId, String)>,
    answered: Vec<(String, String)>,
    passed: Vec<TicketId>,
}

/// What came of the hour, in figures.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) conversations: usize,
    pub(super) messages: usize,
    pub(super) unacknowledged: usize,
    pub(super) handed: usize,
    pub(super) answered: usize,
    pub(super) tickets: usize,
    pub(super) notices: usize,
    pub(super) twice: usize,
    pub(super) warned: usize,
    pub(super) renegotiated: usize,
    pub(super) breached: usize,
    pub(super) latest: SignedDuration,
    pub(super) median_promised: SignedDuration,
    pub(super) kept_rate: f64,
}

impl Books {
    pub(super) fn said(&self, said: Said) {
        self.0.lock().unwrap().said.push(said);
    }

    pub(super) fn handed(&self, conversation: ConversationId, reference: &str) {
        self.0.lock().unwrap().handed.push((conversation, reference.to_owned()));
    }

    pub(super) fn answered(&self, reference: &str, words: &str) {
        self.0.lock().unwrap().answered.push((reference.to_owned(), words.to_owned()));
    }

    /// The promise about a ticket passed while the service was down.
    pub(super) fn passed(&self, ticket: TicketId) {
        self.0.lock().unwrap().passed.push(ticket);
    }

    /// Compares everything with what the store holds once all work is done.
    pub(super) async fn check(&self, store: &Store, taken: &[String]) -> Figures {
        let entries = self.0.lock().unwrap().clone();
        let mut figures = Figures::default();
        let unanswered = store.unanswered().await.unwrap();
        assert!(unanswered.is_empty(), "messages nobody has answered: {unanswered:#?}");
        entries.messages(store, &mut figures).await;
        entries.cases(store, &mut figures).await;
        entries.promises(store, &mut figures).await;
        deliveries(store, taken, &mut figures).await;
        figures
    }
}

fn count(messages: &[Message], role: Role, text: &str) -> usize {
    messages.iter().filter(|message| message.role == role && message.text == text).count()
}

impl Entries {
    /// Each acknowledged message is there once, and has come to one end.
    async fn messages(&self, store: &Store, figures: &mut Figures) {
        let mut by_conversation: BTreeMap<ConversationId, Vec<&Said>> = BTreeMap::new();
        for said in &self.said {
            by_conversation.entry(said.conversation).or_default().push(said);
        }
        figures.conversations = by_conversation.len();
        for (conversation, said) in by_conversation {
            let messages = store.messages(conversation).await.unwrap();
            for said in said {
                let kept = count(&messages, Role::Customer, &said.text);
                figures.messages += kept;
                figures.unacknowledged += usize::from(!said.acknowledged);
                assert!(kept == 1 || (kept == 0 && !said.acknowledged), "{kept} times: {said:?}");
            }
            let events = store.events_after(conversation, 0, ALL).await.unwrap();
            assert!((1..).zip(&events).all(|(seq, event)| event.seq == seq));
            for message in messages.iter().filter(|message| message.role == Role::Customer) {
                let ends = events.iter().filter(|event| event.message_id == message.id && event.body.is_last());
                let ends: Vec<&str> = ends.map(|event| event.body.name()).collect();
                assert!(matches!(ends[..], [EventBody::MESSAGE | EventBody::ADDED]), "{ends:?} of {message:?}");
                let replies = messages.iter().filter(|reply| reply.in_reply_to == Some(message.id)).count();
                assert_eq!(replies, usize::from(ends[0] == EventBody::MESSAGE), "{message:?}");
            }
        }
    }

    /// Each acknowledged hand-off is one case, of which the customer was told; each acknowledged answer is there once.
    async fn cases(&self, store: &Store, figures: &mut Figures) {
        for (conversation, reference) in &self.handed {
            figures.handed += 1;
            let tickets = store.tickets_of(*conversation).await.unwrap();
            let of_reference = tickets.iter().filter(|ticket| ticket.reference.as_str() == reference).count();
            assert_eq!(of_reference, 1, "{reference}: {tickets:#?}");
            let messages = store.messages(*conversation).await.unwrap();
            let told = messages.iter().any(|it| it.role != Role::Customer && it.text.contains(reference.as_str()));
            assert!(told, "the customer was not told of {reference}");
        }
        for (reference, words) in &self.answered {
            figures.answered += 1;
            let ticket = store.ticket_by_reference(&Reference::kept(reference)).await.unwrap().unwrap();
            let messages = store.messages(ticket.conversation).await.unwrap();
            assert_eq!(count(&messages, Role::Operator, words), 1, "{reference}");
        }
    }

    /// No promise has passed in silence.
    async fn promises(&self, store: &Store, figures: &mut Figures) {
        let every = PromiseFilter { limit: ALL, ..PromiseFilter::default() };
        let all = store.promises(&every).await.unwrap();
        figures.tickets = all.len();
        let mut promised: Vec<SignedDuration> = Vec::new();
        for Filed { ticket, promise } in &all {
            assert!(!ticket.state.open(), "nobody has settled {ticket:?}");
            promised.push(promise.first_promised_by.duration_since(promise.made_at));
            let ledger = store.ledger(ticket.id).await.unwrap();
            let passed = self.passed.contains(&ticket.id);
            let of = |kind| ledger.iter().filter(|entry| entry.kind == kind).count();
            assert!(
                !passed || of(LedgerKind::Breached) > 0,
                "it passed while nobody was there, in silence: {ledger:#?}"
            );
            let late = loud(&ledger).unwrap_or_else(|silent| panic!("{silent}: {ledger:#?}"));
            figures.latest = figures.latest.max(late);
            figures.warned += of(LedgerKind::Warned);
            figures.renegotiated += of(LedgerKind::Renegotiated);
            figures.breached += usize::from(of(LedgerKind::Breached) > 0);
            told(store, ticket, &ledger).await;
        }
        promised.sort_unstable();
        figures.median_promised = promised.get(promised.len() / 2).copied().unwrap_or_default();
        let counts = store.promise_counts().await.unwrap();
        let over = counts.kept + counts.renegotiated + counts.breached;
        figures.kept_rate = counts.kept as f64 / over.max(1) as f64;
    }
}

/// How much later than its time a broken promise was told of, at most; or where one passed in silence.
fn loud(ledger: &[LedgerEntry]) -> Result<SignedDuration, &'static str> {
    let mut owed: Option<Timestamp> = None;
    let mut latest = SignedDuration::ZERO;
    for entry in ledger {
        let late = owed.map_or(SignedDuration::ZERO, |owed| entry.at.duration_since(owed));
        match entry.kind {
            LedgerKind::Promised => owed = entry.promised_by,
            LedgerKind::Renegotiated if late >= SignedDuration::ZERO => return Err("it was moved after it had passed"),
            LedgerKind::Renegotiated => owed = entry.promised_by,
            LedgerKind::Breached => {
                latest = latest.max(late);
                // Where nobody had noticed, the answer comes with the same breath, and there is no new time.
                owed = entry.promised_by.filter(|new| *new > entry.at);
            }
            LedgerKind::Kept | LedgerKind::Withdrawn if late > SignedDuration::ZERO => {
                return Err("it was kept too late");
            }
            LedgerKind::Kept | LedgerKind::Withdrawn | LedgerKind::Merged => owed = None,
            LedgerKind::TookOver => owed = entry.promised_by,
            LedgerKind::Warned | LedgerKind::Told | LedgerKind::Undelivered => {}
        }
    }
    if owed.is_some() { Err("it is still owed") } else { Ok(latest) }
}

/// What the ledger says the customer was told stands in the conversation.
async fn told(store: &Store, ticket: &Ticket, ledger: &[LedgerEntry]) {
    let messages = store.messages(ticket.conversation).await.unwrap();
    let notices: Vec<String> = messages
        .iter()
        .filter(|message| message.role == Role::Notice)
        .map(|message| message.text.replace("\n\n", "\n"))
        .collect();
    for entry in ledger.iter().filter(|it| matches!(it.kind, LedgerKind::Breached | LedgerKind::Renegotiated)) {
        let Some(words) = &entry.words else { continue };
        assert_eq!(notices.iter().filter(|notice| *notice == words).count(), 1, "{words}: {notices:#?}");
    }
}

/// Every notice has been taken at least once, and those of a ticket in their order.
async fn deliveries(store: &Store, taken: &[String], figures: &mut Figures) {
    let notices = store.outbox(&OutboxFilter { limit: ALL, ..OutboxFilter::default() }).await.unwrap();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, id) in taken.iter().enumerate() {
        first.entry(id.as_str()).or_insert(place);
    }
    figures.notices = notices.len();
    figures.twice = taken.len() - first.len();
    let mut by_ticket: BTreeMap<TicketId, Vec<(u64, usize)>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for notice in &notices {
        assert_eq!(notice.state, NoticeState::Sent, "{notice:?}");
        let id = notice.id.to_string();
        let place = first.get(id.as_str()).unwrap_or_else(|| panic!("never delivered: {notice:?}"));
        if let Some(ticket) = notice.ticket {
            by_ticket.entry(ticket).or_default().push((notice.seq, *place));
        }
        known.insert(id);
    }
    assert!(first.keys().all(|id| known.contains(*id)), "something was told that nobody had to tell");
    for places in by_ticket.values_mut() {
        places.sort_unstable();
        assert!(places.is_sorted_by_key(|(_, place)| *place), "not in order: {places:?}");
    }
}
