//! The checker: what a model said goes in, what may be shown comes out.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Question;
use super::bare::says_nothing;
use super::conflicts::contradicting;
use super::likeness::{grams, squeeze};
use super::policy::is_policy;
use super::sentences::{Sentence, Shape};
use super::sources::{Place, Source, own_words};
use crate::answer::compose::citation;
use crate::answer::support::{Claim, Subject, Support, Verdict};
use crate::answer::tables::rows_asked_for;
use crate::answer::verify::passes;
use crate::answer::{Citation, Part, phrases};
use crate::guard::output::{Breach, OutputRule, Watch};
use crate::knowledge::Catalogue;
use crate::language::{Lang, written_in};
use crate::passages::{ArticleId, Span};

/// A sentence that is not shown itself, but replaced by the article's own, needs this share of the support that one shown needs: what
/// is left to get wrong is which sentence is quoted.
const QUOTED: f32 = 0.5;
/// Letters from which a text in Latin letters can be told to be in another such language.
const TELLING: usize = 60;

/// A model's sentence that was checked. Only the checker makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    markdown: String,
    citations: Vec<Citation>,
    item: bool,
    begins_line: bool,
}

impl Said {
    /// As shown.
    pub fn markdown(&self) -> &str {
        &self.markdown
    }

    /// The places it rests on; at least one.
    pub fn citations(&self) -> &[Citation] {
        &self.citations
    }

    /// What stands between it and the sentence before it.
    pub(in crate::answer) fn gap(&self, before: &Self) -> &'static str {
        match (before.item, self.item) {
            (true, true) => "\n",
            (false, false) if !self.begins_line => {
                let wide = before.markdown.chars().next_back().is_some_and(|c| u32::from(c) > 0x2e7f);
                if wide { "" } else { " " }
            }
            _ => "\n\n",
        }
    }
}

/// A model's sentence and what became of it; receipts keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Judged {
    /// As the model wrote it, without markers.
    pub sentence: String,
    /// What became of it.
    pub outcome: Fate,
    /// Why it was not shown, if it was not.
    pub why: Option<Why>,
    /// What the verifier found; empty where it was not asked.
    pub verdict: Verdict,
    /// The rule for what a model says that it broke, if it broke one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach: Option<OutputRule>,
}

/// What becomes of a model's sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Shown as it is.
    Said,
    /// The article's own words were shown in its place.
    Quoted,
    /// Not shown.
    Withheld,
    /// Passed over, because it adds nothing: said or quoted before, a heading, or a yes or no that stands alone.
    PassedOver,
}

/// Why a sentence was not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It cites a passage that the model was not given.
    UnknownMarker,
    /// It is not in the customer's language.
    WrongLanguage,
    /// What it cites does not say so, or says otherwise.
    Unsupported,
    /// It would have to be said in the article's own words, and none of them say it.
    NoOwnWords,
    /// No model may say it: the reply ends before it, and a person takes the case.
    Breach,
}

/// A checked sentence: what is shown for it, and why.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) parts: Vec<Part>,
    pub(super) judged: Judged,
    /// The sentence is one that no model may say.
    pub(super) breach: Option<Breach>,
}

