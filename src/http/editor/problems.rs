//! Why editors are refused; what holds a text back goes along, line by line.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::views::FindingView;
use crate::editing::{Checked, EditError, FileError};
use crate::http::Problem;

/// A problem with what is wrong in the text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldBack {
    #[serde(flatten)]
    problem: Problem,
    /// Ids of the lint's rules that hold the text back.
    held_by: Vec<String>,
    /// All that the lint says about the text.
    findings: Vec<FindingView>,
}

/// A refusal.
pub(super) enum Refusal {
    Plain(Problem),
    HeldBack(Box<HeldBack>),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Plain(problem) => problem.into_response(),
            Self::HeldBack(held) => {
                let mut response = (StatusCode::UNPROCESSABLE_ENTITY, Json(held)).into_response();
                let kind = HeaderValue::from_static("application/problem+json");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Plain(problem)
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        match error {
            EditError::HeldBack(checked) => Self::HeldBack(Box::new(held_back(*checked))),
            error => Self::Plain(plain(error)),
        }
    }
}

fn held_back(checked: Checked) -> HeldBack {
    let rules: Vec<String> = checked.held_by.iter().map(|rule| rule.id().to_owned()).collect();
    let why = match &checked.hindrance {
        Some(hindrance) => hindrance.clone(),
        None => format!("Nothing was published: the lint holds the text back ({}).", rules.join(", ")),
    };
    HeldBack {
        problem: Problem::unprocessable(why),
        held_by: rules,
        findings: checked.findings.iter().map(FindingView::of).collect(),
    }
}

fn plain(error: EditError) -> Problem {
    let told = format!("{error}.");
    match error {
        EditError::UnknownArticle(_) | EditError::NoDraft(_) | EditError::UnknownVersion { .. } => {
            Problem::not_found(told)
        }
        EditError::NoId => Problem::unprocessable(told),
        EditError::HeldBack(_) => Problem::unprocessable(told),
        EditError::Changed => Problem::precondition_failed(told),
        EditError::Moved { .. }
        | EditError::OtherDraft { .. }
        | EditError::SeveralFiles { .. }
        | EditError::NoSource(_)
        | EditError::AlreadyThere(_)
        | EditError::LastOne
        | EditError::File(FileError::Taken { .. } | FileError::Elsewhere { .. }) => Problem::conflict(told),
        EditError::TooLong => Problem::too_large(told),
        EditError::File(FileError::Refused { .. }) => {
            tracing::error!(error = %told, "an article could not be written");
            Problem::unavailable(told)
        }
        EditError::NotLive(ref cause) => {
            tracing::error!(error = %cause, "an article is written and not live");
            Problem::unavailable(told)
        }
        EditError::Store(error) => error.into(),
        EditError::Articles(error) => error.into(),
        EditError::Sync(error) => Problem::internal(&error),
        EditError::Thread(error) => Problem::internal(&error),
    }
}
