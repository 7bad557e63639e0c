//! `madoguchi store`: a copy of everything that is kept, and the way back to one.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::term;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::privacy::{PrivacyError, Tombstones, replay_on};
use crate::store::{Copied, Store};

const BACKUP: &str = "\
The copy is consistent: it holds what had been committed when it was begun, and nothing that had been erased by then. The service \
may run on meanwhile, and customers notice nothing.

It holds customers' words. Keep it where only those may read it who may read the database; nobody but its owner can read the file \
that is written. What is erased after the copy was made is erased again when it is restored: that is noted outside the database \
(store.tombstones, by default DATA_DIR/tombstones.jsonl). Keep that file when you lose everything else, and never restore an older one.

Examples:
  madoguchi store backup /backups/madoguchi-$(date +%F).db
  madoguchi --data-dir /srv/madoguchi store backup today.db --json";

const RESTORE: &str = "\
The service must not be running. The copy is checked first (whole, one of ours, not newer than this program); only then does it take \
the place of the database, which is not thrown away: it lies beside it under another name. What was erased since the copy was made \
is erased again before anybody is served; where the file of what was erased cannot be written, nothing is restored. Then start the \
service: it brings the articles back in from their folder.

The database that was put aside holds customers' words as well, and no erasure reaches it: delete it as soon as you are content.

Examples:
  madoguchi store restore /backups/madoguchi-2026-11-30.db
  madoguchi store restore today.db --json";

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Write a copy of the database into FILE, also while the service runs
    #[command(after_long_help = BACKUP)]
    Backup {
        /// The file to write; there must be none of that name
        file: PathBuf,
        /// Print one JSON object: {file, bytes, schema, conversations}
        #[arg(long)]
        json: bool,
    },
    /// Put the copy in FILE in the place of the database; what was erased since stays erased
    #[command(after_long_help = RESTORE)]
    Restore {
        /// The copy, as `store backup` wrote it
        file: PathBuf,
        /// Print one JSON object: {file, schema, conversations, erased_again, aside}
        #[arg(long)]
        json: bool,
    },
}

impl StoreCommand {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        if app::secret(&config.store.url_env).is_some() {
            anyhow::bail!(in_postgres(&config));
        }
        match self {
            Self::Backup { file, json } => backup(&config, &file, json).await,
            Self::Restore { file, json } => restore(&config, &file, json).await,
        }
    }
}

fn in_postgres(config: &Config) -> String {
    let (env, tombstones) = (&config.store.url_env, config.tombstones_file());
    format!(
        "everything is kept in the Postgres database that {env} names, and Postgres has its own tools for this:\n  \
         pg_dump --format=custom --file=FILE \"${env}\"                      a consistent copy, while the service runs\n  \
         pg_restore --clean --if-exists --dbname=\"${env}\" FILE             the way back, with the service stopped\n\
         What was erased after the copy was made is erased again at the next start of the service, by {}: keep that file of every replica.",
        tombstones.display()
    )
}

async fn backup(config: &Config, file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let database = app::store_path(config);
    if !database.exists() {
        anyhow::bail!("there is no database at {}: is --data-dir the service's?", database.display());
    }
    let store = Store::look_at(&database).await?;
    create(file)?;
    let copied = copy(&store, file).await;
    store.close().await;
    if copied.is_err() {
        // Half a copy would be taken for one.
        let _ = std::fs::remove_file(file);
    }
    let Copied { schema, conversations } = copied?;
    let bytes = std::fs::metadata(file)?.len();
    let mut out = anstream::stdout().lock();
    if json {
        let object = json!({ "file": file, "bytes": bytes, "schema": schema, "conversations": conversations });
        writeln!(out, "{object:#}")?;
    } else {
        writeln!(out, "{}: {conversations} conversations, {bytes} bytes, schema {schema}", file.display())?;
        term::note("it holds customers' words: keep it as you keep the database");
    }
    Ok(ExitCode::SUCCESS)
}

/// An empty file that only its owner can read.
fn create(file: &Path) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).with_context(|| format!("{} cannot be written anew", file.display()))?;
    Ok(())
}

async fn copy(store: &Store, file: &Path) -> anyhow::Result<Copied> {
    store.copy_to(file).await?;
    let copy = Store::look_at(file).await?;
    let examined = copy.examined(file).await;
    copy.close().await;
    Ok(examined?)
}

