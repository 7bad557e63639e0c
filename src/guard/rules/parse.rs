//! From a line of the policy file to a tree.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::RuleError;
use crate::guard::normal;

/// Groups within groups, at most.
const DEPTH: usize = 6;
/// Characters of a rule, at most.
const LENGTH: usize = 4000;

/// A rule, read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tree {
    /// Begins with the message.
    pub(super) start: Option<Link>,
    /// What must be found.
    pub(super) sequence: Sequence,
    /// Ends with the message.
    pub(super) end: Option<Link>,
    /// What must not stand in the same sentence.
    pub(super) unless: Vec<Sequence>,
    /// What must not stand anywhere in the message.
    pub(super) unless_anywhere: Vec<Sequence>,
    /// What the assistant's last message must hold: one of each group.
    pub(super) offered: Vec<Vec<Sequence>>,
    /// What an earlier message of the customer must hold.
    pub(super) said: Vec<Vec<Sequence>>,
}

/// Parts in order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sequence(pub(super) Vec<Part>);

/// A term, and how it follows the part before it.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    pub(super) link: Link,
    pub(super) term: Term,
    pub(super) optional: bool,
}

/// What may stand between two parts. The wider is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// Nothing.
    Glued,
    /// A blank or a particle.
    Blank,
    /// A few words.
    Gap,
}

#[derive(Debug, PartialEq)]
pub(super) enum Term {
    /// A word, normalised; with `open`, its beginning.
    Word { text: String, open: bool },
    /// One of these.
    Any(Vec<Sequence>),
}

impl Tree {
    pub(super) fn read(pattern: &str) -> Result<Self, RuleError> {
        if pattern.chars().count() > LENGTH {
            return Err(RuleError::new(0, format!("is longer than {LENGTH} characters: make it several rules")));
        }
        let mut reader = Reader { tokens: tokens(pattern)?.into_iter().peekable(), at: 0 };
        let mut tree = Self::default();
        reader.blanks();
        if reader.take(&Kind::Caret) {
            tree.start = Some(reader.link().unwrap_or(Link::Glued));
        }
        tree.sequence = reader.sequence(0)?;
        let trailing = reader.link();
        if reader.take(&Kind::Dollar) {
            tree.end = Some(trailing.unwrap_or(Link::Glued));
        } else if trailing == Some(Link::Gap) {
            return Err(reader.error("` … ` leads nowhere: name what follows it, or `$` for the end of the message"));
        }
        reader.conditions(&mut tree)?;
        if !tree.sequence.is_needed() {
            return Err(RuleError::new(0, "would match every message: at least one word must not be optional"));
        }
        Ok(tree)
    }
}

impl Sequence {
    /// Whether it cannot match nothing at all.
    pub(super) fn is_needed(&self) -> bool {
        self.0.iter().any(|part| !part.optional && part.term.is_needed())
    }
}

