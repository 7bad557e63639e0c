//! The receipt of a reply: everything that led to it, so that it can be explained later and its search be done again.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fate, Judged, Legs, Written};
use crate::guard::Decision;
use crate::handoff::Case;
use crate::language::Lang;
use crate::llm::Vector;
use crate::passages::hybrid::{Fused, RetrievalSettings, Retriever, Search};
use crate::passages::{ArticleId, ArticleVersion, Audience, GenerationId, IndexError, PassageId, Span};
use crate::prompt::PromptVersion;

/// What led to a reply.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The search; absent where none was needed, or none could be done.
    pub search: Option<SearchRecord>,
    /// Passages found, best first.
    pub passages: Vec<PassageRecord>,
    /// How sure the assistant was that the articles hold the answer, 0 to 1, and from where on it answers.
    pub confidence: f32,
    /// From this confidence on a question is answered.
    pub min_confidence: f32,
    /// What a model wrote, if one was asked.
    pub writing: Option<Writing>,
    /// What the guards came to; absent where they were not asked, or could not be.
    #[serde(default)]
    pub guard: Option<Decision>,
    /// What a person needs to take over, if one must.
    #[serde(default)]
    pub case: Option<Case>,
}

/// A search, with all that decides what it finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchRecord {
    /// What was searched for: the message, masked, or what it means in its context.
    pub asked: String,
    /// The language preferred.
    pub language: Lang,
    /// Whose articles could be found.
    pub audiences: Vec<Audience>,
    /// The only articles that could, if there was such a limit.
    pub within: Option<Vec<ArticleId>>,
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Whether drafts could be found.
    pub drafts: bool,
    /// The most passages wanted.
    pub limit: usize,
    /// The index generation.
    pub generation: GenerationId,
    /// How legs were asked and fused.
    #[schema(value_type = Object)]
    pub settings: RetrievalSettings,
}

/// A passage that was found. Its words are those of its article's version at its span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PassageRecord {
    /// Its place, from 1.
    pub rank: usize,
    /// The passage.
    pub id: PassageId,
    /// Its article.
    pub article_id: ArticleId,
    /// The article's version.
    pub version: ArticleVersion,
    /// Headings down to it.
    pub heading: Vec<String>,
    /// Characters of the article's body.
    pub span: Span,
    /// Fused score.
    pub score: f32,
    /// How each leg found it.
    pub legs: Legs,
    /// It is in another language than the customer's, because only that has the article.
    pub foreign: bool,
}

/// What a model was asked and what became of what it wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Writing {
    /// The model.
    pub model: String,
    /// What it was asked by.
    pub prompt: PromptVersion,
    /// From this support on a sentence is shown.
    pub min_support: f32,
    /// Each of its sentences, in order.
    pub sentences: Vec<Judged>,
    /// It said that the passages do not hold the answer.
    pub none: bool,
    /// It ended before its reply did.
    pub cut: bool,
    /// Why it failed, if it did.
    pub failed: Option<String>,
    /// Tokens of the request; none if no model was asked, because the answer was at hand.
    pub tokens_in: u32,
    /// Tokens of the reply; likewise.
    pub tokens_out: u32,
    /// The answer was written for an earlier question of the same meaning, and is that one's.
    #[serde(default)]
    pub from_cache: bool,
}

impl Receipt {
    /// Without the words of sentences that were not shown, and without the guards' reasons: for everybody who must not read what a
    /// model invents, or how a guard is got past.
    pub fn without_withheld_words(mut self) -> Self {
        // How a guard tells what it tells is nothing for somebody who wants to get past it.
        self.guard = None;
        if let Some(case) = &mut self.case {
            case.why = None;
        }
        for judged in self.writing.iter_mut().flat_map(|writing| &mut writing.sentences) {
            judged.breach = None;
            if judged.outcome != Fate::Said {
                judged.sentence.clear();
                judged.verdict.disagreements.clear();
            }
        }
        self
    }
}

impl Writing {
    /// Of what was written.
    pub fn of(written: &Written, min_support: f32) -> Self {
        Self {
            model: written.model.clone(),
            prompt: written.prompt.clone(),
            min_support,
            sentences: written.sentences.clone(),
            none: written.none,
            cut: written.cut,
            failed: None,
            tokens_in: written.tokens_in,
            tokens_out: written.tokens_out,
            from_cache: false,
        }
    }

    /// Of what was written for an earlier question. Its tokens stand in that one's receipt.
    pub fn again(written: &Written, min_support: f32) -> Self {
        Self { from_cache: true, tokens_in: 0, tokens_out: 0, ..Self::of(written, min_support) }
    }

    /// Sentences that were not shown.
    pub fn withheld(&self) -> usize {
        self.sentences.iter().filter(|judged| judged.outcome == Fate::Withheld).count()
    }
}

impl SearchRecord {
    /// Searches as it says, for the vector of what was asked: what is found, best first.
    ///
    /// # Errors
    /// When the index fails.
    pub async fn run(&self, retriever: &Retriever, vector: &Vector) -> Result<Vec<Fused>, IndexError> {
        let search = Search {
            question: &self.asked,
            vector,
            lang: &self.language,
            audiences: &self.audiences,
            within: self.within.as_deref(),
            on: self.on,
            drafts: self.drafts,
            limit: self.limit,
        };
        Ok(retriever.with_settings(self.settings.clone()).retrieve(&search).await?.hits)
    }
}

impl PassageRecord {
    /// Of a list of hits, best first.
    pub fn of(hits: &[Fused]) -> Vec<Self> {
        let record = |(rank, hit): (usize, &Fused)| Self {
            rank,
            id: hit.passage.id,
            article_id: hit.passage.article_id.clone(),
            version: hit.passage.version.clone(),
            heading: hit.passage.heading.clone(),
            span: hit.passage.span,
            score: hit.score,
            legs: Legs::of(hit),
            foreign: hit.foreign,
        };
        (1..).zip(hits).map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Verdict, Why};

    #[test]
    fn what_was_not_shown_is_not_told_either() {
        let judged = |sentence: &str, outcome| Judged {
            sentence: sentence.to_owned(),
            outcome,
            why: (outcome == Fate::Withheld).then_some(Why::Unsupported),
            verdict: Verdict::of(0.1),
            breach: None,
        };
        let writing = Writing {
            model: "m".to_owned(),
            prompt: PromptVersion { name: "p".to_owned(), version: 1, digest: "d".to_owned() },
            min_support: 0.7,
            sentences: vec![judged("真", Fate::Said), judged("嘘", Fate::Withheld)],
            none: false,
            cut: false,
            failed: None,
            tokens_in: 1,
            tokens_out: 1,
            from_cache: false,
        };
        let told = Receipt { writing: Some(writing), ..Receipt::default() }.without_withheld_words();
        let told = told.writing.unwrap().sentences;
        assert_eq!((told[0].sentence.as_str(), told[1].sentence.as_str()), ("真", ""));
        assert_eq!(told[1].why, Some(Why::Unsupported), "that and why one was withheld is told");
    }
}
