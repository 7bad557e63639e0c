//! Tells listeners of a reply while it is being written. What is told is on disk first.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::broadcast;

use super::told;
use crate::answer::Receipt;
use crate::conversation::ConversationId;
use crate::store::{Attempt, Store};
use crate::turn::{NotNoted, Piece, Progress};

/// Keeps each piece as it comes and rings the bell.
pub(super) struct Telling {
    store: Store,
    bell: broadcast::Sender<ConversationId>,
    attempt: Attempt,
    said: AtomicUsize,
    /// A piece could not be kept. Those after it wait for the end, so that none is told before another that comes first.
    failed: AtomicBool,
}

impl Telling {
    pub(super) fn new(store: Store, bell: broadcast::Sender<ConversationId>, attempt: Attempt) -> Self {
        Self { store, bell, attempt, said: AtomicUsize::new(0), failed: AtomicBool::new(false) }
    }

    /// How many pieces were kept.
    pub(super) fn said(&self) -> usize {
        self.said.load(Ordering::Acquire)
    }
}

#[async_trait]
impl Progress for Telling {
    async fn writing(&self, receipt: &Receipt) -> Result<(), NotNoted> {
        self.store.begin_writing(&self.attempt, receipt).await.map_err(|error| {
            tracing::error!(%error, message = %self.attempt.message, "a message could not be marked as being written about");
            NotNoted
        })?;
        let _ = self.bell.send(self.attempt.conversation);
        Ok(())
    }

    async fn said(&self, piece: &Piece) {
        if self.failed.load(Ordering::Acquire) {
            return;
        }
        let kept = self.store.add_events(&self.attempt, &told(piece.clone())).await;
        if let Err(error) = kept {
            tracing::error!(%error, message = %self.attempt.message, "a sentence could not be kept: it comes with the whole reply");
            self.failed.store(true, Ordering::Release);
            return;
        }
        self.said.fetch_add(1, Ordering::AcqRel);
        let _ = self.bell.send(self.attempt.conversation);
    }
}
