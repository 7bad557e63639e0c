//! A customer's own conversations, by the shop's sign-in.

pub(super) mod whole;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Problem;
use super::account::SignedIn;
use super::extract::{Body, Name, Query};
use crate::app::App;
use crate::conversation::{ConversationId, Token};
use crate::handoff::{FactKind, OperatorName, Owner, Reference, TicketState};
use crate::privacy::PrivacyError;
use crate::store::{Own, OwnCursor, StoreError, TakenOver};

/// Rows of a page.
const PAGE: u64 = 20;
/// The most rows of a page.
const MOST: u64 = 100;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnQuery {
    /// `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Rows of a page, at most 100.
    #[serde(default)]
    limit: Option<u64>,
}

impl OwnQuery {
    /// After which one, and how many.
    fn place(&self, usual: u64) -> Result<(Option<OwnCursor>, u64), Problem> {
        let wrong = |()| Problem::bad_request("`after` must be the `next` of the page before.");
        let after = self.after.as_deref().map(|word| word.parse::<OwnCursor>().map_err(wrong)).transpose()?;
        Ok((after, self.limit.unwrap_or(usual).clamp(1, MOST)))
    }
}

/// Where the next page goes on, unless this one is the last.
fn next(page: &[Own], limit: u64) -> Option<String> {
    let full = u64::try_from(page.len()).is_ok_and(|rows| rows == limit);
    page.last().filter(|_| full).map(|last| last.cursor().to_string())
}

/// A page of one's conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnPage {
    /// The newest first.
    conversations: Vec<OwnConversation>,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
}

/// One of one's conversations. `GET /v1/conversations/{id}` reads the whole of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnConversation {
    id: ConversationId,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// When something was last said.
    #[schema(value_type = String, format = DateTime)]
    last_activity: Timestamp,
    /// Whose turn it is to speak; `closed` once it has ended.
    owner: Owner,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
    /// The order it is about, as the shop or the customer named it.
    order: Option<String>,
    /// The person who has its case, or had it last.
    operator: Option<OperatorName>,
    /// What became of its cases, the oldest first.
    cases: Vec<CaseOutcome>,
    /// Whether the problem was solved, if the customer said.
    solved: Option<bool>,
    /// When it is deleted if nothing more happens in it. Absent while a case is open.
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Timestamp>,
}

/// What became of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseOutcome {
    reference: Reference,
    state: TicketState,
}

impl OwnConversation {
    fn of(own: Own, deleted_at: Option<Timestamp>) -> Self {
        let Own { conversation, opened_at, closed_at, owner, last_activity, context, tickets, solved } = own;
        let named = || {
            let mut facts = tickets.iter().rev().flat_map(|ticket| &ticket.case.facts);
            facts.find(|fact| fact.kind == FactKind::Order).map(|fact| fact.text.clone())
        };
        let order = context.and_then(|context| context.order_id).or_else(named);
        Self {
            id: conversation,
            opened_at,
            last_activity,
            owner,
            closed_at,
            order,
            operator: tickets.iter().rev().find_map(|ticket| ticket.operator.clone()),
            cases: tickets
                .into_iter()
                .map(|ticket| CaseOutcome { reference: ticket.reference, state: ticket.state })
                .collect(),
            solved,
            deleted_at,
        }
    }
}

/// List one's conversations
///
/// Of the account that is signed in, the newest first, on whatever device they were opened. An anonymous conversation is in no list: it
/// opens by its own token, and `POST …/claim` puts it into an account.
#[utoipa::path(
    get, path = "/v1/me/conversations", tag = "me", params(OwnQuery),
    responses(
        (status = 200, body = OwnPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 503, body = Problem)
    ),
    security(("account" = []))
)]
pub(super) async fn list(
    State(app): State<App>,
    SignedIn(subject): SignedIn,
    Query(query): Query<OwnQuery>,
) -> Result<Json<OwnPage>, Problem> {
    let (after, limit) = query.place(PAGE)?;
    let own = app.store.own(&subject, after, limit).await?;
    let next = next(&own, limit);
    let mut conversations = Vec::new();
    for own in own {
        let deleted_at = match app.privacy.erased_on(own.conversation).await {
            Ok(at) => at,
            // It went this very moment.
            Err(PrivacyError::Store(StoreError::UnknownConversation)) => continue,
            Err(error) => return Err(error.into()),
        };
        conversations.push(OwnConversation::of(own, deleted_at));
    }
    Ok(Json(OwnPage { conversations, next }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimRequest {
    /// The token the conversation was opened with.
    token: String,
}

/// Take a conversation into one's account
///
/// One that was opened without signing in. From then on it is in the account's list and opens by its sign-in; its own token goes on
/// opening it, too. Done again, nothing changes.
#[utoipa::path(
    post, path = "/v1/me/conversations/{id}/claim", tag = "me", params(("id" = ConversationId, Path)), request_body = ClaimRequest,
    responses(
        (status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem, description = "There is no such conversation, or the token does not open it"),
        (status = 409, body = Problem, description = "It belongs to another account"),
        (status = 503, body = Problem)
    ),
    security(("account" = []))
)]
pub(super) async fn claim(
    State(app): State<App>,
    SignedIn(subject): SignedIn,
    Name(id): Name,
    Body(request): Body<ClaimRequest>,
) -> Result<axum::http::StatusCode, Problem> {
    let unknown = || Problem::not_found("There is no such conversation, or this token does not open it.");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let token = Token::presented(&request.token).hash();
    match app.store.take_over(ConversationId(id), &token, &subject, app.clock.now()).await? {
        TakenOver::Now | TakenOver::Before => Ok(axum::http::StatusCode::NO_CONTENT),
        TakenOver::Unknown => Err(unknown()),
        TakenOver::Another => Err(Problem::conflict("This conversation belongs to another account.")),
    }
}
