//! What operators see and do. Every address here wants an API key with the role `operator`.

mod drafts;
mod events;
mod inquiries;
mod merge;
mod outbox;
mod people;
mod privacy;
mod queue;
mod search;
mod tickets;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::keyed::keyed;
use crate::app::App;
use crate::config::KeyRole;
use crate::guard::DeskCode;
use crate::handoff::{By, OperatorName};
use crate::language::Lang;
use crate::store::Watcher;

/// The operators' part of the table of contents.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(queue::list))
        .routes(routes!(queue::next))
        .routes(routes!(queue::promises))
        .routes(routes!(events::events))
        .routes(routes!(search::search))
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
        .routes(routes!(merge::merge))
        .routes(routes!(drafts::replies))
        .routes(routes!(drafts::draft))
        .routes(routes!(people::me, people::keep_me))
        .routes(routes!(people::list))
        .routes(routes!(inquiries::ask, inquiries::list))
        .routes(routes!(inquiries::answer))
        .routes(routes!(inquiries::asked))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::retry))
        .routes(routes!(privacy::hold, privacy::holds))
        .routes(routes!(privacy::lift))
        .routes(routes!(privacy::audit))
}

/// A caller whose key makes them an operator.
pub(super) struct Operator {
    name: OperatorName,
    /// The desks they serve; none means all.
    desks: Vec<DeskCode>,
    /// The languages of their key.
    languages: Vec<Lang>,
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
        let key = keyed(&app, &parts.headers, &[KeyRole::Operator, KeyRole::Supervisor], "operator")?;
        let operator = Self {
            name: OperatorName(key.name.clone()),
            desks: key.desks.iter().cloned().map(DeskCode).collect(),
            languages: key.languages.iter().filter_map(|tag| Lang::from_tag(tag)).collect(),
            supervisor: key.roles.contains(&KeyRole::Supervisor),
        };
        // Whatever they ask for, they are there. Should that not be written down, they get what they asked for all the same.
        if let Err(error) = app.store.heard_of(&operator.name, &operator.languages, app.clock.now()).await {
            tracing::warn!(%error, operator = %operator.name, "it could not be noted that an operator was heard of");
        }
        Ok(operator)
    }
}

impl Operator {
    /// What they may see of a desk's cases.
    fn may_see(&self, desk: &DeskCode) -> bool {
        self.desks.is_empty() || self.desks.contains(desk)
    }

    /// What they see of the queue.
    fn watcher(&self) -> Watcher {
        Watcher { name: self.name.clone(), desks: self.desks.clone() }
    }

    /// Who they are, as the logs name them.
    fn who(&self) -> String {
        By::Operator(self.name.clone()).word()
    }

    /// Refuses what only supervisors may see.
    fn must_supervise(&self) -> Result<(), Problem> {
        if self.supervisor {
            return Ok(());
        }
        Err(Problem::forbidden("Only supervisors may see this: this key's `roles` in `auth.keys` lack `supervisor`."))
    }
}
