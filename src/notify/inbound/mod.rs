//! Mails that come back: what the customer wrote, and which case it belongs to.
//!
//! Whatever is in the bytes, reading them ends well: a mail gateway that meets an error tries again for days.

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser, MimeHeaders as _, PartType};

use super::NoticeId;
use super::mail::thread::Named;
use crate::conversation::ConversationId;
use crate::handoff::{Reference, TicketId};

mod html;
mod nature;
mod quote;
#[cfg(test)]
mod tests;

pub use nature::Nature;
pub(super) use quote::marker;

/// The longest text that is taken in, in characters; what is longer is cut.
const MOST_CHARS: usize = 200_000;
/// The longest subject and the longest name of an attachment, in characters.
const LINE_CHARS: usize = 300;
/// Attachments that are named; nobody sends more to be read.
const ATTACHMENTS: usize = 50;

/// A mail, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The same for a mail that is handed in twice, however it travelled: what makes taking it in idempotent.
    pub key: String,
    /// Who wrote it, in small letters. `None` if the mail names nobody, more than one, or no address: then it is nobody's word. That it is
    /// theirs is for the gateway to have checked.
    pub from: Option<String>,
    /// Its own id, without the angle brackets.
    pub message_id: Option<String>,
    /// Notices of ours that it answers, by ids nobody can guess.
    pub notices: Vec<NoticeId>,
    /// Tickets that it answers to, by ids nobody can guess: far stronger than a reference, which somebody may have overheard.
    pub tickets: Vec<TicketId>,
    /// Conversations that it answers to, likewise.
    pub conversations: Vec<ConversationId>,
    /// References that it quotes: in the subject, in what was written, in what is quoted.
    pub references: Vec<Reference>,
    /// The subject, in one line.
    pub subject: String,
    /// What was written, without what it answers to; all of it, if nothing else would be left.
    pub text: String,
    /// All of the text.
    pub whole: String,
    /// The names of what came along and is not taken in.
    pub attachments: Vec<String>,
    /// Who or what wrote it.
    pub nature: Nature,
}

/// What is no mail at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no mail: it has no header of one")]
pub struct Unreadable;

/// Reads a mail as it travelled (RFC 5322).
///
/// # Errors
/// When it is none. It will be none the next time too.
pub fn read(raw: &[u8]) -> Result<Inbound, Unreadable> {
    // The parser says it never panics, and reckons with positions that senders choose. One mail must not become an endless one.
    std::panic::catch_unwind(|| parsed(raw)).unwrap_or(Err(Unreadable))
}

fn parsed(raw: &[u8]) -> Result<Inbound, Unreadable> {
    let headed =
        |message: &Message<'_>| message.parts.first().is_some_and(|it| it.headers.iter().any(|h| !h.name.is_other()));
    let message = MessageParser::default().parse(raw).filter(headed).ok_or(Unreadable)?;
    let subject = line(message.subject().unwrap_or_default());
    let whole = whole(&message);
    let text = match quote::stripped(&whole) {
        text if text.is_empty() => whole.clone(),
        text => text,
    };
    let message_id = message.message_id().map(str::to_owned);
    let mut named = Named::default();
    for name in [HeaderName::InReplyTo, HeaderName::References] {
        for id in message.header_values(name).flat_map(texts) {
            named.read(&id);
        }
    }
    let mut references = Vec::new();
    for place in [&subject, &text, &whole] {
        for reference in Reference::quoted(place) {
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
    }
    let from = sender(&message);
    let nature = nature::of(&message, raw, from.as_deref(), &mut named);
    let names = message.attachments().filter(|part| !matches!(part.body, PartType::Multipart(_)));
    let attachments = match nature {
        Nature::Bounce { .. } => Vec::new(),
        _ => names.take(ATTACHMENTS).map(|part| line(part.attachment_name().unwrap_or("?"))).collect(),
    };
    let mut key = blake3::Hasher::new();
    for part in [message_id.as_deref().unwrap_or_default(), from.as_deref().unwrap_or_default(), &subject, &whole] {
        key.update(&(part.len() as u64).to_le_bytes());
        key.update(part.as_bytes());
    }
    let Named { notices, tickets, conversations } = named;
    let key = key.finalize().to_hex().to_string();
    Ok(Inbound {
        key,
        from,
        message_id,
        notices,
        tickets,
        conversations,
        references,
        subject,
        text,
        whole,
        attachments,
        nature,
    })
}

/// The one who wrote it.
fn sender(message: &Message<'_>) -> Option<String> {
    let mut all = message.header_values(HeaderName::From);
    let (Some(from), None) = (all.next(), all.next()) else { return None };
    let Some(Address::List(list)) = from.as_address() else { return None };
    let [one] = list.as_slice() else { return None };
    let address: lettre::Address = one.address()?.trim().parse().ok()?;
    Some(address.to_string().to_lowercase())
}

/// The text, from plain text where there is any, else from HTML.
fn whole(message: &Message<'_>) -> String {
    let mut parts = Vec::new();
    for part in message.text_bodies() {
        parts.push(match &part.body {
            PartType::Text(text) if flowed(part) => quote::unflowed(&decoded(text, part)),
            PartType::Text(text) => decoded(text, part),
            PartType::Html(page) => html::readable(page),
            _ => continue,
        });
    }
    let plain = lines(&parts.join("\n\n"));
    if !plain.is_empty() {
        return plain;
    }
    // Some mailers put an empty plain part before the text.
    let pages = message.html_bodies().filter_map(|part| match &part.body {
        PartType::Html(page) => Some(html::readable(page)),
        _ => None,
    });
    lines(&pages.collect::<Vec<_>>().join("\n\n"))
}

/// Whether lines were broken for display only (RFC 3676).
fn flowed(part: &mail_parser::MessagePart<'_>) -> bool {
    let format = part.content_type().and_then(|kind| kind.attribute("format"));
    format.is_some_and(|format| format.eq_ignore_ascii_case("flowed"))
}

/// A text as it was meant: old Japanese mailers leave out that they write ISO-2022-JP, which then reads as ASCII full of escapes.
fn decoded(text: &str, part: &mail_parser::MessagePart<'_>) -> String {
    let named = part.content_type().and_then(|kind| kind.attribute("charset"));
    let silent = named.is_none_or(|charset| charset.eq_ignore_ascii_case("us-ascii"));
    if silent
        && text.contains("\u{1b}$")
        && let Some(decode) = mail_parser::decoders::charsets::map::charset_decoder(b"iso-2022-jp")
    {
        return decode(text.as_bytes());
    }
    text.to_owned()
}

/// All texts of a header with one or several.
fn texts(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(text) => vec![text.to_string()],
        HeaderValue::TextList(texts) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// Text with plain line ends and blanks, not longer than is taken in, without empty lines at its ends.
fn lines(text: &str) -> String {
    let text =
        text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n").replace('\u{a0}', " ");
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(MOST_CHARS).collect();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// One line.
fn line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LINE_CHARS).collect()
}
