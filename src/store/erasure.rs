//! Conversations that go, with everything about them.

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::desk_events::{Changed, changed};
use super::entity::{
    conversation, event, feedback, idempotency_key, ledger, message, note, outbox, promise, receipt, ticket,
};
use super::held::Held;
use super::holds::{self, Hold};
use super::idle::last_activity;
use super::logs::note_down;
use super::promises::{Line, write};
use super::tombstones::{self, Tombstone};
use super::{CLOCKWORK, CUSTOMER, DeskEventKind, Filed, LedgerKind, NewNotice, NoticeState, Store, StoreError};
use crate::conversation::ConversationId;
use crate::handoff::{Owner, Ticket, TicketState};

/// What the audit log calls an erasure.
const ERASE: &str = "erase";

/// At whose wish a conversation is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasedBy<'a> {
    /// The customer's.
    Customer,
    /// Nobody's: its time is over. It must have been idle since this moment.
    Retention {
        /// Since when.
        idle_since: Timestamp,
    },
    /// It was erased before, and a backup brought it back.
    Tombstone(&'a Tombstone),
}

impl ErasedBy<'_> {
    /// The word in logs and receipts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => CUSTOMER,
            Self::Retention { .. } => "retention",
            Self::Tombstone(_) => "tombstone",
        }
    }
}

/// How many of each were removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Removed {
    /// Messages, the customer's and others'.
    pub messages: u64,
    /// What was streamed while they were answered.
    pub events: u64,
    /// Keys of requests.
    pub idempotency_keys: u64,
    /// What led to replies.
    pub receipts: u64,
    /// Cases, with everything that was gathered in them.
    pub tickets: u64,
    /// What operators noted.
    pub notes: u64,
    /// How the customer found the help.
    pub feedback: u64,
    /// Mails and other notices that had gone out or been given up. What has gone out is with its receiver.
    pub notices: u64,
    /// Mails and other notices that were to go out, and now do not.
    pub unsent: u64,
    /// Legal holds that were lifted before.
    pub holds: u64,
    /// Lines of the ledger from which words were taken. The lines stay.
    pub ledger_words: u64,
}

/// Whether a conversation can be erased now.
#[derive(Debug)]
pub enum Begun {
    /// It can, and waits for it.
    Ready(Box<Erasing>),
    /// It must be kept.
    OnHold(Hold),
    /// Its time is not over: something has happened in it, or a case is open. Or a backup brought it back, and its
    /// customer has gone on in it before it could be erased again. Or an earlier version noted an erasure that it may
    /// never have done, and something has happened since.
    InUse,
}

/// A conversation that nobody else can change until it is gone. Dropped, it stays as it was.
#[derive(Debug)]
pub struct Erasing {
    transaction: DatabaseTransaction,
    id: ConversationId,
    open: Option<Filed>,
    brought: Vec<String>,
}

impl Store {
    /// Takes hold of a conversation in order to erase it.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn begin_erasure(&self, of: ConversationId, by: ErasedBy<'_>) -> Result<Begun, StoreError> {
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, of).await?;
        if let Some(hold) = holds::standing(&transaction, of).await? {
            // A hold that is older than the tombstone had been lifted by then, and came back with the backup.
            let outdated = matches!(by, ErasedBy::Tombstone(stone) if hold.at <= stone.at);
            if !outdated {
                return Ok(Begun::OnHold(hold));
            }
        }
        let open = held.open(&transaction).await?;
        if let ErasedBy::Retention { idle_since } = by {
            let waits = open.is_some() || matches!(held.owner, Owner::Waiting | Owner::Operator);
            if waits || last_activity(&transaction, of).await? > idle_since {
                return Ok(Begun::InUse);
            }
        }
        let brought = tombstones::brought_in(&transaction, of).await?;
        if let ErasedBy::Tombstone(stone) = by {
            // Earlier versions noted an erasure before it was done, and not what it covered. It may have failed: what
            // came after it was never erased by anybody.
            let came_after = stone.covers.is_none() && last_activity(&transaction, of).await? > stone.at;
            if came_after || !stone.covers_all(&brought) {
                return Ok(Begun::InUse);
            }
        }
        Ok(Begun::Ready(Box::new(Erasing { transaction, id: of, open, brought })))
    }

    /// Whether a notice is still there: it goes when its conversation is erased, also when somebody has just taken it to deliver it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_notice(&self, id: Uuid) -> Result<bool, StoreError> {
        Ok(outbox::Entity::find_by_id(id.to_string()).count(&self.db).await? > 0)
    }
}

impl Erasing {
    /// The case that is open in it.
    pub fn open(&self) -> Option<&Ticket> {
        self.open.as_ref().map(|open| &open.ticket)
    }

    /// What is to be noted of it outside the database, under this name.
    pub fn tombstone(&self, id: Uuid, at: Timestamp) -> Tombstone {
        Tombstone { covers: Some(self.brought.join(" ")), ..Tombstone::of(id, self.id, at) }
    }

