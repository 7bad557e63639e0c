//! What editors see and do. Every address here wants an API key with the role `editor` or `admin`.

mod articles;
mod drafts;
mod problems;
mod versions;
mod views;

use axum::extract::{DefaultBodyLimit, FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::extract::Name;
use super::keyed::keyed;
use crate::app::App;
use crate::config::KeyRole;
use crate::editing::{EditorName, State};
use crate::passages::ArticleId;

/// The largest request: an article of one mebibyte, every line break of which JSON writes as two characters, and some room.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The editors' part of the table of contents.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(articles::list))
        .routes(routes!(articles::read, articles::withdraw))
        .routes(routes!(drafts::save, drafts::discard))
        .routes(routes!(drafts::publish))
        .routes(routes!(versions::list))
        .routes(routes!(versions::read))
        .routes(routes!(versions::roll_back))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// A caller whose key makes them an editor.
pub(super) struct Editor {
    name: EditorName,
}

impl<S> FromRequestParts<S> for Editor
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let key = keyed(&app, &parts.headers, &[KeyRole::Editor, KeyRole::Admin], "editor")?;
        Ok(Self { name: EditorName(key.name.clone()) })
    }
}

/// An editor, and the article that the path names.
pub(super) struct Named {
    editor: Editor,
    id: ArticleId,
}

impl<S> FromRequestParts<S> for Named
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let editor = Editor::from_request_parts(parts, state).await?;
        let Name(id) = Name::from_request_parts(parts, state).await?;
        Ok(Self { editor, id: ArticleId(id) })
    }
}

/// What the caller says to have seen of the article (`If-Match`), if they do.
pub(super) struct Seen(Option<State>);

impl<S: Send + Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let tag = value.to_str().unwrap_or_default().trim();
        // A proxy that compresses answers makes strong tags weak; ours names contents either way.
        let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        match tag.parse() {
            Ok(state) => Ok(Self(Some(state))),
            Err(_) => Err(Problem::bad_request("`If-Match` must be the one `etag` that reading the article gave.")),
        }
    }
}

/// A JSON body with an article in it.
pub(super) struct EditBody<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for EditBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::too_large(
                "An article may have one mebibyte: split it, one article for each question it answers.",
            )),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

/// A JSON answer with the state of the article as its entity tag.
pub(super) struct Tagged<T> {
    state: State,
    body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, format!("\"{}\"", self.state))], axum::Json(self.body)).into_response()
    }
}
