//! What only the index on a server promises: which collections it leaves, and what it says when the server fails.

use madoguchi::passages::qdrant::{QdrantConfig, QdrantIndex};
use madoguchi::passages::{IndexError, PassageIndex, Probe};

use crate::index_samples::{ask, direction, generation, spec};
use crate::qdrant_stub::{QdrantStub, patient};

fn connect(stub: &QdrantStub, collection: &str) -> QdrantIndex {
    let config = QdrantConfig { url: stub.url(), collection: collection.to_owned(), ..patient() };
    QdrantIndex::connect(config).unwrap()
}

async fn publish(index: &QdrantIndex, n: u128, count: u32) -> Result<(), IndexError> {
    index.publish(&spec(n, count as usize), generation(n, count)).await
}

fn names(prefix: &str, generations: &[u128]) -> Vec<String> {
    generations.iter().map(|n| format!("{prefix}-{}", spec(*n, 0).id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_previous_generation_and_other_peoples_collections() {
    let stub = QdrantStub::start();
    let (ours, theirs) = (connect(&stub, "desk"), connect(&stub, "desk-2"));
    publish(&theirs, 1, 2).await.unwrap();
    for n in 1..5 {
        publish(&ours, n, 3).await.unwrap();
    }
    let expected: Vec<String> = names("desk", &[3, 4]).into_iter().chain(names("desk-2", &[1])).collect();
    let mut found = stub.collections();
    found.sort_by_key(|name| expected.iter().position(|e| e == name));
    assert_eq!(found, expected);
    assert_eq!(theirs.serving().await.unwrap(), Some(spec(1, 2)));
}

/// The server is switched off after every possible number of answers in the middle of a publish.
#[tokio::test(flavor = "multi_thread")]
async fn a_publish_cut_short_leaves_the_old_or_the_new_generation() {
    let stub = QdrantStub::start();
    let index = connect(&stub, "desk");
    publish(&index, 1, 600).await.unwrap();
    let (mut serving, mut failures) = (1, 0);
    for answers in 0.. {
        stub.fail_after(Some(answers));
        let result = publish(&index, 100 + answers as u128, 600).await;
        stub.fail_after(None);
        let found = index.serving().await.unwrap().unwrap();
        match &result {
            Ok(()) => serving = 100 + answers as u128,
            Err(error) => {
                assert!(matches!(error, IndexError::Unreachable(_)), "{error}");
                failures += 1;
            }
        }
        assert_eq!(found, spec(serving, 600));
        let legs = index.search(&[ask(Probe::Dense(direction(1)), 700)]).await.unwrap();
        assert_eq!(legs[0].len(), 600);
        assert!(legs[0].iter().all(|hit| hit.passage.article_id.0 == format!("gen-{serving}")));
        // After the switch only the sweep can fail, which is no failure.
        if result.is_ok() {
            break;
        }
    }
    assert!(failures >= 12, "only {failures} requests could fail");
    publish(&index, 900, 5).await.unwrap();
    assert_eq!(stub.collections(), names("desk", &[serving, 900]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_unreachable() {
    let stub = QdrantStub::start();
    let index = connect(&stub, "desk");
    publish(&index, 1, 3).await.unwrap();
    stub.fail_after(Some(0));
    let query = [ask(Probe::Dense(direction(1)), 3)];
    for error in
        [index.ready().await.unwrap_err(), index.serving().await.unwrap_err(), index.search(&query).await.unwrap_err()]
    {
        assert!(matches!(&error, IndexError::Unreachable(text) if text.contains("switched the server off")), "{error}");
    }
    // Nobody listens on port 1 of this machine.
    let nobody = QdrantConfig { url: "http://127.0.0.1:1".to_owned(), ..QdrantConfig::default() };
    let error = QdrantIndex::connect(nobody).unwrap().ready().await.unwrap_err();
    assert!(matches!(error, IndexError::Unreachable(_)), "{error}");
    let nonsense = QdrantConfig { url: "no address".to_owned(), ..QdrantConfig::default() };
    assert!(matches!(QdrantIndex::connect(nonsense), Err(IndexError::Unreachable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_without_its_generation_is_reported() {
    let stub = QdrantStub::start();
    let index = connect(&stub, "desk");
    publish(&index, 1, 3).await.unwrap();
    stub.forget_metadata();
    let error = index.serving().await.unwrap_err();
    assert!(matches!(&error, IndexError::Engine(text) if text.contains("1.16")), "{error}");
    publish(&index, 2, 3).await.unwrap();
    assert_eq!(index.serving().await.unwrap(), Some(spec(2, 3)));
}

#[test]
fn a_key_is_not_shown() {
    let config = QdrantConfig { api_key: Some("geheim".into()), ..QdrantConfig::default() };
    assert!(!format!("{config:?}").contains("geheim"));
}
