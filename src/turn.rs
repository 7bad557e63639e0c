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

use crate::answer::context::{chosen, leans, room};
use crate::answer::{
    Confidence, Draft, Drafted, Extractive, Part, Question, Reply, ReplyKind, Retrieved, Sources, Suggestion, Timings,
    Verified, WriteError, Writer, Written, WrittenBy,
};
use crate::answer::{article_url, courtesy, phrases};
use crate::clock::Clock;
use crate::guard::{Cleared, HandoffReason, Masked, Received};
use crate::knowledge::{Catalogue, CatalogueError, Catalogues, Reader};
use crate::language::Lang;
use crate::llm::{EmbedError, Embedded, Embedder};
use crate::passages::IndexError;
use crate::passages::hybrid::{Fused, Retriever, Search};
use crate::passages::lexical::LexicalAnalyser;

/// A message of so little room (in characters of Japanese) is looked at in its context even if it points nowhere.
const FEW: usize = 8;
/// What a message adds to the subject must be held to this share by the article, if nothing else says that it belongs to it.
const HALF: f32 = 0.5;
/// Longest message that is asked back about, in characters of Japanese, and the most content words it has.
const SHORT: usize = 12;
const WORDS: usize = 2;
/// One word and its ending: 返品, 変更したい. 返品っていつまで says what it asks for, though "until when" is no content word.
const BARE: usize = 5;
/// Below this confidence no article is near, and a question back would offer nonsense.
const HOPELESS: f32 = 0.05;
/// Options score at least this share of the first.
const NEAR: f32 = 0.55;
/// The most options of a question back.
const OPTIONS: usize = 4;

