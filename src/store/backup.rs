//! A copy of the database while it is in use, and a look at a copy before it is taken for the database.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use serde::Serialize;

use super::migration::Migrator;
use super::{Store, StoreError};

/// What a copy of the database is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// The last step of its schema.
    pub schema: String,
    /// How many conversations it holds.
    pub conversations: u64,
}

/// Why a file is not taken for the database.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The file cannot be read as a database.
    #[error("{path} cannot be read as a database of SQLite: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: StoreError,
    },
    /// SQLite finds damage in it.
    #[error("{path} is damaged: {found}")]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite says first.
        found: String,
    },
    /// It is a database of something else.
    #[error("{path} is no database of madoguchi: it has no schema of ours")]
    Foreign {
        /// The file.
        path: String,
    },
    /// A newer version of the program wrote it.
    #[error(
        "{path} was written by a newer version of madoguchi (its schema knows {step}): restore it with that version"
    )]
    Newer {
        /// The file.
        path: String,
        /// The step that is not known here.
        step: String,
    },
}

impl Store {
    /// Opens a database file that is there, whatever its schema is, and leaves that as it is.
    ///
    /// # Errors
    /// When it is not there or cannot be used.
    pub async fn look_at(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.display().to_string(), source };
        if !path.metadata().map_err(failed)?.is_file() {
            return Err(failed(std::io::Error::other("this is no file")));
        }
        Self::reach(&format!("sqlite:{}", path.display())).await
    }

    /// Writes a consistent copy of the database into `to`, an empty file, while it is in use. Nothing that was deleted is in it.
    ///
    /// # Errors
    /// When the database cannot be read or the copy not written.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        let path = to.to_str().ok_or_else(|| StoreError::File {
            path: to.display().to_string(),
            source: std::io::Error::other("its name is no text: choose another"),
        })?;
        let vacuum = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
        self.db.execute_raw(vacuum).await?;
        let (file, shown) = (PathBuf::from(to), to.display().to_string());
        let synced = tokio::task::spawn_blocking(move || std::fs::File::open(file)?.sync_all()).await;
        let synced = synced.map_err(std::io::Error::other).and_then(|synced| synced);
        synced.map_err(|source| StoreError::File { path: shown, source })
    }

    /// What this database is, if it is whole, one of ours, and not newer than this program.
    ///
    /// # Errors
    /// Says which of these it is not.
    pub async fn examined(&self, path: &Path) -> Result<Copied, NotTaken> {
        let path = path.display().to_string();
        let unreadable = |source: StoreError| NotTaken::Unreadable { path: path.clone(), source };
        let found = self.first_text("PRAGMA integrity_check(1)").await.map_err(unreadable)?;
        if found.as_deref() != Some("ok") {
            return Err(NotTaken::Damaged { path, found: found.unwrap_or_default() });
        }
        let count =
            "SELECT CAST(COUNT(*) AS TEXT) FROM sqlite_master WHERE name IN ('seaql_migrations', 'conversation')";
        if self.first_text(count).await.map_err(unreadable)?.as_deref() != Some("2") {
            return Err(NotTaken::Foreign { path });
        }
        let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
        let steps = self.texts("SELECT version FROM seaql_migrations ORDER BY version").await.map_err(unreadable)?;
        if let Some(step) = steps.iter().find(|step| !known.contains(step)) {
            return Err(NotTaken::Newer { path, step: step.clone() });
        }
        let Some(schema) = steps.last().cloned() else { return Err(NotTaken::Foreign { path }) };
        let conversations =
            self.first_text("SELECT CAST(COUNT(*) AS TEXT) FROM conversation").await.map_err(unreadable)?;
        let conversations = conversations.and_then(|count| count.parse().ok()).unwrap_or_default();
        Ok(Copied { schema, conversations })
    }

    async fn first_text(&self, sql: &str) -> Result<Option<String>, StoreError> {
        Ok(self.texts(sql).await?.into_iter().next())
    }

    /// The first column of every row.
    async fn texts(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.db.query_all_raw(Statement::from_string(self.db.get_database_backend(), sql)).await?;
        rows.iter().map(|row| Ok(row.try_get_by_index::<String>(0)?)).collect()
    }
}
