use candle_core::quantized::gguf_file::Value;

use super::tiny::{Kind, gguf};
use super::*;

fn open_bytes(bytes: &[u8], config: LocalConfig) -> Result<LocalEmbedder, EmbedError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    LocalEmbedder::open(file.path(), config)
}

fn bare(threads: usize) -> LocalConfig {
    LocalConfig { query_prefix: String::new(), passage_prefix: String::new(), threads, ..LocalConfig::default() }
}

fn tiny(kind: Kind) -> LocalEmbedder {
    open_bytes(&gguf(kind, |_| {}), bare(1)).unwrap()
}

fn ids(embedder: &LocalEmbedder, text: &str) -> Vec<u32> {
    embedder.core.content(text, Role::Passage).unwrap()
}

fn set(key: &'static str, value: Value) -> impl FnOnce(&mut Vec<(&'static str, Value)>) {
    move |metadata| {
        metadata.retain(|(name, _)| *name != key);
        metadata.push((key, value));
    }
}

#[test]
fn word_pieces_are_found() {
    let embedder = tiny(Kind::WordPiece);
    assert_eq!(ids(&embedder, "Returning the items!"), [4, 5, 6, 7, 8, 10]);
    assert_eq!(ids(&embedder, "CAFÉ cafe\u{301}"), [9, 9], "case and accents do not matter");
    assert_eq!(ids(&embedder, "返品"), [11, 12], "Han characters stand alone");
    assert_eq!(ids(&embedder, "📦 unable"), [1, 13, 14]);
    assert!(ids(&embedder, "").is_empty());
    assert!(!ids(&embedder, "[CLS] [SEP]").contains(&2), "text is never a special token");
    assert_eq!(embedder.count_tokens("a a a"), 5);
    assert_eq!(embedder.max_tokens(), 64);
}

#[test]
fn unigram_pieces_are_found() {
    let embedder = tiny(Kind::Unigram);
    assert_eq!(ids(&embedder, "返品"), [4, 5]);
    assert_eq!(ids(&embedder, "returns 品返"), [8, 9, 4, 7, 6]);
    assert_eq!(ids(&embedder, "📦📦"), [4, 3], "what is unknown in a row is unknown once");
    assert_eq!(ids(&embedder, ""), [4]);
    assert!(!ids(&embedder, "</s>").contains(&2), "text is never a special token");
}

#[tokio::test]
async fn questions_can_be_forgotten() {
    let embedder = tiny(Kind::Unigram);
    embedder.embed_query("返品").await.unwrap();
    assert!(embedder.queries.get("返品").is_some());
    embedder.forget();
    assert_eq!((embedder.queries.get("返品"), embedder.queries.entry_count()), (None, 0));
}

#[tokio::test]
async fn vectors_do_not_depend_on_company_or_threads() {
    for kind in [Kind::WordPiece, Kind::Unigram] {
        let texts: Vec<String> = ["", "返品", "return", "the items", "📦"].iter().map(|s| (*s).to_owned()).collect();
        let texts: Vec<String> =
            texts.iter().cloned().chain([texts.join(" "), "a return s 返品 ".repeat(100)]).collect();
        let alone = open_bytes(&gguf(kind, |_| {}), bare(1)).unwrap();
        let many = open_bytes(&gguf(kind, |_| {}), bare(3)).unwrap();
        let together = many.embed_passages(&texts).await.unwrap();
        for (text, together) in texts.iter().zip(together) {
            let one = alone.embed_query(text).await.unwrap();
            assert!(one.cosine(&together) > 0.999_999, "{text}");
            assert!((one.cosine(&one) - 1.0).abs() < 1e-5);
        }
    }
}

#[tokio::test]
async fn pooling_is_what_the_file_says() {
    let mean = tiny(Kind::WordPiece);
    let first = open_bytes(&gguf(Kind::WordPiece, set("bert.pooling_type", Value::U32(2))), bare(1)).unwrap();
    let text = "return the item";
    assert!(mean.embed_query(text).await.unwrap().cosine(&first.embed_query(text).await.unwrap()) < 0.99);
    assert_ne!(mean.space().fingerprint, first.space().fingerprint);
}

