//! An answer that states a rule does not keep silent on its exceptions.
//!
//! Articles like to put them in a section of their own: "You can return within 30 days" stands in one, what cannot be returned at all in
//! another, and a search finds the one. So a section that calls itself "exceptions" goes along with what is shown of its article; where it
//! is long it is pointed to instead, because an answer that nobody reads to its end helps nobody.

use super::compose::{is_brief, kept_blocks};
use super::headings::{above, is_exceptions, line};
use super::{Citation, Draft, Legs, Part, article_url, phrases};
use crate::knowledge::outline::Outline;
use crate::knowledge::{Article, Catalogue};
use crate::language::Lang;
use crate::passages::Span;

/// A section of an article that limits what the article says elsewhere.
struct Section {
    heading: Vec<String>,
    span: Span,
    text: String,
}

/// Adds what the articles that `draft` rests on say of exceptions and the draft does not, below an answer in `lang` to `question`.
pub(super) fn add(draft: &mut Draft, question: &str, lang: &Lang, catalogue: &Catalogue) {
    let mut known: Vec<&Citation> = Vec::new();
    let mut added = Vec::new();
    let told = std::iter::once(question).chain(draft.parts.iter().map(Part::markdown)).collect::<Vec<_>>().join("\n");
    for citation in draft.citations() {
        if known.iter().any(|known| known.article_id == citation.article_id) {
            continue;
        }
        known.push(citation);
        let article = catalogue.article(&citation.article_id).filter(|article| article.version == citation.version);
        let Some(article) = article else { continue };
        let cited: Vec<&Citation> = draft.citations().filter(|other| other.article_id == citation.article_id).collect();
        for section in untold(&article, &cited) {
            added.extend(parts(section, citation, &article, &told, lang, catalogue));
        }
    }
    draft.parts.extend(added);
}

/// The sections of exceptions that nothing `cited` is from, and that limit something cited: those beside or below a section it is from.
fn untold(article: &Article, cited: &[&Citation]) -> Vec<Section> {
    let outline = Outline::of(&article.body);
    let mut sections = Vec::new();
    for section in &outline.sections {
        let heading = outline.breadcrumb(section, &article.title);
        let Some((_, parents)) = heading.split_last().filter(|(last, _)| is_exceptions(last)) else { continue };
        let Some(text) = article.body.get(section.bytes.clone()) else { continue };
        let before = article.body.get(..section.bytes.start).unwrap_or_default().chars().count();
        let kept = kept_blocks(text);
        let (Some(first), Some(end)) = (kept.first(), kept.last()) else { continue };
        let span = Span { start: before + first.span.start, end: before + end.span.end };
        let is_told = cited.iter().any(|cited| cited.span.start < span.end && span.start < cited.span.end);
        let limits = cited.iter().any(|cited| cited.heading.starts_with(parents));
        if is_told || !limits {
            continue;
        }
        let text = text.chars().skip(first.span.start).take(end.span.end - first.span.start).collect();
        sections.push(Section { heading, span, text });
    }
    sections
}

/// A section as it is shown.
fn parts(
    section: Section,
    beside: &Citation,
    article: &Article,
    told: &str,
    lang: &Lang,
    catalogue: &Catalogue,
) -> Vec<Part> {
    let Section { heading, span, text } = section;
    let url = article_url(&article.id, Some(&article.version), Some(span));
    let names = above(&article.title, &heading, &format!("{told}\n{text}"));
    if !is_brief(&text, &article.lang) {
        let link = format!("[{}]({url})", heading.last().map(String::as_str).unwrap_or_default());
        return vec![Part::Own(phrases(lang).exceptions.replace("{section}", &link))];
    }
    let above = Part::Own(line(&names));
    let markdown = catalogue.open_links(article, &text);
    // The search did not find it.
    let citation = Citation { heading, span, quote: text, url, score: 0.0, legs: Legs::default(), ..beside.clone() };
    vec![above, Part::Quote { markdown, citation: Box::new(citation) }]
}

#[cfg(test)]
mod tests;
