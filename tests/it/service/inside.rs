//! The whole app in this process, over HTTP: for tests that move its clock, look into it, or give it a database of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use madoguchi::app::App;
use madoguchi::clock::{Clock, Ids as _, RandomIds};
use madoguchi::config::{ApiKey, Config, KeyRole, Overrides};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;

use super::desk::{Place, REQUEST_SECONDS, by, client};
use super::operators::digest;
use crate::processes;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(super) struct Moved(AtomicI64);

impl Moved {
    pub(super) fn at(time: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(time.as_millisecond())))
    }

    pub(super) fn to(&self, time: Timestamp) {
        self.0.store(time.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The configuration of an app in a place.
pub(super) fn config(place: &Place) -> Result<Config, String> {
    let overrides = Overrides {
        data_dir: Some(place.data()),
        knowledge: Some(place.articles()),
        no_watch: true,
        ..Overrides::default()
    };
    let mut config = Config::load(&overrides).unwrap();
    config.embedding.local.model = processes::model()?;
    config.server.request_timeout_seconds = REQUEST_SECONDS;
    Ok(config)
}

/// A key with a role.
pub(super) fn key(name: &str, key: &str, role: KeyRole) -> ApiKey {
    ApiKey { name: name.to_owned(), sha256: digest(key), roles: vec![role], ..ApiKey::default() }
}

/// An app that answers on a port of this machine.
pub(super) struct Inside {
    pub(super) app: App,
    pub(super) base: String,
}

impl Inside {
    pub(super) async fn open(config: Config, clock: Arc<dyn Clock>) -> Self {
        Self::of(App::open(config, clock, Arc::new(RandomIds)).await.unwrap()).await
    }

    pub(super) async fn of(app: App) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = madoguchi::http::router(app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { app, base }
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        bearer: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = by(bearer, client().request(method, format!("{}{path}", self.base)));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap_or(Value::Null))
    }
}

/// The address of a new schema on the tests' server.
pub(super) async fn schema() -> Result<String, String> {
    let url = std::env::var("MADOGUCHI_TEST_POSTGRES_URL").map_err(|_| {
        "MADOGUCHI_TEST_POSTGRES_URL is not set; `.ci/with-postgres` starts a server and sets it".to_owned()
    })?;
    let schema = format!("it_{}", RandomIds.fresh().simple());
    let server = Database::connect(&url).await.map_err(|error| error.to_string())?;
    server.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let mark = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{mark}options[search_path]={schema}"))
}
