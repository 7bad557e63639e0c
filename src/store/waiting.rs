//! Notices that cannot go now, through no fault of their own: they have nowhere to go, or there is nothing to tell yet.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::entity::outbox;
use super::outbox::give_back;
use super::{NoticeState, Store, StoreError, letters};

impl Store {
    /// A notice has nowhere to go: it waits, and holds up none after it. That is no attempt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold(&self, id: Uuid, why: &str) -> Result<(), StoreError> {
        give_back(id)
            .col_expr(outbox::Column::State, Expr::val(NoticeState::Held.word()))
            .col_expr(outbox::Column::LastError, Expr::val(letters::kept(why)))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Sends off the notices that waited for these targets, by the words that [`super::Target::word`] gives. Returns how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_held(&self, targets: &[String], at: Timestamp) -> Result<u64, StoreError> {
        let released = outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::val(NoticeState::Pending.word()))
            .col_expr(outbox::Column::NextAt, Expr::val(at.as_millisecond()))
            .col_expr(outbox::Column::LastError, Expr::val(None::<String>))
            .filter(outbox::Column::State.eq(NoticeState::Held.word()))
            .filter(outbox::Column::Target.is_in(targets.iter().map(String::as_str)))
            .exec(&self.db)
            .await?;
        Ok(released.rows_affected)
    }

    /// There is nothing to tell yet: a notice is looked at again at `next_at`. That is no attempt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone(&self, id: Uuid, next_at: Timestamp) -> Result<(), StoreError> {
        give_back(id).col_expr(outbox::Column::NextAt, Expr::val(next_at.as_millisecond())).exec(&self.db).await?;
        Ok(())
    }

    /// There is nothing to tell any more: a notice that has not gone is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_notice(&self, id: Uuid) -> Result<(), StoreError> {
        outbox::Entity::delete_many()
            .filter(outbox::Column::Id.eq(id.to_string()))
            .filter(outbox::Column::State.eq(NoticeState::Pending.word()))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}
