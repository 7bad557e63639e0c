//! What a sync would do: which articles come, change, go, or are held back, and why a new generation is needed at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::article::Article;
use super::library::{Document, Loaded};
use super::lint::{self, Finding, FirstTime, Rule, Severity};
use super::{ArticleStore, ArticleStoreError};
use crate::passages::{ArticleId, ArticleVersion, GenerationSpec};

/// One article that comes, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ArticleLine {
    /// The article.
    pub id: ArticleId,
    /// Its version after the sync (before, if it goes).
    pub version: ArticleVersion,
    /// Path below the articles folder; empty if it goes.
    pub path: String,
}

/// One file that does not go live as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Path below the articles folder.
    pub file: String,
    /// The article whose last good version is served in its place; `None` if there is none, so that the file stays out.
    pub serving: Option<ArticleId>,
    /// The errors that hold it back.
    pub rules: BTreeSet<Rule>,
}

/// Why a new generation is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing is served yet, or what is there cannot be read.
    First,
    /// Articles come, change or go.
    Articles,
    /// Another embedding model, or other settings of it: every passage is embedded again.
    Model {
        /// The model of the serving generation.
        from: String,
        /// The configured one.
        to: String,
    },
    /// Another lexical analyser.
    Lexical,
    /// Passages are cut otherwise.
    Chunker,
}

/// What a sync would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// Why a new generation is needed; empty when there is nothing to do.
    pub reasons: Vec<Reason>,
    /// Articles not served so far.
    pub added: Vec<ArticleLine>,
    /// Articles served in another version.
    pub changed: Vec<ArticleLine>,
    /// Articles that are served and will not be.
    pub removed: Vec<ArticleLine>,
    /// Number of articles that stay as they are.
    pub unchanged: usize,
    /// Files that do not go live as they are.
    pub held: Vec<Held>,
    /// Number of passages afterwards.
    pub passages: usize,
    /// Number of distinct texts that have to be embedded; the vectors of all others are known.
    pub to_embed: usize,
    /// Everything the lint found.
    pub findings: Vec<Finding>,
}

impl Plan {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

impl std::fmt::Display for Plan {
    /// For `--dry-run`: a line for each article that comes, changes or goes, each file held back, and the sum.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (sign, lines) in [("+", &self.added), ("~", &self.changed), ("-", &self.removed)] {
            for line in lines {
                let path = if line.path.is_empty() { String::new() } else { format!("  ({})", line.path) };
                writeln!(f, "{sign} {}{path}", line.id)?;
            }
        }
        for held in &self.held {
            let rules = held.rules.iter().map(|rule| rule.id()).collect::<Vec<_>>().join(", ");
            match &held.serving {
                Some(id) => writeln!(f, "! {}: {rules}; {id} keeps its last good version", held.file)?,
                None => writeln!(f, "! {}: {rules}; stays out", held.file)?,
            }
        }
        for reason in &self.reasons {
            match reason {
                Reason::First => writeln!(f, "nothing is served yet: everything is built")?,
                Reason::Model { from, to } => {
                    writeln!(f, "the embedding model changes from {from} to {to}: everything is embedded again")?;
                }
                Reason::Lexical => writeln!(f, "the lexical analyser changes: everything is indexed again")?,
                Reason::Chunker => writeln!(f, "passages are cut otherwise: everything is indexed again")?,
                Reason::Articles => {}
            }
        }
        if self.is_empty() {
            return writeln!(f, "nothing to do: {} articles, {} passages", self.unchanged, self.passages);
        }
        writeln!(
            f,
            "{} added, {} changed, {} removed, {} unchanged; {} passages, {} texts to embed",
            self.added.len(),
            self.changed.len(),
            self.removed.len(),
            self.unchanged,
            self.passages,
            self.to_embed
        )
    }
}

/// The articles that will be served, and which files were held back.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) articles: Vec<Article>,
    pub(super) held: Vec<Held>,
}

