//! What every passage index promises, whatever is behind it.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::date;
use madoguchi::clock::{Ids, RandomIds};
use madoguchi::language::Lang;
use madoguchi::llm::Vector;
use madoguchi::passages::edge::{EdgeIndex, EdgeSettings};
use madoguchi::passages::qdrant::{QdrantConfig, QdrantIndex};
use madoguchi::passages::{
    ArticleId, Audience, IndexError, IndexedPassage, LegHit, LegQuery, Passage, PassageFilter, PassageIndex, Probe,
    SparseVector,
};
use tempfile::TempDir;

use crate::index_samples::{DIMENSION, ask, axis, customer, direction, generation, indexed, passage, spec, terms};
use crate::qdrant_stub::{QdrantStub, patient};

/// One implementation with a place of its own to keep things.
enum Backend {
    /// In process, in a folder.
    Edge(TempDir),
    /// Through the client, over the wire, to a small server with the same engine.
    Wire(QdrantStub),
    /// Through the client to a real server, with a name of its own there.
    Server { url: String, collection: String },
}

impl Backend {
    fn edge() -> Option<Self> {
        Some(Self::Edge(tempfile::tempdir().unwrap()))
    }

    fn wire() -> Option<Self> {
        Some(Self::Wire(QdrantStub::start()))
    }

    fn server() -> Option<Self> {
        let Ok(url) = std::env::var(REAL_SERVER) else {
            // Past the harness, which would keep it to itself: a skipped promise is seen and counted.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: an index contract on a real server ({REAL_SERVER} is not set)");
            return None;
        };
        Some(Self::Server { url, collection: format!("madoguchi-test-{}", RandomIds.fresh().simple()) })
    }

    /// Opens the index on this backend's place; what was published there before is there again.
    async fn open(&self) -> Arc<dyn PassageIndex> {
        let remote = |url: String, collection: String| {
            Arc::new(QdrantIndex::connect(QdrantConfig { url, collection, ..patient() }).unwrap())
        };
        match self {
            // Small enough for a test, and with a graph where there are many.
            Self::Edge(dir) => {
                Arc::new(EdgeIndex::with_settings(dir.path(), EdgeSettings { graph_from: 5_000 }).unwrap())
            }
            Self::Wire(stub) => remote(stub.url(), "madoguchi".to_owned()),
            Self::Server { url, collection } => remote(url.clone(), collection.clone()),
        }
    }

    /// Leaves nothing on a real server.
    async fn clean(&self) {
        let Self::Server { url, collection } = self else { return };
        let client = qdrant_client::Qdrant::from_url(url).build().unwrap();
        for found in client.list_collections().await.unwrap().collections {
            if found.name.starts_with(collection.as_str()) {
                client.delete_collection(found.name).await.unwrap();
            }
        }
    }
}

const REAL_SERVER: &str = "MADOGUCHI_TEST_QDRANT_URL";

/// Makes one test of each promise for each implementation.
macro_rules! contract {
    ($($promise:ident),* $(,)?) => {
        contract!(@backend edge: $($promise),*);
        contract!(@backend wire: $($promise),*);
        contract!(@backend server: $($promise),*);
    };
    (@backend $backend:ident: $($promise:ident),*) => {
        mod $backend {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                if let Some(backend) = super::Backend::$backend() {
                    super::$promise(&backend).await;
                    backend.clean().await;
                }
            })*
        }
    };
}

contract![
    says_when_it_is_empty,
    serves_what_was_published,
    compares_the_best_of_several_questions,
    weighs_terms_by_rarity,
    filters_by_language_and_audience,
    filters_by_family,
    filters_by_effective_dates_inclusively,
    hides_drafts,
    gives_nothing_for_nothing,
    replaces_a_generation_whole,
    switches_between_searches_never_within_one,
    serves_again_when_reopened,
    holds_a_generation_without_passages,
    finds_among_many,
    orders_ties_by_id,
    refuses_what_is_not_whole,
];

async fn one(index: &dyn PassageIndex, query: LegQuery) -> Vec<LegHit> {
    let mut legs = index.search(&[query]).await.unwrap();
    assert_eq!(legs.len(), 1);
    legs.remove(0)
}

