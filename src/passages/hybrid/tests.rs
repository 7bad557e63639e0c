use async_trait::async_trait;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::language::Lang;
use crate::llm::Vector;
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{
    ArticleId, ArticleVersion, Audience, GenerationSpec, IndexError, IndexedPassage, LegQuery, PassageIndex, Probe,
    Span,
};

fn passage(article: &str, family: &str, lang: Lang) -> Arc<Passage> {
    let article_id = ArticleId(article.to_owned());
    let version = ArticleVersion("v".to_owned());
    Arc::new(Passage {
        id: Passage::id_of(&article_id, &version, 0),
        article_id,
        version,
        family: ArticleId(family.to_owned()),
        title: article.to_owned(),
        lang,
        category: String::new(),
        audience: Audience::customer(),
        effective_from: None,
        effective_until: None,
        draft: false,
        heading: Vec::new(),
        ordinal: 0,
        text: article.to_owned(),
        span: Span { start: 0, end: 0 },
    })
}

fn hits(list: &[(&str, f32)]) -> Vec<LegHit> {
    list.iter().map(|(name, score)| LegHit { passage: passage(name, name, Lang::JA), score: *score }).collect()
}

fn names(fused: &[Fused]) -> Vec<&str> {
    fused.iter().map(|hit| hit.passage.article_id.0.as_str()).collect()
}

const PLAIN: FusionSettings = FusionSettings { k: 10.0, dense: 1.0, question: 1.0, lexical: 1.0 };

#[test]
fn ranks_add_up_and_are_told() {
    let legs = [
        (Leg::Lexical, hits(&[("b", 7.0), ("c", 3.0)])),
        (Leg::Dense, hits(&[("a", 0.9), ("b", 0.8)])),
        (Leg::Question, hits(&[])),
    ];
    let fused = fuse(&legs, &PLAIN);
    assert_eq!(names(&fused), ["b", "a", "c"]);
    assert!((fused[0].score - 2.0 * (1.0 / 11.0 + 1.0 / 12.0)).abs() < 1e-6, "once as passage, once as article");
    let place = |leg, rank, score| Place { leg, rank, score };
    assert_eq!(fused[0].places, [place(Leg::Dense, 2, 0.8), place(Leg::Lexical, 1, 7.0)]);
    assert_eq!(fused[0].cosine(), 0.8);
    assert_eq!(fused[2].cosine(), 0.0);
    assert!(fuse(&[], &PLAIN).is_empty());
}

#[test]
fn one_score_is_one_rank_the_last_of_its_places() {
    let legs =
        [(Leg::Question, hits(&[("a", 0.9), ("b", 0.9), ("c", 0.899_999_9), ("d", 0.5), ("e", 0.0), ("f", -0.1)]))];
    let fused = fuse(&legs, &PLAIN);
    let ranks: Vec<u32> = fused.iter().map(|hit| hit.places[0].rank).collect();
    assert_eq!(ranks, [3, 3, 3, 4], "nothing for what has no score");
    let mut ids: Vec<_> = fused[..3].iter().map(|hit| hit.passage.id).collect();
    ids.sort();
    assert_eq!(ids, fused[..3].iter().map(|hit| hit.passage.id).collect::<Vec<_>>(), "ties by id");
}

#[test]
fn weights_decide() {
    let legs = [(Leg::Dense, hits(&[("a", 0.9)])), (Leg::Lexical, hits(&[("b", 1.0)]))];
    assert_eq!(names(&fuse(&legs, &FusionSettings { lexical: 2.0, ..PLAIN })), ["b", "a"]);
    assert_eq!(names(&fuse(&legs, &FusionSettings { dense: 2.0, ..PLAIN })), ["a", "b"]);
}

proptest! {
    #[test]
    fn the_order_of_legs_and_of_ties_does_not_matter(scores in prop::collection::vec((0u8..12, 0u8..4), 0..24), seed in 0usize..24) {
        let leg = |rotate: usize| {
            let mut list: Vec<(String, f32)> =
                scores.iter().map(|(name, score)| (format!("p{name}"), f32::from(*score))).collect();
            list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            list.dedup_by(|a, b| a.0 == b.0);
            if !list.is_empty() {
                let by = rotate % list.len();
                list.rotate_left(by);
            }
            list.sort_by(|a, b| b.1.total_cmp(&a.1));
            list.into_iter().map(|(name, score)| LegHit { passage: passage(&name, &name, Lang::JA), score }).collect::<Vec<_>>()
        };
        let one = fuse(&[(Leg::Dense, leg(0)), (Leg::Lexical, leg(1))], &PLAIN);
        let two = fuse(&[(Leg::Lexical, leg(seed)), (Leg::Dense, leg(seed + 1))], &PLAIN);
        prop_assert_eq!(names(&one), names(&two));
        prop_assert!(one.is_sorted_by(|a, b| a.score >= b.score));
    }
}

