//! Tiny GGUF models with made-up weights, for tests: a WordPiece one and a unigram one. Also used by `tests/it`.

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

/// Which tokenizer the model has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "the integration tests need only one of them")]
pub(crate) enum Kind {
    WordPiece,
    Unigram,
}

const HIDDEN: usize = 64;
const WIDE: usize = 128;
const LAYERS: usize = 2;
const POSITIONS: usize = 64;

/// Tokens of the WordPiece model as llama.cpp stores them.
pub(crate) const WORDPIECE: [&str; 16] = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "\u{2581}return",
    "ing",
    "\u{2581}the",
    "\u{2581}item",
    "s",
    "\u{2581}cafe",
    "\u{2581}!",
    "\u{2581}返",
    "\u{2581}品",
    "\u{2581}un",
    "able",
    "\u{2581}a",
];

const UNIGRAM: [(&str, f32); 10] = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("\u{2581}", -2.0),
    ("返品", -5.0),
    ("返", -6.0),
    ("品", -6.0),
    ("\u{2581}return", -7.0),
    ("s", -4.0),
];

/// The bytes of a GGUF file. `change` may rewrite the metadata.
pub(crate) fn gguf(kind: Kind, change: impl FnOnce(&mut Vec<(&'static str, Value)>)) -> Vec<u8> {
    let strings =
        |texts: Vec<&str>| Value::Array(texts.into_iter().map(|text| Value::String(text.to_owned())).collect());
    let types = |special: &[usize], count: usize| {
        Value::Array((0..count).map(|id| Value::I32(if special.contains(&id) { 3 } else { 1 })).collect())
    };
    let mut metadata = vec![
        ("general.architecture", Value::String("bert".to_owned())),
        ("general.name", Value::String("tiny".to_owned())),
        ("bert.block_count", Value::U32(LAYERS as u32)),
        ("bert.context_length", Value::U32(POSITIONS as u32)),
        ("bert.embedding_length", Value::U32(HIDDEN as u32)),
        ("bert.feed_forward_length", Value::U32(WIDE as u32)),
        ("bert.attention.head_count", Value::U32(2)),
        ("bert.attention.layer_norm_epsilon", Value::F32(1e-12)),
        ("bert.attention.causal", Value::Bool(false)),
        ("bert.pooling_type", Value::U32(1)),
        ("tokenizer.ggml.token_type_count", Value::U32(2)),
    ];
    let vocabulary = match kind {
        Kind::WordPiece => {
            metadata.extend([
                ("tokenizer.ggml.model", Value::String("bert".to_owned())),
                ("tokenizer.ggml.pre", Value::String("default".to_owned())),
                ("tokenizer.ggml.tokens", strings(WORDPIECE.to_vec())),
                ("tokenizer.ggml.token_type", types(&[0, 1, 2, 3], WORDPIECE.len())),
                ("tokenizer.ggml.padding_token_id", Value::U32(0)),
                ("tokenizer.ggml.unknown_token_id", Value::U32(1)),
                ("tokenizer.ggml.bos_token_id", Value::U32(2)),
                ("tokenizer.ggml.cls_token_id", Value::U32(2)),
                ("tokenizer.ggml.seperator_token_id", Value::U32(3)),
            ]);
            WORDPIECE.len()
        }
        Kind::Unigram => {
            metadata.extend([
                ("tokenizer.ggml.model", Value::String("t5".to_owned())),
                ("tokenizer.ggml.tokens", strings(UNIGRAM.iter().map(|(text, _)| *text).collect())),
                ("tokenizer.ggml.scores", Value::Array(UNIGRAM.iter().map(|(_, score)| Value::F32(*score)).collect())),
                ("tokenizer.ggml.token_type", types(&[0, 1, 2, 3], UNIGRAM.len())),
                ("tokenizer.ggml.bos_token_id", Value::U32(0)),
                ("tokenizer.ggml.eos_token_id", Value::U32(2)),
                ("tokenizer.ggml.unknown_token_id", Value::U32(3)),
            ]);
            UNIGRAM.len()
        }
    };
    change(&mut metadata);

    let mut state = 42_u32;
    let mut number = |centre: f32, spread: f32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        centre + spread * ((state >> 8) as f32 / 8_388_608.0 - 1.0)
    };
    let mut tensors: Vec<(String, QTensor)> = Vec::new();
    let mut add = |name: String, shape: &[usize], centre: f32, spread: f32| {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| number(centre, spread)).collect();
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        tensors.push((name, QTensor::quantize(&tensor, GgmlDType::F32).unwrap()));
    };
    add("token_embd.weight".into(), &[vocabulary, HIDDEN], 0.0, 1.0);
    add("position_embd.weight".into(), &[POSITIONS, HIDDEN], 0.0, 0.3);
    add("token_types.weight".into(), &[2, HIDDEN], 0.0, 0.3);
    type Add<'a> = dyn FnMut(String, &[usize], f32, f32) + 'a;
    let norm = |add: &mut Add<'_>, name: &str| {
        add(format!("{name}.weight"), &[HIDDEN], 1.0, 0.2);
        add(format!("{name}.bias"), &[HIDDEN], 0.0, 0.2);
    };
    norm(&mut add, "token_embd_norm");
    for layer in 0..LAYERS {
        for (part, outputs, inputs) in [
            ("attn_q", HIDDEN, HIDDEN),
            ("attn_k", HIDDEN, HIDDEN),
            ("attn_v", HIDDEN, HIDDEN),
            ("attn_output", HIDDEN, HIDDEN),
            ("ffn_up", WIDE, HIDDEN),
            ("ffn_down", HIDDEN, WIDE),
        ] {
            add(format!("blk.{layer}.{part}.weight"), &[outputs, inputs], 0.0, 0.3);
            add(format!("blk.{layer}.{part}.bias"), &[outputs], 0.0, 0.2);
        }
        norm(&mut add, &format!("blk.{layer}.attn_output_norm"));
        norm(&mut add, &format!("blk.{layer}.layer_output_norm"));
    }
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let mut out = std::io::Cursor::new(Vec::new());
    gguf_file::write(&mut out, &metadata, &tensors).unwrap();
    out.into_inner()
}
