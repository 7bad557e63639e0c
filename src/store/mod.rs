//! What must outlive the process: conversations, what was said in them, and the articles' versions.
//!
//! SQLite through `sea-orm`, which also carries Postgres when the hand-off storey brings it. The log is write-ahead and every
//! commit is synced to the disk before it returns: `synchronous=FULL` is asserted at start, because no test that kills a
//! process can show a missing sync.

mod articles;
mod conversations;
mod entity;
mod migration;
mod receipts;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

pub use conversations::{Incoming, Kept};

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("store: {0}")]
    Database(#[from] DbErr),
    /// The file or folder cannot be used.
    #[error("store: {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A row that cannot be read back: written by another version, or damaged.
    #[error("store: unreadable {what}: {problem}")]
    Row {
        /// The kind of row and its name.
        what: String,
        /// What does not fit.
        problem: String,
    },
    /// SQLite did not take a setting on which durability rests.
    #[error(
        "store: SQLite answers {found} for {pragma}, and {wanted} is needed for messages to survive a power failure"
    )]
    NotDurable {
        /// The setting.
        pragma: &'static str,
        /// What SQLite says.
        found: String,
        /// What it must say.
        wanted: &'static str,
    },
    /// No such conversation.
    #[error("no such conversation")]
    UnknownConversation,
}

impl StoreError {
    fn row(what: impl std::fmt::Display, problem: impl std::fmt::Display) -> Self {
        Self::Row { what: what.to_string(), problem: problem.to_string() }
    }
}

/// The store. Cheap to clone: clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    db: DatabaseConnection,
}

impl Store {
    /// Opens the database file `path`, making it and its folder if they are not there, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be used, a migration fails, or SQLite does not take the settings that make commits durable.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::File { path: folder.display().to_string(), source })?;
        }
        let file = path.to_owned();
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(4).sqlx_logging(false).map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
        });
        let store = Self { db: Database::connect(options).await? };
        store.assert_pragma("journal_mode", "wal").await?;
        store.assert_pragma("synchronous", "2").await?;
        migration::Migrator::up(&store.db, None).await?;
        Ok(store)
    }

    async fn assert_pragma(&self, pragma: &'static str, wanted: &'static str) -> Result<(), StoreError> {
        let statement = Statement::from_string(self.db.get_database_backend(), format!("PRAGMA {pragma}"));
        let row = self.db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| StoreError::row(pragma, "no answer"))?;
        let found =
            row.try_get_by_index::<String>(0).or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))?;
        if found != wanted {
            return Err(StoreError::NotDurable { pragma, found, wanted });
        }
        Ok(())
    }

    /// Begins a transaction that writes: it takes the lock at once, so that it never has to be repeated half-way.
    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.db.begin_with_options(options).await
    }

    /// Writes and reads back, for `/readyz`: a full disk or a read-only folder is found here and not by a customer.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let backend = transaction.get_database_backend();
        transaction.execute_raw(Statement::from_string(backend, "CREATE TABLE readiness_probe (n INTEGER)")).await?;
        transaction.execute_raw(Statement::from_string(backend, "INSERT INTO readiness_probe VALUES (1)")).await?;
        transaction.rollback().await?;
        Ok(())
    }

    /// Closes the connections, so that SQLite folds its log into the file.
    pub async fn close(self) {
        let _ = self.db.close().await;
    }
}