/// An index that compares nothing: every passage has its score, and only the filter counts.
#[derive(Debug)]
struct Scripted(Vec<(Arc<Passage>, f32)>);

#[async_trait]
impl PassageIndex for Scripted {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        Ok(None)
    }
    async fn publish(&self, _: &GenerationSpec, _: Vec<IndexedPassage>) -> Result<(), IndexError> {
        Ok(())
    }
    async fn ready(&self) -> Result<(), IndexError> {
        Ok(())
    }
    async fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        let leg = |query: &LegQuery| {
            if matches!(query.probe, Probe::Lexical(_)) {
                return Vec::new();
            }
            let filter = &query.filter;
            let fits = |p: &Passage| {
                filter.lang.as_ref().is_none_or(|lang| *lang == p.lang)
                    && filter.except_lang.as_ref() != Some(&p.lang)
                    && filter.families.as_ref().is_none_or(|families| families.contains(&p.family))
                    && filter.audiences.contains(&p.audience)
            };
            let mut found: Vec<LegHit> = self
                .0
                .iter()
                .filter(|(p, _)| fits(p))
                .map(|(p, score)| LegHit { passage: Arc::clone(p), score: *score })
                .collect();
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
            found.truncate(query.limit);
            found
        };
        Ok(queries.iter().map(leg).collect())
    }
}

async fn retrieve(passages: &[(&str, &str, Lang, f32)], lang: &Lang, depth: usize) -> Vec<(String, bool)> {
    let settings = RetrievalSettings { depth, foreign_margin: 0.02, ..RetrievalSettings::default() };
    retrieve_by(settings, passages, lang).await
}

async fn retrieve_by(
    settings: RetrievalSettings,
    passages: &[(&str, &str, Lang, f32)],
    lang: &Lang,
) -> Vec<(String, bool)> {
    let index =
        passages.iter().map(|(name, family, lang, score)| (passage(name, family, lang.clone()), *score)).collect();
    let retriever = Retriever::new(Arc::new(Scripted(index)), Arc::new(LexicalAnalyser::open(None)), settings);
    let vector = Vector::normalised(vec![1.0]);
    let audiences = [Audience::customer()];
    let search = Search {
        question: "質問",
        vector: &vector,
        lang,
        audiences: &audiences,
        within: None,
        on: date(2025, 11, 22),
        drafts: false,
        limit: 10,
    };
    let found = retriever.retrieve(&search).await.unwrap();
    found.hits.iter().map(|hit| (hit.passage.article_id.0.clone(), hit.foreign)).collect()
}

#[tokio::test]
async fn another_language_is_offered_only_when_clearly_better() {
    let both = |foreign| [("ja-a", "a", Lang::JA, 0.80), ("en-b", "b", Lang::EN, foreign)];
    let own = ("ja-a".to_owned(), false);
    assert_eq!(retrieve(&both(0.81), &Lang::JA, 50).await, std::slice::from_ref(&own));
    assert_eq!(retrieve(&both(0.83), &Lang::JA, 50).await, [("en-b".to_owned(), true), own]);
}

#[tokio::test]
async fn in_place_of_an_own_language_a_third_one_must_be_better() {
    let both = [("en-a", "a", Lang::EN, 0.80), ("ja-b", "b", Lang::JA, 0.79)];
    let settings = RetrievalSettings { foreign_margin: -0.02, ..RetrievalSettings::default() };
    let found = retrieve_by(settings.clone(), &both, &Lang::EN).await;
    assert_eq!(found, [("ja-b".to_owned(), true), ("en-a".to_owned(), false)]);
    let found = retrieve_by(settings.in_place_of_own(), &both, &Lang::EN).await;
    assert_eq!(found, [("en-a".to_owned(), false)]);
}

#[tokio::test]
async fn a_translated_article_is_never_shown_in_another_language() {
    // The translation is so far down that the legs, two deep, do not see it.
    let passages = [
        ("ja-x", "x", Lang::JA, 0.80),
        ("ja-y", "y", Lang::JA, 0.79),
        ("ja-b", "b", Lang::JA, 0.10),
        ("en-b", "b", Lang::EN, 0.95),
        ("en-c", "c", Lang::EN, 0.90),
    ];
    let found = retrieve(&passages, &Lang::JA, 2).await;
    assert_eq!(found, [("en-c".to_owned(), true), ("ja-x".to_owned(), false), ("ja-y".to_owned(), false)]);
}

#[tokio::test]
async fn without_an_article_in_the_language_the_best_translation_is_offered_once() {
    let passages = [("ja-a", "a", Lang::JA, 0.80), ("en-a", "a", Lang::EN, 0.85), ("en-b", "b", Lang::EN, 0.5)];
    let found = retrieve(&passages, &Lang::new("fr"), 50).await;
    assert_eq!(found, [("en-a".to_owned(), true), ("en-b".to_owned(), true)]);
    assert!(retrieve(&[], &Lang::JA, 50).await.is_empty());
}
