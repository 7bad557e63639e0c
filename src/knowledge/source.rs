//! A file as it was read, and the way from a byte in it to a line and column a person can find.

use std::ops::Range;
use std::sync::Arc;

/// The text of one file: UTF-8, without byte order mark, line endings normalised to `\n`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path below the articles folder, `/`-separated.
    pub path: String,
    /// The whole file.
    pub text: Arc<str>,
    /// Byte at which the body starts (0 without front matter).
    pub body_at: usize,
    /// Byte at which each line starts.
    lines: Vec<usize>,
}

/// A place in a file as editors count: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Source {
    /// Takes the text of a file as read; line endings become `\n` and a byte order mark goes.
    pub fn new(path: String, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // A lone CR is a line break too (YAML and CommonMark agree on that).
        let text: Arc<str> =
            if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() };
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, body_at: 0, lines }
    }

    /// The Markdown after the front matter.
    pub fn body(&self) -> &str {
        self.text.get(self.body_at..).unwrap_or_default()
    }

    /// Where byte `at` stands; one past the end stands after the last character.
    pub fn position(&self, at: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..at.min(self.text.len())).map_or(0, |before| before.chars().count());
        Position { line, column: column + 1 }
    }

    /// `span` brought inside the text and onto character boundaries, for those who cut it out.
    pub fn clamp(&self, span: &Range<usize>) -> Range<usize> {
        let floor = |at: usize| {
            let mut at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        start..floor(span.end).max(start)
    }
}

/// Turns byte offsets that come in ascending order into character offsets, in one walk over the text.
#[derive(Debug)]
pub(super) struct CharCounter<'t> {
    text: &'t str,
    byte: usize,
    chars: usize,
}

impl<'t> CharCounter<'t> {
    /// Starts at the beginning of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, byte: 0, chars: 0 }
    }

    /// The number of characters before byte `at`, which must not be smaller than in the call before.
    pub(super) fn at(&mut self, at: usize) -> usize {
        self.chars += self.text.get(self.byte..at).map_or(0, |more| more.chars().count());
        self.byte = at.max(self.byte);
        self.chars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_in_characters() {
        let source = Source::new("a.md".into(), "\u{feff}返品\r\n👍x\ry");
        assert_eq!(&*source.text, "返品\n👍x\ny");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position("返品\n👍".len()), Position { line: 2, column: 2 });
        assert_eq!(source.position("返品\n👍x\n".len()), Position { line: 3, column: 1 });
        assert_eq!(source.position(9999), Position { line: 3, column: 2 });
    }

    #[test]
    fn an_empty_file_has_one_line() {
        assert_eq!(Source::new("a.md".into(), "").position(0), Position { line: 1, column: 1 });
    }
}
