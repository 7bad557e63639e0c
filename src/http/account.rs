//! Customers by the shop's own sign-in: what opens a conversation, and who is signed in.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use super::Problem;
use super::extract::bearer;
use crate::app::App;
use crate::conversation::{Conversation, Subject, Token, TokenHash};
use crate::signin::{SignIn, SignInError};

/// What a caller shows to open a conversation.
pub(super) enum Opener {
    /// The conversation's own token: whoever has it may, on any device.
    Token(TokenHash),
    /// The sign-in of an account.
    Account(Subject),
}

impl Opener {
    /// What a bearer's text is. Only what looks signed is taken for a sign-in, and only where one is set up.
    ///
    /// # Errors
    /// When it is a sign-in that is not believed. That is found out before any conversation is looked at.
    pub(super) async fn of(app: &App, presented: &str) -> Result<Self, SignInError> {
        match app.signin.as_deref().filter(|_| SignIn::looks_signed(presented)) {
            Some(signin) => signin.subject(presented).await.map(Self::Account),
            None => Ok(Self::Token(Token::presented(presented).hash())),
        }
    }

    /// Whether it opens this conversation. Both are compared in constant time.
    pub(super) fn opens(&self, conversation: &Conversation, token: &TokenHash) -> bool {
        match self {
            Self::Token(presented) => token.matches(presented),
            Self::Account(subject) => conversation.subject.as_ref().is_some_and(|owner| owner.is(subject)),
        }
    }
}

/// A customer who is signed in at the shop.
pub(super) struct SignedIn(pub(super) Subject);

impl<S> FromRequestParts<S> for SignedIn
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let Some(signin) = app.signin.as_deref() else {
            return Err(Problem::unauthorised(
                "Nobody can sign in here: `[signin]` of the configuration is not set up. Conversations open by their own tokens.",
            ));
        };
        let presented = bearer(&parts.headers)?.ok_or_else(|| {
            Problem::unauthorised("Send `Authorization: Bearer JWT` with a token of the shop's own sign-in.")
        })?;
        Ok(Self(signin.subject(presented).await?))
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::NoKeys => Self::unavailable(format!("Nobody can sign in: {error}.")),
            error => Self::unauthorised(format!("This sign-in is not taken: {error}.")),
        }
    }
}

/// The same for what was signed about a conversation: it came in the body.
pub(super) fn not_taken(error: &SignInError) -> Problem {
    match error {
        SignInError::NoKeys => Problem::unavailable(format!("`context` cannot be checked: {error}.")),
        error => Problem::unprocessable(format!("`context` is not taken: {error}. Nothing was opened.")),
    }
}
