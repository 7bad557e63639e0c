//! Meaning: how near what is said lies to some place of its source.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use moka::sync::Cache;

use super::text::pieces;
use super::{Claim, Support, Verdict};
use crate::language::Lang;
use crate::llm::{EmbedError, Embedder, Vector};

/// Pieces that are read as one, at most: what is said often joins neighbours.
const WINDOW: usize = 3;
/// Pieces of a source that are embedded, at most; passages have fewer.
const PIECES: usize = 200;
/// Sources kept.
const SOURCES: u64 = 512;
/// Words kept.
const WORDS: u64 = 50_000;
/// Words kept that stand in no source.
const NOVEL: u64 = 5_000;

/// Every place of a source with its meaning.
#[derive(Debug, Clone)]
struct Place {
    text: String,
    vector: Vector,
    pieces: usize,
}

/// How near a claim lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nearness {
    /// Cosine with the nearest place of one to three pieces.
    pub(super) best: f32,
    /// Cosine with the nearest single piece.
    pub(super) single: f32,
    /// That place.
    pub(super) place: Option<String>,
}

/// The cosine of what is said with the nearest sentence, or two or three in a row, of its source.
#[derive(Debug, Clone)]
pub struct Meaning {
    embedder: Arc<dyn Embedder>,
    places: Cache<blake3::Hash, Arc<Vec<Place>>>,
    /// Words of sources.
    words: Cache<String, Vector>,
    /// Words and sentences that no source held: a customer's may be among them.
    novel: Cache<String, Vector>,
}

impl Meaning {
    /// With the embedder of the search.
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder, places: Cache::new(SOURCES), words: Cache::new(WORDS), novel: Cache::new(NOVEL) }
    }

    /// The places of a source; embedded at the first call, in one batch.
    async fn places(&self, source: &str) -> Result<Arc<Vec<Place>>, EmbedError> {
        let key = blake3::hash(source.as_bytes());
        if let Some(known) = self.places.get(&key) {
            return Ok(known);
        }
        let pieces: Vec<String> = pieces(source).into_iter().take(PIECES).collect();
        let mut texts = Vec::new();
        for length in 1..=WINDOW {
            texts.extend(pieces.windows(length).map(|window| (window.join(" "), length)));
        }
        let batch: Vec<String> = texts.iter().map(|(text, _)| text.clone()).collect();
        let vectors = self.embedder.embed_passages(&batch).await?;
        let places = texts.into_iter().zip(vectors).map(|((text, pieces), vector)| Place { text, vector, pieces });
        let places = Arc::new(places.collect::<Vec<_>>());
        self.places.insert(key, Arc::clone(&places));
        Ok(places)
    }

    /// The meaning of what is said; asked for once, however many sources it is compared with.
    async fn said(&self, said: &str) -> Result<Vector, EmbedError> {
        let key = said.to_owned();
        if let Some(known) = self.novel.get(&key) {
            return Ok(known);
        }
        let vector = self.embedder.embed_passages(std::slice::from_ref(&key)).await?.into_iter().next();
        let vector = vector.ok_or(EmbedError::Stopped)?;
        self.novel.insert(key, vector.clone());
        Ok(vector)
    }

    pub(super) async fn nearness(&self, source: &str, said: &str) -> Result<Nearness, EmbedError> {
        let places = self.places(source).await?;
        let vector = self.said(said).await?;
        let mut nearness = Nearness { best: 0.0, single: 0.0, place: None };
        for place in places.iter() {
            let cosine = place.vector.cosine(&vector);
            if place.pieces == 1 {
                nearness.single = nearness.single.max(cosine);
            }
            if cosine > nearness.best {
                nearness.best = cosine;
                nearness.place = Some(place.text.clone());
            }
        }
        Ok(nearness)
    }

    /// For each of `said`, the cosine with the nearest of `held`: the same thing in another word?
    pub(super) async fn words(&self, said: &[String], held: &[String]) -> Result<Vec<f32>, EmbedError> {
        let mut known: HashMap<&str, Vector> = HashMap::new();
        let mut missing: Vec<String> = Vec::new();
        for word in said.iter().chain(held) {
            match self.words.get(word).or_else(|| self.novel.get(word)) {
                Some(vector) => drop(known.insert(word, vector)),
                None if missing.contains(word) => {}
                None => missing.push(word.clone()),
            }
        }
        if !missing.is_empty() {
            let vectors = self.embedder.embed_passages(&missing).await?;
            for (word, vector) in missing.iter().zip(vectors) {
                let kept = if held.contains(word) { &self.words } else { &self.novel };
                kept.insert(word.clone(), vector.clone());
                known.insert(word, vector);
            }
        }
        let nearest = |word: &String| {
            let Some(vector) = known.get(word.as_str()) else { return 0.0 };
            let cosines = held.iter().filter_map(|other| Some(known.get(other.as_str())?.cosine(vector)));
            cosines.fold(0.0, f32::max)
        };
        Ok(said.iter().map(nearest).collect())
    }
}

#[async_trait]
impl Support for Meaning {
    fn name(&self) -> &'static str {
        "embedding"
    }

    async fn support(&self, claim: &Claim<'_>) -> Verdict {
        match self.nearness(claim.source, claim.said).await {
            Ok(nearness) => {
                Verdict { support: nearness.best.clamp(0.0, 1.0), nearest: nearness.place, ..Verdict::default() }
            }
            Err(error) => {
                tracing::warn!(%error, "the verifier could not embed a sentence: nothing supports it");
                Verdict { without_meaning: true, ..Verdict::default() }
            }
        }
    }

    async fn prepare(&self, source: &str, _lang: &Lang, meaning: bool) {
        if !meaning {
            return;
        }
        if let Err(error) = self.places(source).await {
            tracing::warn!(%error, "the verifier could not embed a source");
        }
    }

    fn forget(&self) {
        self.novel.invalidate_all();
        self.novel.run_pending_tasks();
    }
}
