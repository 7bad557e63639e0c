//! English questions, reduced to what they ask.
//!
//! Everything matters unless it is known not to: courtesy, articles, contractions, the auxiliary of a question with an interrogative, a
//! clause that stands before instead of after, a plural or a past tense. Words are cut less than for the search: Snowball takes
//! "customs" for "customer" and "booking" for "book".

mod inflection;
mod words;

use super::reading::{Phrase, Reading, Unit};
use inflection::bases;
use words::{AUXILIARIES, CONJUNCTIONS, EMPTY, INTERROGATIVES, NUMBERS, OWN, REWORDED, TELL, TENS};

/// Reads a question that went through [`super::reading::plain`].
pub(super) fn read(plain: &str) -> Reading {
    let mut units: Vec<Unit> = Vec::new();
    for sentence in sentences(plain) {
        let words = reduced(sentence);
        if words.is_empty() {
            continue;
        }
        if !units.is_empty() {
            units.push(Unit::new("."));
        }
        units.extend(words);
    }
    Reading::fixed(Phrase(units))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Comma,
    Asked,
}

/// Sentences as words and commas; other marks that mean something are words.
fn sentences(plain: &str) -> Vec<Vec<Token>> {
    let mut found = vec![Vec::new()];
    let chars: Vec<char> = plain.chars().collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let start = at;
        at += 1;
        if c.is_alphanumeric() {
            while joins(&chars, at) {
                at += 1;
            }
            let word: String = chars.get(start..at).unwrap_or_default().iter().collect();
            expand(&word, found.last_mut());
        } else if matches!(c, '.' | '!' | '?' | '…') {
            if c == '?' {
                found.last_mut().into_iter().for_each(|sentence| sentence.push(Token::Asked));
            }
            found.push(Vec::new());
        } else if matches!(c, ',' | ';') {
            found.last_mut().into_iter().for_each(|sentence| sentence.push(Token::Comma));
        } else if !c.is_whitespace() && !matches!(c, '"' | '\'' | '(' | ')' | ':' | '-') {
            found.last_mut().into_iter().for_each(|sentence| sentence.push(Token::Word(c.to_string())));
        }
    }
    found
}

/// Whether the character at `at` goes on with a word: "can't", "3.50", "pre-order".
fn joins(chars: &[char], at: usize) -> bool {
    let is = |at: usize, kind: fn(char) -> bool| chars.get(at).copied().is_some_and(kind);
    match chars.get(at).copied() {
        Some(c) if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => true,
        Some('\'' | '-' | '.' | ',' | ':') if at > 0 => {
            let digits = is(at - 1, |c| c.is_ascii_digit()) && is(at + 1, |c| c.is_ascii_digit());
            let inner = is(at - 1, char::is_alphanumeric) && is(at + 1, char::is_alphanumeric);
            digits || (inner && matches!(chars.get(at), Some('\'' | '-')))
        }
        _ => false,
    }
}

