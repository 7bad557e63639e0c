//! Markdown to HTML that is safe to show: articles are data, whoever wrote them.

use std::collections::HashSet;
use std::sync::LazyLock;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_generic_attributes(["data-sourcepos", "id"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// HTML of an article's body; each block says where it stands in the source (`data-sourcepos`, as comrak writes it), and
/// headings can be linked to.
pub fn article_html(markdown: &str) -> String {
    html(markdown, true)
}

/// HTML of a reply.
pub fn reply_html(markdown: &str) -> String {
    html(markdown, false)
}

fn html(markdown: &str, article: bool) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.header_id_prefix = article.then(String::new);
    options.render.sourcepos = article;
    CLEANER.clean(&comrak::markdown_to_html(markdown, &options)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_do_not_survive() {
        let html = article_html(
            "# 題\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n| a |\n|---|\n| b |\n",
        );
        assert!(!html.contains("script"), "{html}");
        assert!(!html.contains("onerror"), "{html}");
        assert!(html.contains("<table") && html.contains("data-sourcepos"), "{html}");
    }
}
