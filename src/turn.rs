//! One customer turn, from a message on disk to a reply that may be shown.
//!
//! `Received → Masked → Embedded → Cleared → Retrieved → Drafted → Verified`: each step takes what the one before it made, and
//! only the module that earns a type can make it, so that a step left out does not compile.

mod context;
mod draft;
mod handoff;
mod progress;
mod propose;
mod reply;
mod vote;
mod watch;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::Instrument as _;

use crate::answer::{
    AnswerCache, Confidence, PassageRecord, Receipt, Reply, ReplyKind, Retrieved, SearchRecord, Sources, Verified,
    Writer, WrittenBy, courtesy, phrases,
};
use crate::clock::Clock;
use crate::guard::vote::{ModelVote, Voted};
use crate::guard::{Claimed, Cleared, Guard, HandoffReason, Masked, Received};
use crate::knowledge::{Catalogue, CatalogueError, Catalogues, PolicyShelf};
use crate::language::Lang;
use crate::llm::{EmbedError, Embedded, Embedder};
use crate::passages::IndexError;
use crate::passages::hybrid::{Fused, Retriever};
use crate::passages::lexical::LexicalAnalyser;

pub use progress::{NotNoted, Piece, Progress, Whole};
pub use propose::{Claim, Proposed};
pub(crate) use reply::cut_off;
use watch::Watch;

/// The parts a turn needs, and nothing else.
#[derive(Debug)]
pub struct Turn {
    /// Passages to sentences, if a language model is to write answers.
    pub writer: Option<Writer>,
    /// What goes to a person.
    pub guards: Arc<PolicyShelf>,
    /// Who else may claim a message for a person, if a language model is to.
    pub vote: Option<ModelVote>,
    /// Answers it has written, for whoever asks the same.
    pub cache: Option<Arc<AnswerCache>>,
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
    /// From this on the articles surely hold the answer: where nothing that a model wrote can be shown, they are quoted.
    pub sure_confidence: f32,
    /// Nearest articles shown when they do not.
    pub suggestions: usize,
}

