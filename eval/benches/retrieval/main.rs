//! Measures retrieval on every set there is and prints Markdown tables: which words the lexical leg should use, what each leg
//! finds alone, how to fuse them, and what the default does through the real index.
//!
//! `MADOGUCHI_EVAL_DATA=DIR cargo bench --profile dev --bench retrieval > eval/tables/retrieval.md`
//!
//! The first run embeds every passage (some minutes); later ones read `var/cache`. The shipped articles are measured
//! with the questions in `eval/datasets/answers/dev.jsonl`; other places by `MADOGUCHI_BENCH_ARTICLES` and `MADOGUCHI_BENCH_QUESTIONS`.

#![allow(missing_docs, unreachable_pub, clippy::type_complexity, reason = "a bench is no library")]

mod legs;
mod served;
mod sets;
mod tables;
mod vectors;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use madoguchi::passages::Passage;
use madoguchi::passages::lexical::LexicalAnalyser;

use legs::LegHits;
use sets::Set;
use vectors::{Model, Vectors};

/// A set with everything that stays the same over all variants.
pub(crate) struct Prepared {
    pub(crate) set: Set,
    pub(crate) passages: Vec<Arc<Passage>>,
    pub(crate) vectors: Vectors,
    pub(crate) dense: LegHits,
    pub(crate) asked: Option<LegHits>,
    pub(crate) told: Option<LegHits>,
    pub(crate) lexical: LegHits,
}

pub(crate) fn dictionary() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("var/models/ipadic")
}

#[tokio::main]
async fn main() -> Result<()> {
    let model = Model::open()?;
    let analyser = Arc::new(LexicalAnalyser::open(Some(&dictionary())));
    let mut prepared = Vec::new();
    for set in sets::all()? {
        let vectors = model.vectors(&set).await?;
        let passages = legs::passages(&set);
        let dense = legs::dense(&passages, &vectors);
        let titles = |titles| set.has_titles().then(|| legs::question(&passages, titles, &vectors.queries));
        let (asked, told) = (titles(&vectors.asked), titles(&vectors.told));
        let lexical = legs::lexical(&passages, &set, &analyser);
        prepared.push(Prepared { dense, asked, told, lexical, passages, vectors, set });
    }
    println!("# Retrieval\n");
    println!(
        "Dense vectors: {}. Lexical dictionary: {}.\n",
        model.name(),
        if analyser.has_dictionary() { "yes" } else { "no" }
    );
    tables::sizes(&prepared);
    tables::lexical(&prepared)?;
    tables::legs(&prepared);
    tables::fusion(&prepared);
    served::through_the_index(&prepared, &model, &analyser).await?;
    served::other_languages(&prepared, &model, &analyser).await?;
    Ok(())
}