/// Checks the sentences of one reply, in order.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    asked: &'a Question<'a>,
    support: &'a dyn Support,
    min_support: f32,
    catalogue: &'a Catalogue,
    sources: Vec<Source<'a>>,
    said: HashSet<String>,
    quoted: Vec<(ArticleId, Span)>,
    heading: Option<(ArticleId, String)>,
    watch: Watch<'a>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        asked: &'a Question<'a>,
        support: &'a dyn Support,
        min_support: f32,
        catalogue: &'a Catalogue,
        sources: Vec<Source<'a>>,
        watch: Watch<'a>,
    ) -> Self {
        let (said, quoted) = (HashSet::new(), Vec::new());
        Self { asked, support, min_support, catalogue, sources, said, quoted, heading: None, watch }
    }

    /// Lets the verifier read the sources before there is a sentence.
    pub(super) async fn prepare(&self) {
        let read = self.sources.iter().map(|source| self.support.prepare(&source.text, self.asked.lang));
        futures::future::join_all(read).await;
    }

    pub(super) async fn check(&mut self, sentence: &Sentence) -> Checked {
        let judged = |outcome, why, verdict, parts| {
            let judged = Judged { sentence: sentence.text.clone(), outcome, why, verdict, breach: None };
            Checked { parts, judged, breach: None }
        };
        // Before anything else: also where the article's own words would be shown in its place.
        if let Err(breach) = self.watch.sentence(&sentence.text) {
            if !breach.rule.ends() {
                let mut checked = judged(Fate::Withheld, Some(Why::Unsupported), Verdict::default(), Vec::new());
                checked.judged.breach = Some(breach.rule);
                return checked;
            }
            let mut checked = judged(Fate::Withheld, Some(Why::Breach), Verdict::default(), Vec::new());
            checked.judged.breach = Some(breach.rule);
            return Checked { breach: Some(breach), ..checked };
        }
        let withheld = |why, verdict| judged(Fate::Withheld, Some(why), verdict, Vec::new());
        let empty = sentence.shape == Shape::Heading || self.is_title(&sentence.text) || says_nothing(&sentence.text);
        if empty || !self.said.insert(squeeze(&sentence.text)) {
            return judged(Fate::PassedOver, None, Verdict::default(), Vec::new());
        }
        if sentence.markers.iter().any(|marker| !(1..=self.sources.len()).contains(marker)) {
            return withheld(Why::UnknownMarker, Verdict::default());
        }
        if !speaks(&sentence.text, self.asked.lang) {
            return withheld(Why::WrongLanguage, Verdict::default());
        }
        // Steps and rows are parts of a whole that only the article has: a step that is left out makes a wrong procedure.
        let policy = is_policy(sentence, self.asked.lang) || matches!(sentence.shape, Shape::Step | Shape::Row);
        let (cited, verdict) = self.verdict(sentence, policy).await;
        let needed = if policy { self.min_support * QUOTED } else { self.min_support };
        // Written so that a figure which is no number does not pass.
        let supported = verdict.support >= needed && !is_ruled_out(&verdict);
        if !supported {
            return withheld(Why::Unsupported, verdict);
        }
        let places = own_words(&sentence.text, &self.sources, &cited, verdict.nearest.as_deref());
        if !policy {
            let said = Part::Said(self.say(sentence, &cited, verdict.nearest.as_deref()));
            return judged(Fate::Said, None, verdict, vec![said]);
        }
        if places.is_empty() {
            return withheld(Why::NoOwnWords, verdict);
        }
        let mut parts: Vec<Part> = places.into_iter().flat_map(|place| self.quote(place, &sentence.text)).collect();
        parts.retain(passes);
        if parts.iter().all(|part| part.citations().is_empty()) {
            return judged(Fate::PassedOver, None, verdict, Vec::new());
        }
        judged(Fate::Quoted, None, verdict, parts)
    }

    /// Whether a sentence only names an article or a section: that is where an answer is, and not one.
    fn is_title(&self, text: &str) -> bool {
        let names = |said: &str| {
            let said = squeeze(said);
            self.sources.iter().any(|source| squeeze(&source.hit.passage.breadcrumb()).contains(&said))
        };
        // A way to a section may leave out what lies between.
        names(text) || text.split(" > ").all(names)
    }

    /// What the sentence's passages say to it: those that it names, else the one that supports it best.
    async fn verdict(&self, sentence: &Sentence, policy: bool) -> (Vec<usize>, Verdict) {
        // A right that the customer asked for is not one that the article grants: nothing of the question counts as said.
        let question = (!policy).then_some(self.asked.text);
        let ask = async |source: &str| {
            let claim = Claim::new(source, &sentence.text, self.asked.lang).asked(question);
            self.support.support(&claim).await
        };
        let cited: Vec<usize> = sentence.markers.iter().filter_map(|marker| marker.checked_sub(1)).collect();
        if !cited.is_empty() {
            let texts: Vec<&str> =
                cited.iter().filter_map(|at| self.sources.get(*at)).map(|source| source.text.as_str()).collect();
            let verdict = ask(&texts.join("\n\n")).await;
            return (cited, verdict);
        }
        let mut best = (Vec::new(), Verdict::default());
        for (at, source) in self.sources.iter().enumerate() {
            let verdict = ask(&source.text).await;
            let worth = |verdict: &Verdict| (!is_ruled_out(verdict), verdict.support);
            if best.0.is_empty() || worth(&verdict) > worth(&best.1) {
                best = (vec![at], verdict);
            }
        }
        best
    }

    /// The sentence as the model wrote it.
    fn say(&self, sentence: &Sentence, cited: &[usize], nearest: Option<&str>) -> Said {
        let place = |at: &usize| {
            let source = self.sources.get(*at)?;
            let found = own_words(&sentence.text, &self.sources, &[*at], nearest);
            Some(match found.first().and_then(|(_, index)| source.statements.get(*index)) {
                Some(statement) => cite(source, statement.span, statement.quote.clone()),
                None => Citation::of(source.hit),
            })
        };
        let article = cited.first().and_then(|at| self.sources.get(*at)).and_then(|source| source.article.as_deref());
        Said {
            markdown: match article {
                Some(article) => self.catalogue.open_links(article, &sentence.text),
                None => sentence.text.clone(),
            },
            citations: cited.iter().filter_map(place).collect(),
            item: sentence.shape == Shape::Item,
            begins_line: sentence.begins_line,
        }
    }

    /// The article's words at a place; with those of another article that contradict them, if there are such.
    fn quote(&mut self, place: Place, sentence: &str) -> Vec<Part> {
        if self.is_quoted(place) {
            return Vec::new();
        }
        let Some(other) = contradicting(&self.sources, place) else {
            let mut parts = self.heading(place);
            parts.extend(self.words(place, sentence));
            return parts;
        };
        let mut parts = vec![Part::Own(phrases(self.asked.lang).contradicting.to_owned())];
        for place in [place, other] {
            if let Some(source) = self.sources.get(place.0) {
                parts.push(Part::Own(format!("**{}**", source.hit.passage.title)));
                self.heading = None;
            }
            parts.extend(self.words(place, sentence));
        }
        parts
    }

    fn is_quoted(&self, place: Place) -> bool {
        let Some((id, span)) = self.span(place) else { return false };
        let within = |outer: &Span| outer.start <= span.start && span.end <= outer.end;
        self.quoted.iter().any(|(article, outer)| *article == id && within(outer))
    }

    /// Where a statement stands in its article.
    fn span(&self, (at, index): Place) -> Option<(ArticleId, Span)> {
        let source = self.sources.get(at)?;
        let statement = source.statements.get(index)?;
        let from = source.hit.passage.span.start;
        let span = Span { start: from + statement.span.start, end: from + statement.span.end };
        Some((source.hit.passage.article_id.clone(), span))
    }

    /// The heading above a statement that means little without, unless it was the last that was shown.
    fn heading(&mut self, (at, index): Place) -> Vec<Part> {
        let Some(source) = self.sources.get(at) else { return Vec::new() };
        let leans = source.statements.get(index).is_some_and(|statement| statement.leans);
        let Some(heading) = source.hit.passage.heading.last().filter(|_| leans) else { return Vec::new() };
        let shown = Some((source.hit.passage.article_id.clone(), heading.clone()));
        if self.heading == shown {
            return Vec::new();
        }
        self.heading = shown;
        vec![Part::Own(format!("**{heading}**"))]
    }

    fn words(&mut self, place: Place, sentence: &str) -> Vec<Part> {
        self.quoted.extend(self.span(place));
        let Some(source) = self.sources.get(place.0) else { return Vec::new() };
        let Some(statement) = source.statements.get(place.1) else { return Vec::new() };
        let rows = statement.table.then(|| rows_asked_for(&statement.quote, &grams(sentence), &|text| grams(text)));
        let rows = rows.flatten();
        let shortened = rows.is_some();
        let shown = rows.unwrap_or_else(|| statement.quote.clone());
        let markdown = match &source.article {
            Some(article) => self.catalogue.open_links(article, &shown),
            None => shown,
        };
        let citation = Box::new(cite(source, statement.span, statement.quote.clone()));
        let note = shortened.then(|| Part::Own(phrases(self.asked.lang).other_rows.to_owned()));
        std::iter::once(Part::Quote { markdown, citation }).chain(note).collect()
    }
}

