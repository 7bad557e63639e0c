//! Words taken apart, doubled, turned round.

use super::super::fold::{fold, han, plain, unparted};
use super::super::ground::{Ground, words};
use super::letters::latin;

/// Words that any English sentence of some length holds.
const FUNCTION: [&str; 130] = [
    "the", "a", "an", "to", "of", "is", "are", "you", "your", "in", "on", "for", "and", "or", "it", "with", "can",
    "by", "from", "at", "as", "be", "if", "not", "this", "that", "when", "any", "all", "within", "after", "before",
    "until", "no", "yes", "use", "then", "under", "there", "has", "have", "will", "may", "we", "our", "i", "my", "me",
    "us", "was", "what", "who", "how", "without", "won't", "can't", "cannot", "get", "gets", "got", "only", "which",
    "while", "because", "than", "more", "most", "other", "some", "one", "two", "every", "where", "here", "also",
    "just", "must", "should", "would", "could", "been", "being", "did", "their", "them", "these", "those", "him",
    "his", "her", "between", "through", "over", "into", "off", "about", "again", "once", "both", "during", "such",
    "own", "same", "too", "very", "now", "never", "always", "still", "even", "another", "first", "last", "new", "next",
    "day", "days", "does", "do", "don't", "each", "up", "out", "its", "per", "see", "but", "so", "they", "he",
];

/// What most Japanese sentences hold some of, and what does not read the same from behind.
const COMMON: [&str; 31] = [
    "します",
    "ました",
    "ません",
    "です",
    "ください",
    "ます",
    "でき",
    "から",
    "まで",
    "ので",
    "ない",
    "では",
    "には",
    "にな",
    "って",
    "れる",
    "こと",
    "とき",
    "ため",
    "など",
    "でも",
    "たら",
    "いる",
    "ある",
    "ありま",
    "ござい",
    "して",
    "いただ",
    "させ",
    "られ",
    "お客様",
];

/// How Japanese sentences end, turned round.
const TURNED: [&str; 9] = ["すまし", "たしま", "んせま", "すまり", "いさだく", "うょし", "すまき", "すまれ", "すで"];

/// Letters or characters parted one by one, and words of Japanese with spaces put in.
pub(super) fn spaced(text: &str, ground: &Ground) -> Option<String> {
    let words = plain(text);
    let row = text.matches('|').count() > 2;
    if let Some(found) = singles(&words, row, ground).or_else(|| singles(text, row, ground)) {
        return Some(found);
    }
    // Cells of a row stand apart.
    if text.trim_start().starts_with('|') {
        return None;
    }
    let chars: Vec<char> = words.chars().collect();
    let breaks = chars.windows(3).filter(|three| {
        matches!(three, [a, b, c] if unparted(*a) && unparted(*c) && (b.is_whitespace() || matches!(b, '*' | '_' | '.' | '-' | '|' | '+' | '=' | '^' | '~' | '/' | '\'' | '"' | '#' | ',')))
    });
    (breaks.count() > 2 && !ground.holds(text.trim())).then(|| text.to_owned())
}

/// A run of single letters.
fn singles(text: &str, row: bool, ground: &Ground) -> Option<String> {
    let parts = |c: char| !c.is_alphanumeric() && !matches!(c, '。' | '「' | '」' | '(' | ')' | '（' | '）');
    // A row of a table has cells of one letter.
    let most = if row { 6 } else { 3 };
    let (mut run, mut started) = (0, String::new());
    for token in text.split(parts).filter(|token| !token.is_empty()) {
        if token.chars().count() != 1 || !token.chars().all(char::is_alphabetic) {
            run = 0;
            started.clear();
            continue;
        }
        run += 1;
        started.push_str(token);
        if (run > most && !ground.reads(&fold(&started))) || run > 6 {
            return Some(started);
        }
    }
    None
}

