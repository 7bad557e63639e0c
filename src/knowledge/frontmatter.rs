//! The YAML at the head of an article: read key by key, so that one wrong value is one finding with its line.

mod yaml;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;

use super::codes::is_language_code;
use super::lint::{Finding, Rule};
use super::source::Source;
use crate::language::Lang;
use crate::passages::{ArticleId, Audience};
use yaml::{Entry, Node};

/// What front matter may say. Everything is optional.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FrontMatter {
    /// `id`
    pub(super) id: Option<ArticleId>,
    /// `title`
    pub(super) title: Option<String>,
    /// `lang`
    pub(super) lang: Option<Lang>,
    /// `translation_of`
    pub(super) translation_of: Option<ArticleId>,
    /// `category`
    pub(super) category: Option<String>,
    /// `audience`
    pub(super) audience: Option<Audience>,
    /// `owner`
    pub(super) owner: Option<String>,
    /// `tags`
    pub(super) tags: Vec<String>,
    /// `questions`
    pub(super) questions: Vec<String>,
    /// `effective_from`
    pub(super) effective_from: Option<Date>,
    /// `effective_until`
    pub(super) effective_until: Option<Date>,
    /// `review_by`
    pub(super) review_by: Option<Date>,
    /// `draft`
    pub(super) draft: bool,
    /// Where each known key's value stands in the file.
    pub(super) places: BTreeMap<&'static str, Range<usize>>,
}

/// The keys, in the order articles write them.
pub(super) const KEYS: &[&str] = &[
    "id",
    "title",
    "lang",
    "translation_of",
    "category",
    "audience",
    "owner",
    "tags",
    "questions",
    "effective_from",
    "effective_until",
    "review_by",
    "draft",
];

/// A typing error in one of these would publish what should stay hidden.
const CONSEQUENTIAL: &[&str] =
    &["translation_of", "audience", "effective_from", "effective_until", "review_by", "draft"];

/// Finds the front matter of `source`, sets where its body starts, and reads it. An error leaves out the value it is about.
pub(super) fn read(source: &mut Source) -> (FrontMatter, Vec<Finding>) {
    let text = source.text.clone();
    let block = match locate(&text) {
        Block::None => return (FrontMatter::default(), Vec::new()),
        Block::Unclosed(first_line) => {
            // Served as body, the keys would be read out to customers.
            source.body_at = text.len();
            let finding = Finding::new(
                Rule::FrontMatterSyntax,
                source,
                first_line,
                "the front matter is opened by `---` but never closed",
            );
            return (FrontMatter::default(), vec![finding.remedy("Close it with a line `---`.")]);
        }
        Block::Found { yaml, body } => {
            source.body_at = body;
            yaml
        }
    };
    let entries = match yaml::entries(text.get(block.clone()).unwrap_or_default(), block.start) {
        Ok(Some(entries)) => entries,
        Ok(None) => {
            // Two rules with a paragraph between them: plain Markdown.
            source.body_at = 0;
            return (FrontMatter::default(), Vec::new());
        }
        Err(error) => {
            let finding = Finding::new(Rule::FrontMatterSyntax, source, error.bytes, error.message);
            return (FrontMatter::default(), vec![finding]);
        }
    };
    let mut reader = Reader { source, front: FrontMatter::default(), findings: Vec::new() };
    for entry in entries {
        reader.entry(entry);
    }
    (reader.front, reader.findings)
}

enum Block {
    None,
    Unclosed(Range<usize>),
    Found { yaml: Range<usize>, body: usize },
}

fn locate(text: &str) -> Block {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else { return Block::None };
    at += first.len();
    let start = at;
    let mut looks_like_yaml = None;
    for line in lines {
        let bare = line.trim_end();
        if bare == "---" || bare == "..." {
            return Block::Found { yaml: start..at, body: at + line.len() };
        }
        looks_like_yaml = looks_like_yaml.or_else(|| {
            (!bare.is_empty() && !bare.starts_with('#')).then(|| {
                bare.split_once(':').is_some_and(|(key, _)| {
                    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
                })
            })
        });
        at += line.len();
    }
    if looks_like_yaml == Some(true) { Block::Unclosed(0..first.trim_end().len()) } else { Block::None }
}

