//! The eighth step: editors' drafts, articles' sources, and who changed what.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_pk_auto, string, string_null, text};

use super::append_only;

/// What editors do through the API.
pub(super) struct Editor;

impl MigrationName for Editor {
    fn name(&self) -> &str {
        "m008_editor"
    }
}

#[derive(DeriveIden)]
enum ArticleDraft {
    Table,
    ArticleId,
    Lang,
    Title,
    Source,
    BaseVersion,
    Revision,
    Author,
    At,
}

#[derive(DeriveIden)]
enum ArticleSource {
    Table,
    ArticleId,
    Version,
    Path,
    Title,
    Source,
}

#[derive(DeriveIden)]
enum ArticleChange {
    Table,
    Seq,
    ArticleId,
    Kind,
    Version,
    VersionBefore,
    Title,
    Path,
    Author,
    At,
}

#[async_trait::async_trait]
impl MigrationTrait for Editor {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let draft = Table::create()
            .table(ArticleDraft::Table)
            .col(string(ArticleDraft::ArticleId).primary_key())
            .col(string(ArticleDraft::Lang))
            .col(text(ArticleDraft::Title))
            .col(text(ArticleDraft::Source))
            .col(string_null(ArticleDraft::BaseVersion))
            .col(string(ArticleDraft::Revision))
            .col(string(ArticleDraft::Author))
            .col(big_integer(ArticleDraft::At))
            .to_owned();
        // Beside `article_version`, which holds an article as it was understood: the file's own words are not in there.
        let source = Table::create()
            .table(ArticleSource::Table)
            .col(string(ArticleSource::ArticleId))
            .col(string(ArticleSource::Version))
            .col(text(ArticleSource::Path))
            .col(text(ArticleSource::Title))
            .col(text(ArticleSource::Source))
            .primary_key(Index::create().col(ArticleSource::ArticleId).col(ArticleSource::Version))
            .to_owned();
        let change = Table::create()
            .table(ArticleChange::Table)
            .col(big_pk_auto(ArticleChange::Seq))
            .col(string(ArticleChange::ArticleId))
            .col(string(ArticleChange::Kind))
            .col(string_null(ArticleChange::Version))
            .col(string_null(ArticleChange::VersionBefore))
            .col(text(ArticleChange::Title))
            .col(text(ArticleChange::Path))
            .col(string(ArticleChange::Author))
            .col(big_integer(ArticleChange::At))
            .to_owned();
        for table in [draft, source, change] {
            manager.create_table(table).await?;
        }
        let of_article = Index::create()
            .name("article_change_of")
            .table(ArticleChange::Table)
            .col(ArticleChange::ArticleId)
            .col(ArticleChange::Seq)
            .to_owned();
        manager.create_index(of_article).await?;
        append_only(manager, "article_change", "the history is only added to").await
    }
}
