//! All that is a customer's, at once: to take along, or to be gone.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST, OwnQuery};
use crate::app::App;
use crate::conversation::ConversationId;
use crate::http::Problem;
use crate::http::account::SignedIn;
use crate::http::extract::Query;
use crate::privacy::{ErasureReceipt, Export, PrivacyError};
use crate::store::{ErasedBy, StoreError};

/// What became of all of an account's conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ErasedAll {
    /// A receipt for each that is gone.
    erased: Vec<ErasureReceipt>,
    /// Those that are kept, because a legal hold stands on them.
    kept: Vec<KeptOnHold>,
}

/// A conversation that may not be erased.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct KeptOnHold {
    conversation: ConversationId,
    /// Since when the hold stands.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// Erase everything of one's own
///
/// Each conversation of the account, as `DELETE /v1/conversations/{id}` does it. There is no way back. If it is interrupted, what is gone is
/// gone: done again, it goes on with the rest. One under a legal hold stays, and is named.
#[utoipa::path(
    delete, path = "/v1/me", tag = "me",
    responses((status = 200, body = ErasedAll), (status = 401, body = Problem), (status = 503, body = Problem)),
    security(("account" = []))
)]
pub(in crate::http) async fn erase(
    State(app): State<App>,
    SignedIn(subject): SignedIn,
) -> Result<Json<ErasedAll>, Problem> {
    let mut all = ErasedAll { erased: Vec::new(), kept: Vec::new() };
    for id in app.store.own_ids(&subject).await? {
        // Somebody else may have erased it meanwhile: then there is nothing left to do.
        let Some((conversation, _)) = app.store.conversation(id).await? else { continue };
        match app.privacy.erase(&conversation, ErasedBy::Customer).await {
            Ok(receipt) => all.erased.push(receipt),
            Err(PrivacyError::OnHold { since }) => all.kept.push(KeptOnHold { conversation: id, since }),
            Err(PrivacyError::Store(StoreError::UnknownConversation)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(all))
}

/// Everything that is held about a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ExportedAll {
    /// The account, as the shop's sign-in names it.
    account: String,
    /// The newest first.
    conversations: Vec<Export>,
    /// Where the next page goes on; absent on the last.
    next: Option<String>,
}

/// Export everything of one's own
///
/// Each conversation of the account, as `GET /v1/conversations/{id}/export` gives it.
#[utoipa::path(
    get, path = "/v1/me/export", tag = "me", params(OwnQuery),
    responses(
        (status = 200, body = ExportedAll), (status = 400, body = Problem), (status = 401, body = Problem), (status = 503, body = Problem)
    ),
    security(("account" = []))
)]
pub(in crate::http) async fn export(
    State(app): State<App>,
    SignedIn(subject): SignedIn,
    Query(query): Query<OwnQuery>,
) -> Result<Response, Problem> {
    let (after, limit) = query.place(MOST)?;
    let own = app.store.own(&subject, after, limit).await?;
    let next = super::next(&own, limit);
    let mut conversations = Vec::new();
    for own in own {
        match app.privacy.export(own.conversation).await {
            Ok(export) => conversations.push(export),
            Err(PrivacyError::Store(StoreError::UnknownConversation)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let all = ExportedAll { account: subject.as_str().to_owned(), conversations, next };
    let kept_by_nobody = [(header::CACHE_CONTROL, "no-store")];
    Ok((kept_by_nobody, Json(all)).into_response())
}