struct Reader<'s> {
    source: &'s Source,
    front: FrontMatter,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn entry(&mut self, entry: Entry) {
        let Some(key) = KEYS.iter().copied().find(|key| *key == entry.key) else {
            return self.unknown(&entry);
        };
        if self.front.places.contains_key(key) {
            let message = format!("`{key}` is given twice");
            return self.report(Rule::FrontMatterSyntax, entry.key_bytes, message, Some("Keep one of them."));
        }
        self.front.places.insert(key, entry.bytes.clone());
        if matches!(entry.node, Node::Null) {
            return;
        }
        match key {
            "id" => self.front.id = self.id(key, &entry),
            "translation_of" => self.front.translation_of = self.id(key, &entry),
            "title" => self.front.title = self.text(key, &entry),
            "lang" => self.front.lang = self.lang(&entry),
            "category" => self.front.category = self.text(key, &entry),
            "audience" => self.front.audience = self.text(key, &entry).map(|who| Audience(who.to_lowercase())),
            "owner" => self.front.owner = self.text(key, &entry),
            "tags" => self.front.tags = self.list(key, &entry),
            "questions" => self.front.questions = self.list(key, &entry),
            "effective_from" => self.front.effective_from = self.date(key, &entry),
            "effective_until" => self.front.effective_until = self.date(key, &entry),
            "review_by" => self.front.review_by = self.date(key, &entry),
            _ => self.front.draft = self.flag(key, &entry).unwrap_or(false),
        }
    }

    fn unknown(&mut self, entry: &Entry) {
        let near = KEYS.iter().copied().find(|key| distance(key, &entry.key) <= if key.len() > 5 { 2 } else { 1 });
        let bytes = entry.key_bytes.clone();
        match near {
            Some(near) if CONSEQUENTIAL.contains(&near) => {
                let message = format!("`{}` is not a key: `{near}` is meant?", entry.key);
                self.report(Rule::MisspeltKey, bytes, message, None);
            }
            Some(near) => {
                let message = format!("`{}` is not a key of articles and is ignored", entry.key);
                self.report(Rule::UnknownKey, bytes, message, Some(&format!("If `{near}` is meant, write `{near}`.")));
            }
            None => {
                let message = format!("`{}` is not a key of articles and is ignored", entry.key);
                self.report(Rule::UnknownKey, bytes, message, None);
            }
        }
    }

    fn report(&mut self, rule: Rule, bytes: Range<usize>, message: String, remedy: Option<&str>) {
        let finding = Finding::new(rule, self.source, bytes, message);
        self.findings.push(match remedy {
            Some(remedy) => finding.remedy(remedy),
            None => finding,
        });
    }

    fn wrong<T>(&mut self, key: &str, entry: &Entry, wanted: &str) -> Option<T> {
        let message = format!("`{key}` must be {wanted}, not {}", entry.node.kind());
        self.report(Rule::FrontMatterValue, entry.bytes.clone(), message, None);
        None
    }

    fn text(&mut self, key: &str, entry: &Entry) -> Option<String> {
        match &entry.node {
            Node::Text(text) => {
                // One line: titles and names are shown as such.
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                (!text.is_empty()).then_some(text)
            }
            _ => self.wrong(key, entry, "text"),
        }
    }

    fn id(&mut self, key: &str, entry: &Entry) -> Option<ArticleId> {
        let text = self.text(key, entry)?;
        let fits = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) && text.len() <= 200;
        if !fits || text.starts_with('.') {
            let message = format!("`{key}: {text}` is not an id");
            self.report(
                Rule::FrontMatterValue,
                entry.bytes.clone(),
                message,
                Some("Use letters, digits, `-`, `_` and `.`: the id stands in addresses."),
            );
            return None;
        }
        Some(ArticleId(text))
    }

    fn lang(&mut self, entry: &Entry) -> Option<Lang> {
        let text = self.text("lang", entry)?;
        let lang = Lang::new(&text);
        if is_language_code(lang.as_str()) {
            return Some(lang);
        }
        let meant = match lang.as_str() {
            "jp" | "japanese" => Some("ja"),
            "cn" | "tw" | "chinese" => Some("zh"),
            "kr" | "korean" => Some("ko"),
            "us" | "gb" | "english" => Some("en"),
            _ => None,
        };
        let remedy = meant.map(|code| format!("Write `lang: {code}`."));
        let message = format!("`lang: {text}` is not a language code");
        self.report(Rule::FrontMatterValue, entry.bytes.clone(), message, remedy.as_deref());
        None
    }

    fn list(&mut self, key: &str, entry: &Entry) -> Vec<String> {
        match &entry.node {
            Node::List(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    match item.node {
                        Node::Null => {}
                        _ => texts.extend(self.text(key, item)),
                    }
                }
                texts
            }
            Node::Text(_) => {
                let message = format!("`{key}` takes a list");
                self.report(Rule::SingleValue, entry.bytes.clone(), message, None);
                self.text(key, entry).into_iter().collect()
            }
            _ => self.wrong(key, entry, "a list of texts").unwrap_or_default(),
        }
    }

    fn date(&mut self, key: &str, entry: &Entry) -> Option<Date> {
        let text = self.text(key, entry)?;
        // Only the plain form: what else a parser may accept (times, zones) is ambiguous about the day.
        let parsed = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
        if parsed.is_none() {
            let message = format!("`{key}: {text}` is not a date");
            self.report(Rule::FrontMatterValue, entry.bytes.clone(), message, Some("Write it as YYYY-MM-DD."));
        }
        parsed
    }

    fn flag(&mut self, key: &str, entry: &Entry) -> Option<bool> {
        match &entry.node {
            Node::Text(text) if text == "true" => Some(true),
            Node::Text(text) if text == "false" => Some(false),
            _ => self.wrong(key, entry, "true or false"),
        }
    }
}

/// Optimal string alignment distance: letters added, left out, replaced, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().take(40).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