fn articles(hits: &[LegHit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.passage.article_id.0.as_str()).collect()
}

async fn publish(index: &dyn PassageIndex, n: u128, passages: Vec<IndexedPassage>) {
    index.publish(&spec(n, passages.len()), passages).await.unwrap();
}

async fn says_when_it_is_empty(backend: &Backend) {
    let index = backend.open().await;
    assert_eq!(index.serving().await.unwrap(), None);
    assert!(matches!(index.ready().await, Err(IndexError::Empty)));
    let query = ask(Probe::Dense(direction(1)), 3);
    assert!(matches!(index.search(&[query]).await, Err(IndexError::Empty)));
}

async fn serves_what_was_published(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 40)).await;
    assert_eq!(index.serving().await.unwrap(), Some(spec(1, 40)));
    index.ready().await.unwrap();

    let queries = [
        ask(Probe::Dense(direction(7)), 5),
        ask(Probe::Question(direction(1_000_008)), 4),
        ask(Probe::Lexical(terms(&[(9, 2.0)])), 3),
    ];
    let legs = index.search(&queries).await.unwrap();
    assert_eq!(legs.iter().map(Vec::len).collect::<Vec<_>>(), [5, 4, 1]);
    for (leg, ordinal) in legs.iter().zip([7, 8, 9]) {
        assert_eq!(*leg[0].passage, passage("gen-1", ordinal), "whole, as it was given");
        assert!(leg.is_sorted_by(|a, b| a.score >= b.score));
    }
    assert!((legs[0][0].score - 1.0).abs() < 1e-4);
    let second = direction(7).cosine(&direction(u64::from(legs[0][1].passage.ordinal)));
    assert!((legs[0][1].score - second).abs() < 1e-4, "the score is the cosine");
}

async fn compares_the_best_of_several_questions(backend: &Backend) {
    let index = backend.open().await;
    let with = |article: &str, question: Vec<Vector>| IndexedPassage { question, ..indexed(passage(article, 0), 1) };
    let between = Vector::normalised((0..DIMENSION).map(|i| if i < 2 { 1.0 } else { 0.0 }).collect());
    let passages = vec![
        with("one-near", vec![between.clone()]),
        with("three-one-exact", vec![axis(5), axis(0), axis(6)]),
        with("none", vec![axis(2), axis(3)]),
    ];
    publish(&*index, 1, passages).await;
    let hits = one(&*index, ask(Probe::Question(axis(0)), 3)).await;
    assert_eq!(articles(&hits), ["three-one-exact", "one-near", "none"]);
    let expected = [1.0, axis(0).cosine(&between), 0.0];
    assert!(hits.iter().zip(expected).all(|(hit, e)| (hit.score - e).abs() < 1e-4), "the best, not the sum");
}

async fn weighs_terms_by_rarity(backend: &Backend) {
    let index = backend.open().await;
    let with = |article: &str, lexical: SparseVector| IndexedPassage { lexical, ..indexed(passage(article, 0), 1) };
    let mut passages: Vec<_> = (0..8).map(|i| with(&format!("common-{i}"), terms(&[(3, 1.0)]))).collect();
    passages.push(with("rare", terms(&[(3, 0.1), (u32::MAX, 0.5)])));
    passages.push(with("no-terms", SparseVector::default()));
    publish(&*index, 1, passages).await;
    let hits = one(&*index, ask(Probe::Lexical(terms(&[(3, 1.0), (u32::MAX, 1.0)])), 20)).await;
    assert_eq!(hits.len(), 9, "only what shares a term");
    assert_eq!(hits[0].passage.article_id.0, "rare");
    // Qdrant's modifier: ln((N - n + 0.5) / (n + 0.5) + 1), where N counts the passages that have any term.
    let idf = |n: f32| ((9.0 - n + 0.5) / (n + 0.5) + 1.0).ln();
    let (rare, common) = (0.5 * idf(1.0) + 0.1 * idf(9.0), idf(9.0));
    assert!((hits[0].score - rare).abs() < 0.05 * rare, "{} is not near {rare}", hits[0].score);
    assert!((hits[1].score - common).abs() < 0.05 * common, "{} is not near {common}", hits[1].score);
}

