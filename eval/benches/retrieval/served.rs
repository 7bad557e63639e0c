//! The default through the real index and retriever, as a customer's question goes.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::date;
use madoguchi::language::Lang;
use madoguchi::llm::Vector;
use madoguchi::passages::edge::EdgeIndex;
use madoguchi::passages::hybrid::{RetrievalSettings, Retrieved, Retriever, Search};
use madoguchi::passages::lexical::{LexicalAnalyser, LexicalText};
use madoguchi::passages::{Audience, GenerationId, GenerationSpec, IndexedPassage, Leg, Passage, PassageIndex};
use uuid::Uuid;

use crate::Prepared;
use crate::legs::{self, Score};
use crate::tables::all;
use crate::vectors::Model;

/// A retriever over an index of its own.
struct Desk {
    retriever: Retriever,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn open(
        indexed: Vec<IndexedPassage>,
        model: &Model,
        analyser: &Arc<LexicalAnalyser>,
        settings: RetrievalSettings,
    ) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let index = EdgeIndex::open(dir.path())?;
        let spec = GenerationSpec {
            id: GenerationId(Uuid::from_u128(1)),
            space: model.space().clone(),
            lexical: analyser.fingerprint().to_owned(),
            chunker: "bench".to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
            articles: Vec::new(),
            passages: indexed.len(),
        };
        index.publish(&spec, indexed).await?;
        let retriever = Retriever::new(Arc::new(index), Arc::clone(analyser), settings);
        Ok(Self { retriever, _dir: dir })
    }

    async fn ask(&self, text: &str, vector: &Vector, lang: &Lang) -> Result<Retrieved> {
        let audiences = [Audience::customer()];
        let search = Search {
            question: text,
            vector,
            lang,
            audiences: &audiences,
            within: None,
            on: date(2026, 11, 22),
            drafts: false,
            limit: 50,
        };
        Ok(self.retriever.retrieve(&search).await?)
    }
}

/// A set's passages with their vectors; `family` may be shared by sets of several languages.
fn indexed(p: &Prepared, analyser: &LexicalAnalyser) -> Vec<IndexedPassage> {
    let texts: Vec<String> =
        p.passages.iter().zip(&p.set.docs).map(|(p, doc)| LexicalAnalyser::text_of(p, &doc.questions)).collect();
    let texts: Vec<LexicalText<'_>> = texts.iter().map(|text| LexicalText { text, lang: &p.set.lang }).collect();
    let nothing = || Vector::normalised(vec![0.0; p.vectors.docs.first().map_or(1, Vector::dimension)]);
    let passages = p.passages.iter().zip(&p.vectors.docs).zip(&p.vectors.asked).zip(analyser.documents(&texts));
    passages
        .map(|(((passage, dense), asked), lexical)| IndexedPassage {
            passage: Passage { article_id: passage.article_id.clone(), ..Passage::clone(passage) },
            dense: dense.clone(),
            question: if asked.is_empty() { vec![nothing()] } else { asked.clone() },
            lexical,
        })
        .collect()
}

pub(crate) async fn through_the_index(sets: &[Prepared], model: &Model, analyser: &Arc<LexicalAnalyser>) -> Result<()> {
    println!(
        "## Through the index\n\nThe default settings through `EdgeIndex` and `Retriever`; in memory beside it, to see that nothing is lost.\n"
    );
    println!("| set | n | hit@1 | recall@10 | nDCG@10 | nDCG@10 in memory |\n|---|---|---|---|---|---|");
    let mut scores = Vec::new();
    for p in sets {
        let settings = RetrievalSettings::default();
        let memory = all(p, &settings.fusion);
        let desk = Desk::open(indexed(p, analyser), model, analyser, settings).await?;
        let mut rankings = Vec::new();
        for ((text, _), vector) in p.set.queries.iter().zip(&p.vectors.queries) {
            let found = desk.ask(text, vector, &p.set.lang).await?;
            rankings.push(legs::units(found.hits.iter().map(|hit| &hit.passage)));
        }
        let s = legs::score(&p.set, |n| rankings[n].clone());
        let n = p.set.queries.len();
        println!(
            "| {} | {n} | {:.3} | {:.3} | {:.3} | {:.3} |",
            p.set.name, s.hit1, s.recall10, s.ndcg10, memory.ndcg10
        );
        scores.push(s);
    }
    let mean = Score::mean(&scores);
    println!("| mean over sets | | {:.3} | {:.3} | {:.3} | |\n", mean.hit1, mean.recall10, mean.ndcg10);
    Ok(())
}

