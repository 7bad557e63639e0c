//! Tests over whole seams and whole processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop where it stands")]

mod index_contract;
mod index_edge;
mod index_qdrant;
mod index_samples;
mod qdrant_stub;
