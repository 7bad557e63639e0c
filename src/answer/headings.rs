//! What the headings above a text say that its reader does not have before them.
//!
//! "You have 7 days." under "Sellers abroad" is true of sellers abroad and of nobody else: shown alone it is the article's word, and wrong.
//! Which headings narrow cannot be listed. So each counts whose words stand neither in the question nor in what is shown, but for the
//! kinds of section that every article has. In doubt a heading too many is shown.

mod words;

use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;

use words::{ENDINGS, EXCEPTIONS, FUNCTION, JOINTS, KINDS, KINDS_LATIN, NEGATIVE, NEGATIVE_LATIN, NONE, TRAILING};

/// Between a heading and the one above it, as in a citation.
pub(super) const STEP: &str = " › ";
/// Longer runs of letters without a space are compared by their beginning.
const LONGEST: usize = 60;

/// Of an article's title and the headings below it those that a reader of `told` (question, and what is shown) still needs. A title
/// mostly names what the question is about in other words, so it counts only where less than half of it is told; or where nothing but
/// "exceptions" stands below it: they are exceptions to what it names.
pub(super) fn untold<'p>(title: &'p str, headings: &'p [String], told: &str) -> Vec<&'p str> {
    let told = Told::read(told);
    let whole = headings.first().is_some_and(|heading| Name::read(heading).is_bare_exception());
    let title = Some(title).filter(|title| told.lacks_title(&Name::read(title), whole));
    let headings = headings.iter().map(String::as_str).filter(|heading| told.lacks(&Name::read(heading)));
    title.into_iter().chain(headings).collect()
}

/// The same with the last heading, whether it says anything or not.
pub(super) fn above<'p>(title: &'p str, headings: &'p [String], told: &str) -> Vec<&'p str> {
    let mut names = untold(title, headings, told);
    if let Some(last) = headings.last().map(String::as_str)
        && names.last() != Some(&last)
    {
        names.push(last);
    }
    names
}

/// Whether a section under this heading says what does not hold for all that its article speaks of.
pub(super) fn is_exceptions(heading: &str) -> bool {
    excepts(&normal(heading))
}

/// Headings as they are shown above what stands under them.
pub(super) fn line(names: &[&str]) -> String {
    format!("**{}**", names.join(STEP))
}

/// A word in Latin letters without its inflection.
pub(super) fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// What of a heading would be missed.
#[derive(Debug)]
struct Name {
    words: HashSet<(Script, String)>,
    denies: bool,
    excepts: bool,
}

impl Name {
    fn read(name: &str) -> Self {
        let text = normal(name);
        let mut bare = text.clone();
        for kind in EXCEPTIONS.iter().chain(&KINDS) {
            bare = bare.replace(kind, " ");
        }
        if !text.chars().any(|c| matches!(c, '\u{3041}'..='\u{30ff}')) {
            // Chinese: between kana these characters are parts of words.
            bare = bare.replace(JOINTS, " ");
        }
        let told = |(script, word): &(Script, String)| match script {
            Script::Alphabet => {
                let short = word.chars().count() < 2 && !word.chars().all(char::is_numeric);
                !short && !FUNCTION.contains(&word.as_str()) && !KINDS_LATIN.contains(&word.as_str())
            }
            Script::Hangul => !ENDINGS.contains(&word.as_str()),
            Script::Han | Script::Katakana => true,
        };
        Self { words: runs(&bare).into_iter().filter(told).collect(), denies: denies(&text), excepts: excepts(&text) }
    }

    fn is_bare_exception(&self) -> bool {
        self.excepts && self.words.is_empty()
    }
}

/// What a reader has before them.
#[derive(Debug)]
struct Told {
    text: String,
    stems: HashSet<String>,
    denies: bool,
    excepts: bool,
}

