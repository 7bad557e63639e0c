//! "A person, please".

use super::{NOT_MEASURED, Page, missed, named, share};
use crate::eval::certificate::figures::{Certificate, Missed, Rate};

/// Where nothing is down.
const UP: &str = "all parts up";

pub(super) fn person(page: &mut Page, certificate: &Certificate) {
    page.head("\"A person, please\"");
    let Some(person) = &certificate.person else {
        page.line(NOT_MEASURED);
        return;
    };
    page.line("Each wording as a first message, in one whole turn. No chat model is asked, as if none were up.");
    page.line("");
    page.columns(&["", "reach no person"]);
    page.row(&[UP.to_owned(), share(&person.share())]);
    let down: Vec<(String, &[Missed])> =
        person.down.iter().map(|(what, missed)| (format!("{what} down"), missed.as_slice())).collect();
    for (what, missed) in &down {
        page.row(&[what.clone(), share(&Rate::new(missed.len(), person.rows))]);
    }
    page.line("");
    page.line(format!("Rules alone understand {}.", share(&person.by_rules)));
    let up = person.missed.iter().map(|row| (UP, row));
    let down = down.iter().flat_map(|(what, missed)| missed.iter().map(move |row| (what.as_str(), row)));
    missed(page, &["with", "missed", "message"], up.chain(down));
    if let Some(needless) = &person.needless {
        page.line("");
        let (share, ids) = (share(&needless.share), named(&needless.ids));
        page.line(format!("Harmless messages with the same words that are handed over: {share}{ids}."));
    }
}
