//! What articles there are, and one to edit.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problems::Refusal;
use super::views::{FindingView, LineView, WentLiveView, WholeDraftView};
use super::{Editor, Named, Seen, Tagged};
use crate::app::App;
use crate::editing::Standing;
use crate::http::Problem;
use crate::http::extract::{Query, language as language_tag};
use crate::language::Lang;

/// Rows of a page.
const PAGE: usize = 100;
/// The most rows of a page.
const MOST: usize = 500;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ShelfQuery {
    /// Only those that stand like this: `live`, `draft`, `future`, `expired`, `held_back` or `waiting`.
    #[serde(default)]
    status: Option<Standing>,
    /// Only in this language.
    #[serde(default, deserialize_with = "language_tag")]
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Rows of a page, at most 500.
    #[serde(default)]
    limit: Option<usize>,
}

/// A page of articles.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShelfPage {
    /// By id.
    articles: Vec<LineView>,
    /// How many there are on all pages.
    total: usize,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
    /// What is wrong with files that cannot be read as articles at all.
    unreadable: Vec<FindingView>,
}

/// List articles
///
/// All of them, whoever may read them, with how they stand: live, draft, still to come, over, or held back by the lint.
#[utoipa::path(
    get, path = "/v1/editor/articles", tag = "editors", params(ShelfQuery),
    responses(
        (status = 200, body = ShelfPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Editor,
    Query(query): Query<ShelfQuery>,
) -> Result<Json<ShelfPage>, Refusal> {
    let shelf = app.editing.list().await?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let mut lines = shelf.lines;
    lines.retain(|line| {
        query.status.is_none_or(|status| line.standing == status)
            && query.lang.as_ref().is_none_or(|lang| line.lang == *lang)
    });
    let total = lines.len();
    let mut rest = lines.into_iter().filter(|line| query.after.as_ref().is_none_or(|after| line.id.0 > *after));
    let mut articles: Vec<LineView> = Vec::new();
    let mut last = None;
    for line in rest.by_ref().take(limit) {
        last = Some(line.id.0.clone());
        articles.push(line.into());
    }
    let next = last.filter(|_| rest.next().is_some());
    let unreadable = shelf.unreadable.iter().map(FindingView::of).collect();
    Ok(Json(ShelfPage { articles, total, next, unreadable }))
}

/// An article to edit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetView {
    #[serde(flatten)]
    article: LineView,
    /// The file's text: Markdown with front matter; null while there is only a draft.
    source: Option<String>,
    /// What the lint says about the file.
    findings: Vec<FindingView>,
    /// The draft with its text.
    whole_draft: Option<WholeDraftView>,
    /// How it stands, file and draft: to be sent as `If-Match` with a change.
    etag: String,
}

/// Read an article to edit it
#[utoipa::path(
    get, path = "/v1/editor/articles/{id}", tag = "editors", params(("id" = String, Path)),
    responses(
        (status = 200, body = SheetView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn read(State(app): State<App>, named: Named) -> Result<Tagged<SheetView>, Refusal> {
    let sheet = app.editing.read(&named.id).await?;
    let body = SheetView {
        article: sheet.line.into(),
        source: sheet.source,
        findings: sheet.findings.iter().map(FindingView::of).collect(),
        whole_draft: sheet.draft.map(WholeDraftView::from),
        etag: sheet.state.to_string(),
    };
    Ok(Tagged { state: sheet.state, body })
}

/// Withdraw an article
///
/// Its file is removed from the articles folder and it is answered from no longer. Its text and history stay in the store: any version
/// whose source was kept can be published again.
#[utoipa::path(
    delete, path = "/v1/editor/articles/{id}", tag = "editors",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "`etag` that was read")),
    responses(
        (status = 200, body = WentLiveView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 503, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    Named { editor, id }: Named,
    Seen(seen): Seen,
) -> Result<Json<WentLiveView>, Refusal> {
    Ok(Json(app.editing.withdraw(id, seen, editor.name).await?.into()))
}
