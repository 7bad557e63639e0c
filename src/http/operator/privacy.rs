//! What supervisors see to: that what must be kept is kept, and who looked at what.

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::config::KeyRole;
use crate::conversation::ConversationId;
use crate::handoff::{By, OperatorName};
use crate::http::Problem;
use crate::http::extract::{Body, Name, Query};
use crate::http::keyed::keyed;
use crate::store::{AuditFilter, Audited, Hold, HoldAct, StoreError};

/// Rows of a page.
const PAGE: u64 = 100;
/// The most rows of a page.
const MOST: u64 = 1000;
/// Longest reason taken, in characters.
const REASON_LIMIT: usize = 2000;

/// A caller whose key makes them a supervisor, or who runs the service.
pub(super) struct Supervisor(OperatorName);

impl<S> FromRequestParts<S> for Supervisor
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let key = keyed(&app, &parts.headers, &[KeyRole::Supervisor, KeyRole::Admin], "supervisor` or `admin")?;
        Ok(Self(OperatorName(key.name.clone())))
    }
}

impl Supervisor {
    /// As audit logs name them.
    fn word(&self) -> String {
        By::Operator(self.0.clone()).word()
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldRequest {
    /// Why, for those who read it later. It stays until the conversation is erased.
    reason: String,
}

impl HoldRequest {
    fn checked(&self) -> Result<&str, Problem> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Problem::unprocessable("`reason` must say why."));
        }
        if reason.chars().count() > REASON_LIMIT {
            return Err(Problem::too_large(format!("A reason may have {REASON_LIMIT} characters.")));
        }
        Ok(reason)
    }
}

fn conversation(name: &str) -> Result<ConversationId, Problem> {
    name.parse().map(ConversationId).map_err(|_| StoreError::UnknownConversation.into())
}

/// Set a legal hold
///
/// Until it is lifted nothing erases the conversation: not its customer, and not the end of its time.
#[utoipa::path(
    post, path = "/v1/operator/conversations/{id}/hold", tag = "operators", params(("id" = ConversationId, Path)),
    request_body = HoldRequest,
    responses((status = 201, body = Hold), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "One stands already"), (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn hold(
    State(app): State<App>,
    supervisor: Supervisor,
    Name(id): Name,
    Body(request): Body<HoldRequest>,
) -> Result<(axum::http::StatusCode, Json<Hold>), Problem> {
    let (of, by) = (conversation(&id)?, supervisor.word());
    let act = HoldAct { by: &by, reason: request.checked()?, at: app.clock.now() };
    let hold = app.store.set_hold(of, app.ids.fresh(), &act).await?;
    let hold = hold.ok_or_else(|| Problem::conflict("A legal hold stands on this conversation already."))?;
    Ok((axum::http::StatusCode::CREATED, Json(hold)))
}

/// Lift a legal hold
#[utoipa::path(
    post, path = "/v1/operator/conversations/{id}/hold/lift", tag = "operators", params(("id" = ConversationId, Path)),
    request_body = HoldRequest,
    responses((status = 200, body = Hold), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "None stands"), (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn lift(
    State(app): State<App>,
    supervisor: Supervisor,
    Name(id): Name,
    Body(request): Body<HoldRequest>,
) -> Result<Json<Hold>, Problem> {
    let (of, by) = (conversation(&id)?, supervisor.word());
    let act = HoldAct { by: &by, reason: request.checked()?, at: app.clock.now() };
    let hold = app.store.lift_hold(of, &act).await?;
    Ok(Json(hold.ok_or_else(|| Problem::conflict("No legal hold stands on this conversation."))?))
}

/// List legal holds
///
/// Those that stood and the one that stands on a conversation, oldest first.
#[utoipa::path(
    get, path = "/v1/operator/conversations/{id}/hold", tag = "operators", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Vec<Hold>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn holds(State(app): State<App>, _: Supervisor, Name(id): Name) -> Result<Json<Vec<Hold>>, Problem> {
    let of = conversation(&id)?;
    if app.store.conversation(of).await?.is_none() {
        return Err(StoreError::UnknownConversation.into());
    }
    Ok(Json(app.store.holds(of).await?))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// Only about this conversation and its cases. Once it is erased, only lines about the conversation itself are found.
    #[serde(default)]
    conversation: Option<Uuid>,
    /// Only by this operator.
    #[serde(default)]
    operator: Option<String>,
    /// `next` of the page before.
    #[serde(default)]
    after: Option<u64>,
    /// Rows of a page, at most 1000.
    #[serde(default)]
    limit: Option<u64>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    lines: Vec<Audited>,
    /// Where the next page goes on; absent on the last.
    next: Option<u64>,
}

/// Read the audit log
///
/// Who looked at what and did what, oldest first: names and ids, and no text.
#[utoipa::path(
    get, path = "/v1/operator/audit", tag = "operators", params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn audit(
    State(app): State<App>,
    _: Supervisor,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let filter = AuditFilter {
        conversation: query.conversation.map(ConversationId),
        operator: query.operator.map(OperatorName),
        after: query.after.unwrap_or(0),
        limit,
    };
    let lines = app.store.audited_by(&filter).await?;
    let next = lines.last().filter(|_| u64::try_from(lines.len()).is_ok_and(|n| n == limit)).map(|last| last.seq);
    Ok(Json(AuditPage { lines, next }))
}
