//! What goes on beside the service: what is over is erased, what was erased elsewhere is noted and forgotten here too,
//! and SQLite's file is written anew when something was deleted from it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::retain::before;
use super::{Privacy, PrivacyError};
use crate::store::Scrubbed;

/// How often it is looked after what was erased.
const TICK: Duration = Duration::from_secs(5);
/// How often conversations whose time is over are looked for.
const SWEEP: SignedDuration = SignedDuration::from_hours(1);
/// How long changes of the queue are kept for who was away and listens again. Whoever was away for longer reads the
/// queue anew, which is what they would do after that time anyway: two weeks are the longest holidays that desks have.
const QUEUE_KEPT: SignedDuration = SignedDuration::from_hours(24 * 14);
/// After the file was written anew, it is left alone for so many times as long as that took: customers want to write too.
const REST: i32 = 10;

/// What the watch remembers from one look to the next.
#[derive(Debug, Default)]
pub struct Watched {
    erasures: u64,
    next_sweep: Option<Timestamp>,
    next_scrub: Option<Timestamp>,
    log_holds_some: bool,
    told: bool,
}

impl Privacy {
    /// Looks after all this until the service closes.
    pub async fn watch(self, closing: CancellationToken) {
        let mut watched = Watched::default();
        loop {
            if let Err(error) = self.look(&mut watched).await {
                tracing::error!(%error, "erasures could not be looked after; tried again in a moment");
            }
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// When the store or the tombstones fail. What is over goes all the same when only an erasure cannot be done again.
    pub async fn look(&self, watched: &mut Watched) -> Result<(), PrivacyError> {
        let parts = &self.0;
        // Another replica's caches may hold the same customer's words.
        let erasures = parts.store.last_erasure().await?;
        if erasures != watched.erasures {
            watched.erasures = erasures;
            watched.log_holds_some = true;
            parts.turn.forget();
        }
        let now = parts.clock.now();
        if watched.next_scrub.is_none_or(|next| now >= next) {
            let began = parts.clock.now();
            self.scrub(watched).await?;
            let took = parts.clock.now().duration_since(began);
            watched.next_scrub = began.checked_add(took.checked_mul(REST).unwrap_or(took)).ok();
        }
        if watched.log_holds_some {
            watched.log_holds_some = !parts.store.empty_log().await?;
        }
        // Last: if one of these fails, words that were erased are gone from the files all the same.
        parts.tombstones.note(&parts.store).await?;
        if watched.next_sweep.is_none_or(|next| now >= next) {
            // One that cannot be erased again must not keep what is over for ever: that failed is told at the end.
            let again = self.replay().await;
            let over = self.sweep().await?;
            parts.store.forget_desk_events(before(now, QUEUE_KEPT)).await?;
            watched.next_sweep = now.checked_add(SWEEP).ok();
            let again = again?;
            if again + over > 0 {
                tracing::info!(
                    over,
                    again,
                    "conversations were erased: their time was over, or they had been erased before"
                );
            }
        }
        Ok(())
    }

    async fn scrub(&self, watched: &mut Watched) -> Result<(), PrivacyError> {
        if self.0.store.scrub(false).await? == Scrubbed::AtNextStart && !watched.told {
            watched.told = true;
            tracing::warn!(
                "the database is too large to be written anew while it is in use: remains of what was erased go at the next start"
            );
        }
        Ok(())
    }
}
