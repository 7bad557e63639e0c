//! What operators see and do. Every address here wants an API key with the role `operator`.

mod outbox;
mod queue;
mod tickets;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::extract::{bearer, key_of};
use crate::app::App;
use crate::config::KeyRole;
use crate::guard::DeskCode;
use crate::handoff::OperatorName;

/// The operators' part of the table of contents.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(queue::list))
        .routes(routes!(queue::next))
        .routes(routes!(queue::promises))
        .routes(routes!(tickets::read))
        .routes(routes!(tickets::claim))
        .routes(routes!(tickets::release))
        .routes(routes!(tickets::transfer))
        .routes(routes!(tickets::reply))
        .routes(routes!(tickets::note))
        .routes(routes!(tickets::snooze))
        .routes(routes!(tickets::renegotiate))
        .routes(routes!(tickets::resolve))
        .routes(routes!(tickets::hand_back))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::retry))
}

/// A caller whose key makes them an operator.
pub(super) struct Operator {
    name: OperatorName,
    /// The desks they serve; none means all.
    desks: Vec<DeskCode>,
    supervisor: bool,
}

impl<S> FromRequestParts<S> for Operator
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let presented = bearer(&parts.headers)?;
        let key = presented.and_then(|key| key_of(&app, key));
        let key =
            key.ok_or_else(|| Problem::unauthorised("Send `Authorization: Bearer KEY` with an operator's key."))?;
        let supervisor = key.roles.contains(&KeyRole::Supervisor);
        if !supervisor && !key.roles.contains(&KeyRole::Operator) {
            return Err(Problem::forbidden("This key is no operator's: its `roles` in `auth.keys` lack `operator`."));
        }
        Ok(Self {
            name: OperatorName(key.name.clone()),
            desks: key.desks.iter().cloned().map(DeskCode).collect(),
            supervisor,
        })
    }
}

impl Operator {
    /// What they may see of a desk's cases.
    fn may_see(&self, desk: &DeskCode) -> bool {
        self.desks.is_empty() || self.desks.contains(desk)
    }
}
