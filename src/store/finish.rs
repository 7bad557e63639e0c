//! What comes of a customer's message, and how a case goes to a person.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};

use super::conversations::insert_message;
use super::desk_events::{Changed, changed};
use super::entity::{event, promise, ticket};
use super::events::append;
use super::held::Held;
use super::logs::note_down;
use super::outbox::enqueue;
use super::promises::{Line, write};
use super::rows::to_json;
use super::tickets::{earlier_operator, served_language};
use super::{
    ASSISTANT, Attempt, DeskEventKind, Finished, LedgerKind, NewTicket, Opened, PromiseState, Store, StoreError,
    Telling, folded, receipts, turns,
};
use crate::answer::Receipt;
use crate::conversation::{EventBody, Message, MessageId};
use crate::handoff::{Move, Owner};

impl Store {
    /// Keeps the outcome of a message in one transaction: its events; where there is one, the reply with its receipt;
    /// and where the reply hands the case over, the ticket, what is promised, the conversation's new owner and what
    /// goes out.
    ///
    /// If a person has the conversation by now, the assistant is silent: the reply, which may name a ticket that nobody
    /// opens, is not kept, and the message closes as one that was added to the case. The receipt stays. If the
    /// conversation has ended, a reply is still said, and a case that a person must settle opens it again.
    ///
    /// # Errors
    /// When the database fails, the message has been answered already, or another attempt has taken this one's place
    /// ([`StoreError::Stale`]); then nothing is kept.
    pub async fn finish(
        &self,
        attempt: &Attempt,
        reply: Option<(&Message, &Receipt)>,
        events: &[EventBody],
        handoff: Option<&NewTicket>,
    ) -> Result<Finished, StoreError> {
        let transaction = self.begin().await?;
        let Attempt { conversation: of, message, .. } = *attempt;
        let mut held = Held::lock(&transaction, of).await?;
        if answered(&transaction, message).await? {
            return Err(StoreError::Answered);
        }
        turns::still_has(&transaction, attempt).await?;
        turns::end(&transaction, attempt).await?;
        if let Some((_, receipt)) = reply {
            receipts::keep(&transaction, of, message, receipt).await?;
        }
        if matches!(held.owner, Owner::Waiting | Owner::Operator) {
            let standing = held.standing(&transaction).await?;
            append(&transaction, &held, message, &[EventBody::Added(standing.clone())]).await?;
            transaction.commit().await?;
            return Ok(Finished::Added(standing));
        }
        if let Some((reply, _)) = reply {
            insert_message(&transaction, &held, reply).await?;
        }
        let Some(new) = handoff else {
            append(&transaction, &held, message, events).await?;
            transaction.commit().await?;
            return Ok(Finished::Said);
        };
        hand_over(&transaction, &mut held, new, ASSISTANT).await?;
        let standing = held.standing(&transaction).await?;
        // Before the last event, so that who only waits for the answer sees it as well.
        let mut events = events.to_vec();
        let last = events.pop_if(|last| last.is_last());
        events.push(EventBody::Standing(standing.clone()));
        events.extend(last);
        append(&transaction, &held, message, &events).await?;
        transaction.commit().await?;
        Ok(Finished::HandedOff(standing))
    }

    /// Opens a ticket without a reply of the assistant's: by the customer's button, or by an operator. `by` goes into
    /// the ledger and the audit log ([`super::CUSTOMER`], or an operator as [`crate::handoff::By::word`] has them);
    /// `about` is the customer's message it is about, if it is about one.
    ///
    /// # Errors
    /// When the database fails; then nothing is kept.
    pub async fn open_ticket(
        &self,
        new: &NewTicket,
        by: &str,
        about: Option<MessageId>,
        telling: Telling<'_>,
    ) -> Result<Opened, StoreError> {
        let transaction = self.begin().await?;
        let mut held = Held::lock(&transaction, new.ticket.conversation).await?;
        if let Some(open) = held.open(&transaction).await? {
            return Ok(Opened::There(Box::new(open.ticket)));
        }
        hand_over(&transaction, &mut held, new, by).await?;
        let standing = held.tell(&transaction, Some(new.ticket.id), about, telling).await?;
        transaction.commit().await?;
        Ok(Opened::New(standing))
    }
}

/// Whether a message has come to its end: by a reply, or by going to a person.
async fn answered(db: &DatabaseTransaction, message: MessageId) -> Result<bool, StoreError> {
    let closing = event::Entity::find()
        .filter(event::Column::MessageId.eq(message.to_string()))
        .filter(event::Column::Name.is_in([EventBody::MESSAGE, EventBody::ADDED]));
    Ok(closing.count(db).await? > 0)
}

/// Gives the conversation to a desk: the ticket, the promise, the ledger's first line, the new owner, what goes out.
async fn hand_over(db: &DatabaseTransaction, held: &mut Held, new: &NewTicket, by: &str) -> Result<(), StoreError> {
    let NewTicket { ticket: opened, promised_by, next_due, words, outbox } = new;
    let at = opened.opened_at;
    if held.owner == Owner::Closed {
        held.pass(db, Move::Reopen, at).await?;
    }
    held.pass(db, Move::HandOff, at).await?;
    let row = ticket::ActiveModel {
        id: Set(opened.id.to_string()),
        reference: Set(opened.reference.as_str().to_owned()),
        conversation_id: Set(held.id.to_string()),
        desk: Set(opened.desk.0.clone()),
        lang: Set(opened.case.language.as_str().to_owned()),
        priority: Set(opened.priority.into()),
        level: Set(opened.level.into()),
        state: Set(opened.state.word().to_owned()),
        operator: Set(opened.operator.as_ref().map(|operator| operator.0.clone())),
        kase: Set(to_json(&opened.case)?),
        opened_at: Set(at.as_millisecond()),
        claimed_at: Set(None),
        closed_at: Set(None),
        snoozed_until: Set(opened.snoozed_until.map(|until| until.as_millisecond())),
        version: Set(i32::try_from(opened.version).unwrap_or(i32::MAX)),
        folded: Set(Some(folded::of_ticket(opened))),
        merged_into: Set(None),
        served_lang: Set(Some(served_language(opened).as_str().to_owned())),
        earlier_operator: Set(earlier_operator(db, opened).await?),
    };
    ticket::Entity::insert(row).exec_without_returning(db).await?;
    let row = promise::ActiveModel {
        ticket_id: Set(opened.id.to_string()),
        made_at: Set(at.as_millisecond()),
        promised_by: Set(promised_by.as_millisecond()),
        first_promised_by: Set(promised_by.as_millisecond()),
        state: Set(PromiseState::Running.word().to_owned()),
        machine_renegotiations: Set(0),
        warned: Set(0),
        next_due: Set(Some(next_due.as_millisecond())),
        claimed_until: Set(None),
    };
    promise::Entity::insert(row).exec_without_returning(db).await?;
    let line = Line {
        promised_by: Some(*promised_by),
        words: Some(words.as_str()),
        ..Line::new(LedgerKind::Promised, by, at)
    };
    write(db, opened.id, line).await?;
    enqueue(db, held, Some(opened.id), outbox).await?;
    note_down(db, by, "hand_off", &opened.id.to_string(), at).await?;
    changed(db, opened, Changed::new(DeskEventKind::Opened, by, at)).await
}
