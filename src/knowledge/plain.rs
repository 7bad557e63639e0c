//! Markdown as the words it shows, for models and analysers that should not see the markup.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::outline::markdown;

/// The words of `text`: link targets, emphasis, bullets, raw HTML and comments go; step numbers, table cells (as
/// `a | b`), code and line structure stay. A piece of a table without its header keeps its cells in the same form.
pub fn plain(text: &str) -> String {
    let mut out = Plain::default();
    for event in Parser::new_ext(text, markdown()) {
        out.event(event);
    }
    out.finish()
}

/// Whether `text` only leads elsewhere: every word of it is a link's. Such a piece answers nothing.
pub(super) fn is_navigation(text: &str) -> bool {
    let mut inside = 0_usize;
    let mut linked = false;
    for event in Parser::new_ext(text, markdown()) {
        match event {
            Event::Start(Tag::Link { .. }) => inside += 1,
            Event::End(TagEnd::Link) => inside = inside.saturating_sub(1),
            Event::Text(words) | Event::Code(words) => {
                if inside > 0 {
                    linked = true;
                } else if words.chars().any(char::is_alphanumeric) {
                    return false;
                }
            }
            _ => {}
        }
    }
    linked
}

#[derive(Default)]
struct Plain {
    out: String,
    /// Next number of each open list; `None` for bullets.
    lists: Vec<Option<u64>>,
}

impl Plain {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(words) | Event::Code(words) | Event::InlineMath(words) | Event::DisplayMath(words) => {
                self.out.push_str(&words);
            }
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.line(),
            Event::InlineHtml(tag) if tag.starts_with("<br") => self.line(),
            Event::Start(Tag::List(first)) => {
                self.line();
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                self.line();
                if let Some(Some(number)) = self.lists.last_mut() {
                    self.out.push_str(&format!("{number}. "));
                    *number += 1;
                }
            }
            Event::End(TagEnd::TableCell) => self.out.push_str(" | "),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => {
                let kept = self.out.trim_end_matches([' ', '|']).len();
                self.out.truncate(kept);
                self.line();
            }
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock | TagEnd::FootnoteDefinition,
            ) => self.line(),
            _ => {}
        }
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn finish(self) -> String {
        self.out
            .lines()
            .map(|line| line.trim().trim_matches('|').trim())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_words() {
        let text = "**返品**は[こちら](../a.md)。\n\n1. 開く\n2. `押す`<br>待つ\n   - *中*\n\n| 商品 | 期間 |\n|---|---|\n| 衣類 | 30日 |\n\n<!-- note -->";
        assert_eq!(plain(text), "返品はこちら。\n1. 開く\n2. 押す\n待つ\n中\n商品 | 期間\n衣類 | 30日");
    }

    #[test]
    fn rows_without_their_header_read_the_same() {
        assert_eq!(plain("| 衣類 | 30日 |\n| 家電 | 14日 |"), "衣類 | 30日\n家電 | 14日");
    }

    #[test]
    fn a_list_of_links_is_navigation() {
        assert!(is_navigation("- [返品](a.md)\n- [**交換**](b.md)。\n"));
        assert!(!is_navigation("- [返品](a.md)は30日\n"));
        assert!(!is_navigation(""));
        assert!(!is_navigation("<!-- x -->"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[\\PC\n|*`#<>\\[\\]()0-9.-]{0,200}") {
            let _ = plain(&text);
            let _ = is_navigation(&text);
        }
    }
}
