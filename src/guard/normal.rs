//! One form for what reads the same, so that a rule is not escaped by width, case, kana, accents, invisible characters or a dash.
//!
//! Unicode's own folding (NFKD, lower case, NFC) does most of it; what follows is about how people type: dashes for long vowels, dots
//! that are pauses, letters of two alphabets that look alike (Unicode Technical Standard 39 calls them confusables).

mod torn;

use std::iter::Peekable;

use unicode_normalization::UnicodeNormalization as _;

/// A text as rules read it, cut into sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// All of it, without punctuation and emoji at its edges.
    pub(super) whole: String,
    /// Its sentences, without their end marks.
    pub(super) sentences: Vec<String>,
}

impl Reading {
    fn of(folded: &str) -> Self {
        let sentences = folded.split(is_sentence_end).map(str::trim).filter(|sentence| !sentence.is_empty());
        let whole = folded.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        Self { sentences: sentences.map(str::to_owned).collect(), whole }
    }
}

/// The one to three ways to read a text: as it is written, and with bare newlines as blanks and separators inside words taken out
/// (`re-fund`, 返・金, `r e f u n d`).
pub(super) fn readings(text: &str) -> Vec<Reading> {
    let folded = fold(text);
    let spaced = parted(&folded);
    // Where words stand wider apart than letters, one more: blanks are read before they become one.
    let wide = torn::spelt_wide(text).map(|words| torn::joined(&fold(&words)));
    let mut readings = vec![Reading::of(&spaced)];
    for joined in std::iter::once(torn::joined(&folded)).chain(wide) {
        let reading = Reading::of(&joined);
        if joined != spaced && !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    readings
}

/// A word of a rule in the same form; a hyphen in it has become a blank.
pub(super) fn word(text: &str) -> String {
    parted(&fold(text))
}

/// What tells whether two texts are the same but for spelling: no blanks, no marks.
pub(super) fn bare(text: &str) -> String {
    word(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Ends a sentence in a folded text.
pub(super) fn is_sentence_end(c: char) -> bool {
    matches!(c, '。' | '!' | '?' | '\n')
}

/// Kana or a Chinese character: written without blanks between words.
pub(super) fn is_cjk(c: char) -> bool {
    is_kana(c) || is_han(c)
}

pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{30fd}'..='\u{30ff}')
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '々')
}

pub(super) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}')
}

/// A letter or digit of a script that puts blanks between words. (Korean does too, but its particles and endings stick to words;
/// Thai, Lao, Khmer and Burmese do not.)
pub(super) fn is_spaced(c: char) -> bool {
    c.is_alphanumeric()
        && !is_cjk(c)
        && !is_hangul(c)
        && !matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

fn fold(text: &str) -> String {
    // Free-standing voice marks would decompose into a blank and the mark.
    let voiced = |c| match c {
        '\u{309b}' => '\u{3099}',
        '\u{309c}' => '\u{309a}',
        c => c,
    };
    let decomposed = text.chars().filter(|c| !is_invisible(*c)).map(voiced).nfkd();
    let lower = decomposed.flat_map(char::to_lowercase).filter(|c| !is_mark(*c));
    let mut composed = String::with_capacity(text.len());
    for c in lower.nfc() {
        match c {
            '\u{3099}' | '\u{309a}' => {}
            'ß' => composed.push_str("ss"),
            'ø' => composed.push('o'),
            'đ' | 'ð' => composed.push('d'),
            'ł' => composed.push('l'),
            'ı' => composed.push('i'),
            'œ' => composed.push_str("oe"),
            'æ' => composed.push_str("ae"),
            c => composed.push(c),
        }
    }
    let one_alphabet = if composed.chars().any(is_greek_or_cyrillic) { unmixed(&composed) } else { composed };
    typed(&one_alphabet)
}

/// Characters that do not show, or only turn the direction of writing.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && !c.is_whitespace())
}

