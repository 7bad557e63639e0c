//! What comes in by mail, and what came back of what went out. A mail gateway hands in again what it is not sure of, so everything here
//! is done once however often it is asked for.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entity::{conversation, event, message, note, outbox};
use super::held::Held;
use super::logs::note_down;
use super::outbox::enqueue;
use super::promises::{Line, write};
use super::rows::{ticket_id, timestamp, to_notice, uuid};
use super::{INBOUND, LedgerKind, NewNotice, Note, Notice, NoticeState, Store, StoreError, Target, Telling, letters};
use crate::conversation::{ConversationId, EventBody, MessageId};
use crate::handoff::TicketId;

/// What idempotency keys of mails begin with.
const MAIL: &str = "mail:";
/// The kind of the mail that goes out whenever a customer names an address.
const NAMES_ADDRESS: &str = "verify_address";

/// A mail of ours that came back.
#[derive(Debug, Clone)]
pub struct Returned {
    /// The notice that it delivered.
    pub notice: Uuid,
    /// The conversation that the notice is about.
    pub conversation: ConversationId,
    /// Why it came back, as far as the server said: neither an address nor a customer's words.
    pub why: String,
    /// When that was reported.
    pub at: Timestamp,
    /// What the desk reads about it, if there is a case.
    pub note: Option<(TicketId, Note)>,
    /// What goes out about it.
    pub outbox: Vec<NewNotice>,
}

/// What became of a customer's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing yet.
    Open,
    /// It was answered.
    Answered,
    /// A person has it.
    Added,
    /// It could not be answered.
    Failed,
}

/// The idempotency key of a mail, by what [`crate::notify::inbound::Inbound::key`] says of it.
pub fn mail_key(key: &str) -> String {
    format!("{MAIL}{key}")
}

