//! The checker: what a model said goes in, what may be shown comes out.

mod footing;
mod weighed;

use std::collections::HashSet;

use super::Question;
use super::bare::says_nothing;
use super::conflicts::contradicting;
use super::judged::{Fate, Judged, Why};
use super::likeness::{form, grams, squeeze};
use super::policy::is_policy;
use super::sentences::{Sentence, Shape, is_wide};
use super::sources::{Place, Source, own_words};
use super::standing::{Standing, condition};
use super::statements::bold_is_whole;
use crate::answer::compose::citation;
use crate::answer::support::{Support, Verdict};
use crate::answer::tables::rows_asked_for;
use crate::answer::verify::passes;
use crate::answer::{Citation, Part, phrases};
use crate::guard::output::{Breach, OutputRule, Watch};
use crate::knowledge::Catalogue;
use crate::language::{Lang, written_in};
use crate::passages::hybrid::Fused;
use crate::passages::{ArticleId, Passage, Span};
pub(super) use footing::{Around, places};
use footing::{Footing, says_words};
use weighed::Weighed;

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
                let wide = before.markdown.chars().next_back().is_some_and(is_wide);
                if wide { "" } else { " " }
            }
            _ => "\n\n",
        }
    }
}

/// A checked sentence: what is shown for it, and why.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) parts: Vec<Part>,
    pub(super) judged: Judged,
    /// The sentence is one that no model may say.
    pub(super) breach: Option<Breach>,
}

impl Checked {
    fn of(sentence: &Sentence, outcome: Fate, verdict: Verdict, parts: Vec<Part>) -> Self {
        let judged = Judged { sentence: sentence.text.clone(), outcome, why: None, verdict, breach: None };
        Self { parts, judged, breach: None }
    }

    fn withheld(sentence: &Sentence, why: Why, verdict: Verdict) -> Self {
        let mut checked = Self::of(sentence, Fate::Withheld, verdict, Vec::new());
        checked.judged.why = Some(why);
        checked
    }
}

