//! A running service, by its HTTP API.

use std::time::Duration;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::{Assistant, Opening, Session, Wanted};
use crate::answer::{Citation, Reply};

/// Most passages a service gives.
const SEARCH_LIMIT: usize = 150;
/// How long one request may take: a turn with a slow model, and a little.
const PATIENCE: Duration = Duration::from_secs(120);

/// An assistant elsewhere.
#[derive(Debug, Clone)]
pub struct Remote {
    client: Client,
    base: Url,
    key: Option<SecretString>,
}

impl Remote {
    /// Of a service at `base`. With `key` its articles for other audiences are read too.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn new(base: &str, key: Option<SecretString>) -> anyhow::Result<Self> {
        let mut base = Url::parse(base).with_context(|| format!("--url: {base:?} is no address"))?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            bail!("--url: {base} is no address of a service; http://127.0.0.1:8080 is one");
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { client: Client::builder().timeout(PATIENCE).build()?, base, key })
    }

    fn at(&self, path: &str) -> anyhow::Result<Url> {
        Ok(self.base.join(path)?)
    }

    fn with_key(&self, request: RequestBuilder, needed: bool) -> anyhow::Result<RequestBuilder> {
        match &self.key {
            Some(key) if needed => Ok(request.bearer_auth(key.expose_secret())),
            None if needed => bail!("this case is asked by somebody who is not a customer: give a key with --key-env"),
            _ => Ok(request),
        }
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let response = request.send().await.with_context(|| format!("{} does not answer", self.base))?;
        let status = response.status();
        let body = response.text().await?;
        if !status.is_success() {
            let start: String = body.chars().take(300).collect();
            bail!("{} says {status}: {start}", self.base);
        }
        serde_json::from_str(&body).with_context(|| format!("{} is no madoguchi, or of another version", self.base))
    }
}

#[derive(Deserialize)]
struct Opened {
    id: String,
    token: String,
}

#[derive(Deserialize)]
struct Said {
    reply: Option<Reply>,
}

#[derive(Deserialize)]
struct Found {
    hits: Vec<Citation>,
}

#[async_trait]
impl Assistant for Remote {
    fn about(&self) -> serde_json::Value {
        json!({ "service": self.base.as_str() })
    }

    async fn open(&self, opening: &Opening) -> anyhow::Result<Box<dyn Session>> {
        if opening.within.is_some() {
            bail!("a running service answers from all of its articles: leave out --url");
        }
        let request = self.client.post(self.at("v1/conversations")?).json(&json!({ "locale": opening.locale }));
        let opened: Opened = self.send(self.with_key(request, !opening.audiences.is_empty())?).await?;
        let say = self.at(&format!("v1/conversations/{}/messages", opened.id))?;
        Ok(Box::new(RemoteSession { service: self.clone(), say, token: opened.token.into() }))
    }

    async fn search(&self, wanted: &Wanted) -> anyhow::Result<Vec<Citation>> {
        let limit = SEARCH_LIMIT.to_string();
        let mut query = vec![("q", wanted.text.as_str()), ("limit", limit.as_str())];
        query.extend(wanted.lang.as_ref().map(|lang| ("lang", lang.as_str())));
        let mut address = self.at("v1/search")?;
        address.query_pairs_mut().extend_pairs(query);
        let request = self.with_key(self.client.get(address), !wanted.audiences.is_empty())?;
        Ok(self.send::<Found>(request).await?.hits)
    }
}

struct RemoteSession {
    service: Remote,
    say: Url,
    token: SecretString,
}

#[async_trait]
impl Session for RemoteSession {
    async fn say(&mut self, text: &str) -> anyhow::Result<Option<Reply>> {
        let request = self.service.client.post(self.say.clone()).bearer_auth(self.token.expose_secret());
        let said: Said = self.service.send(request.json(&json!({ "text": text }))).await?;
        Ok(said.reply)
    }
}
