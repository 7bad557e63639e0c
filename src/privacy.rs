//! A customer's words and what becomes of them in the end: they go when the customer says so, or when their time is over; and
//! whoever asks what is held gets all of it.
//!
//! An erasure is one transaction, and only what was committed is then written down outside the database
//! ([`Tombstones`]), so that a backup that is restored does not bring back who was erased. An erasure that failed is
//! over: nothing is left of it that could take away later what its customer has written since; and where an earlier
//! version left such a line, a conversation that went on after it stays. After a crash in between, the next start
//! writes it down, or any other replica within seconds: that it is to be done stands in the same transaction. What
//! stays is what was promised and who did what, by ids and times, without a word of the customer's.

mod export;
mod retain;
mod tombstones;
mod transcript;
mod watch;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock::{Clock, Ids};
use crate::conversation::{Conversation, ConversationId};
use crate::desk::Desk;
use crate::handoff::{Reference, Retention};
use crate::language::Lang;
use crate::store::{Begun, ErasedBy, Erasing, NewNotice, Removed, Store, StoreError};
use crate::turn::Turn;

pub use export::{Export, ExportedCase, ExportedConversation, ExportedNotice, ExportedReceipt};
pub use retain::replay_on;
pub use tombstones::Tombstones;
pub use transcript::{Line, Source, Transcript};
pub use watch::Watched;

pub use crate::store::Tombstone;

/// Why something about a customer's data was not done.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A legal hold stands on the conversation.
    #[error(
        "this conversation is under a legal hold since {since}: nothing in it may be erased until a supervisor has lifted \
         the hold"
    )]
    OnHold {
        /// Since when.
        since: Timestamp,
    },
    /// It was to be erased because nothing happens in it any more, and something has.
    #[error("the conversation is in use again")]
    InUse,
    /// The tombstones could not be written to or read; then nothing was erased.
    #[error("tombstones: {path}: {source}")]
    Tombstones {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The page could not be written.
    #[error("the transcript could not be written: {0}")]
    Page(#[from] minijinja::Error),
    /// The work on it ended half-way: either it is all gone by then, or nothing is.
    #[error("the erasure was interrupted: if the conversation is still there, erase it again")]
    Interrupted,
}

/// That a conversation was erased, for the one who asked for it. Nothing else remains of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErasureReceipt {
    /// Names the erasure. The tombstone, which stays, has the same name.
    pub id: Uuid,
    /// The conversation that is no more.
    pub conversation: ConversationId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub erased_at: Timestamp,
    /// `customer`, or `retention`: its time was over.
    pub by: &'static str,
    /// What was removed.
    pub removed: Removed,
    /// The case that was open. The desk has been told that nobody waits for it any more.
    pub called_off: Option<Reference>,
    /// What is left: what was promised, and who did what, by ids and times, without words.
    #[schema(value_type = Vec<String>)]
    pub stays: &'static [&'static str],
}

/// Tables of which lines about an erased conversation stay; those of the queue for two weeks.
const STAYS: &[&str] = &["ledger", "audit", "handling", "desk_event"];

/// What privacy works with.
#[derive(Debug)]
pub struct PrivacyParts {
    /// What is kept.
    pub store: Store,
    /// Whom to tell that nobody waits any more.
    pub desk: Desk,
    /// What remembers questions.
    pub turn: Arc<Turn>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Names for erasures.
    pub ids: Arc<dyn Ids>,
    /// What was erased, outside the store.
    pub tombstones: Tombstones,
    /// How long conversations are kept.
    pub retention: Retention,
    /// The zone that transcripts tell times in.
    pub zone: TimeZone,
    /// Where this service is reached from outside, without a slash at the end: sources in transcripts are linked to there.
    pub public_url: Option<String>,
    /// The language of transcripts of conversations that name none.
    pub default_language: Lang,
    /// Tells listeners that there is something new in a conversation, or nothing any more.
    pub bell: broadcast::Sender<ConversationId>,
}

/// Erases, exports, and sees to it that nothing is kept for longer than it may be. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Privacy(Arc<PrivacyParts>);

