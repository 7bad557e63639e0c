//! One customer turn, from a message on disk to a reply that may be shown.
//!
//! `Received → Masked → Embedded → Cleared → Retrieved → Drafted → Verified`: each step takes what the one before it made, and
//! only the module that earns a type can make it, so that a step left out does not compile.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::Instrument as _;

use crate::answer::{
    Confidence, Draft, Drafted, Extractive, Part, Reply, Retrieved, Sources, Suggestion, Timings, Verified,
};
use crate::answer::{article_url, phrases};
use crate::clock::Clock;
use crate::guard::{Cleared, HandoffReason, Masked, Received};
use crate::knowledge::{Catalogue, CatalogueError, Catalogues, Reader};
use crate::language::Lang;
use crate::llm::{EmbedError, Embedded, Embedder};
use crate::passages::IndexError;
use crate::passages::hybrid::{Fused, Retriever, Search};
use crate::passages::lexical::LexicalAnalyser;

/// The parts a turn needs, and nothing else.
#[derive(Debug)]
pub struct Turn {
    /// Question to vector.
    pub embedder: Arc<dyn Embedder>,
    /// Vector and words to passages.
    pub retriever: Retriever,
    /// Text to words.
    pub analyser: Arc<LexicalAnalyser>,
    /// Passages kept of those found.
    pub limit: usize,
    /// The articles that are served.
    pub catalogues: Arc<Catalogues>,
    /// What day it is.
    pub clock: Arc<dyn Clock>,
    /// Where the day begins.
    pub time_zone: TimeZone,
    /// The help centre's own language.
    pub default_language: Lang,
    /// Below this the articles are said not to hold the answer.
    pub min_confidence: f32,
    /// Nearest articles shown then.
    pub suggestions: usize,
}

/// What a turn came to: a reply, and its text in the pieces it is streamed in.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The reply.
    pub reply: Reply,
    /// Joined, they are `reply.answer`.
    pub pieces: Vec<String>,
}

/// Why a search that answers nobody found nothing.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The embedder.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The articles.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Turn {
    /// Answers one message. Never fails: what cannot be answered is said so, in the customer's language.
    pub async fn answer(&self, received: Received) -> Outcome {
        let mut watch = Watch::start();
        let masked = Masked::of(received);
        let lang = masked.lang().clone();
        if !masked.text().chars().any(char::is_alphanumeric) {
            return plain(phrases(&lang).empty, &lang, None, watch.finish());
        }

        let embedded = match Embedded::of(masked, self.embedder.as_ref()).instrument(tracing::info_span!("embed")).await
        {
            Ok(embedded) => embedded,
            Err(error) => {
                tracing::error!(%error, "the message could not be embedded");
                return plain(phrases(&lang).unavailable, &lang, Some(HandoffReason::GuardUnavailable), watch.finish());
            }
        };
        watch.lap(|t| &mut t.embed_ms);

        let cleared = match tracing::info_span!("guard").in_scope(|| Cleared::check(embedded)) {
            Ok(cleared) => cleared,
            Err(reason) => return plain(phrases(&lang).unavailable, &lang, Some(reason), watch.finish()),
        };

        let (retrieved, catalogue) = match self.retrieve(cleared).instrument(tracing::info_span!("retrieve")).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the articles could not be searched");
                return plain(
                    phrases(&lang).unavailable,
                    &lang,
                    Some(HandoffReason::SearchUnavailable),
                    watch.finish(),
                );
            }
        };
        watch.lap(|t| &mut t.retrieve_ms);

        let _answering = tracing::info_span!("answer").entered();
        let confidence = self.confidence(&retrieved, &catalogue).value();
        let drafted = self.draft(&retrieved, &catalogue, confidence);
        let verified = Verified::check(drafted).into_draft();
        watch.lap(|t| &mut t.answer_ms);
        self.reply(&retrieved, verified, confidence, watch.finish())
    }

    async fn retrieve(&self, cleared: Cleared) -> anyhow::Result<(Retrieved, Arc<Catalogue>)> {
        let catalogue = self.catalogues.current().await?;
        let sources = Sources {
            retriever: &self.retriever,
            catalogue: &catalogue,
            default_language: &self.default_language,
            on: self.today(),
            limit: self.limit,
        };
        let retrieved = Retrieved::search(cleared, &sources).await?;
        Ok((retrieved, catalogue))
    }

    /// What the search finds for a message, best first, and the language it preferred: for those who look at the search
    /// itself. No guard is asked, because nothing is answered: no reply can be drafted from this.
    ///
    /// # Errors
    /// When the message cannot be embedded or the articles cannot be searched.
    pub async fn find(&self, received: Received, limit: usize) -> Result<(Vec<Fused>, Lang), FindError> {
        let (message, vector) = Embedded::of(Masked::of(received), self.embedder.as_ref()).await?.into_parts();
        let catalogue = self.catalogues.current().await?;
        let on = self.today();
        let reader = Reader { audiences: message.audiences().to_vec(), on };
        let lang = catalogue.reading_language(message.lang(), &self.default_language, &reader);
        let search = Search {
            question: message.text(),
            vector: &vector,
            lang: &lang,
            audiences: &reader.audiences,
            within: message.only_within(),
            on,
            drafts: message.drafts(),
            limit,
        };
        Ok((self.retriever.retrieve(&search).await?.hits, lang))
    }

    fn today(&self) -> Date {
        self.clock.now().to_zoned(self.time_zone.clone()).date()
    }

    fn words(&self, lang: &Lang, text: &str) -> HashSet<String> {
        self.analyser.terms(text, lang).into_iter().collect()
    }

    fn confidence(&self, retrieved: &Retrieved, catalogue: &Catalogue) -> Confidence {
        let message = retrieved.message().message();
        let source = retrieved.hits().first().map_or(message.lang(), |hit| &hit.passage.lang);
        let asked = self.words(source, message.text());
        Confidence::of(retrieved.hits(), message.lang(), &asked, |hit| {
            let article = catalogue.article(&hit.passage.article_id);
            let questions = article.as_ref().map(|article| article.questions.as_slice()).unwrap_or_default();
            self.words(&hit.passage.lang, &LexicalAnalyser::text_of(&hit.passage, questions))
        })
    }

    fn draft(&self, retrieved: &Retrieved, catalogue: &Catalogue, confidence: f32) -> Drafted {
        if confidence < self.min_confidence {
            return Drafted::nothing(retrieved);
        }
        let words = |lang: &Lang, text: &str| self.words(lang, text);
        Drafted::extractive(retrieved, &Extractive { catalogue, words: &words })
    }

    fn reply(&self, retrieved: &Retrieved, mut draft: Draft, confidence: f32, timings: Timings) -> Outcome {
        let lang = retrieved.message().message().lang().clone();
        let abstained = !draft.quotes();
        let mut suggestions = Vec::new();
        if abstained {
            suggestions = nearest(retrieved.hits(), self.suggestions);
            draft = abstention(&lang, &suggestions);
        }
        let pieces = draft.pieces();
        let citations: Vec<_> = draft.citations().cloned().collect();
        let source_language = citations.first().map(|citation| citation.lang.clone()).filter(|source| *source != lang);
        let reply = Reply {
            answer: pieces.concat(),
            language: lang,
            source_language,
            citations,
            abstained,
            degraded: false,
            handoff: None,
            suggestions,
            confidence,
            generation: Some(retrieved.generation()),
            timings,
        };
        Outcome { reply, pieces }
    }
}