/// What a turn came to: a reply, and its text in the pieces it is streamed in.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The reply.
    pub reply: Reply,
    /// Joined, they are `reply.answer`. Those that [`Progress`] was told of come first.
    pub pieces: Vec<Piece>,
    /// What led to it.
    pub receipt: Receipt,
    /// Where a person takes over: before which piece it is said which case it became, and by when they answer.
    pub case_at: Option<usize>,
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
    /// Forgets what it remembers of what customers asked, so that it can be answered more quickly: nobody's words are left in memory
    /// when they are erased.
    pub fn forget(&self) {
        self.embedder.forget();
        if let Some(cache) = &self.cache {
            cache.forget();
        }
        if let Some(writer) = &self.writer {
            writer.support.forget();
        }
    }

    /// Answers one message. Never fails: what cannot be answered is said so, in the customer's language. `progress` hears of what a
    /// model writes sentence by sentence.
    pub async fn answer(&self, received: Received, progress: &dyn Progress) -> Outcome {
        let mut watch = Watch::start();
        let guard = self.guards.current();
        let masked = Masked::of(received);
        let lang = masked.lang().clone();
        let by_words = self.claimed_by_words(&masked, &guard);
        if by_words.is_none() {
            if let Some(met) = courtesy(masked.text()) {
                return reply::plain(ReplyKind::Courtesy, phrases(&lang).courtesy(met), &lang, None, watch.finish());
            }
            if !masked.text().chars().any(char::is_alphanumeric) {
                return reply::plain(ReplyKind::Abstention, phrases(&lang).empty, &lang, None, watch.finish());
            }
        }
        let found = match self.understand(masked, &guard, &mut watch).await {
            Ok(found) => found,
            // What the words alone decide stands, whatever is down.
            Err(claimed) => {
                let claimed = by_words.filter(|_| claimed.decision().is_none()).unwrap_or(claimed);
                return self.hand_over(&claimed, &guard, watch).await;
            }
        };
        if let Some(claimed) = by_words {
            return self.hand_over(&claimed, &guard, watch).await;
        }
        if found.voted.has_failed() {
            // Nobody is sent to a person for that alone; but the message was not judged by all who should have.
            self.guards.failed();
        }
        if found.confidence < self.min_confidence
            && let Some(claimed) = self.not_understood(found.message(), &guard)
        {
            return self.hand_over(&claimed, &guard, watch).await;
        }
        if let Some(options) = self.ambiguous(&found) {
            let mut outcome = reply::clarification(&found, options, self.receipt(&found), watch.finish());
            outcome.reply.degraded = found.voted.has_failed();
            return outcome;
        }
        let (drafted, pen) = self.draft(&found, progress).instrument(tracing::info_span!("answer")).await;
        let verified = Verified::check(drafted).into_draft();
        watch.lap(|t| &mut t.answer_ms);
        if pen.breach.is_some() {
            return self.withhold(&found, verified, pen, &guard, watch.finish());
        }
        reply::said(&found, verified, pen, self.suggestions, watch.finish())
    }

    /// What led to a reply, as far as the search.
    fn receipt(&self, found: &Found) -> Receipt {
        Receipt {
            search: Some(found.retrieved.search_record().clone()),
            passages: PassageRecord::of(found.retrieved.hits()),
            confidence: found.confidence,
            min_confidence: self.min_confidence,
            ..Receipt::default()
        }
    }

    /// Embeds a message, asks the guards, searches. A chat model votes once a message: what it `voted` before stands.
    async fn look(
        &self,
        message: Masked,
        voted: Option<&Voted>,
        guard: &Guard,
        watch: &mut Watch,
    ) -> Result<Found, Box<Claimed>> {
        let embedding = Embedded::of(message.clone(), self.embedder.as_ref()).instrument(tracing::info_span!("embed"));
        let embedded = embedding.await.map_err(|error| {
            tracing::error!(%error, "the message could not be embedded");
            Box::new(Claimed::failed(message.clone(), HandoffReason::GuardUnavailable))
        })?;
        watch.lap(|t| &mut t.embed_ms);
        let cleared = tracing::info_span!("guard").in_scope(|| Cleared::check(embedded, guard))?;
        watch.lap(|t| &mut t.guard_ms);
        let (found, voted) = self.search_and_vote(&cleared, voted, guard, watch).await;
        // What is claimed goes to its desk, whatever became of the search.
        if let Some(claimed) = cleared.claimed_by(&voted, guard) {
            return Err(claimed);
        }
        let found = found.map_err(|error| {
            tracing::error!(%error, "the articles could not be searched");
            Box::new(Claimed::failed(message, HandoffReason::SearchUnavailable))
        })?;
        Ok(Found { voted, ..found })
    }

    async fn found(&self, cleared: Cleared) -> Result<Found, FindError> {
        let (retrieved, catalogue) = self.retrieve(cleared).await?;
        let confidence = self.confidence(&retrieved, &catalogue).value();
        Ok(Found { retrieved, catalogue, confidence, voted: Voted::Unasked })
    }

    async fn retrieve(&self, cleared: Cleared) -> Result<(Retrieved, Arc<Catalogue>), FindError> {
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
        let sources = Sources {
            retriever: &self.retriever,
            catalogue: &catalogue,
            default_language: &self.default_language,
            on: self.today(),
            limit,
        };
        let search = sources.search_for(&message);
        let hits = search.run(&self.retriever, &vector).await?;
        Ok((hits, search.language))
    }

    /// Does a search again as its receipt tells, in the generation that serves now: what is found is the same as long as that is the
    /// receipt's. `None` if it is another, whose passages are others.
    ///
    /// # Errors
    /// When the question cannot be embedded or the articles cannot be searched.
    pub async fn replay(&self, search: &SearchRecord) -> Result<Option<Vec<PassageRecord>>, FindError> {
        let catalogue = self.catalogues.current().await?;
        if catalogue.spec().id != search.generation {
            return Ok(None);
        }
        let vector = self.embedder.embed_query(&search.asked).await?;
        Ok(Some(PassageRecord::of(&search.run(&self.retriever, &vector).await?)))
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
}

/// Who wrote a draft, and from what.
#[derive(Debug, Default)]
struct Pen {
    written_by: Option<WrittenBy>,
    /// A model should have written it, and did not.
    degraded: bool,
    /// A model said what it may not: the rule it broke.
    breach: Option<String>,
    receipt: Receipt,
}

/// A message with what was found for it.
#[derive(Debug)]
struct Found {
    retrieved: Retrieved,
    catalogue: Arc<Catalogue>,
    /// That the articles hold the answer, 0 to 1.
    confidence: f32,
    /// What a chat model made of the message, as one of the guards.
    voted: Voted,
}

impl Found {
    fn message(&self) -> &Masked {
        self.retrieved.message().message()
    }

    /// Whether no model may write about it.
    fn only_quotes(&self) -> bool {
        self.message().only_quotes() || !self.voted.lets_write()
    }

    /// The language of what was found first.
    fn source_language(&self) -> &Lang {
        self.retrieved.hits().first().map_or(self.message().lang(), |hit| &hit.passage.lang)
    }
}
