//! Every error a caller sees: RFC 9457 `application/problem+json`.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::DeskError;
use crate::knowledge::{ArticleStoreError, CatalogueError};
use crate::llm::EmbedError;
use crate::passages::IndexError;
use crate::store::StoreError;
use crate::turn::FindError;

const TOO_LONG: &str = "The body is longer than server.body_limit_bytes.";

/// An error as callers read it (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Stable name of the kind of problem, e.g. `urn:madoguchi:problem:not-found`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem, in words.
    title: &'static str,
    /// HTTP status.
    #[schema(value_type = u16)]
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    /// What happened this time, and what to do about it.
    detail: String,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    fn new(status: StatusCode, name: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: format!("urn:madoguchi:problem:{name}"), title, status, detail: detail.into() }
    }

    /// 400.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be understood", detail)
    }

    /// 401.
    pub fn unauthorised(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", "A valid token is needed", detail)
    }

    /// 403.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This is not for the caller", detail)
    }

    /// 409.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It does not stand as the request supposes", detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing here", detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        let detail = "See /openapi.json for what each address takes.";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "This address does not take that method",
            detail,
        )
    }

    /// 412.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", "It has changed since it was read", detail)
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too long", detail)
    }

    /// 415.
    pub fn media_type() -> Self {
        let detail = "Send JSON, with `Content-Type: application/json`.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Only JSON is taken", detail)
    }

    /// 415, where something else than JSON is wanted.
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "This media type is not taken", detail)
    }

    /// 422.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", "The request does not fit", detail)
    }

    /// 500; the cause goes to the log only.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        let detail = "The cause is in the service's log, under the request id of this answer.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", detail)
    }

    /// 503.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "A part of the service is not ready", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(TOO_LONG),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::media_type(),
            StatusCode::UNPROCESSABLE_ENTITY => Self::unprocessable(rejection.body_text()),
            _ => Self::bad_request(rejection.body_text()),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(TOO_LONG),
            _ => Self::bad_request(rejection.body_text()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownConversation => Self::not_found("No such conversation."),
            StoreError::UnknownTicket => Self::not_found("There is no such case, or none is open."),
            StoreError::UnknownNotice => Self::not_found("There is no such notice."),
            error @ StoreError::Itself => Self::unprocessable(format!("{error}.")),
            error
            @ (StoreError::Stale | StoreError::NotNow(_) | StoreError::Taken { .. } | StoreError::Untimely(_)) => {
                Self::conflict(format!("{error}. Read it again."))
            }
            error => Self::internal(&error),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Store(error) => error.into(),
            error @ (DeskError::NoDesk(_)
            | DeskError::NotPromised(_)
            | DeskError::NotAsked(_)
            | DeskError::NoAddress
            | DeskError::NoMail) => Self::unprocessable(format!("{error}.")),
            error @ DeskError::NotSupervisor(_) => Self::forbidden(format!("{error}.")),
            error @ DeskError::NotSameCustomer => Self::unprocessable(format!(
                "{error}. If you have made sure that they are, send `same_customer: true`: that goes on record."
            )),
        }
    }
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Empty => {
                Self::unavailable("No articles are indexed yet; `madoguchi knowledge sync` does that.")
            }
            error => Self::internal(&error),
        }
    }
}

impl From<ArticleStoreError> for Problem {
    fn from(error: ArticleStoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<CatalogueError> for Problem {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Index(error) => error.into(),
            CatalogueError::Store(error) => error.into(),
        }
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Embed(error) => error.into(),
            FindError::Catalogue(error) => error.into(),
            FindError::Index(error) => error.into(),
        }
    }
}

impl From<EmbedError> for Problem {
    fn from(error: EmbedError) -> Self {
        tracing::error!(%error, "embedding failed");
        Self::unavailable("Questions cannot be embedded at the moment; try again in a little while.")
    }
}
