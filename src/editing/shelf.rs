//! What there is: every article with how it stands, one article with its text, and what became of it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::path::is_id;
use super::{EditError, Editing, State};
use crate::knowledge::lint::Finding;
use crate::knowledge::{Article, Change, Document, Survey};
use crate::language::Lang;
use crate::passages::{ArticleId, ArticleVersion};
use crate::store::{Draft, DraftLine};

/// How an article stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Customers are answered from it as the file has it.
    Live,
    /// Nobody sees it: its file says `draft: true`, or there is a draft and no file yet.
    Draft,
    /// Its first day is still to come.
    Future,
    /// Its last day is over.
    Expired,
    /// An error keeps the file from going live; `live_version` is what is served in its place, if anything.
    HeldBack,
    /// The file has changed and goes live with the next sync.
    Waiting,
}

/// An article in the list.
#[derive(Debug)]
pub struct Line {
    /// The article.
    pub id: ArticleId,
    /// Title.
    pub title: String,
    /// Language.
    pub lang: Lang,
    /// How it stands.
    pub standing: Standing,
    /// Path below the articles folder; `None`: there is no file yet.
    pub path: Option<String>,
    /// The file's version.
    pub version: Option<ArticleVersion>,
    /// The version that is served.
    pub live_version: Option<ArticleVersion>,
    /// Number of findings of the lint about the file.
    pub findings: usize,
    /// Its draft.
    pub draft: Option<DraftLine>,
}

/// All articles.
#[derive(Debug)]
pub struct Shelf {
    /// By id.
    pub lines: Vec<Line>,
    /// What is wrong with files that cannot be read as articles at all.
    pub unreadable: Vec<Finding>,
}

/// One article, for whoever edits it.
#[derive(Debug)]
pub struct Sheet {
    /// What the list says of it.
    pub line: Line,
    /// The file's text: Markdown with front matter.
    pub source: Option<String>,
    /// The lint's findings about the file.
    pub findings: Vec<Finding>,
    /// Its draft.
    pub draft: Option<Draft>,
    /// What has to be sent back with a change.
    pub state: State,
}

/// An article's history.
#[derive(Debug)]
pub struct History {
    /// The latest first, with their numbers.
    pub changes: Vec<(u64, Change)>,
    /// Every version that was ever served, and whether it can be published again.
    pub versions: BTreeMap<ArticleVersion, bool>,
}

/// A version as it was.
#[derive(Debug)]
pub struct KeptVersion {
    /// The article as it was understood, if it was ever served.
    pub article: Option<Article>,
    /// The whole file, if it was kept.
    pub source: Option<String>,
}

