//! Articles to write from, and those who write and check.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::super::*;
use crate::answer::support::{Checks, Claim, Evidence, Verdict};
use crate::guard::output::OutputSettings;
use crate::knowledge::{Article, ArticleSource, ArticleStore, ArticleStoreError, Catalogues, Change, VectorKey};
use crate::llm::{EmbeddingSpace, Vector};
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{
    ArticleId, ArticleVersion, Audience, GenerationId, GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery,
    Passage, PassageIndex, Span,
};

/// Articles, each one passage, in this order found.
pub(crate) struct Stage {
    pub(in crate::answer) hits: Vec<Fused>,
    pub(crate) catalogue: Arc<Catalogue>,
}

impl Stage {
    /// Of id, title and text; what stands before the first `-` of the id is the language.
    pub(crate) async fn of(articles: &[(&str, &str, &str)]) -> Self {
        let articles: Vec<Article> = articles.iter().map(|(id, title, body)| article(id, title, body)).collect();
        let hits = articles.iter().map(hit).collect();
        let shelf = Arc::new(Shelf { articles });
        let catalogue = Catalogues::new(shelf.clone(), shelf).current().await.unwrap();
        Self { hits, catalogue }
    }

    pub(in crate::answer::generate) async fn write(
        &self,
        writer: &Writer,
        question: &str,
        lang: &Lang,
    ) -> (Result<Written, WriteError>, String) {
        let asked = Question { text: question, lang, history: &[] };
        let (mut shown, mut before) = (String::new(), None::<Part>);
        let mut release = |part: &Part| {
            shown.push_str(part.gap(before.as_ref()));
            shown.push_str(part.markdown());
            before = Some(part.clone());
        };
        let written = writer.write(&asked, &self.hits, &self.catalogue, &mut release).await;
        (written, shown)
    }
}

fn article(id: &str, title: &str, body: &str) -> Article {
    Article {
        id: ArticleId(id.into()),
        version: ArticleVersion("0123456789abcdef".into()),
        path: format!("{id}.md"),
        title: title.into(),
        lang: Lang::new(id),
        translation_of: None,
        category: "returns".into(),
        audience: Audience::customer(),
        owner: None,
        tags: Vec::new(),
        questions: Vec::new(),
        effective_from: None,
        effective_until: None,
        review_by: None,
        draft: false,
        body: body.into(),
    }
}

fn hit(article: &Article) -> Fused {
    let heading = article.body.lines().find_map(|line| line.strip_prefix("## ")).map(str::to_owned);
    let passage = Passage {
        id: Passage::id_of(&article.id, &article.version, 0),
        article_id: article.id.clone(),
        version: article.version.clone(),
        family: article.id.clone(),
        title: article.title.clone(),
        lang: article.lang.clone(),
        category: article.category.clone(),
        audience: article.audience.clone(),
        effective_from: None,
        effective_until: None,
        draft: false,
        heading: heading.into_iter().collect(),
        ordinal: 0,
        text: article.body.clone(),
        span: Span { start: 0, end: article.body.chars().count() },
    };
    Fused { passage: Arc::new(passage), score: 1.0, places: Vec::new(), foreign: false }
}

pub(in crate::answer::generate) fn writer(
    chat: crate::llm::scripted::ScriptedChat,
    support: impl Support + 'static,
) -> Writer {
    Writer {
        chat: Arc::new(chat),
        guard: Arc::new(guard()),
        support: Arc::new(support),
        prompts: Arc::new(PromptShelf::open(None).unwrap()),
        budget: Budget { context_tokens: 8_000, reply_tokens: 500 },
        min_support: 0.5,
        deadline: Duration::from_secs(3_600),
    }
}

/// The real guard, with the prompts' wording.
pub(in crate::answer::generate) fn guard() -> OutputGuard {
    let prompts = Prompts::embedded().unwrap().wording().unwrap();
    OutputGuard::new(OutputSettings { prompts, ..OutputSettings::default() }).unwrap()
}

/// The real verifier, without its embedder.
pub(in crate::answer::generate) fn evidence() -> Evidence {
    Evidence::new(Arc::new(LexicalAnalyser::open(None)), None)
}

/// Supports what nothing speaks against.
pub(in crate::answer::generate) fn checks() -> Checks {
    Checks::new(Arc::new(LexicalAnalyser::open(None)))
}

/// Supports every sentence so far.
#[derive(Debug)]
pub(in crate::answer::generate) struct Always(pub(super) f32);

#[async_trait]
impl Support for Always {
    fn name(&self) -> &'static str {
        "always"
    }

    async fn support(&self, _: &Claim<'_>) -> Verdict {
        Verdict::of(self.0)
    }
}

#[derive(Debug)]
struct Shelf {
    articles: Vec<Article>,
}

#[async_trait]
impl PassageIndex for Shelf {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        Ok(Some(GenerationSpec {
            id: GenerationId(Uuid::nil()),
            space: EmbeddingSpace { model: "none".into(), dimension: 1, fingerprint: "none".into() },
            lexical: String::new(),
            chunker: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            articles: self.articles.iter().map(|article| (article.id.clone(), article.version.clone())).collect(),
            passages: self.articles.len(),
        }))
    }

    async fn publish(&self, _: &GenerationSpec, _: Vec<IndexedPassage>) -> Result<(), IndexError> {
        Ok(())
    }

    async fn search(&self, _: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        Ok(Vec::new())
    }

    async fn ready(&self) -> Result<(), IndexError> {
        Ok(())
    }
}

#[async_trait]
impl ArticleStore for Shelf {
    async fn keep_versions(&self, _: &[Article]) -> Result<(), ArticleStoreError> {
        Ok(())
    }

    async fn version(&self, id: &ArticleId, _: &ArticleVersion) -> Result<Option<Article>, ArticleStoreError> {
        Ok(self.articles.iter().find(|article| article.id == *id).cloned())
    }

    async fn keep_sources(&self, _: &[ArticleSource]) -> Result<(), ArticleStoreError> {
        Ok(())
    }

    async fn note_changes(&self, _: &[Change]) -> Result<(), ArticleStoreError> {
        Ok(())
    }

    async fn record_generation(&self, _: &GenerationSpec) -> Result<(), ArticleStoreError> {
        Ok(())
    }

    async fn generation(&self, _: GenerationId) -> Result<Option<GenerationSpec>, ArticleStoreError> {
        Ok(None)
    }

    async fn cached_vectors(&self, _: &[VectorKey]) -> Result<HashMap<VectorKey, Vector>, ArticleStoreError> {
        Ok(HashMap::new())
    }

    async fn cache_vectors(&self, _: &[(VectorKey, Vector)]) -> Result<(), ArticleStoreError> {
        Ok(())
    }

    async fn prune_vectors(&self, _: &[VectorKey]) -> Result<(), ArticleStoreError> {
        Ok(())
    }
}
