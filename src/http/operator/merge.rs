//! Two cases of one customer become one.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tickets::{Named, named};
use crate::app::App;
use crate::desk::Sameness;
use crate::handoff::Ticket;
use crate::http::Problem;
use crate::http::extract::Body;
use crate::store::{Merged, Promise};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeRequest {
    /// The case that stays open: its id or reference.
    into: String,
    /// Both are the same customer's: the operator has made sure where nothing else shows it. That goes on record.
    #[serde(default)]
    same_customer: bool,
    #[serde(default)]
    version: Option<u32>,
}

/// Two cases that are handled as one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MergeReply {
    /// The case that is closed; `merged_into` names the other.
    closed: Ticket,
    /// The one that stays open.
    into: Ticket,
    /// What is owed about both: by the earlier of the two times.
    promise: Option<Promise>,
}

/// Merge a case into another
///
/// Of the same customer: by the shop's account, by a confirmed address, or on the operator's word. That one quotes the other's reference
/// shows nothing. The case is closed, its conversation ends, and the customer is told in both, and once by mail if an address is confirmed, which
/// number stays, where it goes on and by when. Its notes are seen in the other, and the earlier of the two promised times holds.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/merge", tag = "operators", params(("id" = String, Path)), request_body = MergeRequest,
    responses((status = 200, body = MergeReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem, description = "A case into itself, or nothing shows that both are one customer's")),
    security(("key" = []))
)]
pub(super) async fn merge(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<MergeRequest>,
) -> Result<Json<MergeReply>, Problem> {
    let into = named(&app, &operator, &request.into).await?;
    let sameness = if request.same_customer { Sameness::OnTheirWord } else { Sameness::ToBeShown };
    let merged = app.desk.merge(ticket.id, into.id, &operator.name, request.version, sameness).await?;
    let Merged { closed, into } = merged;
    Ok(Json(MergeReply { promise: app.store.promise(into.id).await?, closed, into }))
}
