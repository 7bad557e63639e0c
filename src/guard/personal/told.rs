//! What follows a word that names it: 注文番号は…, "my PIN is …".

use super::normal::{EDGE, OPAQUE, Text};

/// How a value is joined to the word before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// By nothing, or by spaces and brackets.
    Beside,
    /// By を: what is done with it.
    Object,
    /// By は, "is", "to".
    Said,
    /// By a colon, an equals sign or an arrow.
    Marked,
}

/// Where a value may begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) start: usize,
    pub(super) how: How,
    /// It stands in quotation marks that end with this.
    pub(super) quote: Option<char>,
}

/// How far a value may stand from its word.
const REACH: usize = 30;

const MARKED: &[&str] = &["->", "=>", "→", "⇒", ":", "=", "#"];
const SAID: &[&str] = &[
    "は",
    "って",
    "が",
    "として",
    "is",
    "was",
    "are",
    "were",
    "will be",
    "might be",
    "may be",
    "could be",
    "would be",
    "should be",
    "it's",
    "its",
    "as",
    "to",
    "reads",
    "ending",
    "'s",
];
const OBJECT: &[&str] = &["を"];
const BETWEEN: &[&str] = &[
    "以下の通りです。",
    "以下の通りです",
    "以下の通り",
    "以下のとおり",
    "下記の通り",
    "です。",
    "ですが",
    "なんですが",
    "番号",
    "ナンバー",
    "コード",
    "以下",
    "下記",
    "こちら",
    "次",
    "それぞれ",
    "、",
    ",",
    "の",
    "no.",
    "no",
    "number",
    "num",
    "id",
    "the",
    "my",
    "your",
    "our",
    "here",
    "below",
    "following",
    "as follows",
    "code",
    "i",
    "you",
    "used",
    "use",
    "using",
    "entered",
    "typed",
    "set",
    "have",
    "had",
    "it",
    "which",
    "that",
    "currently",
    "temporary",
    "current",
    "(",
    "[",
    "【",
    "<",
    ")",
    "]",
    "】",
    ">",
    "「",
    "『",
    "\"",
    "'",
    "`",
    ".",
    "-",
    "*",
    "|",
];

/// Past what may stand between a word that ends at `from` and its value.
pub(super) fn value(text: &Text, from: usize) -> Option<Told> {
    let mut told = Told { start: from, how: How::Beside, quote: None };
    loop {
        let at = text.past_space(told.start, true, 4);
        if at > from + REACH || matches!(text.at(at), EDGE | OPAQUE) {
            return None;
        }
        told.start = at;
        let step = |how: How, words: &[&str]| text.any(at, words).map(|end| (end, how));
        let next = step(How::Marked, MARKED)
            .or_else(|| step(How::Said, SAID))
            .or_else(|| step(How::Object, OBJECT))
            .or_else(|| step(How::Beside, BETWEEN));
        let Some((end, how)) = next else { return Some(told) };
        told.quote = closing(text.at(at));
        told.start = end;
        told.how = told.how.max(how);
    }
}

fn closing(open: char) -> Option<char> {
    match open {
        '「' => Some('」'),
        '『' => Some('』'),
        '"' | '\'' | '`' => Some(open),
        _ => None,
    }
}

/// The characters from `at` as long as `good` takes them, at most `most`: where they end.
pub(super) fn run(text: &Text, at: usize, most: usize, good: impl Fn(char) -> bool) -> usize {
    at + text.slice(at..at + most).iter().take_while(|c| good(**c)).count()
}

/// Whether a clause ends here: nothing follows, or a mark, a line end, or what Japanese ends a sentence with.
pub(super) fn ends(text: &Text, at: usize) -> bool {
    const COPULAS: &[&str] =
        &["です", "でした", "だ", "である", "なのに", "なん", "でしょう", "になります", "となります", "でございます"];
    let at = text.past_space(at, false, 2);
    match text.at(at) {
        EDGE | '\n' | '。' | '、' | '」' | ')' | '!' | ';' | ',' | '/' | '|' => true,
        '.' => !text.at(at + 1).is_ascii_alphanumeric(),
        _ => text.any(at, COPULAS).is_some(),
    }
}
