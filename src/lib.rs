//! Madoguchi (窓口): the counter where a customer is served.
//!
//! A help desk that answers from a company's own articles, cites them, and says so when they do not hold the answer.
//! ARCHITECTURE.md tells the story; [`turn`] is the place to start reading code.

pub mod answer;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod conversation;
pub mod counter;
pub mod desk;
pub mod editing;
pub mod eval;
pub mod guard;
pub mod handoff;
pub mod http;
pub mod knowledge;
pub mod language;
pub mod llm;
pub mod notify;
pub mod passages;
pub mod privacy;
pub mod prompt;
pub mod signin;
pub mod store;
pub mod telemetry;
pub mod turn;
mod watched;