impl Told {
    fn read(text: &str) -> Self {
        let text = normal(text);
        let latin = runs(&text).into_iter().filter(|(script, _)| *script == Script::Alphabet);
        let stems = latin.map(|(_, word)| stem(&word)).collect();
        Self { denies: denies(&text), excepts: excepts(&text), stems, text }
    }

    fn lacks(&self, name: &Name) -> bool {
        self.missing(name) > 0 || self.lacks_denial(name) || (name.is_bare_exception() && !self.excepts)
    }

    fn lacks_title(&self, name: &Name, whole: bool) -> bool {
        let missing = self.missing(name);
        (whole && missing > 0) || missing * 2 > name.words.len() || self.lacks_denial(name)
    }

    fn missing(&self, name: &Name) -> usize {
        name.words.iter().filter(|(script, word)| !self.holds(*script, word)).count()
    }

    /// "When it did not arrive" is not told by "it arrived".
    fn lacks_denial(&self, name: &Name) -> bool {
        name.denies && !self.denies
    }

    fn holds(&self, script: Script, word: &str) -> bool {
        if script == Script::Alphabet {
            return self.stems.contains(&stem(word));
        }
        let bare = ENDINGS.iter().chain(&TRAILING).filter_map(|ending| word.strip_suffix(*ending));
        self.holds_run(word) || bare.filter(|bare| bare.chars().nth(1).is_some()).any(|bare| self.holds_run(bare))
    }

    /// Whether a run of letters stands there, at once or in parts of two letters and more: 返品期限 in 返品の期限, but 出品者 not in
    /// 出荷した商品の担当者.
    fn holds_run(&self, run: &str) -> bool {
        let letters: Vec<char> = run.chars().take(LONGEST).collect();
        if letters.len() < 2 {
            return self.text.contains(run);
        }
        let mut reached = vec![0];
        for end in 2..=letters.len() {
            let stands = |start: &usize| {
                let part = letters.get(*start..end).filter(|part| part.len() > 1);
                part.is_some_and(|part| self.text.contains(&String::from_iter(part)))
            };
            if reached.iter().any(stands) {
                reached.push(end);
            }
        }
        reached.last() == Some(&letters.len())
    }
}

/// What a run of letters is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Script {
    /// Words stand between spaces.
    Alphabet,
    Han,
    Katakana,
    Hangul,
}

/// Hiragana is between words rather than in them.
fn script(c: char) -> Option<Script> {
    match c {
        '\u{3041}'..='\u{309f}' => None,
        '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' => Some(Script::Katakana),
        '々' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => Some(Script::Han),
        '\u{ac00}'..='\u{d7a3}' => Some(Script::Hangul),
        c if c.is_alphanumeric() => Some(Script::Alphabet),
        _ => None,
    }
}

fn runs(text: &str) -> Vec<(Script, String)> {
    let mut found: Vec<(Script, String)> = Vec::new();
    let mut before = None;
    for c in text.chars() {
        let here = script(c);
        if let Some(script) = here {
            match found.last_mut() {
                Some((_, run)) if before == here => run.push(c),
                _ => found.push((script, c.to_string())),
            }
        }
        before = here;
    }
    found
}

/// One form for what means the same.
fn normal(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect()
}

fn denies(text: &str) -> bool {
    NEGATIVE.iter().any(|word| text.contains(word))
        || runs(text).iter().any(|(_, word)| NEGATIVE_LATIN.contains(&word.as_str()))
}

/// Where words are parted it must be one: "exceptional" is none.
fn excepts(text: &str) -> bool {
    let text = NONE.iter().fold(text.to_owned(), |text, none| text.replace(none, " "));
    let is_word = |at: usize, word: &str| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && script(c) == Some(Script::Alphabet));
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !word.chars().all(|c| script(c) == Some(Script::Alphabet)) || !(letter(before) || letter(after))
    };
    EXCEPTIONS.iter().any(|word| text.match_indices(word).any(|(at, _)| is_word(at, word)))
}

#[cfg(test)]
mod tests;
