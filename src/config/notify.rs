//! `[notify]`: who is told, and how.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::ConfigError;

section!(
    /// What leaves the house: mails and webhooks.
    Notify {
        resume_url: String,
        resume_days: u32,
        attempts: u32,
        backoff_seconds: u64,
        longest_backoff_seconds: u64,
        webhooks: Vec<Webhook>,
        mail: Mail,
    }
);
section!(
    /// The mail server, and what stands in the mails' heads.
    Mail {
        url: String,
        from: String,
        reply_to: String,
        user_env: String,
        password_env: String,
        inbound: bool,
        inbound_limit_bytes: usize,
        transcript: bool,
        id_host: String,
        ca_file: PathBuf,
        timeout_seconds: u64,
    }
);

/// Another system that is told what happens.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Names it in the outbox, to operators and in the log.
    pub name: String,
    /// Where to.
    pub url: String,
    /// The environment variable that holds what it is signed with.
    pub secret_env: String,
    /// What it is told of, such as `ticket_opened`; `*` at the end stands for anything, and empty for everything.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Whether it may lie in a private network, and be reached without TLS.
    #[serde(default)]
    pub allow_private: bool,
    /// How long one attempt may take.
    #[serde(default = "ten")]
    pub timeout_seconds: u64,
}

fn ten() -> u64 {
    10
}

impl Notify {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let invalid = |key, problem: &str| Err(ConfigError::Invalid { key, problem: problem.to_owned() });
        if self.attempts == 0 {
            return invalid("notify.attempts", "must be at least 1");
        }
        if self.backoff_seconds == 0 || self.longest_backoff_seconds < self.backoff_seconds {
            return invalid("notify.backoff_seconds", "must be at least 1 and at most notify.longest_backoff_seconds");
        }
        if !self.resume_url.is_empty()
            && let Err(problem) = web_address(&self.resume_url.replace("{token}", "token"))
        {
            return invalid("notify.resume_url", &problem);
        }
        if self.resume_days == 0 {
            return invalid("notify.resume_days", "must be at least 1");
        }
        self.mail.validate()?;
        for (at, hook) in self.webhooks.iter().enumerate() {
            let problem = if self.webhooks.iter().take(at).any(|other| other.name == hook.name) {
                "has the name of another one"
            } else if let Some(problem) = hook.problem() {
                problem
            } else {
                continue;
            };
            return invalid("notify.webhooks", &format!("number {} ({:?}) {problem}", at + 1, hook.name));
        }
        Ok(())
    }
}

impl Mail {
    fn validate(&self) -> Result<(), ConfigError> {
        let invalid = |key, problem: &str| Err(ConfigError::Invalid { key, problem: problem.to_owned() });
        if self.timeout_seconds == 0 {
            return invalid("notify.mail.timeout_seconds", "must be at least 1");
        }
        if self.inbound_limit_bytes < 1024 {
            return invalid("notify.mail.inbound_limit_bytes", "must be at least 1024");
        }
        if self.url.is_empty() {
            // Nothing is sent, so nobody could answer either.
            return match self.inbound {
                true => invalid("notify.mail.inbound", "without notify.mail.url no mail leaves that could be answered"),
                false => Ok(()),
            };
        }
        match Url::parse(&self.url) {
            Ok(url) if !matches!(url.scheme(), "smtp" | "smtps") => {
                return invalid("notify.mail.url", "must begin with smtp:// or smtps://");
            }
            Ok(url) if url.host_str().is_none_or(str::is_empty) => return invalid("notify.mail.url", "names no host"),
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                return invalid("notify.mail.url", "name the user and password by user_env and password_env instead");
            }
            Ok(_) => {}
            Err(problem) => return invalid("notify.mail.url", &problem.to_string()),
        }
        if self.from.is_empty() {
            return invalid("notify.mail.from", "must name who writes, e.g. \"Hinata Market <help@shop.example>\"");
        }
        if self.user_env.is_empty() != self.password_env.is_empty() {
            return invalid("notify.mail.password_env", "goes together with notify.mail.user_env");
        }
        Ok(())
    }
}