    /// Erases it, and keeps in the same transaction that this is to be noted. What was promised in the open case is
    /// called off in the ledger, and `notices`, which hold nothing of the customer's, go out in the place of everything
    /// that was to.
    ///
    /// # Errors
    /// When the database fails; then it is as it was.
    pub async fn finish(
        self,
        by: ErasedBy<'_>,
        stone: &Tombstone,
        notices: &[NewNotice],
    ) -> Result<Removed, StoreError> {
        let Self { transaction: db, id, open, .. } = self;
        let at = stone.at;
        if let Some(open) = &open {
            settle(&db, open, by, at).await?;
        }
        let of = id.to_string();
        let tickets: Vec<String> = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::Id)
            .filter(ticket::Column::ConversationId.eq(of.as_str()))
            .into_tuple()
            .all(&db)
            .await?;
        let theirs = || {
            Condition::any()
                .add(outbox::Column::ConversationId.eq(of.as_str()))
                .add(outbox::Column::TicketId.is_in(tickets.iter().map(String::as_str)))
        };
        let done = [NoticeState::Sent.word(), NoticeState::Dead.word()];
        let over = outbox::Entity::find().filter(theirs()).filter(outbox::Column::State.is_in(done)).count(&db).await?;
        let all = outbox::Entity::delete_many().filter(theirs()).exec(&db).await?.rows_affected;
        // Whatever is deleted along by the database itself is deleted by name first, so that it is counted.
        let events = event::Entity::delete_many().filter(event::Column::ConversationId.eq(of.as_str()));
        let keys =
            idempotency_key::Entity::delete_many().filter(idempotency_key::Column::ConversationId.eq(of.as_str()));
        let receipts = receipt::Entity::delete_many().filter(receipt::Column::ConversationId.eq(of.as_str()));
        let messages = message::Entity::delete_many().filter(message::Column::ConversationId.eq(of.as_str()));
        let said = feedback::Entity::delete_many().filter(feedback::Column::ConversationId.eq(of.as_str()));
        let notes =
            note::Entity::delete_many().filter(note::Column::TicketId.is_in(tickets.iter().map(String::as_str)));
        let promises =
            promise::Entity::delete_many().filter(promise::Column::TicketId.is_in(tickets.iter().map(String::as_str)));
        let cases = ticket::Entity::delete_many().filter(ticket::Column::ConversationId.eq(of.as_str()));
        let ledger_words = take_words(&db, &tickets).await?;
        let mut removed = Removed {
            events: events.exec(&db).await?.rows_affected,
            idempotency_keys: keys.exec(&db).await?.rows_affected,
            receipts: receipts.exec(&db).await?.rows_affected,
            messages: messages.exec(&db).await?.rows_affected,
            feedback: said.exec(&db).await?.rows_affected,
            notes: notes.exec(&db).await?.rows_affected,
            notices: over,
            unsent: all.saturating_sub(over),
            ledger_words,
            holds: holds::remove(&db, id).await?,
            tickets: 0,
        };
        promises.exec(&db).await?;
        removed.tickets = cases.exec(&db).await?.rows_affected;
        conversation::Entity::delete_many().filter(conversation::Column::Id.eq(of.as_str())).exec(&db).await?;
        tell(&db, open.as_ref().map(|open| &open.ticket), notices).await?;
        note_down(&db, by.word(), ERASE, &of, at).await?;
        super::scrub::mark(&db).await?;
        tombstones::keep(&db, stone).await?;
        db.commit().await?;
        Ok(removed)
    }
}

/// The case is no more, and nothing is owed. If the time had passed by then, the promise was broken all the same.
async fn settle(db: &DatabaseTransaction, open: &Filed, by: ErasedBy<'_>, at: Timestamp) -> Result<(), StoreError> {
    let gone = Ticket { state: TicketState::CalledOff, ..open.ticket.clone() };
    changed(db, &gone, Changed::new(DeskEventKind::CalledOff, by.word(), at)).await?;
    let Some(promised_by) = open.promise.owed() else { return Ok(()) };
    let of = open.ticket.id;
    if at > promised_by {
        let line = Line { promised_by: Some(promised_by), ..Line::new(LedgerKind::Breached, CLOCKWORK, at) };
        write(db, of, line).await?;
    }
    let line = Line {
        promised_by: Some(promised_by),
        reason: Some("erased"),
        ..Line::new(LedgerKind::Withdrawn, by.word(), at)
    };
    write(db, of, line).await
}

/// Takes the words out of the ledger's lines about these tickets: those the customer was shown, and what operators gave as their
/// reason, in which they may have quoted the customer. The database lets nothing else in a line be changed.
async fn take_words(db: &DatabaseTransaction, tickets: &[String]) -> Result<u64, StoreError> {
    let about = || ledger::Column::TicketId.is_in(tickets.iter().map(String::as_str));
    let shown = ledger::Entity::update_many()
        .col_expr(ledger::Column::Words, Expr::val(None::<String>))
        .filter(about())
        .filter(ledger::Column::Words.is_not_null())
        .exec(db)
        .await?;
    ledger::Entity::update_many()
        .col_expr(ledger::Column::Reason, Expr::val(None::<String>))
        .filter(about())
        .filter(ledger::Column::Reason.is_not_null())
        .filter(ledger::Column::By.starts_with("operator:"))
        .exec(db)
        .await?;
    Ok(shown.rows_affected)
}

/// Keeps notices that belong to no conversation any more.
async fn tell(db: &DatabaseTransaction, about: Option<&Ticket>, notices: &[NewNotice]) -> Result<(), StoreError> {
    for (seq, notice) in (1..).zip(notices) {
        let row = super::outbox::row(None, about.map(|ticket| ticket.id), seq, notice)?;
        outbox::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}
