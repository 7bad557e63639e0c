//! Mail to customers, by SMTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::AsyncTransport as _;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{Failure, Notice, NotifyError, Target};
use crate::clock::Clock;
use crate::config;

mod letter;
mod message;
mod smtp;
mod templates;
pub(super) mod thread;

pub use letter::{Letter, LetterBody, Source, Speaker, TranscriptLine};

use message::{Sender, message};
use smtp::{Server, Transport};
use templates::{Templates, Ways};

/// What stands for the key of a conversation in `notify.resume_url`.
const KEY: &str = "{token}";

/// The customers' mailboxes, and the desks'.
#[derive(Debug)]
pub struct MailTarget {
    transport: Transport,
    sender: Sender,
    templates: Templates,
    /// Whether answers come back to this service.
    answerable: bool,
    resume_url: String,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl MailTarget {
    /// Prepares for sending by the server that `config` names; connects to nothing yet. `secret` gives what an environment variable
    /// holds.
    ///
    /// # Errors
    /// When an address, a variable or the certificate file is not in order; names the key.
    pub(super) fn open(
        config: &config::Notify,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotifyError> {
        let mail = &config.mail;
        let invalid = |key, problem: String| NotifyError { key, problem };
        let mailbox = |key, text: &str| {
            text.parse::<Mailbox>()
                .map_err(|_| invalid(key, format!("{text:?} is no address such as \"Shop <help@shop.example>\"")))
        };
        let from = mailbox("notify.mail.from", &mail.from)?;
        let reply_to = match mail.reply_to.as_str() {
            "" => None,
            reply_to => Some(mailbox("notify.mail.reply_to", reply_to)?),
        };
        let host = match mail.id_host.as_str() {
            "" => from.email.domain(),
            host => host,
        };
        if url::Host::parse(host).is_err() || !host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        {
            return Err(invalid("notify.mail.id_host", format!("{host:?} is no host's name")));
        }
        let server = Server::parse(&mail.url).map_err(|problem| invalid("notify.mail.url", problem))?;
        let credentials = credentials(mail, secret)?;
        if credentials.is_some() && server.exposed() {
            let problem = "a password would travel unencrypted: leave out ?tls=none".to_owned();
            return Err(invalid("notify.mail.url", problem));
        }
        let trusted = match mail.ca_file.as_os_str().is_empty() {
            true => None,
            false => {
                Some(smtp::certificates(&mail.ca_file).map_err(|problem| invalid("notify.mail.ca_file", problem))?)
            }
        };
        let timeout = Duration::from_secs(mail.timeout_seconds);
        let transport = server.transport(host, credentials, trusted, timeout);
        Ok(Self {
            transport: transport.map_err(|error| invalid("notify.mail.url", error.to_string()))?,
            sender: Sender { host: host.to_owned(), from, reply_to },
            templates: Templates::new().map_err(|error| invalid("notify.mail", format!("{error:#}")))?,
            answerable: mail.inbound,
            resume_url: config.resume_url.clone(),
            timeout,
            clock,
        })
    }

    /// Whether the way back wants a key of the conversation.
    pub(super) fn wants_key(&self) -> bool {
        self.resume_url.contains(KEY)
    }

    /// Where the customer goes on: nowhere without an address, or without the key that it asks for.
    fn link(&self, resume: Option<&str>) -> Option<String> {
        let address = match (self.wants_key(), resume) {
            (_, _) if self.resume_url.is_empty() => return None,
            (false, _) => self.resume_url.clone(),
            (true, None) => return None,
            (true, Some(token)) => {
                let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
                self.resume_url.replace(KEY, &token)
            }
        };
        Url::parse(&address).ok().map(String::from)
    }
}

/// What the server is shown, where it asks.
fn credentials(
    mail: &config::Mail,
    secret: &dyn Fn(&str) -> Option<SecretString>,
) -> Result<Option<Credentials>, NotifyError> {
    if mail.user_env.is_empty() {
        return Ok(None);
    }
    let held = |key, variable: &str| {
        let problem = format!("the environment variable {variable} is not set");
        secret(variable).ok_or(NotifyError { key, problem })
    };
    let user = held("notify.mail.user_env", &mail.user_env)?;
    let password = held("notify.mail.password_env", &mail.password_env)?;
    Ok(Some(Credentials::new(user.expose_secret().to_owned(), password.expose_secret().to_owned())))
}

#[async_trait]
impl Target for MailTarget {
    async fn deliver(&self, notice: &Notice) -> Result<(), Failure> {
        // What is wrong with it is not told: the error would quote it.
        let letter: Letter = serde_json::from_value(notice.payload.clone())
            .map_err(|_| Failure::permanent(format!("what there is to tell is no letter of kind {:?}", notice.kind)))?;
        let link = self.link(letter.resume.as_deref());
        let ways = Ways { answerable: self.answerable, link: link.as_deref() };
        let words = self.templates.render(&letter, ways);
        let words = words.map_err(|error| Failure::permanent(format!("the template: {error}")))?;
        let mail = message(&self.sender, notice, &letter, words, self.clock.now())?;
        match tokio::time::timeout(self.timeout, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(smtp::sort(&error, &letter.to)),
            Err(_) => Err(Failure::passing(format!("the mail server took more than {} s", self.timeout.as_secs()))),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::config::Config;
    use crate::conversation::ConversationId;
    use crate::handoff::TicketId;
    use crate::notify::{NoticeId, TargetName};
    use uuid::Uuid;

    /// The notice of the `nth` kind of letter.
    pub(in crate::notify) fn notice(language: &str, nth: usize) -> Notice {
        let letter = letter::tests::letters(language).swap_remove(nth);
        Notice {
            id: NoticeId(Uuid::from_u128(0x0190_f3a0_0000_7000_8000_0000_0000_0001)),
            at: "2026-05-04T09:00:00Z".parse().unwrap(),
            conversation: Some(ConversationId(Uuid::from_u128(0x0190_f3a0_0000_7000_8000_0000_0000_0002))),
            ticket: Some(TicketId(Uuid::from_u128(0x0190_f3a0_0000_7000_8000_0000_0000_0003))),
            target: TargetName::mail(),
            kind: letter.kind().to_owned(),
            payload: letter.payload(),
            attempts: 0,
        }
    }

    fn configured(change: impl FnOnce(&mut config::Notify)) -> Result<MailTarget, NotifyError> {
        let mut notify = Config::defaults().unwrap().notify;
        notify.mail.url = "smtps://mail.example".to_owned();
        notify.mail.from = "Hinata Market <help@shop.example>".to_owned();
        change(&mut notify);
        let clock = FixedClock("2026-05-04T09:00:00Z".parse().unwrap());
        MailTarget::open(&notify, &|variable| (variable == "SET").then(|| "held".into()), Arc::new(clock))
    }

    fn wrong(change: impl FnOnce(&mut config::Notify)) -> String {
        configured(change).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_is_not_in_order_is_named() {
        assert_eq!(wrong(|_| {}), "");
        assert!(wrong(|notify| notify.mail.from = "help".to_owned()).contains("notify.mail.from"));
        assert!(wrong(|notify| notify.mail.reply_to = "a, b".to_owned()).contains("notify.mail.reply_to"));
        assert!(wrong(|notify| notify.mail.id_host = "a b".to_owned()).contains("notify.mail.id_host"));
        assert!(wrong(|notify| notify.mail.url = "smtp://h?tls=maybe".to_owned()).contains("notify.mail.url"));
        assert!(wrong(|notify| notify.mail.ca_file = "/nowhere.pem".into()).contains("notify.mail.ca_file"));
        assert!(wrong(|notify| notify.mail.ca_file = "Cargo.toml".into()).contains("no certificate"));
        let user = |user: &str, password: &str, url: &str| {
            wrong(|notify| {
                notify.mail.user_env = user.to_owned();
                notify.mail.password_env = password.to_owned();
                notify.mail.url = url.to_owned();
            })
        };
        assert_eq!(user("SET", "SET", "smtp://mail.example"), "");
        assert!(user("UNSET", "SET", "smtp://mail.example").contains("UNSET"));
        assert!(user("SET", "UNSET", "smtp://mail.example").contains("notify.mail.password_env"));
        assert!(user("SET", "SET", "smtp://mail.example?tls=none").contains("unencrypted"));
    }

    #[test]
    fn the_way_back_needs_its_key() {
        let link = |url: &str, resume| configured(|notify| notify.resume_url = url.to_owned()).unwrap().link(resume);
        let with = "https://shop.example/help#resume={token}";
        assert_eq!(link(with, Some("a/b&c")).as_deref(), Some("https://shop.example/help#resume=a%2Fb%26c"));
        assert_eq!(link(with, None), None);
        assert_eq!(link("https://shop.example/help", None).as_deref(), Some("https://shop.example/help"));
        assert_eq!(link("", Some("a")), None);
    }

    #[tokio::test]
    async fn what_is_no_letter_is_refused_without_quoting_it() {
        let target = configured(|_| {}).unwrap();
        let payload = serde_json::json!({"kind": "acknowledgement", "words": ["秘密"], "to": 3});
        let failure = target.deliver(&Notice { payload, ..notice("ja", 0) }).await.unwrap_err();
        assert!(matches!(&failure, Failure::Permanent { why } if !why.contains("秘密")), "{failure}");
    }
}
