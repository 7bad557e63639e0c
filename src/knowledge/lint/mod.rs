//! What is wrong with the articles, told so that an editor can put it right.

mod finding;
mod rules;

use jiff::civil::Date;

pub use finding::Finding;
pub use rules::{FirstTime, Rule, RuleDoc, Severity, documentation};

use super::library::Library;

/// Checks everything that can be checked once all files are read, as on the day `today`.
pub fn check(_library: &Library, _today: Date) -> Vec<Finding> {
    Vec::new()
}
