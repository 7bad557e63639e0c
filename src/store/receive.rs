//! Customers' messages on their way in.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::conversations::insert_message;
use super::desk_events::{Changed, changed};
use super::entity::{event, idempotency_key};
use super::events::append;
use super::held::Held;
use super::outbox::enqueue;
use super::rows::message_id;
use super::tickets::wake;
use super::turns::{self, TURN_LEASE};
use super::{Attempt, CUSTOMER, DeskEventKind, NewNotice, Store, StoreError};
use crate::conversation::{ConversationId, EventBody, Message, MessageId, Role, Stage};
use crate::handoff::{Move, Owner};
use crate::language::Lang;

/// A customer's message on its way in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The name it will have.
    pub id: MessageId,
    /// What was said, to the letter.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// When.
    pub at: Timestamp,
    /// The `Idempotency-Key` sent with it, and a digest of the request it belongs to.
    pub idempotency: Option<(String, String)>,
    /// What goes out if a person has the conversation: about the ticket, whichever it is by then.
    pub notices: Vec<NewNotice>,
}

/// What became of a message on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is on disk; `since` is the sequence number of its first event.
    New {
        /// Its name.
        id: MessageId,
        /// Its first event.
        since: u64,
        /// Whether the assistant is to answer it. If not, it has gone to the person who has the case, and that is all.
        answers: bool,
    },
    /// The same request came before; `since` is the sequence number of its last attempt's first event.
    Before {
        /// The name it got then.
        id: MessageId,
        /// The first event to show again.
        since: u64,
        /// That attempt failed, and this request begins another: the message is to be answered by whoever asked.
        failed: bool,
    },
    /// The key was used before for another request.
    KeyReused,
}

impl Store {
    /// Keeps a customer's message, its idempotency key and its first events in one transaction. When this returns, they
    /// are on disk.
    ///
    /// While a person has the conversation, the message goes to their ticket, and wakes it; after the conversation's
    /// end it opens it again, for the assistant.
    ///
    /// # Errors
    /// When there is no such conversation or the database fails; then nothing is kept.
    pub async fn receive(&self, to: ConversationId, incoming: &Incoming) -> Result<Kept, StoreError> {
        let transaction = self.begin().await?;
        let mut held = Held::lock(&transaction, to).await?;
        if let Some((key, request)) = &incoming.idempotency {
            let used = idempotency_key::Entity::find_by_id((to.to_string(), key.clone())).one(&transaction).await?;
            if let Some(used) = used {
                if used.request_hash != *request {
                    return Ok(Kept::KeyReused);
                }
                let before = attempt(&transaction, message_id(&used.message_id)?).await?;
                let Kept::Before { id, since, failed: true } = before else { return Ok(before) };
                // Asked for again by two requests at once, the message is answered by one of them.
                let again = Attempt::begun_by(incoming, to, id);
                let failed = turns::begin(&transaction, &again, lease(incoming)).await?;
                transaction.commit().await?;
                return Ok(Kept::Before { id, since, failed });
            }
            let row = idempotency_key::ActiveModel {
                conversation_id: Set(to.to_string()),
                key: Set(key.clone()),
                request_hash: Set(request.clone()),
                message_id: Set(incoming.id.to_string()),
            };
            idempotency_key::Entity::insert(row).exec_without_returning(&transaction).await?;
        }
        let mut events = vec![EventBody::Status { stage: Stage::Received, message_id: incoming.id }];
        if held.owner == Owner::Closed {
            held.pass(&transaction, Move::Reopen, incoming.at).await?;
            events.push(EventBody::Standing(held.standing(&transaction).await?));
        }
        insert_message(&transaction, &held, &said(incoming)).await?;
        let answers = held.owner.answers();
        if answers {
            turns::begin(&transaction, &Attempt::first(to, incoming.id), lease(incoming)).await?;
        } else {
            let open = held.open(&transaction).await?.map(|open| open.ticket);
            if let Some(ticket) = &open {
                wake(&transaction, ticket).await?;
                let wrote = Changed::new(DeskEventKind::CustomerWrote, CUSTOMER, incoming.at);
                changed(&transaction, ticket, wrote).await?;
            }
            enqueue(&transaction, &held, open.map(|ticket| ticket.id), &incoming.notices).await?;
            events.push(EventBody::Added(held.standing(&transaction).await?));
        }
        let since = append(&transaction, &held, incoming.id, &events).await?;
        transaction.commit().await?;
        Ok(Kept::New { id: incoming.id, since, answers })
    }
}

/// Until when the replica that takes a message in has it.
fn lease(incoming: &Incoming) -> Timestamp {
    incoming.at.checked_add(TURN_LEASE).unwrap_or(Timestamp::MAX)
}

fn said(incoming: &Incoming) -> Message {
    Message {
        id: incoming.id,
        role: Role::Customer,
        author: None,
        text: incoming.text.clone(),
        html: None,
        lang: incoming.lang.clone(),
        created_at: incoming.at,
        in_reply_to: None,
        reply: None,
    }
}

/// Where the latest attempt at a message begins, and whether it failed.
async fn attempt(db: &impl ConnectionTrait, id: MessageId) -> Result<Kept, StoreError> {
    let events = event::Entity::find()
        .filter(event::Column::MessageId.eq(id.to_string()))
        .order_by_asc(event::Column::Seq)
        .all(db)
        .await?;
    let failed = events.last().is_some_and(|last| last.name == EventBody::ERROR);
    let seq = |row: &event::Model| u64::try_from(row.seq).unwrap_or_default();
    let since = match failed {
        // What follows the failure is what the caller has not seen yet.
        true => events.last().map_or(0, |last| seq(last) + 1),
        false => {
            let before = events.iter().rev().find(|row| row.name == EventBody::ERROR);
            before.map(|row| seq(row) + 1).or_else(|| events.first().map(seq)).unwrap_or_default()
        }
    };
    Ok(Kept::Before { id, since, failed })
}
