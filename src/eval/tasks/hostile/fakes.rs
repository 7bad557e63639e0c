//! A stage without a search, for tests: one passage, the real guard and checks, no embedder.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Cast, Scene, passage};
use crate::answer::{Budget, Checks, PromptShelf};
use crate::app;
use crate::knowledge::Catalogues;
use crate::language::Lang;
use crate::llm::EmbeddingSpace;
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{
    GenerationId, GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery, Passage, PassageIndex,
};
use crate::store::Store;

/// The passage of every scene.
const TEXT: &str = "## 期間\n\n返品は、お届けの翌日から30日以内です。ただし、家電は14日以内です。\n\n返品の進み具合は注文の詳細に表示されます。\n\n開封した商品は返品できません。\n";
/// A sentence that is shown as a model writes it.
pub(in crate::eval::tasks) const SAID: &str = "返品の進み具合は、注文の詳細に表示されます。";
/// One that ends a reply.
pub(in crate::eval::tasks) const BREACH: &str = "ご注文の代金は全額返金いたしました。";

/// The cast.
pub(in crate::eval::tasks) async fn cast() -> Cast {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store.db")).await.unwrap();
    let prompts = Arc::new(PromptShelf::open(None).unwrap());
    Cast {
        guard: Arc::new(app::open_output_guard(&prompts.current()).unwrap()),
        support: Arc::new(Checks::new(Arc::new(LexicalAnalyser::open(None)))),
        prompts,
        catalogue: Catalogues::new(Arc::new(Empty), Arc::new(store)).current().await.unwrap(),
        budget: Budget { context_tokens: 8_000, reply_tokens: 500 },
        min_support: 0.5,
        deadline: Duration::from_secs(3_600),
    }
}

/// Somebody asks about the passage.
pub(in crate::eval::tasks) fn scene(id: &str) -> Scene {
    let asked = "返品はいつまでできますか".to_owned();
    let mut hit = passage(TEXT, &Lang::JA);
    let titled = Passage {
        title: "返品できる期間".to_owned(),
        heading: vec!["期間".to_owned()],
        ..hit.passage.as_ref().clone()
    };
    hit.passage = Arc::new(titled);
    Scene { id: id.to_owned(), text: asked.clone(), asked, lang: Lang::JA, history: Vec::new(), hits: vec![hit] }
}

/// An index that serves no article.
#[derive(Debug)]
struct Empty;

#[async_trait]
impl PassageIndex for Empty {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        Ok(Some(GenerationSpec {
            id: GenerationId(Uuid::nil()),
            space: EmbeddingSpace { model: "none".to_owned(), dimension: 1, fingerprint: "none".to_owned() },
            lexical: String::new(),
            chunker: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            articles: Vec::new(),
            passages: 0,
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
