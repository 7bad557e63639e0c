//! What customers do with their conversation and their case.

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;

use super::change;
use crate::conversation::{ConversationId, Standing};
use crate::handoff::{Move, NotNow, Ticket, TicketId, TicketState};
use crate::store::desk_events::{Changed, changed};
use crate::store::held::{Held, standing};
use crate::store::logs::note_down;
use crate::store::promises::withdraw;
use crate::store::{CUSTOMER, DeskEventKind, Store, StoreError, Telling};

impl Store {
    /// Where a conversation stands with its case. `None` if there is no such conversation.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn standing(&self, of: ConversationId) -> Result<Option<Standing>, StoreError> {
        let Some((conversation, _)) = self.conversation(of).await? else { return Ok(None) };
        Ok(Some(standing(conversation.owner, crate::store::held::open(&self.db, of).await?)))
    }

    /// The customer no longer wants a person: the ticket is called off, what was promised is withdrawn, and the
    /// assistant has the conversation again, afresh.
    ///
    /// # Errors
    /// When the ticket is not open any more, or the database fails; then nothing changes.
    pub async fn call_off(&self, id: TicketId, at: Timestamp, telling: Telling<'_>) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (mut held, ticket) = Held::with_ticket(&transaction, id).await?;
        if !ticket.state.open() {
            return Err(NotNow { owner: held.owner, what: Move::CallOff }.into());
        }
        held.pass(&transaction, Move::CallOff, at).await?;
        let ticket = called_off(&transaction, ticket, at).await?;
        held.tell(&transaction, Some(id), None, telling).await?;
        note_down(&transaction, CUSTOMER, "call_off", &id.to_string(), at).await?;
        transaction.commit().await?;
        Ok(ticket)
    }

    /// The customer ends the chat. A ticket that is open is called off.
    ///
    /// # Errors
    /// When it has ended already, there is no such conversation, or the database fails; then nothing changes.
    pub async fn close_conversation(
        &self,
        of: ConversationId,
        at: Timestamp,
        telling: Telling<'_>,
    ) -> Result<Standing, StoreError> {
        let transaction = self.begin().await?;
        let mut held = Held::lock(&transaction, of).await?;
        let open = held.open(&transaction).await?.map(|open| open.ticket);
        held.pass(&transaction, Move::Close, at).await?;
        let id = open.as_ref().map(|ticket| ticket.id);
        if let Some(ticket) = open {
            called_off(&transaction, ticket, at).await?;
        }
        let standing = held.tell(&transaction, id, None, telling).await?;
        note_down(&transaction, CUSTOMER, "close", &of.to_string(), at).await?;
        transaction.commit().await?;
        Ok(standing)
    }

    /// The customer goes on after the end: the assistant has the conversation, afresh.
    ///
    /// # Errors
    /// When it has not ended, there is no such conversation, or the database fails; then nothing changes.
    pub async fn reopen(
        &self,
        of: ConversationId,
        at: Timestamp,
        telling: Telling<'_>,
    ) -> Result<Standing, StoreError> {
        let transaction = self.begin().await?;
        let mut held = Held::lock(&transaction, of).await?;
        held.pass(&transaction, Move::Reopen, at).await?;
        let standing = held.tell(&transaction, None, None, telling).await?;
        note_down(&transaction, CUSTOMER, "reopen", &of.to_string(), at).await?;
        transaction.commit().await?;
        Ok(standing)
    }
}

async fn called_off(db: &DatabaseTransaction, mut ticket: Ticket, at: Timestamp) -> Result<Ticket, StoreError> {
    let before = ticket.version;
    ticket.state = TicketState::CalledOff;
    ticket.closed_at = Some(at);
    change(db, before, &mut ticket).await?;
    withdraw(db, ticket.id, CUSTOMER, at).await?;
    changed(db, &ticket, Changed::new(DeskEventKind::CalledOff, CUSTOMER, at)).await?;
    Ok(ticket)
}
