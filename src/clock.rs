//! Time and identity as parameters, so that every test can hold both still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

/// Tells the time. The only place in the crate that asks the machine for it is [`SystemClock`].
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;
}

/// Makes identifiers: time-ordered UUIDs (version 7), so that database pages fill in order.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// A fresh identifier, never returned before.
    fn fresh(&self) -> Uuid;
    /// 32 bytes nobody can guess, for bearer tokens.
    fn secret(&self) -> [u8; 32];
}

/// The machine's clock, to the millisecond.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one door through which real time comes in")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // As fine as the store keeps it, so that a moment that is read back is the one that was told.
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// Identifiers from the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "the one door through which identifiers come in")]
    fn fresh(&self) -> Uuid {
        Uuid::now_v7()
    }

    #[expect(clippy::disallowed_methods, reason = "the one door through which randomness comes in")]
    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        bytes
    }
}

/// A clock that stands at one moment: for tests, and for "as of" questions such as which articles hold on a date.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Identifiers that count from one: for tests.
#[derive(Debug, Clone, Default)]
pub struct CountingIds(Arc<AtomicU64>);

impl Ids for CountingIds {
    fn fresh(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.fresh().as_bytes());
        bytes
    }
}
