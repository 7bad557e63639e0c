//! The service's own turn, in this process.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;

use super::{Assistant, Opening, Session, Wanted};
use crate::answer::{Citation, Reply};
use crate::app::App;
use crate::conversation::History;
use crate::guard::Received;
use crate::language::{self, Lang};
use crate::passages::{ArticleId, Audience, IndexError};
use crate::turn::{Turn, Whole};

/// Most passages looked at: all that three legs find, fifty deep each.
const SEARCH_LIMIT: usize = 150;

/// An assistant in this process.
#[derive(Debug, Clone)]
pub struct Local {
    app: App,
    /// Digest of the articles that are served, by id and version.
    articles: String,
}

impl Local {
    /// Of an app whose articles are indexed.
    ///
    /// # Errors
    /// When the index cannot be read, or holds nothing.
    pub async fn new(app: App) -> anyhow::Result<Self> {
        let serving = app.index.serving().await?.ok_or(IndexError::Empty)?;
        let mut hasher = blake3::Hasher::new();
        for (id, version) in &serving.articles {
            hasher.update(format!("{id}\u{1f}{version}\u{1f}").as_bytes());
        }
        hasher.update(serving.chunker.as_bytes());
        Ok(Self { app, articles: hasher.finalize().to_hex().chars().take(16).collect() })
    }
}

impl Local {
    /// What of the configuration decides what a language model writes; nothing where none does.
    fn writer(&self) -> Option<serde_json::Value> {
        let writer = self.app.turn.writer.as_ref()?;
        let llm = &self.app.config.llm;
        let models: Vec<&str> =
            std::iter::once(llm.model.as_str()).chain(llm.fallbacks.iter().map(|it| it.model.as_str())).collect();
        let prompts = writer.prompts.current();
        let prompts = [Lang::JA, Lang::EN].map(|lang| prompts.version(&lang).to_string());
        Some(json!({
            "models": models, "context_tokens": llm.context_tokens, "reply_tokens": llm.reply_tokens,
            "support": writer.support.name(), "min_support": writer.min_support, "prompts": prompts,
        }))
    }
}

fn audiences(more: &[Audience]) -> Vec<Audience> {
    std::iter::once(Audience::customer()).chain(more.iter().cloned()).collect()
}

#[async_trait]
impl Assistant for Local {
    fn about(&self) -> serde_json::Value {
        let config = &self.app.config;
        json!({
            "madoguchi": env!("CARGO_PKG_VERSION"),
            "embedding": self.app.turn.embedder.space(),
            "lexical": self.app.turn.analyser.fingerprint(),
            "retrieval": config.retrieval,
            "answer": config.answer,
            "articles": self.articles,
            "writer": self.writer(),
            "default_language": config.knowledge.default_language,
        })
    }

    async fn open(&self, opening: &Opening) -> anyhow::Result<Box<dyn Session>> {
        let Opening { locale, audiences: more, within } = opening.clone();
        let (turn, default) = (Arc::clone(&self.app.turn), self.app.default_language());
        Ok(Box::new(LocalSession {
            turn,
            default,
            locale,
            audiences: audiences(&more),
            within,
            history: History::default(),
        }))
    }

    async fn search(&self, wanted: &Wanted) -> anyhow::Result<Vec<Citation>> {
        let told = || language::detect(&wanted.text, None, &self.app.default_language());
        let lang = wanted.lang.clone().unwrap_or_else(told);
        let received = Received::new(wanted.text.clone(), lang, audiences(&wanted.audiences));
        let (hits, _) = self.app.turn.find(received, SEARCH_LIMIT).await?;
        Ok(hits.iter().map(Citation::of).collect())
    }
}

struct LocalSession {
    turn: Arc<Turn>,
    default: Lang,
    locale: Option<Lang>,
    audiences: Vec<Audience>,
    within: Option<Vec<ArticleId>>,
    history: History,
}

#[async_trait]
impl Session for LocalSession {
    async fn say(&mut self, text: &str) -> anyhow::Result<Option<Reply>> {
        let lang = language::detect(text, self.locale.as_ref(), &self.default);
        let mut received = Received::new(text, lang, self.audiences.clone()).after(self.history.clone());
        if let Some(within) = &self.within {
            received = received.within(within.clone());
        }
        let reply = self.turn.answer(received, &Whole).await.reply;
        self.history.push(text);
        self.history.replied(reply.kind, &reply.answer, &reply.suggestions);
        Ok(Some(reply))
    }
}
