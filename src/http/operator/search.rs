//! Finding cases.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Operator;
use super::queue::{place, word};
use crate::app::App;
use crate::http::Problem;
use crate::http::extract::Query;
use crate::store::{Filed, TicketSearch};

/// Rows of a page.
const PAGE: u64 = 20;
/// The most rows of a page: each is on record as looked at.
const MOST: u64 = 100;
/// Longest search, in characters.
const ASKED_LIMIT: usize = 200;
/// What the log says a search was about that found nothing.
const NOTHING: &str = "-";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// A reference, the number of an order, or words of the customer's, all of which must be found.
    q: String,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Rows of a page, at most 100.
    #[serde(default)]
    limit: Option<u64>,
}

/// A page of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundPage {
    /// The newest first.
    cases: Vec<Filed>,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
}

/// Search cases
///
/// By reference, by the number of an order, or by what the customer said: in any spelling (full or half width, large or small letters),
/// anywhere in a word. Only at the operator's desks, and among their own cases. Every case that is found is on record as looked at.
#[utoipa::path(
    get, path = "/v1/operator/search", tag = "operators", params(SearchQuery),
    responses(
        (status = 200, body = FoundPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn search(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<SearchQuery>,
) -> Result<Json<FoundPage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    if query.q.trim().is_empty() || query.q.chars().count() > ASKED_LIMIT {
        return Err(Problem::bad_request(format!("`q` must have 1 to {ASKED_LIMIT} characters.")));
    }
    let after = query.after.as_deref().map(place).transpose()?;
    let watcher = operator.watcher();
    let search = TicketSearch { asked: &query.q, watcher: &watcher, after, limit };
    let cases = app.store.search_tickets(&search).await?;
    // What was asked for may be a customer's words: the log names what was found, before it is shown.
    let mut about: Vec<String> = cases.iter().map(|filed| filed.ticket.id.to_string()).collect();
    if about.is_empty() {
        about.push(NOTHING.to_owned());
    }
    app.store.audit_each(&operator.who(), "search", &about, app.clock.now()).await?;
    let next = cases.last().filter(|_| u64::try_from(cases.len()).is_ok_and(|n| n == limit));
    let next = next.map(|last| word(&last.found_cursor())).transpose()?;
    Ok(Json(FoundPage { cases, next }))
}
