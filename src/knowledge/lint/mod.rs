//! What is wrong with the articles, told so that an editor can put it right.

mod finding;
mod render;
mod rules;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use finding::Finding;
pub use render::render;
pub use rules::{FirstTime, Rule, RuleDoc, Severity, documentation};

use super::article::Article;
use super::library::Library;

/// Checks everything that can be checked once all files are read, as on the day `today`.
pub fn check(_library: &Library, _today: Date) -> Vec<Finding> {
    Vec::new()
}

/// The errors of [`FirstTime::Admit`] that `article` has among the files of `library`, each with what it is about.
pub fn standing(_article: &Article, _library: &Library) -> BTreeSet<(Rule, String)> {
    BTreeSet::new()
}
