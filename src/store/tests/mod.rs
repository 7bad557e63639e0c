//! The store's suite. Everything in it runs on SQLite; and on Postgres too, if `MADOGUCHI_TEST_POSTGRES_URL` names a
//! server where it may make schemas: each test has one of its own.

mod articles;
mod conversations;
mod desk;
mod editing;
mod erasure;
mod finish;
mod inquiries;
mod interleaved;
mod live;
mod mailed;
mod merge;
mod migration;
mod operators;
mod outbox;
mod own;
mod privacy;
mod promises;
mod queue;
mod search;
mod turns;
mod watch;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use super::*;
use crate::answer::{Receipt, Reply, ReplyKind, Timings};
use crate::clock::{CountingIds, Ids, RandomIds};
use crate::conversation::{Conversation, ConversationId, EventBody, Message, MessageId, Role, Stage, Token};
use crate::guard::{DeskCode, HandoffReason};
use crate::handoff::{Case, OperatorName, Owner, Reference, Ticket, TicketId, TicketState};
use crate::language::Lang;
use crate::passages::Audience;

/// Each of these is a test on SQLite and a test on Postgres.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($bench:ident: Bench) $body:block)+) => { $(
        mod $name {
            use super::*;

            $(#[$meta])*
            async fn story($bench: &Bench) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                story(&Bench::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(bench) = Bench::postgres().await else { return };
                story(&bench).await;
                bench.tidy().await;
            }
        }
    )+ };
}
use on_both;

/// Where a test's database lies.
enum Place {
    File(TempDir),
    Server { url: String, schema: String },
}

impl Place {
    fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A schema of its own on the server, if there is one.
    async fn server() -> Option<Self> {
        let url = std::env::var("MADOGUCHI_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
        let schema = format!("t_{}", RandomIds.fresh().simple());
        let store = Store::reach(&url).await.unwrap();
        store.db.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        store.close().await;
        Some(Self::Server { url, schema })
    }

    fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite:{}", folder.path().join("deep/madoguchi.db").display()),
            Self::Server { url, schema } => {
                let mark = if url.contains('?') { '&' } else { '?' };
                format!("{url}{mark}options[search_path]={schema}")
            }
        }
    }
}

/// A store, and what a test puts into it.
struct Bench {
    place: Place,
    store: Store,
    ids: Arc<CountingIds>,
    now: Timestamp,
}

impl Bench {
    async fn at(place: Place) -> Self {
        let store = Store::connect(&place.url()).await.unwrap();
        Self { place, store, ids: Arc::new(CountingIds::default()), now: "2026-11-22T09:00:00Z".parse().unwrap() }
    }

    async fn sqlite() -> Self {
        Self::at(Place::file()).await
    }

    async fn postgres() -> Option<Self> {
        Some(Self::at(Place::server().await?).await)
    }

