//! The headings of a Markdown body, and the sections between them.

use std::ops::Range;

use comrak::Anchorizer;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The Markdown that articles may use: CommonMark with GitHub's tables, strikethrough, task lists and footnotes.
pub fn markdown() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES
}

/// One heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its words, without Markdown.
    pub text: String,
    /// The fragment that links to it, by GitHub's rules (the renderer's own: comrak).
    pub anchor: String,
    /// Bytes of the heading's lines in the body.
    pub bytes: Range<usize>,
}

/// The text between one heading and the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Headings from the top down to this section, as places in [`Outline::headings`]; empty for the lead.
    pub path: Vec<usize>,
    /// Bytes of its text in the body, heading lines excluded.
    pub bytes: Range<usize>,
}

/// Headings and sections of one body. Headings inside quotes and lists belong to the text around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// In order of appearance.
    pub headings: Vec<Heading>,
    /// In order; together with the headings' lines they are the whole body. There is always a lead, perhaps empty.
    pub sections: Vec<Section>,
}

impl Outline {
    /// Reads `body`.
    pub fn of(body: &str) -> Self {
        let headings = headings(body);
        let mut sections = Vec::with_capacity(headings.len() + 1);
        let mut path: Vec<usize> = Vec::new();
        let mut start = 0;
        for (at, heading) in headings.iter().enumerate() {
            sections.push(Section { path: path.clone(), bytes: start..heading.bytes.start });
            path.retain(|above| headings.get(*above).is_some_and(|above| above.level < heading.level));
            path.push(at);
            start = heading.bytes.end;
        }
        sections.push(Section { path, bytes: start..body.len() });
        Self { headings, sections }
    }

    /// The heading that is the article's title: the first of level 1.
    pub fn title(&self) -> Option<usize> {
        self.headings.iter().position(|heading| heading.level == 1 && !heading.text.is_empty())
    }

    /// The headings above `section` as words, without the one that only repeats the article's title.
    pub fn breadcrumb(&self, section: &Section, title: &str) -> Vec<String> {
        let repeated = self.title().filter(|at| self.headings.get(*at).is_some_and(|first| first.text == title));
        section
            .path
            .iter()
            .filter(|at| Some(**at) != repeated)
            .filter_map(|at| self.headings.get(*at))
            .map(|heading| heading.text.clone())
            .filter(|text| !text.is_empty())
            .collect()
    }
}

fn headings(body: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut anchors = Anchorizer::new();
    let mut depth = 0_usize;
    let mut open: Option<(u8, String, Range<usize>)> = None;
    for (event, bytes) in Parser::new_ext(body, markdown()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                open = Some((level as u8, String::new(), bytes));
            }
            Event::End(TagEnd::Heading(_)) if depth == 0 => {
                let Some((level, text, bytes)) = open.take() else { continue };
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let anchor = anchors.anchorize(&text);
                found.push(Heading { level, text, anchor, bytes });
            }
            Event::Start(Tag::BlockQuote(_) | Tag::Item | Tag::FootnoteDefinition(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::FootnoteDefinition) => {
                depth = depth.saturating_sub(1);
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some((_, text, _)) = &mut open {
                    text.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, text, _)) = &mut open {
                    text.push(' ');
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(body: &str, title: &str) -> Vec<(Vec<String>, String)> {
        let outline = Outline::of(body);
        outline
            .sections
            .iter()
            .map(|section| {
                let text = body.get(section.bytes.clone()).unwrap().trim().to_owned();
                (outline.breadcrumb(section, title), text)
            })
            .collect()
    }

    #[test]
    fn sections_carry_the_headings_above_them() {
        let body = "導入\n\n## 期間\nA\n\n### 例外 `X`\nB\n\n## 手順\nC";
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            paths(body, "返品"),
            [
                (vec![], "導入".to_owned()),
                (own(&["期間"]), "A".to_owned()),
                (own(&["期間", "例外 X"]), "B".to_owned()),
                (own(&["手順"]), "C".to_owned()),
            ]
        );
    }

    #[test]
    fn the_first_h1_is_the_title_and_leaves_the_path() {
        let body = "# Returns\n\nlead\n\n## Windows\n\ntext\n\n# More\n\nrest\n";
        let found: Vec<_> = paths(body, "Returns").into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, [vec![], vec![], vec!["Windows".to_owned()], vec!["More".to_owned()]]);
    }

    #[test]
    fn headings_in_quotes_and_lists_are_text() {
        let outline = Outline::of("> # quoted\n\n- # item\n\nSetext\n======\ntext\n```\n# code\n```\n");
        let texts: Vec<_> = outline.headings.iter().map(|h| h.text.as_str()).collect();
        assert_eq!(texts, ["Setext"]);
    }

    #[test]
    fn anchors_are_githubs() {
        let outline = Outline::of("## Return windows!\n## Return windows\n## 返品できる期間（30日）\n");
        let anchors: Vec<_> = outline.headings.iter().map(|h| h.anchor.as_str()).collect();
        assert_eq!(anchors, ["return-windows", "return-windows-1", "返品できる期間30日"]);
    }
}
