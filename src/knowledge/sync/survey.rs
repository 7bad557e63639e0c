//! Looking at the folder without changing anything: as it stands, or as it would stand with one file changed.

use std::sync::Arc;

use jiff::civil::Date;

use super::{ArticleSync, SyncError, blocking};
use crate::knowledge::library::{Document, Loaded, Proposed, document, load_with};
use crate::knowledge::plan::{Held, select};
use crate::knowledge::{Article, ArticleSource};
use crate::passages::{ArticleId, ArticleVersion, Passage};

/// A folder beside what is served.
#[derive(Debug)]
pub struct Survey {
    /// What the folder holds, checked.
    pub loaded: Loaded,
    /// Files that a sync would not bring live as they are.
    pub held: Vec<Held>,
    /// How many articles a sync would serve.
    pub servable: usize,
    /// What is served now, by id.
    pub served: Vec<(ArticleId, ArticleVersion)>,
    /// The day it was looked at.
    pub today: Date,
}

impl Survey {
    /// The version of an article that is served.
    pub fn serving(&self, id: &ArticleId) -> Option<&ArticleVersion> {
        self.served.iter().find(|(known, _)| known == id).map(|(_, version)| version)
    }

    /// The file at `path`, if it is an article.
    pub fn document(&self, path: &str) -> Option<&Document> {
        self.loaded.library.documents.iter().find(|document| document.source.path == path)
    }

    /// The file at `path`, if it would not go live as it is.
    pub fn held(&self, path: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.file == path)
    }

    /// The sources of the files that are articles named `id`.
    pub fn named<'s>(&'s self, id: &'s ArticleId) -> impl Iterator<Item = &'s Document> {
        self.loaded.library.documents.iter().filter(move |document| document.article.id == *id)
    }
}

impl ArticleSync {
    /// Looks at the folder, with `proposed` in the place of what lies at its path.
    ///
    /// # Errors
    /// When folder, index or store cannot be read.
    pub async fn survey(&self, proposed: Option<Proposed>) -> Result<Survey, SyncError> {
        let (folder, today, detect) = (self.parts.folder.clone(), self.today(), Arc::clone(&self.parts.detect));
        let loaded = blocking(move || load_with(&folder, today, detect.as_ref(), proposed.as_ref())).await??;
        let served = self.serving().await?.map(|spec| spec.articles).unwrap_or_default();
        let selection = select(&loaded, &served, self.parts.store.as_ref()).await?;
        Ok(Survey { loaded, held: selection.held, servable: selection.articles.len(), served, today })
    }

    /// A text as the article it would be at `path`; `None` if it is none.
    pub fn document(&self, path: &str, text: &str) -> Option<Document> {
        document(path, text, self.parts.detect.as_ref())
    }

    /// How an article would be cut.
    ///
    /// # Errors
    /// When a working thread ends.
    pub async fn passages(&self, article: Article) -> Result<Vec<Passage>, SyncError> {
        let chunker = self.chunker.clone();
        blocking(move || chunker.passages(&article)).await
    }

    /// The version of an article that answers now.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn served_version(&self, id: &ArticleId) -> Result<Option<ArticleVersion>, SyncError> {
        let served = self.serving().await?.map(|spec| spec.articles).unwrap_or_default();
        Ok(served.into_iter().find(|(known, _)| known == id).map(|(_, version)| version))
    }

    /// Keeps the sources of versions that are about to be replaced.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_sources(&self, sources: &[ArticleSource]) -> Result<(), SyncError> {
        Ok(self.parts.store.keep_sources(sources).await?)
    }
}
