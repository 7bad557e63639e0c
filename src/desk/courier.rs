//! The courier: takes what is due out of the outbox and delivers it, at least once.

use std::time::Duration;

use jiff::SignedDuration;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tokio_util::sync::CancellationToken;

use super::clockwork::later;
use super::letters::Ready;
use super::{Desk, DeskError};
use crate::notify::{Failure, Next, NoticeId, TargetName};
use crate::store::{Notice, StoreError};

/// How long one delivery may take before another replica tries.
const LEASE: SignedDuration = SignedDuration::from_secs(300);
/// Notices taken up in one go: all of them must be done within the lease, each may take half a minute.
const AT_ONCE: u64 = 8;
const TICK: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// How long until it is looked again whether there is something to tell.
const AGAIN: SignedDuration = SignedDuration::from_secs(2);

impl Desk {
    /// Delivers what is due until the service closes.
    pub async fn deliver(self, closing: CancellationToken) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.0.ids.fresh().as_u64_pair().1);
        match self.release_held().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "notices that had nowhere to go are sent off"),
            Err(error) => tracing::error!(%error, "notices that wait for a target could not be sent off"),
        }
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

    /// Sends off what waited for a target that is configured now. Returns how many notices there were. What a configuration names changes only
    /// with a start, so once is enough.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release_held(&self) -> Result<u64, DeskError> {
        let configured: Vec<String> = self.0.targets.names().iter().map(|target| target.as_str().to_owned()).collect();
        Ok(self.0.store.release_held(&configured, self.now()).await?)
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
            let id = notice.id;
            if let Err(error) = self.deliver_one(notice, rng).await {
                tracing::error!(%error, notice = %id, "a notice could not be worked on; tried again when its lease has lapsed");
            }
        }
        Ok(count)
    }

    async fn deliver_one(&self, notice: Notice, rng: &mut ChaCha8Rng) -> Result<(), DeskError> {
        if !self.0.store.has_notice(notice.id).await? {
            // Its conversation was erased since it was taken up: nothing of it leaves the house any more.
            return Ok(());
        }
        let name = TargetName::kept(&notice.target.word());
        let Some(target) = self.0.targets.find(&name) else {
            let why = format!("{} is not configured any more: it waits until it is again", name.as_str());
            tracing::warn!(notice = %notice.id, %why, "a notice has nowhere to go");
            self.0.store.hold(notice.id, &why).await?;
            return Ok(());
        };
        let payload = match self.made_ready(&notice).await? {
            Ready::Now(payload) => payload,
            Ready::Later => return Ok(self.0.store.postpone(notice.id, later(self.now(), AGAIN)).await?),
            Ready::Needless => return Ok(self.0.store.drop_notice(notice.id).await?),
        };
        let sent = crate::notify::Notice {
            id: NoticeId(notice.id),
            at: notice.created_at,
            conversation: notice.conversation,
            ticket: notice.ticket,
            target: name,
            kind: notice.kind.clone(),
            payload,
            attempts: notice.attempts,
        };
        let failure = match target.deliver(&sent).await {
            Ok(()) => {
                return match self.0.store.delivered(notice.id, self.now()).await {
                    // Erased while it was on its way.
                    Ok(()) | Err(StoreError::UnknownNotice) => Ok(()),
                    Err(error) => Err(error.into()),
                };
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
                // First: should this be cut off, the mail is tried again, and then it is told. The other way round nobody would.
                self.tell_not_arrived(&notice).await?;
                self.0.store.dead(notice.id, &why).await?;
            }
        }
        Ok(())
    }
}