/// The parts a turn needs, and nothing else.
#[derive(Debug)]
pub struct Turn {
    /// Passages to sentences, if a language model is to write answers.
    pub writer: Option<Writer>,
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
        if let Some(met) = courtesy(masked.text()) {
            return plain(ReplyKind::Courtesy, phrases(&lang).courtesy(met), &lang, None, watch.finish());
        }
        if !masked.text().chars().any(char::is_alphanumeric) {
            return plain(ReplyKind::Abstention, phrases(&lang).empty, &lang, None, watch.finish());
        }
        let found = match self.understand(masked, &mut watch).await {
            Ok(found) => found,
            Err(reason) => {
                let text = phrases(&lang).unavailable;
                return plain(ReplyKind::Unavailable, text, &lang, Some(reason), watch.finish());
            }
        };
        if let Some(options) = self.ambiguous(&found) {
            return clarification(&found, options, watch.finish());
        }
        let (drafted, pen) = self.draft(&found).instrument(tracing::info_span!("answer")).await;
        let verified = Verified::check(drafted).into_draft();
        watch.lap(|t| &mut t.answer_ms);
        self.reply(&found, verified, pen, watch.finish())
    }

    /// Finds what a message asks for: by itself, or by what was said before it.
    async fn understand(&self, message: Masked, watch: &mut Watch) -> Result<Found, HandoffReason> {
        let last = message.history().last();
        let asked_back = last.is_some_and(|last| last.replied == Some(ReplyKind::Clarification));
        let option = last.filter(|_| asked_back).and_then(|last| chosen(message.text(), &last.options));
        if let Some(option) = option {
            let meant = message.meaning(option.title.clone());
            return self.look(meant, watch).await;
        }
        let alone = self.look(message.clone(), watch).await?;
        let subject = message.history().subject(leans).join("\n");
        let leaning = asked_back || leans(message.text()) || room(message.text()) <= FEW;
        if subject.is_empty() || (alone.confidence >= self.min_confidence && !leaning) {
            return Ok(alone);
        }
        let together = self.look(message.meaning(format!("{subject}\n{}", message.text())), watch).await?;
        Ok(self.likelier(alone, together, &subject, leaning))
    }

    /// Which of two readings of a message was meant: by itself, or together with the `subject` before it.
    fn likelier(&self, alone: Found, together: Found, subject: &str, leaning: bool) -> Found {
        if together.confidence < self.min_confidence {
            return alone;
        }
        // What the message adds must be found where the subject leads: else it is about something else, whatever it begins with.
        let lang = together.source_language().clone();
        let known = self.words(&lang, subject);
        let added: HashSet<String> =
            self.words(&lang, together.message().text()).into_iter().filter(|word| !known.contains(word)).collect();
        let held = |found: &Found| self.held(found, &added);
        let (here, there) = (held(&alone), held(&together));
        let sure = alone.confidence >= self.min_confidence;
        let meant = match (leaning, sure) {
            (true, true) => there >= here,
            (true, false) => added.is_empty() || there > 0.0,
            (false, _) => !added.is_empty() && there >= HALF,
        };
        if meant { together } else { alone }
    }

    /// The share of `words` that the article found first holds, anywhere in it.
    fn held(&self, found: &Found, words: &HashSet<String>) -> f32 {
        let first = found.retrieved.hits().first();
        let Some(article) = first.and_then(|hit| found.catalogue.article(&hit.passage.article_id)) else { return 0.0 };
        if words.is_empty() {
            return 0.0;
        }
        let text = format!("{}\n{}\n{}", article.title, article.questions.join("\n"), article.body);
        let holds = self.words(&article.lang, &text);
        words.iter().filter(|word| holds.contains(*word) || text.contains(word.as_str())).count() as f32
            / words.len() as f32
    }

    /// Embeds a message, asks the guards, searches.
    async fn look(&self, message: Masked, watch: &mut Watch) -> Result<Found, HandoffReason> {
        let embedding = Embedded::of(message, self.embedder.as_ref()).instrument(tracing::info_span!("embed"));
        let embedded = embedding.await.map_err(|error| {
            tracing::error!(%error, "the message could not be embedded");
            HandoffReason::GuardUnavailable
        })?;
        watch.lap(|t| &mut t.embed_ms);
        let cleared = tracing::info_span!("guard").in_scope(|| Cleared::check(embedded))?;
        let searching = self.retrieve(cleared).instrument(tracing::info_span!("retrieve"));
        let (retrieved, catalogue) = searching.await.map_err(|error| {
            tracing::error!(%error, "the articles could not be searched");
            HandoffReason::SearchUnavailable
        })?;
        let confidence = self.confidence(&retrieved, &catalogue).value();
        watch.lap(|t| &mut t.retrieve_ms);
        Ok(Found { retrieved, catalogue, confidence })
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

    /// The articles to choose from, if a message is too short to tell which of them is meant, and was not asked back about before:
    /// one word that several titles share (変更したい), words that point to something never spoken of ("it doesn't work"), or a
    /// few that come near to several articles and answer to none.
    fn ambiguous(&self, found: &Found) -> Option<Vec<Suggestion>> {
        let message = found.message();
        let (text, history) = (message.text(), message.history());
        let asked_back = history.last().is_some_and(|last| last.replied == Some(ReplyKind::Clarification));
        if asked_back || message.asked() != text || room(text) > SHORT {
            return None;
        }
        let words = self.words(message.lang(), text);
        let pointing = leans(text);
        if words.len() > WORDS || (pointing && history.last().is_some()) {
            return None;
        }
        let hits = found.retrieved.hits();
        let options = if pointing {
            (found.confidence >= HOPELESS / 10.0).then(|| nearest(&close(hits, NEAR), OPTIONS))?
        } else if found.confidence >= self.min_confidence {
            let word = words.iter().next().filter(|_| words.len() == 1 && room(text) <= BARE)?;
            let titled =
                |hit: &&Fused| !hit.foreign && self.words(&hit.passage.lang, &hit.passage.title).contains(word);
            nearest(&hits.iter().filter(titled).cloned().collect::<Vec<_>>(), OPTIONS)
        } else {
            (found.confidence >= HOPELESS).then(|| nearest(&close(hits, NEAR), OPTIONS))?
        };
        (options.len() > 1).then_some(options)
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
            question: message.asked(),
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

    /// What might be said: written by the model if there is one, else quoted. A model that fails costs the reply its polish, not the
    /// customer their answer.
    async fn draft(&self, found: &Found) -> (Drafted, Pen) {
        if found.confidence < self.min_confidence {
            return (Drafted::nothing(&found.retrieved), Pen::default());
        }
        let Some(writer) = &self.writer else { return (self.quoted(found), Pen::default()) };
        let message = found.message();
        let history = message.history().lines();
        let question = Question { text: message.text(), lang: message.lang(), history: &history };
        let hits = found.retrieved.hits();
        let (written, degraded) = match writer.write(&question, hits, &found.catalogue, &mut |_| {}).await {
            Ok(written) => (written, false),
            Err(WriteError::BrokenOff { written, error }) => {
                tracing::warn!(%error, "the model broke off: what it had said and was checked stands");
                (*written, true)
            }
            Err(error) => {
                tracing::warn!(%error, "no answer was written: the articles are quoted");
                return (self.quoted(found), Pen { written_by: None, degraded: true });
            }
        };
        let Written { model, prompt, withheld, .. } = &written;
        let written_by = WrittenBy { model: model.clone(), prompt: prompt.clone(), withheld: withheld.len() };
        (Drafted::generated(&found.retrieved, written), Pen { written_by: Some(written_by), degraded })
    }

    fn quoted(&self, found: &Found) -> Drafted {
        let words = |lang: &Lang, text: &str| self.words(lang, text);
        Drafted::extractive(&found.retrieved, &Extractive { catalogue: &found.catalogue, words: &words })
    }

    fn reply(&self, found: &Found, mut draft: Draft, pen: Pen, timings: Timings) -> Outcome {
        let lang = found.message().lang().clone();
        let abstained = !draft.quotes();
        let mut suggestions = Vec::new();
        if abstained {
            suggestions = nearest(found.retrieved.hits(), self.suggestions);
            draft = abstention(&lang, &suggestions);
        }
        let pieces = draft.pieces();
        let citations: Vec<_> = draft.citations().cloned().collect();
        let source_language = citations.first().map(|citation| citation.lang.clone()).filter(|source| *source != lang);
        let reply = Reply {
            kind: if abstained { ReplyKind::Abstention } else { ReplyKind::Answer },
            answer: pieces.concat(),
            language: lang,
            source_language,
            citations,
            abstained,
            degraded: pen.degraded,
            written_by: pen.written_by,
            handoff: None,
            suggestions,
            confidence: found.confidence,
            generation: Some(found.retrieved.generation()),
            timings,
        };
        Outcome { reply, pieces }
    }
}

/// Who wrote a draft.
#[derive(Debug, Default)]
struct Pen {
    written_by: Option<WrittenBy>,
    /// A model should have, and failed.
    degraded: bool,
}

/// A message with what was found for it.
#[derive(Debug)]
struct Found {
    retrieved: Retrieved,
    catalogue: Arc<Catalogue>,
    /// That the articles hold the answer, 0 to 1.
    confidence: f32,
}

impl Found {
    fn message(&self) -> &Masked {
        self.retrieved.message().message()
    }

    /// The language of what was found first.
    fn source_language(&self) -> &Lang {
        self.retrieved.hits().first().map_or(self.message().lang(), |hit| &hit.passage.lang)
    }
}

/// The hits of the articles that stand close to the first: their best passage scores at least `share` of the best of all.
fn close(hits: &[Fused], share: f32) -> Vec<Fused> {
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    hits.iter().filter(|hit| hit.score >= best * share && !hit.foreign).cloned().collect()
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
        parts.push(Part::Own(format!("{}\n\n{}", own.nearest, listed(nearest, |_| "-".to_owned()))));
    }
    Draft { parts }
}