#[test]
fn prefixes_are_part_of_the_space() {
    let bytes = gguf(Kind::Unigram, |_| {});
    let space = |query: &str| {
        let config = LocalConfig { query_prefix: query.to_owned(), ..bare(1) };
        open_bytes(&bytes, config).unwrap().space().clone()
    };
    assert_eq!(space("query: "), space("query: "));
    assert_ne!(space("query: "), space(""));
    assert_eq!((space("").model.as_str(), space("").dimension), ("tiny", 64));
}

#[test]
fn a_dropped_engine_leaves_nobody_waiting() {
    let embedder = tiny(Kind::Unigram);
    let long = "返品 ".repeat(20_000);
    let mut receivers = embedder.engine.submit(std::iter::repeat_n(long.as_str(), 50), Role::Passage).unwrap();
    drop(embedder);
    assert!(receivers.iter_mut().any(|receiver| receiver.blocking_recv_is_stopped()));
}

trait Stopped {
    fn blocking_recv_is_stopped(&mut self) -> bool;
}

impl Stopped for tokio::sync::oneshot::Receiver<Result<Vector, EmbedError>> {
    fn blocking_recv_is_stopped(&mut self) -> bool {
        matches!(self.try_recv(), Err(tokio::sync::oneshot::error::TryRecvError::Closed))
    }
}

#[test]
fn files_that_are_no_model_are_refused() {
    let reason = |bytes: &[u8]| match open_bytes(bytes, bare(1)) {
        Err(EmbedError::Model(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason(b"").contains("no GGUF"));
    assert!(reason(b"GGUF rubbish that goes on for a while").contains("no GGUF"));
    let absent = LocalEmbedder::open(Path::new("/nowhere/model.gguf"), bare(1));
    assert!(matches!(absent, Err(EmbedError::Model(reason)) if reason.contains("make setup")));
    let text = |value: &str| Value::String(value.to_owned());
    for (key, value, word) in [
        ("general.architecture", text("llama"), "llama"),
        ("tokenizer.ggml.model", text("gpt2"), "gpt2"),
        ("bert.pooling_type", Value::U32(4), "pooling"),
        ("bert.attention.head_count", Value::U32(0), "heads"),
        ("bert.attention.head_count", Value::U32(7), "heads"),
        ("bert.block_count", Value::U32(3), "blk.2"),
        ("bert.embedding_length", Value::U32(32), "expected"),
        ("bert.context_length", text("many"), "context_length"),
        ("tokenizer.ggml.tokens", Value::Array(vec![Value::U32(1)]), "tokens"),
        ("tokenizer.ggml.bos_token_id", Value::U32(1000), "bos_token_id"),
        ("tokenizer.ggml.scores", Value::Array(vec![]), "scores"),
        ("tokenizer.ggml.precompiled_charsmap", Value::Array(vec![Value::U8(9)]), "tokenizer"),
    ] {
        let reason = reason(&gguf(Kind::Unigram, set(key, value)));
        assert!(reason.contains(word), "{key}: {reason}");
    }
    let whole = gguf(Kind::Unigram, |_| {});
    for end in (0..whole.len()).step_by(997) {
        reason(&whole[..end]);
    }
}

#[tokio::test]
async fn any_text_has_a_vector() {
    let embedder = tiny(Kind::Unigram);
    let megabyte = "返品したい ".repeat(1 << 16);
    for text in ["", " ", "\0", "\u{feff}", "\u{10ffff}3", "e\u{301}\u{301}\u{301}", "\r\n", megabyte.as_str()] {
        let vector = embedder.embed_query(text).await.unwrap();
        assert!(vector.as_slice().iter().all(|value| value.is_finite()));
    }
}

proptest::proptest! {
    #[test]
    fn tokenizing_never_fails(text in "\\PC{0,80}") {
        for kind in [Kind::WordPiece, Kind::Unigram] {
            static MODELS: std::sync::OnceLock<[LocalEmbedder; 2]> = std::sync::OnceLock::new();
            let models = MODELS.get_or_init(|| [tiny(Kind::WordPiece), tiny(Kind::Unigram)]);
            let embedder = &models[usize::from(kind == Kind::Unigram)];
            proptest::prop_assert!(embedder.count_tokens(&text) >= 2);
        }
    }
}
