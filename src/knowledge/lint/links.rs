//! Rules about links: where they lead, and whether the reader may follow.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use pulldown_cmark::{Event, Parser, Tag};

use super::finding::Finding;
use super::rules::Rule;
use crate::knowledge::article::Article;
use crate::knowledge::library::{Document, Library, is_article};
use crate::knowledge::outline::{Outline, markdown};
use crate::passages::Audience;

/// A link or image in a body.
struct Link {
    target: String,
    image: bool,
    bytes: Range<usize>,
}

/// Where a link leads.
enum Target<'l> {
    /// Out into the world, or nowhere that could be wrong.
    Elsewhere,
    /// To an article, perhaps to a heading of it.
    Article(&'l Document, Option<String>),
    /// To a heading of the same article.
    Here(String),
    /// To a file that is there.
    File,
    /// To a file that is not there; whether it would be an article.
    Missing { article: bool },
    /// Out of the folder.
    Outside,
}

pub(super) fn check(document: &Document, library: &Library, today: Date, findings: &mut Vec<Finding>) {
    let article = &document.article;
    for link in links(&article.body) {
        let place = || document.in_file(&link.bytes);
        let source = &document.source;
        let target = &link.target;
        match resolve(&article.path, &link, library) {
            Target::Missing { article: true } => findings.push(
                Finding::new(Rule::DeadLink, source, place(), format!("`{target}` leads to no article")).about(target),
            ),
            Target::Missing { article: false } => {
                findings.push(Finding::new(Rule::DeadFile, source, place(), format!("`{target}` is not there")));
            }
            Target::Outside => {
                let message = format!("`{target}` leads out of the articles folder");
                findings.push(Finding::new(Rule::DeadFile, source, place(), message));
            }
            Target::Here(fragment) => anchor(document, document, &fragment, place(), findings),
            Target::Article(other, fragment) => {
                if let Some(fragment) = fragment {
                    anchor(document, other, &fragment, place(), findings);
                }
                hidden(document, other, today, place(), findings);
            }
            Target::Elsewhere | Target::File => {}
        }
    }
}

/// Targets of links in `article` that lead to no article.
pub(super) fn dead(article: &Article, library: &Library) -> BTreeSet<String> {
    links(&article.body)
        .into_iter()
        .filter(|link| matches!(resolve(&article.path, link, library), Target::Missing { article: true }))
        .map(|link| link.target)
        .collect()
}

fn links(body: &str) -> Vec<Link> {
    Parser::new_ext(body, markdown())
        .into_offset_iter()
        .filter_map(|(event, bytes)| match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                Some(Link { target: dest_url.into_string(), image: false, bytes })
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                Some(Link { target: dest_url.into_string(), image: true, bytes })
            }
            _ => None,
        })
        .collect()
}

fn anchor(document: &Document, target: &Document, fragment: &str, place: Range<usize>, findings: &mut Vec<Finding>) {
    let Outline { headings, .. } = &target.outline;
    let wanted = fragment.to_lowercase();
    if wanted.is_empty() || headings.iter().any(|heading| heading.anchor == wanted) {
        return;
    }
    let there = headings.iter().map(|heading| format!("#{}", heading.anchor)).collect::<Vec<_>>().join(", ");
    let message = format!("`#{fragment}` is no heading of {}", target.article.path);
    let finding = Finding::new(Rule::DeadAnchor, &document.source, place, message);
    findings.push(if there.is_empty() { finding } else { finding.remedy(format!("It has: {there}.")) });
}

fn hidden(document: &Document, other: &Document, today: Date, place: Range<usize>, findings: &mut Vec<Finding>) {
    let (from, to) = (&document.article, &other.article);
    let public = |article: &Article| article.audience == Audience::customer() && !article.draft;
    if !public(from) || !from.in_effect(today) {
        return;
    }
    let why = if to.draft {
        "is a draft".to_owned()
    } else if !public(to) {
        format!("is for the audience `{}`", to.audience.0)
    } else if to.effective_until.is_some_and(|until| until < today) {
        "has expired".to_owned()
    } else if to.effective_from.is_some_and(|from| today < from) {
        "is not in effect yet".to_owned()
    } else {
        return;
    };
    let message = format!("customers cannot follow this link: {} {why}", to.path);
    findings.push(Finding::new(Rule::HiddenTarget, &document.source, place, message));
}

fn resolve<'l>(from: &str, link: &Link, library: &'l Library) -> Target<'l> {
    let target = link.target.trim();
    let (path, fragment) = match target.split_once('#') {
        Some((path, fragment)) => (path, Some(decode(fragment))),
        None => (target, None),
    };
    let path = decode(path.split('?').next().unwrap_or_default());
    if has_scheme(target) || target.starts_with("//") {
        return Target::Elsewhere;
    }
    if path.is_empty() {
        return fragment.map_or(Target::Elsewhere, Target::Here);
    }
    let Some(path) = join(from, &path) else { return Target::Outside };
    for candidate in candidates(&path) {
        if let Some(document) = library.documents.iter().find(|document| document.article.path == candidate) {
            return Target::Article(document, fragment);
        }
        if library.files.contains(&candidate) {
            return Target::File;
        }
    }
    if is_folder(&path, library) {
        return Target::File;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    Target::Missing { article: !link.image && (is_article(name) || !name.contains('.')) }
}

/// Files a link may mean: itself, and, as site generators write links, without its extension or by its folder.
fn candidates(path: &str) -> Vec<String> {
    let mut found = vec![path.to_owned()];
    let bare = path.strip_suffix(".html").unwrap_or(path);
    for ending in [".md", ".markdown", "/index.md", "/README.md", "/_index.md"] {
        found.push(format!("{}{ending}", bare.trim_end_matches('/')));
    }
    found
}

fn is_folder(path: &str, library: &Library) -> bool {
    let prefix = format!("{}/", path.trim_end_matches('/'));
    path.is_empty() || library.files.range(prefix.clone()..).next().is_some_and(|file| file.starts_with(&prefix))
}

/// `path` as seen from the file `from`; a leading `/` is the articles folder. `None`: it leads out of it.
fn join(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = match path.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.rsplit_once('/').map(|(folder, _)| folder.split('/').collect()).unwrap_or_default(),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// Percent-decoding; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins() {
        assert_eq!(join("ja/returns/a.md", "../orders/b.md").as_deref(), Some("ja/orders/b.md"));
        assert_eq!(join("ja/returns/a.md", "./b.md").as_deref(), Some("ja/returns/b.md"));
        assert_eq!(join("a.md", "/ja/b.md").as_deref(), Some("ja/b.md"));
        assert_eq!(join("a.md", "../b.md"), None);
    }

    #[test]
    fn decodes() {
        assert_eq!(decode("%E8%BF%94%E5%93%81"), "返品");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%ff"), "%zz%ff");
    }

    #[test]
    fn schemes() {
        for target in ["https://x", "mailto:a@b", "tel:0120"] {
            assert!(has_scheme(target));
        }
        assert!(!has_scheme("a/b:c.md") && !has_scheme("返品:x") && !has_scheme("a.md"));
    }
}
