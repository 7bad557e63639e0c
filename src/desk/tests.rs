//! What the desk reads from the store before it tells anybody: whether mail arrives, and whose a mail is.

use jiff::SignedDuration;

use super::inbound::place;
use super::lost_mail::to_tell;
use super::merge::reached;
use super::*;
use crate::clock::RandomIds;
use crate::conversation::{Conversation, Token};
use crate::guard::HandoffReason;
use crate::handoff::{Case, Owner, TicketId, TicketState};
use crate::notify::inbound::{Inbound, read};
use crate::passages::Audience;
use crate::store::{Act, CUSTOMER, Merging, NewTicket, Notice, NoticeState, Returned, Telling};

const HANAKO: &str = "hanako@customer.example";

/// A store, and what a test puts into it.
struct Bench {
    store: Store,
    now: Timestamp,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("madoguchi.db")).await.unwrap();
        Self { store, now: "2026-06-01T01:00:00Z".parse().unwrap(), _folder: folder }
    }

    fn minute(&self, minutes: i64) -> Timestamp {
        self.now + SignedDuration::from_mins(minutes)
    }

    /// A conversation; with an address, that is confirmed.
    async fn conversation(&self, address: Option<&str>) -> ConversationId {
        let opened = Conversation {
            id: ConversationId(RandomIds.fresh()),
            locale: Some(Lang::JA),
            audiences: vec![Audience::customer()],
            created_at: self.now,
            owner: Owner::Assistant,
            fresh_after: 0,
            subject: None,
        };
        self.store.open_conversation(&opened, &Token::fresh(&RandomIds).hash()).await.unwrap();
        if address.is_some() {
            self.store.set_email(opened.id, address, Some(self.now)).await.unwrap();
        }
        opened.id
    }

    /// A case that waits.
    async fn case(&self, conversation: ConversationId) -> Ticket {
        let id = TicketId(RandomIds.fresh());
        let case = Case {
            reason: HandoffReason::Withheld,
            desk: None,
            priority: Case::ORDINARY,
            language: Lang::JA,
            message: "返品したい".to_owned(),
            before: Vec::new(),
            why: None,
            facts: Vec::new(),
            wished_language: None,
            earlier: Vec::new(),
        };
        let ticket = Ticket {
            id,
            reference: Reference::of(id.0),
            conversation,
            desk: DeskCode(GENERAL.to_owned()),
            priority: Case::ORDINARY,
            level: 0,
            state: TicketState::Waiting,
            operator: None,
            case,
            opened_at: self.now,
            claimed_at: None,
            closed_at: None,
            snoozed_until: None,
            merged_into: None,
            version: 1,
        };
        let (promised_by, next_due) = (self.minute(60), self.minute(45));
        let new =
            NewTicket { ticket, promised_by, next_due, words: "承りました。".to_owned(), outbox: Vec::new() };
        self.store.open_ticket(&new, CUSTOMER, None, Telling::default()).await.unwrap();
        new.ticket
    }

    /// One case goes into another, a quarter of an hour after the beginning.
    async fn merge(&self, goes: &Ticket, stays: &Ticket) {
        let by = OperatorName("tanaka".to_owned());
        let act = Act { ticket: goes.id, by: &by, at: self.minute(15), seen: None };
        let merging = Merging {
            into: stays.id,
            in_force: Some(self.minute(60)),
            words: "あわせて承ります。",
            here: Telling::default(),
            there: Telling::default(),
        };
        self.store.merge(&act, merging).await.unwrap();
    }

    /// A mail to the customer that is on its way.
    async fn mail(&self, of: ConversationId) -> Notice {
        let new = NewNotice {
            id: RandomIds.fresh(),
            target: Target::Mail,
            kind: "notice".to_owned(),
            payload: json!({ "to": HANAKO }),
            at: self.now,
            held: false,
            tells: None,
        };
        self.store.enqueue(of, std::slice::from_ref(&new)).await.unwrap();
        self.notice(new.id).await
    }

    async fn notice(&self, id: uuid::Uuid) -> Notice {
        self.store.notice(id).await.unwrap().unwrap()
    }

    /// A mail went off and came back. How it is then.
    async fn comes_back(&self, mail: &Notice) -> Notice {
        self.store.delivered(mail.id, self.minute(1)).await.unwrap();
        let returned = Returned {
            notice: mail.id,
            conversation: mail.conversation.unwrap(),
            why: "gone".to_owned(),
            at: self.minute(2),
            note: None,
            outbox: Vec::new(),
        };
        assert!(self.store.returned(&returned).await.unwrap());
        self.notice(mail.id).await
    }

    async fn told(&self, lost: &Notice) -> Option<(String, uuid::Uuid)> {
        to_tell(&self.store, lost, lost.conversation.unwrap()).await.unwrap()
    }

    /// Where a mail belongs, and whether it is the customer's.
    async fn place(&self, mail: &Inbound) -> (ConversationId, bool) {
        let place = place(&self.store, mail).await.unwrap().unwrap();
        (place.conversation.id, place.theirs)
    }
}

