//! The database, as it is: a doctor changes nothing in it, and replicas of another version may be at work on it.

use anyhow::Context as _;

use super::Verdict;
use crate::app;
use crate::config::Config;
use crate::store::Store;

/// Whether the database can be used, and whether this version of the program may.
pub(super) async fn found(config: &Config) -> anyhow::Result<(Verdict, String)> {
    let place = match app::secret(&config.store.url_env) {
        Some(_) => format!("the database that {} names", config.store.url_env),
        None => app::store_path(config).display().to_string(),
    };
    let store = as_it_is(config).await?;
    let found = state(&store).await;
    store.close().await;
    let (verdict, detail) = found?;
    Ok((verdict, format!("{place}: durable{detail}")))
}

/// Opens it with whatever schema it has. Only a file that is not there yet is made, which shows that it can be.
async fn as_it_is(config: &Config) -> anyhow::Result<Store> {
    use secrecy::ExposeSecret as _;
    let file = app::store_path(config);
    match app::secret(&config.store.url_env) {
        Some(url) => Store::look_at_url(url.expose_secret())
            .await
            .with_context(|| format!("the database that {} names", config.store.url_env)),
        None if file.exists() => Ok(Store::look_at(&file).await?),
        None => app::open_store(config).await,
    }
}

/// What there is to be said of a database that can be reached.
async fn state(store: &Store) -> anyhow::Result<(Verdict, String)> {
    store.ready().await?;
    let (lacks, unknown) = store.steps_apart().await?;
    if let Some(step) = unknown.last() {
        let remedy = "run that version or a later one, this one does not start on it";
        let newer = format!("; a newer version of madoguchi wrote it (its schema knows {step}): {remedy}");
        return Ok((Verdict::Fail, newer));
    }
    if let Some(step) = lacks.first() {
        let remedy = "`madoguchi serve` takes them at its next start; make a backup before (`madoguchi store backup`)";
        let older = format!("; its schema lacks {} steps of this version's, from {step} on: {remedy}", lacks.len());
        return Ok((Verdict::Warn, older));
    }
    Ok(match store.unanswered().await?.len() {
        0 => (Verdict::Ok, String::new()),
        n => (Verdict::Warn, format!("; {n} messages wait for an answer: `madoguchi serve` takes them up")),
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::cli::check::line;

    #[tokio::test]
    async fn the_store_that_is_looked_at_is_the_one_that_is_served_from() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        config.data_dir = folder.path().to_owned();
        // A variable that is always set, and holds the address of no database.
        config.store.url_env = "PATH".to_owned();
        let told = line("store", found(&config).await);
        assert!(told.verdict == Verdict::Fail && told.detail.contains("PATH"), "{}", told.detail);
        assert!(!app::store_path(&config).exists(), "nobody asked for a file");

        config.store.url_env = "MADOGUCHI_TEST_NO_SUCH_VARIABLE".to_owned();
        let told = line("store", found(&config).await);
        assert!(told.verdict == Verdict::Ok && told.detail.contains("madoguchi.db: durable"), "{}", told.detail);
    }

    #[tokio::test]
    async fn a_schema_of_another_version_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        config.data_dir = folder.path().to_owned();
        config.store.url_env = "MADOGUCHI_TEST_NO_SUCH_VARIABLE".to_owned();
        let store = app::open_store(&config).await.unwrap();
        let url = format!("sqlite:{}", app::store_path(&config).display());
        let database = sea_orm::Database::connect(url).await.unwrap();
        // As the version before the last step left it.
        for change in ["DROP TABLE tombstone", "DELETE FROM seaql_migrations WHERE version = 'm011_tombstones'"] {
            database.execute_unprepared(change).await.unwrap();
        }
        for _ in 0..2 {
            let told = line("store", found(&config).await);
            assert!(told.verdict == Verdict::Warn, "{}", told.detail);
            for word in ["m011_tombstones", "madoguchi serve", "store backup"] {
                assert!(told.detail.contains(word), "{word}: {}", told.detail);
            }
        }
        assert!(store.last_erasure().await.is_err(), "a doctor makes no tables");

        database.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m999_future', 0)").await.unwrap();
        let told = line("store", found(&config).await);
        assert!(told.verdict == Verdict::Fail && told.detail.contains("m999_future"), "{}", told.detail);
    }
}
