//! Somebody who listens to a conversation: what is on disk, then what comes.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::conversation::{ConversationId, Event, MessageId};
use crate::store::{Store, StoreError};

/// How often a listener looks by itself, should a bell have been missed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Events read from the store at once.
const PAGE: u64 = 200;

pub(super) struct Listener {
    pub(super) store: Store,
    pub(super) bell: broadcast::Receiver<ConversationId>,
    pub(super) closing: CancellationToken,
    pub(super) conversation: ConversationId,
    pub(super) after: u64,
    pub(super) about: Option<MessageId>,
    pub(super) read: VecDeque<Event>,
    pub(super) ended: bool,
    /// The bell rang since it was last read.
    pub(super) rung: bool,
}

impl Listener {
    pub(super) async fn next(&mut self) -> Option<Result<Event, StoreError>> {
        loop {
            if self.ended {
                return None;
            }
            while let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                if self.about.is_some_and(|about| about != event.message_id) {
                    continue;
                }
                self.ended = self.about.is_some() && event.body.is_last();
                return Some(Ok(event));
            }
            match self.store.events_after(self.conversation, self.after, PAGE).await {
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Ok(events) if !events.is_empty() => self.read.extend(events),
                // Erased: nothing follows any more.
                Ok(_) if std::mem::take(&mut self.rung) && self.is_gone().await => return None,
                // A stream about one message ends with its answer, closing or not; the others end with the service.
                Ok(_) if self.about.is_none() && self.closing.is_cancelled() => return None,
                Ok(_) => self.rung = self.wait().await,
            }
        }
    }

    async fn is_gone(&self) -> bool {
        matches!(self.store.conversation(self.conversation).await, Ok(None))
    }

    /// Waits until there may be something. Whether the bell rang for it.
    async fn wait(&mut self) -> bool {
        let conversation = self.conversation;
        let rung = async {
            loop {
                match self.bell.recv().await {
                    Ok(id) if id != conversation => {}
                    // Lagging behind means that bells were missed: look.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
                }
            }
        };
        let closing = async {
            match self.about {
                None => self.closing.cancelled().await,
                Some(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = rung => true,
            () = closing => false,
            () = tokio::time::sleep(LOOK_AGAIN) => false,
        }
    }
}
