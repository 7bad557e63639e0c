//! One question to the index, and one list back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::{Fused, RetrievalSettings, fuse};
use crate::language::Lang;
use crate::llm::Vector;
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{ArticleId, Audience, IndexError, Leg, LegHit, LegQuery, PassageFilter, PassageIndex, Probe};

/// Asks the index and fuses what it says.
#[derive(Debug, Clone)]
pub struct Retriever {
    index: Arc<dyn PassageIndex>,
    analyser: Arc<LexicalAnalyser>,
    settings: RetrievalSettings,
}

/// One question to the index.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The question.
    pub question: &'a str,
    /// Its embedding.
    pub vector: &'a Vector,
    /// The language preferred.
    pub lang: &'a Lang,
    /// Whose articles may be found.
    pub audiences: &'a [Audience],
    /// Only these articles and their translations; `None` for all.
    pub within: Option<&'a [ArticleId]>,
    /// The day.
    pub on: Date,
    /// Whether drafts may be found.
    pub drafts: bool,
    /// The most passages wanted.
    pub limit: usize,
}

/// What was found, best first.
#[derive(Debug, Clone, Default)]
pub struct Retrieved {
    /// Passages in the customer's language; before them those of another, marked `foreign`, where they are clearly better
    /// and no translation is in effect.
    pub hits: Vec<Fused>,
}

impl Retriever {
    /// A retriever over an index whose lexical vectors came from the same analyser.
    pub fn new(index: Arc<dyn PassageIndex>, analyser: Arc<LexicalAnalyser>, settings: RetrievalSettings) -> Self {
        Self { index, analyser, settings }
    }

    /// How retrieval is done.
    pub fn settings(&self) -> &RetrievalSettings {
        &self.settings
    }

    /// The same index, asked another way: for a search that is done again as it was.
    pub fn with_settings(&self, settings: RetrievalSettings) -> Self {
        Self { settings, ..self.clone() }
    }

    /// The best passages for a question.
    ///
    /// # Errors
    /// When the index fails.
    pub async fn retrieve(&self, search: &Search<'_>) -> Result<Retrieved, IndexError> {
        let Search { question, vector, lang, audiences, within, on, drafts, limit } = *search;
        let own = PassageFilter {
            lang: Some(lang.clone()),
            except_lang: None,
            families: within.map(<[ArticleId]>::to_vec),
            audiences: audiences.to_vec(),
            on,
            drafts,
        };
        let others = PassageFilter { lang: None, except_lang: Some(lang.clone()), ..own.clone() };
        let terms = self.analyser.query(question, lang);
        let ask =
            |probe, filter: &PassageFilter| LegQuery { probe, filter: filter.clone(), limit: self.settings.depth };
        let queries = [
            ask(Probe::Dense(vector.clone()), &own),
            ask(Probe::Question(vector.clone()), &own),
            ask(Probe::Lexical(terms), &own),
            ask(Probe::Dense(vector.clone()), &others),
            ask(Probe::Question(vector.clone()), &others),
        ];
        let legs = self.index.search(&queries).await?;
        let Ok([dense, question, lexical, other_dense, other_question]) = <[Vec<LegHit>; 5]>::try_from(legs) else {
            return Err(IndexError::Engine("the index did not answer every query".to_owned()));
        };
        let foreign = self.foreign(vector, &own, best(&question), &other_dense, &other_question).await?;
        let own =
            fuse(&[(Leg::Dense, dense), (Leg::Question, question), (Leg::Lexical, lexical)], &self.settings.fusion);
        Ok(Retrieved { hits: foreign.into_iter().chain(own).take(limit).collect() })
    }

    /// Passages of articles that the customer's language lacks, if they are clearly better than what it has.
    async fn foreign(
        &self,
        vector: &Vector,
        own: &PassageFilter,
        best_own: f32,
        dense: &[LegHit],
        question: &[LegHit],
    ) -> Result<Vec<Fused>, IndexError> {
        let wanted = best_own + self.settings.foreign_margin;
        let better: HashSet<&ArticleId> =
            question.iter().filter(|hit| hit.score >= wanted).map(|hit| &hit.passage.family).collect();
        if better.is_empty() {
            return Ok(Vec::new());
        }
        // Seldom needed, so it is a question of its own: which of these does the customer's language have after all? It
        // need not be among the hits above to exist.
        let mut families: HashSet<ArticleId> = better.into_iter().cloned().collect();
        for family in self.translated(vector, own, &families).await? {
            families.remove(&family);
        }
        // An article that several other languages have is offered in the one that found it best.
        let mut language: HashMap<&ArticleId, &Lang> = HashMap::new();
        for hit in question.iter().filter(|hit| families.contains(&hit.passage.family)) {
            language.entry(&hit.passage.family).or_insert(&hit.passage.lang);
        }
        let offered = |hit: &&LegHit| language.get(&hit.passage.family) == Some(&&hit.passage.lang);
        let keep = |hits: &[LegHit]| hits.iter().filter(offered).cloned().collect();
        let mut fused = fuse(&[(Leg::Dense, keep(dense)), (Leg::Question, keep(question))], &self.settings.fusion);
        fused.retain(|hit| hit.place(Leg::Question).is_some_and(|place| place.score >= wanted));
        fused.iter_mut().for_each(|hit| hit.foreign = true);
        Ok(fused)
    }

    /// Which of `families` have a passage that `own` lets through.
    async fn translated(
        &self,
        vector: &Vector,
        own: &PassageFilter,
        families: &HashSet<ArticleId>,
    ) -> Result<Vec<ArticleId>, IndexError> {
        let queries: Vec<LegQuery> = families
            .iter()
            .map(|family| LegQuery {
                probe: Probe::Dense(vector.clone()),
                filter: PassageFilter { families: Some(vec![family.clone()]), ..own.clone() },
                limit: 1,
            })
            .collect();
        let found = self.index.search(&queries).await?;
        Ok(found.into_iter().flatten().map(|hit| hit.passage.family.clone()).collect())
    }
}

fn best(hits: &[LegHit]) -> f32 {
    hits.first().map_or(f32::NEG_INFINITY, |hit| hit.score)
}
