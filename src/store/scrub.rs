//! What is deleted is gone from the file, not only from the tables.
//!
//! Three places keep what was deleted. Freed space is overwritten at once (`secure_delete`, set when the file is opened). SQLite's
//! log holds pages as they were: it is emptied after each erasure. And where a page was divided, copies of rows are left between
//! those that are there: only writing the whole file anew (`VACUUM`) gets rid of them. That is done soon afterwards, for several
//! erasures at once; a mark in the file's header remembers that it is due, also over a crash.
//!
//! Postgres does all this by itself, in its own time: README states the window.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};

use super::{Store, StoreError};

/// The largest file that is written anew while customers are served: while that is done, nobody can write, and a writer waits ten
/// seconds at the most. A larger one is written anew at the next start.
const LARGEST_WHILE_SERVING: i64 = 512 * 1024 * 1024;

/// What stands in the header (`user_version`).
const DUE: i64 = 0;
const CLEAN: i64 = 1;
const UNDER_WAY: i64 = 2;

/// Whether the file holds nothing of what was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scrubbed {
    /// It does not, as far as it is known; or it is no file of ours.
    Clean,
    /// It may, until the next start: it is too large to be written anew now.
    AtNextStart,
}

impl Store {
    /// Empties SQLite's log. Whether it is empty; where somebody reads from it, it is not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn empty_log(&self) -> Result<bool, StoreError> {
        if !is_sqlite(&self.db) {
            return Ok(true);
        }
        Ok(self.number("PRAGMA wal_checkpoint(TRUNCATE)").await? == 0)
    }

    /// Writes the whole file anew, if something was deleted since that was last done. `at_start`: nobody is served yet, and it may be
    /// of any size.
    ///
    /// # Errors
    /// When the database fails; it stays due.
    pub async fn scrub(&self, at_start: bool) -> Result<Scrubbed, StoreError> {
        if !is_sqlite(&self.db) || self.number("PRAGMA user_version").await? == CLEAN {
            return Ok(Scrubbed::Clean);
        }
        let size = self.number("PRAGMA page_count").await?.saturating_mul(self.number("PRAGMA page_size").await?);
        if !at_start && size > LARGEST_WHILE_SERVING {
            return Ok(Scrubbed::AtNextStart);
        }
        self.db.execute_unprepared(&set(UNDER_WAY)).await?;
        self.db.execute_unprepared("VACUUM").await?;
        // What was deleted meanwhile has marked the file again, and then it stays due.
        let transaction = self.begin().await?;
        if number(&transaction, "PRAGMA user_version").await? == UNDER_WAY {
            transaction.execute_unprepared(&set(CLEAN)).await?;
        }
        transaction.commit().await?;
        self.empty_log().await?;
        Ok(Scrubbed::Clean)
    }

    async fn number(&self, pragma: &str) -> Result<i64, StoreError> {
        number(&self.db, pragma).await
    }
}

/// Remembers, in the transaction that deletes, that the file is to be written anew.
pub(super) async fn mark(db: &DatabaseTransaction) -> Result<(), StoreError> {
    if is_sqlite(db) {
        db.execute_unprepared(&set(DUE)).await?;
    }
    Ok(())
}

fn set(version: i64) -> String {
    format!("PRAGMA user_version = {version}")
}

/// The first number that a pragma answers.
async fn number(db: &impl ConnectionTrait, pragma: &str) -> Result<i64, StoreError> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), pragma)).await?;
    Ok(row.ok_or_else(|| StoreError::row(pragma, "no answer"))?.try_get_by_index::<i64>(0)?)
}

/// Whether the database is SQLite: only there does anything remain in the file that must be seen to.
fn is_sqlite(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Sqlite
}