/// "Can't" is "can not", "pre-order" and "preorder" are one, 1,500 is 1500.
fn expand(word: &str, sentence: Option<&mut Vec<Token>>) {
    let Some(sentence) = sentence else { return };
    let mut push = |word: &str| sentence.push(Token::Word(word.to_owned()));
    if word.contains(|c: char| c.is_ascii_digit()) {
        return push(&word.replace(',', ""));
    }
    let word = word.replace('-', "");
    let whole = match word.as_str() {
        "can't" | "cant" | "cannot" => "can not",
        "won't" => "will not",
        "dont" => "do not",
        "doesnt" => "does not",
        "didnt" => "did not",
        "isnt" => "is not",
        "havent" => "have not",
        "im" => "i am",
        "ive" => "i have",
        "whats" => "what is",
        "wheres" => "where is",
        "let's" => "let us",
        _ => "",
    };
    if !whole.is_empty() {
        return whole.split(' ').for_each(push);
    }
    let short = [("n't", "not"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'m", "am"), ("'d", "would")];
    if let Some((base, long)) = short.iter().find_map(|(end, long)| Some((word.strip_suffix(end)?, long))) {
        push(base);
        return push(long);
    }
    if let Some(base) = word.strip_suffix("'s") {
        push(base);
        if INTERROGATIVES.contains(&base) || matches!(base, "it" | "that" | "there" | "here") {
            push("is");
        }
        return;
    }
    push(&word);
}

/// The words of a sentence that matter.
fn reduced(mut sentence: Vec<Token>) -> Vec<Unit> {
    let asked = sentence.last() == Some(&Token::Asked);
    sentence.retain(|token| *token != Token::Asked);
    let mut words = in_one_order(sentence);
    let empty = |word: &str, next: &str| match word {
        // "A few" are some, "few" are not enough.
        "a" => !matches!(next, "few" | "little" | "lot"),
        "my" => OWN.contains(&next),
        word => EMPTY.contains(&word),
    };
    for at in (0..words.len()).rev() {
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        if empty(word(at), word(at + 1)) {
            words.remove(at);
        }
    }
    for (from, to) in REWORDED {
        replace(&mut words, from, to);
    }
    for tell in TELL {
        let told: Vec<&str> = tell.split(' ').collect();
        let stands = words.iter().zip(&told).all(|(word, told)| word == told);
        let then = words.get(told.len());
        if stands && then.is_some_and(|word| INTERROGATIVES.contains(&word.as_str())) {
            words.drain(..told.len());
        }
    }
    // "When do I pay" and, after "tell me", "when I pay"; but "do I pay" is not "I pay".
    let first = words.first().map_or("", String::as_str);
    let open = INTERROGATIVES.contains(&first);
    let asks = open || AUXILIARIES.contains(&first);
    if open
        && let Some(at) = words.iter().position(|word| word == "do")
        && words.get(at + 1).is_some_and(|next| next != "not")
    {
        words.remove(at);
    }
    let mark = (asked && !asks && !words.is_empty()).then(|| Unit::new("?"));
    let unit = |word: String| match number(&word) {
        Some(number) => Unit::new(number),
        None => Unit::inflected(word.as_str(), bases(&word)),
    };
    words.into_iter().map(unit).chain(mark).collect()
}

/// A clause before the other ("If I cancel, do I pay?") is put behind it.
fn in_one_order(sentence: Vec<Token>) -> Vec<String> {
    let commas = sentence.iter().filter(|token| **token == Token::Comma).count();
    let at = sentence.iter().position(|token| *token == Token::Comma).unwrap_or(0);
    let word = |at: usize| match sentence.get(at) {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    let clause = CONJUNCTIONS.contains(&word(0)) && !AUXILIARIES.contains(&word(1)) && !word(0).is_empty();
    let moves = commas == 1 && clause && at + 1 < sentence.len();
    let (front, rest) = sentence.split_at(if moves { at } else { 0 });
    let words = rest.iter().chain(front);
    words.filter_map(|token| if let Token::Word(word) = token { Some(word.clone()) } else { None }).collect()
}

fn replace(words: &mut Vec<String>, from: &str, to: &str) {
    let from: Vec<&str> = from.split(' ').collect();
    let mut at = 0;
    while at + from.len() <= words.len() {
        let stands = words.iter().skip(at).zip(&from).all(|(word, from)| word == from);
        if stands {
            let new: Vec<String> = to.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            let skip = new.len();
            words.splice(at..at + from.len(), new);
            at += skip.max(1);
            if skip == 0 {
                at -= 1;
            }
        } else {
            at += 1;
        }
    }
}

fn number(word: &str) -> Option<String> {
    let small = NUMBERS.iter().position(|name| *name == word);
    let value = small.or_else(|| Some((TENS.iter().position(|name| *name == word)? + 2) * 10))?;
    Some(value.to_string())
}
