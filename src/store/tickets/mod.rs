//! Tickets: the cases that people settle.

mod claim;
mod customer;
mod merge;
mod operate;
mod queue;
mod search;
mod serving;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use super::entity::{note, ticket};
use super::rows::{to_note, to_ticket};
use super::{Note, Store, StoreError};
use crate::conversation::ConversationId;
use crate::handoff::{OperatorName, Reference, Ticket, TicketId, TicketState};

pub(super) use serving::{earlier_operator, served_language};

impl Store {
    /// A ticket.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        ticket::Entity::find_by_id(id.to_string()).one(&self.db).await?.map(to_ticket).transpose()
    }

    /// The ticket of this reference.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn ticket_by_reference(&self, reference: &Reference) -> Result<Option<Ticket>, StoreError> {
        let of_reference = ticket::Column::Reference.eq(reference.as_str());
        ticket::Entity::find().filter(of_reference).one(&self.db).await?.map(to_ticket).transpose()
    }

    /// The ticket of a conversation that somebody still has to settle.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn open_ticket_of(&self, of: ConversationId) -> Result<Option<Ticket>, StoreError> {
        Ok(super::held::open(&self.db, of).await?.map(|open| open.ticket))
    }

    /// All tickets of a conversation, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn tickets_of(&self, of: ConversationId) -> Result<Vec<Ticket>, StoreError> {
        let rows = ticket::Entity::find()
            .filter(ticket::Column::ConversationId.eq(of.to_string()))
            .order_by_asc(ticket::Column::OpenedAt)
            .order_by_asc(ticket::Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_ticket).collect()
    }

    /// What operators noted about a ticket, and about those that are handled together with it; oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn notes(&self, of: TicketId) -> Result<Vec<Note>, StoreError> {
        let merged = self.merged_into(of).await?;
        self.notes_about(std::iter::once(of).chain(merged.iter().map(|ticket| ticket.id))).await
    }

    /// What operators noted about this very ticket, without those that are handled together with it: one of them may have been another
    /// person's. Oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn own_notes(&self, of: TicketId) -> Result<Vec<Note>, StoreError> {
        self.notes_about(std::iter::once(of)).await
    }

    async fn notes_about(&self, tickets: impl Iterator<Item = TicketId>) -> Result<Vec<Note>, StoreError> {
        let tickets: Vec<String> = tickets.map(|id| id.to_string()).collect();
        let rows = note::Entity::find()
            .filter(note::Column::TicketId.is_in(tickets))
            .order_by_asc(note::Column::At)
            .order_by_asc(note::Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_note).collect()
    }
}

/// Keeps a ticket as it is now, under the version after `before`: if somebody else was first, nothing is kept.
pub(super) async fn change(db: &DatabaseTransaction, before: u32, now: &mut Ticket) -> Result<(), StoreError> {
    now.version = before.saturating_add(1);
    let milliseconds = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let changed = ticket::Entity::update_many()
        .col_expr(ticket::Column::Desk, Expr::val(now.desk.0.as_str()))
        .col_expr(ticket::Column::Priority, Expr::val(i32::from(now.priority)))
        .col_expr(ticket::Column::Level, Expr::val(i32::from(now.level)))
        .col_expr(ticket::Column::State, Expr::val(now.state.word()))
        .col_expr(ticket::Column::Operator, Expr::val(now.operator.as_ref().map(|operator| operator.0.clone())))
        .col_expr(ticket::Column::ClaimedAt, Expr::val(milliseconds(now.claimed_at)))
        .col_expr(ticket::Column::ClosedAt, Expr::val(milliseconds(now.closed_at)))
        .col_expr(ticket::Column::SnoozedUntil, Expr::val(milliseconds(now.snoozed_until)))
        .col_expr(ticket::Column::MergedInto, Expr::val(now.merged_into.map(|into| into.to_string())))
        .col_expr(ticket::Column::Version, Expr::val(number(now.version)))
        .filter(ticket::Column::Id.eq(now.id.to_string()))
        .filter(ticket::Column::Version.eq(number(before)))
        .exec(db)
        .await?;
    if changed.rows_affected == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// The customer said more: the ticket sleeps no longer.
pub(super) async fn wake(db: &DatabaseTransaction, asleep: &Ticket) -> Result<(), StoreError> {
    if asleep.snoozed_until.is_none() {
        return Ok(());
    }
    let mut awake = Ticket { snoozed_until: None, ..asleep.clone() };
    change(db, asleep.version, &mut awake).await
}

/// Refuses a version that is not the one that was seen.
fn is_seen(ticket: &Ticket, seen: Option<u32>) -> Result<(), StoreError> {
    if seen.is_some_and(|seen| seen != ticket.version) { Err(StoreError::Stale) } else { Ok(()) }
}

/// Refuses a ticket that another operator has.
fn is_theirs(ticket: &Ticket, by: &OperatorName) -> Result<(), StoreError> {
    match &ticket.operator {
        Some(operator) if ticket.state == TicketState::Claimed && operator != by => {
            Err(StoreError::Taken { operator: operator.0.clone() })
        }
        _ => Ok(()),
    }
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
