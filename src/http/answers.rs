//! What led to an answer.

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Problem;
use super::account::Opener;
use super::extract::{Query, bearer, key_of};
use crate::answer::{PassageRecord, Receipt};
use crate::app::App;
use crate::config::{ApiKey, KeyRole};
use crate::conversation::{ConversationId, MessageId};
use crate::handoff::{By, OperatorName};

/// The receipt that a path names, as far as the caller may read it.
pub(super) struct Named(Receipt);

impl<S> FromRequestParts<S> for Named
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = || {
            Problem::unauthorised(
                "Send `Authorization: Bearer …` with the token of the answer's conversation, or with an API key.",
            )
        };
        let presented = bearer(&parts.headers)?.ok_or_else(refused)?.to_owned();
        let app = App::from_ref(state);
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        let id: Option<Uuid> = id.and_then(|Path(id)| id.parse().ok());
        let found = match id {
            Some(id) => app.store.receipt(MessageId(id)).await?,
            None => None,
        };
        if let Some(key) = key_of(&app, &presented) {
            let (conversation, receipt) = found.ok_or_else(|| Problem::not_found("There is no answer of this id."))?;
            return Ok(Self(shown_to(&app, key, conversation, receipt).await?));
        }
        // A token that opens nothing and an answer that is not there look the same.
        let opener = Opener::of(&app, &presented).await?;
        let (conversation, receipt) = found.ok_or_else(refused)?;
        let (conversation, hash) = app.store.conversation(conversation).await?.ok_or_else(refused)?;
        if !opener.opens(&conversation, &hash) && !opener.comes_back(&app, conversation.id).await? {
            return Err(refused());
        }
        Ok(Self(receipt.without_withheld_words()))
    }
}

/// What a key sees of a receipt. The case holds the customer's own words: it is for people who work with them, and each look is on record.
async fn shown_to(app: &App, key: &ApiKey, of: ConversationId, mut receipt: Receipt) -> Result<Receipt, Problem> {
    let works_here = |role: &KeyRole| matches!(role, KeyRole::Operator | KeyRole::Supervisor | KeyRole::Admin);
    if !key.roles.iter().any(works_here) {
        receipt.case = None;
        return Ok(receipt);
    }
    let who = By::Operator(OperatorName(key.name.clone())).word();
    app.store.audit(&who, "read_receipt", &of.to_string(), app.clock.now()).await?;
    Ok(receipt)
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptQuery {
    /// Also do the search again.
    #[serde(default)]
    replay: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReceiptReply {
    #[serde(flatten)]
    receipt: Receipt,
    /// The search done again, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<Replay>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replay {
    outcome: ReplayOutcome,
    /// What is found now; empty where the search could not be done again.
    passages: Vec<PassageRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplayOutcome {
    /// The same passages in the same order with the same scores.
    Same,
    /// Others: the embedding endpoint no longer gives the same vector.
    Different,
    /// The articles have changed since: the index generation of the receipt is gone. Its passages can still be read, by article,
    /// version and span.
    GenerationGone,
    /// There was no search: nothing was asked that needs one.
    NoSearch,
}

/// Read an answer's receipt
///
/// What was searched for and found, which prompt and model wrote the answer, and what became of each of its sentences. With
/// `replay=true` the search is done again. Whoever comes with the conversation's token does not see the words of sentences that were
/// withheld; whoever comes with an API key does. `case` is shown to the customer and to keys of operators, supervisors and admins, whose
/// look is on record; to other keys it is `null`.
#[utoipa::path(
    get, path = "/v1/answers/{id}/receipt", tag = "conversations",
    params(("id" = MessageId, Path, description = "The assistant's message"), ReceiptQuery),
    responses((status = 200, body = ReceiptReply), (status = 401, body = Problem), (status = 404, body = Problem)),
    security(("token" = []), ("key" = []))
)]
pub(super) async fn receipt(
    State(app): State<App>,
    Named(receipt): Named,
    Query(query): Query<ReceiptQuery>,
) -> Result<Json<ReceiptReply>, Problem> {
    let replay = if query.replay { Some(replay(&app, &receipt).await?) } else { None };
    Ok(Json(ReceiptReply { receipt, replay }))
}

async fn replay(app: &App, receipt: &Receipt) -> Result<Replay, Problem> {
    let none = |outcome| Replay { outcome, passages: Vec::new() };
    let Some(search) = &receipt.search else { return Ok(none(ReplayOutcome::NoSearch)) };
    let Some(passages) = app.turn.replay(search).await? else { return Ok(none(ReplayOutcome::GenerationGone)) };
    let outcome = if passages == receipt.passages { ReplayOutcome::Same } else { ReplayOutcome::Different };
    Ok(Replay { outcome, passages })
}
