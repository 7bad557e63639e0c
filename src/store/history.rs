//! Articles' sources, and the history of who changed what, which is only added to.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::drafts::clear;
use super::entity::{article_change, article_source, article_version};
use super::logs::note_down;
use super::rows::timestamp;
use super::{Store, StoreError, letters};
use crate::knowledge::{ArticleSource, Change, ChangeKind};
use crate::passages::{ArticleId, ArticleVersion};

/// Sources of one statement: each may have a mebibyte.
const SOURCES: usize = 20;
/// Lines of one statement.
const LINES: usize = 500;

impl Store {
    /// Notes what an editor has done, in the history and in the audit log, and clears the draft that it came from, if that has
    /// still the revision `clears`.
    ///
    /// # Errors
    /// When the database fails; then nothing is noted.
    pub async fn note_edit(&self, change: &Change, clears: Option<Uuid>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        insert(&transaction, std::slice::from_ref(change)).await?;
        if let Some(revision) = clears {
            clear(&transaction, &change.article, revision).await?;
        }
        let what = match change.kind {
            ChangeKind::Published => "publish_article",
            ChangeKind::RolledBack => "roll_back_article",
            ChangeKind::Withdrawn => "withdraw_article",
        };
        note_down(&transaction, &change.by, what, &change.article.0, change.at).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// An article's history, the latest first: lines before the one with the number `before`, at most `limit`, with their numbers.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn changes(
        &self,
        article: &ArticleId,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<(u64, Change)>, StoreError> {
        let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
        let rows = article_change::Entity::find()
            .filter(article_change::Column::ArticleId.eq(article.0.as_str()))
            .filter(article_change::Column::Seq.lt(before))
            .order_by_desc(article_change::Column::Seq)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(|row| Ok((u64::try_from(row.seq).unwrap_or_default(), to_change(row)?))).collect()
    }

    /// The whole file of a version, if it was kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn article_source(
        &self,
        id: &ArticleId,
        version: &ArticleVersion,
    ) -> Result<Option<ArticleSource>, StoreError> {
        let row = article_source::Entity::find_by_id((id.0.clone(), version.0.clone())).one(&self.db).await?;
        Ok(row.map(|row| ArticleSource {
            id: ArticleId(row.article_id),
            version: ArticleVersion(row.version),
            path: letters::read(row.path),
            title: letters::read(row.title),
            text: letters::read(row.source).into(),
        }))
    }

    /// Every version of an article that was ever served, and whether its whole file was kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn article_versions(&self, id: &ArticleId) -> Result<BTreeMap<ArticleVersion, bool>, StoreError> {
        let served: Vec<String> = article_version::Entity::find()
            .filter(article_version::Column::ArticleId.eq(id.0.as_str()))
            .select_only()
            .column(article_version::Column::Version)
            .into_tuple()
            .all(&self.db)
            .await?;
        let kept: Vec<String> = article_source::Entity::find()
            .filter(article_source::Column::ArticleId.eq(id.0.as_str()))
            .select_only()
            .column(article_source::Column::Version)
            .into_tuple()
            .all(&self.db)
            .await?;
        let served = served.into_iter().map(|version| (ArticleVersion(version), false));
        Ok(served.chain(kept.into_iter().map(|version| (ArticleVersion(version), true))).collect())
    }

    /// Keeps the sources that are not kept yet.
    pub(super) async fn add_sources(&self, sources: &[ArticleSource]) -> Result<(), StoreError> {
        let sources: BTreeMap<_, _> =
            sources.iter().map(|source| ((source.id.0.as_str(), source.version.0.as_str()), source)).collect();
        let mut known: HashSet<(String, String)> = HashSet::new();
        let ids: Vec<&str> = sources.keys().map(|(id, _)| *id).collect();
        for some in ids.chunks(LINES) {
            let rows: Vec<(String, String)> = article_source::Entity::find()
                .filter(article_source::Column::ArticleId.is_in(some.iter().copied()))
                .select_only()
                .columns([article_source::Column::ArticleId, article_source::Column::Version])
                .into_tuple()
                .all(&self.db)
                .await?;
            known.extend(rows);
        }
        let missing: Vec<&ArticleSource> = sources
            .into_values()
            .filter(|source| !known.contains(&(source.id.0.clone(), source.version.0.clone())))
            .collect();
        for some in missing.chunks(SOURCES) {
            let rows = some.iter().map(|source| article_source::ActiveModel {
                article_id: Set(source.id.0.clone()),
                version: Set(source.version.0.clone()),
                path: Set(letters::kept(&source.path)),
                title: Set(letters::kept(&source.title)),
                source: Set(letters::kept(&source.text)),
            });
            let key = [article_source::Column::ArticleId, article_source::Column::Version];
            // Another replica may have been quicker.
            article_source::Entity::insert_many(rows)
                .on_conflict_do_nothing_on(key)
                .exec_without_returning(&self.db)
                .await?;
        }
        Ok(())
    }

    /// Adds the changes that are not an article's last line already.
    pub(super) async fn add_changes(&self, changes: &[Change]) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        for some in changes.chunks(LINES) {
            let articles = some.iter().map(|change| change.article.0.as_str());
            let rows: Vec<(String, Option<String>)> = article_change::Entity::find()
                .filter(article_change::Column::ArticleId.is_in(articles))
                .select_only()
                .columns([article_change::Column::ArticleId, article_change::Column::Version])
                .order_by_asc(article_change::Column::Seq)
                .into_tuple()
                .all(&transaction)
                .await?;
            let last: HashMap<String, Option<String>> = rows.into_iter().collect();
            let news: Vec<Change> =
                some.iter().filter_map(|change| news(change, last.get(&change.article.0))).collect();
            insert(&transaction, &news).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// `change`, told against the article's last line, unless that says the same.
fn news(change: &Change, last: Option<&Option<String>>) -> Option<Change> {
    let version = change.version.as_ref().map(|version| &version.0);
    if last.is_some_and(|last| last.as_ref() == version) {
        return None;
    }
    let before = last.cloned().flatten().map(ArticleVersion).or_else(|| change.before.clone());
    Some(Change { before, ..change.clone() })
}

async fn insert(db: &impl ConnectionTrait, changes: &[Change]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let version = |version: &Option<ArticleVersion>| version.as_ref().map(|version| version.0.clone());
    let rows = changes.iter().map(|change| article_change::ActiveModel {
        article_id: Set(change.article.0.clone()),
        kind: Set(change.kind.word().to_owned()),
        version: Set(version(&change.version)),
        version_before: Set(version(&change.before)),
        title: Set(letters::kept(&change.title)),
        path: Set(letters::kept(&change.path)),
        author: Set(change.by.clone()),
        at: Set(change.at.as_millisecond()),
        ..Default::default()
    });
    article_change::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

fn to_change(row: article_change::Model) -> Result<Change, StoreError> {
    let what = format!("change {}", row.seq);
    Ok(Change {
        article: ArticleId(row.article_id),
        kind: ChangeKind::of(&row.kind).ok_or_else(|| StoreError::row(&what, format!("kind {:?}", row.kind)))?,
        version: row.version.map(ArticleVersion),
        before: row.version_before.map(ArticleVersion),
        title: letters::read(row.title),
        path: letters::read(row.path),
        by: row.author,
        at: timestamp(&what, row.at)?,
    })
}
