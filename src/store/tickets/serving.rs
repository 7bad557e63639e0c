//! Who serves a ticket best: whoever speaks its customer's language, and whoever they had before.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::handoff::{OperatorName, Ticket, TicketId, TicketState};
use crate::language::Lang;
use crate::store::StoreError;
use crate::store::entity::{operator_profile, ticket};
use crate::store::operators::{languages, there_since};

/// An operator who wants a ticket.
#[derive(Debug, Clone)]
pub(super) struct Taker {
    name: OperatorName,
    languages: Vec<Lang>,
    /// How many more they take; any number if they have not said.
    room: Option<u64>,
    /// Colleagues who are there: what is theirs is left for them, while there is anything else as urgent.
    others: Vec<String>,
}

impl Taker {
    /// The operator as they are now. Their profile is locked until the transaction ends, so that two requests of theirs
    /// do not fill the same room. It is locked before any conversation, and nobody who holds a conversation wants a profile.
    pub(super) async fn locked(
        db: &DatabaseTransaction,
        name: &OperatorName,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let row = operator_profile::Entity::find_by_id(name.0.clone()).lock_exclusive().one(db).await?;
        Self::of(db, name, row, now).await
    }

    /// The operator as they are now.
    pub(super) async fn seen(
        db: &impl ConnectionTrait,
        name: &OperatorName,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let row = operator_profile::Entity::find_by_id(name.0.clone()).one(db).await?;
        Self::of(db, name, row, now).await
    }

    async fn of(
        db: &impl ConnectionTrait,
        name: &OperatorName,
        row: Option<operator_profile::Model>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut taker = Self { name: name.clone(), languages: Vec::new(), room: None, others: Vec::new() };
        if let Some(row) = row {
            taker.languages = languages(&row)?;
            if let Some(capacity) = row.capacity {
                let has = ticket::Entity::find()
                    .filter(ticket::Column::Operator.eq(name.0.as_str()))
                    .filter(ticket::Column::State.eq(TicketState::Claimed.word()))
                    .count(db)
                    .await?;
                taker.room = Some(u64::try_from(capacity).unwrap_or_default().saturating_sub(has));
            }
        }
        taker.others = operator_profile::Entity::find()
            .select_only()
            .column(operator_profile::Column::Name)
            .filter(operator_profile::Column::Present.eq(true))
            .filter(operator_profile::Column::LastSeen.gte(there_since(now).as_millisecond()))
            .filter(operator_profile::Column::Name.ne(name.0.as_str()))
            .into_tuple::<String>()
            .all(db)
            .await?;
        Ok(taker)
    }

    /// Whether they have as many as they take.
    pub(super) fn is_full(&self) -> bool {
        self.room == Some(0)
    }

    /// Which of several equally urgent tickets they take first: a customer whom they served before; then their languages;
    /// last those whom a colleague who is there served before. So no urgent case waits for a language, and none for ever:
    /// what is at risk becomes more urgent.
    pub(super) fn preference(&self) -> Expr {
        let column = |column: ticket::Column| Expr::col((ticket::Entity, column));
        let mut order = Expr::case(column(ticket::Column::EarlierOperator).eq(self.name.0.as_str()), Expr::val(0));
        if !self.others.is_empty() {
            let theirs = column(ticket::Column::EarlierOperator).is_in(self.others.iter().map(String::as_str));
            order = order.case(theirs, Expr::val(3));
        }
        if !self.languages.is_empty() {
            let spoken = column(ticket::Column::ServedLang).is_in(self.languages.iter().map(Lang::as_str));
            order = order.case(spoken, Expr::val(1));
        }
        order.finally(Expr::val(2)).into()
    }
}

/// The language in which a customer is to be served: the one they wish for, else the one they write.
pub(in crate::store) fn served_language(of: &Ticket) -> &Lang {
    of.case.wished_language.as_ref().unwrap_or(&of.case.language)
}

/// The operator who had the latest of the earlier cases that belong to a ticket.
pub(in crate::store) async fn earlier_operator(
    db: &impl ConnectionTrait,
    of: &Ticket,
) -> Result<Option<String>, StoreError> {
    if of.case.earlier.is_empty() {
        return Ok(None);
    }
    let had = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Operator)
        .filter(ticket::Column::Reference.is_in(of.case.earlier.iter().map(|earlier| earlier.as_str())))
        .filter(ticket::Column::Operator.is_not_null())
        .order_by_desc(ticket::Column::OpenedAt)
        .order_by_desc(ticket::Column::Id)
        .into_tuple::<Option<String>>()
        .one(db)
        .await?;
    Ok(had.flatten())
}

/// The ticket is for another operator than the one its customer had before.
pub(super) async fn forget_earlier_operator(db: &DatabaseTransaction, of: TicketId) -> Result<(), StoreError> {
    ticket::Entity::update_many()
        .col_expr(ticket::Column::EarlierOperator, Expr::val(None::<String>))
        .filter(ticket::Column::Id.eq(of.to_string()))
        .exec(db)
        .await?;
    Ok(())
}