async fn filters_by_language_and_audience(backend: &Backend) {
    let index = backend.open().await;
    let make = |article: &str, lang: &str, audience: &str| {
        let audience = Audience(audience.to_owned());
        indexed(Passage { lang: Lang::new(lang), audience, ..passage(article, 0) }, 1)
    };
    let passages = vec![
        make("ja-c", "ja", "customer"),
        make("en-c", "en", "customer"),
        make("ja-s", "ja", "seller"),
        make("en-s", "en", "seller"),
    ];
    publish(&*index, 1, passages).await;
    type Case<'a> = (Option<&'a str>, &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        (Some("ja"), &["customer"], &["ja-c"]),
        (Some("en"), &["customer", "seller"], &["en-c", "en-s"]),
        (None, &["customer"], &["en-c", "ja-c"]),
        (None, &["seller", "nobody"], &["en-s", "ja-s"]),
        (Some("fr"), &["customer"], &[]),
        (None, &[], &[]),
    ];
    let not_ja = PassageFilter { lang: None, except_lang: Some(Lang::JA), ..customer() };
    let hits = one(&*index, LegQuery { probe: Probe::Dense(direction(1)), filter: not_ja, limit: 10 }).await;
    assert_eq!(articles(&hits), ["en-c"]);
    for (lang, audiences, expected) in cases {
        let audiences = audiences.iter().map(|a| Audience((*a).to_owned())).collect();
        let filter = PassageFilter { lang: lang.map(Lang::new), audiences, ..customer() };
        let probes =
            [Probe::Dense(direction(1)), Probe::Question(direction(1_000_001)), Probe::Lexical(terms(&[(1, 1.0)]))];
        let queries = probes.map(|probe| LegQuery { probe, filter: filter.clone(), limit: 10 });
        for leg in index.search(&queries).await.unwrap() {
            let mut found = articles(&leg);
            found.sort_unstable();
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}

async fn filters_by_family(backend: &Backend) {
    let index = backend.open().await;
    let make = |article: &str, family: &str| {
        indexed(Passage { family: ArticleId(family.to_owned()), ..passage(article, 0) }, 1)
    };
    publish(&*index, 1, vec![make("ja-a", "a"), make("en-a", "a"), make("ja-b", "b"), make("ja-c", "c")]).await;
    let cases: [(&[&str], &[&str]); 4] =
        [(&["a"], &["en-a", "ja-a"]), (&["b", "c"], &["ja-b", "ja-c"]), (&["none"], &[]), (&[], &[])];
    for (families, expected) in cases {
        let families = families.iter().map(|f| ArticleId((*f).to_owned())).collect();
        let filter = PassageFilter { families: Some(families), ..customer() };
        let hits = one(&*index, LegQuery { probe: Probe::Dense(direction(1)), filter, limit: 10 }).await;
        let mut found = articles(&hits);
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}

async fn filters_by_effective_dates_inclusively(backend: &Backend) {
    let index = backend.open().await;
    let make = |article: &str, from: Option<(i16, i8, i8)>, until: Option<(i16, i8, i8)>| {
        let day = |(y, m, d)| date(y, m, d);
        let bounded = Passage { effective_from: from.map(day), effective_until: until.map(day), ..passage(article, 0) };
        indexed(bounded, 1)
    };
    let passages = vec![
        make("always", None, None),
        make("future", Some((2025, 12, 1)), None),
        make("past", None, Some((2025, 10, 31))),
        make("window", Some((2025, 11, 1)), Some((2025, 11, 30))),
        make("one-day", Some((2025, 11, 22)), Some((2025, 11, 22))),
    ];
    publish(&*index, 1, passages).await;
    type Case<'a> = ((i16, i8, i8), &'a [&'a str]);
    let cases: [Case<'_>; 8] = [
        ((2025, 10, 31), &["always", "past"]),
        ((2025, 11, 1), &["always", "window"]),
        ((2025, 11, 21), &["always", "window"]),
        ((2025, 11, 22), &["always", "one-day", "window"]),
        ((2025, 11, 30), &["always", "window"]),
        ((2025, 12, 1), &["always", "future"]),
        ((1, 1, 1), &["always", "past"]),
        ((9999, 12, 31), &["always", "future"]),
    ];
    for ((y, m, d), expected) in cases {
        let filter = PassageFilter { on: date(y, m, d), ..customer() };
        let hits = one(&*index, LegQuery { probe: Probe::Dense(direction(1)), filter, limit: 10 }).await;
        let mut found = articles(&hits);
        found.sort_unstable();
        assert_eq!(found, expected, "on {y}-{m}-{d}");
    }
}

async fn hides_drafts(backend: &Backend) {
    let index = backend.open().await;
    let draft = indexed(Passage { draft: true, ..passage("draft", 0) }, 1);
    publish(&*index, 1, vec![draft, indexed(passage("live", 0), 2)]).await;
    for (drafts, expected) in [(false, vec!["live"]), (true, vec!["draft", "live"])] {
        let filter = PassageFilter { drafts, ..customer() };
        let hits = one(&*index, LegQuery { probe: Probe::Dense(direction(1)), filter, limit: 10 }).await;
        assert_eq!(articles(&hits), expected);
    }
}

async fn gives_nothing_for_nothing(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 5)).await;
    assert!(index.search(&[]).await.unwrap().is_empty());
    assert!(one(&*index, ask(Probe::Dense(direction(1)), 0)).await.is_empty());
    assert!(one(&*index, ask(Probe::Lexical(SparseVector::default()), 5)).await.is_empty());
    assert!(one(&*index, ask(Probe::Lexical(terms(&[(999, 1.0)])), 5)).await.is_empty());
    let zero = Vector::normalised(vec![0.0; DIMENSION]);
    assert!(one(&*index, ask(Probe::Dense(zero), 5)).await.iter().all(|hit| hit.score == 0.0));
}

async fn replaces_a_generation_whole(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 30)).await;
    publish(&*index, 2, generation(2, 10)).await;
    publish(&*index, 3, generation(3, 20)).await;
    assert_eq!(index.serving().await.unwrap(), Some(spec(3, 20)));
    let hits = one(&*index, ask(Probe::Dense(direction(25)), 100)).await;
    assert_eq!(hits.len(), 20);
    assert!(hits.iter().all(|hit| hit.passage.article_id.0 == "gen-3"));
}

