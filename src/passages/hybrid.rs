//! From three legs to one list: fusion by rank, and what is offered when only another language has the article.

mod retriever;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ArticleId, ArticleVersion, Audience, Leg, LegHit, Passage, PassageId, Span};
use crate::language::Lang;

pub use retriever::{Retrieved, Retriever, Search};

/// Scores closer than this are one score: several passages of an article share its question vectors, and the last bit of a
/// cosine says nothing.
const SAME: f32 = 1e-6;

/// How legs are fused: each gives `weight / (k + rank)` to a passage it found. The first rank is 1; passages of one score share
/// the last of their places (1, 3, 3, 4), because a leg that cannot tell twenty passages of an article apart has said
/// little about each. What a leg did not find, or found with a score of 0 or less, gets nothing from it.
///
/// Its article counts as much: each leg gives the same for the place of the article's best passage among the articles it found,
/// so that an article in which several passages fit stands before one with a single lucky hit. Where every passage is its own
/// article nothing changes.
///
/// The defaults measured well on average over the retrieval sets; `cargo bench --bench retrieval` prints the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FusionSettings {
    /// The larger, the less the first places of a leg stand out.
    pub k: f32,
    /// Weight of [`Leg::Dense`].
    pub dense: f32,
    /// Weight of [`Leg::Question`].
    pub question: f32,
    /// Weight of [`Leg::Lexical`].
    pub lexical: f32,
}

impl Default for FusionSettings {
    fn default() -> Self {
        Self { k: 10.0, dense: 1.0, question: 1.0, lexical: 1.0 }
    }
}

impl FusionSettings {
    /// Weight of a leg.
    pub fn weight(&self, leg: Leg) -> f32 {
        match leg {
            Leg::Dense => self.dense,
            Leg::Question => self.question,
            Leg::Lexical => self.lexical,
        }
    }
}

/// How retrieval is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetrievalSettings {
    /// How legs are fused.
    pub fusion: FusionSettings,
    /// How many passages each leg is asked for.
    pub depth: usize,
    /// By how much the question leg's best cosine in another language must exceed the best one in the customer's own, for that
    /// article to be offered. Negative, because embeddings of one meaning in two languages lie apart. Measured on 80 questions
    /// about the shipped articles: at -0.02, of 63 whose article existed only in the other language 17 were shown it first, and
    /// of 17 whose article existed in their own none was shown another; at -0.03 23, and one. (The cosine of passages
    /// instead of titles and questions tells the two apart hardly better than chance.)
    pub foreign_margin: f32,
}

impl Default for RetrievalSettings {
    fn default() -> Self {
        Self { fusion: FusionSettings::default(), depth: 50, foreign_margin: -0.02 }
    }
}

impl RetrievalSettings {
    /// The same for somebody in whose own language there is nothing, and who reads another in its place. To their question all languages
    /// are equally strange, so that an article in a third one must be the better one, by as much as it may elsewhere be the worse: they can
    /// make something of the one in place of their own.
    #[must_use]
    pub fn in_place_of_own(self) -> Self {
        Self { foreign_margin: self.foreign_margin.abs(), ..self }
    }
}

/// Where a leg placed a passage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The leg.
    pub leg: Leg,
    /// From 1; passages of one score share the last of their places.
    pub rank: u32,
    /// Cosine, or BM25.
    pub score: f32,
}

/// A passage with the reasons for its place.
#[derive(Debug, Clone)]
pub struct Fused {
    /// The passage.
    pub passage: Arc<Passage>,
    /// Sum over the legs that found it.
    pub score: f32,
    /// Those legs, in the order of [`Leg`].
    pub places: Vec<Place>,
    /// It is in another language than the customer's, because only that has the article.
    pub foreign: bool,
}

