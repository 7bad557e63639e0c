//! Indexes what is to be measured on: the shipped articles, another folder of Markdown, or a foreign corpus.
//!
//! Each corpus has a data folder of its own below `data_dir/eval`, apart from the service's: a running service is not disturbed,
//! nothing that is measured on can ever be served, and vectors already paid for are found again by the next run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::dataset::beir::{self, Document};
use crate::app::{App, store_path};
use crate::clock::{Clock, Ids};
use crate::config::{Config, IndexProvider};
use crate::knowledge::{Article, Progress, SyncOptions};
use crate::language::Lang;
use crate::passages::{ArticleId, ArticleVersion, Audience};
use crate::store::Store;

/// What is searched.
#[derive(Debug, Clone)]
pub enum Corpus {
    /// A help centre: a folder of Markdown.
    Articles(PathBuf),
    /// Documents of somebody else's set, under a name.
    Documents(String, Vec<Document>),
}

impl Corpus {
    /// Of a folder: BEIR's if it holds a `corpus.jsonl`, else a help centre.
    ///
    /// # Errors
    /// When the folder is absent, or its corpus cannot be read.
    pub fn of(dir: &Path, default: &Lang) -> anyhow::Result<Self> {
        anyhow::ensure!(dir.is_dir(), "--corpus: {} is no folder", dir.display());
        if beir::is_beir(dir) {
            return Ok(Self::Documents(super::jsonl::name(dir), beir::corpus(dir, default)?));
        }
        Ok(Self::Articles(dir.to_owned()))
    }

    /// A short name of its data folder: the same corpus finds its vectors again.
    pub fn key(&self) -> String {
        let (name, rest) = match self {
            Self::Articles(dir) => {
                let path = std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
                ("articles", path.to_string_lossy().into_owned())
            }
            Self::Documents(name, documents) => {
                // By what is in it: two sets may be named alike.
                let mut hasher = blake3::Hasher::new();
                for Document { id, title, text, lang } in documents {
                    hasher.update(format!("{id}\u{1f}{lang}\u{1f}{title}\u{1f}{text}\u{1e}").as_bytes());
                }
                (name.as_str(), hasher.finalize().to_hex().to_string())
            }
        };
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect();
        let digest: String = blake3::hash(rest.as_bytes()).to_hex().chars().take(8).collect();
        format!("{plain}-{digest}")
    }

    /// Opens an app over it, indexed.
    ///
    /// # Errors
    /// When a part cannot be opened or the corpus cannot be indexed; another evaluation on it at the same time is one reason.
    pub async fn open(
        &self,
        mut config: Config,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> anyhow::Result<App> {
        let folder = config.data_dir.join("eval");
        // The guards' exemplars are the same over all corpora.
        let vectors = Arc::new(Store::open(&folder.join("exemplars.db")).await?);
        config.data_dir = folder.join(self.key());
        // A server's collection is the service's own; a throw-away generation stays on this machine.
        config.index.provider = IndexProvider::Edge;
        // And never the service's own database, whatever the environment names.
        let store = Store::open(&store_path(&config)).await?;
        match self {
            Self::Articles(dir) => {
                config.knowledge.dir.clone_from(dir);
                let app = App::open_on(config, store, vectors, clock, ids).await?;
                app.sync.run(SyncOptions::default(), progress).await.context("indexing the articles")?;
                Ok(app)
            }
            Self::Documents(name, documents) => {
                let app = App::open_on(config, store, vectors, clock, ids).await?;
                let articles: Vec<Article> = documents.iter().map(article).collect();
                app.sync.publish(&articles, progress).await.with_context(|| format!("indexing {name}"))?;
                Ok(app)
            }
        }
    }
}

/// A document as an article: everything that front matter would say is absent or the plainest there is.
fn article(document: &Document) -> Article {
    let Document { id, title, text, lang } = document;
    let source = format!("{lang}\u{1f}{title}\u{1f}{text}");
    let version = blake3::hash(source.as_bytes()).to_hex().chars().take(16).collect();
    Article {
        id: ArticleId(id.clone()),
        version: ArticleVersion(version),
        path: id.clone(),
        title: title.clone(),
        lang: lang.clone(),
        translation_of: None,
        category: String::new(),
        audience: Audience::customer(),
        owner: None,
        tags: Vec::new(),
        questions: Vec::new(),
        effective_from: None,
        effective_until: None,
        review_by: None,
        draft: false,
        // What has a title only is found by that.
        body: if text.trim().is_empty() { title.clone() } else { text.clone() },
    }
}
