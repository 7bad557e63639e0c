//! Tests over whole seams and whole processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity, reason = "tests")]

mod chat_stream;
mod embedding;
mod eval_sets;
mod guard_history;
mod held;
mod index_contract;
mod index_edge;
mod index_qdrant;
mod index_samples;
mod judge;
mod passages_fit;
mod processes;
mod qdrant_stub;
mod service;
mod sync_crash;
