//! Messages that were being answered when a process ended, or lost its database: somebody takes them up.

use std::time::Duration;

use jiff::Timestamp;

use super::{Counter, Task};
use crate::conversation::{Event, EventBody, Message, Stage};
use crate::desk::DeskError;
use crate::store::{Attempt, StoreError, TURN_LEASE};
use crate::turn::{Piece, cut_off};

/// How often a turn that is under way renews its lease: three times may fail.
const RENEWED: Duration = Duration::from_secs(4);
/// How often it is looked for messages that nobody works on any more.
const LOOK: Duration = Duration::from_secs(2);
/// How often after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// Messages taken up in one go.
const AT_ONCE: u64 = 50;

impl Counter {
    /// Takes up messages that were kept but not answered when a process ended, as soon as its leases have lapsed. Returns how many. No
    /// model is asked twice about one message: what it had said stands, and where that is nothing, the articles are quoted.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resume(&self) -> Result<usize, DeskError> {
        let mut count = 0;
        loop {
            let now = self.clock.now();
            let left = self.store.take_up(now, lease(now), self.ids.fresh(), AT_ONCE).await?;
            if left.is_empty() {
                return Ok(count);
            }
            count += left.len();
            for (attempt, message) in left {
                let id = message.id;
                // One that cannot be worked on must not keep the others waiting.
                if let Err(error) = self.go_on(attempt, message).await {
                    tracing::error!(%error, message = %id, "a message left unanswered could not be taken up; tried again when its lease has lapsed");
                }
            }
        }
    }

    /// Takes up what other replicas leave unanswered, until the service closes.
    pub async fn take_over(self) {
        loop {
            let pause = match self.resume().await {
                Ok(0) => LOOK,
                Ok(resumed) => {
                    tracing::warn!(resumed, "messages that another replica did not answer are taken up");
                    LOOK
                }
                Err(error) => {
                    tracing::error!(%error, "it could not be seen whether messages are left unanswered; tried again in a moment");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn go_on(&self, attempt: Attempt, message: Message) -> Result<(), DeskError> {
        let Some((conversation, _)) = self.store.conversation(attempt.conversation).await? else { return Ok(()) };
        let so_far = self.store.attempt(message.id).await?;
        let asked = |event: &Event| matches!(event.body, EventBody::Status { stage: Stage::Writing, .. });
        let asked = so_far.iter().any(asked);
        let pieces = pieces(so_far);
        if !asked || pieces.is_empty() {
            let task = Task::new(&conversation, attempt, message.text, message.lang);
            self.work(Task { only_quoted: asked, ..task });
            return Ok(());
        }
        let receipt = self.store.receipt_for(message.id).await?.unwrap_or_default();
        let said = pieces.len();
        match self.keep_reply(&attempt, cut_off(&message.lang, pieces, receipt), said).await {
            // Somebody was there first.
            Ok(()) | Err(DeskError::Store(StoreError::Stale | StoreError::Answered)) => {}
            Err(error) => return Err(error),
        }
        let _ = self.bell.send(attempt.conversation);
        Ok(())
    }

    /// Keeps an attempt's lease while it works; returns when another has taken its place.
    pub(super) async fn hold(&self, attempt: &Attempt) {
        loop {
            tokio::time::sleep(RENEWED).await;
            match self.store.renew(attempt, lease(self.clock.now())).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, message = %attempt.message, "a lease could not be renewed"),
            }
        }
    }
}

fn lease(now: Timestamp) -> Timestamp {
    now.checked_add(TURN_LEASE).unwrap_or(Timestamp::MAX)
}

/// The pieces that events tell of.
fn pieces(events: Vec<Event>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for event in events {
        match (event.body, pieces.last_mut()) {
            (EventBody::Delta { text }, _) => pieces.push(Piece { text, citations: Vec::new() }),
            (EventBody::Citation(citation), Some(piece)) => piece.citations.push(citation),
            _ => {}
        }
    }
    pieces
}