/// One index with the articles of every language: short questions, and what is offered to a customer whose language lacks
/// an article.
pub(crate) async fn other_languages(sets: &[Prepared], model: &Model, analyser: &Arc<LexicalAnalyser>) -> Result<()> {
    let shipped: Vec<&Prepared> = sets.iter().filter(|p| p.set.name.starts_with("articles-")).collect();
    let (Some(ja), Some(en)) =
        (shipped.iter().find(|p| p.set.lang == Lang::JA), shipped.iter().find(|p| p.set.lang == Lang::EN))
    else {
        return Ok(());
    };
    let all: Vec<IndexedPassage> = shipped.iter().flat_map(|p| indexed(p, analyser)).collect();
    let desk = Desk::open(all.clone(), model, analyser, RetrievalSettings::default()).await?;
    println!("## One word\n\n| question | first article | legs |\n|---|---|---|");
    for (text, lang) in [
        ("返品", Lang::JA),
        ("領収書", Lang::JA),
        ("注文番号123-4567が届かない", Lang::JA),
        ("return", Lang::EN),
        ("退货", Lang::ZH),
        ("환불", Lang::KO),
    ] {
        let vector = madoguchi::llm::Embedder::embed_query(model.embedder(), text).await?;
        let found = desk.ask(text, &vector, &lang).await?;
        let first = found.hits.first().context("nothing found")?;
        let place = |leg| first.place(leg).map_or("–".to_owned(), |p| format!("{} ({:.3})", p.rank, p.score));
        let legs = [Leg::Dense, Leg::Question, Leg::Lexical].map(|leg| format!("{leg:?} {}", place(leg))).join(", ");
        println!("| {text} | {} {:?} | {legs} |", first.passage.article_id, first.passage.heading);
    }

    // A customer's language that has only six of the articles, as Chinese and Korean do: the others must be offered in another.
    let kept: HashSet<String> = shipped
        .iter()
        .find(|p| p.set.lang == Lang::ZH)
        .map(|p| p.set.docs.iter().map(|doc| doc.unit.clone()).collect())
        .unwrap_or_default();
    println!(
        "\n## Another language\n\nThe customer's language has {} of the articles, the other all of them. `offered`: of the questions whose article is only in the other language, how many get it as the first foreign hit; `spared`: of those whose article is in their own, how many get no foreign hit.\n",
        kept.len()
    );
    println!("| margin | asked in | offered | spared |\n|---|---|---|---|");
    for margin in [-0.05, -0.04, -0.03, -0.025, -0.02, -0.015, -0.01, 0.0] {
        for (own, other) in [(ja, en), (en, ja)] {
            let part = indexed(own, analyser).into_iter().filter(|i| kept.contains(&i.passage.article_id.0));
            let passages: Vec<IndexedPassage> = part.chain(indexed(other, analyser)).collect();
            let settings = RetrievalSettings { foreign_margin: margin, ..RetrievalSettings::default() };
            let desk = Desk::open(passages, model, analyser, settings).await?;
            let mut counts: BTreeMap<bool, (u32, u32)> = BTreeMap::new();
            for ((text, grades), vector) in own.set.queries.iter().zip(&own.vectors.queries) {
                let here = grades.keys().any(|unit| kept.contains(unit));
                let found = desk.ask(text, vector, &own.set.lang).await?;
                let foreign = found.hits.iter().find(|hit| hit.foreign);
                let good = match foreign {
                    None => here,
                    Some(hit) => !here && grades.contains_key(&hit.passage.article_id.0),
                };
                let count = counts.entry(here).or_default();
                *count = (count.0 + u32::from(good), count.1 + 1);
            }
            let cell = |here| counts.get(&here).map_or("–".to_owned(), |(good, n)| format!("{good} of {n}"));
            println!("| {margin} | {} | {} | {} |", own.set.lang, cell(false), cell(true));
        }
    }
    println!();
    Ok(())
}
