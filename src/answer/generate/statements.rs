//! What an article says, statement by statement: the words that may stand in for a model's.

use super::sentences::is_wide;
use crate::answer::blocks::{Block, Kind, blocks, only_links, visible};
use crate::answer::headings::is_exceptions;
use crate::answer::support::sentences;
use crate::passages::Span;

/// A sentence that begins so limits the one before it, and is never parted from it.
const BINDING: [&str; 26] = [
    "ただし",
    "ただ、",
    "なお",
    "例外",
    "もっとも",
    "しかし",
    "以下の場合",
    "次の場合",
    "この場合",
    "その場合",
    "however",
    "but ",
    "except",
    "unless",
    "only ",
    "this does not",
    "this is not",
    "exception",
    "in that case",
    "otherwise",
    "但",
    "不过",
    "除",
    "다만",
    "단,",
    "그러나",
];

/// A sentence that begins so goes on with what the one before it speaks of, and says little without it, or something else.
const BACK: [&str; 24] = [
    "その",
    "それ",
    "この",
    "これ",
    "そこ",
    "そう",
    "it ",
    "its ",
    "they ",
    "their ",
    "this ",
    "these ",
    "that ",
    "those ",
    "then ",
    "so ",
    "这",
    "此",
    "该",
    "其",
    "그 ",
    "그러면",
    "이는",
    "이때",
];

/// A list is quoted with the paragraph before it if that leads to it.
const LEADS: [&str; 8] = ["次の", "以下", "following", "below", "如下", "以下の", "다음", "these"];

/// A sentence is quoted from the beginning of its paragraph on, if that is no wider than so many columns (a Chinese character has two):
/// what an author says in one breath gives its later sentences their subject and their condition.
const BREATH: usize = 480;

/// One thing that an article says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// What it says, as read: a row of a table with the names of its columns.
    pub(super) words: String,
    /// What is quoted for it, in the article's Markdown: the sentence with what limits it, the whole list of steps, the table.
    pub(super) quote: String,
    /// Where the quote stands in the passage, in characters.
    pub(super) span: Span,
    /// It means little without the heading above it.
    pub(super) leans: bool,
    /// Other sentences of its paragraph stand before it.
    pub(super) follows: bool,
    /// The quote is a table, which may be shortened.
    pub(super) table: bool,
    /// The cells of a table's row; empty for anything else.
    pub(super) cells: Vec<Cell>,
}

/// A cell of a table, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// What its column is called.
    pub(super) head: String,
    pub(super) text: String,
}

/// All statements of a passage.
pub(super) fn statements(markdown: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut before: Option<Block<'_>> = None;
    for block in blocks(markdown) {
        match block.kind {
            Kind::Heading => {}
            _ if only_links(block.text) => {}
            Kind::Paragraph => paragraph(&block, &mut found),
            Kind::List => list(markdown, &block, before.as_ref(), &mut found),
            Kind::Table => table(&block, &mut found),
            Kind::Other => found.push(whole(&block, visible(block.text))),
        }
        before = Some(block);
    }
    found.retain(|statement| statement.words.chars().any(char::is_alphanumeric));
    found
}

fn whole(block: &Block<'_>, words: String) -> Statement {
    let (quote, table) = (block.text.to_owned(), block.kind == Kind::Table);
    Statement { words, quote, span: block.span, leans: true, follows: false, table, cells: Vec::new() }
}

