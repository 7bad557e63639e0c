//! Cutting articles into passages.
//!
//! The outline cuts first: a passage never crosses a heading, and heading lines stand in the passage's path, not in its
//! text. A section that fits the budget is one passage. A longer one is cut between blocks; where a list or table does not
//! fit, between its items or rows; and only a single step, row or paragraph that is longer than the whole budget is cut
//! inside, by `text-splitter` at sentences. The pieces of one section are kept about equally long.
//!
//! The budget counts the embedding model's own tokens, breadcrumb included, so that nothing of a passage is left unread by
//! the model.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, Parser, Tag};
use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter};

use super::article::Article;
use super::outline::{Outline, markdown};
use super::plain::{is_navigation, plain};
use super::source::CharCounter;
use crate::llm::Embedder;
use crate::passages::{Passage, Span};

/// The most tokens of breadcrumb and passage together, as the model counts them (its windows hold 512).
pub const EMBED_BUDGET: usize = 480;

/// Counts tokens.
type Count<'c> = &'c dyn Fn(&str) -> usize;

/// Cuts articles into passages, by the tokens of one embedding model.
#[derive(Debug, Clone)]
pub struct Chunker {
    embedder: Arc<dyn Embedder>,
    budget: usize,
}

impl Chunker {
    /// For the windows of `embedder`.
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        let budget = EMBED_BUDGET.min(embedder.max_tokens()).max(16);
        Self { embedder, budget }
    }

    /// Names everything that decides where passages begin and end, except the model (the generation names that itself).
    pub fn fingerprint(&self) -> String {
        format!("sections-1/{}", self.budget)
    }

    /// The passages of `article`, in order. Pieces that show no words (comments, rules) and pieces that are nothing but
    /// links to other articles are left out: they answer nothing.
    pub fn passages(&self, article: &Article) -> Vec<Passage> {
        let count = |text: &str| self.embedder.count_tokens(text);
        let mut chars = CharCounter::new(&article.body);
        let mut passages = Vec::new();
        for piece in cut(&article.body, &article.title, self.budget, &count) {
            let Some(text) = article.body.get(piece.bytes.clone()) else { continue };
            if plain(text).is_empty() || is_navigation(text) {
                continue;
            }
            let ordinal = u32::try_from(passages.len()).unwrap_or(u32::MAX);
            passages.push(Passage {
                id: Passage::id_of(&article.id, &article.version, ordinal),
                article_id: article.id.clone(),
                version: article.version.clone(),
                family: article.family().clone(),
                title: article.title.clone(),
                lang: article.lang.clone(),
                category: article.category.clone(),
                audience: article.audience.clone(),
                effective_from: article.effective_from,
                effective_until: article.effective_until,
                draft: article.draft,
                heading: piece.heading,
                ordinal,
                text: text.to_owned(),
                span: Span { start: chars.at(piece.bytes.start), end: chars.at(piece.bytes.end) },
            });
        }
        passages
    }
}

/// What the `dense` leg reads of a passage: its breadcrumb on a line of its own, then its words. (The lexical leg reads
/// `LexicalAnalyser::text_of`.)
pub fn dense_text(passage: &Passage) -> String {
    format!("{}\n{}", passage.breadcrumb(), plain(&passage.text))
}

/// What the `question` leg reads of an article: its title, then each of its questions. Documents of a corpus that is only
/// measured on may have neither.
pub fn question_texts(article: &Article) -> Vec<String> {
    let mut texts = Vec::new();
    for question in std::iter::once(&article.title).chain(&article.questions) {
        if !question.trim().is_empty() && !texts.contains(question) {
            texts.push(question.clone());
        }
    }
    texts
}

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    heading: Vec<String>,
    bytes: Range<usize>,
}

/// Cuts `body` so that no piece with its breadcrumb counts more than `budget`. Pieces are in order and disjoint; outside of
/// them there are only heading lines and white space.
fn cut(body: &str, title: &str, budget: usize, count: Count<'_>) -> Vec<Piece> {
    let outline = Outline::of(body);
    let mut pieces = Vec::new();
    for section in &outline.sections {
        let Some(bytes) = trim(body, section.bytes.clone()) else { continue };
        let heading = outline.breadcrumb(section, title);
        let breadcrumb =
            std::iter::once(title).chain(heading.iter().map(String::as_str)).collect::<Vec<_>>().join(" > ");
        // However long the headings are, the text gets half of the budget.
        let room = budget.saturating_sub(count(&breadcrumb) + 1).max(budget / 2);
        for bytes in divide(body, bytes, room, count) {
            pieces.push(Piece { heading: heading.clone(), bytes });
        }
    }
    pieces
}

/// `range` without blank lines before and white space after; the first line keeps its indentation, which means something
/// in Markdown. `None` if nothing remains.
fn trim(body: &str, range: Range<usize>) -> Option<Range<usize>> {
    let text = body.get(range.clone())?;
    let end = range.start + text.trim_end().len();
    let first = range.start + (text.len() - text.trim_start().len());
    if first >= end {
        return None;
    }
    let line = match body.get(range.start..first)?.rfind('\n') {
        Some(at) => range.start + at + 1,
        None if body.get(..range.start)?.ends_with('\n') => range.start,
        // In the middle of a line white space means nothing.
        None => first,
    };
    Some(line..end)
}

fn size(body: &str, range: &Range<usize>, count: Count<'_>) -> usize {
    body.get(range.clone()).map_or(0, |text| count(&plain(text)))
}

