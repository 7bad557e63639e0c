//! What editors read.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{article_html, article_url};
use crate::app::App;
use crate::editing::{Checked, Line, Standing, WentLive};
use crate::http::Problem;
use crate::knowledge::CatalogueError;
use crate::knowledge::lint::{Finding, Severity};
use crate::knowledge::plan::ArticleLine;
use crate::language::Lang;
use crate::passages::{ArticleId, ArticleVersion, IndexError, Passage, Span};
use crate::store::{Draft, DraftLine};

/// Something the lint found, and where.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingView {
    /// Path below the articles folder.
    file: String,
    /// Line, from 1.
    line: usize,
    /// Column in characters, from 1.
    column: usize,
    /// The rule's stable id, e.g. `K009`.
    rule: &'static str,
    /// The rule's short name.
    name: &'static str,
    /// `error` or `warning`.
    severity: &'static str,
    /// What is wrong.
    message: String,
    /// What to do about it.
    remedy: String,
}

impl FindingView {
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            file: finding.file.clone(),
            line: finding.line,
            column: finding.column,
            rule: finding.rule.id(),
            name: finding.name,
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
        }
    }
}

/// What is known of a draft without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DraftView {
    /// Title in the text.
    title: String,
    /// The version it was begun from; null for a new article.
    base_version: Option<ArticleVersion>,
    /// Who saved it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<DraftLine> for DraftView {
    fn from(line: DraftLine) -> Self {
        let DraftLine { title, base_version, by, at, .. } = line;
        Self { title, base_version, by, at }
    }
}

/// A draft with its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WholeDraftView {
    #[serde(flatten)]
    draft: DraftView,
    /// Markdown with front matter.
    source: String,
}

impl From<Draft> for WholeDraftView {
    fn from(draft: Draft) -> Self {
        Self { draft: draft.line.into(), source: draft.source }
    }
}

/// An article, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineView {
    id: ArticleId,
    title: String,
    lang: Lang,
    status: Standing,
    /// Path below the articles folder; null while there is only a draft.
    path: Option<String>,
    /// The file's version.
    version: Option<ArticleVersion>,
    /// The version that is served.
    live_version: Option<ArticleVersion>,
    /// Number of the lint's findings about the file.
    findings_count: usize,
    /// Page of the service that shows the article.
    url: String,
    draft: Option<DraftView>,
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        Self {
            url: article_url(&line.id, None, None),
            id: line.id,
            title: line.title,
            lang: line.lang,
            status: line.standing,
            path: line.path,
            version: line.version,
            live_version: line.live_version,
            findings_count: line.findings,
            draft: line.draft.map(DraftView::from),
        }
    }
}

/// A piece of an article as it is searched.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PassageView {
    /// Headings from the top down.
    heading: Vec<String>,
    /// Its Markdown.
    text: String,
    /// Its characters in the body.
    span: Span,
}

impl From<Passage> for PassageView {
    fn from(passage: Passage) -> Self {
        Self { heading: passage.heading, text: passage.text, span: passage.span }
    }
}

/// How a text would look once it were published.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckedView {
    /// Whether it would go live.
    may_go_live: bool,
    /// Ids of the lint's rules that keep it from going live.
    held_by: Vec<String>,
    /// What else does, in words.
    hindrance: Option<String>,
    /// What the lint says, by line.
    findings: Vec<FindingView>,
    /// Path below the articles folder that the file has or would have.
    path: String,
    /// Title as customers would read it.
    title: Option<String>,
    /// The body as HTML that is safe to show.
    html: Option<String>,
    /// The pieces that would be searched.
    passages: Vec<PassageView>,
}

impl CheckedView {
    /// Links lead to the articles that are served now.
    pub(super) async fn of(app: &App, checked: Checked) -> Result<Self, Problem> {
        let may_go_live = checked.may_go_live();
        let html = match &checked.article {
            None => None,
            Some(article) => match app.catalogues.current().await {
                Ok(catalogue) => Some(article_html(&catalogue.open_links(article, &article.body))),
                // The very first article.
                Err(CatalogueError::Index(IndexError::Empty)) => Some(article_html(&article.body)),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(Self {
            may_go_live,
            held_by: checked.held_by.iter().map(|rule| rule.id().to_owned()).collect(),
            hindrance: checked.hindrance,
            findings: checked.findings.iter().map(FindingView::of).collect(),
            path: checked.path,
            title: checked.article.map(|article| article.title),
            html,
            passages: checked.passages.into_iter().map(PassageView::from).collect(),
        })
    }
}

/// An article in one version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionOf {
    id: ArticleId,
    version: ArticleVersion,
}

/// A file that does not go live as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldView {
    /// Path below the articles folder.
    file: String,
    /// The article whose last good version is served in its place, if there is one.
    serving: Option<ArticleId>,
    /// Ids of the lint's rules that hold it back.
    rules: Vec<String>,
}

/// What a publication brought about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WentLiveView {
    /// The version the file has now; null once the article is withdrawn.
    version: Option<ArticleVersion>,
    /// Path below the articles folder.
    path: String,
    /// Whether the service answers by it now.
    live: bool,
    /// What the lint says about the file; nothing that holds it back.
    findings: Vec<FindingView>,
    /// Articles that came: this one, and whatever else was new in the folder.
    added: Vec<VersionOf>,
    /// Articles that changed.
    changed: Vec<VersionOf>,
    /// Articles that went.
    removed: Vec<VersionOf>,
    /// Files that are held back.
    held: Vec<HeldView>,
}

impl From<WentLive> for WentLiveView {
    fn from(went: WentLive) -> Self {
        let versions = |lines: Vec<ArticleLine>| {
            lines.into_iter().map(|line| VersionOf { id: line.id, version: line.version }).collect()
        };
        Self {
            version: went.version,
            path: went.path,
            live: went.live,
            findings: went.findings.iter().map(FindingView::of).collect(),
            added: versions(went.added),
            changed: versions(went.changed),
            removed: versions(went.removed),
            held: went
                .held
                .into_iter()
                .map(|held| HeldView {
                    file: held.file,
                    serving: held.serving,
                    rules: held.rules.iter().map(|rule| rule.id().to_owned()).collect(),
                })
                .collect(),
        }
    }
}