fn paragraph(block: &Block<'_>, found: &mut Vec<Statement>) {
    let places = places(block.text, &sentences(block.text));
    let limits = |at: usize| places.get(at).is_some_and(|(text, _)| binds(text));
    for (at, (text, _)) in places.iter().enumerate() {
        let goes_back = |at: &usize| places.get(*at).is_some_and(|(text, _)| goes_on(text));
        let last = (at + 1..places.len()).take_while(|at| limits(*at)).last().unwrap_or(at);
        let width = |to: usize| places.iter().take(to + 1).skip(at).map(|(text, _)| columns(text)).sum::<usize>();
        let excepts = |later: &usize| places.get(*later).is_some_and(|(text, _)| is_exceptions(text));
        let excepted = (last + 1..places.len()).rev().find(|later| excepts(later) && width(*later) <= BREATH);
        let last = excepted.unwrap_or(last);
        let breath: usize = places.iter().take(last + 1).map(|(text, _)| columns(text)).sum();
        let first = (1..=at).rev().find(|at| breath > BREATH && !goes_back(at)).unwrap_or(0);
        let (Some((_, start)), Some((_, end))) = (places.get(first), places.get(last)) else { continue };
        let span = unbroken(block.text, Span { start: start.start, end: end.end });
        found.push(Statement {
            words: visible(text),
            quote: characters(block.text, span),
            span: shifted(span, block.span.start),
            leans: false,
            follows: at > 0,
            table: false,
            cells: Vec::new(),
        });
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn binds(sentence: &str) -> bool {
    begins(sentence, &BINDING)
}

/// Whether a sentence limits the one before it, or says what it says only after that.
pub(in crate::answer) fn goes_on(sentence: &str) -> bool {
    binds(sentence) || leans_back(sentence)
}

/// Whether a sentence says what it says only after the one before it.
pub(super) fn leans_back(sentence: &str) -> bool {
    begins(sentence, &BACK)
}

fn begins(sentence: &str, words: &[&str]) -> bool {
    let start: String =
        sentence.trim_start_matches(['*', '_', '「', ' ']).chars().take(24).collect::<String>().to_lowercase();
    words.iter().any(|word| start.starts_with(word))
}

/// The marks of bold words.
const BOLD: &str = "**";

/// Whether every mark of bold words in a text has its other one there.
pub(super) fn bold_is_whole(text: &str) -> bool {
    text.matches(BOLD).count().is_multiple_of(2)
}

/// A place with the marks of bold words that it was cut from, where a sentence ends or begins within them; all of the text, where they
/// are further away.
fn unbroken(text: &str, span: Span) -> Span {
    let quote = characters(text, span);
    if bold_is_whole(&quote) {
        return span;
    }
    let closed = Span { end: span.end + BOLD.len(), ..span };
    if characters(text, closed).strip_prefix(&quote) == Some(BOLD) {
        return closed;
    }
    let opened = Span { start: span.start + BOLD.len(), ..span };
    if quote.starts_with(BOLD) { opened } else { Span { start: 0, end: text.chars().count() } }
}

/// Steps are quoted all together: one left out is a wrong procedure. So is a list that a paragraph leads to, with it: "the following
/// cannot be returned:".
fn list(markdown: &str, block: &Block<'_>, before: Option<&Block<'_>>, found: &mut Vec<Statement>) {
    let items = items(block.text);
    let steps = block.text.starts_with(|c: char| c.is_ascii_digit());
    let lead = before.filter(|before| before.kind == Kind::Paragraph && leads(before.text));
    for item in &items {
        let (span, quote) = match lead {
            Some(lead) => {
                let span = Span { start: lead.span.start, end: block.span.end };
                (span, characters(markdown, span))
            }
            None if steps => (block.span, block.text.to_owned()),
            None => match places(block.text, &[*item]).first() {
                Some((_, span)) => (shifted(*span, block.span.start), (*item).to_owned()),
                None => (block.span, block.text.to_owned()),
            },
        };
        let words = visible(item);
        found.push(Statement { words, quote, span, leans: true, follows: false, table: false, cells: Vec::new() });
    }
}

fn leads(paragraph: &str) -> bool {
    let last = sentences(paragraph).last().copied().unwrap_or_default().to_lowercase();
    last.ends_with([':', '：']) || LEADS.iter().any(|word| last.contains(word))
}

/// The items of a list, each with the lines that belong to it.
fn items(list: &str) -> Vec<&str> {
    let begins = |line: &str| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        ["- ", "* ", "+ "].iter().any(|bullet| line.starts_with(bullet))
            || (rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") ")))
    };
    let (mut starts, mut at) = (Vec::new(), 0);
    for line in list.split_inclusive('\n') {
        if begins(line) {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(list.len());
    starts.windows(2).filter_map(|pair| list.get(*pair.first()?..*pair.last()?)).map(str::trim).collect()
}

fn table(block: &Block<'_>, found: &mut Vec<Statement>) {
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| visible(cell.trim()).trim().to_owned()).collect()
    };
    let mut lines = block.text.lines();
    let heads = lines.next().map(cells).unwrap_or_default();
    for row in lines.skip(1).map(cells) {
        let named =
            row.iter().enumerate().map(|(at, cell)| match heads.get(at).filter(|head| at > 0 && !head.is_empty()) {
                Some(head) => format!("{head}: {cell}"),
                None => cell.clone(),
            });
        let words = named.collect::<Vec<_>>().join(" ");
        let cell = |(at, text): (usize, String)| Cell { head: heads.get(at).cloned().unwrap_or_default(), text };
        let cells = row.into_iter().enumerate().map(cell).collect();
        found.push(Statement { cells, ..whole(block, words) });
    }
}

/// Parts of a text with their places, in characters; the parts in the order they stand there.
fn places<'t>(text: &str, parts: &[&'t str]) -> Vec<(&'t str, Span)> {
    let (mut found, mut byte, mut character) = (Vec::new(), 0, 0);
    for part in parts {
        let Some(rest) = text.get(byte..) else { break };
        let Some(ahead) = rest.find(part) else { continue };
        let start = character + rest.get(..ahead).map_or(0, |skipped| skipped.chars().count());
        let end = start + part.chars().count();
        found.push((*part, Span { start, end }));
        (byte, character) = (byte + ahead + part.len(), end);
    }
    found
}

