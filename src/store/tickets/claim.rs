//! Who takes a ticket: always one.

use jiff::Timestamp;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Select,
};

use super::queue::awake;
use super::serving::Taker;
use super::{change, is_seen, is_theirs};
use crate::guard::DeskCode;
use crate::handoff::{Move, OperatorName, Ticket, TicketState};
use crate::store::desk_events::{Changed, changed};
use crate::store::entity::{promise, ticket};
use crate::store::held::Held;
use crate::store::logs::note_down;
use crate::store::rows::{conversation_id, ticket_id, to_ticket};
use crate::store::{Act, DeskEventKind, Store, StoreError, Telling};

/// How often another ticket is looked for when the one that was found is gone.
const TRIES: usize = 16;

impl Store {
    /// An operator takes a ticket that waits. Of several who try, one gets it; who has it already keeps it.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another has it, [`StoreError::NotNow`] when nobody waits for it any more,
    /// [`StoreError::Stale`] when it has changed since they looked.
    pub async fn claim(&self, act: &Act<'_>) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (mut held, ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        if ticket.state == TicketState::Claimed {
            is_theirs(&ticket, act.by)?;
            return Ok(ticket);
        }
        is_seen(&ticket, act.seen)?;
        let ticket = take(&transaction, &mut held, ticket, act.by, act.at).await?;
        transaction.commit().await?;
        Ok(ticket)
    }

    /// An operator takes the first ticket that waits at one of these desks (at any, if none is named) and is not
    /// asleep: of the most urgent ones first that of a customer whom they served before, then one in their languages. Several
    /// operators get several tickets. `None` if nothing waits, or if they have as many as they take.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn claim_next(
        &self,
        desks: &[DeskCode],
        operator: &OperatorName,
        now: Timestamp,
    ) -> Result<Option<Ticket>, StoreError> {
        if let Some(ticket) = self.claim_unlocked(desks, operator, now).await? {
            return Ok(Some(ticket));
        }
        // Nothing waits that nobody has a hand on: for those that somebody has, one waits one's turn.
        for _ in 0..TRIES {
            let taker = Taker::seen(&self.db, operator, now).await?;
            if taker.is_full() {
                return Ok(None);
            }
            let Some(first) = waiting(desks, &taker, now).one(&self.db).await? else { return Ok(None) };
            let act = Act { ticket: ticket_id(&first.id)?, by: operator, at: now, seen: None };
            match self.claim_waiting(&act).await {
                Ok(None) => return Ok(None),
                Ok(Some(ticket)) => return Ok(Some(ticket)),
                Err(StoreError::Taken { .. } | StoreError::NotNow(_) | StoreError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The first ticket that nobody else is busy with at this moment.
    async fn claim_unlocked(
        &self,
        desks: &[DeskCode],
        operator: &OperatorName,
        now: Timestamp,
    ) -> Result<Option<Ticket>, StoreError> {
        let transaction = self.begin().await?;
        let taker = Taker::locked(&transaction, operator, now).await?;
        if taker.is_full() {
            return Ok(None);
        }
        // The conversation is locked along with the ticket, and nothing is waited for: so this is in nobody's way,
        // whatever they hold.
        let found = waiting(desks, &taker, now)
            .join(JoinType::InnerJoin, ticket::Relation::Conversation.def())
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(&transaction)
            .await?;
        let Some(row) = found else { return Ok(None) };
        let mut held = Held::lock(&transaction, conversation_id(&row.conversation_id)?).await?;
        let ticket = take(&transaction, &mut held, to_ticket(row)?, operator, now).await?;
        transaction.commit().await?;
        Ok(Some(ticket))
    }

    /// As [`Store::claim`], but a ticket that the operator has already does not count. `None` if they have as many as they
    /// take.
    async fn claim_waiting(&self, act: &Act<'_>) -> Result<Option<Ticket>, StoreError> {
        let transaction = self.begin().await?;
        if Taker::locked(&transaction, act.by, act.at).await?.is_full() {
            return Ok(None);
        }
        let (mut held, ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        let ticket = take(&transaction, &mut held, ticket, act.by, act.at).await?;
        transaction.commit().await?;
        Ok(Some(ticket))
    }
}

/// The tickets that wait at these desks, the first one for this operator first.
fn waiting(desks: &[DeskCode], taker: &Taker, now: Timestamp) -> Select<ticket::Entity> {
    let found = ticket::Entity::find()
        .join(JoinType::InnerJoin, ticket::Relation::Promise.def())
        .filter(ticket::Column::State.eq(TicketState::Waiting.word()))
        .filter(awake(now))
        .order_by_asc(ticket::Column::Priority)
        .order_by(taker.preference(), Order::Asc)
        .order_by_asc(promise::Column::PromisedBy)
        .order_by_asc(ticket::Column::OpenedAt)
        .order_by_asc(ticket::Column::Id);
    if desks.is_empty() {
        return found;
    }
    found.filter(ticket::Column::Desk.is_in(desks.iter().map(|desk| desk.0.as_str())))
}

/// Gives a waiting ticket to an operator.
async fn take(
    db: &DatabaseTransaction,
    held: &mut Held,
    mut ticket: Ticket,
    operator: &OperatorName,
    at: Timestamp,
) -> Result<Ticket, StoreError> {
    held.pass(db, Move::Claim, at).await?;
    if ticket.state != TicketState::Waiting {
        return Err(StoreError::Stale);
    }
    let before = ticket.version;
    ticket.state = TicketState::Claimed;
    ticket.operator = Some(operator.clone());
    ticket.claimed_at = ticket.claimed_at.or(Some(at));
    ticket.snoozed_until = None;
    change(db, before, &mut ticket).await?;
    held.tell(db, Some(ticket.id), None, Telling::default()).await?;
    let act = Act { ticket: ticket.id, by: operator, at, seen: None };
    note_down(db, &act.who(), "claim", &ticket.id.to_string(), at).await?;
    changed(db, &ticket, Changed::new(DeskEventKind::Claimed, &act.who(), at)).await?;
    Ok(ticket)
}