/// The first articles among `hits`, each once.
fn nearest(hits: &[Fused], limit: usize) -> Vec<Suggestion> {
    let mut seen = HashSet::new();
    hits.iter()
        .filter(|hit| seen.insert(hit.passage.article_id.clone()))
        .take(limit)
        .map(|hit| Suggestion {
            article_id: hit.passage.article_id.clone(),
            title: hit.passage.title.clone(),
            lang: hit.passage.lang.clone(),
            url: article_url(&hit.passage.article_id, None, None),
        })
        .collect()
}

fn abstention(lang: &Lang, nearest: &[Suggestion]) -> Draft {
    let own = phrases(lang);
    let mut parts = vec![Part::Own(own.abstained.to_owned())];
    if !nearest.is_empty() {
        let list = nearest.iter().map(|near| format!("- [{}]({})", near.title.replace(['[', ']'], ""), near.url));
        parts.push(Part::Own(format!("{}\n\n{}", own.nearest, list.collect::<Vec<_>>().join("\n"))));
    }
    Draft { parts }
}

/// A reply of the assistant's own words only.
fn plain(text: &str, lang: &Lang, handoff: Option<HandoffReason>, timings: Timings) -> Outcome {
    let reply = Reply {
        answer: text.to_owned(),
        language: lang.clone(),
        source_language: None,
        citations: Vec::new(),
        abstained: true,
        degraded: handoff.is_some(),
        handoff,
        suggestions: Vec::new(),
        confidence: 0.0,
        generation: None,
        timings,
    };
    Outcome { reply, pieces: vec![text.to_owned()] }
}

/// Measures the steps. Durations, not the time of day, so that no clock is needed.
struct Watch {
    begun: Instant,
    lap: Instant,
    timings: Timings,
}

impl Watch {
    fn start() -> Self {
        let now = Instant::now();
        Self { begun: now, lap: now, timings: Timings::default() }
    }

    fn lap(&mut self, step: impl Fn(&mut Timings) -> &mut f64) {
        *step(&mut self.timings) = milliseconds(self.lap.elapsed());
        self.lap = Instant::now();
    }

    fn finish(mut self) -> Timings {
        self.timings.total_ms = milliseconds(self.begun.elapsed());
        self.timings
    }
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
