//! Markdown to HTML that is safe to show: articles are data, whoever wrote them.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::passages::Span;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_generic_attributes(["data-sourcepos", "id"])
        .add_allowed_classes("span", ["anchor"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// HTML of an article's body; each block says where it stands in the source (`data-sourcepos`, as comrak writes it).
pub(super) fn article_html(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.header_id_prefix = Some(String::new());
    options.render.sourcepos = true;
    CLEANER.clean(&comrak::markdown_to_html(markdown, &options)).to_string()
}

/// The lines, from 1, that the characters of `span` stand on.
pub(super) fn lines_of(body: &str, span: Span) -> (usize, usize) {
    let line_at = |end: usize| body.chars().take(end).filter(|c| *c == '\n').count() + 1;
    let first = line_at(span.start);
    (first, line_at(span.end.max(span.start)).max(first))
}

/// Text for the inside of an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    ammonia::clean_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_do_not_survive() {
        let html = article_html("# 題\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n| a |\n|---|\n| b |\n");
        assert!(!html.contains("script"), "{html}");
        assert!(!html.contains("onerror"), "{html}");
        assert!(html.contains("<table") && html.contains("data-sourcepos"), "{html}");
    }

    #[test]
    fn a_span_has_lines() {
        let body = "一\n二三\n四";
        assert_eq!(lines_of(body, Span { start: 2, end: 4 }), (2, 2));
        assert_eq!(lines_of(body, Span { start: 0, end: 6 }), (1, 3));
        assert_eq!(lines_of(body, Span { start: 99, end: 99 }), (3, 3));
    }
}
