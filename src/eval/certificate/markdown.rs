//! The certificate for people: `eval/certificate.md`.

mod head;
mod person;
mod sections;

use std::fmt::Write as _;

use super::figures::{Certificate, Missed, Rate};

/// Rows named in full; more are counted.
const NAMED: usize = 20;

/// The whole page.
pub fn markdown(certificate: &Certificate) -> String {
    let mut page = Page::default();
    head::head(&mut page, certificate);
    sections::about(&mut page, certificate);
    sections::must_not_miss(&mut page, certificate);
    sections::policies(&mut page, certificate);
    sections::confusions(&mut page, certificate);
    sections::variants(&mut page, certificate);
    sections::spread(&mut page, certificate);
    person::person(&mut page, certificate);
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

/// Rows that are missed, each with what is said of it before.
fn missed<'a>(page: &mut Page, columns: &[&str], rows: impl Iterator<Item = (&'a str, &'a Missed)>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    page.line("");
    page.columns(columns);
    for (what, row) in rows.iter().take(NAMED) {
        page.row(&[(*what).to_owned(), row.id.clone(), cell(&row.text)]);
    }
    if rows.len() > NAMED {
        page.row(&[format!("and {} more", rows.len() - NAMED), String::new(), String::new()]);
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
