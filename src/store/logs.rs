//! Who did what; how long cases took.

use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{audit, handling};
use super::rows::{small, timestamp};
use super::{Audited, Handling, Store, StoreError};
use crate::guard::DeskCode;

/// Samples looked back on: some weeks of a busy desk. What lies further back was another team.
const SAMPLES: u64 = 5_000;

impl Store {
    /// Notes who did what to what, where no other method does it along with the deed: a look at a customer's data, for
    /// one. `who` is never an operator's bare name, but the word that `handoff::By` makes of it; `about` is an id, and
    /// nothing that a customer said.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, who: &str, what: &str, about: &str, at: Timestamp) -> Result<(), StoreError> {
        note_down(&self.db, who, what, about, at).await
    }

    /// The same about several things at once.
    ///
    /// # Errors
    /// When the database fails; then nothing is noted.
    pub async fn audit_each(&self, who: &str, what: &str, about: &[String], at: Timestamp) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        for about in about {
            note_down(&transaction, who, what, about, at).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Lines of the audit log after `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn audited(&self, after: u64, limit: u64) -> Result<Vec<Audited>, StoreError> {
        let rows = audit::Entity::find()
            .filter(audit::Column::Seq.gt(i64::try_from(after).unwrap_or(i64::MAX)))
            .order_by_asc(audit::Column::Seq)
            .limit(limit)
            .all(&self.db)
            .await?;
        let read = |row: audit::Model| {
            let audit::Model { seq, at, who, what, about } = row;
            let seq = u64::try_from(seq).unwrap_or_default();
            Ok(Audited { seq, at: timestamp("audit", at)?, who, what, about })
        };
        rows.into_iter().map(read).collect()
    }

    /// How long a desk's cases took that were settled last, the latest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn handling(&self, desk: &DeskCode) -> Result<Vec<Handling>, StoreError> {
        let rows = handling::Entity::find()
            .filter(handling::Column::Desk.eq(desk.0.as_str()))
            .order_by_desc(handling::Column::At)
            .limit(SAMPLES)
            .all(&self.db)
            .await?;
        let read = |row: handling::Model| {
            Ok(Handling {
                hour_of_week: small(row.hour_of_week),
                waited: SignedDuration::from_millis(row.waited_ms),
                handled: SignedDuration::from_millis(row.handled_ms),
                at: timestamp("handling", row.at)?,
            })
        };
        rows.into_iter().map(read).collect()
    }
}

/// Adds a line to the audit log.
pub(super) async fn note_down(
    db: &impl ConnectionTrait,
    who: &str,
    what: &str,
    about: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let row = audit::ActiveModel {
        at: Set(at.as_millisecond()),
        who: Set(who.to_owned()),
        what: Set(what.to_owned()),
        about: Set(about.to_owned()),
        ..Default::default()
    };
    audit::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