async fn restore(config: &Config, file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let _lock = app::lock(config)?;
    let database = app::store_path(config);
    let new = beside(&database, ".restoring");
    let prepared = async {
        let copied = take_in(file, &new).await?;
        // Before anything is swapped.
        note_last(config, &database).await.context("nothing was restored: what was erased must be noted first")?;
        anyhow::Ok(copied)
    };
    let Copied { schema, conversations } = match prepared.await {
        Ok(copied) => copied,
        Err(error) => {
            remove(&new);
            return Err(error);
        }
    };
    let aside = put_aside(&database).await?;
    std::fs::rename(&new, &database).with_context(|| database.display().to_string())?;
    File::open(&config.data_dir)?.sync_all()?;
    let store = app::open_store(config).await?;
    let erased_again = replay_on(&store, &Tombstones::at(config.tombstones_file()), &|_| Vec::new()).await?;
    store.scrub(true).await?;
    store.close().await;
    let left = conversations.saturating_sub(u64::try_from(erased_again).unwrap_or(u64::MAX));
    let mut out = anstream::stdout().lock();
    if json {
        let object = json!({
            "file": file, "schema": schema, "conversations": left, "erased_again": erased_again, "aside": aside,
        });
        writeln!(out, "{object:#}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{}: {left} conversations from {}", database.display(), file.display())?;
    if erased_again > 0 {
        writeln!(out, "{erased_again} conversations that were erased since the copy was made are erased again")?;
    }
    if let Some(aside) = aside {
        term::note(&format!(
            "the database before this is {}: it holds customers' words, also erased ones; delete it when you are content",
            aside.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Copies a backup beside the database and looks at it there: where it lies it is not touched.
async fn take_in(file: &Path, new: &Path) -> anyhow::Result<Copied> {
    remove(new);
    create(new)?;
    let failed = || format!("{} cannot be copied to {}", file.display(), new.display());
    let mut from = File::open(file).with_context(failed)?;
    let mut to = OpenOptions::new().write(true).open(new)?;
    std::io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).with_context(failed)?;
    let copy = Store::look_at(new).await.with_context(|| file.display().to_string())?;
    let examined = copy.examined(file).await;
    copy.close().await;
    Ok(examined?)
}

/// What the present database erased, and a crash kept from the file, must be known before it goes. Only what is wrong
/// with that database is passed over, and told: one that cannot be read is what people restore for.
async fn note_last(config: &Config, database: &Path) -> Result<(), PrivacyError> {
    let tombstones = Tombstones::at(config.tombstones_file());
    tombstones.ready().await?;
    if !database.exists() {
        return Ok(());
    }
    let noted = match Store::look_at(database).await {
        Ok(old) => {
            let noted = tombstones.note(&old).await;
            old.close().await;
            noted
        }
        Err(error) => Err(error.into()),
    };
    match noted {
        Ok(_) => Ok(()),
        Err(error @ PrivacyError::Tombstones { .. }) => Err(error),
        Err(error) => {
            term::warning(&format!(
                "what the present database erased last could not be noted, and may come back: {error}"
            ));
            Ok(())
        }
    }
}

/// Gives the present database another name, whole: where it can still be read, with everything that stands in its log. At no moment is
/// there none under its own name, unless it cannot be linked.
async fn put_aside(database: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !database.exists() {
        return Ok(None);
    }
    // Closing folds the log into the file. What is too damaged for that is put aside as it is.
    if let Ok(store) = Store::look_at(database).await {
        let _ = store.empty_log().await;
        store.close().await;
    }
    let ending = SystemClock.now().strftime(".before-%Y%m%dT%H%M%SZ").to_string();
    let aside = beside(database, &ending);
    for log in ["-wal", "-shm"] {
        let from = beside(database, log);
        if from.exists() {
            std::fs::rename(&from, beside(&aside, log))?;
        }
    }
    if std::fs::hard_link(database, &aside).is_err() {
        std::fs::rename(database, &aside)?;
    }
    Ok(Some(aside))
}

/// The path with something behind its last name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A database's file, with those that SQLite puts beside it.
fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(path, ending));
    }
}
