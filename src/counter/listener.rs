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
                // A stream about one message ends with its answer, closing or not; the others end with the service.
                Ok(_) if self.about.is_none() && self.closing.is_cancelled() => return None,
                Ok(_) => self.wait().await,
            }
        }
    }

    async fn wait(&mut self) {
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
            () = rung => {}
            () = closing => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}