impl Webhook {
    /// What is wrong with it, to be read after its name.
    fn problem(&self) -> Option<&'static str> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(plain) {
            return Some("must have a name of letters, digits, `-`, `_` and `.`");
        }
        let Ok(url) = web_address(&self.url) else { return Some("must have a url that begins with https://") };
        if url.scheme() != "https" && !self.allow_private {
            return Some("must have a url that begins with https://, or allow_private = true");
        }
        if self.secret_env.is_empty() {
            return Some("must name the environment variable of its secret in secret_env");
        }
        if self.timeout_seconds == 0 {
            return Some("must have a timeout_seconds of at least 1");
        }
        None
    }
}

/// An address of the web, without a user's name in it.
pub(super) fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|problem| problem.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn wrong(change: impl FnOnce(&mut Notify)) -> String {
        let mut notify = Config::defaults().unwrap().notify;
        change(&mut notify);
        notify.validate().map_or_else(|error| error.to_string(), |()| String::new())
    }

    fn hook(name: &str, url: &str) -> Webhook {
        Webhook {
            name: name.to_owned(),
            url: url.to_owned(),
            secret_env: "SECRET".to_owned(),
            kinds: Vec::new(),
            allow_private: false,
            timeout_seconds: 10,
        }
    }

    #[test]
    fn by_default_nothing_leaves_the_house() {
        let notify = Config::defaults().unwrap().notify;
        assert!(notify.mail.url.is_empty() && notify.webhooks.is_empty() && !notify.mail.inbound);
    }

    #[test]
    fn mail_names_its_server_its_sender_and_no_password() {
        let with = |url: &str, from: &str| {
            wrong(|notify| {
                url.clone_into(&mut notify.mail.url);
                from.clone_into(&mut notify.mail.from);
            })
        };
        assert_eq!(with("smtps://mail.example", "help@shop.example"), "");
        for (url, from, word) in [
            ("mail.example", "a@b.example", "notify.mail.url"),
            ("https://mail.example", "a@b.example", "smtp://"),
            ("smtp://", "a@b.example", "notify.mail.url"),
            ("smtp://user:secret@mail.example", "a@b.example", "user_env"),
            ("smtps://mail.example", "", "notify.mail.from"),
        ] {
            let said = with(url, from);
            assert!(said.contains(word) && !said.contains("secret"), "{url}: {said}");
        }
        assert!(wrong(|notify| notify.mail.inbound = true).contains("notify.mail.inbound"));
    }

    #[test]
    fn a_webhook_is_named_once_and_encrypted() {
        let two = |first: Webhook, second: Webhook| wrong(|notify| notify.webhooks = vec![first, second]);
        let good = || hook("desk", "https://hooks.example/in?x=1");
        assert_eq!(two(good(), hook("other", "https://hooks.example/")), "");
        assert_eq!(two(good(), Webhook { allow_private: true, ..hook("inner", "http://10.0.0.1/") }), "");
        for (second, word) in [
            (good(), "another one"),
            (hook("a b", "https://hooks.example/"), "letters"),
            (hook("b", "http://hooks.example/"), "allow_private"),
            (hook("b", "https://user:pass@hooks.example/"), "https://"),
            (hook("b", "ftp://hooks.example/"), "https://"),
            (Webhook { secret_env: String::new(), ..hook("b", "https://hooks.example/") }, "secret_env"),
        ] {
            let said = two(good(), second);
            assert!(said.contains(word) && said.contains("number 2"), "{said}");
        }
    }

    #[test]
    fn patience_and_the_way_back_are_in_order() {
        assert!(wrong(|notify| notify.attempts = 0).contains("notify.attempts"));
        assert!(wrong(|notify| notify.longest_backoff_seconds = 1).contains("notify.backoff_seconds"));
        assert!(wrong(|notify| notify.resume_days = 0).contains("notify.resume_days"));
        assert!(wrong(|notify| notify.mail.inbound_limit_bytes = 0).contains("notify.mail.inbound_limit_bytes"));
        assert_eq!(wrong(|notify| notify.resume_url = "https://shop.example/help#resume={token}".to_owned()), "");
        assert!(wrong(|notify| notify.resume_url = "shop.example".to_owned()).contains("notify.resume_url"));
        assert!(wrong(|notify| notify.resume_url = "javascript:alert(1)".to_owned()).contains("http"));
    }
}