/// Links to articles, a line each.
fn listed(articles: &[Suggestion], mark: impl Fn(usize) -> String) -> String {
    let line = |(number, near): (usize, &Suggestion)| {
        format!("{} [{}]({})", mark(number), near.title.replace(['[', ']'], ""), near.url)
    };
    (1..).zip(articles).map(line).collect::<Vec<_>>().join("\n")
}

/// One question back, with articles to choose from.
fn clarification(found: &Found, options: Vec<Suggestion>, timings: Timings) -> Outcome {
    let lang = found.message().lang();
    let text = format!("{}\n\n{}", phrases(lang).clarify, listed(&options, |number| format!("{number}.")));
    let mut outcome = plain(ReplyKind::Clarification, &text, lang, None, timings);
    outcome.reply.abstained = false;
    outcome.reply.suggestions = options;
    outcome.reply.confidence = found.confidence;
    outcome.reply.generation = Some(found.retrieved.generation());
    outcome
}

/// A reply of the assistant's own words only.
fn plain(kind: ReplyKind, text: &str, lang: &Lang, handoff: Option<HandoffReason>, timings: Timings) -> Outcome {
    let reply = Reply {
        kind,
        answer: text.to_owned(),
        language: lang.clone(),
        source_language: None,
        citations: Vec::new(),
        abstained: kind != ReplyKind::Courtesy,
        degraded: handoff.is_some(),
        written_by: None,
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

    /// Adds the time since the last lap to a step: one that is taken twice took as long as both.
    fn lap(&mut self, step: impl Fn(&mut Timings) -> &mut f64) {
        *step(&mut self.timings) += milliseconds(self.lap.elapsed());
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
