//! What is kept for no longer than it may be, and what was erased stays erased.

use jiff::{SignedDuration, Timestamp};

use super::{ErasureReceipt, Privacy, PrivacyError, PrivacyParts, Tombstone, Tombstones};
use crate::conversation::ConversationId;
use crate::handoff::Ticket;
use crate::store::{Begun, ErasedBy, NewNotice, Store, StoreError};

/// Conversations read in one go.
const PAGE: u64 = 500;

/// When a conversation is erased by itself, if nothing more happens in it.
pub(super) async fn erased_on(parts: &PrivacyParts, of: ConversationId) -> Result<Option<Timestamp>, PrivacyError> {
    let last = parts.store.last_activity(of).await?;
    let cases = parts.store.tickets_of(of).await?;
    if cases.iter().any(|case| case.state.open()) || parts.store.standing_hold(of).await?.is_some() {
        return Ok(None);
    }
    let kept = parts.retention.after(cases.iter().map(|case| &case.case.reason));
    Ok(Some(last.checked_add(kept).unwrap_or(Timestamp::MAX)))
}

impl Privacy {
    /// Erases every conversation whose time is over: nothing has happened in it for as long as its kind is kept, no case is open, and
    /// no legal hold stands. Several replicas may do it at once: each conversation goes once. Returns how many went here.
    ///
    /// # Errors
    /// When the store or the tombstones fail; what went before is gone.
    pub async fn sweep(&self) -> Result<usize, PrivacyError> {
        let parts = &self.0;
        let now = parts.clock.now();
        let cutoff = before(now, parts.retention.shortest());
        let (mut after, mut erased) = (None, 0);
        loop {
            let page = parts.store.idle_since(cutoff, after, PAGE).await?;
            let Some(last) = page.last().copied() else { return Ok(erased) };
            for id in page {
                // One that cannot be read must not keep all others for ever.
                match self.remove_if_over(id, now).await {
                    Ok(went) => erased += usize::from(went),
                    Err(error) => {
                        tracing::error!(%error, conversation = %id, "a conversation whose time is over could not be erased");
                    }
                }
            }
            after = Some(last);
        }
    }

    async fn remove_if_over(&self, id: ConversationId, now: Timestamp) -> Result<bool, PrivacyError> {
        let cases = self.0.store.tickets_of(id).await?;
        let kept = self.0.retention.after(cases.iter().map(|case| &case.case.reason));
        gone(self.remove(id, ErasedBy::Retention { idle_since: before(now, kept) }).await)
    }

    /// Erases again what a backup brought back, as [`replay_on`] does. Call it at each start, before anybody is served.
    ///
    /// # Errors
    /// When the store or the tombstones fail.
    pub async fn replay(&self) -> Result<usize, PrivacyError> {
        let parts = &self.0;
        let erased = replay_on(&parts.store, &parts.tombstones, &|ticket| parts.desk.erased(ticket)).await?;
        if erased > 0 {
            parts.turn.forget();
            parts.store.empty_log().await?;
        }
        Ok(erased)
    }
}

/// Erases again what was erased before and is there all the same: a backup brought it back. `notices` are what a desk
/// is told whose case was open in it. Returns how many there were.
///
/// What a customer wrote after that is not erased unasked: where another replica was started earlier and took something
/// in, the conversation stays, and the log names it. So does one in which something happened after an earlier version
/// noted its erasure: that version noted first and erased then, which may have failed.
///
/// # Errors
/// When the store or the tombstones fail. What can be erased is erased all the same.
pub async fn replay_on(
    store: &Store,
    tombstones: &Tombstones,
    notices: &(dyn Fn(&Ticket) -> Vec<NewNotice> + Send + Sync),
) -> Result<usize, PrivacyError> {
    tombstones.note(store).await?;
    let buried = tombstones.read().await?;
    if buried.is_empty() {
        return Ok(0);
    }
    let (mut after, mut erased, mut failed) = (None, 0, None);
    loop {
        let page = store.conversation_ids(after, PAGE).await?;
        let Some(last) = page.last().copied() else {
            if erased > 0 {
                tombstones.look_again().await;
            }
            return failed.map_or(Ok(erased), |error: PrivacyError| Err(error));
        };
        for id in page {
            let Some(stone) = buried.of(id) else { continue };
            match again(store, id, stone, notices).await {
                Ok(went) => erased += usize::from(went),
                Err(error) => {
                    tracing::error!(%error, conversation = %id, "an erasure could not be done again");
                    failed.get_or_insert(error.into());
                }
            }
        }
        after = Some(last);
    }
}

/// Whether it was there, and is gone by this.
async fn again(
    store: &Store,
    id: ConversationId,
    stone: &Tombstone,
    notices: &(dyn Fn(&Ticket) -> Vec<NewNotice> + Send + Sync),
) -> Result<bool, StoreError> {
    let by = ErasedBy::Tombstone(stone);
    match store.begin_erasure(id, by).await {
        Ok(Begun::Ready(erasing)) => {
            let told = erasing.open().map(notices).unwrap_or_default();
            erasing.finish(by, stone, &told).await?;
            Ok(true)
        }
        Ok(Begun::InUse) if stone.covers.is_none() => {
            tracing::error!(
                conversation = %id,
                tombstone = %stone.id,
                "an earlier version noted that it erased this conversation, and something has happened in it since: \
                 either the erasure failed then, or a backup brought it back. It stays until its customer erases it \
                 once more or its time is over"
            );
            Ok(false)
        }
        Ok(Begun::InUse) => {
            tracing::error!(
                conversation = %id,
                tombstone = %stone.id,
                "a backup brought back a conversation that was erased, and its customer has gone on in it since: it \
                 stays, with what was erased, until they erase it once more or its time is over"
            );
            Ok(false)
        }
        // A hold that is younger than the tombstone, or another replica was faster.
        Ok(Begun::OnHold(_)) | Err(StoreError::UnknownConversation) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether it is gone by this attempt. Somebody else's, a hold, or a customer who came back are no failures.
fn gone(attempt: Result<ErasureReceipt, PrivacyError>) -> Result<bool, PrivacyError> {
    match attempt {
        Ok(_) => Ok(true),
        Err(PrivacyError::OnHold { .. } | PrivacyError::InUse) => Ok(false),
        Err(PrivacyError::Store(StoreError::UnknownConversation)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}
