//! What handlers take: JSON with problem+json errors, the caller's verified role, a conversation its token opens.

use axum::extract::{FromRef, FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::{Deserialize as _, DeserializeOwned, Deserializer, Error as _};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::Problem;
use super::account::Opener;
use crate::app::App;
use crate::config::ApiKey;
use crate::conversation::{Conversation, ConversationId, Subject, TokenHash, sha256};
use crate::knowledge::Reader;
use crate::language::Lang;
use crate::passages::Audience;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let axum::Json(value) = axum::Json::<T>::from_request(request, state).await?;
        Ok(Self(value))
    }
}

/// A JSON body that may be left out, with or without a content type.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = axum::body::Bytes::from_request(request, state).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(T::default()));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Problem::bad_request(error.to_string()))
    }
}

/// A query string.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::bad_request(rejection.body_text())),
        }
    }
}

/// The one name in a path. What is no text names nothing.
pub(super) struct Name(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(rejection) => Err(Problem::not_found(rejection.body_text())),
        }
    }
}

/// Reads a language where a request names one; anything may stand there.
pub(super) fn language<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Lang>, D::Error> {
    let Some(tag) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let lang = Lang::from_tag(&tag).ok_or_else(|| D::Error::custom("a language is a tag such as `ja` or `en-GB`"))?;
    Ok(Some(lang))
}

/// A caller and what they may read. The audience comes from a key that the configuration knows, never from a parameter;
/// without one the caller is a customer, who may be signed in at the shop.
pub(super) struct Caller {
    pub(super) audiences: Vec<Audience>,
    pub(super) subject: Option<Subject>,
}

impl Caller {
    /// This caller, today.
    pub(super) fn reader(&self, app: &App) -> Reader {
        Reader { audiences: self.audiences.clone(), on: app.today() }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut audiences = vec![Audience::customer()];
        let Some(presented) = bearer(&parts.headers)? else { return Ok(Self { audiences, subject: None }) };
        let app = App::from_ref(state);
        if let Some(known) = key_of(&app, presented) {
            audiences.extend(known.audiences.iter().cloned().map(Audience));
            return Ok(Self { audiences, subject: None });
        }
        match Opener::of(&app, presented).await? {
            Opener::Account(subject) => Ok(Self { audiences, subject: Some(subject) }),
            Opener::Token(_) => {
                Err(Problem::unauthorised("The key in `Authorization` is not known here. Customers need none."))
            }
        }
    }
}

/// A conversation whose token the caller has sent, or the sign-in of the account it belongs to. A wrong token, another's sign-in and a
/// conversation that is not there look the same. A key that a mail brought opens it too.
pub(super) struct Opened(pub(super) Conversation);

impl<S> FromRequestParts<S> for Opened
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (conversation, _) = opened(parts, state, MailKeys::Taken).await?;
        Ok(Self(conversation))
    }
}

/// The same, with what is kept of its token; but not by a key that a mail brought. Such a key travels and lies about in mailboxes, and must
/// not lead the answers elsewhere.
pub(super) struct OpenedBy(pub(super) Conversation, pub(super) TokenHash);

impl<S> FromRequestParts<S> for OpenedBy
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (conversation, hash) = opened(parts, state, MailKeys::Refused).await?;
        Ok(Self(conversation, hash))
    }
}

/// Whether a key that a mail brought opens a conversation too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MailKeys {
    Taken,
    Refused,
}

/// The conversation that a path names, if what the caller has sent opens it, with what is kept of its token.
async fn opened<S>(parts: &mut Parts, state: &S, keys: MailKeys) -> Result<(Conversation, TokenHash), Problem>
where
    App: FromRef<S>,
    S: Send + Sync,
{
    let refused = || {
        Problem::unauthorised(
            "Send `Authorization: Bearer TOKEN` with the token this conversation was opened with, or the sign-in it belongs to.",
        )
    };
    let app = App::from_ref(state);
    let opener = Opener::of(&app, bearer(&parts.headers)?.ok_or_else(refused)?).await?;
    let Ok(Path(id)) = Path::<String>::from_request_parts(parts, state).await else { return Err(refused()) };
    let id: Uuid = id.parse().map_err(|_| refused())?;
    let found = app.store.conversation(ConversationId(id)).await?;
    let (conversation, hash) = found.ok_or_else(refused)?;
    if opener.opens(&conversation, &hash) {
        return Ok((conversation, hash));
    }
    if keys == MailKeys::Taken && opener.comes_back(&app, conversation.id).await? {
        return Ok((conversation, hash));
    }
    Err(refused())
}

/// The configured key that was presented, if it is one.
pub(super) fn key_of<'a>(app: &'a App, presented: &str) -> Option<&'a ApiKey> {
    let digest = sha256(presented.as_bytes());
    let same = |known: &str| bool::from(known.to_ascii_lowercase().as_bytes().ct_eq(digest.as_bytes()));
    app.config.auth.keys.iter().find(|key| same(&key.sha256))
}

pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().ok().and_then(|text| text.split_once(' '));
    match text {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(Problem::unauthorised("`Authorization` must be `Bearer TOKEN`.")),
    }
}
