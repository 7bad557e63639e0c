//! From text to the model's token ids, by what the GGUF file says: SentencePiece unigram (`t5`) or WordPiece (`bert`).

use std::collections::{HashMap, HashSet};

use tokenizers::Model as _;
use tokenizers::Tokenizer;
use tokenizers::models::unigram::Unigram;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, Precompiled};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;

use super::EmbedError;
use super::metadata::Metadata;

/// SentencePiece writes spaces as this character.
const SPACE: char = '\u{2581}';
/// Stands before the name of tokens that text must never match: a customer who types `</s>` gets the letters, not the token.
const UNTYPABLE: char = '\u{10ffff}';
/// llama.cpp's types of tokens that text may match: normal, user-defined, byte.
const MATCHABLE: [usize; 3] = [1, 4, 6];

/// Turns text into ids. Cheap to share, never changes.
pub(super) struct TextTokenizer {
    kind: Kind,
    bos: u32,
    eos: u32,
}

enum Kind {
    Unigram { model: Box<Unigram>, charsmap: Option<Box<Precompiled>> },
    WordPiece(Box<Tokenizer>),
}

impl std::fmt::Debug for TextTokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Unigram { .. } => "TextTokenizer(unigram)",
            Kind::WordPiece(_) => "TextTokenizer(WordPiece)",
        })
    }
}

fn broken(error: impl std::fmt::Display) -> EmbedError {
    EmbedError::Model(format!("the GGUF file's tokenizer: {error}"))
}

impl TextTokenizer {
    pub(super) fn from_gguf(metadata: &Metadata<'_>) -> Result<Self, EmbedError> {
        let tokens = metadata.texts("tokenizer.ggml.tokens")?;
        let kinds = metadata.numbers("tokenizer.ggml.token_type").unwrap_or_default();
        let matchable = |id: usize| kinds.get(id).is_none_or(|kind| MATCHABLE.contains(kind));
        let id = |key: &str, otherwise: Option<&str>| -> Result<u32, EmbedError> {
            let named = otherwise.and_then(|name| tokens.iter().position(|token| *token == name));
            let id = metadata.number(key).or(named).filter(|id| *id < tokens.len());
            id.and_then(|id| u32::try_from(id).ok()).ok_or_else(|| broken(format!("{key} is absent or out of range")))
        };
        match metadata.required_text("tokenizer.ggml.model")? {
            "t5" => {
                let scores = metadata.floats("tokenizer.ggml.scores")?;
                if scores.len() != tokens.len() {
                    return Err(broken("as many scores as tokens are needed"));
                }
                let unknown = id("tokenizer.ggml.unknown_token_id", Some("<unk>"))?;
                let vocabulary =
                    tokens.iter().zip(scores).enumerate().map(|(id, (token, score))| match matchable(id) {
                        true => ((*token).to_owned(), f64::from(score)),
                        // Their score must not lower the penalty of unknown characters, which counts from the worst piece.
                        false => (format!("{UNTYPABLE}{id}"), 0.0),
                    });
                let model = Unigram::from(vocabulary.collect(), Some(unknown as usize), false).map_err(broken)?;
                let charsmap = metadata.bytes("tokenizer.ggml.precompiled_charsmap");
                let charsmap =
                    charsmap.map(|bytes| Precompiled::from(&bytes).map(Box::new)).transpose().map_err(broken)?;
                Ok(Self {
                    kind: Kind::Unigram { model: Box::new(model), charsmap },
                    bos: id("tokenizer.ggml.bos_token_id", Some("<s>"))?,
                    eos: id("tokenizer.ggml.eos_token_id", Some("</s>"))?,
                })
            }
            "bert" => {
                let cls = metadata.number("tokenizer.ggml.cls_token_id").and(Some("tokenizer.ggml.cls_token_id"));
                Ok(Self {
                    bos: id(cls.unwrap_or("tokenizer.ggml.bos_token_id"), Some("[CLS]"))?,
                    eos: id("tokenizer.ggml.seperator_token_id", Some("[SEP]"))?,
                    kind: Kind::WordPiece(Box::new(wordpiece(metadata, &tokens, matchable)?)),
                })
            }
            other => Err(broken(format!("{other} is not served here; t5 (unigram) and bert (WordPiece) are"))),
        }
    }

    /// Ids of `text` without the special tokens. `text` has been through `normalise`.
    pub(super) fn content(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        match &self.kind {
            Kind::Unigram { model, charsmap } => {
                let mapped = charsmap.as_ref().map(|map| map.normalize_string(text));
                let mut ids = Vec::new();
                for word in words(mapped.as_deref().unwrap_or(text)) {
                    // Pieces never reach across a space, so words can be looked up (and cached) one by one.
                    let tokens = model.tokenize(&word).map_err(broken)?;
                    ids.extend(tokens.iter().map(|token| token.id));
                }
                Ok(ids)
            }
            Kind::WordPiece(tokenizer) => Ok(tokenizer.encode_fast(text, false).map_err(broken)?.get_ids().to_vec()),
        }
    }

    /// The token every window begins with.
    pub(super) fn bos(&self) -> u32 {
        self.bos
    }

    /// The token every window ends with.
    pub(super) fn eos(&self) -> u32 {
        self.eos
    }
}

/// SentencePiece's words: a space before the first, runs of spaces as one, each word with its space in front.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::from(SPACE);
    let mut last_was_space = true;
    for c in text.chars() {
        if c != ' ' {
            word.push(c);
        } else if !last_was_space {
            out.push(std::mem::replace(&mut word, String::from(SPACE)));
        }
        last_was_space = c == ' ';
    }
    // A space at the very end is a word of its own; an empty text is one space.
    out.push(word);
    out
}

/// llama.cpp stores WordPiece turned round: `▁word` begins a word and a bare piece continues one. Back to `word`, `##piece`.
fn wordpiece(
    metadata: &Metadata<'_>,
    tokens: &[&str],
    matchable: impl Fn(usize) -> bool,
) -> Result<Tokenizer, EmbedError> {
    let mut seen = HashSet::new();
    let vocabulary = tokens.iter().enumerate().map(|(id, token)| {
        let name = match token.strip_prefix(SPACE) {
            Some(word) => word.to_owned(),
            None if !matchable(id) => (*token).to_owned(),
            None => format!("##{token}"),
        };
        if seen.insert(name.clone()) { name } else { format!("{UNTYPABLE}{id}") }
    });
    let vocabulary: Vec<String> = vocabulary.collect();
    let unknown = metadata.number("tokenizer.ggml.unknown_token_id").and_then(|id| vocabulary.get(id));
    // The builder wants a map type that the crate does not export; its own file format is open to everybody.
    let model = serde_json::json!({
        "type": "WordPiece",
        "unk_token": unknown.map_or("[UNK]", String::as_str),
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": vocabulary.iter().enumerate().map(|(id, name)| (name, id)).collect::<HashMap<_, _>>(),
    });
    let model: WordPiece = serde_json::from_str(&model.to_string()).map_err(broken)?;
    let lowercase = metadata.flag("tokenizer.ggml.normalizer.lowercase").unwrap_or(true);
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(BertNormalizer::new(true, true, Some(lowercase), lowercase))).map_err(broken)?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    Ok(tokenizer)
}
