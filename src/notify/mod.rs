//! Telling people and systems outside: what the outbox holds is delivered here, and what they answer is read.
//!
//! A notice is written to the outbox in the same transaction as what it tells. Whoever empties the outbox asks [`Targets`] for the
//! notice's target, delivers, and on failure asks [`Backoff`] when to try again. Delivery is at least once: every attempt carries the
//! same id, by which a receiver knows what it has already.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::conversation::ConversationId;
use crate::handoff::TicketId;

mod backoff;
pub mod inbound;
pub mod mail;
mod targets;
pub mod webhook;

pub use backoff::{Backoff, Next};
pub use mail::{Letter, LetterBody, Source, Speaker, TranscriptLine};
pub use targets::{NotifyError, Targets};

/// Names a notice, to us and to whoever receives it; the same at every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoticeId(pub Uuid);

impl std::fmt::Display for NoticeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a notice goes: `mail`, `desk`, or `webhook:NAME`. One notice for each webhook, so that a broken one neither holds up nor repeats
/// what is for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetName(String);

impl TargetName {
    /// The customer's mailbox.
    pub fn mail() -> Self {
        Self("mail".to_owned())
    }

    /// A desk's own mailbox. Not the customer's: what one of them refuses must not hold up the other.
    pub fn desk() -> Self {
        Self("desk".to_owned())
    }

    /// The webhook of that name in the configuration.
    pub fn webhook(name: &str) -> Self {
        Self(format!("webhook:{name}"))
    }

    /// One that is kept.
    pub fn kept(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TargetName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that somebody outside is told: an entry of the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Names it.
    pub id: NoticeId,
    /// When it came up.
    pub at: Timestamp,
    /// What conversation it is about.
    pub conversation: Option<ConversationId>,
    /// What ticket it is about.
    pub ticket: Option<TicketId>,
    /// Where it goes.
    pub target: TargetName,
    /// What it tells: for mail one of [`mail::Letter::kind`], for webhooks the event's type, such as `ticket_opened`.
    pub kind: String,
    /// What there is to tell: for mail a [`mail::Letter`], for webhooks whatever belongs to the kind.
    pub payload: serde_json::Value,
    /// How many attempts have failed so far.
    pub attempts: u32,
}

/// Something notices can be delivered to.
#[async_trait]
pub trait Target: Send + Sync + std::fmt::Debug {
    /// Delivers a notice: `Ok` means that the receiver has taken it over.
    ///
    /// # Errors
    /// When it has not, or it is not known whether it has.
    async fn deliver(&self, notice: &Notice) -> Result<(), Failure>;
}

/// Why a notice was not delivered. The reason is for operators and the log: it holds neither what was to be told nor the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Another attempt may succeed.
    #[error("{why}")]
    Passing {
        /// What went wrong.
        why: String,
        /// How long the receiver wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The receiver will never take it.
    #[error("{why}")]
    Permanent {
        /// What went wrong.
        why: String,
    },
}

impl Failure {
    fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), retry_after: None }
    }

    fn permanent(why: impl Into<String>) -> Self {
        Self::Permanent { why: why.into() }
    }
}
