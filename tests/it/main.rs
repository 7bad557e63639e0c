//! Integration tests: real model, real servers, real processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod embedding;
mod processes;
