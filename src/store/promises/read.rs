//! Promises as they stand.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::handoff::TicketId;
use crate::store::entity::{promise, ticket};
use crate::store::held::filed;
use crate::store::rows::to_promise;
use crate::store::{Filed, Promise, PromiseFilter, Store, StoreError};

impl Store {
    /// What is promised about a ticket.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn promise(&self, of: TicketId) -> Result<Option<Promise>, StoreError> {
        promise(&self.db, of).await
    }

    /// Promises by their time, the earliest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn promises(&self, filter: &PromiseFilter) -> Result<Vec<Filed>, StoreError> {
        let PromiseFilter { states, desks, promised_before, owed, after, limit } = filter;
        let mut found = ticket::Entity::find().find_both_related(promise::Entity);
        if !states.is_empty() {
            found = found.filter(promise::Column::State.is_in(states.iter().map(|state| state.word())));
        }
        if !desks.is_empty() {
            found = found.filter(ticket::Column::Desk.is_in(desks.iter().map(|desk| desk.0.as_str())));
        }
        if let Some(before) = promised_before {
            found = found.filter(promise::Column::PromisedBy.lt(before.as_millisecond()));
        }
        if *owed {
            found = found.filter(promise::Column::NextDue.is_not_null());
        }
        if let Some(after) = after {
            let place = Expr::tuple([
                Expr::col((promise::Entity, promise::Column::PromisedBy)),
                Expr::col((promise::Entity, promise::Column::TicketId)),
            ]);
            let last =
                Expr::tuple([Expr::val(after.promised_by.as_millisecond()), Expr::val(after.ticket.to_string())]);
            found = found.filter(place.gt(last));
        }
        let rows = found
            .order_by_asc(promise::Column::PromisedBy)
            .order_by_asc(promise::Column::TicketId)
            .limit(*limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(filed).collect()
    }
}

pub(in crate::store) async fn promise(db: &impl ConnectionTrait, of: TicketId) -> Result<Option<Promise>, StoreError> {
    promise::Entity::find_by_id(of.to_string()).one(db).await?.map(to_promise).transpose()
}
