//! An answer that states a rule does not keep silent on its exceptions.
//!
//! Articles like to put them in a section of their own: "You can return within 30 days" stands in one, what cannot be returned at all in
//! another, and a search finds the one. So a section that calls itself "exceptions" goes along with what is shown of its article; where
//! there is much of it, it is pointed to instead, because an answer that nobody reads to its end helps nobody.

use std::ops::Range;

use super::blocks::visible;
use super::compose::{brief, kept_blocks};
use super::headings::{STEP, above, is_exceptions, line};
use super::verify::passes;
use super::{Citation, Draft, Legs, Part, article_url, phrases};
use crate::knowledge::outline::{Outline, Section};
use crate::knowledge::{Article, Catalogue};
use crate::language::Lang;
use crate::passages::Span;

/// What an article says of exceptions, somewhere.
struct Exceptions {
    heading: Vec<String>,
    span: Span,
    text: String,
    /// It is more than one section, or shown in part already: what is left of it makes no text.
    only_pointed_to: bool,
}

/// What the articles that `draft` rests on say of exceptions and the draft does not: to be read below it, an answer in `lang` to `question`.
pub(super) fn to(draft: &Draft, question: &str, lang: &Lang, catalogue: &Catalogue) -> Vec<Part> {
    let mut cited: Vec<(&Citation, Vec<&Citation>)> = Vec::new();
    for citation in draft.citations() {
        match cited.iter_mut().find(|(first, _)| first.article_id == citation.article_id) {
            Some((_, all)) => all.push(citation),
            None => cited.push((citation, vec![citation])),
        }
    }
    let told = std::iter::once(question).chain(draft.parts.iter().map(Part::markdown)).collect::<Vec<_>>().join("\n");
    let several = cited.len() > 1;
    let mut room = 1.0;
    let mut added = Vec::new();
    for (first, all) in cited {
        let article = catalogue.article(&first.article_id).filter(|article| article.version == first.version);
        let Some(article) = article else { continue };
        // A model answers in the customer's language; an article in another one is announced where it is quoted.
        let is_read = article.lang == *lang || quotes(draft, &article);
        for found in missing(&article, &all) {
            // Among several articles it must be plain whose exceptions they are.
            let names: Vec<&str> = if several {
                std::iter::once(article.title.as_str()).chain(found.heading.iter().map(String::as_str)).collect()
            } else {
                above(&article.title, &found.heading, &format!("{told}\n{}", found.text))
            };
            let taken = brief(&found.text, &article.lang);
            let quote = quoted(&found, first, &article, catalogue);
            if found.only_pointed_to || !is_read || taken > room || !passes(&quote) {
                added.push(pointer(&found, &names, &article, lang));
            } else {
                room -= taken;
                added.extend([Part::Own(line(&names)), quote]);
            }
        }
    }
    added
}

fn quotes(draft: &Draft, article: &Article) -> bool {
    draft.parts.iter().any(|part| matches!(part, Part::Quote { citation, .. } if citation.article_id == article.id))
}

/// The exceptions that are not all among what is `cited`, and limit something cited: those beside or below a section it is from. What is
/// itself cited from exceptions is limited by no others.
fn missing(article: &Article, cited: &[&Citation]) -> Vec<Exceptions> {
    let outline = Outline::of(&article.body);
    let excepts = |at: &usize| outline.headings.get(*at).is_some_and(|heading| is_exceptions(&heading.text));
    let sections: Vec<(&Section, Span)> =
        outline.sections.iter().map(|section| (section, characters(&article.body, &section.bytes))).collect();
    let of = |citation: &Citation| {
        let within =
            |span: &Span| span.start <= citation.span.start && citation.span.start < span.end.max(span.start + 1);
        sections.iter().rev().find(|(_, span)| within(span)).map(|(section, _)| section.path.as_slice())
    };
    let limited: Vec<&[usize]> =
        cited.iter().filter_map(|citation| of(citation)).filter(|path| !path.iter().any(&excepts)).collect();
    let is_shown = |place: usize| cited.iter().any(|cited| cited.span.start <= place && place < cited.span.end);
    let mut found = Vec::new();
    for (section, _) in &sections {
        // Sections below it are part of it.
        let Some((_, parents)) =
            section.path.split_last().filter(|(last, parents)| excepts(last) && !parents.iter().any(&excepts))
        else {
            continue;
        };
        if !limited.iter().any(|path| path.starts_with(parents)) {
            continue;
        }
        let below = outline.sections.iter().filter(|other| other.path.starts_with(&section.path));
        let all = below.clone().fold(section.bytes.clone(), |all, other| all.start..other.bytes.end.max(all.end));
        let Some(body) = article.body.get(all.clone()) else { continue };
        let kept = kept_blocks(body);
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { continue };
        let text: String = body.chars().skip(first.span.start).take(last.span.end - first.span.start).collect();
        if !visible(&text).chars().any(char::is_alphanumeric) {
            continue;
        }
        let before = characters(&article.body, &all).start;
        let span = Span { start: before + first.span.start, end: before + last.span.end };
        let shown = (span.start..span.end).filter(|place| is_shown(*place)).count();
        // What stands between sentences belongs to none.
        if shown * 10 >= (span.end - span.start) * 9 {
            continue;
        }
        let heading = outline.breadcrumb(section, &article.title);
        found.push(Exceptions { heading, span, text, only_pointed_to: shown > 0 || below.count() > 1 });
    }
    found
}

/// A place in `text`, in characters.
fn characters(text: &str, bytes: &Range<usize>) -> Span {
    let count = |range: Range<usize>| text.get(range).map_or(0, |text| text.chars().count());
    let start = count(0..bytes.start);
    Span { start, end: start + count(bytes.clone()) }
}

fn pointer(found: &Exceptions, names: &[&str], article: &Article, lang: &Lang) -> Part {
    let url = article_url(&article.id, Some(&article.version), Some(found.span));
    let link = format!("[{}]({url})", names.join(STEP).replace(['[', ']'], ""));
    Part::Own(phrases(lang).exceptions.replace("{section}", &link))
}

fn quoted(found: &Exceptions, beside: &Citation, article: &Article, catalogue: &Catalogue) -> Part {
    let Exceptions { heading, span, text, .. } = found;
    let citation = Citation {
        heading: heading.clone(),
        span: *span,
        quote: text.clone(),
        url: article_url(&article.id, Some(&article.version), Some(*span)),
        // The search did not find it.
        score: 0.0,
        legs: Legs::default(),
        ..beside.clone()
    };
    Part::Quote { markdown: catalogue.open_links(article, text), citation: Box::new(citation) }
}

#[cfg(test)]
mod tests;
