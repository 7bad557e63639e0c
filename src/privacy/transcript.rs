//! What was said, for reading and keeping: as text, as a page, or as data.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PrivacyError, PrivacyParts};
use crate::answer::Citation;
use crate::conversation::{Conversation, ConversationId, Message, Role};
use crate::handoff::{Labels, desk_words};
use crate::language::Lang;
use crate::store::StoreError;

/// The page. Everything in it is escaped but what was made safe before.
const PAGE: &str = include_str!("transcript.html");

/// What was said in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Transcript {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The language of everything that is not said by anybody.
    pub language: Lang,
    /// What was said, oldest first.
    pub lines: Vec<Line>,
}

/// One thing said.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TranscriptLine)]
pub struct Line {
    /// Who said it.
    pub role: Role,
    /// What they are called: an operator by their name, everybody else by what they are.
    pub speaker: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The day, in the help centre's time zone.
    pub day: String,
    /// Day and time, in the help centre's time zone.
    pub time: String,
    /// What; Markdown unless the customer said it.
    pub text: String,
    /// The same as HTML that is safe to show, unless the customer said it.
    pub html: Option<String>,
    /// What it is taken from, each place once.
    pub sources: Vec<Source>,
}

/// A place in an article that an answer is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TranscriptSource)]
pub struct Source {
    /// The article's title and the headings down to the place.
    pub title: String,
    /// The page that opens it.
    pub url: String,
}

/// What the page is made of.
#[derive(Serialize)]
struct Page<'a> {
    lang: &'a str,
    sources: &'a str,
    lines: &'a [Line],
}

pub(super) async fn transcript(parts: &PrivacyParts, of: ConversationId) -> Result<Transcript, PrivacyError> {
    let (conversation, _) = parts.store.conversation(of).await?.ok_or(StoreError::UnknownConversation)?;
    let messages = parts.store.messages(of).await?;
    let lang = language(&conversation, &messages, &parts.default_language);
    Ok(Transcript::of(of, &lang, messages, &parts.zone, parts.public_url.as_deref().unwrap_or_default()))
}

/// The language the opener asked for, else that of what was said last.
fn language(conversation: &Conversation, messages: &[Message], default: &Lang) -> Lang {
    let last = messages.iter().rev().find(|message| message.role == Role::Customer).map(|message| &message.lang);
    conversation.locale.as_ref().or(last).unwrap_or(default).clone()
}

impl Transcript {
    fn of(conversation: ConversationId, lang: &Lang, messages: Vec<Message>, zone: &TimeZone, base: &str) -> Self {
        let words = desk_words(lang);
        let line = |message: Message| {
            let local = message.created_at.to_zoned(zone.clone());
            let citations = message.reply.as_ref().map(|reply| reply.citations.as_slice()).unwrap_or_default();
            Line {
                role: message.role,
                speaker: speaker(&words.labels, message.role, message.author.as_deref()),
                at: message.created_at,
                day: words.date(&local),
                time: words.moment(&local),
                sources: sources(citations, base),
                text: message.text,
                html: message.html,
            }
        };
        Self { conversation, language: lang.clone(), lines: messages.into_iter().map(line).collect() }
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let labels = &desk_words(&self.language).labels;
        let mut text = String::new();
        let mut day = "";
        for line in &self.lines {
            if line.day != day {
                day = &line.day;
                text.push_str(&format!("== {day} ==\n\n"));
            }
            text.push_str(&format!("[{}] {}\n{}\n", line.time, line.speaker, line.text.trim_end()));
            if !line.sources.is_empty() {
                text.push_str(&format!("{}:\n", labels.sources));
            }
            for Source { title, url } in &line.sources {
                text.push_str(&format!("- {title} ({url})\n"));
            }
            text.push('\n');
        }
        text
    }

    /// As a page that stands by itself.
    ///
    /// # Errors
    /// Never, as long as the template in the program is whole (a test renders it).
    pub fn html(&self) -> Result<String, PrivacyError> {
        let page = Page {
            lang: self.language.as_str(),
            sources: desk_words(&self.language).labels.sources,
            lines: &self.lines,
        };
        // By the name's ending everything is escaped.
        Ok(Environment::new().render_named_str("transcript.html", PAGE, Serde(&page))?)
    }
}

fn speaker(labels: &Labels, role: Role, author: Option<&str>) -> String {
    match (role, author) {
        (Role::Customer, _) => labels.you.to_owned(),
        (Role::Assistant, _) => labels.automatic.to_owned(),
        (Role::Notice, _) => labels.notice.to_owned(),
        (Role::Operator, Some(name)) => name.to_owned(),
        (Role::Operator, None) => labels.person.to_owned(),
    }
}

fn sources(citations: &[Citation], base: &str) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for citation in citations {
        let title = std::iter::once(&citation.title).chain(&citation.heading).cloned().collect::<Vec<_>>().join(" › ");
        let source = Source { title, url: format!("{base}{}", citation.url) };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::reply_html;
    use crate::conversation::MessageId;

    fn said(role: Role, author: Option<&str>, text: &str, at: &str) -> Message {
        Message {
            id: MessageId(uuid::Uuid::nil()),
            role,
            author: author.map(str::to_owned),
            text: text.to_owned(),
            html: (role != Role::Customer).then(|| reply_html(text)),
            lang: Lang::JA,
            created_at: at.parse().unwrap(),
            in_reply_to: None,
            reply: None,
        }
    }

    fn transcript() -> Transcript {
        let messages = vec![
            said(Role::Customer, None, "<b>返品</b>したい\n😀", "2026-11-30T14:59:00Z"),
            said(Role::Operator, Some("tanaka & co"), "**承知**しました<script>x</script>", "2026-11-30T15:00:00Z"),
        ];
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        Transcript::of(ConversationId(uuid::Uuid::nil()), &Lang::JA, messages, &zone, "")
    }

    #[test]
    fn the_page_shows_what_was_said_and_runs_nothing() {
        let html = transcript().html().unwrap();
        assert!(html.contains("&lt;b&gt;返品&lt;"), "{html}");
        assert!(html.contains("<strong>承知</strong>") && html.contains("tanaka &amp; co"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("<html lang=\"ja\">"), "{html}");
    }

    #[test]
    fn days_and_times_are_the_help_centres() {
        let text = transcript().text();
        let days: Vec<&str> = text.lines().filter(|line| line.starts_with("==")).collect();
        assert_eq!(days, ["== 2026年11月30日 ==", "== 2026年12月1日 =="]);
        assert!(text.contains("23:59") && text.contains("😀"), "{text}");
    }

    #[test]
    fn nothing_said_is_an_empty_page() {
        let nothing = Transcript { lines: Vec::new(), ..transcript() };
        assert_eq!(nothing.text(), "");
        assert!(!nothing.html().unwrap().contains("<article"));
    }
}
