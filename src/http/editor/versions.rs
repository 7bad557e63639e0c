//! What an article was, and going back to it.

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problems::{HeldBack, Refusal};
use super::views::WentLiveView;
use super::{EditBody, Editor, Named, Seen};
use crate::answer::article_html;
use crate::app::App;
use crate::http::Problem;
use crate::http::extract::Query;
use crate::knowledge::ChangeKind;
use crate::passages::{ArticleId, ArticleVersion};

/// Lines of a page.
const PAGE: u64 = 50;
/// The most lines of a page.
const MOST: u64 = 200;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryQuery {
    /// `next` of the page before.
    #[serde(default)]
    before: Option<u64>,
    /// Lines of a page, at most 200.
    #[serde(default)]
    limit: Option<u64>,
}

/// One line of an article's history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeView {
    /// What was done.
    what: ChangeKind,
    /// The version from then on; null once the article was withdrawn.
    version: Option<ArticleVersion>,
    /// The version before.
    version_before: Option<ArticleVersion>,
    title: String,
    /// Path below the articles folder.
    path: String,
    /// Who did it: the name of a key, or `folder` for whoever changed the file itself.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether that version can be published again.
    source_kept: bool,
}

/// A page of an article's history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryPage {
    /// The latest first.
    changes: Vec<ChangeView>,
    /// Where the next page goes on; absent on the last.
    next: Option<u64>,
    /// Every version that ever was in service, also from before there was a history, and whether it can be published again.
    versions: Vec<VersionView>,
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionView {
    version: ArticleVersion,
    /// Whether the whole file was kept, so that it can be published again.
    source_kept: bool,
}

/// List an article's versions
#[utoipa::path(
    get, path = "/v1/editor/articles/{id}/versions", tag = "editors", params(("id" = String, Path), HistoryQuery),
    responses(
        (status = 200, body = HistoryPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn list(
    State(app): State<App>,
    named: Named,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HistoryPage>, Refusal> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    // One more, to see whether there is a next page.
    let history = app.editing.history(&named.id, query.before, limit + 1).await?;
    let mut lines = history.changes;
    let more = lines.len() as u64 > limit;
    lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = lines.last().map(|(seq, _)| *seq).filter(|_| more);
    let kept = |version: &ArticleVersion| history.versions.get(version).copied().unwrap_or(false);
    let changes = lines
        .into_iter()
        .map(|(_, change)| ChangeView {
            what: change.kind,
            source_kept: change.version.as_ref().is_some_and(kept),
            version: change.version,
            version_before: change.before,
            title: change.title,
            path: change.path,
            by: change.by,
            at: change.at,
        })
        .collect();
    let versions =
        history.versions.iter().map(|(version, kept)| VersionView { version: version.clone(), source_kept: *kept });
    Ok(Json(HistoryPage { changes, next, versions: versions.collect() }))
}

/// The version that a path names, for an editor.
pub(super) struct NamedVersion {
    id: ArticleId,
    version: ArticleVersion,
}

impl<S> FromRequestParts<S> for NamedVersion
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Editor::from_request_parts(parts, state).await?;
        match Path::<(String, String)>::from_request_parts(parts, state).await {
            Ok(Path((id, version))) => Ok(Self { id: ArticleId(id), version: ArticleVersion(version) }),
            Err(rejection) => Err(Problem::not_found(rejection.body_text())),
        }
    }
}

/// An earlier version of an article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OldVersion {
    id: ArticleId,
    version: ArticleVersion,
    title: Option<String>,
    /// The whole file; null for versions from before the service kept files: those cannot be published again.
    source: Option<String>,
    /// Markdown without the front matter.
    body: Option<String>,
    /// The body as HTML that is safe to show.
    html: Option<String>,
}

/// Read an earlier version
#[utoipa::path(
    get, path = "/v1/editor/articles/{id}/versions/{version}", tag = "editors", params(("id" = String, Path), ("version" = String, Path)),
    responses(
        (status = 200, body = OldVersion), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn read(
    State(app): State<App>,
    NamedVersion { id, version }: NamedVersion,
) -> Result<Json<OldVersion>, Refusal> {
    let kept = app.editing.version(&id, &version).await?;
    Ok(Json(OldVersion {
        id,
        version,
        title: kept.article.as_ref().map(|article| article.title.clone()),
        html: kept.article.as_ref().map(|article| article_html(&article.body)),
        body: kept.article.map(|article| article.body),
        source: kept.source,
    }))
}

/// Which version to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GoBack {
    /// As the history names it.
    version: ArticleVersion,
}

/// Publish an earlier version again
///
/// Also of an article that was withdrawn. Versions are digests of their text, so the article has the old version again; its history gets a
/// new line. A draft stays as it is.
#[utoipa::path(
    post, path = "/v1/editor/articles/{id}/rollback", tag = "editors", request_body = GoBack,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "`etag` that was read")),
    responses(
        (status = 200, body = WentLiveView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 415, body = Problem),
        (status = 422, body = HeldBack), (status = 503, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn roll_back(
    State(app): State<App>,
    Named { editor, id }: Named,
    Seen(seen): Seen,
    EditBody(back): EditBody<GoBack>,
) -> Result<Json<WentLiveView>, Refusal> {
    Ok(Json(app.editing.roll_back(id, back.version, seen, editor.name).await?.into()))
}