async fn switches_between_searches_never_within_one(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 50)).await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (index, done) = (Arc::clone(&index), Arc::clone(&done));
            tokio::spawn(async move {
                let mut seen = std::collections::BTreeSet::new();
                while seen.is_empty() || !done.load(Ordering::Relaxed) {
                    let queries = [
                        ask(Probe::Dense(direction(7)), 60),
                        ask(Probe::Question(direction(1_000_007)), 60),
                        ask(Probe::Dense(direction(9)), 60),
                    ];
                    let legs = index.search(&queries).await.expect("the old generation answers until the new one does");
                    let first = legs[0][0].passage.article_id.clone();
                    assert!(legs.iter().all(|leg| leg.len() == 50), "a whole generation");
                    assert!(legs.iter().flatten().all(|hit| hit.passage.article_id == first), "one generation");
                    seen.insert(first);
                }
                seen.len()
            })
        })
        .collect();
    for n in 2..8 {
        publish(&*index, n, generation(n, 50)).await;
        assert_eq!(index.serving().await.unwrap().map(|spec| spec.id), Some(spec(n, 50).id));
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() >= 1);
    }
}

async fn serves_again_when_reopened(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 12)).await;
    let query = || ask(Probe::Dense(direction(3)), 12);
    let before: Vec<_> = one(&*index, query()).await.into_iter().map(|hit| (hit.passage.id, hit.score)).collect();
    drop(index);
    for _ in 0..3 {
        let index = backend.open().await;
        assert_eq!(index.serving().await.unwrap(), Some(spec(1, 12)));
        let after: Vec<_> = one(&*index, query()).await.into_iter().map(|hit| (hit.passage.id, hit.score)).collect();
        assert_eq!(after, before);
    }
    let index = backend.open().await;
    publish(&*index, 2, generation(2, 3)).await;
    assert_eq!(one(&*index, query()).await.len(), 3);
}

