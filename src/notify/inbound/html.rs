//! HTML mails as text: the words in their lines, without the quotation where its beginning and end are marked.
//!
//! Nothing is rendered and nothing is fetched; what is not understood is left out.

use std::sync::LazyLock;

use regex::Regex;

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by every test")]
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?s)<!--.*?(?:-->|$)|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:]*)(?P<rest>(?:=\s*"[^"]*"|=\s*'[^']*'|[^>])*)>|<[!?][^>]*>"#;
    Regex::new(pattern).expect("a pattern")
});

/// Elements that begin and end on a line of their own.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "li",
    "ol",
    "p",
    "pre",
    "table",
    "tr",
    "ul",
];
/// Elements whose text is not for reading.
const SILENT: [&str; 6] = ["head", "script", "style", "template", "title", "noscript"];
/// Elements that mailers put the quotation in, or the line above it: Gmail, Thunderbird, Yahoo, Proton.
const QUOTED: [&str; 5] =
    ["gmail_attr", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote", "gmail_quote_attribution"];
/// Behind these there is nothing but quotation: Outlook's.
const CUTS: [&str; 3] = ["appendonsend", "divrplyfwdmsg", "stopspelling"];

/// The text of an HTML page. What stands in `blockquote` and the like is left out unless nothing else is there.
pub(super) fn readable(html: &str) -> String {
    let own = text(html, true);
    if own.trim().is_empty() { text(html, false) } else { own }
}

fn text(html: &str, unquoted: bool) -> String {
    let mut page = Page::default();
    // The element that is being left out, how many of its name are open, and whether it is quotation.
    let mut leaving: Option<(String, usize, bool)> = None;
    let mut at = 0;
    for token in TOKEN.captures_iter(html) {
        let Some(all) = token.get(0) else { continue };
        if leaving.is_none() {
            page.words(html.get(at..all.start()).unwrap_or_default());
        }
        at = all.end();
        let Some(name) = token.name("name").map(|name| name.as_str().to_ascii_lowercase()) else { continue };
        let ends = token.name("end").is_some_and(|end| !end.as_str().is_empty());
        let rest = token.name("rest").map(|rest| rest.as_str().to_ascii_lowercase()).unwrap_or_default();
        if let Some((left, open, quoted)) = &mut leaving {
            if *left == name && !rest.ends_with('/') {
                *open = if ends { open.saturating_sub(1) } else { *open + 1 };
            }
            if *open == 0 {
                if *quoted {
                    page.line();
                }
                leaving = None;
            }
            continue;
        }
        if unquoted && !ends && CUTS.iter().any(|cut| rest.contains(cut)) {
            return page.text;
        }
        let silent = SILENT.contains(&name.as_str());
        let quoted = unquoted && (name == "blockquote" || QUOTED.iter().any(|class| rest.contains(class)));
        if !ends && !rest.ends_with('/') && (silent || quoted) {
            leaving = Some((name, 1, quoted));
            continue;
        }
        match name.as_str() {
            "br" => page.text.push('\n'),
            "hr" => page.line(),
            "td" | "th" if !ends => page.blank = true,
            name if BLOCKS.contains(&name) => page.line(),
            _ => {}
        }
    }
    if leaving.is_none() {
        page.words(html.get(at..).unwrap_or_default());
    }
    page.text
}

/// Text as it grows.
#[derive(Debug, Default)]
struct Page {
    text: String,
    /// Whether white space was passed since the last word.
    blank: bool,
}

impl Page {
    /// Begins a line, if it is not at the beginning of one.
    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.blank = false;
    }

    /// Adds words; any white space between them is one blank.
    fn words(&mut self, text: &str) {
        for c in entities(text).chars() {
            if c.is_whitespace() {
                self.blank = true;
                continue;
            }
            if self.blank && !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push(' ');
            }
            self.blank = false;
            self.text.push(c);
        }
    }
}

/// Text with `&amp;` and the like as what they mean.
fn entities(text: &str) -> String {
    /// No entity is longer.
    const LONGEST: usize = 34;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '#';
        match after.split_once(';') {
            Some((entity, behind)) if !entity.is_empty() && entity.len() <= LONGEST && entity.chars().all(name) => {
                mail_parser::decoders::html::add_html_token(&mut plain, format!("&{entity};").as_bytes(), false);
                rest = behind;
            }
            _ => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_lines_and_blanks_are_blanks() {
        for (html, text) in [
            ("<div>一行目</div><div>二行目</div>", "一行目\n二行目\n"),
            ("<p class=MsoNormal>a<o:p></o:p></p>\n<p>b  c</p>", "a\nb c\n"),
            ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
            (
                "<b>bold</b>face &amp; &lt;tag&gt; &#26085;&#x672c; &nbsp;x & y &unknown;",
                "boldface & <tag> 日本 x & y &unknown;",
            ),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
            (
                "<html><head><title>t</title><style>p{}</style></head><body>x<script>alert('<p>')</script></body></html>",
                "x\n",
            ),
            ("a<!-- <p>not this</p> -->b", "ab"),
            ("<a href=\"https://x.example/?a>b\">link</a>", "link"),
            ("<img alt='a>b' src=x>pic", "pic"),
            ("<img alt=it's>don't <b>go</b>", "don't go"),
            ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ] {
            assert_eq!(readable(html), text, "{html}");
        }
    }

    #[test]
    fn quotations_are_left_out() {
        for html in [
            "届きました。<blockquote type=\"cite\">古い<blockquote>もっと古い</blockquote>文</blockquote>",
            "<div>届きました。</div><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On … wrote:<br></div><blockquote>古い</blockquote></div>",
            "<p>届きました。</p><div class=\"moz-cite-prefix\">On … wrote:</div><blockquote>古い</blockquote>",
            "<p>届きました。</p><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\">From: 古い</div><div>古い</div>",
            "<div>届きました。</div><div class=\"yahoo_quoted\" id=\"y\"><div>古い<div>x</div></div></div>",
        ] {
            assert_eq!(readable(html).trim(), "届きました。", "{html}");
        }
        assert_eq!(readable("<div>上</div><blockquote>引用</blockquote><div>下</div>").trim(), "上\n下");
        assert_eq!(readable("<blockquote>これだけ</blockquote>").trim(), "これだけ");
    }

    proptest! {
        #[test]
        fn any_text_is_read(html in "(<|>|/|div|p|blockquote|br|!--|--|\"|'|&|;|#x|amp|[a-z ]|日){0,60}") {
            let _ = readable(&html);
        }

        #[test]
        fn any_string_is_read(html: String) {
            let _ = readable(&html);
        }
    }
}
