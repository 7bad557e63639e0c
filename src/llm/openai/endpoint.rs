//! What all uses of an endpoint share: its client, and how patiently it is asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_openai::Client;
use async_openai::config::{Config as _, OpenAIConfig};
use async_openai::error::OpenAIError;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use super::transport::{Failure, Transport, sort};

/// How long it may take to reach an endpoint, before anything is asked of it.
const CONNECT: Duration = Duration::from_secs(10);

/// How patiently an endpoint is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How often a failure that may pass is tried again.
    pub(super) retries: u32,
    /// Before the first retry; doubled for each further one, half of it random.
    pub(super) backoff: Duration,
    /// The longest wait before a retry; an endpoint that asks for a longer one has failed.
    pub(super) longest_wait: Duration,
}

/// An endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: Client<OpenAIConfig>,
    http: reqwest::Client,
    patience: Patience,
    jitter: Mutex<StdRng>,
}

impl Endpoint {
    /// Prepares for asking the endpoint below `base_url`; asks nothing yet. `timeout` is for one attempt, `seed` makes the jitter.
    pub(super) fn new(
        base_url: &Url,
        api_key: Option<&SecretString>,
        timeout: Duration,
        patience: Patience,
        seed: u64,
    ) -> Result<Self, Failure> {
        let key = api_key.map_or("", |key| key.expose_secret());
        if !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Failure::Permanent("the API key has characters that no header can carry".to_owned()));
        }
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(CONNECT)
            // A redirect would carry the text and the key to a place nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::Permanent(format!("HTTP client: {error}")))?;
        let api = OpenAIConfig::default()
            .with_api_base(base_url.as_str().trim_end_matches('/'))
            .with_api_key(key)
            // Whatever the environment says of OpenAI is not about this endpoint.
            .with_org_id("")
            .with_project_id("");
        let client = Client::build(http.clone(), api).with_http_service(Transport::new(http.clone()));
        Ok(Self { client, http, patience, jitter: Mutex::new(StdRng::seed_from_u64(seed)) })
    }

    /// One attempt goes through this.
    pub(super) fn client(&self) -> &Client<OpenAIConfig> {
        &self.client
    }

    /// One attempt at something whose answer is read by us: the crate takes the end of a broken stream for the end of a reply.
    pub(super) async fn post(&self, path: &str, body: &impl Serialize) -> Result<reqwest::Response, Failure> {
        let config = self.client.config();
        let request = self.http.post(config.url(path)).headers(config.headers()).json(body).build();
        let sent = match request {
            Ok(request) => Transport::new(self.http.clone()).send(request).await,
            Err(error) => Err(OpenAIError::Reqwest(error)),
        };
        sent.map_err(|error| sort(&error))
    }

    /// The attempts at a new request.
    pub(super) fn attempts(&self) -> Attempts<'_> {
        Attempts { endpoint: self, failed: 0 }
    }

    fn backoff(&self, retry: u32) -> Duration {
        let Patience { backoff, longest_wait, .. } = self.patience;
        let full = backoff.saturating_mul(2_u32.saturating_pow(retry)).min(longest_wait);
        let mut jitter = self.jitter.lock().unwrap_or_else(PoisonError::into_inner);
        full.mul_f64(jitter.random_range(0.5..=1.0))
    }
}

/// The attempts at one request.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    endpoint: &'a Endpoint,
    failed: u32,
}

impl Attempts<'_> {
    /// After a failed attempt: waits until the next one, or gives the failure back if there is to be none.
    pub(super) async fn after(&mut self, failure: Failure) -> Result<(), Failure> {
        let (reason, retry_after) = match failure {
            Failure::Transient { reason, retry_after } => (reason, retry_after),
            lasting => return Err(lasting),
        };
        let wait = retry_after.unwrap_or_else(|| self.endpoint.backoff(self.failed));
        self.failed += 1;
        let Patience { retries, longest_wait, .. } = self.endpoint.patience;
        if self.failed > retries || wait > longest_wait {
            return Err(Failure::Transient { reason: format!("{reason} (attempt {})", self.failed), retry_after });
        }
        tracing::debug!(attempt = self.failed, ?wait, reason, "asking the endpoint again");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
