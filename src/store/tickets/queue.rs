//! The queue: what waits, in which order, and what stands before what.

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SelectTwoRequired};

use crate::handoff::{TicketId, TicketState};
use crate::store::entity::{promise, ticket};
use crate::store::held::filed;
use crate::store::{Filed, Store, StoreError, TicketCursor, TicketFilter};

impl Store {
    /// Tickets as the queue has them: by urgency, then by what was promised, then by age.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn tickets(&self, filter: &TicketFilter) -> Result<Vec<Filed>, StoreError> {
        let TicketFilter { desks, states, operator, language, awake_at, after, limit } = filter;
        let mut found = ticket::Entity::find().find_both_related(promise::Entity);
        if !desks.is_empty() {
            found = found.filter(ticket::Column::Desk.is_in(desks.iter().map(|desk| desk.0.as_str())));
        }
        if !states.is_empty() {
            found = found.filter(ticket::Column::State.is_in(states.iter().map(|state| state.word())));
        }
        if let Some(operator) = operator {
            found = found.filter(ticket::Column::Operator.eq(operator.0.as_str()));
        }
        if let Some(language) = language {
            found = found.filter(ticket::Column::Lang.eq(language.as_str()));
        }
        if let Some(at) = awake_at {
            found = found.filter(awake(*at));
        }
        if let Some(after) = after {
            found = found.filter(place().gt(values(after)));
        }
        in_order(found).limit(*limit).all(&self.db).await?.into_iter().map(filed).collect()
    }

    /// How many tickets of its desk wait before this one and are not asleep. `None` if it does not wait.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn queue_ahead(&self, of: TicketId, now: Timestamp) -> Result<Option<u64>, StoreError> {
        let found = ticket::Entity::find_by_id(of.to_string()).find_both_related(promise::Entity).one(&self.db).await?;
        let Some(this) = found.map(filed).transpose()? else { return Ok(None) };
        if this.ticket.state != TicketState::Waiting {
            return Ok(None);
        }
        let ahead = ticket::Entity::find()
            .inner_join(promise::Entity)
            .filter(ticket::Column::State.eq(TicketState::Waiting.word()))
            .filter(ticket::Column::Desk.eq(this.ticket.desk.0.as_str()))
            .filter(awake(now))
            .filter(place().lt(values(&this.cursor())));
        Ok(Some(ahead.count(&self.db).await?))
    }
}

/// Sorted as a queue is.
fn in_order(
    found: SelectTwoRequired<ticket::Entity, promise::Entity>,
) -> SelectTwoRequired<ticket::Entity, promise::Entity> {
    found
        .order_by_asc(ticket::Column::Priority)
        .order_by_asc(promise::Column::PromisedBy)
        .order_by_asc(ticket::Column::OpenedAt)
        .order_by_asc(ticket::Column::Id)
}

/// Not asleep at `now`.
pub(super) fn awake(now: Timestamp) -> Condition {
    Condition::any()
        .add(ticket::Column::SnoozedUntil.is_null())
        .add(ticket::Column::SnoozedUntil.lte(now.as_millisecond()))
}

/// A ticket's place, as far as places are compared.
fn place() -> Expr {
    Expr::tuple([
        Expr::col((ticket::Entity, ticket::Column::Priority)),
        Expr::col((promise::Entity, promise::Column::PromisedBy)),
        Expr::col((ticket::Entity, ticket::Column::OpenedAt)),
        Expr::col((ticket::Entity, ticket::Column::Id)),
    ])
}

fn values(cursor: &TicketCursor) -> Expr {
    Expr::tuple([
        Expr::val(i32::from(cursor.priority)),
        Expr::val(cursor.promised_by.as_millisecond()),
        Expr::val(cursor.opened_at.as_millisecond()),
        Expr::val(cursor.id.to_string()),
    ])
}