    async fn tidy(self) {
        let Place::Server { url, schema } = &self.place else { return };
        self.store.close().await;
        let store = Store::reach(url).await.unwrap();
        store.db.execute_unprepared(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
        store.close().await;
    }

    /// Another process on the same database.
    async fn replica(&self) -> Store {
        Store::connect(&self.place.url()).await.unwrap()
    }

    async fn raw(&self, sql: &str) -> Result<(), DbErr> {
        self.store.db.execute_unprepared(sql).await.map(|_| ())
    }

    /// So many minutes after the test began.
    fn minute(&self, minutes: i64) -> Timestamp {
        self.now + SignedDuration::from_mins(minutes)
    }

    async fn conversation(&self) -> Conversation {
        let opened = Conversation {
            id: ConversationId(self.ids.fresh()),
            locale: Some(Lang::JA),
            audiences: vec![Audience::customer()],
            created_at: self.now,
            owner: Owner::Assistant,
            fresh_after: 0,
            subject: None,
        };
        self.store.open_conversation(&opened, &Token::fresh(self.ids.as_ref()).hash()).await.unwrap();
        opened
    }

    async fn owner(&self, of: ConversationId) -> Owner {
        self.store.conversation(of).await.unwrap().unwrap().0.owner
    }

    fn incoming(&self, text: &str, key: Option<(&str, &str)>) -> Incoming {
        Incoming {
            id: MessageId(self.ids.fresh()),
            text: text.to_owned(),
            lang: Lang::JA,
            at: self.now,
            idempotency: key.map(|(key, request)| (key.to_owned(), request.to_owned())),
            notices: Vec::new(),
        }
    }

    async fn says(&self, to: ConversationId, text: &str) -> MessageId {
        id_of(&self.store.receive(to, &self.incoming(text, None)).await.unwrap())
    }

    fn message(&self, role: Role, text: &str) -> Message {
        Message {
            id: MessageId(self.ids.fresh()),
            role,
            author: (role == Role::Operator).then(|| "tanaka".to_owned()),
            text: text.to_owned(),
            html: Some(crate::answer::reply_html(text)),
            lang: Lang::JA,
            created_at: self.now,
            in_reply_to: None,
            reply: None,
        }
    }

    fn reply(&self, to: MessageId) -> Message {
        let reply = Reply {
            answer: "30日です。".to_owned(),
            language: Lang::JA,
            source_language: None,
            citations: Vec::new(),
            kind: ReplyKind::Answer,
            abstained: false,
            degraded: false,
            written_by: None,
            handoff: None,
            desk: None,
            ticket: None,
            suggestions: Vec::new(),
            confidence: 0.9,
            generation: None,
            timings: Timings::default(),
        };
        let text = reply.answer.clone();
        Message { in_reply_to: Some(to), reply: Some(reply), ..self.message(Role::Assistant, &text) }
    }

    async fn finish(
        &self,
        of: ConversationId,
        to: MessageId,
        handoff: Option<&NewTicket>,
    ) -> Result<Finished, StoreError> {
        self.finish_in(&Attempt::first(of, to), handoff).await
    }

    async fn finish_in(&self, attempt: &Attempt, handoff: Option<&NewTicket>) -> Result<Finished, StoreError> {
        let to = attempt.message;
        let reply = self.reply(to);
        let events = [
            EventBody::Status { stage: Stage::Answering, message_id: to },
            EventBody::Delta { text: "30日です。".to_owned() },
            EventBody::Message(Box::new(reply.clone())),
        ];
        self.store.finish(attempt, Some((&reply, &Receipt::default())), &events, handoff).await
    }

    async fn answer(&self, of: ConversationId, to: MessageId) -> Result<Finished, StoreError> {
        self.finish(of, to, None).await
    }

    async fn answer_in(&self, attempt: &Attempt) -> Result<Finished, StoreError> {
        self.finish_in(attempt, None).await
    }

    /// A ticket for the desk `returns`, promised within an hour.
    fn ticket(&self, conversation: ConversationId) -> NewTicket {
        let id = TicketId(self.ids.fresh());
        let ticket = Ticket {
            id,
            reference: Reference::of(id.0),
            conversation,
            desk: desk("returns"),
            priority: 3,
            level: 0,
            state: TicketState::Waiting,
            operator: None,
            case: Case {
                reason: HandoffReason::Withheld,
                desk: Some(desk("returns")),
                priority: 3,
                language: Lang::JA,
                message: "返品したい".to_owned(),
                before: Vec::new(),
                why: None,
                facts: Vec::new(),
                wished_language: None,
                earlier: Vec::new(),
            },
            opened_at: self.now,
            claimed_at: None,
            closed_at: None,
            snoozed_until: None,
            merged_into: None,
            version: 1,
        };
        NewTicket {
            ticket,
            promised_by: self.minute(60),
            next_due: self.minute(45),
            words: "10時までにご返事します。".to_owned(),
            outbox: vec![self.notice(Target::Mail, Some(60))],
        }
    }

    fn notice(&self, target: Target, tells: Option<i64>) -> NewNotice {
        NewNotice {
            id: self.ids.fresh(),
            target,
            kind: "acknowledgement".to_owned(),
            payload: serde_json::json!({ "to": "hanako@shop.example", "null": "\u{0}" }),
            at: self.now,
            held: false,
            tells: tells.map(|minutes| self.minute(minutes)),
        }
    }

    /// A conversation that was handed to a desk.
    async fn handed_over(&self) -> Ticket {
        let opened = self.conversation().await;
        let said = self.says(opened.id, "返品したい").await;
        let new = self.ticket(opened.id);
        let finished = self.finish(opened.id, said, Some(&new)).await.unwrap();
        assert!(matches!(finished, Finished::HandedOff(_)));
        new.ticket
    }

    /// The same, and an operator has it.
    async fn claimed(&self, by: &OperatorName) -> Ticket {
        let ticket = self.handed_over().await;
        self.store.claim(&self.act(&ticket, by, 5)).await.unwrap()
    }

    fn act<'a>(&self, ticket: &Ticket, by: &'a OperatorName, minutes: i64) -> Act<'a> {
        Act { ticket: ticket.id, by, at: self.minute(minutes), seen: None }
    }

    /// Names of the events of a conversation.
    async fn events(&self, of: ConversationId) -> Vec<&'static str> {
        self.store.events_after(of, 0, 1_000).await.unwrap().iter().map(|event| event.body.name()).collect()
    }

    async fn kinds(&self, of: &Ticket) -> Vec<LedgerKind> {
        self.store.ledger(of.id).await.unwrap().iter().map(|entry| entry.kind).collect()
    }

    async fn promise(&self, of: &Ticket) -> Promise {
        self.store.promise(of.id).await.unwrap().unwrap()
    }

    /// A new time for the customer, by the clockwork.
    fn later(&self, at: i64, promised: i64) -> NewPromise<'static> {
        NewPromise {
            by: CLOCKWORK,
            machine: true,
            at: self.minute(at),
            promised_by: self.minute(promised),
            next_due: self.minute(promised - 5),
            level: 1,
            words: "申し訳ありません。",
            reason: None,
        }
    }
}

fn id_of(kept: &Kept) -> MessageId {
    match kept {
        Kept::New { id, .. } | Kept::Before { id, .. } => *id,
        Kept::KeyReused => panic!("no message"),
    }
}

fn desk(code: &str) -> DeskCode {
    DeskCode(code.to_owned())
}

fn tanaka() -> OperatorName {
    OperatorName("tanaka".to_owned())
}

fn sato() -> OperatorName {
    OperatorName("sato".to_owned())
}

const ANSWER: Settles = Settles { hour_of_week: 33 };
