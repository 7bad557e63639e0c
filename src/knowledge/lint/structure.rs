//! Rules about one article's text: headings, length of sections, raw HTML.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Parser};

use super::finding::Finding;
use super::rules::Rule;
use crate::knowledge::library::Document;
use crate::knowledge::outline::markdown;
use crate::knowledge::plain::plain;

/// The longest section, in Japanese characters; about what one passage holds.
const LONGEST: f64 = 800.0;

/// A word with spaces around it counts as so many Japanese characters: 360 words are as long as 800.
const WORD: f64 = 800.0 / 360.0;

pub(super) fn check(document: &Document, findings: &mut Vec<Finding>) {
    headings(document, findings);
    lengths(document, findings);
    html(document, findings);
}

fn headings(document: &Document, findings: &mut Vec<Finding>) {
    // The title, in front matter or as the first heading, is level 1.
    let mut before = 1;
    for heading in &document.outline.headings {
        if heading.level > before + 1 {
            let message = format!("a level {} heading under one of level {before}", heading.level);
            findings.push(
                Finding::new(Rule::HeadingSkipped, &document.source, document.in_file(&heading.bytes), message)
                    .remedy(format!("Use `{} {}`.", "#".repeat(usize::from(before) + 1), heading.text)),
            );
        }
        before = heading.level;
    }
}

fn lengths(document: &Document, findings: &mut Vec<Finding>) {
    for section in &document.outline.sections {
        let text = plain(document.section(&section.bytes));
        let length = length(&text);
        if length <= LONGEST {
            continue;
        }
        let heading = section.path.last().and_then(|at| document.outline.headings.get(*at));
        let (place, name) = match heading {
            Some(heading) => (heading.bytes.clone(), format!("the section \"{}\"", heading.text)),
            None => (section.bytes.start..section.bytes.start, "the text before the first heading".to_owned()),
        };
        let message = format!("{name} is as long as {length:.0} Japanese characters or {:.0} words", length / WORD);
        findings.push(Finding::new(Rule::LongSection, &document.source, document.in_file(&place), message));
    }
}

/// Length in Japanese characters: each character of scripts without spaces, and each word of the others.
fn length(text: &str) -> f64 {
    let (mut characters, mut words, mut inside) = (0_u32, 0_u32, false);
    for c in text.chars() {
        if is_wide(c) {
            characters += 1;
            inside = false;
        } else if c.is_alphanumeric() {
            words += u32::from(!inside);
            inside = true;
        } else {
            inside &= !c.is_whitespace();
        }
    }
    f64::from(characters) + f64::from(words) * WORD
}

/// Scripts in which a character says about as much as a syllable or a word.
pub(super) fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}' | '\u{e00}'..='\u{e7f}')
}

/// Elements that the renderer's sanitiser lets through.
static ALLOWED: LazyLock<std::collections::HashSet<&'static str>> =
    LazyLock::new(|| ammonia::Builder::default().clone_tags());

fn html(document: &Document, findings: &mut Vec<Finding>) {
    for (event, bytes) in Parser::new_ext(&document.article.body, markdown()).into_offset_iter() {
        let (Event::Html(text) | Event::InlineHtml(text)) = event else { continue };
        let Some(name) = stripped(&text) else { continue };
        let message = format!("`<{name}>` is removed before readers see the page");
        findings.push(Finding::new(Rule::StrippedHtml, &document.source, document.in_file(&bytes), message));
    }
}

/// The first element in `html` that is removed.
fn stripped(html: &str) -> Option<String> {
    html.split('<').skip(1).find_map(|tag| {
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        (!name.is_empty() && !ALLOWED.contains(name.as_str())).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_scripts() {
        assert!((length("返品は30日。") - (3.0 + WORD + 1.0)).abs() < 0.01);
        assert!((length("don't wait, e-mail us") - 4.0 * WORD).abs() < 0.01);
        assert!(length("").abs() < 0.01);
    }

    #[test]
    fn what_is_stripped() {
        for (html, name) in [("<script>", Some("script")), ("<b>", None), ("<!-- note -->", None), ("</Iframe>", None)]
        {
            assert_eq!(stripped(html).as_deref(), name, "{html}");
        }
        assert_eq!(stripped("<p><input type=text>").as_deref(), Some("input"));
    }
}
