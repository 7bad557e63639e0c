//! One case: everything known about it, and what an operator does with it.

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Operator;
use crate::app::App;
use crate::conversation::Message;
use crate::desk::Answering;
use crate::guard::DeskCode;
use crate::handoff::{Reference, ShopContext, Ticket, TicketId};
use crate::http::Problem;
use crate::http::extract::{Body, OptionalBody};
use crate::store::{Keeping, LedgerEntry, Note, Promise};

/// The case that a path names, by id or by reference, if the operator serves its desk.
pub(super) struct Named {
    pub(super) operator: Operator,
    pub(super) ticket: Ticket,
}

impl<S> FromRequestParts<S> for Named
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let operator = Operator::from_request_parts(parts, state).await?;
        let app = App::from_ref(state);
        let Ok(Path(name)) = Path::<String>::from_request_parts(parts, state).await else { return Err(no_case()) };
        let ticket = named(&app, &operator, &name).await?;
        Ok(Self { operator, ticket })
    }
}

/// The case of an id or a reference, if the operator serves its desk or has it.
pub(super) async fn named(app: &App, operator: &Operator, name: &str) -> Result<Ticket, Problem> {
    let ticket = found(app, name).await?;
    if !operator.may_see(&ticket.desk) && ticket.operator.as_ref() != Some(&operator.name) {
        return Err(Problem::forbidden(format!("This key does not serve the desk `{}`.", ticket.desk)));
    }
    Ok(ticket)
}

/// The case of an id or a reference, whoever may see it.
pub(super) async fn found(app: &App, name: &str) -> Result<Ticket, Problem> {
    let found = match name.parse::<Uuid>() {
        Ok(id) => app.store.ticket(TicketId(id)).await?,
        Err(_) => match Reference::quoted(name).first() {
            Some(reference) => app.store.ticket_by_reference(reference).await?,
            None => None,
        },
    };
    found.ok_or_else(no_case)
}

fn no_case() -> Problem {
    Problem::not_found("There is no case of this id or reference.")
}

/// Everything known about a case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TicketView {
    ticket: Ticket,
    promise: Option<Promise>,
    /// What the shop has signed about the customer and the order.
    shop: Option<ShopContext>,
    /// What happened to the promise, oldest first.
    ledger: Vec<LedgerEntry>,
    /// Colleagues' notes.
    notes: Vec<Note>,
    /// The whole conversation.
    transcript: Vec<Message>,
    /// How many cases are before it, while it waits.
    ahead: Option<u64>,
    /// Cases that are handled together with it, oldest first.
    merged: Vec<Ticket>,
}

