//! Mail, by a real server of mail: what leaves arrives, what is refused is told apart, and what is answered comes home.

mod told;

use std::sync::Arc;

use base64::Engine as _;
use jiff::Timestamp;
use madoguchi::clock::FixedClock;
use madoguchi::config::{self, Config};
use madoguchi::conversation::ConversationId;
use madoguchi::handoff::{Reference, TicketId};
use madoguchi::language::Lang;
use madoguchi::notify::mail::{Letter, LetterBody, Source, Speaker, TranscriptLine};
use madoguchi::notify::{Failure, Notice, NoticeId, TargetName, Targets, inbound};
use mail_parser::{Message, MessageParser};
use uuid::Uuid;

use crate::processes::{Process, need, python};

const AUTHORITY: &str = "tests/fixtures/mail/tls/authority.pem";
const CERTIFICATE: &str = "tests/fixtures/mail/tls/server.pem";

/// A running server.
pub(super) struct Server {
    process: Process,
    pub(super) port: String,
}

/// A mail that it has taken.
pub(super) struct Taken {
    from: String,
    pub(super) to: Vec<String>,
    encrypted: bool,
    pub(super) raw: Vec<u8>,
}

impl Server {
    pub(super) fn start(arguments: &[&str]) -> Result<Self, String> {
        let process = python("aiosmtpd", "tests/it/smtp.py", arguments)?;
        let port = process.line().strip_prefix("ready ").unwrap().to_owned();
        Ok(Self { process, port })
    }

    pub(super) fn taken(&self) -> Taken {
        let mail: serde_json::Value = serde_json::from_str(&self.process.line()).unwrap();
        Taken {
            from: mail["from"].as_str().unwrap().to_owned(),
            to: serde_json::from_value(mail["to"].clone()).unwrap(),
            encrypted: mail["encrypted"].as_bool().unwrap(),
            raw: base64::engine::general_purpose::STANDARD.decode(mail["data"].as_str().unwrap()).unwrap(),
        }
    }
}

fn targets(url: String, change: impl FnOnce(&mut config::Notify)) -> Targets {
    let mut notify = Config::defaults().unwrap().notify;
    notify.resume_url = "https://shop.example/help#resume={token}".to_owned();
    notify.mail.url = url;
    notify.mail.from = "日向マーケット <help@shop.example>".to_owned();
    // What comes of a mail is told by the server, and not by how busy this machine is.
    notify.mail.timeout_seconds = 120;
    change(&mut notify);
    let clock = FixedClock("2026-05-04T09:00:00Z".parse().unwrap());
    let secret = |variable: &str| match variable {
        "MAIL_USER" => Some("desk".into()),
        "MAIL_PASSWORD" => Some("right".into()),
        "WRONG_PASSWORD" => Some("wrong".into()),
        _ => None,
    };
    Targets::open(&notify, &secret, Arc::new(clock)).unwrap()
}

async fn deliver(targets: &Targets, notice: &Notice) -> Result<(), Failure> {
    targets.find(&targets.mail().unwrap()).unwrap().deliver(notice).await
}

fn letter(to: &str, language: &Lang, body: LetterBody) -> Letter {
    Letter {
        to: to.to_owned(),
        to_name: Some("山田 花子".to_owned()),
        language: language.clone(),
        reference: Reference::quoted("MG-7KQ4-XDWN").pop(),
        resume: Some("key-of-the-conversation".to_owned()),
        body,
    }
}

fn notice(nth: u128, letter: &Letter) -> Notice {
    Notice {
        id: NoticeId(Uuid::from_u128(nth)),
        at: Timestamp::UNIX_EPOCH,
        conversation: Some(ConversationId(Uuid::from_u128(100))),
        ticket: Some(TicketId(Uuid::from_u128(200))),
        target: TargetName::mail(),
        kind: letter.kind().to_owned(),
        payload: letter.payload(),
        attempts: 0,
    }
}

fn acknowledgement(to: &str) -> Letter {
    let words = "担当者がお調べします。\n\nどのようにお困りかは、承りました。".to_owned();
    let body = LetterBody::Acknowledgement {
        words,
        desk: Some("返品デスク".to_owned()),
        promised: Some("5月5日 12:00".to_owned()),
    };
    letter(to, &Lang::JA, body)
}

