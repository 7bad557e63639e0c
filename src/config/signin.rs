//! `[signin]`: the shop's own sign-in.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::ConfigError;

section!(
    /// Whose tokens are believed, and by which key.
    SignIn {
        issuer: String,
        audience: String,
        secret_env: String,
        public_key_file: PathBuf,
        jwks_url: String,
        jwks_file: PathBuf,
        timeout_seconds: u64,
        subject_claim: String,
        leeway_seconds: u32,
    }
);

/// The most that clocks may differ: a token that has expired is worth nothing to anybody after that.
const MOST_LEEWAY: u32 = 300;

impl SignIn {
    /// The keys of this section that name where the shop's key is.
    fn sources(&self) -> Vec<&'static str> {
        [
            ("secret_env", !self.secret_env.is_empty()),
            ("public_key_file", !self.public_key_file.as_os_str().is_empty()),
            ("jwks_url", !self.jwks_url.is_empty()),
            ("jwks_file", !self.jwks_file.as_os_str().is_empty()),
        ]
        .into_iter()
        .filter_map(|(key, is_set)| is_set.then_some(key))
        .collect()
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let invalid = |key, problem: &str| Err(ConfigError::Invalid { key, problem: problem.to_owned() });
        let sources = self.sources();
        if sources.len() > 1 {
            return invalid("signin", &format!("one key and not {}: set one of them", sources.join(" and ")));
        }
        if sources.is_empty() {
            return match self.issuer.is_empty() && self.audience.is_empty() {
                true => Ok(()),
                false => invalid("signin", "needs secret_env, public_key_file, jwks_url or jwks_file as well"),
            };
        }
        // Without both, a token that the shop signed for its newsletter would open a customer's conversations.
        if self.issuer.is_empty() {
            return invalid("signin.issuer", "must be what the shop writes as `iss`, e.g. \"https://shop.example\"");
        }
        if self.audience.is_empty() {
            return invalid("signin.audience", "must be what the shop writes as `aud` for us, e.g. \"madoguchi\"");
        }
        if self.subject_claim.is_empty() {
            return invalid("signin.subject_claim", "must name the claim with the customer's account, usually \"sub\"");
        }
        if self.leeway_seconds > MOST_LEEWAY {
            return invalid("signin.leeway_seconds", &format!("must be at most {MOST_LEEWAY}"));
        }
        if self.timeout_seconds == 0 {
            return invalid("signin.timeout_seconds", "must be at least 1");
        }
        if !self.jwks_url.is_empty()
            && let Err(problem) = trusted(&self.jwks_url)
        {
            return invalid("signin.jwks_url", &problem);
        }
        Ok(())
    }
}

/// Keys come by TLS, or from this machine: whoever could change them on the way could sign in as anybody.
fn trusted(address: &str) -> Result<(), String> {
    let url = Url::parse(address).map_err(|problem| problem.to_string())?;
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err("must begin with https:// (http:// only on this machine itself)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn with(change: impl FnOnce(&mut SignIn)) -> String {
        let mut signin = Config::defaults().unwrap().signin;
        (signin.issuer, signin.audience) = ("https://shop.example".to_owned(), "madoguchi".to_owned());
        change(&mut signin);
        signin.validate().map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn by_default_nobody_signs_in() {
        let signin = Config::defaults().unwrap().signin;
        assert!(signin.sources().is_empty() && signin.issuer.is_empty());
        assert!(signin.validate().is_ok());
    }

    #[test]
    fn one_key_for_one_issuer_and_one_audience() {
        assert_eq!(with(|it| it.secret_env = "SECRET".to_owned()), "");
        assert_eq!(with(|it| it.jwks_url = "https://shop.example/keys".to_owned()), "");
        assert_eq!(with(|it| it.jwks_url = "http://127.0.0.1:9/keys".to_owned()), "");
        for (said, word) in [
            (with(|_| {}), "jwks_url"),
            (with(|it| (it.secret_env, it.jwks_file) = ("S".to_owned(), "keys.json".into())), "one of them"),
            (with(|it| (it.secret_env, it.issuer) = ("S".to_owned(), String::new())), "signin.issuer"),
            (with(|it| (it.secret_env, it.audience) = ("S".to_owned(), String::new())), "signin.audience"),
            (with(|it| (it.secret_env, it.subject_claim) = ("S".to_owned(), String::new())), "subject_claim"),
            (with(|it| (it.secret_env, it.leeway_seconds) = ("S".to_owned(), 301)), "leeway_seconds"),
            (with(|it| (it.secret_env, it.timeout_seconds) = ("S".to_owned(), 0)), "timeout_seconds"),
            (with(|it| it.jwks_url = "http://shop.example/keys".to_owned()), "https://"),
            (with(|it| it.jwks_url = "http://localhost.evil.example/keys".to_owned()), "https://"),
            (with(|it| it.jwks_url = "keys".to_owned()), "signin.jwks_url"),
        ] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
}
