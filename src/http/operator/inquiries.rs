//! Asking others about a case, and answering for one's desk.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Operator;
use super::tickets::{Named, found, written};
use crate::app::App;
use crate::guard::DeskCode;
use crate::handoff::{Asked, Inquiry, Reference};
use crate::http::Problem;
use crate::http::extract::{Body, Query};

/// The most characters of a seller's name or address.
const NAME_LIMIT: usize = 200;
/// The most rows of the list.
const MOST: u64 = 200;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InquiryRequest {
    /// `{"desk": "delivery"}`, or `{"seller": {"name": "…", "address": "…"}}`; the address may be left out.
    to: Asked,
    /// What they are asked. Nothing else of the case is shown to them.
    question: String,
    /// By when the answer is wanted. The customer's promise does not wait for it.
    #[schema(value_type = String, format = DateTime)]
    due: Timestamp,
}

/// Ask somebody about a case
///
/// Another desk, or a seller. They are reminded when a quarter of their time is left; when it is over, the case's desk is told
/// (`inquiry_lapsed`) and the case becomes more urgent.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/inquiries", tag = "operators",
    params(("id" = String, Path, description = "Id or reference")), request_body = InquiryRequest,
    responses((status = 201, body = Inquiry), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The case is closed"), (status = 413, body = Problem), (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn ask(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<InquiryRequest>,
) -> Result<(StatusCode, Json<Inquiry>), Problem> {
    let InquiryRequest { to, question, due } = request;
    let question = written(&app, &question)?;
    if let Asked::Seller { name, address } = &to {
        let long = |text: &str| text.chars().count() > NAME_LIMIT;
        if name.trim().is_empty() || long(name) || address.as_deref().is_some_and(long) {
            return Err(Problem::unprocessable(format!(
                "A seller has a name, and neither that nor the address is longer than {NAME_LIMIT} characters."
            )));
        }
    }
    let asked = app.desk.inquire(&ticket, &operator.name, to, question, due).await?;
    Ok((StatusCode::CREATED, Json(asked)))
}

/// List what was asked about a case
#[utoipa::path(
    get, path = "/v1/operator/tickets/{id}/inquiries", tag = "operators", params(("id" = String, Path, description = "Id or reference")),
    responses((status = 200, body = Vec<Inquiry>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn list(State(app): State<App>, named: Named) -> Result<Json<Vec<Inquiry>>, Problem> {
    let Named { operator, ticket } = named;
    app.store.audit(&operator.who(), "read_inquiries", &ticket.id.to_string(), app.clock.now()).await?;
    Ok(Json(app.store.inquiries_of(ticket.id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InquiryAnswerRequest {
    /// What came back.
    text: String,
}

/// Answer an inquiry
///
/// By an operator of the desk that was asked, or of the case's own: that is how a seller's answer gets here. It may come late.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/inquiries/{number}/answer", tag = "operators",
    params(("id" = String, Path, description = "Id or reference"), ("number" = u32, Path)), request_body = InquiryAnswerRequest,
    responses((status = 200, body = Inquiry), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It was answered already"), (status = 413, body = Problem), (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn answer(
    State(app): State<App>,
    operator: Operator,
    path: Result<Path<(String, String)>, PathRejection>,
    Body(request): Body<InquiryAnswerRequest>,
) -> Result<Json<Inquiry>, Problem> {
    let none = || Problem::not_found("There is no such inquiry about a case of this id or reference.");
    let Ok(Path((name, number))) = path else { return Err(none()) };
    let ticket = found(&app, &name).await?;
    let number: u32 = number.parse().map_err(|_| none())?;
    let asked = app.store.inquiry(ticket.id, number).await?.ok_or_else(none)?;
    let theirs = matches!(&asked.to, Asked::Desk(desk) if operator.may_see(desk));
    if !theirs && !operator.may_see(&ticket.desk) && ticket.operator.as_ref() != Some(&operator.name) {
        return Err(Problem::forbidden(
            "This key serves neither the desk that was asked nor the one that has the case.",
        ));
    }
    let text = written(&app, &request.text)?;
    Ok(Json(app.desk.answer_inquiry(&ticket, &asked, &operator.name, text).await?))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedQuery {
    /// Only what this desk was asked.
    #[serde(default)]
    desk: Option<String>,
}

/// Something that one's desk was asked. Of the case, nothing but its name and its desk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AskedOfDesk {
    reference: Reference,
    /// Who asks.
    desk: DeskCode,
    inquiry: Inquiry,
}

/// List what one's desks were asked
///
/// What is not answered yet, the most pressing first; also what is over its time.
#[utoipa::path(
    get, path = "/v1/operator/inquiries", tag = "operators", params(AskedQuery),
    responses((status = 200, body = Vec<AskedOfDesk>), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn asked(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<AskedQuery>,
) -> Result<Json<Vec<AskedOfDesk>>, Problem> {
    let desks = match query.desk.map(DeskCode) {
        None => operator.desks.clone(),
        Some(desk) if operator.may_see(&desk) => vec![desk],
        Some(desk) => return Err(Problem::forbidden(format!("This key does not serve the desk `{desk}`."))),
    };
    let found = app.store.asked_of(&desks, MOST).await?;
    // A question may hold a customer's words: whoever reads it is on record, before they do.
    let about: Vec<String> = found.iter().map(|(_, ticket)| ticket.id.to_string()).collect();
    app.store.audit_each(&operator.who(), "read_inquiries", &about, app.clock.now()).await?;
    let shown = found.into_iter().map(|(inquiry, ticket)| AskedOfDesk {
        reference: ticket.reference,
        desk: ticket.desk,
        inquiry,
    });
    Ok(Json(shown.collect()))
}
