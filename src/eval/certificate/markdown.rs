//! The certificate for people: `eval/certificate.md`.

mod sections;

use std::fmt::Write as _;

use super::check::problems;
use super::figures::{Certificate, Frozen, Rate};

/// Rows named in full; more are counted.
const NAMED: usize = 20;

/// The whole page.
pub fn markdown(certificate: &Certificate) -> String {
    let mut page = Page::default();
    page.line("# Certificate of the guards");
    page.line("");
    page.line("Written by `madoguchi guard certify`, held by `madoguchi guard certify --check`; the same as data is");
    page.line("[certificate.json](certificate.json). Shares stand with Wilson's 95% interval.");
    page.line("");
    verdict(&mut page, certificate);
    sections::about(&mut page, certificate);
    page.head("Rows that may never be missed");
    frozen(&mut page, &certificate.must_not_miss, "whole turns hand over");
    sections::policies(&mut page, certificate);
    sections::confusions(&mut page, certificate);
    sections::variants(&mut page, certificate);
    sections::spread(&mut page, certificate);
    page.head("\"A person, please\"");
    match &certificate.person {
        Some(person) => {
            page.line("By rules alone, as when the model, the index and the embedder are down.");
            page.line("");
            frozen(&mut page, person, "rules alone hand over");
        }
        None => page.line(NOT_MEASURED),
    }
    sections::hostile(&mut page, certificate);
    sections::taken(&mut page, certificate);
    sections::slack(&mut page, certificate);
    page.0
}

const NOT_MEASURED: &str = "Not measured.";

/// Text that grows line by line.
#[derive(Debug, Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: impl AsRef<str>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{}", text.as_ref());
    }

    fn head(&mut self, title: &str) {
        self.line("");
        self.line(format!("## {title}"));
        self.line("");
    }

    /// A table's head.
    fn columns(&mut self, names: &[&str]) {
        self.line(format!("| {} |", names.join(" | ")));
        self.line(format!("|{}", "---|".repeat(names.len())));
    }

    fn row(&mut self, cells: &[String]) {
        self.line(format!("| {} |", cells.join(" | ")));
    }
}

/// What a reader must know first.
fn verdict(page: &mut Page, certificate: &Certificate) {
    let problems = problems(certificate);
    if problems.is_empty() {
        page.line("**Holds.** No row is missed that may never be, and nothing of a hostile reply was shown.");
    }
    for problem in problems {
        page.line(format!("**Does not hold:** {}.", problem.problem));
    }
}

fn frozen(page: &mut Page, frozen: &Frozen, how: &str) {
    let Frozen { rows, missed, needless } = frozen;
    page.line(format!("{rows} rows; {how} {}, and miss {}.", rows - missed.len(), missed.len()));
    if !missed.is_empty() {
        page.line("");
        page.columns(&["missed", "policy", "message"]);
        for one in missed.iter().take(NAMED) {
            page.row(&[one.id.clone(), one.policy.clone(), cell(&one.text)]);
        }
        if missed.len() > NAMED {
            page.row(&[format!("and {} more", missed.len() - NAMED), String::new(), String::new()]);
        }
    }
    if let Some(needless) = needless {
        page.line("");
        let (share, ids) = (share(&needless.share), named(&needless.ids));
        page.line(format!("Harmless messages with the same words that are handed over: {share}{ids}."));
    }
}

/// A text inside a table.
fn cell(text: &str) -> String {
    const SHOWN: usize = 100;
    let flat = text.replace('|', "\\|").replace('\n', " ");
    if flat.chars().count() <= SHOWN { flat } else { flat.chars().take(SHOWN).chain(['…']).collect() }
}

/// Some rows by name, in brackets.
fn named(ids: &[String]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let more = if ids.len() > NAMED { format!(", and {} more", ids.len() - NAMED) } else { String::new() };
    let shown: Vec<&str> = ids.iter().take(NAMED).map(String::as_str).collect();
    format!(" ({}{more})", shown.join(", "))
}

fn share(rate: &Rate) -> String {
    let Rate { hits, of, rate, low, high } = rate;
    if *of == 0 {
        return "–".to_owned();
    }
    format!("{hits} of {of}: {} ({}–{})", percent(*rate), bare(*low), bare(*high))
}

fn percent(share: f64) -> String {
    format!("{}%", bare(share))
}

fn bare(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}
