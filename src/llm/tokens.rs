//! How much of a model's context a text takes.

use tiktoken_rs::CoreBPE;
use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};

/// What a model's own encoding may differ from ours where we know it by name: chat formats add a little.
const KNOWN: f64 = 1.05;
/// The same where we do not: open models' vocabularies are smaller, for Japanese above all.
const UNKNOWN: f64 = 1.5;
/// Characters encoded at once. A run without spaces is one piece to the encoder, whose work grows faster than the piece.
const CHUNK: usize = 1_000;

/// How much of a model's context an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// All of the context: request and reply.
    pub context_tokens: usize,
    /// Of it, what is kept free for the reply.
    pub reply_tokens: usize,
}

impl Budget {
    /// What is left for the request.
    pub(crate) fn request(self) -> usize {
        self.context_tokens.saturating_sub(self.reply_tokens)
    }
}

/// Counts a model's tokens, rather too many than too few.
#[derive(Clone, Copy)]
pub(crate) struct Tokens {
    encoding: &'static CoreBPE,
    factor: f64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("factor", &self.factor).finish_non_exhaustive()
    }
}

impl Tokens {
    /// As `model` counts, if its encoding is known by that name or by the part after its maker's; else by a recent encoding, with
    /// more to spare.
    pub(crate) fn of(model: &str) -> Self {
        let bare = model.rsplit('/').next().unwrap_or(model);
        let Some(tokenizer) = get_tokenizer(model).or_else(|| get_tokenizer(bare)) else { return Self::unknown() };
        let encoding = match tokenizer {
            Tokenizer::O200kHarmony => tiktoken_rs::o200k_harmony_singleton(),
            Tokenizer::O200kBase => tiktoken_rs::o200k_base_singleton(),
            Tokenizer::Cl100kBase => tiktoken_rs::cl100k_base_singleton(),
            Tokenizer::P50kBase => tiktoken_rs::p50k_base_singleton(),
            Tokenizer::P50kEdit => tiktoken_rs::p50k_edit_singleton(),
            Tokenizer::R50kBase | Tokenizer::Gpt2 => tiktoken_rs::r50k_base_singleton(),
        };
        Self { encoding, factor: KNOWN }
    }

    /// As a model counts whose encoding nobody knows.
    fn unknown() -> Self {
        Self { encoding: tiktoken_rs::o200k_base_singleton(), factor: UNKNOWN }
    }

    /// Tokens of `text`.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.scaled(chunks(text).map(|chunk| self.encoding.count_ordinary(chunk)).sum())
    }

    /// The beginning of `text` that takes at most so many tokens; cut at a chunk's tokens, so between characters.
    pub(crate) fn cut<'t>(&self, text: &'t str, most: usize) -> &'t str {
        let (mut end, mut used) = (0, 0);
        for chunk in chunks(text) {
            let tokens = self.encoding.count_ordinary(chunk);
            if self.scaled(used + tokens) > most {
                end += self.part(chunk, used, most);
                break;
            }
            used += tokens;
            end += chunk.len();
        }
        text.get(..end).unwrap_or_default()
    }

    /// How many bytes of `chunk` fit after `used` tokens, by halves: a few hundred characters need no better.
    fn part(&self, chunk: &str, used: usize, most: usize) -> usize {
        let ends: Vec<usize> = chunk.char_indices().map(|(at, _)| at).collect();
        let fits = |end: &usize| {
            let tokens = chunk.get(..*end).map_or(0, |text| self.encoding.count_ordinary(text));
            self.scaled(used + tokens) <= most
        };
        let kept = ends.partition_point(fits);
        kept.checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0)
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts of tokens are small")]
    #[expect(clippy::cast_sign_loss, reason = "a count times a positive factor")]
    fn scaled(&self, tokens: usize) -> usize {
        (tokens as f64 * self.factor).ceil() as usize
    }
}

/// A text in pieces of [`CHUNK`] characters.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.char_indices().nth(CHUNK).map_or(rest.len(), |(at, _)| at);
        let (chunk, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_model_is_counted_by_its_own_encoding() {
        let text = "返品は、お届けの翌日から30日以内です。".repeat(20);
        let (old, new) = (Tokens::of("gpt-4-0613").count(&text), Tokens::of("gpt-4o").count(&text));
        assert!(old > new, "{old} {new}");
        assert_eq!(Tokens::of("openai/gpt-4o-mini").count(&text), new);
        assert!(Tokens::of("SmolLM2-135M-Instruct").count(&text) > new);
    }

    #[test]
    fn a_cut_text_fits_and_is_as_long_as_can_be() {
        let tokens = Tokens::of("no such model");
        for text in ["どんな文章でも📦 e\u{301} ".repeat(300), "a".repeat(5_000), String::new(), "😀".repeat(2_000)]
        {
            for most in [0, 1, 10, 100, 1_000] {
                let cut = tokens.cut(&text, most);
                assert!(tokens.count(cut) <= most, "{most}");
                assert!(text.starts_with(cut));
            }
            assert_eq!(tokens.cut(&text, usize::MAX), text);
        }
    }

    #[test]
    fn a_megabyte_without_spaces_is_counted() {
        assert!(Tokens::of("gpt-4o").count(&"返".repeat(350_000)) > 100_000);
    }

    #[test]
    fn any_text_is_counted() {
        let tokens = |text: &str| Tokens::unknown().count(text);
        assert_eq!(tokens(""), 0);
        assert!(tokens(&"返".repeat(350_000)) > 100_000);
        let (once, twice) = (tokens("か\u{3099}📦 e\u{301}"), tokens(&"か\u{3099}📦 e\u{301} ".repeat(2)));
        assert!(0 < once && once < twice, "{once} {twice}");
    }
}
