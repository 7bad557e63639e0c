//! Promises: who looks after them, what becomes of them, and the ledger that forgets nothing.

mod change;
mod figures;
mod ledger;
mod merge;
mod read;

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{promise, ticket};
use super::held::filed;
use super::{Filed, Store, StoreError};

pub(super) use change::{keep, withdraw};
pub use figures::PromiseFigures;
pub(super) use ledger::{Line, write};
pub(super) use merge::{Merger, take_over};
pub(super) use read::promise as promise_of;

impl Store {
    /// Takes the promises that somebody must look at by now, the most urgent first, at most `limit`. Until
    /// `lease_until` nobody else gets them: several replicas may ask at once. Whoever has one either does something
    /// about it ([`Store::warn`], [`Store::renegotiate`], [`Store::breach`], [`Store::look_again`]), which ends the
    /// lease, or dies, and then another gets it when the lease is over.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn due(&self, now: Timestamp, lease_until: Timestamp, limit: u64) -> Result<Vec<Filed>, StoreError> {
        let transaction = self.begin().await?;
        let unclaimed = Condition::any()
            .add(promise::Column::ClaimedUntil.is_null())
            .add(promise::Column::ClaimedUntil.lte(now.as_millisecond()));
        let ids: Vec<String> = promise::Entity::find()
            .select_only()
            .column(promise::Column::TicketId)
            .filter(promise::Column::NextDue.lte(now.as_millisecond()))
            .filter(unclaimed)
            .order_by_asc(promise::Column::PromisedBy)
            .order_by_asc(promise::Column::TicketId)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_tuple()
            .all(&transaction)
            .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        promise::Entity::update_many()
            .col_expr(promise::Column::ClaimedUntil, Expr::val(lease_until.as_millisecond()))
            .filter(promise::Column::TicketId.is_in(ids.iter().map(String::as_str)))
            .exec(&transaction)
            .await?;
        let rows = ticket::Entity::find()
            .find_both_related(promise::Entity)
            .filter(ticket::Column::Id.is_in(ids))
            .order_by_asc(promise::Column::PromisedBy)
            .order_by_asc(ticket::Column::Id)
            .all(&transaction)
            .await?;
        transaction.commit().await?;
        rows.into_iter().map(filed).collect()
    }
}
