//! The people at the desks: who is there, and how much they take.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Operator;
use crate::app::App;
use crate::http::Problem;
use crate::http::extract::Body;
use crate::language::Lang;
use crate::store::{OperatorAtWork, OperatorProfile};

/// The most cases that anybody may say they take.
const CAPACITY_LIMIT: u32 = 1000;
/// The most languages that anybody may say they speak.
const LANGUAGE_LIMIT: usize = 50;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeRequest {
    /// Whether they are there.
    present: bool,
    /// How many cases they take at a time, at most 1000; `null` or absent for any number.
    #[serde(default)]
    capacity: Option<u32>,
    /// What they speak, e.g. `["ja", "en"]`; absent, it stays as it is.
    #[serde(default)]
    languages: Option<Vec<String>>,
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OperatorView {
    #[serde(flatten)]
    operator: OperatorAtWork,
    /// Whether they are there: they say so, and were heard of within ten minutes.
    there: bool,
}

/// Read oneself
#[utoipa::path(
    get, path = "/v1/operator/me", tag = "operators",
    responses((status = 200, body = OperatorView), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn me(State(app): State<App>, operator: Operator) -> Result<Json<OperatorView>, Problem> {
    Ok(Json(view(&app, known(&app, &operator).await?)))
}

/// Say whether one is there
///
/// And how many cases one takes, and in which languages. `queue/next` gives no more than that.
#[utoipa::path(
    put, path = "/v1/operator/me", tag = "operators", request_body = MeRequest,
    responses((status = 200, body = OperatorView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn keep_me(
    State(app): State<App>,
    operator: Operator,
    Body(request): Body<MeRequest>,
) -> Result<Json<OperatorView>, Problem> {
    if request.capacity.is_some_and(|capacity| capacity > CAPACITY_LIMIT) {
        return Err(Problem::unprocessable(format!("`capacity` may be {CAPACITY_LIMIT} at most.")));
    }
    let before = known(&app, &operator).await?.profile;
    let profile = OperatorProfile {
        name: before.name,
        present: request.present,
        capacity: request.capacity,
        languages: request.languages.as_deref().map(languages).transpose()?.unwrap_or(before.languages),
        last_seen: app.clock.now(),
    };
    app.store.keep_operator(&profile).await?;
    Ok(Json(view(&app, known(&app, &operator).await?)))
}

fn languages(tags: &[String]) -> Result<Vec<Lang>, Problem> {
    if tags.len() > LANGUAGE_LIMIT {
        return Err(Problem::unprocessable(format!("`languages` may be {LANGUAGE_LIMIT} at most.")));
    }
    let read = |tag: &String| {
        Lang::from_tag(tag).ok_or_else(|| Problem::unprocessable("A language is a tag such as `ja` or `en-GB`."))
    };
    let mut languages = tags.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    languages.sort();
    languages.dedup();
    Ok(languages)
}

/// What is known of the caller. They were heard of with this very request; should that not have been written down, they are new.
async fn known(app: &App, operator: &Operator) -> Result<OperatorAtWork, Problem> {
    let found = app.store.operator(&operator.name).await?;
    let fresh = || OperatorProfile {
        name: operator.name.clone(),
        present: true,
        capacity: None,
        languages: operator.languages.clone(),
        last_seen: app.clock.now(),
    };
    Ok(found.unwrap_or_else(|| OperatorAtWork { profile: fresh(), has: 0 }))
}

fn view(app: &App, operator: OperatorAtWork) -> OperatorView {
    OperatorView { there: operator.profile.is_there(app.clock.now()), operator }
}

/// The operators.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OperatorList {
    /// All who were ever heard of, by name.
    operators: Vec<OperatorView>,
}

/// List operators
///
/// For supervisors: who is there, how many cases each has and takes, and when they were heard of last.
#[utoipa::path(
    get, path = "/v1/operator/operators", tag = "operators",
    responses((status = 200, body = OperatorList), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn list(State(app): State<App>, operator: Operator) -> Result<Json<OperatorList>, Problem> {
    operator.must_supervise()?;
    let all = app.store.operators().await?;
    Ok(Json(OperatorList { operators: all.into_iter().map(|operator| view(&app, operator)).collect() }))
}
