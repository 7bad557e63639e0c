//! Asking somebody else about a case: another desk, or a seller. Whoever is asked is reminded before their time is over, and when it
//! is, the case's own desk hears of it. What the customer was promised waits for none of this.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::clockwork::later;
use super::{Desk, DeskError, News};
use crate::handoff::{Asked, Inquiry, InquiryLook, OperatorName, Ticket, chased_at};
use crate::store::{Act, Looked, NewInquiry, NewNotice, StoreError};

/// How long a replica has for what it took up; then another may.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Inquiries looked at in one go.
const AT_ONCE: u64 = 50;
/// The longest that somebody may be given.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 90);

impl Desk {
    /// Asks somebody about a case, who is to answer by `due`.
    ///
    /// # Errors
    /// When there is no such desk, it is the case's own, the time cannot be, the case is closed, or the store fails.
    pub async fn inquire(
        &self,
        ticket: &Ticket,
        by: &OperatorName,
        to: Asked,
        question: &str,
        due: Timestamp,
    ) -> Result<Inquiry, DeskError> {
        let now = self.now();
        // As fine as the store keeps it.
        let due = Timestamp::from_millisecond(due.as_millisecond()).unwrap_or(due);
        if due <= now || due > later(now, LONGEST) {
            let longest = later(now, LONGEST);
            return Err(DeskError::NotAsked(format!("`due` must be after {now}, and not after {longest}")));
        }
        if let Asked::Desk(desk) = &to {
            if self.0.guards.current().policies().desk(desk).is_none() {
                return Err(DeskError::NoDesk(desk.clone()));
            }
            if *desk == ticket.desk {
                return Err(DeskError::NotAsked(format!("{desk} has the case: it need not ask itself")));
            }
        }
        let details = json!({ "to": to, "question": question, "due": due, "asked_by": by });
        let outbox = self.told_of_inquiry(ticket, "inquiry_opened", details);
        let new = NewInquiry { to, question: question.to_owned(), due, next_due: chased_at(now, due) };
        let act = Act { ticket: ticket.id, by, at: now, seen: None };
        let asked = self.0.store.inquire(&act, &new, outbox).await?;
        self.ring(ticket.conversation);
        Ok(asked)
    }

    /// Writes down what came back.
    ///
    /// # Errors
    /// When it was answered before, or the store fails.
    pub async fn answer_inquiry(
        &self,
        ticket: &Ticket,
        asked: &Inquiry,
        by: &OperatorName,
        text: &str,
    ) -> Result<Inquiry, DeskError> {
        let details =
            json!({ "number": asked.number, "to": asked.to, "question": asked.question, "answer": text, "by": by });
        let outbox = self.told_of_inquiry(ticket, "inquiry_answered", details);
        let act = Act { ticket: ticket.id, by, at: self.now(), seen: None };
        let answered = self.0.store.answer_inquiry(&act, asked.number, text, outbox).await?;
        self.ring(ticket.conversation);
        Ok(answered)
    }

    /// Looks after everything that is due: promises first.
    pub(super) async fn tend_all(&self) -> Result<(), DeskError> {
        self.tend().await?;
        self.tend_inquiries().await?;
        Ok(())
    }

    /// Looks after every inquiry that is due now. Returns how many there were.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tend_inquiries(&self) -> Result<usize, DeskError> {
        let mut looked_at = 0;
        loop {
            let now = self.now();
            let due = self.0.store.due_inquiries(now, later(now, LEASE), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(looked_at);
            }
            for (asked, ticket) in due {
                looked_at += 1;
                match self.look_after_inquiry(&asked, &ticket, now).await {
                    // Somebody was there first: the answer, or another replica.
                    Ok(()) | Err(DeskError::Store(StoreError::Stale)) => {}
                    // The lease runs out, and it is tried again.
                    Err(error) => {
                        tracing::error!(%error, reference = %ticket.reference, "an inquiry could not be looked after")
                    }
                }
            }
        }
    }

    async fn look_after_inquiry(&self, asked: &Inquiry, ticket: &Ticket, now: Timestamp) -> Result<(), DeskError> {
        let details = json!({ "number": asked.number, "to": asked.to, "question": asked.question, "due": asked.due });
        let (looked, outbox) = match asked.look(now, ticket.state.open()) {
            InquiryLook::Nothing { next_due } => (Looked::Nothing { next_due }, Vec::new()),
            InquiryLook::Withdraw => (Looked::Withdrawn, Vec::new()),
            InquiryLook::Chase { next_due } => {
                (Looked::Chased { next_due }, self.told_of_inquiry(ticket, "inquiry_reminder", details))
            }
            InquiryLook::Lapse => {
                tracing::warn!(reference = %ticket.reference, number = asked.number, "an inquiry was not answered in time");
                let priority = ticket.priority.saturating_sub(1).max(1);
                (Looked::Lapsed { priority }, self.told_of_inquiry(ticket, "inquiry_lapsed", details))
            }
        };
        let is_news = matches!(looked, Looked::Chased { .. } | Looked::Lapsed { .. });
        self.0.store.looked_at(asked, looked, now, outbox).await?;
        if is_news {
            self.ring(ticket.conversation);
        }
        Ok(())
    }

    fn told_of_inquiry(&self, ticket: &Ticket, kind: &'static str, details: serde_json::Value) -> Vec<NewNotice> {
        self.outbox(None, News { ticket, kind, tells: None, details, letter: None })
    }
}