/// A mail from there about a case: an answer to a mail about it.
fn answer(from: &str, to: &Ticket) -> Inbound {
    let mail = format!(
        "From: {from}\r\nSubject: Re: お問い合わせ\r\nMessage-ID: <1@customer.example>\r\n\
         In-Reply-To: <t-{}@shop.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n箱は青です。",
        to.id
    );
    read(mail.as_bytes()).unwrap()
}

/// A mail from there that only quotes a case.
fn quote(from: &str, of: &Ticket) -> Inbound {
    let mail =
        format!("From: {from}\r\nSubject: {}\r\nMessage-ID: <2@customer.example>\r\n\r\nAnd large.", of.reference);
    read(mail.as_bytes()).unwrap()
}

#[tokio::test]
async fn mails_that_come_back_in_another_order_are_told_under_one_name() {
    let bench = Bench::new().await;
    let of = bench.conversation(Some(HANAKO)).await;
    let (first, second) = (bench.mail(of).await, bench.mail(of).await);
    let told = bench.told(&bench.comes_back(&second).await).await;
    assert_eq!(told.as_ref().map(|(address, _)| address.as_str()), Some(HANAKO));
    assert_eq!(bench.told(&bench.comes_back(&first).await).await, told, "so that it is told once");
}

#[tokio::test]
async fn a_mail_is_told_of_before_it_is_given_up_and_afterwards() {
    let bench = Bench::new().await;
    let of = bench.conversation(Some(HANAKO)).await;
    let mail = bench.mail(of).await;
    assert_eq!(mail.state, NoticeState::Pending);
    let told = bench.told(&mail).await;
    assert!(told.is_some(), "it is about to be given up");
    bench.store.dead(mail.id, "550 5.1.1").await.unwrap();
    assert_eq!(bench.told(&bench.notice(mail.id).await).await, told, "the same, so that it is told once");
}

#[tokio::test]
async fn after_the_end_nothing_is_said_of_mail_that_does_not_arrive() {
    let bench = Bench::new().await;
    let of = bench.conversation(Some(HANAKO)).await;
    let mail = bench.mail(of).await;
    bench.store.close_conversation(of, bench.minute(5), Telling::default()).await.unwrap();
    assert_eq!(bench.told(&mail).await, None);
    bench.store.reopen(of, bench.minute(6), Telling::default()).await.unwrap();
    assert!(bench.told(&mail).await.is_some());
}

#[tokio::test]
async fn a_merger_is_mailed_to_no_address_where_mail_does_not_arrive() {
    let bench = Bench::new().await;
    let of = bench.conversation(Some(HANAKO)).await;
    let mail = bench.mail(of).await;
    let address = async || reached(&bench.store, of).await.unwrap().and_then(|contact| contact.email);
    assert_eq!(address().await.as_deref(), Some(HANAKO));
    bench.store.dead(mail.id, "550 5.1.1").await.unwrap();
    assert_eq!(address().await, None, "it is confirmed, and mail does not arrive there");
}

#[tokio::test]
async fn who_was_told_of_a_merger_by_mail_may_answer_it() {
    let bench = Bench::new().await;
    let (here, there) = (bench.conversation(Some(HANAKO)).await, bench.conversation(None).await);
    let (goes, stays) = (bench.case(here).await, bench.case(there).await);
    assert_eq!(bench.place(&answer(HANAKO, &goes)).await, (here, true));
    bench.merge(&goes, &stays).await;
    for mail in [answer(HANAKO, &goes), quote(HANAKO, &goes)] {
        assert_eq!(bench.place(&mail).await, (there, true));
    }
    // Where it was not confirmed, and from nobody else, it opens nothing.
    assert_eq!(bench.place(&answer(HANAKO, &stays)).await, (there, false), "only what it was told about");
    for mail in [answer("taro@elsewhere.example", &goes), quote("taro@elsewhere.example", &goes)] {
        assert_eq!(bench.place(&mail).await, (there, false));
    }
}

#[tokio::test]
async fn an_address_that_comes_into_a_merged_conversation_later_is_a_strangers() {
    let bench = Bench::new().await;
    let (here, there) = (bench.conversation(Some(HANAKO)).await, bench.conversation(None).await);
    let (goes, stays) = (bench.case(here).await, bench.case(there).await);
    bench.merge(&goes, &stays).await;
    let later = "taro@elsewhere.example";
    bench.store.set_email(here, Some(later), Some(bench.minute(16))).await.unwrap();
    assert_eq!(bench.place(&answer(later, &goes)).await, (there, false));
    bench.store.set_email(here, Some(HANAKO), None).await.unwrap();
    assert_eq!(bench.place(&answer(HANAKO, &goes)).await, (there, false), "it is not confirmed any more");
}
