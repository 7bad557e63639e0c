//! What customers do about their own case.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Problem;
use super::extract::{Body, Opened, OpenedBy, OptionalBody, Query, language as language_tag};
use crate::app::App;
use crate::conversation::{Conversation, ConversationId, Standing};
use crate::desk::Status;
use crate::handoff::{Case, Reference, TicketId};
use crate::language::Lang;
use crate::store::Feedback;

/// Longest remark taken with feedback, in characters.
const COMMENT_LIMIT: usize = 4000;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageRequest {
    /// The language to be answered in; otherwise the conversation's own.
    #[serde(default, deserialize_with = "language_tag")]
    language: Option<Lang>,
}

impl LanguageRequest {
    fn or_of(self, app: &App, conversation: &Conversation) -> Lang {
        self.language.or_else(|| conversation.locale.clone()).unwrap_or_else(|| app.default_language())
    }
}

/// Ask for a person
///
/// Opens a case at once, whatever was said before. If one is open already, it is shown and nothing changes.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/handoff", tag = "cases", params(("id" = ConversationId, Path)),
    request_body = Option<LanguageRequest>,
    responses((status = 200, body = Standing), (status = 401, body = Problem)), security(("token" = []))
)]
pub(super) async fn ask(
    State(app): State<App>,
    Opened(conversation): Opened,
    OptionalBody(request): OptionalBody<LanguageRequest>,
) -> Result<Json<Standing>, Problem> {
    let lang = request.or_of(&app, &conversation);
    Ok(Json(app.desk.ask_for_person(&conversation, &lang).await?))
}

/// Call a case off
///
/// The customer no longer wants a person; the assistant answers again.
#[utoipa::path(
    delete, path = "/v1/conversations/{id}/handoff", tag = "cases", params(("id" = ConversationId, Path)),
    responses(
        (status = 200, body = Standing), (status = 401, body = Problem),
        (status = 404, body = Problem, description = "No case is open")
    ),
    security(("token" = []))
)]
pub(super) async fn call_off(State(app): State<App>, Opened(conversation): Opened) -> Result<Json<Standing>, Problem> {
    Ok(Json(app.desk.call_off(conversation.id).await?))
}

/// Where the case stands
///
/// Whose turn it is, the place in the queue, an estimate where enough was measured to give one, and by when a person answers.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/status", tag = "cases",
    params(
        ("id" = ConversationId, Path),
        ("language" = Option<Lang>, Query, description = "The language of the words; otherwise the conversation's own")
    ),
    responses((status = 200, body = Status), (status = 400, body = Problem), (status = 401, body = Problem)),
    security(("token" = []))
)]
pub(super) async fn status(
    State(app): State<App>,
    Opened(conversation): Opened,
    Query(request): Query<LanguageRequest>,
) -> Result<Json<Status>, Problem> {
    let lang = request.or_of(&app, &conversation);
    Ok(Json(app.desk.status(&conversation, &lang).await?))
}

/// End the chat
///
/// An open case is called off with it. The history stays, and the conversation can be opened again.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/close", tag = "cases", params(("id" = ConversationId, Path)),
    request_body = Option<LanguageRequest>,
    responses((status = 200, body = Standing), (status = 401, body = Problem), (status = 409, body = Problem)),
    security(("token" = []))
)]
pub(super) async fn close(
    State(app): State<App>,
    Opened(conversation): Opened,
    OptionalBody(request): OptionalBody<LanguageRequest>,
) -> Result<Json<Standing>, Problem> {
    let lang = request.or_of(&app, &conversation);
    Ok(Json(app.desk.close(&conversation, &lang).await?))
}

