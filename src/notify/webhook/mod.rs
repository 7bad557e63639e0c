//! Webhooks to other systems, by Standard Webhooks: signed, each with an id by which a receiver knows what it has already.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use url::{Host, Url};

use super::{Failure, Notice, NotifyError, Target, TargetName};
use crate::clock::Clock;
use crate::config;
use crate::conversation::ConversationId;
use crate::handoff::TicketId;

mod address;
mod resolver;
#[cfg(test)]
mod tests;

use address::public;
use resolver::{Checked, Lookup, Refused, SystemLookup};

const KEY: &str = "notify.webhooks";
/// How long a secret may be, in bytes, by the specification; a longer one than a block of the hash adds nothing.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The longest time that a receiver may ask to be left alone; beyond it the number is more likely wrong than meant.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Another system that is told what happens.
pub struct WebhookTarget {
    name: TargetName,
    url: Url,
    kinds: Vec<String>,
    /// More than one while the secret is changed: a receiver takes whichever it knows.
    signers: Vec<Webhook>,
    http: Client,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for WebhookTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the secret nor the address, which for some receivers is one.
        f.debug_struct("WebhookTarget").field("name", &self.name).field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

/// The body, as the specification recommends it.
#[derive(Debug, Serialize)]
struct Event<'a> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    conversation: Option<ConversationId>,
    ticket: Option<TicketId>,
    details: &'a serde_json::Value,
}

impl WebhookTarget {
    /// Prepares for telling the system that `hook` names; connects to nothing yet.
    ///
    /// # Errors
    /// When its address is private and may not be, or its secret is absent or none.
    pub(super) fn open(
        hook: &config::Webhook,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotifyError> {
        Self::with_lookup(hook, secret, clock, Arc::new(SystemLookup))
    }

    fn with_lookup(
        hook: &config::Webhook,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        clock: Arc<dyn Clock>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, NotifyError> {
        let invalid = |problem: String| NotifyError { key: KEY, problem: format!("{:?}: {problem}", hook.name) };
        let url = Url::parse(&hook.url).map_err(|problem| invalid(problem.to_string()))?;
        // A written address is not looked up, so nobody would check it later.
        let written = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(invalid("its url names no host".to_owned())),
        };
        if let Some(address) = written
            && !hook.allow_private
            && !public(address)
        {
            return Err(invalid(Refused { host: address.to_string() }.to_string()));
        }
        let held = secret(&hook.secret_env);
        let held = held.ok_or_else(|| invalid(format!("the environment variable {} is not set", hook.secret_env)))?;
        let signers = signers(&held).map_err(|problem| invalid(format!("{} {problem}", hook.secret_env)))?;
        let http = Client::builder()
            .timeout(Duration::from_secs(hook.timeout_seconds))
            .dns_resolver(Arc::new(Checked { lookup, allow_private: hook.allow_private }))
            // A redirect leads to an address nobody configured, and to one nobody checked if it is written in numbers.
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would look the name up itself.
            .no_proxy()
            .user_agent(concat!("madoguchi/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| invalid(format!("HTTP client: {error}")))?;
        let name = TargetName::webhook(&hook.name);
        Ok(Self { name, url, kinds: hook.kinds.clone(), signers, http, clock })
    }

    /// As it is named in the outbox.
    pub(super) fn name(&self) -> &TargetName {
        &self.name
    }

    /// Whether it is told of a kind.
    pub(super) fn wants(&self, kind: &str) -> bool {
        let matches = |wanted: &String| match wanted.strip_suffix('*') {
            Some(beginning) => kind.starts_with(beginning),
            None => kind == wanted,
        };
        self.kinds.is_empty() || self.kinds.iter().any(matches)
    }

    /// The signatures of a body, as they stand in the header.
    fn signature(&self, id: &str, at: Timestamp, body: &[u8]) -> Result<String, Failure> {
        let sign = |signer: &Webhook| signer.sign(id, at.as_second(), body);
        let signatures = self.signers.iter().map(sign).collect::<Result<Vec<_>, _>>();
        Ok(signatures.map_err(|error| Failure::permanent(format!("it cannot be signed: {error}")))?.join(" "))
    }
}

#[async_trait]
impl Target for WebhookTarget {
    async fn deliver(&self, notice: &Notice) -> Result<(), Failure> {
        let data = Data { conversation: notice.conversation, ticket: notice.ticket, details: &notice.payload };
        let body = serde_json::to_vec(&Event { r#type: &notice.kind, timestamp: notice.at, data });
        let body = body.map_err(|error| Failure::permanent(format!("it cannot be written down: {error}")))?;
        let (id, now) = (notice.id.to_string(), self.clock.now());
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_SIGNATURE, self.signature(&id, now, &body)?)
            .header(HEADER_WEBHOOK_TIMESTAMP, now.as_second().to_string())
            .header(HEADER_WEBHOOK_ID, id)
            .body(body);
        // What it answers besides is not read: it concerns nobody, and could be of any length.
        let answer = request.send().await.map_err(unreached)?;
        sort(answer.status(), retry_after(answer.headers(), now))
    }
}

/// What an answer means.
fn sort(status: StatusCode, retry_after: Option<Duration>) -> Result<(), Failure> {
    let why = || format!("the receiver says {}", status.as_u16());
    match status {
        status if status.is_success() => Ok(()),
        // It is gone for good and wants no more, says the specification.
        StatusCode::GONE => Err(Failure::permanent(why())),
        status if status.is_redirection() => {
            Err(Failure::passing(format!("{}: redirects are not followed, give the address that it leads to", why())))
        }
        // Also what sounds final (401, 404): receivers say so in the middle of being set up or deployed, and forget nothing by it.
        _ => Err(Failure::Passing { why: why(), retry_after }),
    }
}

/// Why nothing was answered. Without the address: some receivers' addresses are secrets.
fn unreached(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::passing("the receiver did not answer in time");
    }
    let error = error.without_url();
    let mut why = vec![error.to_string()];
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        why.push(inner.to_string());
        cause = inner.source();
    }
    why.dedup();
    Failure::passing(why.join(": "))
}

/// How long the receiver wants to be left alone, in seconds or until a moment.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(until.duration_since(now)).ok()?
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

/// The keys in what an environment variable holds: `whsec_` and Base64, one or more with blanks between.
fn signers(held: &SecretString) -> Result<Vec<Webhook>, &'static str> {
    use base64::Engine as _;
    let signer = |text: &str| {
        let key = text.strip_prefix("whsec_").unwrap_or(text);
        let key = base64::engine::general_purpose::STANDARD.decode(key);
        let key = key.map_err(|_| "must hold `whsec_` and then Base64")?;
        if !SECRET_BYTES.contains(&key.len()) {
            return Err("must hold a secret of 24 to 64 bytes");
        }
        Webhook::from_bytes(key).map_err(|_| "must hold `whsec_` and then Base64")
    };
    let signers = held.expose_secret().split_whitespace().map(signer).collect::<Result<Vec<_>, _>>()?;
    if signers.is_empty() {
        return Err("holds nothing");
    }
    Ok(signers)
}
