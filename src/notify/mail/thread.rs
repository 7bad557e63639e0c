//! Which mails belong together: the ids of mails, made of what they are about, so that every attempt at one has the same and an answer
//! to any of them leads back to its case.

use std::sync::LazyLock;

use regex::Regex;
use uuid::Uuid;

use crate::conversation::ConversationId;
use crate::handoff::TicketId;
use crate::notify::{Notice, NoticeId};

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by every test")]
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?i)(?:^|[<.])(?P<what>[ntc])-(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})").expect("a pattern")
});

/// The ids in the head of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    /// Its own: `<n-NOTICE.t-TICKET@host>`.
    pub(super) message_id: String,
    /// What it belongs to: `<t-TICKET@host>`, or the conversation without a ticket. There is no mail of this id: readers put together what
    /// names the same one all the same, and no lost mail can tear the others apart.
    pub(super) root: Option<String>,
}

impl Thread {
    /// The ids of the mail that delivers `notice`.
    pub(super) fn of(notice: &Notice, host: &str) -> Self {
        let about = match (notice.ticket, notice.conversation) {
            (Some(TicketId(id)), _) => Some(format!("t-{id}")),
            (None, Some(ConversationId(id))) => Some(format!("c-{id}")),
            (None, None) => None,
        };
        let own = format!("n-{}", notice.id);
        let own = about.as_ref().map_or_else(|| own.clone(), |about| format!("{own}.{about}"));
        Self { message_id: format!("<{own}@{host}>"), root: about.map(|about| format!("<{about}@{host}>")) }
    }
}

/// What ids of mails name. Nobody can guess them: who quotes one has had the mail, or was told by somebody who had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::notify) struct Named {
    pub(in crate::notify) notices: Vec<NoticeId>,
    pub(in crate::notify) tickets: Vec<TicketId>,
    pub(in crate::notify) conversations: Vec<ConversationId>,
}

impl Named {
    /// What the ids in `text` name, each once, in their order. The host does not count: it may have been another one when the mail left.
    pub(in crate::notify) fn read(&mut self, text: &str) {
        for found in NAMED.captures_iter(text) {
            let Ok(id) = Uuid::parse_str(&found["id"]) else { continue };
            match found["what"].to_ascii_lowercase().as_str() {
                "n" => once(&mut self.notices, NoticeId(id)),
                "t" => once(&mut self.tickets, TicketId(id)),
                _ => once(&mut self.conversations, ConversationId(id)),
            }
        }
    }

    pub(in crate::notify) fn is_empty(&self) -> bool {
        self.notices.is_empty() && self.tickets.is_empty() && self.conversations.is_empty()
    }
}

fn once<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::mail::tests::notice;
    use proptest::prelude::*;

    #[test]
    fn an_answer_leads_back_to_its_case() {
        let notice = notice("ja", 0);
        let thread = Thread::of(&notice, "shop.example");
        assert_eq!(thread, Thread::of(&notice, "shop.example"), "the same at every attempt");
        let mut named = Named::default();
        named.read(&thread.message_id);
        named.read(&format!("{} {}", thread.root.unwrap(), thread.message_id));
        assert_eq!(named.notices, [notice.id]);
        assert_eq!(named.tickets, [notice.ticket.unwrap()]);
        assert_eq!(named.conversations, []);
    }

    #[test]
    fn without_a_ticket_the_conversation_holds_them_together() {
        let notice = Notice { ticket: None, ..notice("ja", 0) };
        let root = Thread::of(&notice, "shop.example").root.unwrap();
        assert_eq!(root, format!("<c-{}@shop.example>", notice.conversation.unwrap().0));
        let alone = Notice { conversation: None, ..notice };
        assert_eq!(Thread::of(&alone, "shop.example").root, None);
    }

    #[test]
    fn other_ids_name_nothing() {
        let mut named = Named::default();
        for id in ["<CAKx9@mail.gmail.example>", "<n-123@x>", "pn-0190f3a0-0000-7000-8000-000000000001@x", "", "<@>"] {
            named.read(id);
        }
        assert!(named.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            Named::default().read(&text);
        }
    }
}