/// Open again
#[utoipa::path(
    post, path = "/v1/conversations/{id}/reopen", tag = "cases", params(("id" = ConversationId, Path)),
    request_body = Option<LanguageRequest>,
    responses((status = 200, body = Standing), (status = 401, body = Problem), (status = 409, body = Problem)),
    security(("token" = []))
)]
pub(super) async fn reopen(
    State(app): State<App>,
    Opened(conversation): Opened,
    OptionalBody(request): OptionalBody<LanguageRequest>,
) -> Result<Json<Standing>, Problem> {
    let lang = request.or_of(&app, &conversation);
    Ok(Json(app.desk.reopen(&conversation, &lang).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedbackRequest {
    /// Was the problem solved?
    solved: Option<bool>,
    /// 1 (bad) to 5 (good).
    #[schema(minimum = 1, maximum = 5)]
    score: Option<u8>,
    comment: Option<String>,
}

/// Say how it was
///
/// Said again, the last word counts. If the problem is not solved, `POST …/reopen` goes on and `POST …/handoff` asks for a person.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/feedback", tag = "cases", params(("id" = ConversationId, Path)),
    request_body = FeedbackRequest,
    responses((status = 200, body = Feedback), (status = 401, body = Problem), (status = 422, body = Problem)),
    security(("token" = []))
)]
pub(super) async fn feedback(
    State(app): State<App>,
    Opened(conversation): Opened,
    Body(request): Body<FeedbackRequest>,
) -> Result<Json<Feedback>, Problem> {
    let FeedbackRequest { solved, score, comment } = request;
    if score.is_some_and(|score| !(1..=5).contains(&score)) {
        return Err(Problem::unprocessable("`score` is 1 to 5."));
    }
    if comment.as_ref().is_some_and(|comment| comment.chars().count() > COMMENT_LIMIT) {
        return Err(Problem::too_large(format!("A comment may have {COMMENT_LIMIT} characters.")));
    }
    Ok(Json(app.desk.rate(conversation.id, solved, score, comment).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddressRequest {
    /// Where the answer is to go too.
    address: String,
}

/// Leave a mail address
///
/// A code goes there; once it has come back (`POST …/email/confirm`), answers and new times go there too. The key in a mail's link opens the
/// conversation, but does not change its address.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/email", tag = "cases", params(("id" = ConversationId, Path)), request_body = AddressRequest,
    responses((status = 202), (status = 401, body = Problem), (status = 422, body = Problem, description = "No address, or no mail here")),
    security(("token" = []))
)]
pub(super) async fn name_address(
    State(app): State<App>,
    OpenedBy(conversation, token): OpenedBy,
    Body(request): Body<AddressRequest>,
) -> Result<axum::http::StatusCode, Problem> {
    let lang = LanguageRequest::default().or_of(&app, &conversation);
    app.desk.name_address(&conversation, &token, &request.address, &lang).await?;
    Ok(axum::http::StatusCode::ACCEPTED)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeRequest {
    code: String,
}

/// Confirm a mail address
#[utoipa::path(
    post, path = "/v1/conversations/{id}/email/confirm", tag = "cases", params(("id" = ConversationId, Path)),
    request_body = CodeRequest,
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem, description = "Not the code")),
    security(("token" = []))
)]
pub(super) async fn confirm_address(
    State(app): State<App>,
    OpenedBy(conversation, token): OpenedBy,
    Body(request): Body<CodeRequest>,
) -> Result<axum::http::StatusCode, Problem> {
    match app.desk.confirm_address(&conversation, &token, &request.code).await? {
        true => Ok(axum::http::StatusCode::NO_CONTENT),
        false => Err(Problem::unprocessable("This is not the code, or it is too old. `POST …/email` sends another.")),
    }
}

/// A conversation's cases, as their customer sees them.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(super) struct OwnCase {
    id: TicketId,
    reference: Reference,
    desk: crate::guard::DeskCode,
    state: crate::handoff::TicketState,
    /// What was understood. It can be put right by saying so in the conversation.
    understood: String,
    facts: Vec<crate::handoff::Fact>,
}

/// List one's cases
///
/// What was understood of each, oldest first.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/cases", tag = "cases", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Vec<OwnCase>), (status = 401, body = Problem)), security(("token" = []))
)]
pub(super) async fn list(State(app): State<App>, Opened(conversation): Opened) -> Result<Json<Vec<OwnCase>>, Problem> {
    let tickets = app.store.tickets_of(conversation.id).await?;
    let own = tickets.into_iter().map(|ticket| {
        let Case { message, facts, .. } = ticket.case;
        OwnCase {
            id: ticket.id,
            reference: ticket.reference,
            desk: ticket.desk,
            state: ticket.state,
            understood: message,
            facts,
        }
    });
    Ok(Json(own.collect()))
}
