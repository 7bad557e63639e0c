//! Tests over whole seams and whole processes.

mod embedding;
mod index_contract;
mod index_edge;
mod index_samples;
mod passages_fit;
mod processes;
mod sync_crash;
