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
use crate::store::{Filed, PromiseCounts, PromiseFigures, PromiseFilter, PromiseState, TicketFilter};

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
    /// `waiting` (the default), `claimed`, `resolved`, `handed_back`, `called_off` or `merged`.
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
    /// The last event of the queue before this page was read: where to go on watching.
    last_event_id: u64,
}

/// List cases
///
/// In the order in which they are to be taken: by urgency, then by what was promised, then by age. Each is on record as looked at.
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
    // The number first: what changes in between is then in the events, and not lost between the two.
    let last_event_id = app.store.last_desk_event().await?;
    let cases = app.store.tickets(&filter).await?;
    note_looks(&app, &operator, "list_cases", &cases).await?;
    let next = cases.last().filter(|_| u64::try_from(cases.len()).is_ok_and(|n| n == limit));
    let next = next.map(|last| word(&last.cursor())).transpose()?;
    Ok(Json(QueuePage { cases, next, last_event_id }))
}

/// The desks that may be looked at: the one asked for, else the operator's own.
fn desks(operator: &Operator, asked: Option<String>) -> Result<Vec<DeskCode>, Problem> {
    let Some(asked) = asked.map(DeskCode) else { return Ok(operator.desks.clone()) };
    if !operator.may_see(&asked) {
        return Err(Problem::forbidden(format!("This key does not serve the desk `{asked}`.")));
    }
    Ok(vec![asked])
}

/// Puts on record, before they are shown, who looked at which cases: they hold customers' words.
async fn note_looks(app: &App, operator: &Operator, what: &str, cases: &[Filed]) -> Result<(), Problem> {
    if cases.is_empty() {
        return Ok(());
    }
    let about: Vec<String> = cases.iter().map(|filed| filed.ticket.id.to_string()).collect();
    Ok(app.store.audit_each(&operator.who(), what, &about, app.clock.now()).await?)
}

pub(super) fn word(cursor: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_vec(cursor).map_err(|error| Problem::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

pub(super) fn place<T: DeserializeOwned>(word: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(word).ok();
    let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    cursor.ok_or_else(|| Problem::bad_request("`after` must be the `next` of the page before."))
}

/// The case that was taken, if one was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NextCase {
    case: Option<Ticket>,
    /// Why none was taken.
    because: Option<NoCase>,
}

/// Why no case was taken.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoCase {
    /// None waits at the operator's desks.
    NothingWaits,
    /// They have as many as they take.
    Full,
}

/// Take the next case
///
/// The one that is first in line at the operator's desks; of several equally urgent ones that of a customer whom they served before, then
/// one in their languages. Two who ask at once get two cases. Whoever has as many as they take gets none.
#[utoipa::path(
    post, path = "/v1/operator/queue/next", tag = "operators",
    responses((status = 200, body = NextCase), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn next(State(app): State<App>, operator: Operator) -> Result<Json<NextCase>, Problem> {
    let case = app.desk.claim_next(&operator.desks, &operator.name).await?;
    let because = match case {
        Some(_) => None,
        None => match app.store.operator(&operator.name).await? {
            Some(at_work) if at_work.is_full() => Some(NoCase::Full),
            _ => Some(NoCase::NothingWaits),
        },
    };
    Ok(Json(NextCase { case, because }))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PromiseQuery {
    /// Only this desk's.
    #[serde(default)]
    desk: Option<String>,
    /// `running`, `kept`, `breached`, `withdrawn` or `merged`; any without it.
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
    /// How far off promises are, and how often they move: who promises late enough keeps all.
    figures: PromiseFigures,
    promises: Vec<Filed>,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
}

/// List promises
///
/// By time, the next to come first, with how all promises fared. Each case is on record as looked at.
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
    note_looks(&app, &operator, "list_promises", &promises).await?;
    let next = promises.last().filter(|_| u64::try_from(promises.len()).is_ok_and(|n| n == limit));
    let next = next.map(|last| word(&last.promise_cursor())).transpose()?;
    let counts = app.store.promise_counts().await?;
    let figures = app.store.promise_figures().await?;
    Ok(Json(PromisePage { kept_rate: kept_rate(&counts), counts, figures, promises, next }))
}

fn kept_rate(counts: &PromiseCounts) -> Option<f64> {
    let over = counts.kept + counts.renegotiated + counts.breached;
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    (over > 0).then(|| counts.kept as f64 / over as f64)
}
