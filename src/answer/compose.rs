//! The extractive reply: the right passage's own words, trimmed to what answers the question.

use std::collections::HashSet;

use super::blocks::{Block, Kind, blocks, only_links};
use super::generate::Said;
use super::headings::{above, line, untold};
use super::select::choose;
use super::tables::rows_asked_for;
use super::{Citation, article_url, phrases};
use crate::knowledge::{Article, Catalogue};
use crate::language::Lang;
use crate::passages::Span;
use crate::passages::hybrid::Fused;

/// Longer than this (in characters of Japanese, Chinese or Korean; elsewhere times [`WIDE`]) no text is put beside a section.
const BRIEF: usize = 220;
/// Letters it takes to say what one character of a CJK language says, about.
const WIDE: usize = 3;
/// A reply in parts, in reading order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// The parts.
    pub parts: Vec<Part>,
}

/// A piece of a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// One of the assistant's fixed sentences.
    Own(String),
    /// The words of an article.
    Quote {
        /// As shown: the quoted Markdown with its links made to open.
        markdown: String,
        /// Where it is from.
        citation: Box<Citation>,
    },
    /// A model's sentence, checked against what it cites.
    Said(Said),
}

impl Part {
    /// What is shown.
    pub fn markdown(&self) -> &str {
        match self {
            Self::Own(text) => text,
            Self::Quote { markdown, .. } => markdown,
            Self::Said(said) => said.markdown(),
        }
    }

    /// What it rests on.
    pub fn citations(&self) -> &[Citation] {
        match self {
            Self::Own(_) => &[],
            Self::Quote { citation, .. } => std::slice::from_ref(citation.as_ref()),
            Self::Said(said) => said.citations(),
        }
    }

    /// What stands between this part and the one before it.
    pub fn gap(&self, before: Option<&Self>) -> &'static str {
        match (before, self) {
            (None, _) => "",
            (Some(Self::Said(before)), Self::Said(said)) => said.gap(before),
            (Some(_), _) => "\n\n",
        }
    }
}

impl Draft {
    /// Whether anything is quoted, or said from a source.
    pub fn quotes(&self) -> bool {
        self.parts.iter().any(|part| !part.citations().is_empty())
    }

    /// The sources, in order.
    pub fn citations(&self) -> impl Iterator<Item = &Citation> {
        self.parts.iter().flat_map(Part::citations)
    }

    /// The text in pieces, for streaming; joined, they are the answer.
    pub fn pieces(&self) -> Vec<String> {
        let before = std::iter::once(None).chain(self.parts.iter().map(Some));
        self.parts.iter().zip(before).map(|(part, before)| format!("{}{}", part.gap(before), part.markdown())).collect()
    }
}

/// Drafts replies in the articles' own words.
pub struct Extractive<'a> {
    /// The articles that are served.
    pub catalogue: &'a Catalogue,
    /// The content words of a text, as the lexical leg reads them.
    pub words: &'a dyn Fn(&Lang, &str) -> HashSet<String>,
}