impl Privacy {
    /// Of these parts.
    pub fn new(parts: PrivacyParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Erases a conversation, with everything in it and everything about it. When this returns, the rows are gone, from
    /// SQLite's log too, and a tombstone is on the disk (where that failed, it is tried again every few seconds); what
    /// is left of them between the rows of SQLite's pages is gone within a minute.
    ///
    /// Erasing goes on when the caller does not wait for it.
    ///
    /// # Errors
    /// [`PrivacyError::OnHold`] under a legal hold; [`StoreError::UnknownConversation`] when it is gone already; when
    /// the file of tombstones cannot be written to or the store fails, and then nothing is erased, now or later.
    pub async fn erase(
        &self,
        conversation: &Conversation,
        by: ErasedBy<'static>,
    ) -> Result<ErasureReceipt, PrivacyError> {
        let (privacy, id) = (self.clone(), conversation.id);
        tokio::spawn(async move { privacy.remove(id, by).await }).await.map_err(|_| PrivacyError::Interrupted)?
    }

    /// Everything held on a conversation, as its customer may see it.
    ///
    /// # Errors
    /// When there is no such conversation, or the store fails.
    pub async fn export(&self, of: ConversationId) -> Result<Export, PrivacyError> {
        export::export(&self.0, of).await
    }

    /// What was said, for reading.
    ///
    /// # Errors
    /// When there is no such conversation, or the store fails.
    pub async fn transcript(&self, of: ConversationId) -> Result<Transcript, PrivacyError> {
        transcript::transcript(&self.0, of).await
    }

    /// When a conversation is erased by itself if nothing more happens in it. `None` while a case is open or a legal hold stands.
    ///
    /// # Errors
    /// When there is no such conversation, or the store fails.
    pub async fn erased_on(&self, of: ConversationId) -> Result<Option<Timestamp>, PrivacyError> {
        retain::erased_on(&self.0, of).await
    }

    async fn remove(&self, id: ConversationId, by: ErasedBy<'_>) -> Result<ErasureReceipt, PrivacyError> {
        let parts = &self.0;
        let erasing = match parts.store.begin_erasure(id, by).await? {
            Begun::Ready(erasing) => erasing,
            Begun::OnHold(hold) => return Err(PrivacyError::OnHold { since: hold.at }),
            Begun::InUse => return Err(PrivacyError::InUse),
        };
        let tombstone = erasing.tombstone(parts.ids.fresh(), parts.clock.now());
        let called_off = erasing.open().cloned();
        let notices = called_off.as_ref().map(|ticket| parts.desk.erased(ticket)).unwrap_or_default();
        let removed = bury((&parts.store, &parts.tombstones), erasing, by, &tombstone, &notices).await?;
        // The rows are gone. If the log cannot be emptied now, because somebody reads, the watch does it in a moment.
        if let Err(error) = parts.store.empty_log().await {
            tracing::warn!(%error, "the database's log could not be emptied after an erasure; tried again in a moment");
        }
        parts.turn.forget();
        let _ = parts.bell.send(id);
        tracing::info!(tombstone = %tombstone.id, by = by.word(), "a conversation was erased");
        Ok(ErasureReceipt {
            id: tombstone.id,
            conversation: id,
            erased_at: tombstone.at,
            by: by.word(),
            removed,
            called_off: called_off.map(|ticket| ticket.reference),
            stays: STAYS,
        })
    }
}

/// Erases a conversation, and then writes down outside the database that this was done. In this order: what is written
/// down has happened, and is done again only to what a backup brings back. The other way round, a database that failed
/// in between would leave behind an erasure that nobody knows of, to be done some day to whatever the customer has
/// written by then.
pub(crate) async fn bury(
    (store, tombstones): (&Store, &Tombstones),
    erasing: Box<Erasing>,
    by: ErasedBy<'_>,
    stone: &Tombstone,
    notices: &[NewNotice],
) -> Result<Removed, PrivacyError> {
    // A file that cannot be written to is found before anything is gone.
    tombstones.ready().await?;
    let removed = erasing.finish(by, stone, notices).await?;
    if let Err(error) = tombstones.note(store).await {
        let tombstone = stone.id;
        tracing::error!(%error, %tombstone, "an erasure was done and could not be noted: tried again in a moment");
    }
    Ok(removed)
}
