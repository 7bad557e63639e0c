//! The passages of the articles that come with the project, cut with the real model's tokenizer.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use madoguchi::knowledge::{Chunker, EMBED_BUDGET, dense_text, load};
use madoguchi::language::Lang;
use madoguchi::llm::Embedder;
use madoguchi::llm::local::{LocalConfig, LocalEmbedder};

use crate::processes::{model, need};

/// What the model reads of a passage fits the budget, so nothing is cut off or windowed; the figures are printed.
#[test]
fn passages_of_the_shipped_articles_fit_the_model() {
    let model = need!(model());
    let embedder = Arc::new(LocalEmbedder::open(&model, LocalConfig::default()).unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/articles");
    if !folder.is_dir() {
        return println!("SKIPPED: no articles here");
    }
    let loaded = load(&folder, date(2026, 11, 22), &|_| Lang::EN).unwrap();
    let chunker = Chunker::new(embedder.clone());
    let begun = std::time::Instant::now();
    let passages: Vec<_> = loaded.library.articles().flat_map(|article| chunker.passages(article)).collect();
    let elapsed = begun.elapsed();
    let mut sizes: Vec<usize> = passages.iter().map(|p| embedder.count_tokens(&dense_text(p))).collect();
    sizes.sort_unstable();
    println!(
        "{} articles, {} passages in {elapsed:.1?}; tokens: median {}, largest {}",
        loaded.library.documents.len(),
        passages.len(),
        sizes[sizes.len() / 2],
        sizes[sizes.len() - 1]
    );
    assert!(sizes.iter().all(|size| *size <= EMBED_BUDGET));
}
