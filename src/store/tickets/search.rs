//! Finds tickets by what people remember of them: a reference, the number of an order, the customer's words.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::conversation::Role;
use crate::handoff::Reference;
use crate::store::entity::{conversation, message, promise, ticket};
use crate::store::folded::{self, Word};
use crate::store::held::filed;
use crate::store::{Filed, FoundCursor, Store, StoreError, TicketSearch};

impl Store {
    /// Tickets in which every word that is asked for is found: in what led to them, in what the customer said in their
    /// conversation, or in what the shop says of it; and those whose reference is quoted, however it is written. The
    /// newest first. Nothing is found for no word.
    ///
    /// The customers' words are looked through from end to end: no index helps to find what stands in the middle of a
    /// word, and languages without blanks have nothing but that.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn search_tickets(&self, search: &TicketSearch<'_>) -> Result<Vec<Filed>, StoreError> {
        let TicketSearch { asked, watcher, after, limit } = search;
        let words = folded::words(asked);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let all = words.into_iter().map(holds).fold(Condition::all(), Condition::add);
        let quoted = Reference::quoted(asked);
        let mut found = ticket::Entity::find().find_both_related(promise::Entity);
        found = match quoted.is_empty() {
            true => found.filter(all),
            false => {
                let named = ticket::Column::Reference.is_in(quoted.iter().map(Reference::as_str));
                found.filter(Condition::any().add(named).add(all))
            }
        };
        if !watcher.desks.is_empty() {
            let served = ticket::Column::Desk.is_in(watcher.desks.iter().map(|desk| desk.0.as_str()));
            let theirs = ticket::Column::Operator.eq(watcher.name.0.as_str());
            found = found.filter(Condition::any().add(served).add(theirs));
        }
        if let Some(FoundCursor { opened_at, id }) = after {
            let place = Expr::tuple([
                Expr::col((ticket::Entity, ticket::Column::OpenedAt)),
                Expr::col((ticket::Entity, ticket::Column::Id)),
            ]);
            found =
                found.filter(place.lt(Expr::tuple([Expr::val(opened_at.as_millisecond()), Expr::val(id.to_string())])));
        }
        let rows = found
            .order_by_desc(ticket::Column::OpenedAt)
            .order_by_desc(ticket::Column::Id)
            .limit(*limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(filed).collect()
    }
}

/// That a word is found, anywhere.
fn holds(word: Word) -> Condition {
    let conversation = || Expr::col((ticket::Entity, ticket::Column::ConversationId));
    let Word { pattern, is_number } = word;
    let found = Condition::any()
        .add(Expr::col((ticket::Entity, ticket::Column::Folded)).like(pattern.clone()))
        .add(conversation().in_subquery(said(pattern.clone())));
    // The names of what the shop tells are no words of anybody's.
    if is_number { found.add(conversation().in_subquery(told_by_shop(pattern))) } else { found }
}

fn said(word: LikeExpr) -> SelectStatement {
    Query::select()
        .column((message::Entity, message::Column::ConversationId))
        .from(message::Entity)
        .and_where(Expr::col((message::Entity, message::Column::Role)).eq(Role::Customer.word()))
        .and_where(Expr::col((message::Entity, message::Column::Folded)).like(word))
        .to_owned()
}

/// What the shop says is kept as it came: numbers of orders are looked for in it, and those are the same in small letters.
fn told_by_shop(word: LikeExpr) -> SelectStatement {
    Query::select()
        .column((conversation::Entity, conversation::Column::Id))
        .from(conversation::Entity)
        .and_where(Expr::expr(Func::lower(Expr::col((conversation::Entity, conversation::Column::Context)))).like(word))
        .to_owned()
}