/// Read a case
///
/// With the whole conversation: the customer need not say anything again.
#[utoipa::path(
    get, path = "/v1/operator/tickets/{id}", tag = "operators", params(("id" = String, Path, description = "Id or reference")),
    responses((status = 200, body = TicketView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn read(State(app): State<App>, named: Named) -> Result<Json<TicketView>, Problem> {
    let Named { operator, ticket } = named;
    let (id, now) = (ticket.id, app.clock.now());
    // Whoever reads a customer's words is on record, before they do.
    app.store.audit(&operator.who(), "read_ticket", &id.to_string(), now).await?;
    Ok(Json(TicketView {
        promise: app.store.promise(id).await?,
        shop: app.desk.shop(ticket.conversation).await?,
        ledger: app.store.ledger(id).await?,
        notes: app.store.notes(id).await?,
        transcript: app.store.messages(ticket.conversation).await?,
        ahead: app.store.queue_ahead(id, now).await?,
        merged: app.store.merged_into(id).await?,
        ticket,
    }))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Seen {
    /// The version of the case that was seen; if it has changed since, nothing is done.
    #[serde(default)]
    version: Option<u32>,
}

/// Take a case
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/claim", tag = "operators", params(("id" = String, Path)), request_body = Option<Seen>,
    responses((status = 200, body = Ticket), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn claim(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    OptionalBody(seen): OptionalBody<Seen>,
) -> Result<Json<Ticket>, Problem> {
    Ok(Json(app.desk.claim(ticket.id, &operator.name, seen.version).await?))
}

/// Put a case back in line
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/release", tag = "operators", params(("id" = String, Path)), request_body = Option<Seen>,
    responses((status = 200, body = Ticket), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn release(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    OptionalBody(seen): OptionalBody<Seen>,
) -> Result<Json<Ticket>, Problem> {
    Ok(Json(app.desk.release(ticket.id, &operator.name, seen.version).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferRequest {
    desk: DeskCode,
    #[serde(default)]
    version: Option<u32>,
}

/// Give a case to another desk
///
/// The customer is told which, and what it does. The promise stays.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/transfer", tag = "operators", params(("id" = String, Path)), request_body = TransferRequest,
    responses((status = 200, body = Ticket), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn transfer(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<TransferRequest>,
) -> Result<Json<Ticket>, Problem> {
    Ok(Json(app.desk.transfer(ticket.id, &request.desk, &operator.name, request.version).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyRequest {
    /// Markdown.
    text: String,
    /// It is only something on the way to the answer: the promise is not kept by it.
    #[serde(default)]
    holding: bool,
    #[serde(default)]
    version: Option<u32>,
}

/// What an operator said, and what it did for the promise.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replied {
    ticket: Ticket,
    message: Message,
    /// `kept`, `late` (the time had passed), `already` (nothing was owed any more); absent for a holding reply.
    promise: Option<&'static str>,
}

/// Answer the customer
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/reply", tag = "operators", params(("id" = String, Path)), request_body = ReplyRequest,
    responses((status = 200, body = Replied), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn reply(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<ReplyRequest>,
) -> Result<Json<Replied>, Problem> {
    let text = written(&app, &request.text)?;
    let answering = if request.holding { Answering::Holding } else { Answering::Answer };
    let (ticket, message, keeping) = app.desk.say(ticket.id, &operator.name, request.version, text, answering).await?;
    Ok(Json(Replied { ticket, message, promise: keeping.map(kept) }))
}

fn kept(keeping: Keeping) -> &'static str {
    match keeping {
        Keeping::Kept => "kept",
        Keeping::Late => "late",
        Keeping::Already => "already",
    }
}

/// A text that says something, and not too much.
pub(super) fn written<'a>(app: &App, text: &'a str) -> Result<&'a str, Problem> {
    let limit = app.config.server.message_limit_chars;
    if text.trim().is_empty() {
        return Err(Problem::unprocessable("`text` is empty."));
    }
    if text.chars().count() > limit {
        return Err(Problem::too_large(format!("`text` may have {limit} characters.")));
    }
    Ok(text)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteRequest {
    text: String,
}

/// Note something
///
/// For colleagues; the customer does not see it.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/note", tag = "operators", params(("id" = String, Path)), request_body = NoteRequest,
    responses((status = 200, body = Vec<Note>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn note(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<NoteRequest>,
) -> Result<Json<Vec<Note>>, Problem> {
    app.desk.note(ticket.id, &operator.name, written(&app, &request.text)?).await?;
    Ok(Json(app.store.notes(ticket.id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SnoozeRequest {
    /// Until when; `null` wakes it.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    #[serde(default)]
    version: Option<u32>,
}

/// Let a case sleep
///
/// It is out of the queue until then. Its promise does not sleep, so it may not sleep longer than that; a customer's message wakes it.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/snooze", tag = "operators", params(("id" = String, Path)), request_body = SnoozeRequest,
    responses((status = 200, body = Ticket), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn snooze(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<SnoozeRequest>,
) -> Result<Json<Ticket>, Problem> {
    Ok(Json(app.desk.snooze(ticket.id, &operator.name, request.version, request.until).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PromiseRequest {
    /// The new time.
    #[schema(value_type = String, format = DateTime)]
    promised_by: Timestamp,
    /// Why, in words for the customer.
    reason: String,
}

/// Give a case another time
///
/// For supervisors. The customer is told, with the reason and the supervisor's name. A promise that was moved does not count as kept.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/promise", tag = "operators", params(("id" = String, Path)), request_body = PromiseRequest,
    responses((status = 200, body = Ticket), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn renegotiate(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    Body(request): Body<PromiseRequest>,
) -> Result<Json<Ticket>, Problem> {
    let reason = written(&app, &request.reason)?;
    let Operator { name, supervisor, .. } = operator;
    Ok(Json(app.desk.renegotiate(ticket.id, &name, supervisor, request.promised_by, reason).await?))
}

/// What became of a case, and of its promise.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settled {
    ticket: Ticket,
    /// `kept`, `late` or `already` (the answer had been given before).
    promise: &'static str,
}

/// Settle a case
///
/// The conversation ends, and the customer is asked whether the problem is solved.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/resolve", tag = "operators", params(("id" = String, Path)), request_body = Option<Seen>,
    responses((status = 200, body = Settled), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn resolve(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    OptionalBody(seen): OptionalBody<Seen>,
) -> Result<Json<Settled>, Problem> {
    let (ticket, keeping) = app.desk.resolve(ticket.id, &operator.name, seen.version).await?;
    Ok(Json(Settled { ticket, promise: kept(keeping) }))
}

/// Give the conversation back
///
/// The assistant answers again, and begins afresh.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/hand-back", tag = "operators", params(("id" = String, Path)), request_body = Option<Seen>,
    responses((status = 200, body = Settled), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn hand_back(
    State(app): State<App>,
    Named { operator, ticket }: Named,
    OptionalBody(seen): OptionalBody<Seen>,
) -> Result<Json<Settled>, Problem> {
    let (ticket, keeping) = app.desk.hand_back(ticket.id, &operator.name, seen.version).await?;
    Ok(Json(Settled { ticket, promise: kept(keeping) }))
}