impl Term {
    pub(super) fn is_needed(&self) -> bool {
        match self {
            Self::Word { .. } => true,
            Self::Any(alternatives) => alternatives.iter().all(Sequence::is_needed),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Word(String),
    Blank,
    Gap,
    Open,
    Close,
    Bar,
    Question,
    Star,
    Caret,
    Dollar,
    Not,
    NotAnywhere,
    At(String),
}

/// Cuts a pattern at its operators, each with the character it begins at.
fn tokens(pattern: &str) -> Result<Vec<(usize, Kind)>, RuleError> {
    let chars: Vec<char> = pattern.chars().map(operator).collect();
    let mut found: Vec<(usize, Kind)> = Vec::new();
    let mut word = String::new();
    let mut begun = 0;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let (kind, length) = match c {
            '\\' => {
                let Some(&literal) = chars.get(at + 1) else {
                    return Err(RuleError::new(
                        at,
                        "ends with `\\`: write the character that is meant literally behind it",
                    ));
                };
                if word.is_empty() {
                    begun = at;
                }
                word.push(literal);
                at += 2;
                continue;
            }
            '…' => (Kind::Gap, 1),
            '.' if chars.get(at..at + 3) == Some(&['.', '.', '.']) => (Kind::Gap, 3),
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            '|' => (Kind::Bar, 1),
            '?' => (Kind::Question, 1),
            '*' => (Kind::Star, 1),
            '^' => (Kind::Caret, 1),
            '$' => (Kind::Dollar, 1),
            '!' if chars.get(at + 1) == Some(&'!') => (Kind::NotAnywhere, 2),
            '!' => (Kind::Not, 1),
            '@' => {
                let name: String = chars.iter().skip(at + 1).take_while(|c| c.is_alphanumeric()).collect();
                let length = 1 + name.chars().count();
                (Kind::At(name), length)
            }
            c if c.is_whitespace() => (Kind::Blank, 1),
            c => {
                if word.is_empty() {
                    begun = at;
                }
                word.push(c);
                at += 1;
                continue;
            }
        };
        flush(&mut word, begun, &mut found)?;
        found.push((at, kind));
        at += length;
    }
    flush(&mut word, begun, &mut found)?;
    Ok(found)
}

fn flush(word: &mut String, begun: usize, found: &mut Vec<(usize, Kind)>) -> Result<(), RuleError> {
    if word.is_empty() {
        return Ok(());
    }
    let normal = normal::word(word);
    let normal = normal.trim();
    if !normal.chars().any(char::is_alphanumeric) && !normal.chars().any(|c| !c.is_ascii_punctuation()) {
        let problem = format!(
            "`{word}` holds no letter: operators are … ( ) | ? * ^ $ ! !! @offered @said, and `\\` makes one literal"
        );
        return Err(RuleError::new(begun, problem));
    }
    found.push((begun, Kind::Word(normal.to_owned())));
    word.clear();
    Ok(())
}

/// Operators as they are easily typed with a Japanese keyboard.
fn operator(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '｜' => '|',
        '？' => '?',
        '！' => '!',
        '＊' => '*',
        '＾' => '^',
        '＄' => '$',
        '＠' => '@',
        '⋯' => '…',
        c => c,
    }
}

struct Reader {
    tokens: Peekable<IntoIter<(usize, Kind)>>,
    at: usize,
}

impl Reader {
    fn peek(&mut self) -> Option<&Kind> {
        self.tokens.peek().map(|(_, kind)| kind)
    }

    fn next(&mut self) -> Option<Kind> {
        let (at, kind) = self.tokens.next()?;
        self.at = at;
        Some(kind)
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let there = self.peek() == Some(kind);
        if there {
            self.next();
        }
        there
    }

    fn blanks(&mut self) {
        while self.take(&Kind::Blank) {}
    }

    fn error(&mut self, problem: impl Into<String>) -> RuleError {
        let at = self.tokens.peek().map_or(self.at, |(at, _)| *at);
        RuleError::new(at, problem)
    }

