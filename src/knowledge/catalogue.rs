//! The articles of the generation that answers now.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use pulldown_cmark::{Event, Options, Parser, Tag};
use tokio::sync::RwLock;

use super::{Article, ArticleStore, ArticleStoreError};
use crate::answer::article_url;
use crate::language::Lang;
use crate::passages::{ArticleId, Audience, GenerationSpec, IndexError, PassageIndex};

/// Why the articles cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The index does not tell which generation answers.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The store does not give the articles.
    #[error(transparent)]
    Store(#[from] ArticleStoreError),
}

/// All articles of one generation.
#[derive(Debug)]
pub struct Catalogue {
    spec: GenerationSpec,
    by_id: BTreeMap<ArticleId, Arc<Article>>,
    by_path: HashMap<String, ArticleId>,
}

/// Who asks, and when: what of the articles they may see.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Audiences their verified role may read.
    pub audiences: Vec<Audience>,
    /// The day.
    pub on: Date,
}

impl Reader {
    /// Whether this reader may see `article` on this day.
    pub fn may_read(&self, article: &Article) -> bool {
        !article.draft && article.in_effect(self.on) && self.audiences.contains(&article.audience)
    }
}

impl Catalogue {
    async fn load(spec: GenerationSpec, store: &dyn ArticleStore) -> Result<Self, ArticleStoreError> {
        let mut by_id = BTreeMap::new();
        let mut by_path = HashMap::new();
        for (id, version) in &spec.articles {
            let article = store.version(id, version).await?;
            let article = article.ok_or_else(|| ArticleStoreError(format!("article {id} {version} is missing")))?;
            by_path.insert(article.path.clone(), id.clone());
            by_id.insert(id.clone(), Arc::new(article));
        }
        Ok(Self { spec, by_id, by_path })
    }

    /// The generation.
    pub fn spec(&self) -> &GenerationSpec {
        &self.spec
    }

    /// An article by its id, whoever may read it.
    pub fn article(&self, id: &ArticleId) -> Option<Arc<Article>> {
        self.by_id.get(id).cloned()
    }

    /// The articles `reader` may see, by id.
    pub fn readable<'a>(&'a self, reader: &'a Reader) -> impl Iterator<Item = &'a Arc<Article>> {
        self.by_id.values().filter(|article| reader.may_read(article))
    }

    /// The language to search in for a customer who writes `wanted`: that one if `reader` may read anything in it; else English,
    /// which most people who write neither can make something of; else `default`.
    pub fn reading_language(&self, wanted: &Lang, default: &Lang, reader: &Reader) -> Lang {
        let has = |lang: &&Lang| self.readable(reader).any(|article| article.lang == **lang);
        [wanted, &Lang::EN].into_iter().find(has).unwrap_or(default).clone()
    }

    /// `markdown` of `article` with links to other articles' files pointing to their pages. A link to a file that is not
    /// served becomes its text.
    pub fn open_links(&self, article: &Article, markdown: &str) -> String {
        let mut out = String::with_capacity(markdown.len());
        let mut copied = 0;
        for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
            let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
            if is_absolute(&dest_url) || range.start < copied {
                continue;
            }
            let (Some(before), Some(link)) = (markdown.get(copied..range.start), markdown.get(range.clone())) else {
                continue;
            };
            let Some((text, _)) = link.rsplit_once("](") else { continue };
            let text = text.trim_start_matches('[');
            out.push_str(before);
            match self.resolve(&article.path, &dest_url) {
                Some(url) => out.push_str(&format!("[{text}]({url})")),
                None => out.push_str(text),
            }
            copied = range.end;
        }
        out.push_str(markdown.get(copied..).unwrap_or_default());
        out
    }

    fn resolve(&self, from: &str, link: &str) -> Option<String> {
        let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
        let id = if path.is_empty() { self.by_path.get(from)? } else { self.by_path.get(&join(from, path))? };
        let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
        Some(format!("{}{anchor}", article_url(id, None, None)))
    }
}

fn is_absolute(link: &str) -> bool {
    link.starts_with('/') || link.split_once(':').is_some_and(|(scheme, _)| !scheme.contains(['/', '.', '#']))
}

/// `link` seen from the file `from`, both `/`-separated.
fn join(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Keeps the catalogue of the serving generation at hand.
#[derive(Debug)]
pub struct Catalogues {
    index: Arc<dyn PassageIndex>,
    store: Arc<dyn ArticleStore>,
    current: RwLock<Option<Arc<Catalogue>>>,
}

impl Catalogues {
    /// Over this index and store.
    pub fn new(index: Arc<dyn PassageIndex>, store: Arc<dyn ArticleStore>) -> Self {
        Self { index, store, current: RwLock::new(None) }
    }

    /// The articles that are served now.
    ///
    /// # Errors
    /// When nothing is served yet, or index or store fail.
    pub async fn current(&self) -> Result<Arc<Catalogue>, CatalogueError> {
        let spec = self.index.serving().await?.ok_or(IndexError::Empty)?;
        if let Some(known) = self.current.read().await.as_ref().filter(|known| known.spec.id == spec.id) {
            return Ok(Arc::clone(known));
        }
        let mut current = self.current.write().await;
        if let Some(known) = current.as_ref().filter(|known| known.spec.id == spec.id) {
            return Ok(Arc::clone(known));
        }
        let loaded = Arc::new(Catalogue::load(spec, self.store.as_ref()).await?);
        *current = Some(Arc::clone(&loaded));
        Ok(loaded)
    }
}
