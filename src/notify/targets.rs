//! The targets that are configured.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::mail::MailTarget;
use super::webhook::WebhookTarget;
use super::{Backoff, Target, TargetName};
use crate::clock::Clock;
use crate::config;

/// A part of `[notify]` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {key}: {problem}")]
pub struct NotifyError {
    /// Dotted name of the key.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// Everything that notices can be delivered to.
#[derive(Debug, Clone)]
pub struct Targets {
    mail: Option<Arc<MailTarget>>,
    webhooks: Vec<Arc<WebhookTarget>>,
    backoff: Backoff,
}

impl Targets {
    /// Prepares all that `config` names; connects to nothing yet. `secret` gives what an environment variable holds.
    ///
    /// # Errors
    /// Names the key at fault.
    pub fn open(
        config: &config::Notify,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotifyError> {
        let mail = match config.mail.url.as_str() {
            "" => None,
            _ => Some(Arc::new(MailTarget::open(config, secret, Arc::clone(&clock))?)),
        };
        let hook = |hook| Ok(Arc::new(WebhookTarget::open(hook, secret, Arc::clone(&clock))?));
        let webhooks = config.webhooks.iter().map(hook).collect::<Result<_, NotifyError>>()?;
        let backoff = Backoff {
            first: Duration::from_secs(config.backoff_seconds),
            longest: Duration::from_secs(config.longest_backoff_seconds),
            attempts: config.attempts,
        };
        Ok(Self { mail, webhooks, backoff })
    }

    /// The target of mails, if mail is configured. If not, notices for [`TargetName::mail`] wait.
    pub fn mail(&self) -> Option<TargetName> {
        self.mail.as_ref().map(|_| TargetName::mail())
    }

    /// The webhooks that want to be told of `kind`: one notice for each.
    pub fn webhooks(&self, kind: &str) -> Vec<TargetName> {
        self.webhooks.iter().filter(|hook| hook.wants(kind)).map(|hook| hook.name().clone()).collect()
    }

    /// The target of that name; `None` where it is not configured, or no longer: its notices wait.
    pub fn find(&self, name: &TargetName) -> Option<Arc<dyn Target>> {
        if [TargetName::mail(), TargetName::desk()].contains(name) {
            return self.mail.clone().map(|mail| mail as Arc<dyn Target>);
        }
        let found = self.webhooks.iter().find(|hook| hook.name() == name)?;
        Some(Arc::clone(found) as Arc<dyn Target>)
    }

    /// Everything that is configured.
    pub fn names(&self) -> Vec<TargetName> {
        let mail = self.mail.iter().flat_map(|_| [TargetName::mail(), TargetName::desk()]);
        mail.chain(self.webhooks.iter().map(|hook| hook.name().clone())).collect()
    }

    /// Whether mails to customers hold a link that wants a key of their conversation.
    pub fn want_keys(&self) -> bool {
        self.mail.as_ref().is_some_and(|mail| mail.wants_key())
    }

    /// How patiently notices are delivered.
    pub fn backoff(&self) -> Backoff {
        self.backoff
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::config::Config;

    fn targets(change: impl FnOnce(&mut config::Notify)) -> Result<Targets, NotifyError> {
        let mut notify = Config::defaults().unwrap().notify;
        change(&mut notify);
        let clock = FixedClock("2026-05-04T09:00:00Z".parse().unwrap());
        let secret = |variable: &str| (variable == "SET").then(|| "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
        Targets::open(&notify, &secret, Arc::new(clock))
    }

    fn hook(name: &str, kinds: &[&str]) -> config::Webhook {
        config::Webhook {
            name: name.to_owned(),
            url: "https://hooks.example/in".to_owned(),
            secret_env: "SET".to_owned(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            allow_private: false,
            timeout_seconds: 10,
        }
    }

    #[test]
    fn by_default_there_are_none() {
        let targets = targets(|_| {}).unwrap();
        assert_eq!((targets.mail(), targets.webhooks("ticket.opened")), (None, Vec::new()));
        assert!(targets.find(&TargetName::mail()).is_none());
        assert!(targets.names().is_empty() && !targets.want_keys());
        assert_eq!(targets.backoff().attempts, 16);
    }

    #[test]
    fn each_is_found_by_its_name_and_told_what_it_wants() {
        let targets = targets(|notify| {
            notify.mail.url = "smtp://localhost".to_owned();
            notify.mail.from = "help@shop.example".to_owned();
            notify.webhooks =
                vec![hook("all", &[]), hook("tickets", &["ticket.*"]), hook("one", &["promise.breached"])];
        });
        let targets = targets.unwrap();
        let told = |kind: &str| targets.webhooks(kind).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told("ticket.opened"), ["webhook:all", "webhook:tickets"]);
        assert_eq!(told("promise.breached"), ["webhook:all", "webhook:one"]);
        assert_eq!(told("ticketing"), ["webhook:all"]);
        let mail = targets.mail().unwrap();
        for name in [mail, TargetName::desk(), TargetName::webhook("one"), TargetName::kept("webhook:tickets")] {
            assert!(targets.find(&name).is_some(), "{name}");
        }
        let names = targets.names();
        assert_eq!(names.len(), 5, "{names:?}");
        assert!(names.iter().all(|name| targets.find(name).is_some()));
        assert!(!targets.want_keys(), "there is no way back to name");
        assert!(targets.find(&TargetName::webhook("gone")).is_none());
    }

    #[test]
    fn a_secret_that_is_not_there_is_named() {
        let unset = config::Webhook { secret_env: "UNSET".to_owned(), ..hook("desk", &[]) };
        let error = targets(|notify| notify.webhooks = vec![unset]).unwrap_err().to_string();
        assert!(error.contains("UNSET") && error.contains("\"desk\""), "{error}");
    }
}
