//! Rules about dates.

use jiff::civil::Date;

use super::finding::Finding;
use super::rules::Rule;
use crate::knowledge::library::Document;

pub(super) fn check(document: &Document, today: Date, findings: &mut Vec<Finding>) {
    let article = &document.article;
    if let (Some(from), Some(until)) = (article.effective_from, article.effective_until)
        && until < from
    {
        let message = format!("the article ends ({until}) before it begins ({from})");
        findings.push(Finding::new(Rule::DatesReversed, &document.source, document.place("effective_until"), message));
    }
    // Nobody reads again what has left service.
    let expired = article.effective_until.is_some_and(|until| until < today);
    if let Some(day) = article.review_by.filter(|day| *day < today && !expired) {
        let owner = article.owner.as_deref().map(|owner| format!(" by {owner}")).unwrap_or_default();
        let message = format!("should have been read again{owner} by {day}");
        findings.push(Finding::new(Rule::ReviewDue, &document.source, document.place("review_by"), message));
    }
}
