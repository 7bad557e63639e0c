//! A conversation that a transaction has to itself, with whatever changes along with it.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::conversations::{insert_message, message_count, owner};
use super::entity::{conversation, promise, ticket};
use super::events::append;
use super::outbox::enqueue;
use super::rows::{conversation_id, to_promise, to_ticket};
use super::{Filed, StoreError, Telling};
use crate::conversation::{ConversationId, EventBody, MessageId, Standing};
use crate::handoff::{Move, Owner, Ticket, TicketId, TicketState};

/// A conversation whose row is locked until the transaction ends.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: ConversationId,
    pub(super) owner: Owner,
    fresh_after: i32,
    closed_at: Option<i64>,
}

impl Held {
    /// Locks a conversation. The first thing that every change does.
    pub(super) async fn lock(db: &DatabaseTransaction, id: ConversationId) -> Result<Self, StoreError> {
        let row = conversation::Entity::find_by_id(id.to_string()).lock_exclusive().one(db).await?;
        let row = row.ok_or(StoreError::UnknownConversation)?;
        Ok(Self { id, owner: owner(&row)?, fresh_after: row.fresh_after, closed_at: row.closed_at })
    }

    /// Locks the conversation of a ticket, and reads the ticket as it then is.
    pub(super) async fn with_ticket(db: &DatabaseTransaction, id: TicketId) -> Result<(Self, Ticket), StoreError> {
        let row = ticket::Entity::find_by_id(id.to_string()).one(db).await?.ok_or(StoreError::UnknownTicket)?;
        let held = Self::lock(db, conversation_id(&row.conversation_id)?).await?;
        let row = ticket::Entity::find_by_id(id.to_string()).one(db).await?.ok_or(StoreError::UnknownTicket)?;
        Ok((held, to_ticket(row)?))
    }

    /// Moves the conversation to its next owner, if that fits.
    pub(super) async fn pass(&mut self, db: &DatabaseTransaction, what: Move, at: Timestamp) -> Result<(), StoreError> {
        self.owner = self.owner.after(what)?;
        // What a person has settled is settled: the assistant does not go on from it, nor from what led there.
        if matches!(what, Move::HandBack | Move::CallOff | Move::Close | Move::Reopen) {
            self.fresh_after = message_count(db, self.id).await?;
        }
        self.closed_at = (self.owner == Owner::Closed).then(|| at.as_millisecond());
        conversation::Entity::update_many()
            .col_expr(conversation::Column::Owner, Expr::val(self.owner.word()))
            .col_expr(conversation::Column::FreshAfter, Expr::val(self.fresh_after))
            .col_expr(conversation::Column::ClosedAt, Expr::val(self.closed_at))
            .filter(conversation::Column::Id.eq(self.id.to_string()))
            .exec(db)
            .await?;
        Ok(())
    }

    /// The open ticket, and its promise.
    pub(super) async fn open(&self, db: &DatabaseTransaction) -> Result<Option<Filed>, StoreError> {
        open(db, self.id).await
    }

    /// Where the conversation stands.
    pub(super) async fn standing(&self, db: &DatabaseTransaction) -> Result<Standing, StoreError> {
        Ok(standing(self.owner, self.open(db).await?))
    }

    /// Tells of a change that has been made: its notice, its events, where the conversation stands now, and what goes
    /// out. Events about no message of the customer's carry the name of the notice, or that of the ticket, or of the
    /// conversation.
    pub(super) async fn tell(
        &self,
        db: &DatabaseTransaction,
        ticket: Option<TicketId>,
        about: Option<MessageId>,
        telling: Telling<'_>,
    ) -> Result<Standing, StoreError> {
        let mut events = Vec::new();
        if let Some(notice) = telling.notice {
            insert_message(db, self, notice).await?;
            events.push(EventBody::Message(Box::new(notice.clone())));
        }
        events.extend(telling.events);
        let standing = self.standing(db).await?;
        events.push(EventBody::Standing(standing.clone()));
        let about = about
            .or(telling.notice.map(|notice| notice.id))
            .unwrap_or_else(|| MessageId(ticket.map_or(self.id.0, |ticket| ticket.0)));
        append(db, self, about, &events).await?;
        enqueue(db, self, ticket, &telling.outbox).await?;
        Ok(standing)
    }
}

/// The open ticket of a conversation, and its promise.
pub(super) async fn open(db: &impl ConnectionTrait, of: ConversationId) -> Result<Option<Filed>, StoreError> {
    let states = [TicketState::Waiting.word(), TicketState::Claimed.word()];
    let found = ticket::Entity::find()
        .find_both_related(promise::Entity)
        .filter(ticket::Column::ConversationId.eq(of.to_string()))
        .filter(ticket::Column::State.is_in(states))
        .one(db)
        .await?;
    found.map(filed).transpose()
}

pub(super) fn filed((ticket, promise): (ticket::Model, promise::Model)) -> Result<Filed, StoreError> {
    Ok(Filed { ticket: to_ticket(ticket)?, promise: to_promise(promise)? })
}

/// What customers see of it.
pub(super) fn standing(owner: Owner, open: Option<Filed>) -> Standing {
    let Some(Filed { ticket, promise }) = open else {
        return Standing { owner, reference: None, promised_by: None, operator: None };
    };
    let has_it = ticket.state == TicketState::Claimed;
    Standing {
        owner,
        reference: Some(ticket.reference),
        promised_by: promise.owed(),
        operator: ticket.operator.filter(|_| has_it).map(|operator| operator.0),
    }
}
