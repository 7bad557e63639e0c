//! Postal addresses: Japanese, and English streets. A town by itself is none; it takes a number within a street or a block.

mod block;
mod building;
mod english;
mod japanese;

use std::ops::Range;

use super::{Kind, View};

/// Addresses of both kinds.
pub(super) fn find(view: &View) -> Vec<(Kind, Range<usize>)> {
    let ranges = japanese::find(view).into_iter().chain(english::find(&view.text));
    ranges.map(|range| (Kind::PostalAddress, range)).collect()
}
