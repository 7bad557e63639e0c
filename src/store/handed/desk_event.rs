//! What changes in the queue, for those who watch it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words;
use crate::guard::DeskCode;
use crate::handoff::{OperatorName, Reference, TicketId};

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeskEventKind {
    /// It was opened, and waits.
    Opened,
    /// An operator took it.
    Claimed,
    /// It went back into line.
    Released,
    /// It went to another desk, or to its own for another operator.
    Transferred,
    /// The customer said something.
    CustomerWrote,
    /// An operator said something, but not yet the answer.
    Replied,
    /// An operator gave the answer that was promised.
    Answered,
    /// It was put to sleep, or woken.
    Snoozed,
    /// Little is left of the promised time.
    Warned,
    /// The customer was told a later time.
    Renegotiated,
    /// A promised time passed.
    Breached,
    /// It was settled.
    Resolved,
    /// The conversation went back to the assistant.
    HandedBack,
    /// The customer called it off, or ended the chat.
    CalledOff,
    /// It is handled together with another one from now on, and is closed itself.
    Merged,
    /// Another one is handled together with it from now on.
    TookOver,
    /// Somebody else was asked about it: another desk, or a seller.
    Inquired,
    /// Whoever was asked was reminded.
    InquiryChased,
    /// An inquiry was not answered in its time.
    InquiryLapsed,
    /// An inquiry was answered.
    InquiryAnswered,
}

words!(DeskEventKind {
    Opened = "opened",
    Claimed = "claimed",
    Released = "released",
    Transferred = "transferred",
    CustomerWrote = "customer_wrote",
    Replied = "replied",
    Answered = "answered",
    Snoozed = "snoozed",
    Warned = "warned",
    Renegotiated = "renegotiated",
    Breached = "breached",
    Resolved = "resolved",
    HandedBack = "handed_back",
    CalledOff = "called_off",
    Merged = "merged",
    TookOver = "took_over",
    Inquired = "inquired",
    InquiryChased = "inquiry_chased",
    InquiryLapsed = "inquiry_lapsed",
    InquiryAnswered = "inquiry_answered",
});

/// Something that changed in the queue. Names and ids only: what the customer said is read in the case, and that is on
/// record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeskEvent {
    /// Counts the events from 1, without a gap; the `id` of the SSE event. Events are kept for two weeks: whoever was
    /// away for longer reads the queue anew.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What happened.
    pub kind: DeskEventKind,
    /// To which ticket.
    pub ticket: TicketId,
    /// Its name for people.
    pub reference: Reference,
    /// The desk that has it now.
    pub desk: DeskCode,
    /// The desk that had it before, where that is another one.
    pub from_desk: Option<DeskCode>,
    /// The operator who has it, or had it last.
    pub operator: Option<OperatorName>,
    /// By whom: `operator:` and their name, `assistant`, `clockwork`, `customer`.
    pub by: String,
}

/// Whose queue is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// Who watches: what they have themselves they always see.
    pub name: OperatorName,
    /// The desks they serve; none means all.
    pub desks: Vec<DeskCode>,
}

impl Watcher {
    /// Whether they may see it. What leaves one of their desks they see go.
    pub fn sees(&self, event: &DeskEvent) -> bool {
        self.desks.is_empty()
            || self.desks.contains(&event.desk)
            || event.from_desk.as_ref().is_some_and(|from| self.desks.contains(from))
            || event.operator.as_ref() == Some(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(desk: &str, from: Option<&str>, operator: Option<&str>) -> DeskEvent {
        DeskEvent {
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            kind: DeskEventKind::Transferred,
            ticket: TicketId(uuid::Uuid::nil()),
            reference: Reference::kept("MG-7KQ4-XDW2"),
            desk: DeskCode(desk.to_owned()),
            from_desk: from.map(|from| DeskCode(from.to_owned())),
            operator: operator.map(|name| OperatorName(name.to_owned())),
            by: "customer".to_owned(),
        }
    }

    #[test]
    fn one_sees_ones_desks_what_leaves_them_and_what_one_has() {
        let name = OperatorName("tanaka".to_owned());
        let watcher = Watcher { name: name.clone(), desks: vec![DeskCode("returns".to_owned())] };
        assert!(watcher.sees(&event("returns", None, None)));
        assert!(watcher.sees(&event("payments", Some("returns"), None)));
        assert!(watcher.sees(&event("payments", None, Some("tanaka"))));
        assert!(!watcher.sees(&event("payments", None, Some("sato"))));
        assert!(!watcher.sees(&event("payments", Some("general"), None)));
        let everywhere = Watcher { name, desks: Vec::new() };
        assert!(everywhere.sees(&event("payments", None, None)));
    }
}
