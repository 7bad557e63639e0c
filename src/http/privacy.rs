//! What customers may ask for about their own words: all of them, or that they go.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Problem;
use super::extract::{Opened, Query};
use crate::app::App;
use crate::conversation::ConversationId;
use crate::privacy::{ErasureReceipt, Export, PrivacyError, Transcript};
use crate::store::ErasedBy;

/// A transcript is read, and runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

impl From<PrivacyError> for Problem {
    fn from(error: PrivacyError) -> Self {
        match error {
            PrivacyError::Store(error) => error.into(),
            error @ (PrivacyError::OnHold { .. } | PrivacyError::InUse) => Self::conflict(format!("{error}.")),
            error => Self::internal(&error),
        }
    }
}

/// Erase a conversation
///
/// Everything in it and about it goes: messages, cases, notes, what was to be sent. What was promised and who did what
/// stays, by ids and times, without words. The answer is the receipt; there is no way back. An open case is called off,
/// and its desk is told. After an error nothing is erased later by itself: whoever still finds the conversation asks
/// again, and what is written into it meanwhile is kept.
#[utoipa::path(
    delete, path = "/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    responses(
        (status = 200, body = ErasureReceipt), (status = 401, body = Problem),
        (status = 409, body = Problem, description = "A legal hold stands on it")
    ),
    security(("token" = []))
)]
pub(super) async fn erase(
    State(app): State<App>,
    Opened(conversation): Opened,
) -> Result<Json<ErasureReceipt>, Problem> {
    Ok(Json(app.privacy.erase(&conversation, ErasedBy::Customer).await?))
}

/// Export a conversation
///
/// Everything held on it.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/export", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Export), (status = 401, body = Problem)), security(("token" = []))
)]
pub(super) async fn export(State(app): State<App>, Opened(conversation): Opened) -> Result<Response, Problem> {
    let export = app.privacy.export(conversation.id).await?;
    Ok(named(Json(export).into_response(), conversation.id, "json"))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct TranscriptQuery {
    /// `text` (the default), `html` or `json`.
    #[serde(default)]
    #[param(inline)]
    format: TranscriptFormat,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum TranscriptFormat {
    /// Plain text.
    #[default]
    Text,
    /// A page that stands by itself.
    Html,
    /// Data.
    Json,
}

/// Read the transcript
///
/// What was said, by whom and when, with the sources of answers; times are in the help centre's zone.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/transcript", tag = "conversations", params(("id" = ConversationId, Path), TranscriptQuery),
    responses(
        (status = 200, content((Transcript = "application/json"), (String = "text/plain"), (String = "text/html"))),
        (status = 400, body = Problem), (status = 401, body = Problem)
    ),
    security(("token" = []))
)]
pub(super) async fn transcript(
    State(app): State<App>,
    Opened(conversation): Opened,
    Query(query): Query<TranscriptQuery>,
) -> Result<Response, Problem> {
    let transcript = app.privacy.transcript(conversation.id).await?;
    let (response, ending) = match query.format {
        TranscriptFormat::Text => (transcript.text().into_response(), "txt"),
        TranscriptFormat::Html => (Html(transcript.html()?).into_response(), "html"),
        TranscriptFormat::Json => (Json(transcript).into_response(), "json"),
    };
    Ok(named(response, conversation.id, ending))
}

/// Shown where it is asked for, saved under a name; kept by nobody on the way.
fn named(mut response: Response, id: ConversationId, ending: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(name) = HeaderValue::from_str(&format!("inline; filename=\"conversation-{id}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
