//! An answer that states a rule does not keep silent on its exceptions.
//!
//! Articles like to put them in a section of their own: "You can return within 30 days" stands in one, what cannot be returned at all in
//! another, and a search finds the one. So a section that calls itself "exceptions" goes along with what is shown of its article; where
//! there is much of it, it is pointed to instead, because an answer that nobody reads to its end helps nobody.

use super::blocks::visible;
use super::compose::{brief, kept_blocks};
use super::headings::{STEP, above, is_exceptions, line};
use super::verify::passes;
use super::{Citation, Draft, Legs, Part, article_url, phrases};
use crate::knowledge::outline::Outline;
use crate::knowledge::{Article, Catalogue};
use crate::language::Lang;
use crate::passages::Span;

/// Sections of exceptions of one article that are looked at.
const MOST: usize = 3;

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
    let shown: Vec<&Citation> = draft.parts.iter().flat_map(shown).collect();
    let several = cited.len() > 1;
    let mut room = 1.0;
    let mut added = Vec::new();
    for (first, all) in cited {
        let article = catalogue.article(&first.article_id).filter(|article| article.version == first.version);
        let Some(article) = article else { continue };
        // A model answers in the customer's language; an article in another one is announced where it is quoted.
        let is_read = article.lang == *lang || quotes(draft, &article);
        let shown: Vec<Span> =
            shown.iter().filter(|shown| shown.article_id == article.id).map(|shown| shown.span).collect();
        for found in missing(&article, &all, &shown) {
            // Among several articles it must be plain whose exceptions they are.
            let mut names = above(&article.title, &found.heading, &format!("{told}\n{}", found.text));
            if several || names.is_empty() {
                names =
                    std::iter::once(article.title.as_str()).chain(found.heading.iter().map(String::as_str)).collect();
            }
            let taken = brief(&found.text, &article.lang);
            let quote = quoted(&found, first, &article, catalogue);
            if found.only_pointed_to || !is_read || taken > room || !passes(&quote) {
                added.push(pointer(&found, &names, &article, lang));
                // One way into the article is enough.
                break;
            }
            room -= taken;
            added.extend([Part::Own(line(&names)), quote]);
        }
    }
    added
}

/// The places whose own words a part shows. A model's sentence may cite a place for what it says in other words.
fn shown(part: &Part) -> &[Citation] {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    match part {
        Part::Own(_) => &[],
        Part::Quote { .. } => part.citations(),
        Part::Said(said) => {
            let is_said = |citation: &Citation| bare(said.markdown()).contains(&bare(&citation.quote));
            if said.citations().iter().all(is_said) { said.citations() } else { &[] }
        }
    }
}

fn quotes(draft: &Draft, article: &Article) -> bool {
    draft.parts.iter().any(|part| matches!(part, Part::Quote { citation, .. } if citation.article_id == article.id))
}

/// The exceptions that are not all `shown`, and limit something `cited`: those beside or below a section it is from. What is itself cited
/// from exceptions is limited by no others.
fn missing(article: &Article, cited: &[&Citation], shown: &[Span]) -> Vec<Exceptions> {
    let outline = Outline::of(&article.body);
    let excepts = |at: &usize| outline.headings.get(*at).is_some_and(|heading| is_exceptions(&heading.text));
    if !(0..outline.headings.len()).any(|at| excepts(&at)) {
        return Vec::new();
    }
    let path_of = |citation: &&Citation| {
        let byte = article.body.char_indices().nth(citation.span.start).map_or(article.body.len(), |(byte, _)| byte);
        let section = outline.sections.iter().rev().find(|section| section.bytes.start <= byte);
        section.map(|section| section.path.as_slice())
    };
    let limited: Vec<&[usize]> = cited.iter().filter_map(path_of).filter(|path| !path.iter().any(&excepts)).collect();
    let mut found = Vec::new();
    for (at, section) in outline.sections.iter().enumerate() {
        // Sections below it are part of it.
        let Some((_, parents)) =
            section.path.split_last().filter(|(last, parents)| excepts(last) && !parents.iter().any(&excepts))
        else {
            continue;
        };
        if !limited.iter().any(|path| path.starts_with(parents)) {
            continue;
        }
        let below = outline.sections.iter().skip(at).take_while(|other| other.path.starts_with(&section.path));
        let end = below.clone().last().map_or(section.bytes.end, |last| last.bytes.end);
        let Some(body) = article.body.get(section.bytes.start..end) else { continue };
        let kept = kept_blocks(body);
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { continue };
        let text: String = body.chars().skip(first.span.start).take(last.span.end - first.span.start).collect();
        if !visible(&text).chars().any(char::is_alphanumeric) {
            continue;
        }
        let before = article.body.get(..section.bytes.start).map_or(0, |before| before.chars().count());
        let span = Span { start: before + first.span.start, end: before + last.span.end };
        let is_shown = |place: &usize| shown.iter().any(|shown| shown.start <= *place && *place < shown.end);
        let told = (span.start..span.end).filter(is_shown).count();
        // What stands between sentences belongs to none.
        if told * 10 >= (span.end - span.start) * 9 {
            continue;
        }
        let heading = outline.breadcrumb(section, &article.title);
        found.push(Exceptions { heading, span, text, only_pointed_to: told > 0 || below.count() > 1 });
        if found.len() == MOST {
            break;
        }
    }
    found
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