/// Words of Latin letters with spaces put in, so that pieces are left which are none.
pub(super) fn shredded(text: &str, ground: &Ground) -> Option<String> {
    const SHORT: [&str; 44] = [
        "a", "i", "o", "to", "of", "in", "on", "it", "is", "be", "by", "or", "no", "we", "us", "my", "me", "if", "at",
        "an", "as", "do", "so", "up", "he", "am", "pm", "ok", "id", "vs", "go", "tv", "pc", "de", "la", "le", "un",
        "et", "il", "en", "el", "es", "ne", "re",
    ];
    let words = plain(text);
    let tokens = words.split(|c: char| c.is_whitespace() || unparted(c) || matches!(c, '/' | '-' | '–' | '→'));
    let pieces = tokens.map(|token| token.trim_matches(|c: char| !c.is_alphanumeric())).filter(|token| {
        let small = token.chars().all(|c| c.is_ascii_lowercase());
        (1..=2).contains(&token.len()) && small && !SHORT.contains(token) && !ground.word(token)
    });
    (pieces.count() > 2 && !ground.foreign()).then(|| text.to_owned())
}

/// Each letter twice.
pub(super) fn doubled(text: &str, ground: &Ground) -> Option<String> {
    let letters: Vec<char> = plain(text).chars().filter(|c| c.is_alphanumeric()).collect();
    let twice = letters.windows(2).filter(|pair| matches!(pair, [a, b] if a == b)).count();
    (letters.len() > 7 && twice * 20 > letters.len() * 7 && !ground.holds(text.trim())).then(|| text.to_owned())
}

/// Grammar in katakana (シマス), and a whole sentence in hiragana: nobody writes so who wants to be read.
pub(super) fn grammar_in_katakana(text: &str, ground: &Ground) -> Option<String> {
    const GRAMMAR: [&str; 14] = [
        "シマス",
        "シマシ",
        "マシタ",
        "マセン",
        "デス",
        "クダサイ",
        "イタシ",
        "サレマ",
        "イタダ",
        "ナリマ",
        "デキマ",
        "アリマ",
        "オリマ",
        "ヘンキン",
    ];
    if let Some(word) = GRAMMAR.iter().find(|word| text.contains(**word) && !ground.holds(word))
        // デスク is a desk.
        && !(*word == "デス" && text.replace("デスク", "").replace("デスティ", "").find("デス").is_none())
    {
        return Some((*word).to_owned());
    }
    let kana = text.chars().filter(|c| matches!(c, 'ぁ'..='ゖ')).count();
    let other = text.chars().any(|c| han(c) || matches!(c, 'ァ'..='ヶ') || c.is_ascii_alphanumeric());
    (kana > 11 && !other && !ground.reads(&fold(&plain(text)))).then(|| text.to_owned())
}

/// Written from right to left.
pub(super) fn turned(text: &str, ground: &Ground) -> Option<String> {
    let folded = fold(&plain(text));
    let back: String = folded.chars().rev().collect();
    let count = |text: &str| COMMON.iter().map(|word| text.matches(word).count()).sum::<usize>();
    let (backwards, forwards) = (count(&back), count(&folded));
    let begins =
        TURNED.iter().any(|turned| folded.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(turned));
    if (begins || backwards > 1) && backwards > forwards && !ground.reads(&folded) {
        return Some(text.to_owned());
    }
    let turned: Vec<String> = words(&folded).map(|word| word.chars().rev().collect()).collect();
    let known = |word: &&String| word.len() > 1 && FUNCTION.contains(&word.as_str());
    let (back, forth) =
        (turned.iter().filter(known).count(), words(&folded).filter(|word| FUNCTION.contains(word)).count());
    (back > 1 && back > forth).then(|| text.to_owned())
}

/// Latin words that neither are English nor stand in the sources: shifted, reversed, invented.
pub(super) fn gibberish(text: &str, ground: &Ground) -> Option<String> {
    let folded = fold(&plain(text));
    let found: Vec<&str> =
        words(&folded).filter(|word| word.chars().all(|c| c.is_ascii_alphabetic()) && word.len() > 1).collect();
    let unknown = |word: &&&str| !ground.word(word) && !FUNCTION.contains(*word);
    let strange = found.iter().filter(unknown).count();
    let vowels = |word: &str| word.chars().any(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'));
    if let Some(word) = found.iter().filter(unknown).find(|word| word.len() > 3 && !vowels(word)) {
        return Some((**word).to_owned());
    }
    let english = found.iter().filter(|word| FUNCTION.contains(*word)).count();
    let accents = text.chars().any(|c| latin(c) && c.is_alphabetic());
    (found.len() > 3 && english == 0 && !accents && strange * 3 > found.len() * 2 && !ground.foreign())
        .then(|| text.to_owned())
}
