//! What must outlive the process: conversations, what was said in them, whose they are, what was promised, and the
//! articles' versions.
//!
//! SQLite or Postgres, with one set of queries and migrations through `sea-orm`. Every commit is on the disk before it
//! returns: the settings on which that rests are asserted at start, because no test that kills a process can show a
//! missing sync.
//!
//! Every change is one transaction. On SQLite it is `IMMEDIATE`, so that there is one at a time; on Postgres it first
//! locks the row of the conversation it is about, and only then anything that hangs on it. So whatever counts or
//! compares within a conversation is alone with it, and no two changes wait for each other. What many take from one
//! queue (tickets, promises that are due, notices) is taken by `FOR UPDATE SKIP LOCKED`, which waits for nobody; SQLite
//! needs no such words and is given none.

mod articles;
mod audits;
mod backup;
mod contacts;
mod conversations;
mod desk_events;
mod drafts;
mod entity;
mod erasure;
mod events;
mod finish;
mod folded;
mod handed;
mod held;
mod history;
mod holds;
mod idle;
mod inquiries;
mod letters;
mod live;
mod logs;
mod mailed;
mod migration;
mod open;
mod operators;
mod outbox;
mod own;
mod promises;
mod receipts;
mod receive;
mod resume;
mod rows;
mod scrub;
#[cfg(test)]
mod tests;
mod tickets;
mod tombstones;
mod turns;
mod waiting;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use crate::handoff::NotNow;

pub use audits::AuditFilter;
pub use backup::{Copied, NotTaken};
pub use drafts::{Draft, DraftLine};
pub use erasure::{Begun, ErasedBy, Erasing, Removed};
pub use handed::{
    ASSISTANT, Act, Audited, CLOCKWORK, CUSTOMER, Contact, DeskEvent, DeskEventKind, Feedback, Filed, Finished,
    FoundCursor, Handling, INBOUND, Keeping, LedgerEntry, LedgerKind, Merged, Merging, NewNotice, NewPromise,
    NewTicket, Note, Notice, NoticeState, Opened, OutboxFilter, Promise, PromiseCounts, PromiseCursor, PromiseFilter,
    PromiseState, Settles, Target, Telling, TicketCursor, TicketFilter, TicketSearch, Watcher,
};
pub use holds::{Hold, HoldAct};
pub use inquiries::{Looked, NewInquiry};
pub use mailed::{End, Returned, mail_key};
pub use operators::{OperatorAtWork, OperatorProfile};
pub use own::{Own, OwnCursor, TakenOver};
pub use promises::PromiseFigures;
pub use receive::{Incoming, Kept};
pub use scrub::Scrubbed;
pub use tombstones::Tombstone;
pub use turns::{Attempt, TURN_LEASE};

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
    /// An address that names no database that can be used. It may hold a password, and is not repeated.
    #[error("store: the address begins neither with sqlite: nor with postgres://")]
    Address,
    /// A row that cannot be read back: written by another version, or damaged.
    #[error("store: unreadable {what}: {problem}")]
    Row {
        /// The kind of row and its name.
        what: String,
        /// What does not fit.
        problem: String,
    },
    /// The database did not take a setting on which durability rests.
    #[error(
        "store: the database answers {found} for {setting}, and {wanted} is needed for messages to survive a power failure"
    )]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// What the database says.
        found: String,
        /// What it must say.
        wanted: &'static str,
    },
    /// No such conversation.
    #[error("no such conversation")]
    UnknownConversation,
    /// No such ticket.
    #[error("no such ticket")]
    UnknownTicket,
    /// No such notice.
    #[error("no such notice")]
    UnknownNotice,
    /// The message has been answered, or has gone to a person; a second outcome is refused.
    #[error("the message has been answered already")]
    Answered,
    /// It has changed since it was looked at.
    #[error("it has changed in the meantime: look at it again")]
    Stale,
    /// Whoever has the conversation now, this cannot be done to it.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// Another operator has the ticket.
    #[error("{operator} has the ticket")]
    Taken {
        /// Who.
        operator: String,
    },
    /// A promise cannot be treated like that.
    #[error("{0}")]
    Untimely(&'static str),
    /// A ticket was to go into itself.
    #[error("a case cannot be merged into itself")]
    Itself,
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
    /// Begins a transaction that writes. On SQLite it takes the lock at once, so that it never has to be repeated
    /// half-way.
    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.db.begin_with_options(options).await
    }

    /// Writes and takes it back, for `/readyz`: a read-only folder or a standby server is found here and not by a
    /// customer.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let backend = transaction.get_database_backend();
        // The name is a temporary one: on Postgres, two replicas would otherwise wait for each other.
        let temporary = if backend == sea_orm::DbBackend::Postgres { "TEMPORARY " } else { "" };
        let create = format!("CREATE {temporary}TABLE readiness_probe (n INTEGER)");
        transaction.execute_raw(Statement::from_string(backend, create)).await?;
        transaction.execute_raw(Statement::from_string(backend, "INSERT INTO readiness_probe VALUES (1)")).await?;
        transaction.rollback().await?;
        Ok(())
    }

    /// Closes the connections, so that SQLite folds its log into the file.
    pub async fn close(self) {
        let _ = self.db.close().await;
    }
}
