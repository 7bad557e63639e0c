//! Evaluation: how well what is built here answers.

pub mod metrics;
