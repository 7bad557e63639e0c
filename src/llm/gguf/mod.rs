//! Model files: what is on disk is always GGUF by llama.cpp's conventions, wherever the weights came from.
//!
//! A file that `madoguchi` imports is therefore also served by llama.cpp and everything built on it, and any other GGUF
//! embedding model of the `bert` architecture can take its place by configuration.

mod charsmap;
mod e5s;
mod import;

pub use e5s::FormatError;
pub use import::{ImportError, ImportReport, MODEL_ENTRY, MODEL_SHA256, WHEEL_SHA256, import};
