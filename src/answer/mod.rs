//! From passages to the words a customer reads.

mod blocks;
pub mod cache;
mod chain;
mod compose;
mod confidence;
pub mod context;
mod courtesy;
mod exceptions;
mod generate;
mod headings;
mod html;
mod phrases;
mod receipt;
mod select;
mod support;
mod tables;
mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::guard::{DeskCode, HandoffReason};
use crate::handoff::Reference;
use crate::language::Lang;
use crate::passages::hybrid::Fused;
use crate::passages::{ArticleId, ArticleVersion, GenerationId, Leg, Span};
use crate::prompt::PromptVersion;

pub use cache::{AnswerCache, CacheKey, CacheRate, KeyParts};
pub use chain::{Drafted, Retrieved, Sources, Verified};
pub use compose::{Draft, Extractive, Part};
pub use confidence::Confidence;
pub use courtesy::{Courtesy, courtesy};
#[cfg(test)]
pub(crate) use generate::tests::stage::Stage;
pub use generate::{Fate, Judged, PromptShelf, Prompts, Question, Said, Why, WriteError, Writer, Written};
pub use html::{article_html, reply_html};
pub use phrases::{LANGUAGES, Phrases, phrases};
pub use receipt::{PassageRecord, Receipt, SearchRecord, Writing};
pub use support::{Checks, Claim, Disagreement, Evidence, Meaning, Subject, Support, TokenOverlap, Verdict, sentences};
pub use verify::verify;

/// What a reply is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Answers from the articles.
    #[default]
    Answer,
    /// Asks one question back, with articles to choose from in `suggestions`, because the words could mean several things.
    Clarification,
    /// Says that the articles do not hold the answer.
    Abstention,
    /// Meets thanks, a greeting or small talk as such.
    Courtesy,
    /// Hands the matter to a person, because it is not for a machine to decide.
    Handoff,
    /// Says that nothing can be answered automatically now: a part of the machinery is down.
    Unavailable,
}

/// What the assistant says to one message, with everything needed to check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reply {
    /// What it is. (Replies kept before there were several kinds say `answer`; `abstained` tells those apart.)
    #[serde(default)]
    pub kind: ReplyKind,
    /// Markdown.
    pub answer: String,
    /// The customer's language, in which the assistant's own sentences are.
    pub language: Lang,
    /// The language of the quoted article, where it is another one.
    pub source_language: Option<Lang>,
    /// What was quoted, in the order of the answer.
    pub citations: Vec<Citation>,
    /// The articles do not hold the answer, and the reply says so.
    pub abstained: bool,
    /// A part of the machinery was down, and the reply is less than it could be.
    pub degraded: bool,
    /// The language model that wrote it, and what it was asked by; absent where the articles are quoted.
    #[serde(default)]
    pub written_by: Option<WrittenBy>,
    /// Why a person must take over, if so.
    pub handoff: Option<HandoffReason>,
    /// Who takes over.
    #[serde(default)]
    pub desk: Option<ReplyDesk>,
    /// The case it became, and by when a person answers.
    #[serde(default)]
    pub ticket: Option<ReplyTicket>,
    /// When abstaining: the nearest articles. When asking back: what can be chosen from.
    pub suggestions: Vec<Suggestion>,
    /// How sure the assistant is that the articles hold the answer, 0 to 1.
    pub confidence: f32,
    /// The index generation that was searched.
    pub generation: Option<GenerationId>,
    /// Where the time went.
    pub timings: Timings,
}

/// The people who take over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplyDesk {
    /// Names the desk.
    pub code: DeskCode,
    /// What it is called, in the customer's language.
    pub name: String,
    /// What it does and why it decides, in the customer's language.
    pub does: String,
}

/// A case, as its customer is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplyTicket {
    /// What to quote.
    pub reference: Reference,
    /// By when a person answers.
    #[schema(value_type = String, format = DateTime)]
    pub promised_by: Timestamp,
}

