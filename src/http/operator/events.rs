//! What changes in the queue, live.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Operator;
use crate::app::App;
use crate::http::Problem;
use crate::http::extract::Query;
use crate::store::DeskEvent;

/// How often a silent stream sends a comment, so that no proxy takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// As `Last-Event-ID`, for who cannot send that with their first request.
    #[serde(default)]
    after: Option<u64>,
}

/// Watch the queue
///
/// What changes at the operator's desks and in their own cases: names and ids, and nothing that a customer said. Events after
/// `Last-Event-ID`, then those to come; without it, those to come. A list of cases says where to go on from (`last_event_id`).
#[utoipa::path(
    get, path = "/v1/operator/events", tag = "operators",
    params(EventsQuery, ("Last-Event-ID" = Option<u64>, Header, description = "The last event received")),
    responses(
        (status = 200, content((DeskEvent = "text/event-stream"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn events(
    State(app): State<App>,
    operator: Operator,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let after = match headers.get("last-event-id") {
        Some(value) => Some(value.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or_else(|| {
            Problem::bad_request("`Last-Event-ID` must be the id of an event of the queue: a number.")
        })?),
        None => query.after,
    };
    let after = match after {
        Some(after) => after,
        None => app.store.last_desk_event().await?,
    };
    let changes = app.desk.changes(operator.watcher(), after, app.closing.clone());
    // A store that fails ends the stream: the client comes back with the last id it has.
    let changes = changes.take_while(|change| {
        if let Err(error) = change {
            tracing::error!(%error, "a stream of the queue ended early");
        }
        std::future::ready(change.is_ok())
    });
    let sent = changes.filter_map(|change| std::future::ready(change.ok().and_then(|change| sent(&change))));
    Ok(Sse::new(sent).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn sent(change: &DeskEvent) -> Option<Result<Event, Infallible>> {
    let data = serde_json::to_string(change).ok()?;
    Some(Ok(Event::default().id(change.seq.to_string()).event(change.kind.word()).data(data)))
}
