//! Opens the database: a file of SQLite, or a server of Postgres.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use super::migration::Migrator;
use super::{Store, StoreError};

/// Connections to a Postgres server. Transactions are short, and a replica has few in flight.
const CONNECTIONS: u32 = 16;
/// How long a statement waits for others who write.
const BUSY: Duration = Duration::from_secs(10);
/// How long, and how often, somebody waits for a file that others are opening at the same moment.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Names the lock that one replica holds while it brings the schema up to date. Any number, but always the same.
const MIGRATION_LOCK: i64 = 0x6d61_646f_6775_6368;

impl Store {
    /// Opens the database that `url` names, and brings its schema up to date: `sqlite:` and a path, or `postgres://…`.
    ///
    /// # Errors
    /// When the address names neither, the database cannot be used, a migration fails, or the settings that make
    /// commits durable are not in force.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = Self::reach(url).await?;
        store.migrate(None).await?;
        Ok(store)
    }

    /// Opens the database file `path`, making it and its folder if they are not there, and brings its schema up to
    /// date.
    ///
    /// # Errors
    /// When the file cannot be used, a migration fails, or SQLite does not take the settings that make commits durable.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let store = Self::file(path).await?;
        store.migrate(None).await?;
        Ok(store)
    }

    /// Opens the database that `url` names, whatever its schema is, and leaves that as it is. A file that is not there
    /// is made, and is empty.
    ///
    /// # Errors
    /// As [`Self::connect`], but for the migrations.
    pub async fn look_at_url(url: &str) -> Result<Self, StoreError> {
        Self::reach(url).await
    }

    /// Reaches the database, whatever its schema is.
    pub(super) async fn reach(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Self::file(Path::new(path)).await;
        }
        let server = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        Self::server(server.ok_or(StoreError::Address)?).await
    }

    async fn file(path: &Path) -> Result<Self, StoreError> {
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
                // What is deleted is overwritten: customers may ask for that.
                .pragma("secure_delete", "ON")
                .busy_timeout(BUSY)
        });
        let store = Self { db: connected_to_file(&options).await? };
        store.assert_setting("journal_mode", |found| found == "wal", "wal").await?;
        store.assert_setting("synchronous", |found| found == "2", "2").await?;
        Ok(store)
    }

    async fn server(address: &str) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(format!("postgres://{address}"));
        options.max_connections(CONNECTIONS).sqlx_logging(false);
        let store = Self { db: Database::connect(options).await? };
        // Whatever is not `off` waits for the server's own disk at least.
        store.assert_setting("synchronous_commit", |found| found != "off", "on").await?;
        store.assert_setting("fsync", |found| found == "on", "on").await?;
        Ok(store)
    }

    async fn assert_setting(
        &self,
        setting: &'static str,
        fits: impl Fn(&str) -> bool,
        wanted: &'static str,
    ) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        let asks = if backend == DbBackend::Postgres { "SHOW" } else { "PRAGMA" };
        let row = self.db.query_one_raw(Statement::from_string(backend, format!("{asks} {setting}"))).await?;
        let row = row.ok_or_else(|| StoreError::row(setting, "no answer"))?;
        let found =
            row.try_get_by_index::<String>(0).or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))?;
        if !fits(&found) {
            return Err(StoreError::NotDurable { setting, found, wanted });
        }
        Ok(())
    }

    /// How the schema differs from this program's, in steps: those that the database lacks, where it is older, and
    /// those that this program does not know, where it is newer. Changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn steps_apart(&self) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
        let taken = self.steps_taken().await?;
        let lacks = known.iter().filter(|step| !taken.contains(step)).cloned().collect();
        let unknown = taken.iter().filter(|step| !known.contains(step)).cloned().collect();
        Ok((lacks, unknown))
    }

    async fn steps_taken(&self) -> Result<Vec<String>, StoreError> {
        // The migrator itself would make the table before it reads it.
        if !SchemaManager::new(&self.db).has_table("seaql_migrations").await? {
            return Ok(Vec::new());
        }
        let steps = "SELECT version FROM seaql_migrations ORDER BY version";
        let rows = self.db.query_all_raw(Statement::from_string(self.db.get_database_backend(), steps)).await?;
        rows.iter().map(|row| Ok(row.try_get_by_index::<String>(0)?)).collect()
    }

    /// Brings the schema up to date, or on by so many steps: in one transaction, and one replica at a time.
    pub(super) async fn migrate(&self, steps: Option<u32>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            transaction.execute_unprepared(&lock).await?;
        }
        Migrator::up(&transaction, steps).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Connects to a file. Whoever opens a new one turns its write-ahead log on, and where two do so at once each holds what the other waits
/// for: SQLite refuses one of them without waiting, whatever its timeout. So it is asked again.
async fn connected_to_file(options: &ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let again = async {
        loop {
            match Database::connect(options.clone()).await {
                Err(error) if is_busy(&error) => tokio::time::sleep(LOOK_AGAIN).await,
                connected => return connected,
            }
        }
    };
    match tokio::time::timeout(PATIENCE, again).await {
        Ok(connected) => connected,
        Err(_) => Database::connect(options.clone()).await,
    }
}

/// Whether the database refuses because others are at it. (SQLite's result code 5; the rest of the number says more.)
fn is_busy(error: &DbErr) -> bool {
    const CODE: i32 = 5;
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else { return false };
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == CODE)
}
