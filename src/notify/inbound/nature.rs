//! Who or what wrote a mail: only a person's words continue a conversation.

use mail_parser::{HeaderName, HeaderValue, Message, MimeHeaders as _, PartType};

use crate::notify::mail::thread::Named;

/// Who or what wrote a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nature {
    /// Somebody.
    Person,
    /// A machine on somebody's behalf: an out-of-office note, a receipt. Never to be answered.
    Automatic,
    /// A mailing list or a bulk mailing.
    Bulk,
    /// A mail server, about a mail that it could not deliver; `notices` of the mail says which, as far as it tells.
    Bounce {
        /// Whether it has given up. If not, it is still trying.
        lasting: bool,
        /// The status it gives (RFC 3463), such as `5.1.1`.
        status: Option<String>,
    },
    /// We ourselves: a mail of ours that came back. Taking it in would go round in circles.
    Own,
}

/// Subjects of out-of-office notes by servers that do not mark them otherwise.
const AUTOMATIC_SUBJECTS: [&str; 12] = [
    "automatic reply:",
    "auto:",
    "out of office:",
    "automatische antwort:",
    "abwesenheitsnotiz",
    "réponse automatique",
    "自動応答:",
    "自動返信:",
    "不在通知",
    "自动回复",
    "自動回覆",
    "자동 회신",
];
/// Mailboxes of mail servers.
const SERVERS: [&str; 2] = ["mailer-daemon@", "postmaster@"];
/// Where a bounce is searched for the id of the mail it is about, in bytes.
const SEARCHED: usize = 1 << 20;

/// Who or what wrote `message`. What a bounce quotes is added to `named`.
pub(super) fn of(message: &Message<'_>, raw: &[u8], from: Option<&str>, named: &mut Named) -> Nature {
    let id = message.message_id().unwrap_or_default();
    let mut own = Named::default();
    own.read(id);
    if !own.is_empty() {
        return Nature::Own;
    }
    if let Some(bounce) = bounce(message, from) {
        // In whatever part the server returns our mail or its head: the ids are like nothing else.
        named.read(&String::from_utf8_lossy(raw.get(..SEARCHED).unwrap_or(raw)));
        return bounce;
    }
    if automatic(message) {
        return Nature::Automatic;
    }
    let precedence = word(message, HeaderName::Other("Precedence".into()));
    if matches!(precedence.as_str(), "bulk" | "list" | "junk")
        || message.header(HeaderName::ListId).is_some()
        || message.header(HeaderName::ListUnsubscribe).is_some()
    {
        return Nature::Bulk;
    }
    Nature::Person
}

/// A report that a mail was not delivered (RFC 3464), or what comes from a mail server with no way back.
fn bounce(message: &Message<'_>, from: Option<&str>) -> Option<Nature> {
    let kind = message.content_type();
    let report =
        kind.filter(|_| message.is_content_type("multipart", "report")).and_then(|kind| kind.attribute("report-type"));
    let server = from.is_some_and(|from| SERVERS.iter().any(|server| from.starts_with(server)));
    let status = message.parts.iter().find(|part| part.is_content_type("message", "delivery-status"));
    match report {
        Some(report) if report.eq_ignore_ascii_case("delivery-status") => {}
        // A receipt.
        Some(_) => return None,
        None if status.is_some() => {}
        None if server && (unreturnable(message) || !word(message, HeaderName::AutoSubmitted).is_empty()) => {}
        None => return None,
    }
    let fields = match status.map(|part| &part.body) {
        Some(PartType::Text(text) | PartType::Html(text)) => text.to_string(),
        Some(PartType::Binary(bytes) | PartType::InlineBinary(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    let field = |name: &str| {
        let mut fields = fields.lines().filter_map(|line| line.split_once(':'));
        fields
            .find(|(field, _)| field.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let status =
        field("Status").and_then(|status| status.split_whitespace().next().map(str::to_owned)).filter(|status| {
            let parts: Vec<&str> = status.split('.').collect();
            parts.len() == 3
                && parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
        });
    let lasting = match field("Action").as_deref() {
        Some("failed") => true,
        Some("delayed") => false,
        // It went through, or went on: no bounce.
        Some("delivered" | "relayed" | "expanded") => return None,
        _ => !status.as_deref().is_some_and(|status| status.starts_with('4')),
    };
    Some(Nature::Bounce { lasting, status })
}

fn automatic(message: &Message<'_>) -> bool {
    let submitted = word(message, HeaderName::AutoSubmitted);
    let has = |name: &'static str| message.header(HeaderName::Other(name.into())).is_some();
    let report = message.is_content_type("multipart", "report");
    let subject = message.subject().unwrap_or_default().trim().to_lowercase();
    (!submitted.is_empty() && submitted != "no")
        || report
        || word(message, HeaderName::Other("Precedence".into())) == "auto_reply"
        || ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply"].into_iter().any(has)
        || unreturnable(message)
        || AUTOMATIC_SUBJECTS.iter().any(|beginning| subject.starts_with(beginning))
}

/// Whether its envelope says that nothing shall come back: what no person's mailer does.
fn unreturnable(message: &Message<'_>) -> bool {
    message.header_raw(HeaderName::ReturnPath).is_some_and(|path| path.trim() == "<>")
}

/// The first word of a header, in small letters.
fn word(message: &Message<'_>, name: HeaderName<'static>) -> String {
    let text = match message.header(name) {
        Some(HeaderValue::Text(text)) => text.to_string(),
        Some(HeaderValue::TextList(texts)) => texts.first().map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    };
    text.split([';', ' ', '\t', '(']).find(|word| !word.is_empty()).unwrap_or_default().to_ascii_lowercase()
}