fn divide(body: &str, range: Range<usize>, room: usize, count: Count<'_>) -> Vec<Range<usize>> {
    let whole = size(body, &range, count);
    if whole <= room {
        return vec![range];
    }
    let mut atoms = Vec::new();
    for block in blocks(body, &range) {
        flatten(body, block, room, count, &mut atoms);
    }
    // About equal parts read better, and find better, than full ones and a rest.
    let target = whole.div_ceil(whole.div_ceil(room));
    // Sizes are added up, not counted again: each count includes what the model puts around a text.
    let frame = count("");
    let mut parts: Vec<Atom> = Vec::new();
    for atom in atoms {
        match parts.last_mut() {
            Some(part)
                if part.size + atom.size.saturating_sub(frame) <= room
                    && (part.size < target || introduces(body, &part.bytes)) =>
            {
                part.bytes.end = atom.bytes.end;
                part.size += atom.size.saturating_sub(frame);
            }
            _ => parts.push(atom),
        }
    }
    parts.into_iter().filter_map(|part| trim(body, part.bytes)).collect()
}

/// What is not cut any further; atoms tile their section.
#[derive(Debug)]
struct Atom {
    bytes: Range<usize>,
    size: usize,
}

/// Whether `part` ends by announcing what follows.
fn introduces(body: &str, part: &Range<usize>) -> bool {
    body.get(part.clone()).is_some_and(|text| text.trim_end().ends_with([':', '：']))
}

/// A block of Markdown; the blocks of a level tile their parent without gaps.
#[derive(Debug)]
struct Block {
    bytes: Range<usize>,
    inside: Vec<Block>,
}

/// Takes blocks whole where they fit, else what is in them, else sentences.
fn flatten(body: &str, block: Block, room: usize, count: Count<'_>, atoms: &mut Vec<Atom>) {
    let size = size(body, &block.bytes, count);
    if size <= room {
        atoms.push(Atom { bytes: block.bytes, size });
        return;
    }
    if block.inside.is_empty() {
        return split(body, block.bytes, room, count, atoms);
    }
    for inner in block.inside {
        flatten(body, inner, room, count, atoms);
    }
}

struct Sizer<'c>(Count<'c>);

impl ChunkSizer for Sizer<'_> {
    fn size(&self, chunk: &str) -> usize {
        (self.0)(chunk)
    }
}

fn split(body: &str, range: Range<usize>, room: usize, count: Count<'_>, atoms: &mut Vec<Atom>) {
    let text = body.get(range.clone()).unwrap_or_default();
    let whole = count(text);
    let target = whole.div_ceil(whole.div_ceil(room.max(1)).max(1)).max(1);
    let config = ChunkConfig::new(target..=room.max(target)).with_sizer(Sizer(count)).with_trim(false);
    let mut start = range.start;
    for (at, chunk) in MarkdownSplitter::new(config).chunk_indices(text) {
        let bytes = start..range.start + at + chunk.len();
        start = bytes.end;
        atoms.push(Atom { size: size(body, &bytes, count), bytes });
    }
    if start < range.end {
        atoms.push(Atom { size: size(body, &(start..range.end), count), bytes: start..range.end });
    }
}

fn blocks(body: &str, range: &Range<usize>) -> Vec<Block> {
    let text = body.get(range.clone()).unwrap_or_default();
    let mut stack: Vec<Block> = vec![Block { bytes: 0..text.len(), inside: Vec::new() }];
    for (event, bytes) in Parser::new_ext(text, markdown()).into_offset_iter() {
        match event {
            Event::Start(tag) if is_block(&tag) => stack.push(Block { bytes, inside: Vec::new() }),
            Event::End(tag) if is_block_end(tag) => {
                let Some(block) = stack.pop() else { continue };
                if let Some(parent) = stack.last_mut() {
                    parent.inside.push(block);
                }
            }
            Event::Rule | Event::Html(_) => {
                if let Some(parent) = stack.last_mut() {
                    parent.inside.push(Block { bytes, inside: Vec::new() });
                }
            }
            _ => {}
        }
    }
    let Some(mut root) = stack.into_iter().next() else { return Vec::new() };
    tile(&mut root);
    let shift = |bytes: &Range<usize>| bytes.start + range.start..bytes.end + range.start;
    fn shifted(block: Block, shift: &dyn Fn(&Range<usize>) -> Range<usize>) -> Block {
        Block { bytes: shift(&block.bytes), inside: block.inside.into_iter().map(|b| shifted(b, shift)).collect() }
    }
    if root.inside.is_empty() {
        return vec![Block { bytes: range.clone(), inside: Vec::new() }];
    }
    root.inside.into_iter().map(|block| shifted(block, &shift)).collect()
}

/// What is between two blocks (markers, blank lines, link definitions) goes to the one that follows; what is after the last,
/// to the last. A table's head stays with its first row.
fn tile(block: &mut Block) {
    let mut start = block.bytes.start;
    block.inside.retain(|inner| inner.bytes.start < inner.bytes.end);
    for inner in &mut block.inside {
        // Blocks come in order; whatever a parser reports beyond that is kept from overlapping.
        inner.bytes.start = start.min(block.bytes.end);
        inner.bytes.end = inner.bytes.end.clamp(inner.bytes.start, block.bytes.end);
        start = inner.bytes.end;
    }
    if let Some(last) = block.inside.last_mut() {
        last.bytes.end = block.bytes.end;
    }
    for inner in &mut block.inside {
        tile(inner);
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    is_block_end(tag.to_end())
}

fn is_block_end(tag: pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd;
    matches!(
        tag,
        TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::BlockQuote(_)
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::Table
            | TagEnd::TableRow
    )
}

#[cfg(test)]
mod tests;