/// A letter of each kind, and something that it must say.
fn bodies() -> Vec<(LetterBody, &'static str)> {
    let text = |text: &str| Some(text.to_owned());
    let (words, desk) = ("申し訳ございません。\n\n調べております。".to_owned(), text("返品デスク"));
    let (before, promised) = (text("5月4日 18:00"), text("5月5日 12:00"));
    let line = TranscriptLine {
        who: Speaker::Customer,
        name: None,
        at: "5月4日 10:00".to_owned(),
        text: "箱 <b>青</b>".to_owned(),
        sources: vec![Source {
            title: "送料 <b>青</b>".to_owned(),
            url: Some("https://help.example/a?b=1&c=2".to_owned()),
        }],
    };
    vec![
        (
            LetterBody::Acknowledgement { words: words.clone(), desk: desk.clone(), promised: promised.clone() },
            "5月5日 12:00",
        ),
        (
            LetterBody::Renegotiated {
                words: words.clone(),
                desk: desk.clone(),
                before: before.clone(),
                promised: promised.clone(),
            },
            "5月4日 18:00",
        ),
        (LetterBody::Breached { words: words.clone(), desk: desk.clone(), before, promised }, "申し訳"),
        (LetterBody::OperatorReply { words, desk, operator: text("佐藤") }, "佐藤"),
        (LetterBody::Transcript { lines: vec![line], deleted_on: None }, "<b>青</b>"),
        (LetterBody::VerifyAddress { code: "483920".to_owned(), minutes: 30 }, "483920"),
    ]
}

pub(super) fn parsed(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).unwrap()
}

#[tokio::test]
async fn what_leaves_arrives_as_html_and_as_text() {
    let server = need!(Server::start(&[]));
    let targets = targets(format!("smtp://127.0.0.1:{}", server.port), |_| {});
    for language in [Lang::JA, Lang::EN, Lang::new("de")] {
        for (nth, (body, said)) in (1..).zip(bodies()) {
            let letter = letter("hanako@customer.example", &language, body);
            deliver(&targets, &notice(nth, &letter)).await.unwrap();
            let taken = server.taken();
            assert_eq!(
                (taken.from.as_str(), taken.to),
                ("help@shop.example", vec!["hanako@customer.example".to_owned()])
            );
            let mail = parsed(&taken.raw);
            let text = mail.body_text(0).unwrap();
            assert!(mail.subject().unwrap().starts_with("[MG-7KQ4-XDWN] "), "{:?}", mail.subject());
            assert!(text.contains(said), "{text}");
            assert_eq!(mail.html_body_count(), 1);
            assert!(!mail.body_html(0).unwrap().contains("<b>青"), "what a customer wrote is no HTML");
            assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("日向マーケット"));
            assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-05-04T09:00:00Z");
            let proven = letter.kind() != "verify_address";
            assert_eq!(text.contains("https://shop.example/help#resume=key-of-the-conversation"), proven, "{text}");
        }
    }
}

#[tokio::test]
async fn an_answer_comes_home() {
    let server = need!(Server::start(&[]));
    let targets = targets(format!("smtp://127.0.0.1:{}", server.port), |notify| {
        notify.mail.inbound = true;
        notify.mail.reply_to = "answers@shop.example".to_owned();
    });
    let first = notice(1, &acknowledgement("hanako@customer.example"));
    deliver(&targets, &first).await.unwrap();
    deliver(&targets, &first).await.unwrap();
    let (once, again) = (server.taken().raw, server.taken().raw);
    assert_eq!(once, again, "a second attempt is the same mail");
    let mail = parsed(&once);
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("answers@shop.example"));
    // As a mailer makes it: the text quoted below, its id among those that are answered.
    let quoted: String = mail.body_text(0).unwrap().lines().map(|line| format!("> {line}\r\n")).collect();
    let answer = format!(
        "From: Hanako <hanako@customer.example>\r\nTo: answers@shop.example\r\nSubject: Re: {}\r\nMessage-ID: <1@customer.example>\r\n\
         In-Reply-To: <{id}>\r\nReferences: <{id}>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         箱は青です。\r\n\r\n2026年5月4日(月) 18:00 日向マーケット <help@shop.example>:\r\n{quoted}",
        "MG-7KQ4-XDWN",
        id = mail.message_id().unwrap(),
    );
    let answer = inbound::read(answer.as_bytes()).unwrap();
    assert_eq!(answer.nature, inbound::Nature::Person);
    assert_eq!((answer.text.as_str(), answer.from.as_deref()), ("箱は青です。", Some("hanako@customer.example")));
    assert_eq!((answer.notices, answer.tickets), (vec![first.id], vec![first.ticket.unwrap()]));
    assert_eq!(inbound::read(&once).unwrap().nature, inbound::Nature::Own, "a mail of ours that comes back");
}