/// Chooses for every file its own version or the last good one.
pub(super) async fn select(
    loaded: &Loaded,
    served: &[(ArticleId, ArticleVersion)],
    store: &dyn ArticleStore,
) -> Result<Selection, ArticleStoreError> {
    let served = Served { versions: served.iter().cloned().collect(), store };
    let mut errors: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in loaded.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        errors.entry(&finding.file).or_default().push(finding);
    }
    let mut articles: BTreeMap<ArticleId, Article> = BTreeMap::new();
    let mut bad: Vec<(&str, Option<&Document>, BTreeSet<Rule>)> = Vec::new();
    for document in &loaded.library.documents {
        let path = document.source.path.as_str();
        let found = errors.get(path).map(Vec::as_slice).unwrap_or_default();
        let rules = holding(loaded, document, found, &served).await?;
        if rules.is_empty() {
            articles.insert(document.article.id.clone(), document.article.clone());
        } else {
            bad.push((path, Some(document), rules));
        }
    }
    for source in &loaded.library.rejected {
        let rules = errors.get(source.path.as_str()).into_iter().flatten().map(|finding| finding.rule).collect();
        bad.push((&source.path, None, rules));
    }
    let mut held = Vec::with_capacity(bad.len());
    let mut by_path = None;
    for (path, document, rules) in bad {
        let kept = served.last_good(path, document, &mut by_path).await?;
        let serving = kept.filter(|kept| !articles.contains_key(&kept.id) || held_already(&held, &kept.id));
        held.push(Held { file: path.to_owned(), serving: serving.as_ref().map(|kept| kept.id.clone()), rules });
        if let Some(kept) = serving {
            articles.insert(kept.id.clone(), kept);
        }
    }
    Ok(Selection { articles: articles.into_values().collect(), held })
}

fn held_already(held: &[Held], id: &ArticleId) -> bool {
    held.iter().any(|held| held.serving.as_ref() == Some(id))
}

/// The errors that keep a file from going live.
async fn holding(
    loaded: &Loaded,
    document: &Document,
    errors: &[&Finding],
    served: &Served<'_>,
) -> Result<BTreeSet<Rule>, ArticleStoreError> {
    let grave: BTreeSet<Rule> =
        errors.iter().map(|finding| finding.rule).filter(|rule| rule.doc().first_time == FirstTime::Refuse).collect();
    if !grave.is_empty() || errors.is_empty() {
        return Ok(grave);
    }
    let article = &document.article;
    if served.versions.get(&article.id).is_none_or(|version| *version == article.version) {
        return Ok(grave);
    }
    // The version in service must not get worse; errors that it has too hold nothing back.
    let Some(old) = served.article(&article.id).await? else { return Ok(grave) };
    let known = lint::standing(&old, &loaded.library);
    Ok(errors
        .iter()
        .filter(|finding| !known.contains(&(finding.rule, finding.subject.clone())))
        .map(|finding| finding.rule)
        .collect())
}

struct Served<'s> {
    versions: HashMap<ArticleId, ArticleVersion>,
    store: &'s dyn ArticleStore,
}

impl Served<'_> {
    async fn article(&self, id: &ArticleId) -> Result<Option<Article>, ArticleStoreError> {
        match self.versions.get(id) {
            Some(version) => self.store.version(id, version).await,
            None => Ok(None),
        }
    }

    /// The served article that the file at `path` was: by its path, and by the id it names where the path is new.
    async fn last_good(
        &self,
        path: &str,
        document: Option<&Document>,
        by_path: &mut Option<HashMap<String, ArticleId>>,
    ) -> Result<Option<Article>, ArticleStoreError> {
        let named = match document {
            Some(document) => self.article(&document.article.id).await?,
            None => None,
        };
        if named.as_ref().is_some_and(|old| old.path == path) {
            return Ok(named);
        }
        let paths = match by_path {
            Some(paths) => paths,
            None => by_path.insert(self.paths().await?),
        };
        if let Some(id) = paths.get(path) {
            return self.article(id).await;
        }
        Ok(named.filter(|_| document.is_some_and(|document| document.places.contains_key("id"))))
    }

    async fn paths(&self) -> Result<HashMap<String, ArticleId>, ArticleStoreError> {
        let mut paths = HashMap::new();
        for id in self.versions.keys() {
            if let Some(old) = self.article(id).await? {
                paths.insert(old.path, old.id);
            }
        }
        Ok(paths)
    }
}

/// Compares `articles` with what is served.
pub(super) fn compare(articles: &[Article], serving: Option<&GenerationSpec>) -> Plan {
    let mut plan = Plan::default();
    let before: HashMap<&ArticleId, &ArticleVersion> =
        serving.iter().flat_map(|spec| &spec.articles).map(|(id, version)| (id, version)).collect();
    for article in articles {
        let line = ArticleLine { id: article.id.clone(), version: article.version.clone(), path: article.path.clone() };
        match before.get(&article.id) {
            None => plan.added.push(line),
            Some(version) if **version == article.version => plan.unchanged += 1,
            Some(_) => plan.changed.push(line),
        }
    }
    for (id, version) in serving.iter().flat_map(|spec| &spec.articles) {
        if articles.binary_search_by(|article| article.id.cmp(id)).is_err() {
            plan.removed.push(ArticleLine { id: id.clone(), version: version.clone(), path: String::new() });
        }
    }
    plan
}
