//! What a model may not say by itself, as lines of data: a code, when an article's words excuse it, and a pattern over folded text.
//!
//! `never` excuses nothing. `0.6` excuses what stands in a sentence of an article's that holds so much of the rest too, denied or not as
//! there. `~0.4` excuses any sentence of which a place of an article holds so much. A pattern may be two, parted by ` ... `: then both
//! must be met, the second soon after the first. The first line that is met names the breach, so narrow rules stand before wide ones.

use std::cell::LazyCell;
use std::ops::Range;

use regex::{Regex, RegexSet, RegexSetBuilder};

use super::fold::hiragana;
use super::ground::Ground;
use super::{Broken, OutputRule};

const FILES: [(&str, &str); 4] = [
    ("ja.txt", include_str!("rules/ja.txt")),
    ("en.txt", include_str!("rules/en.txt")),
    ("zh-ko.txt", include_str!("rules/zh-ko.txt")),
    ("others.txt", include_str!("rules/others.txt")),
];
/// Room for the automata of all patterns together.
const ROOM: usize = 64 << 20;

/// A line of rules that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct RuleError {
    file: String,
    line: usize,
    problem: String,
}

/// Characters that may stand between the two patterns of a rule.
const BETWEEN: usize = 40;

/// When an article's words excuse a match.
#[derive(Debug, Clone, Copy)]
enum Excuse {
    Never,
    /// It says the very words, in a sentence that holds this share of the rest.
    Words(f32),
    /// It holds this share of the sentence.
    Share(f32),
}

impl Excuse {
    fn of(column: &str) -> Option<Self> {
        let share = |text: &str| text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        match (column, column.strip_prefix('~')) {
            ("never", _) => Some(Self::Never),
            (_, Some(rest)) => share(rest).map(Self::Share),
            _ => share(column).map(Self::Words),
        }
    }
}

#[derive(Debug)]
struct Rule {
    code: OutputRule,
    excuse: Excuse,
    pattern: Regex,
    then: Option<Regex>,
}

impl Rule {
    /// The places where it is met.
    fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.pattern.find_iter(text).filter_map(move |found| {
            let Some(then) = &self.then else { return Some(found.range()) };
            let beyond = text.get(found.end()..)?;
            let end = beyond.char_indices().nth(BETWEEN).map_or(beyond.len(), |(at, _)| at);
            let second = then.find(beyond).filter(|second| second.start() <= end)?;
            Some(found.start()..found.end() + second.end())
        })
    }
}

/// All rules.
#[derive(Debug)]
pub(super) struct Rules {
    set: RegexSet,
    rules: Vec<Rule>,
}

impl Rules {
    pub(super) fn load() -> Result<Self, RuleError> {
        Self::read(&FILES)
    }

    fn read(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let (mut rules, mut patterns) = (Vec::new(), Vec::new());
        for (file, text) in files {
            for (at, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let wrong = |problem: String| RuleError { file: (*file).to_owned(), line: at + 1, problem };
                let mut columns = line.splitn(3, char::is_whitespace);
                let (Some(code), Some(excused), Some(pattern)) = (columns.next(), columns.next(), columns.next())
                else {
                    return Err(wrong("wants a code, an excuse and a pattern".to_owned()));
                };
                let code = OutputRule::of(code).ok_or_else(|| wrong(format!("there is no rule {code}")))?;
                let excuse = Excuse::of(excused).ok_or_else(|| wrong(format!("{excused} is no excuse")))?;
                // Texts are folded before they are met with it. Word boundaries of ASCII alone keep the automaton quick.
                let pattern: String = pattern.trim().chars().map(hiragana).collect::<String>();
                let pattern = pattern.replace(r"\b", r"(?-u:\b)").replace(r"\w", "[a-z0-9_]").replace(r"\d", "[0-9]");
                let (first, then) = match pattern.split_once(" ... ") {
                    Some((first, then)) => (first.to_owned(), Some(then.to_owned())),
                    None => (pattern, None),
                };
                let compiled = |pattern: &str| Regex::new(pattern).map_err(|error| wrong(error.to_string()));
                let then = then.as_deref().map(compiled).transpose()?;
                rules.push(Rule { code, excuse, pattern: compiled(&first)?, then });
                patterns.push(first);
            }
        }
        let set = RegexSetBuilder::new(&patterns).size_limit(ROOM).dfa_size_limit(ROOM).build();
        let set = set.map_err(|error| RuleError { file: "rules".to_owned(), line: 0, problem: error.to_string() })?;
        Ok(Self { set, rules })
    }

    /// The first rule that `text` breaks, and the words that break it and others; articles may say so only where none is broken that they
    /// may not. Of a joint text those alone that cross `border`, the byte where
    /// its last sentence begins.
    pub(super) fn broken(&self, text: &str, border: Option<usize>, ground: &Ground) -> Option<Broken> {
        let met = self.set.matches(text);
        let share = LazyCell::new(|| ground.share(text));
        let mut first = None;
        for rule in met.iter().filter_map(|at| self.rules.get(at)) {
            for place in rule.places(text) {
                if border.is_some_and(|border| place.end <= border || place.start >= border) {
                    continue;
                }
                let excused = match rule.excuse {
                    Excuse::Never => false,
                    Excuse::Words(least) => ground.says(text, place.clone(), least),
                    Excuse::Share(least) => *share >= least,
                };
                if !excused {
                    let matched = text.get(place).unwrap_or_default().to_owned();
                    let articles_may = !matches!(rule.excuse, Excuse::Never) && rule.code.is_said_of_all();
                    match &mut first {
                        None => first = Some(Broken { rule: rule.code, matched: vec![matched], articles_may }),
                        Some(first) => {
                            first.matched.push(matched);
                            first.articles_may &= articles_may;
                        }
                    }
                    if !articles_may {
                        return first;
                    }
                }
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_in_order() {
        assert!(Rules::load().unwrap().rules.len() > 100);
    }

    #[test]
    fn a_mistake_is_named_by_line() {
        for text in ["# no\n\nabuse never", "nonsense never x", "abuse often x", "abuse never ("] {
            let error = Rules::read(&[("x.txt", text)]).unwrap_err().to_string();
            assert!(error.starts_with("x.txt:"), "{error}");
        }
    }
}
