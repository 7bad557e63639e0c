//! Two tickets of one customer become one.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::operate::still_open;
use super::{change, is_seen, is_theirs};
use crate::conversation::ConversationId;
use crate::handoff::{InquiryState, Move, Ticket, TicketId, TicketState};
use crate::store::desk_events::{Changed, changed};
use crate::store::entity::{conversation, inquiry, ticket};
use crate::store::held::Held;
use crate::store::logs::note_down;
use crate::store::promises::{Merger, promise_of, take_over};
use crate::store::rows::{conversation_id, to_json, to_ticket};
use crate::store::{Act, DeskEventKind, Merged, Merging, Store, StoreError};

impl Store {
    /// A ticket goes into another one, which stays: its own conversation ends, its notes are seen there, and what was
    /// promised about either is owed there, by the earlier time. The other becomes as urgent as the more urgent of both.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another operator has the ticket, [`StoreError::NotNow`] when one of both is not open,
    /// [`StoreError::Stale`] when one has changed since they looked, so that the customer would be told another time than
    /// the one that holds, [`StoreError::Untimely`] while somebody else is asked about the case that would be closed,
    /// because nobody would remind them any more, [`StoreError::Itself`] when both are one. Then nothing changes.
    pub async fn merge(&self, act: &Act<'_>, merging: Merging<'_>) -> Result<Merged, StoreError> {
        if act.ticket == merging.into {
            return Err(StoreError::Itself);
        }
        let transaction = self.begin().await?;
        let (mut here, there) = both(&transaction, act.ticket, merging.into).await?;
        let (mut closed, mut into) = (here.1, there.1);
        is_seen(&closed, act.seen)?;
        still_open(&here.0, &closed, Move::Close)?;
        still_open(&there.0, &into, Move::Release)?;
        is_theirs(&closed, act.by)?;
        if is_asking(&transaction, closed.id).await? {
            return Err(StoreError::Untimely(
                "somebody was asked about the case and has not answered: wait, or merge the other case into this one",
            ));
        }
        let owed = promise_of(&transaction, closed.id).await?.ok_or(StoreError::UnknownTicket)?;
        let owed_there = promise_of(&transaction, into.id).await?.ok_or(StoreError::UnknownTicket)?;
        if owed.in_force(&owed_there) != merging.in_force {
            return Err(StoreError::Stale);
        }
        let who = act.who();
        let merger = Merger { by: &who, at: act.at, words: merging.words };
        take_over(&transaction, (&owed, &closed.reference), (&owed_there, &into.reference), merger).await?;

        let before = closed.version;
        closed.state = TicketState::Merged;
        closed.closed_at = Some(act.at);
        closed.snoozed_until = None;
        closed.merged_into = Some(into.id);
        change(&transaction, before, &mut closed).await?;
        here.0.pass(&transaction, Move::Close, act.at).await?;

        let before = into.version;
        into.priority = into.priority.min(closed.priority);
        into.level = into.level.max(closed.level);
        into.snoozed_until = None;
        if !into.case.earlier.contains(&closed.reference) {
            into.case.earlier.push(closed.reference.clone());
        }
        change(&transaction, before, &mut into).await?;
        ticket::Entity::update_many()
            .col_expr(ticket::Column::Kase, Expr::val(to_json(&into.case)?))
            .filter(ticket::Column::Id.eq(into.id.to_string()))
            .exec(&transaction)
            .await?;

        here.0.tell(&transaction, Some(closed.id), None, merging.here).await?;
        there.0.tell(&transaction, Some(into.id), None, merging.there).await?;
        note_down(&transaction, &who, "merge", &closed.id.to_string(), act.at).await?;
        note_down(&transaction, &who, "merge_into", &into.id.to_string(), act.at).await?;
        changed(&transaction, &closed, Changed::new(DeskEventKind::Merged, &who, act.at)).await?;
        changed(&transaction, &into, Changed::new(DeskEventKind::TookOver, &who, act.at)).await?;
        transaction.commit().await?;
        Ok(Merged { closed, into })
    }

    /// Whether two conversations are known to be the same customer's: they came by the same account of the shop, or have
    /// shown the same mail address to be theirs.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn same_customer(&self, one: ConversationId, other: ConversationId) -> Result<bool, StoreError> {
        if one == other {
            return Ok(true);
        }
        let find = async |id: ConversationId| {
            let row = conversation::Entity::find_by_id(id.to_string()).one(&self.db).await?;
            row.ok_or(StoreError::UnknownConversation)
        };
        let (one, other) = (find(one).await?, find(other).await?);
        let account = one.subject.is_some() && one.subject == other.subject;
        let address = |row: conversation::Model| {
            row.email.filter(|_| row.email_verified_at.is_some()).map(|email| email.to_lowercase())
        };
        let (one, other) = (address(one), address(other));
        Ok(account || (one.is_some() && one == other))
    }

    /// The tickets that are handled together with this one, and those that were with them; oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn merged_into(&self, of: TicketId) -> Result<Vec<Ticket>, StoreError> {
        let mut merged: Vec<Ticket> = Vec::new();
        let mut targets = vec![of];
        // A ticket that was merged is closed, so none can come round to where it began; each is looked at once all the same.
        while !targets.is_empty() {
            let rows = ticket::Entity::find()
                .filter(ticket::Column::MergedInto.is_in(targets.iter().map(ToString::to_string)))
                .order_by_asc(ticket::Column::OpenedAt)
                .order_by_asc(ticket::Column::Id)
                .all(&self.db)
                .await?;
            let found = rows.into_iter().map(to_ticket).collect::<Result<Vec<_>, _>>()?;
            let fresh = |ticket: &Ticket| ticket.id != of && merged.iter().all(|known| known.id != ticket.id);
            let found: Vec<Ticket> = found.into_iter().filter(fresh).collect();
            targets = found.iter().map(|ticket| ticket.id).collect();
            merged.extend(found);
        }
        merged.sort_by_key(|ticket| (ticket.opened_at, ticket.id));
        Ok(merged)
    }
}

/// Locks the conversations of two tickets, always in the same order, so that two who merge do not wait for each other; and
/// reads the tickets as they then are.
async fn both(
    db: &DatabaseTransaction,
    one: TicketId,
    other: TicketId,
) -> Result<((Held, Ticket), (Held, Ticket)), StoreError> {
    let lies_first = conversation_of(db, one).await? <= conversation_of(db, other).await?;
    if lies_first {
        let first = Held::with_ticket(db, one).await?;
        return Ok((first, Held::with_ticket(db, other).await?));
    }
    let first = Held::with_ticket(db, other).await?;
    Ok((Held::with_ticket(db, one).await?, first))
}

/// Whether somebody was asked about a ticket and has not answered.
async fn is_asking(db: &impl ConnectionTrait, of: TicketId) -> Result<bool, StoreError> {
    let unanswered = inquiry::Entity::find()
        .filter(inquiry::Column::TicketId.eq(of.to_string()))
        .filter(inquiry::Column::State.is_in([InquiryState::Open.word(), InquiryState::Lapsed.word()]));
    Ok(unanswered.count(db).await? > 0)
}

async fn conversation_of(db: &impl ConnectionTrait, of: TicketId) -> Result<ConversationId, StoreError> {
    let row = ticket::Entity::find_by_id(of.to_string()).one(db).await?.ok_or(StoreError::UnknownTicket)?;
    conversation_id(&row.conversation_id)
}
