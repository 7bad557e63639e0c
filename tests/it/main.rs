//! Tests over whole seams and whole processes.

mod index_contract;
mod index_edge;
mod index_qdrant;
mod index_samples;
mod qdrant_stub;