impl Store {
    /// What became of a customer's message; of several attempts, the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_of(&self, message: MessageId) -> Result<End, StoreError> {
        let last = event::Entity::find()
            .filter(event::Column::MessageId.eq(message.to_string()))
            .filter(event::Column::Name.is_in([EventBody::MESSAGE, EventBody::ADDED, EventBody::ERROR]))
            .order_by_desc(event::Column::Seq)
            .one(&self.db)
            .await?;
        Ok(match last.as_ref().map(|row| row.name.as_str()) {
            Some(EventBody::MESSAGE) => End::Answered,
            Some(EventBody::ADDED) => End::Added,
            Some(_) => End::Failed,
            None => End::Open,
        })
    }

    /// A notice, however far it is.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn notice(&self, id: Uuid) -> Result<Option<Notice>, StoreError> {
        outbox::Entity::find_by_id(id.to_string()).one(&self.db).await?.map(to_notice).transpose()
    }

    /// Whether mail to the customer's address does not arrive: one was given up or came back since they named it, and none arrived later.
    /// `None` if no address is known, or if mail arrives there, as far as is known. If it does not, the name of what is known of that address:
    /// the mail that went out when they named it, else the conversation. So it stays the same whichever mail is lost, and in whatever order
    /// that is found out. `giving_up`: a mail that is about to be given up, and counts as if it were.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn not_arrived(&self, of: ConversationId, giving_up: Option<Uuid>) -> Result<Option<Uuid>, StoreError> {
        let Some(contact) = self.contact(of).await?.filter(|contact| contact.email.is_some()) else { return Ok(None) };
        let mails = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Id)
            .column(outbox::Column::Kind)
            .column(outbox::Column::State)
            .filter(outbox::Column::ConversationId.eq(of.to_string()))
            .filter(outbox::Column::Target.eq(Target::Mail.word()))
            .order_by_desc(outbox::Column::Seq)
            .into_tuple::<(String, String, String)>()
            .all(&self.db)
            .await?;
        let in_hand = giving_up.map(|id| id.to_string());
        let (mut lost, mut arrived, mut named) = (false, false, None);
        for (id, kind, state) in mails {
            match NoticeState::of(&state) {
                Some(NoticeState::Dead) if !arrived => lost = true,
                Some(NoticeState::Pending) if !arrived && in_hand.as_ref() == Some(&id) => lost = true,
                // What arrived later shows that the address is good. If one has come back, it is not confirmed any more.
                Some(NoticeState::Sent) if contact.email_verified_at.is_some() => arrived = true,
                _ => {}
            }
            if kind == NAMES_ADDRESS {
                named = Some(id);
                break;
            }
        }
        if !lost {
            return Ok(None);
        }
        Ok(Some(named.map(|id| uuid("notice", &id)).transpose()?.unwrap_or(of.0)))
    }

    /// Tells something in a conversation unless a message of the notice's name is there already. Whether it was told now.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails; then nothing is told.
    pub async fn tell_once(&self, of: ConversationId, telling: Telling<'_>) -> Result<bool, StoreError> {
        let Some(notice) = telling.notice else { return Ok(false) };
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, of).await?;
        if message::Entity::find_by_id(notice.id.to_string()).count(&transaction).await? > 0 {
            return Ok(false);
        }
        let ticket = held.open(&transaction).await?.map(|open| open.ticket.id);
        held.tell(&transaction, ticket, None, telling).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Keeps a note about a ticket unless one of its name is there already, and what goes out with it. Whether it was kept now.
    ///
    /// # Errors
    /// When there is no such ticket, or the database fails; then nothing is kept.
    pub async fn note_once(&self, ticket: TicketId, note: &Note, outbox: &[NewNotice]) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let (held, _) = Held::with_ticket(&transaction, ticket).await?;
        if !keep_note(&transaction, ticket, note).await? {
            return Ok(false);
        }
        enqueue(&transaction, &held, Some(ticket), outbox).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Keeps a notice of a conversation, about none of its tickets, unless it is there already. Whether it was kept now.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn enqueue_once(&self, of: ConversationId, new: &NewNotice) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, of).await?;
        if outbox::Entity::find_by_id(new.id.to_string()).count(&transaction).await? > 0 {
            return Ok(false);
        }
        enqueue(&transaction, &held, None, std::slice::from_ref(new)).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A mail of ours came back: its notice is given up, what it told counts as untold in the ledger, and the address it went to counts
    /// as unconfirmed, so that nothing more is promised to it. Whether that was news.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails; then nothing changes.
    pub async fn returned(&self, returned: &Returned) -> Result<bool, StoreError> {
        let Returned { notice, conversation: of, why, at, note, outbox } = returned;
        let transaction = self.begin().await?;
        let held = Held::lock(&transaction, *of).await?;
        let row = outbox::Entity::find_by_id(notice.to_string()).one(&transaction).await?;
        let Some(row) = row.filter(|row| row.state == NoticeState::Sent.word()) else { return Ok(false) };
        let ticket = note.as_ref().map(|(ticket, _)| *ticket);
        if let Some((ticket, note)) = note
            && !keep_note(&transaction, *ticket, note).await?
        {
            return Ok(false);
        }
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::val(NoticeState::Dead.word()))
            .col_expr(outbox::Column::LastError, Expr::val(letters::kept(why)))
            .filter(outbox::Column::Id.eq(row.id.as_str()))
            .exec(&transaction)
            .await?;
        let kept = to_notice(row.clone())?;
        let went_to = match (kept.payload.get("to").and_then(serde_json::Value::as_str), row.sent_at) {
            (Some(address), _) => Some(conversation::Column::Email.eq(address)),
            // An answer that waited for its words names nobody: it went to the address that was confirmed by then.
            (None, Some(sent)) if kept.target == Target::Mail => Some(conversation::Column::EmailVerifiedAt.lte(sent)),
            _ => None,
        };
        if let Some(went_to) = went_to {
            conversation::Entity::update_many()
                .col_expr(conversation::Column::EmailVerifiedAt, Expr::val(None::<i64>))
                .filter(conversation::Column::Id.eq(of.to_string()))
                .filter(went_to)
                .exec(&transaction)
                .await?;
        }
        if let (Some(ticket), Some(tells)) = (row.ticket_id.as_deref(), row.tells) {
            let line = Line {
                promised_by: Some(timestamp("notice", tells)?),
                reason: Some(why),
                ..Line::new(LedgerKind::Undelivered, INBOUND, *at)
            };
            write(&transaction, ticket_id(ticket)?, line).await?;
        }
        enqueue(&transaction, &held, ticket, outbox).await?;
        note_down(&transaction, INBOUND, "mail_returned", &notice.to_string(), *at).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Keeps a note, and whether it was not there before.
async fn keep_note(db: &DatabaseTransaction, ticket: TicketId, new: &Note) -> Result<bool, StoreError> {
    if note::Entity::find_by_id(new.id.to_string()).count(db).await? > 0 {
        return Ok(false);
    }
    let row = note::ActiveModel {
        id: Set(new.id.to_string()),
        ticket_id: Set(ticket.to_string()),
        operator: Set(new.operator.0.clone()),
        text: Set(letters::kept(&new.text)),
        at: Set(new.at.as_millisecond()),
    };
    note::Entity::insert(row).exec_without_returning(db).await?;
    note_down(db, &new.operator.0, "note", &ticket.to_string(), new.at).await?;
    Ok(true)
}
