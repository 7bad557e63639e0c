//! The shop's keys as a set that changes: at an address of the shop's, or in a file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use url::Url;

use super::SignInError;
use super::keys::{self, Key, KeySet, MOST};

/// How long a set is taken for the shop's present one. A key that the shop has withdrawn is not believed for longer than this.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// How long it is used while the shop's own copy cannot be read. After that nobody can sign in, rather than somebody with an old key.
const USED: SignedDuration = SignedDuration::from_hours(24);
/// How soon after one attempt another may follow, whatever tokens name: strangers must not be able to make us call the shop.
const BETWEEN: SignedDuration = SignedDuration::from_mins(1);

/// Keys that are read again when a token names one that is not among them, at most once a minute, and when they are old.
#[derive(Debug)]
pub(super) struct Keyring {
    place: Place,
    held: RwLock<Option<Held>>,
    /// When it was last tried; held while somebody reads, so that one at a time does.
    tried: tokio::sync::Mutex<Option<Timestamp>>,
}

#[derive(Debug)]
enum Place {
    Address { client: Client, url: Url },
    File(PathBuf),
}

#[derive(Debug, Clone)]
struct Held {
    keys: Arc<KeySet>,
    /// When they were read.
    at: Timestamp,
}

impl Keyring {
    /// Keys at an address. They are read when they are first needed: the shop need not be up before us.
    pub(super) fn at(url: &str, timeout: Duration) -> Result<Arc<Self>, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let client = Client::builder()
            .timeout(timeout)
            // A redirect leads to keys at an address that nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("madoguchi/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self::of(Place::Address { client, url }, None))
    }

    /// Keys in a file, which must be there and in order now.
    pub(super) fn in_file(path: &Path, now: Timestamp) -> Result<Arc<Self>, String> {
        let keys = KeySet::read(&keys::file(path)?).map_err(|problem| format!("{}: {problem}", path.display()))?;
        Ok(Self::of(Place::File(path.to_owned()), Some(Held { keys: Arc::new(keys), at: now })))
    }

    fn of(place: Place, held: Option<Held>) -> Arc<Self> {
        Arc::new(Self { place, held: RwLock::new(held), tried: tokio::sync::Mutex::new(None) })
    }

    /// The key that a token names.
    pub(super) async fn key(self: &Arc<Self>, kid: Option<&str>, now: Timestamp) -> Result<Key, SignInError> {
        let known = |held: &Held| held.keys.named(kid).cloned();
        if let Some(key) = self.held().filter(|held| held.younger(FRESH, now)).as_ref().and_then(known) {
            return Ok(key);
        }
        self.read_again(now).await;
        let held = self.held().filter(|held| held.younger(USED, now)).ok_or(SignInError::NoKeys)?;
        known(&held).ok_or(SignInError::Signature)
    }

    /// Whether there are keys.
    pub(super) async fn ready(self: &Arc<Self>, now: Timestamp) -> Result<(), SignInError> {
        self.read_again(now).await;
        self.held().filter(|held| held.younger(USED, now)).map(drop).ok_or(SignInError::NoKeys)
    }

    fn held(&self) -> Option<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys, unless that was tried just now. In a task of its own: whoever hangs up while we ask must not be able to end it, and
    /// leave the others without keys for a minute.
    async fn read_again(self: &Arc<Self>, now: Timestamp) {
        let keyring = Arc::clone(self);
        let _ = tokio::spawn(async move { keyring.read_once(now).await }).await;
    }

    /// One attempt, unless there was one just now. If it fails, those that are held stay.
    async fn read_once(&self, now: Timestamp) {
        let mut tried = self.tried.lock().await;
        if tried.is_some_and(|at| passed(at, now).is_some_and(|passed| passed < BETWEEN)) {
            return;
        }
        *tried = Some(now);
        match self.read().await.and_then(|bytes| KeySet::read(&bytes)) {
            Ok(keys) => {
                let held = Held { keys: Arc::new(keys), at: now };
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
            }
            Err(problem) => tracing::warn!(%problem, "the shop's keys could not be read; those known so far are used"),
        }
    }

    async fn read(&self) -> Result<Vec<u8>, String> {
        let (client, url) = match &self.place {
            Place::Address { client, url } => (client, url),
            Place::File(path) => return keys::file(path),
        };
        // An address may hold what is nobody's business in a log.
        let said = |error: reqwest::Error| error.without_url().to_string();
        let response = client.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
        let mut response = response.map_err(said)?;
        if response.status().is_redirection() {
            return Err("the address sends us elsewhere: configure the one it leads to".to_owned());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(said)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST {
                return Err(format!("more than {MOST} bytes, which are no keys"));
            }
        }
        Ok(bytes)
    }
}

impl Held {
    fn younger(&self, than: SignedDuration, now: Timestamp) -> bool {
        passed(self.at, now).is_some_and(|passed| passed < than)
    }
}

/// How long ago it was. `None` if it lies ahead: the clock was put back, and nothing can be said.
fn passed(at: Timestamp, now: Timestamp) -> Option<SignedDuration> {
    let passed = now.duration_since(at);
    (!passed.is_negative()).then_some(passed)
}
