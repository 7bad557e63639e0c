//! The courier: takes what is due out of the outbox and delivers it, at least once.

use std::time::Duration;

use jiff::SignedDuration;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tokio_util::sync::CancellationToken;

use super::clockwork::later;
use super::{Desk, DeskError};
use crate::notify::{Failure, Next, NoticeId, TargetName};
use crate::store::Notice;

/// How long one delivery may take before another replica tries.
const LEASE: SignedDuration = SignedDuration::from_secs(300);
/// Notices taken up in one go: all of them must be done within the lease, each may take half a minute.
const AT_ONCE: u64 = 8;
const TICK: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(10);

impl Desk {
    /// Delivers what is due until the service closes.
    pub async fn deliver(self, closing: CancellationToken) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.0.ids.fresh().as_u64_pair().1);
        loop {
            let pause = match self.deliver_due(&mut rng).await {
                Ok(0) => TICK,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be worked off; tried again in a moment");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Delivers what is due now. Returns how many notices there were.
    ///
    /// # Errors
    /// When the store fails. A target that fails is no error: its notice is tried again, or given up and shown.
    pub async fn deliver_due(&self, rng: &mut ChaCha8Rng) -> Result<usize, DeskError> {
        let now = self.now();
        let due = self.0.store.due_notices(now, later(now, LEASE), AT_ONCE).await?;
        let count = due.len();
        for notice in due {
            self.deliver_one(notice, rng).await?;
        }
        Ok(count)
    }

    async fn deliver_one(&self, notice: Notice, rng: &mut ChaCha8Rng) -> Result<(), DeskError> {
        let name = TargetName::kept(&notice.target.word());
        let Some(target) = self.0.targets.find(&name) else {
            let why = format!("{} is not configured any more", name.as_str());
            self.0.store.dead(notice.id, &why).await?;
            return Ok(());
        };
        let sent = crate::notify::Notice {
            id: NoticeId(notice.id),
            at: notice.created_at,
            conversation: notice.conversation,
            ticket: notice.ticket,
            target: name,
            kind: notice.kind,
            payload: notice.payload,
            attempts: notice.attempts,
        };
        let failure = match target.deliver(&sent).await {
            Ok(()) => {
                self.0.store.delivered(notice.id, self.now()).await?;
                return Ok(());
            }
            Err(failure) => failure,
        };
        let why = match &failure {
            Failure::Passing { why, .. } | Failure::Permanent { why } => why.clone(),
        };
        match self.0.targets.backoff().next(notice.attempts.saturating_add(1), &failure, rng) {
            Next::After(pause) => {
                let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_hours(1));
                self.0.store.failed(notice.id, &why, later(self.now(), pause)).await?;
            }
            Next::Dead => {
                tracing::error!(notice = %notice.id, %why, "a notice was given up: it waits in the outbox");
                self.0.store.dead(notice.id, &why).await?;
            }
        }
        Ok(())
    }
}
