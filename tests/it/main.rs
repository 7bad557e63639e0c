//! Integration tests: real model, real servers, real processes.

mod embedding;
mod processes;
