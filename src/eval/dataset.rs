//! Datasets, in the field's own formats: one file a format.

pub mod abstention;
pub mod answers;
pub mod beir;
pub mod conversations;
pub mod draw;
pub mod grounding;
pub mod guards;
pub mod hostile;
pub mod injections;
pub mod personal;
pub mod promptfoo;
