//! Sections of one language that are nearly the same text.
//!
//! Two sections are compared by the sets of five characters in a row that they hold (Jaccard). MinHash finds the pairs worth
//! comparing: at the reported likeness, sixteen bands of four miss about one pair in four hundred.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::finding::Finding;
use super::rules::Rule;
use super::structure::is_wide;
use crate::knowledge::article::Article;
use crate::knowledge::library::{Document, Library};
use crate::knowledge::plain::{is_navigation, plain};

/// Characters in a row.
const SHINGLE: usize = 5;
/// Likeness from which two sections are reported.
const LIKENESS: f64 = 0.75;
/// Letters and digits below which sections resemble each other by chance; a character of a script without spaces counts thrice.
const SHORTEST: usize = 80;
const BANDS: usize = 16;
const ROWS: usize = 4;

struct Shingled<'l> {
    document: &'l Document,
    name: &'l str,
    bytes: Range<usize>,
    set: HashSet<u64>,
}

pub(super) fn check(library: &Library, findings: &mut Vec<Finding>) {
    let sections: Vec<Shingled<'_>> = library.documents.iter().flat_map(shingled).collect();
    let mut buckets: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
    for (at, section) in sections.iter().enumerate() {
        let mut seen = HashSet::new();
        let mut best: Option<(f64, &Shingled<'_>)> = None;
        for (band, signature) in signatures(&section.set).into_iter().enumerate() {
            let bucket = buckets.entry((band, signature)).or_default();
            for other in bucket.iter().filter(|other| seen.insert(**other)).filter_map(|other| sections.get(*other)) {
                if !comparable(&section.document.article, &other.document.article) {
                    continue;
                }
                let likeness = jaccard(&section.set, &other.set);
                if likeness >= LIKENESS && best.is_none_or(|(known, _)| likeness > known) {
                    best = Some((likeness, other));
                }
            }
            bucket.push(at);
        }
        let Some((likeness, other)) = best else { continue };
        let place = other.document.source.position(other.bytes.start);
        let message = format!(
            "\"{}\" is {:.0} % the same as \"{}\" in {}, line {}",
            section.name,
            likeness * 100.0,
            other.name,
            other.document.source.path,
            place.line
        );
        findings.push(Finding::new(Rule::NearDuplicate, &section.document.source, section.bytes.clone(), message));
    }
}

/// Whether one reader can meet both.
fn comparable(a: &Article, b: &Article) -> bool {
    let meets = |a: &Article, b: &Article| match (a.effective_until, b.effective_from) {
        (Some(until), Some(from)) => from <= until,
        _ => true,
    };
    a.lang == b.lang && a.audience == b.audience && meets(a, b) && meets(b, a)
}

fn shingled(document: &Document) -> Vec<Shingled<'_>> {
    let outline = &document.outline;
    let mut found = Vec::new();
    for section in &outline.sections {
        let text = document.section(&section.bytes);
        let words = plain(text);
        let letters: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let weight: usize = letters.iter().map(|c| if is_wide(*c) { 3 } else { 1 }).sum();
        if weight < SHORTEST || is_navigation(text) {
            continue;
        }
        let heading = section.path.last().and_then(|at| outline.headings.get(*at));
        let name = heading.map_or(document.article.title.as_str(), |heading| heading.text.as_str());
        let start = section.bytes.start + (text.len() - text.trim_start().len());
        found.push(Shingled {
            document,
            name,
            bytes: document.in_file(&(start..section.bytes.end)),
            set: letters.windows(SHINGLE).map(digest).collect(),
        });
    }
    found
}

/// FNV-1a over the characters.
fn digest(letters: &[char]) -> u64 {
    letters.iter().fold(0xcbf2_9ce4_8422_2325, |hash, c| (hash ^ u64::from(*c)).wrapping_mul(0x0100_0000_01b3))
}

/// One number for each band: sections that are alike share at least one.
fn signatures(set: &HashSet<u64>) -> Vec<u64> {
    let mut least = [u64::MAX; BANDS * ROWS];
    for shingle in set {
        for (nth, slot) in (1_u64..).zip(&mut least) {
            *slot = (*slot).min(scramble(shingle ^ nth.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
    }
    least.chunks(ROWS).map(|rows| rows.iter().fold(0, |all, row| scramble(all ^ row))).collect()
}

/// The finaliser of SplitMix64.
fn scramble(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn jaccard(a: &HashSet<u64>, b: &HashSet<u64>) -> f64 {
    let both = a.intersection(b).count();
    let either = a.len() + b.len() - both;
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}
