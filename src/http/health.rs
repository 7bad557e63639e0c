//! Whether the service lives, and whether each of its parts does its work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// A part that does not answer in this time is down.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
}

/// Is the process there?
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Health)))]
pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// Whether every part works.
    ready: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Part {
    /// `store`, `index`, `embedder`, `articles`, `guards`, or `answer_cache` where there is one.
    name: &'static str,
    ok: bool,
    /// What is wrong, or worth knowing.
    detail: Option<String>,
}

/// Does each part do its work?
///
/// Really writes to the store, searches the index and embeds a word; names what is down.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness))
)]
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let (store, index, embedder) = tokio::join!(
        probe("store", app.store.ready()),
        probe("index", app.index.ready()),
        probe("embedder", app.turn.embedder.embed_passages(PROBE.as_slice())),
    );
    let sync = app.sync_status.borrow().clone();
    let articles = Part { name: "articles", ok: true, detail: sync.map(|status| status.to_string()) };
    let cache = app.answer_cache.as_ref().map(|cache| Part {
        name: "answer_cache",
        ok: true,
        detail: Some(cache.rate().to_string()),
    });
    let parts: Vec<Part> = [store, index, embedder, articles, guards(&app)].into_iter().chain(cache).collect();
    let ready = parts.iter().all(|part| part.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, parts }))
}

/// Which policies are in force, and how many messages could not be judged by them.
fn guards(app: &App) -> Part {
    let guards = &app.turn.guards;
    let (guard, failures) = (guards.current(), guards.failures());
    let policies = guard.policies();
    let (count, version, digest) = (policies.all().len(), policies.version(), policies.digest());
    let missed = guards.missed();
    let detail = format!(
        "{count} policies, version {version} ({digest}); {failures} messages could not be judged; {missed} that must not be missed would be"
    );
    Part { name: "guards", ok: true, detail: Some(detail) }
}

static PROBE: std::sync::LazyLock<[String; 1]> = std::sync::LazyLock::new(|| ["readiness".to_owned()]);

async fn probe<T, E: std::fmt::Display>(name: &'static str, work: impl Future<Output = Result<T, E>>) -> Part {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(_)) => Part { name, ok: true, detail: None },
        Ok(Err(error)) => Part { name, ok: false, detail: Some(error.to_string()) },
        Err(_) => Part { name, ok: false, detail: Some(format!("no answer within {} s", PATIENCE.as_secs())) },
    }
}
