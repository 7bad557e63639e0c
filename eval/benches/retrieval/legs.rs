//! The three legs in memory, exact: what an index would answer, without building one for every variant.

use std::collections::HashMap;
use std::sync::Arc;

use madoguchi::eval::metrics::{hit_at, ndcg_at, recall_at};
use madoguchi::llm::Vector;
use madoguchi::passages::hybrid::{FusionSettings, fuse};
use madoguchi::passages::lexical::{LexicalAnalyser, LexicalText};
use madoguchi::passages::{ArticleId, ArticleVersion, Audience, Leg, LegHit, Passage, Span, SparseVector};

use crate::sets::Set;
use crate::vectors::Vectors;

pub(crate) const DEPTH: usize = 50;

/// A ranking's figures over a set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Score {
    pub(crate) hit1: f64,
    pub(crate) recall10: f64,
    pub(crate) ndcg10: f64,
}

impl Score {
    /// The mean over sets, each counting once.
    pub(crate) fn mean(scores: &[Score]) -> Score {
        let n = scores.len().max(1) as f64;
        let of = |f: fn(&Score) -> f64| scores.iter().map(f).sum::<f64>() / n;
        Score { hit1: of(|s| s.hit1), recall10: of(|s| s.recall10), ndcg10: of(|s| s.ndcg10) }
    }
}

/// The passages of a set as the index would keep them.
pub(crate) fn passages(set: &Set) -> Vec<Arc<Passage>> {
    let passage = |(n, doc): (usize, &crate::sets::Doc)| {
        let article_id = ArticleId(doc.unit.clone());
        let version = ArticleVersion(set.name.clone());
        let ordinal = u32::try_from(n).unwrap_or_default();
        Arc::new(Passage {
            id: Passage::id_of(&article_id, &version, ordinal),
            family: article_id.clone(),
            article_id,
            version,
            title: doc.title.clone(),
            lang: set.lang.clone(),
            category: String::new(),
            audience: Audience::customer(),
            effective_from: None,
            effective_until: None,
            draft: false,
            heading: doc.heading.clone(),
            ordinal,
            text: doc.text.clone(),
            span: Span { start: 0, end: doc.text.chars().count() },
        })
    };
    set.docs.iter().enumerate().map(passage).collect()
}

/// The hits of one leg for every query.
pub(crate) type LegHits = Vec<Vec<LegHit>>;

pub(crate) fn dense(passages: &[Arc<Passage>], vectors: &Vectors) -> LegHits {
    let score = |query: &Vector| vectors.docs.iter().map(|doc| Some(query.cosine(doc))).collect();
    vectors.queries.iter().map(|query| top(passages, score(query))).collect()
}

pub(crate) fn question(passages: &[Arc<Passage>], titles: &[Vec<Vector>], queries: &[Vector]) -> LegHits {
    let best =
        |query: &Vector| titles.iter().map(|many| many.iter().map(|t| query.cosine(t)).reduce(f32::max)).collect();
    queries.iter().map(|query| top(passages, best(query))).collect()
}

/// What the lexical leg reads beside a passage's text, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) crumbs: usize,
    pub(crate) titles: usize,
    pub(crate) questions: usize,
}

pub(crate) fn lexical(passages: &[Arc<Passage>], set: &Set, analyser: &LexicalAnalyser) -> LegHits {
    lexical_with(passages, set, analyser, Beside { crumbs: 1, titles: 0, questions: 1 })
}

pub(crate) fn lexical_with(
    passages: &[Arc<Passage>],
    set: &Set,
    analyser: &LexicalAnalyser,
    beside: Beside,
) -> LegHits {
    let read = |doc: &crate::sets::Doc| {
        let crumbs = std::iter::repeat_n(doc.breadcrumb(), beside.crumbs);
        let titles = std::iter::repeat_n(doc.title.clone(), beside.titles);
        let questions = std::iter::repeat_n(doc.questions.join("\n"), beside.questions);
        crumbs.chain(titles).chain(questions).chain([doc.text.clone()]).collect::<Vec<_>>().join("\n")
    };
    let texts: Vec<String> = set.docs.iter().map(read).collect();
    let texts: Vec<LexicalText<'_>> = texts.iter().map(|text| LexicalText { text, lang: &set.lang }).collect();
    let docs = analyser.documents(&texts);
    // An inverted list with Qdrant's IDF.
    let mut lists: HashMap<u32, Vec<(usize, f32)>> = HashMap::new();
    for (at, doc) in docs.iter().enumerate() {
        for (term, weight) in doc.indices.iter().zip(&doc.values) {
            lists.entry(*term).or_default().push((at, *weight));
        }
    }
    let total = docs.iter().filter(|doc| !doc.indices.is_empty()).count() as f32;
    let score = |query: &SparseVector| {
        let mut scores = vec![None; docs.len()];
        for (term, weight) in query.indices.iter().zip(&query.values) {
            let Some(list) = lists.get(term) else { continue };
            let n = list.len() as f32;
            let idf = ((total - n + 0.5) / (n + 0.5) + 1.0).ln();
            for (at, value) in list {
                *scores[*at].get_or_insert(0.0) += weight * value * idf;
            }
        }
        scores
    };
    set.queries.iter().map(|(text, _)| top(passages, score(&analyser.query(text, &set.lang)))).collect()
}

fn top(passages: &[Arc<Passage>], scores: Vec<Option<f32>>) -> Vec<LegHit> {
    let hit =
        |(passage, score): (&Arc<Passage>, Option<f32>)| Some(LegHit { passage: Arc::clone(passage), score: score? });
    let mut hits: Vec<LegHit> = passages.iter().zip(scores).filter_map(hit).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.passage.id.cmp(&b.passage.id)));
    hits.truncate(DEPTH);
    hits
}

/// The legs of a set that are fused, each with its hits for every query.
pub(crate) type Legs<'a> = [(Leg, &'a LegHits)];

/// Fuses and scores.
pub(crate) fn fused(set: &Set, legs: &Legs<'_>, settings: &FusionSettings) -> Score {
    let ranking = |n: usize| {
        let legs: Vec<(Leg, Vec<LegHit>)> = legs.iter().map(|(leg, hits)| (*leg, hits[n].clone())).collect();
        units(fuse(&legs, settings).iter().map(|hit| &hit.passage))
    };
    score(set, ranking)
}

/// Scores one leg.
pub(crate) fn alone(set: &Set, hits: &LegHits) -> Score {
    score(set, |n| units(hits[n].iter().map(|hit| &hit.passage)))
}

/// Scores rankings of units.
pub(crate) fn score(set: &Set, mut ranking: impl FnMut(usize) -> Vec<String>) -> Score {
    let scores: Vec<Score> = set
        .queries
        .iter()
        .enumerate()
        .map(|(n, (_, grades))| {
            let ranked = ranking(n);
            Score {
                hit1: hit_at(&ranked, grades, 1),
                recall10: recall_at(&ranked, grades, 10),
                ndcg10: ndcg_at(&ranked, grades, 10),
            }
        })
        .collect();
    Score::mean(&scores)
}

/// What judgements name, best first, each once.
pub(crate) fn units<'a>(ranked: impl Iterator<Item = &'a Arc<Passage>>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    ranked.filter(|p| seen.insert(&p.article_id)).map(|p| p.article_id.0.clone()).collect()
}
