//! From a tree to regular expressions, which are matched in time linear in the text (Rust's `regex` has no backtracking).

use regex::{Regex, RegexBuilder};

use super::RuleError;
use super::parse::{Link, Part, Sequence, Term};
use crate::guard::normal::{is_kana, is_spaced};

/// Bytes that a compiled rule and its states may take.
const SIZE: usize = 4 << 20;
/// Characters that ` … ` spans, and between words of scripts that put blanks between them, where twenty letters are three words.
const GAP: usize = 20;
const SPACED_GAP: usize = 40;

/// What a blank of a rule stands for: marks, particles of Japanese, Korean and Chinese.
const BLANK: &str = "[ ,、・:\"'「」『』()~]{0,3}(?:って|とか|だけ|など|くらい|[はがをにもでのとへやよ]{1,2}|[을를이가은는도에의로좀]|[的了]|一下)?[ ,、・:\"'「」『』()~]{0,3}";

/// Compiles alternatives.
pub(super) fn any(alternatives: &[Sequence]) -> Result<Regex, RuleError> {
    build(&group(alternatives))
}

/// Compiles what must be found, bound to the text's edges where the rule is.
pub(super) fn whole(start: Option<Link>, sequence: &Sequence, end: Option<Link>) -> Result<Regex, RuleError> {
    let mut source = String::new();
    if let Some(link) = start {
        source.push_str(r"\A");
        source.push_str(&edge(link));
    }
    source.push_str(&of_sequence(sequence));
    if let Some(link) = end {
        source.push_str(&edge(link));
        source.push_str(r"\z");
    }
    build(&source)
}

fn build(source: &str) -> Result<Regex, RuleError> {
    let built = RegexBuilder::new(source).size_limit(SIZE).dfa_size_limit(SIZE / 16).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => RuleError::new(0, "is too big: make it several rules"),
        error => RuleError::new(0, error.to_string()),
    })
}

/// Between the text's edge and the first or last part: here a gap may cross sentence ends.
fn edge(link: Link) -> String {
    match link {
        Link::Gap => format!("(?s:.{{0,{GAP}}}?)"),
        Link::Glued | Link::Blank => r"[^\p{L}\p{N}]*".to_owned(),
    }
}

fn group(alternatives: &[Sequence]) -> String {
    let sources: Vec<String> = alternatives.iter().map(of_sequence).collect();
    format!("(?:{})", sources.join("|"))
}

fn of_sequence(sequence: &Sequence) -> String {
    let Some(first) = sequence.0.iter().position(|part| !part.optional) else {
        return sequence.0.iter().map(|part| format!("(?:{})?", of_term(&part.term))).collect();
    };
    let (before, rest) = sequence.0.split_at(first);
    let mut source = String::new();
    // An optional part brings the link that parts it from its neighbour on the side of what is needed.
    for (at, part) in before.iter().enumerate() {
        let next = sequence.0.get(at + 1);
        let link = next.map_or_else(String::new, |next| of_link(next.link, part, next));
        source.push_str(&format!("(?:{}{link})?", of_term(&part.term)));
    }
    let mut last: Option<&Part> = None;
    let mut widest = Link::Glued;
    for part in rest {
        let link = last.map_or_else(String::new, |last| of_link(part.link.max(widest), last, part));
        let term = of_term(&part.term);
        if part.optional {
            let narrow = last.map_or_else(String::new, |last| of_link(part.link, last, part));
            source.push_str(&format!("(?:{narrow}{term})?"));
            widest = widest.max(part.link);
            continue;
        }
        source.push_str(&link);
        source.push_str(&term);
        widest = Link::Glued;
        last = Some(part);
    }
    source
}

fn of_link(link: Link, before: &Part, after: &Part) -> String {
    match link {
        Link::Glued => String::new(),
        Link::Blank => BLANK.to_owned(),
        Link::Gap => {
            let spaced = edges(&before.term, true).chain(edges(&after.term, false)).all(is_spaced);
            let most = if spaced { SPACED_GAP } else { GAP };
            format!("[^。!?\n]{{0,{most}}}?")
        }
    }
}

/// The characters a term may end with, or begin with.
fn edges(term: &Term, end: bool) -> Box<dyn Iterator<Item = char> + '_> {
    match term {
        Term::Word { text, .. } => {
            Box::new(if end { text.chars().next_back() } else { text.chars().next() }.into_iter())
        }
        Term::Any(alternatives) => Box::new(alternatives.iter().flat_map(move |sequence| {
            let part = if end { sequence.0.last() } else { sequence.0.first() };
            part.into_iter().flat_map(move |part| edges(&part.term, end))
        })),
    }
}

fn of_term(term: &Term) -> String {
    match term {
        Term::Word { text, open } => of_word(text, *open),
        Term::Any(alternatives) => group(alternatives),
    }
}

fn of_word(text: &str, open: bool) -> String {
    let mut source = String::from(boundary(text.chars().next()));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' => source.push_str(" ?"),
            '\'' => source.push_str("'?"),
            // In the middle a long vowel makes another word (カード, かど); at the end it is a habit (ユーザー, ユーザ).
            'ー' => source.push_str(if chars.peek().is_some() { "ー" } else { "ー?" }),
            c if is_kana(c) => {
                source.push(c);
                if chars.peek() != Some(&'ー') {
                    source.push_str("ー?");
                }
            }
            c => source.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    let last = text.chars().next_back();
    match open {
        true if last.is_some_and(is_spaced) => source.push_str(r"[\p{L}\p{N}']*?"),
        true => {}
        false => source.push_str(boundary(last)),
    }
    source
}

/// The edge of a word that begins or ends with `c`. For ASCII letters only ASCII counts as a word, so that refundして holds "refund".
fn boundary(c: Option<char>) -> &'static str {
    match c {
        Some(c) if c.is_ascii_alphanumeric() => r"(?-u:\b)",
        Some(c) if is_spaced(c) => r"\b",
        _ => "",
    }
}
