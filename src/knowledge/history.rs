//! What became of an article over time: its sources, and who changed what.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::article::Article;
use super::library::Document;
use super::plan::Plan;
use crate::passages::{ArticleId, ArticleVersion};

/// Who is said to have changed what came by a file: whoever may write in the articles folder.
pub const FOLDER: &str = "folder";

/// The whole file of one version, front matter and all: what an earlier version is published from again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleSource {
    /// The article.
    pub id: ArticleId,
    /// Its version.
    pub version: ArticleVersion,
    /// Path below the articles folder, `/`-separated.
    pub path: String,
    /// Title.
    pub title: String,
    /// The file's text.
    pub text: Arc<str>,
}

impl From<&Document> for ArticleSource {
    fn from(document: &Document) -> Self {
        let Article { id, version, path, title, .. } = &document.article;
        Self {
            id: id.clone(),
            version: version.clone(),
            path: path.clone(),
            title: title.clone(),
            text: Arc::clone(&document.source.text),
        }
    }
}

/// What was done to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A version was brought in, by an editor or by a file.
    Published,
    /// An earlier version was published again.
    RolledBack,
    /// It was taken away.
    Withdrawn,
}

impl ChangeKind {
    const ALL: [Self; 3] = [Self::Published, Self::RolledBack, Self::Withdrawn];

    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::RolledBack => "rolled_back",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What a kept word means.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One line of an article's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The article.
    pub article: ArticleId,
    /// What was done.
    pub kind: ChangeKind,
    /// The version from then on; `None` once it is withdrawn.
    pub version: Option<ArticleVersion>,
    /// The version before, if there was one.
    pub before: Option<ArticleVersion>,
    /// Title, from then on (or at last).
    pub title: String,
    /// Path below the articles folder.
    pub path: String,
    /// Who did it: the name of an API key, or [`FOLDER`].
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The sources, among `documents`, of the `articles` that were chosen.
pub(super) fn sources(documents: &[Document], articles: &[Article]) -> Vec<ArticleSource> {
    let chosen = |document: &&Document| {
        let found = articles.binary_search_by(|article| article.id.cmp(&document.article.id));
        let article = found.ok().and_then(|at| articles.get(at));
        article.is_some_and(|article| article.version == document.article.version)
    };
    documents.iter().filter(chosen).map(ArticleSource::from).collect()
}

/// What `plan` changes, as done by whoever wrote into the folder; `removed` are the articles that go, as they were.
pub(super) fn changes(plan: &Plan, articles: &[Article], removed: &[Article], at: Timestamp) -> Vec<Change> {
    let change = |article: &Article, kind| Change {
        article: article.id.clone(),
        kind,
        version: (kind != ChangeKind::Withdrawn).then(|| article.version.clone()),
        before: (kind == ChangeKind::Withdrawn).then(|| article.version.clone()),
        title: article.title.clone(),
        path: article.path.clone(),
        by: FOLDER.to_owned(),
        at,
    };
    let comes = plan.added.iter().chain(&plan.changed).filter_map(|line| {
        let found = articles.binary_search_by(|article| article.id.cmp(&line.id)).ok()?;
        Some(change(articles.get(found)?, ChangeKind::Published))
    });
    comes.chain(removed.iter().map(|article| change(article, ChangeKind::Withdrawn))).collect()
}
