//! Checks that a reply says only what its sources say.

use super::blocks::visible;
use super::{Draft, Part};

/// Takes out every quotation with a line that does not stand in the words it cites. An extractive draft passes whole unless
/// the code that cut it is wrong; that is what this is for. A model's sentence passes because it is a [`Said`](super::Said), which
/// only the checker makes; the quotations of a generated draft pass through the same door as all others.
pub fn verify(mut draft: Draft) -> Draft {
    draft.parts.retain(passes);
    draft
}

/// Whether a part says only what its sources say.
pub(super) fn passes(part: &Part) -> bool {
    match part {
        Part::Own(_) | Part::Said(_) => true,
        Part::Quote { markdown, citation } => {
            let supported = stands_in(markdown, &citation.quote);
            if !supported {
                tracing::error!(article = %citation.article_id, "a quotation does not stand in its source: withheld");
            }
            supported
        }
    }
}

fn stands_in(markdown: &str, quote: &str) -> bool {
    let source = squeeze(&visible(quote));
    markdown.lines().map(line_words).all(|words| words.iter().all(|word| source.contains(word.as_str())))
}

/// What a reader sees of one line; the cells of a table's row one by one.
fn line_words(line: &str) -> Vec<String> {
    let line = line.trim();
    if line.starts_with('|') {
        return line.split('|').map(|cell| squeeze(&visible(cell))).filter(|cell| !is_rule(cell)).collect();
    }
    vec![squeeze(&visible(line))]
}

fn is_rule(cell: &str) -> bool {
    cell.chars().all(|c| matches!(c, '-' | ':' | ' '))
}

/// White space and the marks that Markdown moves about, taken out.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\\' | '|')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_source_stays() {
        let source = "返品は**30日**以内です。\n\n| 対象 | 期間 |\n|---|---|\n| 靴 | 30日 |\n| 家電 | 14日 |";
        assert!(stands_in("返品は30日以内です。", source));
        assert!(stands_in("| 対象 | 期間 |\n|---|---|\n| 家電 | 14日 |", source));
        assert!(!stands_in("返品は90日以内です。", source));
        assert!(!stands_in("| 対象 | 期間 |\n|---|---|\n| 家電 | 41日 |", source));
    }
}
