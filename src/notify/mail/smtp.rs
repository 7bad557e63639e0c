//! The mail server: how it is reached, and what its refusals mean.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

use crate::notify::Failure;

/// A connection for each mail: notices are few, and a connection that was kept is one that has been closed meanwhile.
pub(super) type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Codes by which a server refuses us and not the mail: somebody has to look at the configuration, and until then mails wait.
/// 530 and 538 want sign-in or encryption first, 534 and 535 do not take the password, 521 takes no mail at all.
const OURS: [u16; 5] = [521, 530, 534, 535, 538];
/// The longest reason that is kept.
const WHY_CHARS: usize = 300;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// Encrypted from the first byte.
    Wrapped,
    /// Encrypted before anything is said; a server that cannot is not told anything.
    StartTls,
    /// Not at all.
    None,
}

/// A mail server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    host: String,
    port: u16,
    protection: Protection,
    local: bool,
}

impl Server {
    /// Reads `smtp://HOST[:PORT][?tls=none|required]` or `smtps://HOST[:PORT]`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|problem| problem.to_string())?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err("names no host".to_owned());
        }
        let local = host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let (mut wanted, mut others) = (None, false);
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "tls" => wanted = Some(value.into_owned()),
                _ => others = true,
            }
        }
        let protection = match (url.scheme(), wanted.as_deref()) {
            ("smtps", None) => Protection::Wrapped,
            ("smtp", None) if local => Protection::None,
            ("smtp", Some("required") | None) => Protection::StartTls,
            ("smtp", Some("none")) => Protection::None,
            ("smtp", Some(_)) => return Err("there are ?tls=required and ?tls=none".to_owned()),
            ("smtps", Some(_)) => return Err("smtps:// is always encrypted: leave out ?tls=".to_owned()),
            _ => return Err("must begin with smtp:// or smtps://".to_owned()),
        };
        if others || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("has more than a host, a port and ?tls=".to_owned());
        }
        let usual = match protection {
            Protection::Wrapped => 465,
            Protection::StartTls => 587,
            Protection::None => 25,
        };
        Ok(Self { host, port: url.port().unwrap_or(usual), protection, local })
    }

    /// Whether what is said can be read on the way.
    pub(super) fn exposed(&self) -> bool {
        self.protection == Protection::None && !self.local
    }

    /// Prepares for sending; connects to nothing yet. `name` is what we call ourselves.
    pub(super) fn transport(
        &self,
        name: &str,
        credentials: Option<Credentials>,
        trusted: Option<Certificate>,
        timeout: Duration,
    ) -> Result<Transport, lettre::transport::smtp::Error> {
        let mut parameters = TlsParameters::builder(self.host.clone());
        if let Some(certificate) = trusted {
            parameters = parameters.add_root_certificate(certificate);
        }
        let tls = match self.protection {
            Protection::Wrapped => Tls::Wrapper(parameters.build()?),
            Protection::StartTls => Tls::Required(parameters.build()?),
            Protection::None => Tls::None,
        };
        let mut builder = Transport::builder_dangerous(self.host.as_str())
            .port(self.port)
            .tls(tls)
            .timeout(Some(timeout))
            .hello_name(ClientId::Domain(name.to_owned()));
        if let Some(credentials) = credentials {
            builder = builder.credentials(credentials);
        }
        Ok(builder.build())
    }
}

/// The certificates in a PEM file.
pub(super) fn certificates(file: &Path) -> Result<Certificate, String> {
    let pem = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    // What is no PEM at all reads as no certificate, and would only be noticed at the first mail.
    if !pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
        return Err(format!("{}: holds no certificate in PEM", file.display()));
    }
    Certificate::from_pem(&pem).map_err(|error| format!("{}: {error}", file.display()))
}

/// What a failed attempt means for the mail to `address`.
pub(super) fn sort(error: &lettre::transport::smtp::Error, address: &str) -> Failure {
    let why = concise(&error.to_string(), address);
    match error.status().map(u16::from) {
        Some(code) if error.is_permanent() && !OURS.contains(&code) => Failure::permanent(why),
        _ => Failure::passing(why),
    }
}

/// One line without the address, which servers like to repeat.
pub(super) fn concise(why: &str, address: &str) -> String {
    let why = why.replace(address, "<the recipient>").replace(&address.to_lowercase(), "<the recipient>");
    let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    why.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WHY_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers() {
        for (text, host, port, protection) in [
            ("smtps://mail.example", "mail.example", 465, Protection::Wrapped),
            ("smtps://mail.example:8465/", "mail.example", 8465, Protection::Wrapped),
            ("smtp://mail.example", "mail.example", 587, Protection::StartTls),
            ("smtp://mail.example:25?tls=required", "mail.example", 25, Protection::StartTls),
            ("smtp://localhost", "localhost", 25, Protection::None),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Protection::None),
            ("smtp://[::1]:1025", "::1", 1025, Protection::None),
            ("smtp://localhost:1025?tls=required", "localhost", 1025, Protection::StartTls),
            ("smtp://mailpit:1025?tls=none", "mailpit", 1025, Protection::None),
        ] {
            let server = Server::parse(text).unwrap();
            assert_eq!((server.host.as_str(), server.port, server.protection), (host, port, protection), "{text}");
        }
        assert!(Server::parse("smtp://mailpit:1025?tls=none").unwrap().exposed());
        assert!(!Server::parse("smtp://localhost").unwrap().exposed());
        for text in ["", "mail.example", "http://mail.example", "smtp://", "smtp://h?tls=maybe", "smtps://h?tls=none"] {
            assert!(Server::parse(text).is_err(), "{text}");
        }
        for text in ["smtp://h/path", "smtp://h?timeout=3", "smtp://h#x"] {
            assert!(Server::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reason_is_one_line_without_the_address() {
        let said = "permanent error (550): <Hanako@customer.example>\r\n unknown: hanako@customer.example";
        let why = concise(said, "Hanako@customer.example");
        assert_eq!(why, "permanent error (550): <<the recipient>> unknown: <the recipient>");
        assert_eq!(concise(&"x".repeat(1000), "a@b.example").chars().count(), WHY_CHARS);
    }
}