/// Who wrote an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WrittenBy {
    /// The language model.
    pub model: String,
    /// What it was asked by.
    pub prompt: PromptVersion,
    /// Sentences of its that were not shown, because their sources do not support them.
    pub withheld: usize,
    /// It was written for an earlier question that asked the same, from the same articles.
    #[serde(default)]
    pub cached: bool,
}

impl WrittenBy {
    /// Of what was asked and came of it.
    pub fn of(writing: &Writing) -> Self {
        let Writing { model, prompt, from_cache, .. } = writing;
        Self { model: model.clone(), prompt: prompt.clone(), withheld: writing.withheld(), cached: *from_cache }
    }
}

/// A quoted source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Citation {
    /// The article.
    pub article_id: ArticleId,
    /// The article's title.
    pub title: String,
    /// Its version, so that what was quoted can be shown again as it was.
    pub version: ArticleVersion,
    /// Its language.
    pub lang: Lang,
    /// Headings down to the quoted place, without the title.
    pub heading: Vec<String>,
    /// Characters of the article's body.
    pub span: Span,
    /// The words at `span`.
    pub quote: String,
    /// Fused score.
    pub score: f32,
    /// How each leg of the search found it.
    pub legs: Legs,
    /// Page of the service that opens the article at the quoted place.
    pub url: String,
}

impl Citation {
    /// All of the passage of a hit, for those who look at the search itself.
    pub fn of(hit: &Fused) -> Self {
        let passage = &hit.passage;
        Self {
            article_id: passage.article_id.clone(),
            title: passage.title.clone(),
            version: passage.version.clone(),
            lang: passage.lang.clone(),
            heading: passage.heading.clone(),
            span: passage.span,
            quote: passage.text.clone(),
            score: hit.score,
            legs: Legs::of(hit),
            url: article_url(&passage.article_id, Some(&passage.version), Some(passage.span)),
        }
    }
}

/// Rank and score by leg; absent where that leg did not find the passage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Legs {
    /// Meaning of the passage.
    pub dense: Option<LegScore>,
    /// Meaning of title and questions.
    pub question: Option<LegScore>,
    /// Words.
    pub lexical: Option<LegScore>,
}

/// How one leg found a passage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LegScore {
    /// From 1.
    pub rank: u32,
    /// Cosine, or BM25 for words.
    pub score: f32,
}

impl Legs {
    /// Of a hit.
    pub fn of(hit: &Fused) -> Self {
        let leg = |leg| hit.place(leg).map(|found| LegScore { rank: found.rank, score: found.score });
        Self { dense: leg(Leg::Dense), question: leg(Leg::Question), lexical: leg(Leg::Lexical) }
    }
}

/// An article offered, not quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// The article.
    pub article_id: ArticleId,
    /// Its title.
    pub title: String,
    /// Its language.
    pub lang: Lang,
    /// Page of the service that shows it.
    pub url: String,
}

/// Milliseconds each step took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timings {
    /// Question to vector.
    pub embed_ms: f64,
    /// The guards.
    #[serde(default)]
    pub guard_ms: f64,
    /// Search and fusion.
    pub retrieve_ms: f64,
    /// Draft and verification.
    pub answer_ms: f64,
    /// All of the turn.
    pub total_ms: f64,
}

/// The page that shows an article, at a span if there is one.
pub fn article_url(id: &ArticleId, version: Option<&ArticleVersion>, span: Option<Span>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(version) = version {
        query.append_pair("version", &version.0);
    }
    if let Some(span) = span {
        query.append_pair("from", &span.start.to_string()).append_pair("to", &span.end.to_string());
    }
    let path: String = url::form_urlencoded::byte_serialize(id.0.as_bytes()).collect();
    let query = query.finish();
    match (query.is_empty(), span) {
        (true, _) => format!("/articles/{path}"),
        (false, None) => format!("/articles/{path}?{query}"),
        (false, Some(_)) => format!("/articles/{path}?{query}#cited"),
    }
}
