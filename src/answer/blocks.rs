//! Markdown as a row of blocks, each with its place in characters.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::passages::Span;

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    Paragraph,
    List,
    Table,
    Other,
}

/// One top-level block of Markdown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block<'a> {
    pub(super) kind: Kind,
    /// Its source, without the blank lines around it.
    pub(super) text: &'a str,
    /// Its place in the text that was cut, in characters.
    pub(super) span: Span,
}

/// Cuts Markdown into its top-level blocks.
pub(super) fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut chars = CharCounter::new(markdown);
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    found.extend(block(markdown, kind(&tag), range, &mut chars));
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ if depth == 0 => found.extend(block(markdown, Kind::Other, range, &mut chars)),
            _ => {}
        }
    }
    found
}

fn block<'a>(markdown: &'a str, kind: Kind, range: Range<usize>, chars: &mut CharCounter<'_>) -> Option<Block<'a>> {
    let text = markdown.get(range.clone())?;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    let lead = text.len() - text.trim_start().len();
    let start = chars.at(range.start + lead);
    Some(Block { kind, text: trimmed, span: Span { start, end: start + trimmed.chars().count() } })
}

fn kind(tag: &Tag<'_>) -> Kind {
    match tag {
        Tag::Heading { .. } => Kind::Heading,
        Tag::Paragraph => Kind::Paragraph,
        Tag::List(_) => Kind::List,
        Tag::Table(_) => Kind::Table,
        _ => Kind::Other,
    }
}

/// Turns rising byte offsets into character offsets in one pass over the text.
struct CharCounter<'a> {
    text: &'a str,
    byte: usize,
    chars: usize,
}

impl<'a> CharCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, byte: 0, chars: 0 }
    }

    fn at(&mut self, byte: usize) -> usize {
        if let Some(between) = self.text.get(self.byte..byte) {
            self.chars += between.chars().count();
            self.byte = byte;
        }
        self.chars
    }
}

/// Markdown's words without its marks: what a reader sees.
pub(super) fn visible(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell | TagEnd::TableHead,
            ) => text.push(' '),
            _ => {}
        }
    }
    text
}

/// Whether a block holds nothing but links: the list of related articles at an article's end.
pub(super) fn only_links(markdown: &str) -> bool {
    let (mut in_link, mut links) = (0_usize, 0_usize);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Link { .. }) => {
                in_link += 1;
                links += 1;
            }
            Event::End(TagEnd::Link) => in_link = in_link.saturating_sub(1),
            Event::Text(words) | Event::Code(words) if in_link == 0 && !words.trim().is_empty() => return false,
            _ => {}
        }
    }
    links > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lie_where_they_say() {
        let text =
            "はじめに。\n\n## 手順\n\n1. 開く\n2. 押す\n\n| 対象 | 期間 |\n|---|---|\n| 靴 👟 | 30日 |\n\n終わり。\n";
        let kinds: Vec<Kind> = blocks(text).iter().map(|b| b.kind).collect();
        assert_eq!(kinds, [Kind::Paragraph, Kind::Heading, Kind::List, Kind::Table, Kind::Paragraph]);
        for block in blocks(text) {
            let at: String = text.chars().skip(block.span.start).take(block.span.end - block.span.start).collect();
            assert_eq!(at, block.text);
        }
    }

    #[test]
    fn a_list_of_links_is_known() {
        assert!(only_links("- [返品](a.md)\n- [交換](b.md)\n"));
        assert!(!only_links("- [返品](a.md)を読む\n"));
        assert!(!only_links("ふつうの文。"));
    }

    proptest::proptest! {
        #[test]
        fn any_markdown_is_cut(text in r"(?s)[#|\-*> \nあ👟é1.\[\]()a]{0,200}") {
            for block in blocks(&text) {
                let at: String = text.chars().skip(block.span.start).take(block.span.end - block.span.start).collect();
                proptest::prop_assert_eq!(at, block.text);
            }
            let _ = visible(&text);
        }
    }
}
