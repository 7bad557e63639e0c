//! How far off promises are, and how often they move: the other side of how many were kept.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::entity::ledger;
use crate::store::{LedgerKind, Store, StoreError};

/// Milliseconds of a minute.
const MINUTE: f64 = 60_000.0;

/// What kept promises alone do not tell: whoever promises late enough keeps every promise. From the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PromiseFigures {
    /// Cases about which something was promised.
    pub tickets: u64,
    /// Minutes, by the clock, from a case's opening to the time that was promised first: as often less as more. Absent
    /// while nothing was promised.
    pub median_promised_minutes: Option<f64>,
    /// How often customers were told a later time, a case. Absent while nothing was promised.
    pub renegotiations_per_ticket: Option<f64>,
}

impl Store {
    /// How far off promises are and how often they move.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn promise_figures(&self) -> Result<PromiseFigures, StoreError> {
        let tickets = of(LedgerKind::Promised).count(&self.db).await?;
        let moved = of(LedgerKind::Renegotiated).count(&self.db).await?;
        // The lower one of the two in the middle, where there are two: a time that was promised, not one between two.
        let middle = tickets.saturating_sub(1) / 2;
        let length = Expr::col((ledger::Entity, ledger::Column::PromisedBy))
            .sub(Expr::col((ledger::Entity, ledger::Column::At)));
        let median = of(LedgerKind::Promised)
            .select_only()
            .expr_as(length.clone(), "length")
            .order_by(length, Order::Asc)
            .offset(middle)
            .limit(1)
            .into_tuple::<Option<i64>>()
            .one(&self.db)
            .await?
            .flatten();
        #[expect(clippy::cast_precision_loss, reason = "counts and durations far below what a double holds exactly")]
        Ok(PromiseFigures {
            tickets,
            median_promised_minutes: median.map(|milliseconds| milliseconds as f64 / MINUTE),
            renegotiations_per_ticket: (tickets > 0).then(|| moved as f64 / tickets as f64),
        })
    }
}

/// The ledger's lines of a kind.
fn of(kind: LedgerKind) -> Select<ledger::Entity> {
    ledger::Entity::find().filter(ledger::Column::Kind.eq(kind.word())).filter(ledger::Column::PromisedBy.is_not_null())
}