impl Editing {
    /// All articles: those with a file, and those of which there is only a draft.
    ///
    /// # Errors
    /// When folder, index or store cannot be read.
    pub async fn list(&self) -> Result<Shelf, EditError> {
        let survey = self.sync.survey(None).await?;
        let mut drafts: BTreeMap<ArticleId, DraftLine> =
            self.store.drafts().await?.into_iter().map(|draft| (draft.article.clone(), draft)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for finding in &survey.loaded.findings {
            *counts.entry(&finding.file).or_default() += 1;
        }
        let library = &survey.loaded.library;
        let mut lines: Vec<Line> = library
            .documents
            .iter()
            .map(|document| {
                let findings = counts.get(document.source.path.as_str()).copied().unwrap_or(0);
                line(&survey, document, findings, drafts.get(&document.article.id).cloned())
            })
            .collect();
        for line in &lines {
            drafts.remove(&line.id);
        }
        lines.extend(drafts.into_values().map(unwritten));
        lines.sort_by(|a, b| (&a.id, &a.path).cmp(&(&b.id, &b.path)));
        let rejected = |finding: &&Finding| library.rejected.iter().any(|source| source.path == finding.file);
        let unreadable = survey.loaded.findings.iter().filter(rejected).cloned().collect();
        Ok(Shelf { lines, unreadable })
    }

    /// One article with its text and its draft.
    ///
    /// # Errors
    /// [`EditError::UnknownArticle`], [`EditError::SeveralFiles`]; when folder, index or store cannot be read.
    pub async fn read(&self, id: &ArticleId) -> Result<Sheet, EditError> {
        let survey = self.sync.survey(None).await?;
        let draft = self.store.draft(id).await?;
        let draft_line = draft.as_ref().map(|draft| draft.line.clone());
        let Some(document) = only_file(&survey, id)? else {
            let line = unwritten(draft_line.ok_or_else(|| EditError::UnknownArticle(id.clone()))?);
            let state = state(None, draft.as_ref());
            return Ok(Sheet { line, source: None, findings: Vec::new(), draft, state });
        };
        let about = |finding: &&Finding| finding.file == document.source.path;
        let findings: Vec<Finding> = survey.loaded.findings.iter().filter(about).cloned().collect();
        Ok(Sheet {
            line: line(&survey, document, findings.len(), draft_line),
            source: Some(document.source.text.to_string()),
            findings,
            state: state(Some(document), draft.as_ref()),
            draft,
        })
    }

    /// An article's history before the line with the number `before`, at most `limit` lines.
    ///
    /// # Errors
    /// [`EditError::UnknownArticle`] when it never was in service; when the store cannot be read.
    pub async fn history(&self, id: &ArticleId, before: Option<u64>, limit: u64) -> Result<History, EditError> {
        let versions = self.store.article_versions(id).await?;
        let changes = self.store.changes(id, before, limit).await?;
        if versions.is_empty() && changes.is_empty() {
            return Err(EditError::UnknownArticle(id.clone()));
        }
        Ok(History { changes, versions })
    }

    /// A version as it was.
    ///
    /// # Errors
    /// [`EditError::UnknownVersion`]; when the store cannot be read.
    pub async fn version(&self, id: &ArticleId, version: &ArticleVersion) -> Result<KeptVersion, EditError> {
        let article = self.articles.version(id, version).await?;
        let source = self.store.article_source(id, version).await?.map(|source| source.text.to_string());
        if article.is_none() && source.is_none() {
            return Err(EditError::UnknownVersion { article: id.clone(), version: version.clone() });
        }
        Ok(KeptVersion { article, source })
    }
}

/// The file that is the article `id`, if there is one.
pub(super) fn only_file<'s>(survey: &'s Survey, id: &'s ArticleId) -> Result<Option<&'s Document>, EditError> {
    if !is_id(&id.0) {
        return Err(EditError::NoId);
    }
    let mut files = survey.named(id);
    let Some(file) = files.next() else { return Ok(None) };
    let others: Vec<&str> = files.map(|other| other.source.path.as_str()).collect();
    if others.is_empty() {
        return Ok(Some(file));
    }
    let files = std::iter::once(file.source.path.as_str()).chain(others).collect::<Vec<_>>().join(", ");
    Err(EditError::SeveralFiles { id: id.clone(), files })
}

/// How an article stands, for those who have to say what they have seen.
pub(super) fn state(file: Option<&Document>, draft: Option<&Draft>) -> State {
    State {
        version: file.map(|document| document.article.version.clone()),
        draft: draft.map(|draft| draft.line.revision),
    }
}

fn line(survey: &Survey, document: &Document, findings: usize, draft: Option<DraftLine>) -> Line {
    let article = &document.article;
    let live_version = survey.serving(&article.id).cloned();
    let standing = if survey.held(&document.source.path).is_some() {
        Standing::HeldBack
    } else if live_version.as_ref() != Some(&article.version) {
        Standing::Waiting
    } else if article.draft {
        Standing::Draft
    } else if article.effective_from.is_some_and(|from| from > survey.today) {
        Standing::Future
    } else if article.effective_until.is_some_and(|until| until < survey.today) {
        Standing::Expired
    } else {
        Standing::Live
    };
    Line {
        id: article.id.clone(),
        title: article.title.clone(),
        lang: article.lang.clone(),
        standing,
        path: Some(document.source.path.clone()),
        version: Some(article.version.clone()),
        live_version,
        findings,
        draft,
    }
}

/// An article of which there is only a draft.
fn unwritten(draft: DraftLine) -> Line {
    Line {
        id: draft.article.clone(),
        title: draft.title.clone(),
        lang: draft.lang.clone(),
        standing: Standing::Draft,
        path: None,
        version: None,
        live_version: None,
        findings: 0,
        draft: Some(draft),
    }
}
