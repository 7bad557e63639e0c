use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mail");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    all.sort();
    assert!(all.len() >= 20, "the fixtures are in {folder}");
    all
}

fn fixture(name: &str) -> Inbound {
    read(&fixtures().into_iter().find(|(found, _)| found == name).unwrap().1).unwrap()
}

/// A file of each mailer, language and charset; what was made of it stands in the snapshot.
#[test]
fn mails_of_all_kinds() {
    let mut table = String::new();
    for (name, raw) in fixtures() {
        let Inbound {
            from,
            message_id,
            notices,
            tickets,
            conversations,
            references,
            subject,
            text,
            attachments,
            nature,
            ..
        } = read(&raw).unwrap();
        let _ = writeln!(table, "=== {name}: {nature:?}");
        let _ = writeln!(table, "from {from:?}, id {message_id:?}");
        let named = (notices.len(), tickets.len(), conversations.len());
        let _ =
            writeln!(table, "subject {subject:?}\nanswers to {named:?}, quotes {references:?}, brings {attachments:?}");
        let _ = writeln!(table, "{text}\n");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_customers_answer_is_theirs_alone() {
    for (name, raw) in fixtures() {
        let mail = read(&raw).unwrap();
        if mail.nature != Nature::Person
            || ["two-senders", "attachment-ja", "phone-ja-reference-only"].contains(&name.as_str())
        {
            continue;
        }
        for quoted in ["Hinata", "Market", "help@", "教えて", "いつ届き", "颜色", "顏色", "무슨 색", "Welche", "quelle"]
        {
            assert!(!mail.text.contains(quoted), "{name}: {quoted} in {}", mail.text);
        }
        assert!(mail.whole.len() > mail.text.len(), "{name}");
        assert!(
            mail.references.iter().any(|reference| reference.as_str() == "MG-7KQ4-XDWN") || !mail.tickets.is_empty(),
            "{name}"
        );
    }
}

/// However it travelled, with `\n` or `\r\n`, and with what the gateways on the way put before it.
#[test]
fn a_mail_that_is_handed_in_twice_is_known() {
    for (name, raw) in fixtures() {
        let once = read(&raw).unwrap();
        let mut other =
            b"Received: from mx.example (mx.example [192.0.2.1]) by gateway; Mon, 4 May 2026 10:12:03 +0000\r\n"
                .to_vec();
        for byte in &raw {
            if *byte == b'\n' {
                other.push(b'\r');
            }
            other.push(*byte);
        }
        let again = read(&other).unwrap();
        assert_eq!(once, again, "{name}");
    }
    let keys: std::collections::HashSet<String> = fixtures().iter().map(|(_, raw)| read(raw).unwrap().key).collect();
    assert_eq!(keys.len(), fixtures().len());
}

#[test]
fn whoever_is_not_named_is_nobody() {
    let from = |head: &str| read(format!("{head}\nSubject: x\n\ny\n").as_bytes()).unwrap().from;
    assert_eq!(from("From: Hanako <HANAKO@Customer.example>").as_deref(), Some("hanako@customer.example"));
    for head in [
        "X-Nothing: x",
        "From: Hanako",
        "From: <>",
        "From: a@b.example, c@d.example",
        "From: a@b.example\nFrom: a@b.example",
        "From: family: a@b.example, c@d.example;",
        "From: \"a@b.example\" <c d@e.example>",
        "Sender: a@b.example",
    ] {
        assert_eq!(from(head), None, "{head}");
    }
    assert_eq!(fixture("two-senders").from, None);
}

#[test]
fn what_is_no_mail_is_refused_once() {
    for raw in [&b""[..], b"\n", b"\r\n\r\n", b"\0\0\0", b"Hello: there\n\nhow are you", b"{\"json\": true}"] {
        assert_eq!(read(raw), Err(Unreadable), "{raw:?}");
    }
}

#[test]
fn bounces_say_which_mail_and_whether_for_good() {
    for (name, lasting, status) in [
        ("bounce-unknown", true, Some("5.1.1")),
        ("bounce-delayed", false, Some("4.4.1")),
        ("bounce-qmail", true, None),
    ] {
        let mail = fixture(name);
        assert_eq!(mail.nature, Nature::Bounce { lasting, status: status.map(str::to_owned) }, "{name}");
        assert_eq!((mail.notices.len(), mail.tickets.len()), (1, 1), "{name}");
    }
}

#[test]
fn machines_are_told_from_people() {
    let nature =
        |head: &str| read(format!("From: a@b.example\n{head}\nSubject: Hello\n\ny\n").as_bytes()).unwrap().nature;
    for head in [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated; owner-email=x",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "Return-Path: <>",
    ] {
        assert_eq!(nature(head), Nature::Automatic, "{head}");
    }
    for head in ["Precedence: bulk", "Precedence: list", "List-Id: <all.b.example>"] {
        assert_eq!(nature(head), Nature::Bulk, "{head}");
    }
    for head in
        ["Auto-Submitted: no", "Return-Path: <a@b.example>", "X-Auto-Response-Suppress: All", "Precedence: first-class"]
    {
        assert_eq!(nature(head), Nature::Person, "{head}");
    }
}

#[test]
fn a_long_mail_is_cut() {
    let mail = read(format!("From: a@b.example\n\n{}", "長い文。\n".repeat(100_000)).as_bytes()).unwrap();
    assert!(mail.whole.chars().count() <= MOST_CHARS);
}

/// Fixtures with some of their bytes changed, cut, and put together otherwise.
fn mutilated() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<Vec<u8>> = fixtures().into_iter().map(|(_, raw)| raw).collect();
    let one = proptest::sample::select(all);
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12);
    let cut = (any::<proptest::sample::Index>(), any::<proptest::sample::Index>());
    (one.clone(), one, changes, cut, any::<bool>()).prop_map(|(mut raw, other, changes, (from, until), join)| {
        for (at, byte) in changes {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        let (from, until) = (from.index(raw.len()), until.index(raw.len()));
        raw.drain(from.min(until)..from.max(until));
        if join {
            raw.extend_from_slice(&other);
        }
        raw
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&raw);
    }

    #[test]
    fn any_mail_is_read(raw in mutilated()) {
        if let Ok(mail) = read(&raw) {
            prop_assert!(!mail.subject.contains(['\r', '\n']) && !mail.text.contains('\r'));
            prop_assert!(mail.from.is_none_or(|from| from.contains('@') && !from.contains(char::is_whitespace)));
        }
    }

    #[test]
    fn any_head_is_read(head in "((From|To|Subject|References|Content-Type|Content-Transfer-Encoding|Return-Path): [ -~]{0,40}\r?\n){0,8}", body: String) {
        let _ = read(format!("{head}\n{body}").as_bytes());
    }
}
