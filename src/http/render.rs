//! Small things pages need.

use crate::passages::Span;

/// The lines, from 1, that the characters of `span` stand on.
pub(super) fn lines_of(body: &str, span: Span) -> (usize, usize) {
    let line_at = |end: usize| body.chars().take(end).filter(|c| *c == '\n').count() + 1;
    let first = line_at(span.start);
    (first, line_at(span.end).max(first))
}

/// Text for the inside of an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_lines() {
        let body = "一\n二三\n四";
        assert_eq!(lines_of(body, Span { start: 2, end: 4 }), (2, 2));
        assert_eq!(lines_of(body, Span { start: 0, end: 6 }), (1, 3));
        assert_eq!(lines_of(body, Span { start: 99, end: 99 }), (3, 3));
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert!(!escape("\"><script>").contains(['<', '"', '>']));
        assert_eq!(escape("Tom & Jerry's 返品"), "Tom &amp; Jerry&#39;s 返品");
    }
}
