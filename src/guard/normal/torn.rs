//! Words that were torn apart, put together again.

use super::{is_cjk, is_sentence_end, unspaced};

/// Without separators inside words, with bare newlines as blanks.
pub(super) fn joined(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut chars = folded.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let within_word = last.is_ascii_alphabetic() && next.is_ascii_alphabetic();
        let within_cjk = is_cjk(last) && is_cjk(next);
        let kept = match c {
            '\n' => (!is_sentence_end(last)).then_some(' '),
            '-' | '*' | '.' if within_word => None,
            '-' | '*' | '.' | '・' | '/' | '+' | '|' | ' ' if within_cjk => None,
            c => Some(c),
        };
        if let Some(kept) = kept {
            out.push(kept);
        }
        last = kept.unwrap_or(last);
    }
    unspaced(&unspelt(&out))
}

/// Joins letters with one blank between them where words stand wider apart (`r e f u n d   m e`). `None` where nothing is so written.
pub(super) fn spelt_wide(text: &str) -> Option<String> {
    let single = |word: &str| word.chars().count() == 1;
    let mut found = false;
    let words: Vec<String> = text
        .split("  ")
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| {
            let spelt = word.contains(' ') && word.split(' ').all(single);
            found |= spelt;
            if spelt { word.replace(' ', "") } else { word.to_owned() }
        })
        .collect();
    (found && words.len() > 1).then(|| words.join(" "))
}

/// The fewest letters that spell a word one by one.
const SPELT: usize = 4;

/// Joins letters that stand alone one after the other (`r e f u n d`).
fn unspelt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut single: Vec<&str> = Vec::new();
    let flush = |single: &mut Vec<&str>, out: &mut String| {
        let separator = if single.len() >= SPELT { "" } else { " " };
        if !single.is_empty() {
            out.push_str(&single.join(separator));
            out.push(' ');
            single.clear();
        }
    };
    for word in text.split(' ') {
        if word.len() == 1 && word.bytes().all(|b| b.is_ascii_alphabetic()) {
            single.push(word);
            continue;
        }
        flush(&mut single, &mut out);
        out.push_str(word);
        out.push(' ');
    }
    flush(&mut single, &mut out);
    out.truncate(out.trim_end_matches(' ').len());
    out
}
