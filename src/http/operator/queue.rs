//! Who waits, and what was promised.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Operator;
use crate::app::App;
use crate::guard::DeskCode;
use crate::handoff::{OperatorName, Ticket, TicketState};
use crate::http::Problem;
use crate::http::extract::{Query, language as language_tag};
use crate::language::Lang;
use crate::store::{Filed, PromiseCounts, PromiseFilter, PromiseState, TicketFilter};

/// Rows of a page.
const PAGE: u64 = 50;
/// The most rows of a page.
const MOST: u64 = 200;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct QueueQuery {
    /// Only this desk's.
    #[serde(default)]
    desk: Option<String>,
    /// `waiting` (the default), `claimed`, `resolved`, `handed_back` or `called_off`.
    #[serde(default)]
    state: Option<TicketState>,
    /// Only this operator's.
    #[serde(default)]
    operator: Option<String>,
    /// Only of customers who speak this language.
    #[serde(default, deserialize_with = "language_tag")]
    #[param(value_type = Option<String>)]
    language: Option<Lang>,
    /// Also those that sleep.
    #[serde(default)]
    asleep: bool,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Rows of a page, at most 200.
    #[serde(default)]
    limit: Option<u64>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueuePage {
    cases: Vec<Filed>,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
}

/// List cases
///
/// In the order in which they are to be taken: by urgency, then by what was promised, then by age.
#[utoipa::path(
    get, path = "/v1/operator/queue", tag = "operators", params(QueueQuery),
    responses(
        (status = 200, body = QueuePage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)
    ),
    security(("key" = []))
)]
pub(super) async fn list(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<QueueQuery>,
) -> Result<Json<QueuePage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let state = query.state.unwrap_or(TicketState::Waiting);
    let filter = TicketFilter {
        desks: desks(&operator, query.desk)?,
        states: vec![state],
        operator: query.operator.map(OperatorName),
        language: query.language,
        awake_at: (!query.asleep && state == TicketState::Waiting).then(|| app.clock.now()),
        after: query.after.as_deref().map(place).transpose()?,
        limit,
    };
    let cases = app.store.tickets(&filter).await?;
    let next = cases.last().filter(|_| u64::try_from(cases.len()).is_ok_and(|n| n == limit));
    let next = next.map(|last| word(&last.cursor())).transpose()?;
    Ok(Json(QueuePage { cases, next }))
}

/// The desks that may be looked at: the one asked for, else the operator's own.
fn desks(operator: &Operator, asked: Option<String>) -> Result<Vec<DeskCode>, Problem> {
    let Some(asked) = asked.map(DeskCode) else { return Ok(operator.desks.clone()) };
    if !operator.may_see(&asked) {
        return Err(Problem::forbidden(format!("This key does not serve the desk `{asked}`.")));
    }
    Ok(vec![asked])
}

fn word(cursor: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_vec(cursor).map_err(|error| Problem::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

fn place<T: DeserializeOwned>(word: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(word).ok();
    let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    cursor.ok_or_else(|| Problem::bad_request("`after` must be the `next` of the page before."))
}

/// The case that was taken, if one waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NextCase {
    case: Option<Ticket>,
}

/// Take the next case
///
/// The one that is first in line at the operator's desks. Two who ask at once get two cases.
#[utoipa::path(
    post, path = "/v1/operator/queue/next", tag = "operators",
    responses((status = 200, body = NextCase), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn next(State(app): State<App>, operator: Operator) -> Result<Json<NextCase>, Problem> {
    let case = app.desk.claim_next(&operator.desks, &operator.name).await?;
    Ok(Json(NextCase { case }))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PromiseQuery {
    /// Only this desk's.
    #[serde(default)]
    desk: Option<String>,
    /// `running`, `kept`, `breached` or `withdrawn`; any without it.
    #[serde(default)]
    state: Option<PromiseState>,
    /// Only those whose time comes before this.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    before: Option<Timestamp>,
    /// Only those that are still owed.
    #[serde(default)]
    owed: bool,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Rows of a page, at most 200.
    #[serde(default)]
    limit: Option<u64>,
}

/// What was promised, and how it fared.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PromisePage {
    /// Of all cases there ever were.
    counts: PromiseCounts,
    /// Kept at the time first given, of those that are over. A renegotiated promise is not kept. Absent while none is over.
    kept_rate: Option<f64>,
    promises: Vec<Filed>,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
}

/// List promises
///
/// By time, the next to come first, with how all promises fared.
#[utoipa::path(
    get, path = "/v1/operator/promises", tag = "operators", params(PromiseQuery),
    responses((status = 200, body = PromisePage), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn promises(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<PromiseQuery>,
) -> Result<Json<PromisePage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let filter = PromiseFilter {
        states: query.state.into_iter().collect(),
        desks: desks(&operator, query.desk)?,
        promised_before: query.before,
        owed: query.owed,
        after: query.after.as_deref().map(place).transpose()?,
        limit,
    };
    let promises = app.store.promises(&filter).await?;
    let next = promises.last().filter(|_| u64::try_from(promises.len()).is_ok_and(|n| n == limit));
    let next = next.map(|last| word(&last.promise_cursor())).transpose()?;
    let counts = app.store.promise_counts().await?;
    Ok(Json(PromisePage { kept_rate: kept_rate(&counts), counts, promises, next }))
}

fn kept_rate(counts: &PromiseCounts) -> Option<f64> {
    let over = counts.kept + counts.renegotiated + counts.breached;
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    (over > 0).then(|| counts.kept as f64 / over as f64)
}
