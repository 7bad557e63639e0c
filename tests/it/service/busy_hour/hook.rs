//! The system that is told by webhooks what happens. It is not always in the mood.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

/// Every so many deliveries one is refused.
const REFUSED: usize = 7;

/// What has come, in order; each by the id that names it.
#[derive(Debug, Clone, Default)]
pub(super) struct Hook(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    all: usize,
    taken: Vec<String>,
}

impl Hook {
    /// Opens it, and tells its address.
    pub(super) async fn open() -> (Self, String) {
        let hook = Self::default();
        let app = Router::new().route("/told", post(told)).with_state(hook.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/told", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (hook, address)
    }

    /// Ids of the deliveries that it took, in order; one that came twice is there twice.
    pub(super) fn taken(&self) -> Vec<String> {
        self.0.lock().unwrap().taken.clone()
    }
}

async fn told(State(hook): State<Hook>, headers: HeaderMap) -> StatusCode {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let mut calls = hook.0.lock().unwrap();
    calls.all += 1;
    if calls.all.is_multiple_of(REFUSED) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    calls.taken.push(id);
    StatusCode::NO_CONTENT
}
