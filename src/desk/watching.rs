//! Whoever watches the queue: what is on disk, then what comes.

use std::collections::VecDeque;
use std::time::Duration;

use futures::Stream;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;

use super::Desk;
use crate::conversation::ConversationId;
use crate::store::{DeskEvent, Store, StoreError, Watcher};

/// How often a watcher looks by themselves, should a bell have been missed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// For so long bells are gathered: a reply that is being written rings at every sentence, and is nothing to a queue.
const GATHER: Duration = Duration::from_millis(100);
/// Events read from the store at once.
const PAGE: u64 = 200;

impl Desk {
    /// What changes in the queue after event `after`, as far as `watcher` may see it: what is on disk, then what comes, until `closing`. The
    /// bell is only a hint: another replica's changes are read like one's own.
    pub fn changes(
        &self,
        watcher: Watcher,
        after: u64,
        closing: CancellationToken,
    ) -> impl Stream<Item = Result<DeskEvent, StoreError>> + Send + use<> {
        let watching = Watching {
            store: self.0.store.clone(),
            bell: self.0.bell.subscribe(),
            closing,
            watcher,
            after,
            read: VecDeque::new(),
            ended: false,
        };
        futures::stream::unfold(watching, |mut watching| async move {
            let next = watching.next().await?;
            Some((next, watching))
        })
    }
}

struct Watching {
    store: Store,
    bell: broadcast::Receiver<ConversationId>,
    closing: CancellationToken,
    watcher: Watcher,
    after: u64,
    read: VecDeque<DeskEvent>,
    ended: bool,
}

impl Watching {
    async fn next(&mut self) -> Option<Result<DeskEvent, StoreError>> {
        loop {
            if self.ended {
                return None;
            }
            while let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                if self.watcher.sees(&event) {
                    return Some(Ok(event));
                }
            }
            match self.store.desk_events_after(self.after, PAGE).await {
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Ok(events) if !events.is_empty() => self.read.extend(events),
                Ok(_) if self.closing.is_cancelled() => return None,
                Ok(_) => self.wait().await,
            }
        }
    }

    async fn wait(&mut self) {
        let rung = async {
            match self.bell.recv().await {
                // Lagging behind means that bells were missed: look.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return std::future::pending().await,
            }
            tokio::time::sleep(GATHER).await;
            while let Ok(_) | Err(TryRecvError::Lagged(_)) = self.bell.try_recv() {}
        };
        tokio::select! {
            () = rung => {}
            () = self.closing.cancelled() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}