fn characters(text: &str, span: Span) -> String {
    text.chars().skip(span.start).take(span.end - span.start).collect()
}

fn shifted(span: Span, by: usize) -> Span {
    Span { start: span.start + by, end: span.end + by }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "## 期限 👟\n\n返品は30日以内です。ただし、家電は14日以内です。靴は無料です。\n\n次の商品は返品できません。\n\n- 下着\n- 食品\n\nほかの方法です。\n\n1. 開く\n   続き\n2. 押す\n\n- **箱**：要ります。\n- 札\n\n| 対象 | 期間 |\n|---|---|\n| 靴 | 30日 |\n\n- [関連](a.md)\n";

    fn quote_of(words: &str) -> String {
        statements(TEXT).into_iter().find(|statement| statement.words.contains(words)).unwrap().quote
    }

    #[test]
    fn what_limits_a_sentence_goes_with_it() {
        let both = "返品は30日以内です。ただし、家電は14日以内です。";
        assert_eq!(quote_of("返品は30日"), both);
        assert_eq!(quote_of("家電"), both);
        assert_eq!(quote_of("靴は"), "返品は30日以内です。ただし、家電は14日以内です。靴は無料です。");
    }

    #[test]
    fn sentences_of_a_long_paragraph_are_quoted_alone() {
        let text =
            format!("窓口は{}です。担当者は2営業日以内に答えます。その後は電話します。", "とても遠い".repeat(60));
        let quotes: Vec<String> = statements(&text).into_iter().map(|statement| statement.quote).collect();
        assert_eq!(quotes[1], "担当者は2営業日以内に答えます。");
        assert_eq!(quotes[2], "担当者は2営業日以内に答えます。その後は電話します。");
    }

    #[test]
    fn an_exception_further_on_in_the_paragraph_goes_with_it() {
        let quotes = |markdown: &str| statements(markdown).into_iter().map(|said| said.quote).collect::<Vec<_>>();
        let text =
            "支払い方法は変えられません。取り消して注文し直してください。カードが使えなかった注文だけは例外です。";
        assert_eq!(quotes(text), [text; 3]);
        let text = "The method cannot be changed. Cancel and order again. The one exception is a declined card. It waits 3 days.";
        let limited = text.split(" It waits").next().unwrap();
        assert_eq!(quotes(text), [limited, limited, limited, text]);
        let far = format!("支払い方法は変えられません。{}例外はカードです。", "注文は履歴に残ります。".repeat(30));
        assert_eq!(quotes(&far)[0], "支払い方法は変えられません。");
    }

    #[test]
    fn what_goes_on_with_a_sentence_is_not_parted_from_it() {
        let text = "From day 31 you cancel the monthly plan. It then runs to the end of the month. Points stay.";
        let quotes: Vec<String> = statements(text).into_iter().map(|statement| statement.quote).collect();
        let both = "From day 31 you cancel the monthly plan. It then runs to the end of the month.";
        assert_eq!(quotes, ["From day 31 you cancel the monthly plan.", both, text]);
    }

    #[test]
    fn bold_words_are_not_cut_open() {
        let text = "**20分間、入力がなかった。**画面を閉じても残ります。";
        let quotes: Vec<String> = statements(text).into_iter().map(|statement| statement.quote).collect();
        assert!(quotes.iter().all(|quote| quote.matches("**").count() % 2 == 0), "{quotes:?}");
        assert!(quotes.iter().any(|quote| quote.contains("**20分間、入力がなかった。**")), "{quotes:?}");
        let text = "送料は無料です。**返品は30日以内です。箱も要ります。** 靴は別です。";
        let quotes: Vec<String> = statements(text).into_iter().map(|statement| statement.quote).collect();
        assert!(quotes.len() > 2 && quotes.iter().all(|quote| bold_is_whole(quote)), "{quotes:?}");
    }

    #[test]
    fn lists_are_quoted_as_far_as_they_hang_together() {
        assert_eq!(quote_of("下着"), "次の商品は返品できません。\n\n- 下着\n- 食品");
        assert_eq!(quote_of("押す"), "1. 開く\n   続き\n2. 押す");
        assert_eq!(quote_of("箱"), "- **箱**：要ります。");
        assert_eq!(quote_of("靴 期間: 30日"), "| 対象 | 期間 |\n|---|---|\n| 靴 | 30日 |");
        assert!(statements(TEXT).iter().all(|statement| !statement.words.contains("関連")));
    }

    proptest::proptest! {
        #[test]
        fn quotes_lie_where_they_say(text in r"(?s)([#|\-*> \nあ👟é1.\[\]()a。]|ただし|- |\n\n|1\. |次の){0,60}") {
            for statement in statements(&text) {
                proptest::prop_assert_eq!(characters(&text, statement.span), statement.quote);
            }
        }
    }
}
