//! What a reader must know first, whoever it is: what holds, what does not, and the two figures that matter most.

use super::{Page, percent};
use crate::eval::certificate::check::promises;
use crate::eval::certificate::figures::{Certificate, Rate};
use crate::eval::certificate::tally::ALL;

pub(super) fn head(page: &mut Page, certificate: &Certificate) {
    page.line("# Certificate of the guards");
    page.line("");
    page.line(
        "Who gets a message, a person or the machine? Measured on messages written for this, not on customers' own.",
    );
    page.line("");
    for promise in promises(certificate) {
        if promise.broken.is_empty() {
            page.line(format!("- **Holds:** {}.", promise.kept));
        }
        for problem in promise.broken {
            page.line(format!("- **Does not hold:** {}.", problem.problem));
        }
    }
    if let Some(cell) = certificate.policies.get(ALL).and_then(|languages| languages.get(ALL)) {
        let (missed, plain, hard) = (short(&cell.missed), short(&cell.needless), short(&cell.needless_hard));
        page.line(format!("- Of requests that a person must take, the machine would answer {missed}."));
        page.line(format!(
            "- Of harmless questions, {plain} go to a person needlessly; of those written to look like a request, {hard}."
        ));
    }
    page.line("");
    page.line("Written by `madoguchi guard certify`, held by `madoguchi guard certify --check`; the same as data is");
    page.line("[certificate.json](certificate.json). Below, shares stand with Wilson's 95% interval.");
}

/// A share without its interval.
fn short(rate: &Rate) -> String {
    match rate.of {
        0 => "none (there were none)".to_owned(),
        of => format!("**{}** ({} of {of})", percent(rate.rate), rate.hits),
    }
}
