//! The mail as it travels: head, and two alternatives of the body.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, MultiPartKind, SinglePart};

use super::letter::Letter;
use super::templates::Words;
use super::thread::Thread;
use crate::notify::{Failure, Notice};

/// The longest subject and the longest name, in characters.
const SUBJECT_CHARS: usize = 150;
const NAME_CHARS: usize = 80;

/// Who writes.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) from: Mailbox,
    pub(super) reply_to: Option<Mailbox>,
    /// Behind the @ of ids.
    pub(super) host: String,
}

/// The mail that delivers `notice`: the same bytes at every attempt but for its date.
pub(super) fn message(
    sender: &Sender,
    notice: &Notice,
    letter: &Letter,
    words: Words,
    now: Timestamp,
) -> Result<Message, Failure> {
    let address = letter.to.parse().map_err(|_| Failure::permanent("the address of the customer is none"))?;
    let name = letter.to_name.as_deref().map(|name| line(name, NAME_CHARS)).filter(|name| !name.is_empty());
    let reference = letter.reference.as_ref().map(|reference| format!("[{reference}] ")).unwrap_or_default();
    let thread = Thread::of(notice, &sender.host);
    let mut builder = Message::builder()
        .from(sender.from.clone())
        .to(Mailbox::new(name, address))
        .subject(line(&format!("{reference}{}", words.subject), SUBJECT_CHARS))
        .date(SystemTime::from(now))
        .message_id(Some(thread.message_id))
        .raw_header(header("Content-Language", if letter.language.as_str() == "ja" { "ja" } else { "en" }));
    if let Some(reply_to) = &sender.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    if let Some(root) = thread.root.filter(|_| letter.confidential()) {
        builder = builder.in_reply_to(root.clone()).references(root);
    }
    if !letter.personal() {
        // So that out-of-office notes do not answer a machine. RFC 3834, and what Exchange wants to be told.
        builder = builder
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
    }
    // Not one made up for each attempt.
    let boundary = format!("madoguchi-{}", notice.id);
    let alternatives = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary)
        .singlepart(SinglePart::plain(words.text))
        .singlepart(SinglePart::html(words.html));
    builder
        .multipart(alternatives)
        .map_err(|error| Failure::permanent(format!("the mail cannot be put together: {error}")))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Text for one line of the head: what would end the line, or is not to be seen at all, is a blank.
fn line(text: &str, chars: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let text: String = text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::Reference;
    use crate::notify::mail::letter::tests::letters;
    use crate::notify::mail::tests::notice;
    use mail_parser::{HeaderName as Parsed, MessageParser};
    use proptest::prelude::*;

    fn sender() -> Sender {
        Sender {
            from: "Hinata Market <help@shop.example>".parse().unwrap(),
            reply_to: Some("answers@shop.example".parse().unwrap()),
            host: "shop.example".to_owned(),
        }
    }

    fn words() -> Words {
        Words { subject: "お返事".to_owned(), text: "はい\n".to_owned(), html: "<p>はい</p>".to_owned() }
    }

    fn sent(letter: &Letter, words: Words) -> Vec<u8> {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        message(&sender(), &notice("ja", 0), letter, words, now).unwrap().formatted()
    }

    fn names(raw: &[u8]) -> Vec<String> {
        let message = MessageParser::default().parse(raw).unwrap();
        message.headers().iter().map(|header| header.name().to_owned()).collect()
    }

    #[test]
    fn the_same_mail_at_every_attempt() {
        let letter = &letters("ja")[0];
        assert_eq!(sent(letter, words()), sent(letter, words()));
        insta::assert_snapshot!(String::from_utf8(sent(letter, words())).unwrap().replace("\r\n", "\n"));
    }

    #[test]
    fn a_person_may_be_answered_by_machines_and_a_machine_not() {
        for letter in letters("en") {
            let automatic = names(&sent(&letter, words())).contains(&"Auto-Submitted".to_owned());
            assert_eq!(automatic, letter.kind() != "operator_reply", "{}", letter.kind());
        }
    }

    #[test]
    fn an_unproven_address_learns_no_thread() {
        let letter = letters("ja").pop().unwrap();
        let all = names(&sent(&letter, words()));
        assert!(!all.contains(&"References".to_owned()) && !all.contains(&"In-Reply-To".to_owned()), "{all:?}");
    }

    #[test]
    fn nobody_adds_a_header() {
        let honest = names(&sent(&letters("ja")[0], words()));
        for evil in [
            "x\r\nBcc: thief@evil.example",
            "x\nBcc: thief@evil.example",
            "x\rBcc: thief@evil.example",
            "x\u{2028}Bcc: thief@evil.example",
            "x\r\n\r\n<h1>body</h1>",
            "x\u{85}Bcc: thief@evil.example\0",
            "\" <thief@evil.example>, \"x",
            "=?utf-8?q?x=0D=0ABcc:_thief@evil.example?=",
        ] {
            let letter = Letter {
                to_name: Some(evil.to_owned()),
                reference: Some(Reference::kept(evil)),
                ..letters("ja").swap_remove(0)
            };
            let raw = sent(&letter, Words { subject: evil.to_owned(), ..words() });
            assert_eq!(names(&raw), honest, "{evil:?}");
            let message = MessageParser::default().parse(&raw).unwrap();
            let to = message.to().unwrap();
            assert_eq!(
                to.iter().filter_map(|to| to.address()).collect::<Vec<_>>(),
                ["hanako@customer.example"],
                "{evil:?}"
            );
            assert!(message.bcc().is_none());
            assert_eq!(message.body_text(0).unwrap().trim(), "はい", "{evil:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_for_good() {
        let now: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
        for to in [
            "",
            "hanako",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
            "<a@b.example>",
            "a b@c.example",
        ] {
            let letter = Letter { to: to.to_owned(), ..letters("ja").swap_remove(0) };
            let failure = message(&sender(), &notice("ja", 0), &letter, words(), now).unwrap_err();
            assert!(matches!(failure, Failure::Permanent { .. }), "{to}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_name_or_subject_stays_there(name: String, subject: String) {
            let honest = names(&sent(&letters("ja")[0], words()));
            let letter = Letter { to_name: Some(format!("山{name}")), ..letters("ja").swap_remove(0) };
            let raw = sent(&letter, Words { subject, ..words() });
            prop_assert_eq!(names(&raw), honest);
            let message = MessageParser::default().parse(&raw).unwrap();
            let values = message.header_values(Parsed::To).count();
            prop_assert_eq!((values, message.to().unwrap().iter().count()), (1, 1));
        }
    }
}
