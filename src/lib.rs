//! Madoguchi (窓口): the counter where a customer is served.
//!
//! A help desk that answers from a company's own articles, cites them, and says so when they do not hold the answer.
//! ARCHITECTURE.md tells the story; `turn` is the place to start reading code.

pub mod clock;
pub mod eval;
pub mod knowledge;
pub mod language;
pub mod llm;
pub mod passages;
