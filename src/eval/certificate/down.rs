//! Parts of a service that are down: whatever they are asked, they fail.

use std::sync::Arc;

use async_trait::async_trait;

use crate::app::App;
use crate::knowledge::Catalogues;
use crate::llm::{EmbedError, Embedder, EmbeddingSpace, Vector};
use crate::passages::hybrid::Retriever;
use crate::passages::{GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery, PassageIndex};
use crate::turn::Turn;

/// Which parts are down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Down {
    /// In words.
    pub(super) what: &'static str,
    embedder: bool,
    index: bool,
}

impl Down {
    /// Each alone, because one that is up may answer for the other; and both. A chat model is up in none of them.
    pub(super) const ALL: [Self; 3] = [
        Self { what: "embedder", embedder: true, index: false },
        Self { what: "index", embedder: false, index: true },
        Self { what: "embedder and index", embedder: true, index: true },
    ];

    /// The turn of the service in which they are.
    pub(super) fn turn(self, app: &App) -> Turn {
        let up = &app.turn;
        let embedder: Arc<dyn Embedder> = match self.embedder {
            true => Arc::new(NoEmbedder(up.embedder.space().clone())),
            false => Arc::clone(&up.embedder),
        };
        let index: Arc<dyn PassageIndex> = match self.index {
            true => Arc::new(NoIndex),
            false => Arc::clone(&app.index),
        };
        let settings = up.retriever.settings().clone();
        Turn {
            writer: None,
            guards: Arc::clone(&up.guards),
            vote: None,
            cache: None,
            embedder,
            retriever: Retriever::new(Arc::clone(&index), Arc::clone(&up.analyser), settings),
            analyser: Arc::clone(&up.analyser),
            limit: up.limit,
            catalogues: Arc::new(Catalogues::new(index, Arc::clone(&app.articles))),
            clock: Arc::clone(&up.clock),
            time_zone: up.time_zone.clone(),
            default_language: up.default_language.clone(),
            min_confidence: up.min_confidence,
            sure_confidence: up.sure_confidence,
            suggestions: up.suggestions,
        }
    }
}

/// An embedder that is down.
#[derive(Debug)]
struct NoEmbedder(EmbeddingSpace);

impl NoEmbedder {
    fn down<T>() -> Result<T, EmbedError> {
        Err(EmbedError::Transient("it is down, so that it can be seen what becomes of messages then".to_owned()))
    }
}

#[async_trait]
impl Embedder for NoEmbedder {
    fn space(&self) -> &EmbeddingSpace {
        &self.0
    }

    async fn embed_query(&self, _text: &str) -> Result<Vector, EmbedError> {
        Self::down()
    }

    async fn embed_passages(&self, _texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        Self::down()
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count()
    }

    fn max_tokens(&self) -> usize {
        usize::MAX
    }

    fn is_remote(&self) -> bool {
        false
    }
}

/// An index that is down.
#[derive(Debug)]
struct NoIndex;

impl NoIndex {
    fn down<T>() -> Result<T, IndexError> {
        Err(IndexError::Unreachable("it is down, so that it can be seen what becomes of messages then".to_owned()))
    }
}

#[async_trait]
impl PassageIndex for NoIndex {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        Self::down()
    }

    async fn publish(&self, _spec: &GenerationSpec, _passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        Self::down()
    }

    async fn search(&self, _queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        Self::down()
    }

    async fn ready(&self) -> Result<(), IndexError> {
        Self::down()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_down_answers_nothing() {
        let space = EmbeddingSpace { model: "tiny".to_owned(), dimension: 4, fingerprint: "cccc".to_owned() };
        let embedder = NoEmbedder(space.clone());
        assert_eq!(embedder.space(), &space, "what was learnt in it is still comparable");
        assert!(embedder.embed_query("人間と話したい").await.is_err());
        assert!(embedder.embed_questions(&["人間と話したい".to_owned()]).await.is_err());
        assert!(embedder.embed_passages(&["人間と話したい".to_owned()]).await.is_err());
        assert!(
            NoIndex.serving().await.is_err() && NoIndex.search(&[]).await.is_err() && NoIndex.ready().await.is_err()
        );
    }

    #[test]
    fn each_part_is_down_alone_too() {
        let parts = Down::ALL.map(|down| (down.embedder, down.index));
        assert_eq!(parts, [(true, false), (false, true), (true, true)]);
    }
}
