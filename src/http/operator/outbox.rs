//! What goes out of the house, and what could not.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Operator;
use crate::app::App;
use crate::http::Problem;
use crate::http::extract::{Name, Query};
use crate::store::{Notice, NoticeState, OutboxFilter};

/// Rows of a page.
const PAGE: u64 = 50;
/// The most rows of a page.
const MOST: u64 = 200;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct OutboxQuery {
    /// `pending`, `sent`, `dead` or `held`; any without it.
    #[serde(default)]
    state: Option<NoticeState>,
    /// The last id of the page before.
    #[serde(default)]
    after: Option<Uuid>,
    /// Rows of a page, at most 200.
    #[serde(default)]
    limit: Option<u64>,
}

/// Notices, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutboxPage {
    notices: Vec<Notice>,
}

/// List notices
///
/// Mail and webhooks: what waits, what went, what was given up (`dead`), and what has nowhere to go (`held`).
#[utoipa::path(
    get, path = "/v1/operator/outbox", tag = "operators", params(OutboxQuery),
    responses((status = 200, body = OutboxPage), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Operator,
    Query(query): Query<OutboxQuery>,
) -> Result<Json<OutboxPage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let filter = OutboxFilter {
        states: query.state.into_iter().collect(),
        after: query.after,
        limit,
        ..OutboxFilter::default()
    };
    Ok(Json(OutboxPage { notices: app.store.outbox(&filter).await? }))
}

/// Send again
///
/// A notice that was given up, or had nowhere to go, is due at once.
#[utoipa::path(
    post, path = "/v1/operator/outbox/{id}/retry", tag = "operators", params(("id" = Uuid, Path)),
    responses(
        (status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem, description = "There is no such notice, or it waits or went already")
    ),
    security(("key" = []))
)]
pub(super) async fn retry(
    State(app): State<App>,
    _: Operator,
    Name(id): Name,
) -> Result<axum::http::StatusCode, Problem> {
    let none = || Problem::not_found("There is no notice of this id that was given up or has nowhere to go.");
    let id: Uuid = id.parse().map_err(|_| none())?;
    if !app.store.retry(id, app.clock.now()).await? {
        return Err(none());
    }
    Ok(axum::http::StatusCode::NO_CONTENT)
}