/// Marks that may be put on a letter without making it another word: accents, strokes through it, Arabic vowel signs. Not the voice
/// marks of kana, nor vowels of Thai and Indian scripts.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn is_greek_or_cyrillic(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}')
}

/// Takes Cyrillic and Greek letters for the Latin ones they look like, in words that hold Latin letters too.
fn unmixed(text: &str) -> String {
    let latin = |c| match c {
        'а' | 'α' => 'a',
        'е' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' => 'y',
        'х' => 'x',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'ѕ' => 's',
        'һ' => 'h',
        'ԁ' => 'd',
        'к' | 'κ' => 'k',
        'ν' => 'v',
        'т' | 'τ' => 't',
        'м' => 'm',
        'н' => 'h',
        'в' => 'b',
        'υ' => 'u',
        c => c,
    };
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        match word.chars().any(|c| c.is_ascii_alphabetic()) {
            true => out.extend(word.chars().map(latin)),
            false => out.push_str(word),
        }
    }
    out
}

/// What is left to the typist: kana, dashes, dots, quotation marks, blanks.
fn typed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    // The last character read that was kept, as it was before it became hiragana.
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let kana_dash = is_dash(c) && is_kana(last);
        let one_for_dash = c == '一' && is_katakana(last) && next.is_some_and(is_katakana);
        match c {
            // お願ーい: after a Chinese character it is only drawn out.
            'ー' if is_han(last) => continue,
            _ if kana_dash || one_for_dash => {
                if !out.ends_with('ー') {
                    out.push('ー');
                }
                last = 'ー';
                continue;
            }
            'ァ'..='ヶ' => out.push(char::from_u32(u32::from(c) - 0x60).unwrap_or(c)),
            '\u{2010}'..='\u{2013}' | '\u{2212}' => out.push('-'),
            '〜' | '∼' => out.push('~'),
            '\u{2014}' | '\u{2015}' | '¿' | '¡' | '_' => blank(&mut out),
            '‘' | '’' | '‛' | 'ʼ' | '`' => out.push('\''),
            '“' | '”' | '„' | '«' | '»' => out.push('"'),
            '｡' => out.push('。'),
            '.' | '・' if next == Some(c) => {
                skip(&mut chars, c);
                blank(&mut out);
            }
            '.' if next.is_none_or(char::is_whitespace) && ends_sentence(&out) => out.push('。'),
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => newline(&mut out),
            c if c.is_whitespace() => blank(&mut out),
            c => out.push(c),
        }
        last = c;
    }
    unspaced(&out)
}

fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー')
}

fn is_dash(c: char) -> bool {
    matches!(c, 'ー' | '-' | '~' | '〜' | '∼' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '─' | '━')
}

fn skip(chars: &mut Peekable<std::str::Chars<'_>>, c: char) {
    while chars.next_if_eq(&c).is_some() {}
}

fn blank(out: &mut String) {
    if !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

fn newline(out: &mut String) {
    if out.ends_with(' ') {
        out.pop();
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Abbreviations whose dot ends no sentence.
const ABBREVIATIONS: [&str; 13] =
    ["mr", "mrs", "ms", "dr", "no", "nr", "st", "vs", "e.g", "i.e", "ca", "approx", "z.b"];

/// Whether a dot after this would end a sentence.
fn ends_sentence(before: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    !word.is_empty() && !ABBREVIATIONS.contains(&word.trim_start_matches(['(', '"']))
}

/// Without the blanks between characters of scripts that have none.
fn unspaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let between = c == ' ' && is_cjk(last) && chars.peek().copied().is_some_and(is_cjk);
        if !between {
            out.push(c);
            last = c;
        }
    }
    out
}

/// With a blank for every hyphen inside a word.
fn parted(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut chars = folded.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let inside = c == '-' && last.is_alphabetic() && chars.peek().copied().is_some_and(char::is_alphabetic);
        out.push(if inside { ' ' } else { c });
        last = c;
    }
    out
}

#[cfg(test)]
mod tests;