async fn holds_a_generation_without_passages(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 3)).await;
    publish(&*index, 2, Vec::new()).await;
    assert_eq!(index.serving().await.unwrap(), Some(spec(2, 0)));
    index.ready().await.unwrap();
    let queries = [
        ask(Probe::Dense(direction(1)), 5),
        ask(Probe::Question(direction(1)), 5),
        ask(Probe::Lexical(terms(&[(1, 1.0)])), 5),
    ];
    assert!(index.search(&queries).await.unwrap().iter().all(Vec::is_empty));
}

async fn finds_among_many(backend: &Backend) {
    let index = backend.open().await;
    let passages: Vec<_> = (0..5_200)
        .map(|i| {
            let lang = if i % 4 == 0 { Lang::EN } else { Lang::JA };
            IndexedPassage {
                question: vec![direction(i + 50_000)],
                ..indexed(Passage { lang, ..passage("many", u32::try_from(i).unwrap()) }, i)
            }
        })
        .collect();
    publish(&*index, 1, passages).await;
    let mut right = 0;
    for q in 0..20 {
        let probe = direction(900_000 + q);
        let mut exact: Vec<(u64, f32)> =
            (0..5_200).filter(|i| i % 4 != 0).map(|i| (i, probe.cosine(&direction(i)))).collect();
        exact.sort_by(|a, b| b.1.total_cmp(&a.1));
        let hits = one(&*index, ask(Probe::Dense(probe), 10)).await;
        assert_eq!(hits.len(), 10);
        let found: Vec<u64> = hits.iter().map(|hit| u64::from(hit.passage.ordinal)).collect();
        right += exact.iter().take(10).filter(|(i, _)| found.contains(i)).count();
    }
    assert!(right >= 190, "recall@10 is {right} of 200");
}

async fn orders_ties_by_id(backend: &Backend) {
    let index = backend.open().await;
    let passages: Vec<_> = (0..30).map(|i| IndexedPassage { ..indexed(passage(&format!("tie-{i}"), 0), 1) }).collect();
    let mut ids: Vec<_> = passages.iter().map(|p| p.passage.id).collect();
    ids.sort_unstable();
    publish(&*index, 1, passages).await;
    let probes =
        [Probe::Dense(direction(2)), Probe::Question(direction(3)), Probe::Lexical(terms(&[(1, 1.0), (2, 1.0)]))];
    for _ in 0..10 {
        for leg in index.search(&probes.clone().map(|probe| ask(probe, 30))).await.unwrap() {
            assert_eq!(leg.iter().map(|hit| hit.passage.id).collect::<Vec<_>>(), ids);
        }
    }
}

async fn refuses_what_is_not_whole(backend: &Backend) {
    let index = backend.open().await;
    publish(&*index, 1, generation(1, 4)).await;
    let refused = |result: Result<(), IndexError>| assert!(matches!(result, Err(IndexError::Engine(_))), "{result:?}");

    refused(index.publish(&spec(2, 5), generation(2, 4)).await);
    let twice = generation(3, 3).into_iter().chain(generation(3, 1)).collect();
    refused(index.publish(&spec(3, 4), twice).await);
    let mut short = generation(4, 2);
    short[1].dense = Vector::normalised(vec![1.0; DIMENSION - 1]);
    refused(index.publish(&spec(4, 2), short).await);
    let mut mute = generation(5, 2);
    mute[0].question.clear();
    refused(index.publish(&spec(5, 2), mute).await);
    refused(index.publish(&spec(1, 4), generation(1, 4)).await);

    assert_eq!(index.serving().await.unwrap(), Some(spec(1, 4)), "what served goes on serving");
    assert_eq!(one(&*index, ask(Probe::Dense(direction(1)), 9)).await.len(), 4);
    let wrong = ask(Probe::Dense(Vector::normalised(vec![1.0; DIMENSION + 1])), 3);
    assert!(matches!(index.search(&[wrong]).await, Err(IndexError::Engine(_))));
    publish(&*index, 6, generation(6, 2)).await;
}