impl Extractive<'_> {
    /// A reply to `question` in `lang` from `hits`, best first. Without a hit that can be quoted, an empty draft.
    pub fn draft(&self, question: &str, lang: &Lang, hits: &[Fused]) -> Draft {
        let mut draft = Draft::default();
        let Some((first, sections)) = self.sections(hits, question) else { return draft };
        let source = &first.passage.lang;
        if source != lang {
            let own = phrases(lang);
            draft.parts.push(Part::Own(own.foreign.replace("{language}", own.name(source.as_str()))));
        }
        let article = self.catalogue.article(&first.passage.article_id);
        if let Some(article) = &article
            && let Some(lead) = lead(article, &sections, hits)
        {
            let needed = untold(&article.title, &[], &told(question, &draft, lead.text));
            if !needed.is_empty() {
                draft.parts.push(Part::Own(line(&needed)));
            }
            draft.parts.push(self.quote(first, article, lead.text, lead.span, Vec::new()));
        }
        for hit in sections {
            self.section(hit, article.as_deref(), question, lang, &mut draft);
        }
        draft
    }

    /// The best hit that says something, and the sections of its article that answer best.
    fn sections<'h>(&self, hits: &'h [Fused], question: &str) -> Option<(&'h Fused, Vec<&'h Fused>)> {
        let telling = |hit: &&Fused| !kept_blocks(&hit.passage.text).is_empty();
        let first = hits.iter().find(telling)?;
        let of_article = |hit: &&Fused| hit.passage.article_id == first.passage.article_id;
        let candidates: Vec<&Fused> = hits.iter().filter(telling).filter(of_article).collect();
        let asked = (self.words)(&first.passage.lang, question);
        let sections = choose(&candidates, &asked, |hit| {
            let heading = hit.passage.heading.last().map(String::as_str).unwrap_or_default();
            (self.words)(&hit.passage.lang, &format!("{heading}\n{}", hit.passage.text))
        });
        Some((first, sections))
    }

    fn section(&self, hit: &Fused, article: Option<&Article>, question: &str, lang: &Lang, draft: &mut Draft) {
        let passage = &hit.passage;
        let words = |text: &str| (self.words)(&passage.lang, text);
        let asked = words(question);
        let blocks = kept_blocks(&passage.text);
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return };
        let mut shortened = false;
        let mut shown: Vec<String> = Vec::new();
        for block in &blocks {
            let rows = (block.kind == Kind::Table).then(|| rows_asked_for(block.text, &asked, &words)).flatten();
            shortened |= rows.is_some();
            shown.push(rows.unwrap_or_else(|| block.text.to_owned()));
        }
        let span = Span { start: passage.span.start + first.span.start, end: passage.span.start + last.span.end };
        let quote: String =
            passage.text.chars().skip(first.span.start).take(last.span.end - first.span.start).collect();
        let shown = shown.join("\n\n");
        let names = above(&passage.title, &passage.heading, &format!("{question}\n{shown}"));
        if !names.is_empty() {
            draft.parts.push(Part::Own(line(&names)));
        }
        let markdown = match article {
            Some(article) => self.catalogue.open_links(article, &shown),
            None => shown,
        };
        draft
            .parts
            .push(Part::Quote { markdown, citation: Box::new(citation(hit, span, quote, passage.heading.clone())) });
        if shortened {
            draft.parts.push(Part::Own(phrases(lang).other_rows.to_owned()));
        }
    }

    fn quote(&self, hit: &Fused, article: &Article, text: &str, span: Span, heading: Vec<String>) -> Part {
        Part::Quote {
            markdown: self.catalogue.open_links(article, text),
            citation: Box::new(citation(hit, span, text.to_owned(), heading)),
        }
    }
}

/// What a reader has before them with `words`: what they asked, and all that is shown.
fn told(question: &str, draft: &Draft, words: &str) -> String {
    let before = draft.parts.iter().map(Part::markdown);
    std::iter::once(question).chain(before).chain([words]).collect::<Vec<_>>().join("\n")
}

/// The citation of a place in a hit's article.
pub(super) fn citation(hit: &Fused, span: Span, quote: String, heading: Vec<String>) -> Citation {
    let url = article_url(&hit.passage.article_id, Some(&hit.passage.version), Some(span));
    Citation { heading, span, quote, url, ..Citation::of(hit) }
}

/// What of a passage is worth saying: not its headings, and not a bare list of links to other articles.
pub(super) fn kept_blocks(markdown: &str) -> Vec<Block<'_>> {
    blocks(markdown).into_iter().filter(|block| block.kind != Kind::Heading && !only_links(block.text)).collect()
}

/// The article's opening paragraph, if it is short, was found too, and no section already holds it.
fn lead<'a>(article: &'a Article, sections: &[&Fused], hits: &[Fused]) -> Option<Block<'a>> {
    let opening = blocks(&article.body).into_iter().next().filter(|block| block.kind == Kind::Paragraph)?;
    let holds = |span: Span| span.start <= opening.span.start && opening.span.end <= span.end;
    let of_article = |hit: &&Fused| hit.passage.article_id == article.id && hit.passage.version == article.version;
    let quoted = sections.iter().any(|hit| holds(hit.passage.span));
    let found = hits.iter().filter(of_article).any(|hit| holds(hit.passage.span));
    (brief(opening.text, &article.lang) <= 1.0 && !quoted && found).then_some(opening)
}

/// How much a text takes of what may stand beside an answer without burying it; more than 1 is too much.
pub(super) fn brief(text: &str, lang: &Lang) -> f32 {
    let limit = match lang.as_str() {
        "ja" | "zh" | "ko" => BRIEF,
        _ => BRIEF * WIDE,
    };
    text.chars().count() as f32 / limit as f32
}
