//! Saving a draft, and publishing it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problems::{HeldBack, Refusal};
use super::views::{CheckedView, DraftView, WentLiveView};
use super::{EditBody, Named, Seen, Tagged};
use crate::app::App;
use crate::http::Problem;
use crate::passages::ArticleVersion;

/// A text to keep as a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDraft {
    /// The whole file: Markdown with front matter, in which `id` is the address's.
    source: String,
    /// The version of the article that the text was begun from; null for a new article. Not looked at with `If-Match`.
    #[serde(default)]
    base_version: Option<ArticleVersion>,
}

/// A draft that was saved.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SavedView {
    draft: DraftView,
    /// How it would look once it were published.
    preview: CheckedView,
    /// To be sent as `If-Match` with the next change.
    etag: String,
}

/// Save a draft
///
/// A text full of errors is saved all the same; `preview` says what is wrong, by line. Nobody's draft is overwritten unseen: one that
/// stands there already is only replaced with its `etag` in `If-Match` (412 if it has changed since), and a first draft names the version
/// it was begun from (409 if that is not the file's).
#[utoipa::path(
    put, path = "/v1/editor/articles/{id}/draft", tag = "editors", request_body = NewDraft,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "`etag` that was read")),
    responses(
        (status = 200, body = SavedView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn save(
    State(app): State<App>,
    Named { editor, id }: Named,
    Seen(seen): Seen,
    EditBody(new): EditBody<NewDraft>,
) -> Result<Tagged<SavedView>, Refusal> {
    let saved = app.editing.save_draft(&id, new.source, new.base_version, seen.as_ref(), &editor.name).await?;
    let preview = CheckedView::of(&app, saved.checked).await?;
    let body = SavedView { draft: saved.draft.into(), preview, etag: saved.state.to_string() };
    Ok(Tagged { state: saved.state, body })
}

/// Throw a draft away
#[utoipa::path(
    delete, path = "/v1/editor/articles/{id}/draft", tag = "editors",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "`etag` that was read")),
    responses(
        (status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn discard(
    State(app): State<App>,
    Named { editor, id }: Named,
    Seen(seen): Seen,
) -> Result<StatusCode, Refusal> {
    app.editing.discard_draft(&id, seen.as_ref(), &editor.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Publish a draft
///
/// Its file is written into the articles folder, and the folder is brought live. A text with errors that hold it back is refused, with
/// what is wrong by line. The draft is gone afterwards.
#[utoipa::path(
    post, path = "/v1/editor/articles/{id}/publish", tag = "editors",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "`etag` of what is to be published")),
    responses(
        (status = 200, body = WentLiveView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = HeldBack),
        (status = 503, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn publish(
    State(app): State<App>,
    Named { editor, id }: Named,
    Seen(seen): Seen,
) -> Result<Json<WentLiveView>, Refusal> {
    Ok(Json(app.editing.publish(id, seen, editor.name).await?.into()))
}
