//! Editors' drafts: one an article at most, and nobody's is overwritten by somebody who has not seen it.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult};
use uuid::Uuid;

use super::entity::article_draft;
use super::logs::note_down;
use super::rows::{timestamp, uuid};
use super::{Store, StoreError, letters};
use crate::language::Lang;
use crate::passages::{ArticleId, ArticleVersion};

/// A text of an article that is not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is known of it without its text.
    pub line: DraftLine,
    /// The whole file as it would be: Markdown with front matter.
    pub source: String,
}

/// A draft without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftLine {
    /// The article.
    pub article: ArticleId,
    /// Language of the text.
    pub lang: Lang,
    /// Title in the text.
    pub title: String,
    /// The version it was begun from; `None` for a new article.
    pub base_version: Option<ArticleVersion>,
    /// Another one each time it is saved.
    pub revision: Uuid,
    /// Who saved it: the name of an API key.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Columns of a [`DraftLine`].
type Line = (String, String, String, Option<String>, String, String, i64);

impl Store {
    /// Keeps a draft in the place of the one with the revision `replaces`, or where there is none.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another draft stands there; then that one stays. When the database fails.
    pub async fn save_draft(&self, draft: &Draft, replaces: Option<Uuid>) -> Result<(), StoreError> {
        let Draft { line, source } = draft;
        let transaction = self.begin().await?;
        let row = article_draft::ActiveModel {
            article_id: Set(line.article.0.clone()),
            lang: Set(line.lang.as_str().to_owned()),
            title: Set(letters::kept(&line.title)),
            source: Set(letters::kept(source)),
            base_version: Set(line.base_version.as_ref().map(|version| version.0.clone())),
            revision: Set(line.revision.to_string()),
            author: Set(line.by.clone()),
            at: Set(line.at.as_millisecond()),
        };
        let kept = match replaces {
            None => {
                let insert = article_draft::Entity::insert(row);
                let insert = insert.on_conflict_do_nothing_on([article_draft::Column::ArticleId]);
                matches!(insert.exec_without_returning(&transaction).await?, TryInsertResult::Inserted(1..))
            }
            Some(revision) => {
                let update = article_draft::Entity::update_many().set(row);
                let seen = update
                    .filter(article_draft::Column::ArticleId.eq(line.article.0.as_str()))
                    .filter(article_draft::Column::Revision.eq(revision.to_string()));
                seen.exec(&transaction).await?.rows_affected > 0
            }
        };
        if !kept {
            return Err(StoreError::Stale);
        }
        note_down(&transaction, &line.by, "save_draft", &line.article.0, line.at).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The draft of an article.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn draft(&self, article: &ArticleId) -> Result<Option<Draft>, StoreError> {
        let row = article_draft::Entity::find_by_id(article.0.clone()).one(&self.db).await?;
        let Some(row) = row else { return Ok(None) };
        let source = letters::read(row.source);
        let line = to_line((row.article_id, row.lang, row.title, row.base_version, row.revision, row.author, row.at))?;
        Ok(Some(Draft { line, source }))
    }

    /// All drafts, by article.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn drafts(&self) -> Result<Vec<DraftLine>, StoreError> {
        let rows: Vec<Line> = article_draft::Entity::find()
            .select_only()
            .columns([
                article_draft::Column::ArticleId,
                article_draft::Column::Lang,
                article_draft::Column::Title,
                article_draft::Column::BaseVersion,
                article_draft::Column::Revision,
                article_draft::Column::Author,
                article_draft::Column::At,
            ])
            .order_by_asc(article_draft::Column::ArticleId)
            .into_tuple()
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_line).collect()
    }

    /// Throws away the draft with this revision.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has been saved again since, or is gone. When the database fails.
    pub async fn discard_draft(
        &self,
        article: &ArticleId,
        revision: Uuid,
        by: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        if !clear(&transaction, article, revision).await? {
            return Err(StoreError::Stale);
        }
        note_down(&transaction, by, "discard_draft", &article.0, at).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Deletes a draft if it still has this revision, and tells whether it did.
pub(super) async fn clear(
    db: &sea_orm::DatabaseTransaction,
    article: &ArticleId,
    revision: Uuid,
) -> Result<bool, StoreError> {
    let deleted = article_draft::Entity::delete_many()
        .filter(article_draft::Column::ArticleId.eq(article.0.as_str()))
        .filter(article_draft::Column::Revision.eq(revision.to_string()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected > 0)
}

fn to_line(line: Line) -> Result<DraftLine, StoreError> {
    let (article, lang, title, base_version, revision, by, at) = line;
    let what = format!("draft of {article}");
    Ok(DraftLine {
        lang: Lang::new(&lang),
        title: letters::read(title),
        base_version: base_version.map(ArticleVersion),
        revision: uuid(&what, &revision)?,
        by,
        at: timestamp(&what, at)?,
        article: ArticleId(article),
    })
}
