//! The clockwork that looks after promises: warns the desk, tells the customer a new time before the old one, and says plainly when one was
//! not kept. A promise never passes in silence.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::ways::served_in;
use super::{Desk, DeskError, News};
use crate::handoff::{Look, Promise, Slipped, desk_words};
use crate::notify::LetterBody;
use crate::store::{CLOCKWORK, Filed, NewPromise, StoreError, Telling};

/// How long a replica has for what it took up; then another may.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Promises looked at in one go.
const AT_ONCE: u64 = 50;
/// How often promises are looked for.
const TICK: Duration = Duration::from_secs(1);
/// How often after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

impl Desk {
    /// Looks after promises until the service closes.
    pub async fn keep_promises(self, closing: CancellationToken) {
        loop {
            let pause = match self.tend_all().await {
                Ok(()) => TICK,
                Err(error) => {
                    tracing::error!(%error, "promises could not be looked after; tried again in a moment");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Looks after every promise that is due now, the most urgent first. Returns how many there were. Call it before anything else after a
    /// start: what passed meanwhile is told first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tend(&self) -> Result<usize, DeskError> {
        let mut looked_at = 0;
        loop {
            let now = self.now();
            let due = self.0.store.due(now, later(now, LEASE), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(looked_at);
            }
            for filed in due {
                looked_at += 1;
                let ticket = filed.ticket.id;
                match self.look_after(filed, now).await {
                    Ok(()) => {}
                    // Somebody was there first: an operator's answer, or another replica.
                    Err(DeskError::Store(StoreError::Stale | StoreError::NotNow(_))) => {}
                    // The lease runs out, and it is tried again: others are not kept waiting for it.
                    Err(error) => tracing::error!(%error, %ticket, "a promise could not be looked after"),
                }
            }
        }
    }

    async fn look_after(&self, filed: Filed, now: Timestamp) -> Result<(), DeskError> {
        let Filed { ticket, promise: seen } = &filed;
        let rules = self.rules_for(&ticket.desk, served_in(&ticket.case));
        let promise = Promise::from(seen);
        match promise.look(now, &rules.calendar, &rules.terms, ticket.priority) {
            Look::Nothing { next_due } => self.0.store.look_again(seen, next_due).await?,
            Look::Warn { next_due } => {
                let urgency = ticket.priority.saturating_sub(1).max(1);
                let details = json!({ "promised_by": seen.promised_by });
                let news = News { ticket, kind: "promise_at_risk", tells: None, details, letter: None };
                let mut outbox = self.outbox(None, news);
                outbox.extend(self.desk_warned(ticket, seen.promised_by, now));
                self.0.store.warn(seen, now, urgency, next_due, outbox).await?;
                self.ring(ticket.conversation);
                tracing::warn!(reference = %ticket.reference, promised_by = %seen.promised_by, "a promise is at risk");
            }
            Look::Renegotiate { new_promised_by, next_due } => {
                self.new_time(&filed, now, new_promised_by, next_due, false).await?;
            }
            Look::Breach { new_promised_by, next_due } => {
                self.new_time(&filed, now, new_promised_by, next_due, true).await?;
                tracing::error!(reference = %ticket.reference, promised_by = %seen.promised_by, "a promise was not kept");
            }
        }
        Ok(())
    }

    async fn new_time(
        &self,
        filed: &Filed,
        now: Timestamp,
        new: Timestamp,
        next_due: Timestamp,
        breached: bool,
    ) -> Result<(), DeskError> {
        let Filed { ticket, promise: seen } = filed;
        let lang = &ticket.case.language;
        let words = desk_words(lang);
        let (old_time, new_time) = (self.local(seen.promised_by, &ticket.desk), self.local(new, &ticket.desk));
        let said = match breached {
            true => words.breached(&ticket.reference, &old_time, &new_time),
            false => words.renegotiated(&ticket.reference, &old_time, &new_time),
        };
        let notice = self.notice(&said, lang);
        let contact = self.0.store.contact(ticket.conversation).await?;
        let desk = Some(self.named(&ticket.desk, lang).0);
        let (before, promised) = (Some(words.moment(&old_time)), Some(words.moment(&new_time)));
        let text = said.join("\n\n");
        let (kind, letter) = match breached {
            true => ("promise_breached", LetterBody::Breached { words: text, desk, before, promised }),
            false => ("promise_renegotiated", LetterBody::Renegotiated { words: text, desk, before, promised }),
        };
        let details = json!({ "before": seen.promised_by, "promised_by": new });
        let news = News { ticket, kind, tells: Some(new), details, letter: Some(letter) };
        let mut outbox = self.outbox(contact.as_ref(), news);
        let slipped = if breached { Slipped::Broken } else { Slipped::Later };
        outbox.extend(self.desk_told(ticket, &old_time, &new_time, slipped));
        let telling = Telling { notice: Some(&notice), events: Vec::new(), outbox };
        let shown = said.join("\n");
        let new = NewPromise {
            by: CLOCKWORK,
            machine: true,
            at: now,
            promised_by: new,
            next_due,
            level: ticket.level.saturating_add(1),
            words: &shown,
            reason: None,
        };
        match breached {
            true => self.0.store.breach(seen, &new, telling).await?,
            false => self.0.store.renegotiate(seen, &new, telling).await?,
        };
        self.ring(ticket.conversation);
        Ok(())
    }
}

/// The promise as the pure part knows it.
impl From<&crate::store::Promise> for Promise {
    fn from(kept: &crate::store::Promise) -> Self {
        Self {
            made_at: kept.made_at,
            promised_by: kept.promised_by,
            first_promised_by: kept.first_promised_by,
            state: kept.state,
            machine_renegotiations: kept.machine_renegotiations,
            warned: kept.warned > 0,
            next_due: kept.next_due,
        }
    }
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
