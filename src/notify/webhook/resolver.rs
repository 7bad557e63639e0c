//! Names to addresses: looked up once, checked, and connected to as they are, so that a name cannot mean one thing to the check and
//! another to the connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::public;

/// Who knows the addresses of names.
#[async_trait]
pub(super) trait Lookup: Send + Sync + std::fmt::Debug {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The machine's resolver.
#[derive(Debug)]
pub(super) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A name that leads nowhere a webhook may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} is in a private network, and the webhook does not have allow_private")]
pub(super) struct Refused {
    pub(super) host: String,
}

/// Gives a client the addresses that were checked; it sees no others.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) allow_private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let host = name.as_str();
            let found = this.lookup.addresses(host).await?;
            let nowhere = found.is_empty();
            // Only those: of a name with both, the private ones are for somebody else.
            let allowed = found.into_iter().filter(|ip| this.allow_private || public(*ip));
            let allowed: Vec<SocketAddr> = allowed.map(|ip| SocketAddr::new(ip, 0)).collect();
            if nowhere {
                return Err(std::io::Error::new(std::io::ErrorKind::NotFound, format!("{host} has no address")).into());
            }
            if allowed.is_empty() {
                return Err(Refused { host: host.to_owned() }.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
