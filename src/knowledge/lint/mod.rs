//! What is wrong with the articles, told so that an editor can put it right.

mod dates;
mod family;
mod finding;
pub mod injection;
mod links;
mod render;
mod rules;
mod similar;
mod structure;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use finding::Finding;
pub use render::render;
pub use rules::{FirstTime, Rule, RuleDoc, Severity, documentation};

use super::article::Article;
use super::library::Library;

/// Checks everything that can be checked once all files are read, as on the day `today`.
pub fn check(library: &Library, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in &library.documents {
        dates::check(document, today, &mut findings);
        structure::check(document, &mut findings);
        links::check(document, library, today, &mut findings);
        injection::check(document, &mut findings);
    }
    family::check(library, &mut findings);
    similar::check(library, &mut findings);
    findings
}

/// The errors of [`FirstTime::Admit`] that `article` has among the files of `library`, each with what it is about.
pub fn standing(article: &Article, library: &Library) -> BTreeSet<(Rule, String)> {
    let dead = links::dead(article, library).into_iter().map(|target| (Rule::DeadLink, target));
    let broken = family::broken_translation(article, library).map(|id| (Rule::TranslationTarget, id));
    dead.chain(broken).collect()
}

#[cfg(test)]
mod tests;
