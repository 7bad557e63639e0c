//! A stage without a search, for tests: one passage, the real guard and checks, no embedder.

use std::sync::Arc;
use std::time::Duration;

use super::{Cast, Fused, Scene};
use crate::answer::{Checks, PromptShelf, Stage};
use crate::app;
use crate::language::Lang;
use crate::llm::Budget;
use crate::passages::Passage;
use crate::passages::lexical::LexicalAnalyser;

/// The passage of every scene.
const TEXT: &str = "## 期間\n\n返品は、お届けの翌日から30日以内です。ただし、家電は14日以内です。\n\n返品の進み具合は注文の詳細に表示されます。\n\n開封した商品は返品できません。\n";
/// A sentence that is shown as a model writes it.
pub(in crate::eval::tasks) const SAID: &str = "返品の進み具合は、注文の詳細に表示されます。";
/// One that ends a reply.
pub(in crate::eval::tasks) const BREACH: &str = "ご注文の代金は全額返金いたしました。";

/// The cast.
pub(in crate::eval::tasks) async fn cast() -> Cast {
    let prompts = Arc::new(PromptShelf::open(None).unwrap());
    Cast {
        guard: Arc::new(app::open_output_guard(&prompts.current()).unwrap()),
        support: Arc::new(Checks::new(Arc::new(LexicalAnalyser::open(None)))),
        prompts,
        catalogue: Stage::of(&[]).await.catalogue,
        budget: Budget { context_tokens: 8_000, reply_tokens: 500 },
        min_support: 0.5,
        deadline: Duration::from_secs(3_600),
    }
}

/// Somebody asks about the passage.
pub(in crate::eval::tasks) fn scene(id: &str) -> Scene {
    let asked = "返品はいつまでできますか".to_owned();
    let mut hit = Fused::alone(TEXT, &Lang::JA);
    let titled = Passage {
        title: "返品できる期間".to_owned(),
        heading: vec!["期間".to_owned()],
        ..hit.passage.as_ref().clone()
    };
    hit.passage = Arc::new(titled);
    Scene { id: id.to_owned(), text: asked.clone(), asked, lang: Lang::JA, history: Vec::new(), hits: vec![hit] }
}