/// The citation of a place of a passage.
fn cite(source: &Source<'_>, within: Span, quote: String) -> Citation {
    let passage = &source.hit.passage;
    let span = Span { start: passage.span.start + within.start, end: passage.span.start + within.end };
    citation(source.hit, span, quote, passage.heading.clone())
}

/// Whether something is said that the source denies. Of the verifier's lesser doubts those count that a customer could be harmed by;
/// how much the others weigh is in the verdict's figure.
fn is_ruled_out(verdict: &Verdict) -> bool {
    let harmful =
        |kind| matches!(kind, Subject::Number | Subject::Amount | Subject::Time | Subject::Link | Subject::Negation);
    verdict.vetoed() || verdict.disagreements.iter().any(|disagreement| harmful(disagreement.kind))
}

/// Whether a sentence is in `lang`. Between two languages with Latin letters a short sentence cannot be told.
fn speaks(text: &str, lang: &Lang) -> bool {
    let written = written_in(text, lang);
    let latin = |lang: &Lang| {
        !matches!(
            lang.as_str(),
            "ja" | "zh" | "ko" | "th" | "ru" | "uk" | "bg" | "sr" | "el" | "ar" | "fa" | "he" | "hi"
        )
    };
    let short = text.chars().filter(|c| c.is_alphabetic()).count() < TELLING;
    written == *lang || (latin(&written) && latin(lang) && short)
}