/// Checks the sentences of one reply, in order.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    asked: &'a Question<'a>,
    support: &'a dyn Support,
    min_support: f32,
    catalogue: &'a Catalogue,
    sources: Vec<Source<'a>>,
    /// What the model said, by its [`form`].
    said: HashSet<String>,
    /// What was shown, by its condition and its form.
    shown: HashSet<(String, String)>,
    quoted: Vec<(ArticleId, Span)>,
    /// The place of an article that was shown last, if its very words were.
    last: Option<(ArticleId, Span)>,
    standing: Standing,
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
        let (said, shown, standing) = (HashSet::new(), HashSet::new(), Standing::default());
        let (quoted, last) = (Vec::new(), None);
        Self { asked, support, min_support, catalogue, sources, said, shown, quoted, last, standing, watch }
    }

    /// Lets verifier and guard read the sources before there is a sentence.
    pub(super) async fn prepare(&self) {
        let read = self.sources.iter().enumerate().map(async |(at, source)| {
            source.places();
            self.support.prepare(&source.text, self.asked.lang, self.is_foreign(at)).await;
        });
        futures::future::join_all(read).await;
        self.watch.prepare();
    }

    pub(super) async fn check(&mut self, sentence: &Sentence) -> Checked {
        // Before anything else: also where the article's own words would be shown in its place.
        let breach = self.watch.sentence(&sentence.text).err();
        let mut checked = match &breach {
            Some(breach) if !breach.articles_may => Checked::withheld(sentence, Why::Breach, Verdict::default()),
            _ => self.judge(sentence, breach.as_ref()).await,
        };
        let Some(breach) = breach else { return checked };
        checked.judged.breach = Some(breach.rule);
        if checked.judged.outcome != Fate::Withheld {
            tracing::warn!(rule = breach.rule.code(), "the model said what only an article may: the article says it");
            self.watch.replaced();
            return checked;
        }
        checked.judged.why = Some(if breach.rule.ends() { Why::Breach } else { Why::Unsupported });
        checked.breach = breach.rule.ends().then_some(breach);
        checked
    }

    /// `broken`: no model may say it; an article may, and where one does its words are shown.
    async fn judge(&mut self, sentence: &Sentence, broken: Option<&Breach>) -> Checked {
        let breaks = broken.is_some();
        let withheld = |why, verdict| Checked::withheld(sentence, why, verdict);
        let passed_over = |verdict| Checked::of(sentence, Fate::PassedOver, verdict, Vec::new());
        let empty = sentence.shape == Shape::Heading || self.is_title(&sentence.text) || says_nothing(&sentence.text);
        if empty && breaks {
            return withheld(Why::NoOwnWords, Verdict::default());
        }
        if empty || (!self.said.insert(form(&sentence.text)) && !breaks) {
            return passed_over(Verdict::default());
        }
        if sentence.markers.iter().any(|marker| !(1..=self.sources.len()).contains(marker)) {
            return withheld(Why::UnknownMarker, Verdict::default());
        }
        if !speaks(&sentence.text, self.asked.lang) {
            return withheld(Why::WrongLanguage, Verdict::default());
        }
        // Steps and rows are parts of a whole that only the article has: a step that is left out makes a wrong procedure.
        let policy = is_policy(sentence, self.asked.lang) || matches!(sentence.shape, Shape::Step | Shape::Row);
        let weighed = self.weigh(sentence, policy, breaks).await;
        let ruled_out = weighed.is_ruled_out();
        let Weighed { cited, verdict, footing, cells } = weighed;
        let quoted = breaks || policy || cells.is_some();
        // Written so that a figure which is no number does not pass.
        let supported = verdict.support >= self.needed(quoted);
        // Who asks for what an article says is never asked for does harm, whatever is shown instead.
        let asks = |breach: &Breach| ruled_out && breach.rule == OutputRule::AsksSecret;
        let stands = match broken {
            Some(breach) => footing.is_an_articles() && self.holds(breach, &cited, &footing) && !asks(breach),
            // Where a place says most of it, and says otherwise, the place is what its reader should see.
            None => (supported && !ruled_out) || footing.stands(),
        };
        if !stands {
            return withheld(Why::Unsupported, verdict);
        }
        // In the model's own words only what can be compared with its source word by word.
        if !quoted && supported && !ruled_out && footing.carries() {
            let parts = self.say(sentence, &cited, verdict.nearest.as_deref());
            let fate = if parts.is_empty() { Fate::PassedOver } else { Fate::Said };
            return Checked::of(sentence, fate, verdict, parts);
        }
        let stood = footing.place().and_then(|(nth, at)| Some((*cited.get(nth)?, at)));
        let mut places = match cells {
            Some(place) => vec![place],
            // A figure that is wrong would lead to wherever it stands: what counts is where the words do.
            None if ruled_out || breaks => stood.into_iter().collect(),
            None => own_words(&sentence.text, &self.sources, &cited, verdict.nearest.as_deref()),
        };
        if places.is_empty() && supported && !ruled_out && !quoted && footing.is_long() {
            places.extend(self.meant(&cited, verdict.nearest.as_deref()));
        }
        if places.is_empty() {
            return withheld(Why::NoOwnWords, verdict);
        }
        let known = places.iter().any(|place| self.is_quoted(*place));
        let parts: Vec<Part> = places.into_iter().flat_map(|place| self.quote(place, &sentence.text)).collect();
        if parts.iter().all(|part| part.citations().is_empty()) {
            if breaks && !known {
                return withheld(Why::NoOwnWords, verdict);
            }
            return passed_over(verdict);
        }
        Checked::of(sentence, Fate::Quoted, verdict, parts)
    }

    /// Whether the words that no model may say stand where the sentence does.
    fn holds(&self, breach: &Breach, cited: &[usize], footing: &Footing) -> bool {
        let Some((nth, at)) = footing.place() else { return false };
        let source = cited.get(nth).and_then(|at| self.sources.get(*at));
        let around = source.and_then(|source| source.places().get(at));
        around.is_some_and(|around| says_words(&breach.matched, self.asked.lang, around))
    }

    /// The support that a sentence needs, shown itself or replaced by an article's own.
    fn needed(&self, quoted: bool) -> f32 {
        if quoted { self.min_support * QUOTED } else { self.min_support }
    }

    /// Where the verifier found what a sentence says in other words, or in another language.
    fn meant(&self, cited: &[usize], nearest: Option<&str>) -> Option<Place> {
        let nearest = squeeze(nearest?);
        cited.iter().find_map(|at| {
            let statements = &self.sources.get(*at)?.statements;
            let within = |words: &str| !words.is_empty() && nearest.contains(words);
            let found = statements.iter().enumerate().filter(|(_, statement)| within(&squeeze(&statement.words)));
            // A place may hold an item of a list beside the sentence that says something.
            let (index, _) = found.max_by_key(|(_, statement)| statement.words.chars().count())?;
            Some((*at, index))
        })
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

    /// The sentence as the model wrote it, under what its passages are about; nothing if that was said before.
    fn say(&mut self, sentence: &Sentence, cited: &[usize], nearest: Option<&str>) -> Vec<Part> {
        let said = self.as_written(sentence, cited, nearest);
        let passages = self.passages(cited);
        if self.repeats(&passages, said.markdown()) {
            return Vec::new();
        }
        let as_written = said.citations.iter().find(|citation| form(&citation.quote) == form(&said.markdown));
        self.last = as_written.map(|citation| (citation.article_id.clone(), citation.span));
        let above = self.standing.above(&passages, self.asked.text, said.markdown(), false);
        above.into_iter().chain([Part::Said(said)]).collect()
    }

    fn passages(&self, cited: &[usize]) -> Vec<&'a Passage> {
        let passage = |at: &usize| {
            let hit: &'a Fused = self.sources.get(*at)?.hit;
            Some(hit.passage.as_ref())
        };
        cited.iter().filter_map(passage).collect()
    }

    /// Whether these words, or nearly these, were shown before under the same condition; from now on they were.
    fn repeats(&mut self, passages: &[&Passage], words: &str) -> bool {
        let told = format!("{}\n{words}", self.asked.text);
        !self.shown.insert((condition(passages, &told), form(words)))
    }

    fn as_written(&self, sentence: &Sentence, cited: &[usize], nearest: Option<&str>) -> Said {
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
        let Some((passage, leans, words)) = self.statement(place) else { return Vec::new() };
        if self.is_quoted(place) || self.repeats(&[passage], &words) {
            return Vec::new();
        }
        let question = self.asked.text;
        let Some(other) = contradicting(&self.sources, place) else {
            let parts = self.words(place, sentence);
            if parts.is_empty() {
                return parts;
            }
            let above = self.standing.above(&[passage], question, &shown(&parts), leans);
            return above.into_iter().chain(parts).collect();
        };
        let mut both = vec![Part::Own(phrases(self.asked.lang).contradicting.to_owned())];
        for place in [place, other] {
            let Some((passage, leans, _)) = self.statement(place) else { continue };
            let parts = self.words(place, sentence);
            if parts.is_empty() {
                continue;
            }
            both.push(self.standing.titled(passage, question, &shown(&parts), leans));
            both.extend(parts);
        }
        both
    }

    /// The passage of a statement, whether it means little without its heading, and what is quoted for it.
    fn statement(&self, (at, index): Place) -> Option<(&'a Passage, bool, String)> {
        let source = self.sources.get(at)?;
        let statement = source.statements.get(index)?;
        let hit: &'a Fused = source.hit;
        Some((hit.passage.as_ref(), statement.leans, statement.quote.clone()))
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

    /// How many characters at the beginning of what is quoted for a statement stand right above: of that paragraph only the rest is new.
    /// What was shown further up is shown again: something else stands between.
    fn known(&self, place: Place) -> usize {
        let (Some((id, span)), Some((article, above))) = (self.span(place), &self.last) else { return 0 };
        let leads = above.start <= span.start && span.start < above.end && above.end < span.end;
        if *article == id && leads { above.end - span.start } else { 0 }
    }

    /// The statement's words as they are shown; nothing if they should not stand in their source.
    fn words(&mut self, place: Place, sentence: &str) -> Vec<Part> {
        let known = self.known(place);
        let Some(source) = self.sources.get(place.0) else { return Vec::new() };
        let Some(statement) = source.statements.get(place.1) else { return Vec::new() };
        let rows = statement.table.then(|| rows_asked_for(&statement.quote, &grams(sentence), &|text| grams(text)));
        let rows = rows.flatten();
        let shortened = rows.is_some();
        let rest: String = statement.quote.chars().skip(known).collect();
        let shown =
            rows.unwrap_or_else(|| if bold_is_whole(&rest) { rest.trim() } else { &statement.quote }.to_owned());
        let markdown = match &source.article {
            Some(article) => self.catalogue.open_links(article, &shown),
            None => shown,
        };
        let citation = Box::new(cite(source, statement.span, statement.quote.clone()));
        let quote = Part::Quote { markdown, citation };
        if !passes(&quote) {
            return Vec::new();
        }
        self.last = self.span(place);
        self.quoted.extend(self.last.clone());
        let note = shortened.then(|| Part::Own(phrases(self.asked.lang).other_rows.to_owned()));
        std::iter::once(quote).chain(note).collect()
    }
}

fn shown(parts: &[Part]) -> String {
    parts.iter().map(Part::markdown).collect::<Vec<_>>().join("\n")
}

/// The citation of a place of a passage.
fn cite(source: &Source<'_>, within: Span, quote: String) -> Citation {
    let passage = &source.hit.passage;
    let span = Span { start: passage.span.start + within.start, end: passage.span.start + within.end };
    citation(source.hit, span, quote, passage.heading.clone())
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
    // Some Chinese sentences hold no character that Japanese does not write; Japanese ones hold kana.
    let kana = |c| matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}');
    let chinese = *lang == Lang::ZH && written == Lang::JA && !text.chars().any(kana);
    written == *lang || chinese || (latin(&written) && latin(lang) && short)
}