    /// What parts the last part from the next, if anything does.
    fn link(&mut self) -> Option<Link> {
        let mut link = None;
        loop {
            let found = match self.peek() {
                Some(Kind::Blank) => Link::Blank,
                Some(Kind::Gap) => Link::Gap,
                _ => return link,
            };
            self.next();
            link = link.max(Some(found));
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Sequence, RuleError> {
        let mut parts = Vec::new();
        let mut link = Link::Glued;
        while let Some(term) = self.term(depth)? {
            let optional = self.take(&Kind::Question);
            parts.push(Part { link, term, optional });
            // A link at the end belongs to whoever called: it may lead to `$`, or mean nothing before `|` and `!`.
            let after = self.trailing();
            match after {
                Some(next) => link = next,
                None => break,
            }
        }
        Ok(Sequence(parts))
    }

    /// The link to the next part, if there is a next part.
    fn trailing(&mut self) -> Option<Link> {
        let mut ahead = self.tokens.clone();
        let mut link = Link::Glued;
        loop {
            match ahead.peek().map(|(_, kind)| kind) {
                Some(Kind::Blank) => link = link.max(Link::Blank),
                Some(Kind::Gap) => link = Link::Gap,
                Some(Kind::Word(_) | Kind::Open) => {
                    self.link();
                    return Some(link);
                }
                _ => return None,
            }
            ahead.next();
        }
    }

    fn term(&mut self, depth: usize) -> Result<Option<Term>, RuleError> {
        match self.peek() {
            Some(Kind::Word(_)) => {
                let Some(Kind::Word(text)) = self.next() else { return Ok(None) };
                let open = self.take(&Kind::Star);
                Ok(Some(Term::Word { text, open }))
            }
            Some(Kind::Open) => {
                self.next();
                Ok(Some(Term::Any(self.alternatives(depth + 1)?)))
            }
            Some(Kind::Question) => Err(self.error("`?` has nothing before it to make optional")),
            Some(Kind::Star) => Err(self.error("`*` stands directly behind a word whose beginning is meant: refund*")),
            _ => Ok(None),
        }
    }

    /// After `(`: alternatives up to `)`.
    fn alternatives(&mut self, depth: usize) -> Result<Vec<Sequence>, RuleError> {
        if depth > DEPTH {
            return Err(self.error(format!("groups stand in groups {DEPTH} deep at most: make it several rules")));
        }
        let mut found = Vec::new();
        loop {
            self.blanks();
            let sequence = self.sequence(depth)?;
            if sequence.0.is_empty() {
                return Err(
                    self.error("an alternative is empty: take the `|` out, or make the group optional, `(a|b)?`")
                );
            }
            found.push(sequence);
            if self.link() == Some(Link::Gap) {
                return Err(self.error("` … ` leads nowhere inside the brackets"));
            }
            match self.next() {
                Some(Kind::Bar) => {}
                Some(Kind::Close) => return Ok(found),
                Some(_) => {
                    return Err(RuleError::new(
                        self.at,
                        "does not belong inside brackets: words, `…`, `|`, `?` and `*` do",
                    ));
                }
                None => return Err(self.error("a bracket is not closed: `)` is missing")),
            }
        }
    }

    fn conditions(&mut self, tree: &mut Tree) -> Result<(), RuleError> {
        loop {
            self.link();
            let Some(kind) = self.next() else { return Ok(()) };
            match kind {
                Kind::Not => tree.unless.extend(self.condition()?),
                Kind::NotAnywhere => tree.unless_anywhere.extend(self.condition()?),
                Kind::At(name) if name == "offered" => tree.offered.push(self.condition()?),
                Kind::At(name) if name == "said" => tree.said.push(self.condition()?),
                Kind::At(name) => {
                    return Err(RuleError::new(
                        self.at,
                        format!("there is no `@{name}`: @offered(…) and @said(…) are known"),
                    ));
                }
                Kind::Close => return Err(RuleError::new(self.at, "`)` closes nothing")),
                Kind::Bar => return Err(RuleError::new(self.at, "`|` stands inside brackets: (a|b)")),
                Kind::Caret => return Err(RuleError::new(self.at, "`^` stands first in a rule")),
                Kind::Question => return Err(RuleError::new(self.at, "`?` stands directly behind a word or a group")),
                _ => {
                    let problem = "words stand before the conditions: what must be found first, then !(…), !!(…), @offered(…), @said(…)";
                    return Err(RuleError::new(self.at, problem));
                }
            }
        }
    }

    fn condition(&mut self) -> Result<Vec<Sequence>, RuleError> {
        self.blanks();
        let found = match self.term(0)? {
            Some(Term::Any(alternatives)) => alternatives,
            Some(term) => vec![Sequence(vec![Part { link: Link::Glued, term, optional: false }])],
            None => return Err(self.error("a condition names what it is about: !(how|when)")),
        };
        if found.iter().all(Sequence::is_needed) {
            return Ok(found);
        }
        Err(self.error("the condition would match everything: an alternative in it has optional words only"))
    }
}