impl Fused {
    /// A text as the one passage of an article without a name, found by no leg: for drafts whose source stands in no help centre.
    pub fn alone(text: &str, lang: &Lang) -> Self {
        let (article_id, version) = (ArticleId("row".to_owned()), ArticleVersion("row".to_owned()));
        let passage = Passage {
            id: Passage::id_of(&article_id, &version, 0),
            family: article_id.clone(),
            article_id,
            version,
            title: String::new(),
            lang: lang.clone(),
            category: String::new(),
            audience: Audience::customer(),
            effective_from: None,
            effective_until: None,
            draft: false,
            heading: Vec::new(),
            ordinal: 0,
            text: text.to_owned(),
            span: Span { start: 0, end: text.chars().count() },
        };
        Self { passage: Arc::new(passage), score: 1.0, places: Vec::new(), foreign: false }
    }

    /// What a leg said, if it found the passage.
    pub fn place(&self, leg: Leg) -> Option<&Place> {
        self.places.iter().find(|place| place.leg == leg)
    }

    /// Cosine of the passage, or 0 if the dense leg did not find it.
    pub fn cosine(&self) -> f32 {
        self.place(Leg::Dense).map_or(0.0, |place| place.score)
    }
}

/// Fuses legs into one list, best first; equal scores are ordered by passage id. Pure: the same hits give the same list. Each leg
/// must be ordered by score, highest first; a passage that a leg names twice counts once.
pub fn fuse(legs: &[(Leg, Vec<LegHit>)], settings: &FusionSettings) -> Vec<Fused> {
    let mut fused: HashMap<PassageId, Fused> = HashMap::new();
    for (leg, hits) in legs {
        for (rank, hit) in ranked(hits) {
            let entry = fused.entry(hit.passage.id).or_insert_with(|| Fused {
                passage: Arc::clone(&hit.passage),
                score: 0.0,
                places: Vec::new(),
                foreign: false,
            });
            if entry.place(*leg).is_none() {
                entry.places.push(Place { leg: *leg, rank, score: hit.score });
            }
        }
    }
    let articles = articles(legs, settings);
    let mut list: Vec<Fused> = fused.into_values().collect();
    for entry in &mut list {
        entry.places.sort_by_key(|place| place.leg);
        let own: f32 = entry.places.iter().map(|place| contribution(place.leg, place.rank, settings)).sum();
        entry.score = own + articles.get(&entry.passage.article_id).copied().unwrap_or_default();
    }
    list.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.passage.id.cmp(&b.passage.id)));
    list
}

fn contribution(leg: Leg, rank: u32, settings: &FusionSettings) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
    let rank = rank as f32;
    settings.weight(leg) / (settings.k + rank)
}

/// What the legs say for each article, by its best passage.
fn articles(legs: &[(Leg, Vec<LegHit>)], settings: &FusionSettings) -> HashMap<ArticleId, f32> {
    let mut scores: HashMap<ArticleId, f32> = HashMap::new();
    for (leg, hits) in legs {
        let mut seen = HashSet::new();
        let best: Vec<LegHit> = hits.iter().filter(|hit| seen.insert(&hit.passage.article_id)).cloned().collect();
        for (rank, hit) in ranked(&best) {
            *scores.entry(hit.passage.article_id.clone()).or_default() += contribution(*leg, rank, settings);
        }
    }
    scores
}

/// Hits with their ranks: 1, 3, 3, 4.
fn ranked(hits: &[LegHit]) -> Vec<(u32, &LegHit)> {
    let found = hits.iter().filter(|hit| hit.score > SAME);
    let mut ranked: Vec<(u32, &LegHit)> = (1..).zip(found).collect();
    // From the end, so that the last of a group hands its place to those before it.
    let mut below: Option<(u32, f32)> = None;
    for (rank, hit) in ranked.iter_mut().rev() {
        match below {
            Some((shared, score)) if (score - hit.score).abs() <= SAME => *rank = shared,
            _ => below = Some((*rank, hit.score)),
        }
    }
    ranked
}

#[cfg(test)]
mod tests;
