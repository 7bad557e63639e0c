//! Japanese words by a MeCab dictionary with IPADIC's columns.

use std::path::Path;

use notmecab::{Blob, Cache, Dict, LexerToken, TokenType};

/// Why a dictionary cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("dictionary: {0}")]
pub struct DictionaryError(String);

/// The opened dictionary.
pub(super) struct Japanese {
    dictionary: Dict,
    digest: String,
}

/// A word as the dictionary knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Morpheme<'a> {
    /// As it stands in the text.
    pub(super) surface: &'a str,
    /// Part of speech.
    pub(super) pos: &'a str,
    /// Its first subdivision.
    pub(super) detail: &'a str,
    /// Dictionary form; the surface if the dictionary gives none.
    pub(super) lemma: &'a str,
    /// Reading in katakana, if known.
    pub(super) reading: Option<&'a str>,
}

impl std::fmt::Debug for Japanese {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Japanese").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Japanese {
    /// Opens `sys.dic`, `unk.dic`, `matrix.bin` and `char.bin` in a folder.
    pub(super) fn open(dir: &Path) -> Result<Self, DictionaryError> {
        let mut hasher = blake3::Hasher::new();
        let mut read = |name: &str| {
            let bytes = std::fs::read(dir.join(name)).map_err(|e| DictionaryError(format!("{name}: {e}")))?;
            hasher.update(&bytes);
            Ok(Blob::new(bytes))
        };
        let (words, unknown, matrix, chars) =
            (read("sys.dic")?, read("unk.dic")?, read("matrix.bin")?, read("char.bin")?);
        let dictionary = Dict::load(words, unknown, matrix, chars).map_err(|e| DictionaryError(e.to_owned()))?;
        Ok(Self { dictionary, digest: hasher.finalize().to_hex().chars().take(16).collect() })
    }

    /// Names the dictionary's content.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// Gives every word of a run to `take`.
    pub(super) fn each(&self, run: &str, take: &mut dyn FnMut(Morpheme<'_>)) {
        let mut cache = Cache::new();
        let mut tokens: Vec<LexerToken> = Vec::new();
        if self.dictionary.tokenize_with_cache(&mut cache, run, &mut tokens).is_err() {
            return;
        }
        for token in &tokens {
            let Some(surface) = run.get(token.range.clone()) else { continue };
            let feature = token.get_feature(&self.dictionary);
            let mut columns = feature.split(',');
            let pos = columns.next().unwrap_or_default();
            let detail = columns.next().unwrap_or_default();
            let known = |column: &&str| !column.is_empty() && *column != "*";
            let mut columns = columns.skip(4);
            let lemma = columns.next().filter(known).unwrap_or(surface);
            let reading = if token.kind == TokenType::UNK { None } else { columns.next().filter(known) };
            take(Morpheme { surface, pos, detail, lemma, reading });
        }
    }
}