#[tokio::test]
async fn refusals_for_good_and_for_now() {
    let server = need!(Server::start(&[]));
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let targets = targets(url.clone(), |_| {});
    let to = |to: &str| notice(1, &acknowledgement(to));
    let unknown = deliver(&targets, &to("unknown@customer.example")).await.unwrap_err();
    assert!(
        matches!(&unknown, Failure::Permanent { why } if why.contains("550") && !why.contains("customer.example")),
        "{unknown}"
    );
    let full = deliver(&targets, &to("full@customer.example")).await.unwrap_err();
    assert!(matches!(&full, Failure::Passing { why, .. } if why.contains("452")), "{full}");
    let hasty = self::targets(url.clone(), |notify| notify.mail.timeout_seconds = 2);
    let slow = deliver(&hasty, &to("slow@customer.example")).await.unwrap_err();
    assert!(matches!(slow, Failure::Passing { .. }), "{slow}");
    deliver(&targets, &to("hanako@customer.example")).await.unwrap();
    assert_eq!(server.taken().to, ["hanako@customer.example"]);
    drop(server);
    let gone = deliver(&self::targets(url, |_| {}), &to("hanako@customer.example")).await.unwrap_err();
    assert!(matches!(gone, Failure::Passing { .. }), "{gone}");
}

#[tokio::test]
async fn encryption_and_sign_in() {
    let trusting = |notify: &mut config::Notify| {
        notify.mail.ca_file = AUTHORITY.into();
        notify.mail.user_env = "MAIL_USER".to_owned();
        notify.mail.password_env = "MAIL_PASSWORD".to_owned();
    };
    let mail = notice(1, &acknowledgement("hanako@customer.example"));
    for (arguments, url) in [
        (&["--tls", CERTIFICATE, "--password", "right"][..], "smtp://localhost:{port}?tls=required"),
        (&["--tls", CERTIFICATE, "--wrapped", "--password", "right"], "smtps://localhost:{port}"),
    ] {
        let server = need!(Server::start(arguments));
        let url = url.replace("{port}", &server.port);
        deliver(&targets(url.clone(), trusting), &mail).await.unwrap();
        let taken = server.taken();
        assert!(taken.encrypted, "{url}");
        let wrong = targets(url.clone(), |notify| {
            trusting(notify);
            notify.mail.password_env = "WRONG_PASSWORD".to_owned();
        });
        let failure = deliver(&wrong, &mail).await.unwrap_err();
        let looked_at = matches!(&failure, Failure::Passing { why, .. } if why.contains("535"));
        assert!(looked_at, "somebody has to look at the password: {failure}");
        // Nobody vouches for its certificate.
        let stranger = targets(url.clone(), |notify| {
            trusting(notify);
            notify.mail.ca_file = "".into();
        });
        let failure = deliver(&stranger, &mail).await.unwrap_err();
        assert!(matches!(&failure, Failure::Passing { why, .. } if why.contains("certificate")), "{failure}");
    }
}

#[tokio::test]
async fn what_shall_be_encrypted_is_never_sent_otherwise() {
    let server = need!(Server::start(&[]));
    let mail = |nth| notice(nth, &acknowledgement("hanako@customer.example"));
    for url in ["smtp://localhost:{port}?tls=required", "smtps://localhost:{port}"] {
        let targets = targets(url.replace("{port}", &server.port), |notify| notify.mail.timeout_seconds = 2);
        let failure = deliver(&targets, &mail(1)).await.unwrap_err();
        assert!(matches!(failure, Failure::Passing { .. }), "{failure}");
    }
    deliver(&targets(format!("smtp://127.0.0.1:{}", server.port), |_| {}), &mail(2)).await.unwrap();
    let taken = server.taken();
    let first = format!("n-{}", Uuid::from_u128(2));
    assert!(
        parsed(&taken.raw).message_id().unwrap().starts_with(&first) && !taken.encrypted,
        "the first mail that arrived"
    );
}
