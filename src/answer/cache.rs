//! Written answers, kept for the next customer who asks the same.
//!
//! An answer is given again only where nothing that made it differs: the index generation, the model, the prompt, the language, the
//! readers, the day, the verifier's bar; and only for a question that asks the same ([`Meaning`], which would rather ask the model
//! once too often). Kept is only what was verified whole ([`may_be_kept`]) and asked without a conversation before it. It lives in memory:
//! a restart begins anew.

mod english;
mod japanese;
mod meaning;
mod reading;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;

use super::Written;
use super::generate::Fate;
use crate::language::Lang;
use crate::llm::Vector;
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::{Audience, GenerationId};

pub use meaning::{Meaning, NEAR, Sameness};

/// Everything besides the question that an answer depends on. Answers of two keys never stand for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey {
    generation: GenerationId,
    model: String,
    prompt: String,
    lang: Lang,
    audiences: Vec<Audience>,
    on: Date,
    min_support: u32,
}

/// What a [`CacheKey`] is made of.
#[derive(Debug, Clone, Copy)]
pub struct KeyParts<'a> {
    /// What was searched: a changed article is another generation.
    pub generation: GenerationId,
    /// The model that is asked first.
    pub model: &'a str,
    /// Digest of its prompt.
    pub prompt: &'a str,
    /// The customer's language.
    pub lang: &'a Lang,
    /// Whose articles may be found, in any order.
    pub audiences: &'a [Audience],
    /// The day: articles come into effect and go out of it.
    pub on: Date,
    /// The support a sentence needs to be shown.
    pub min_support: f32,
}

impl From<KeyParts<'_>> for CacheKey {
    fn from(parts: KeyParts<'_>) -> Self {
        let mut audiences = parts.audiences.to_vec();
        audiences.sort_unstable();
        audiences.dedup();
        Self {
            generation: parts.generation,
            model: parts.model.to_owned(),
            prompt: parts.prompt.to_owned(),
            lang: parts.lang.clone(),
            audiences,
            on: parts.on,
            min_support: parts.min_support.to_bits(),
        }
    }
}

/// How much a cache has spared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheRate {
    /// Questions answered from it.
    pub hits: u64,
    /// Questions that might have been, and were not.
    pub misses: u64,
    /// Answers it holds.
    pub entries: usize,
}

impl std::fmt::Display for CacheRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hits, misses, .. } = self;
        write!(f, "{hits} of {} questions answered from it", hits + misses)
    }
}

/// Answers by the meaning of their questions.
#[derive(Debug)]
pub struct AnswerCache {
    capacity: usize,
    analyser: Arc<LexicalAnalyser>,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// Least recently used first.
    entries: Vec<Entry>,
    /// The one that was last looked in.
    generation: Option<GenerationId>,
    hits: u64,
    misses: u64,
}

#[derive(Debug)]
struct Entry {
    key: CacheKey,
    meaning: Meaning,
    vector: Vector,
    written: Arc<Written>,
}

impl AnswerCache {
    /// For so many answers; for none, there is no cache.
    pub fn new(capacity: usize, analyser: Arc<LexicalAnalyser>) -> Option<Self> {
        (capacity > 0).then(|| Self { capacity, analyser, shelf: Mutex::default() })
    }

    /// The answer to a question that asks the same, written from the same.
    pub fn find(&self, key: &CacheKey, question: &str, vector: &Vector) -> Option<Arc<Written>> {
        let meaning = Meaning::of(&self.analyser, question, &key.lang);
        let mut shelf = self.shelf();
        if shelf.generation != Some(key.generation) {
            shelf.generation = Some(key.generation);
            shelf.entries.retain(|entry| entry.key.generation == key.generation);
        }
        // The latest first: of two that both fit, any will do.
        let at = shelf
            .entries
            .iter()
            .rposition(|entry| entry.key == *key && entry.meaning.is_that_of(&meaning, &entry.vector, vector));
        let Some(at) = at else {
            shelf.misses += 1;
            return None;
        };
        shelf.hits += 1;
        let entry = shelf.entries.remove(at);
        let written = Arc::clone(&entry.written);
        shelf.entries.push(entry);
        Some(written)
    }

    /// Keeps an answer for the next who asks the same, if it [may be kept](may_be_kept) and was written by the model and the prompt that
    /// `key` names, and not by a fallback or a prompt that was taken up meanwhile.
    pub fn keep(&self, key: CacheKey, question: &str, vector: &Vector, written: &Written) {
        let as_asked = written.model == key.model && written.prompt.digest == key.prompt;
        if !as_asked || !may_be_kept(written) {
            return;
        }
        let meaning = Meaning::of(&self.analyser, question, &key.lang);
        let mut shelf = self.shelf();
        // The articles changed while it was written.
        if shelf.generation.is_some_and(|generation| generation != key.generation) {
            return;
        }
        shelf.entries.retain(|entry| entry.key != key || entry.meaning.sameness(&meaning) != Sameness::Written);
        if shelf.entries.len() >= self.capacity {
            shelf.entries.remove(0);
        }
        shelf.entries.push(Entry { key, meaning, vector: vector.clone(), written: Arc::new(written.clone()) });
    }

    /// Forgets every answer: among them may be one to a customer who wants to be forgotten.
    pub fn forget(&self) {
        self.shelf().entries.clear();
    }

    /// What it has spared so far.
    pub fn rate(&self) -> CacheRate {
        let shelf = self.shelf();
        CacheRate { hits: shelf.hits, misses: shelf.misses, entries: shelf.entries.len() }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing that holds it can leave it half done.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an answer is good enough to be given to everybody who asks the same: something was shown, the model came to its end, nothing it
/// said was withheld or a breach, and the verifier had all it needs.
///
/// What is shown besides a withheld sentence is verified, but it may lack just the exception that the model tried to state; one customer
/// gets that answer, and the next another try. A sentence passed over was said or quoted before: nothing is missing.
pub fn may_be_kept(written: &Written) -> bool {
    let Written { draft, sentences, none, cut, breach, .. } = written;
    let whole = |sentence: &super::Judged| {
        sentence.outcome != Fate::Withheld && sentence.breach.is_none() && !sentence.verdict.without_meaning
    };
    draft.quotes() && !none && !cut && breach.is_none() && sentences.iter().all(whole)
}

#[cfg(test)]
mod tests;
