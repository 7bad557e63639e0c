//! Wording: how much of it is the source's, and what was changed in a sentence that is otherwise copied.

use std::collections::HashSet;

use super::ground::{Ground, Words};

/// How the words of a claim relate to its source.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wording {
    /// Share of tokens that stand in the source.
    pub(super) tokens: f32,
    /// Share of pairs of neighbouring tokens that stand in it.
    pub(super) pairs: f32,
    /// Share of content words, by those the question does not bring.
    pub(super) terms: f32,
    /// Share of content words that stand in the nearest one or two pieces.
    pub(super) near: f32,
    /// Share of tokens kept, in order, from the nearest piece.
    pub(super) kept: f32,
    /// Share of tokens put in the place of others in a sentence that is otherwise kept.
    pub(super) replaced: f32,
    /// Share of tokens added inside a sentence that is otherwise kept.
    pub(super) added: f32,
    /// Content words of the claim that neither source nor question have.
    pub(super) novel: Vec<String>,
    /// Share of the nearest piece's content words that the claim takes up.
    pub(super) taken: f32,
    /// As `kept`, of the whole source.
    pub(super) kept_whole: f32,
    /// As `added`, of the whole source.
    pub(super) added_whole: f32,
    /// As `replaced`, of the whole source.
    pub(super) replaced_whole: f32,
    /// Short places, words of the source on both sides, where a word stands that the source does not have.
    pub(super) edits: usize,
    /// Pairs of places that exchanged a word.
    pub(super) swapped: usize,
}

/// Compares a claim's words with those of its source.
pub(super) fn compare(ground: &Ground, said: &Words, asked: &HashSet<String>) -> Wording {
    let share = |of: usize, all: usize| if all == 0 { 1.0 } else { of as f32 / all as f32 };
    let held = said.tokens.iter().filter(|token| ground.tokens.contains(*token)).count();
    let pairs: HashSet<(&str, &str)> = pairs(&ground.whole.tokens).collect();
    let said_pairs: Vec<(&str, &str)> = self::pairs(&said.tokens).collect();
    let held_pairs = said_pairs.iter().filter(|pair| pairs.contains(*pair)).count();
    let (mut known, mut counted) = (0, 0);
    let mut novel: Vec<String> = Vec::new();
    for term in &said.terms {
        let stands = ground.whole.set.contains(term);
        if !stands && asked.contains(term) {
            continue;
        }
        counted += 1;
        known += usize::from(stands);
        if !stands && !novel.contains(term) {
            novel.push(term.clone());
        }
    }
    let asked_for = |term: &&String| asked.contains(*term) && !ground.whole.set.contains(*term);
    let own: Vec<&String> = said.set.iter().filter(|term| !asked_for(term)).collect();
    let near = (0..ground.pieces.len()).map(|at| {
        let window = ground.pieces.get(at..(at + 2).min(ground.pieces.len())).unwrap_or_default();
        own.iter().filter(|term| window.iter().any(|piece| piece.set.contains(**term))).count()
    });
    let near = share(near.max().unwrap_or(0), own.len());
    let nearest = ground.nearest(said);
    let whole = change(&ground.whole.tokens, &said.tokens);
    let change = nearest.map(|piece| change(&piece.tokens, &said.tokens)).unwrap_or_default();
    let told = |token: &String| said.set.contains(token) || token.chars().any(|c| c.is_ascii_digit());
    let edits = change
        .hunks
        .iter()
        .chain(&whole.hunks)
        .filter(|hunk| hunk.new.iter().any(|t| told(t) && !ground.tokens.contains(t)));
    let content = |tokens: &[String]| {
        tokens.iter().filter(|token| ground.whole.set.contains(*token)).cloned().collect::<HashSet<_>>()
    };
    let sides: Vec<(HashSet<String>, HashSet<String>)> =
        whole.hunks.iter().map(|hunk| (content(&hunk.gone), content(&hunk.new))).collect();
    let crossed = |at: usize, one: &(HashSet<String>, HashSet<String>)| {
        sides.iter().skip(at + 1).any(|other| !one.0.is_disjoint(&other.1) && !one.1.is_disjoint(&other.0))
    };
    let swapped = sides.iter().enumerate().filter(|(at, one)| crossed(*at, one)).count();
    let length = said.tokens.len().max(1) as f32;
    let taken = nearest.map_or(0.0, |piece| share(piece.set.intersection(&said.set).count(), piece.set.len()));
    Wording {
        tokens: share(held, said.tokens.len()),
        pairs: share(held_pairs, said_pairs.len()),
        terms: share(known, counted),
        near,
        kept: change.kept as f32 / length,
        replaced: change.replaced as f32 / length,
        added: change.added as f32 / length,
        novel,
        taken,
        kept_whole: whole.kept as f32 / length,
        added_whole: whole.added as f32 / length,
        replaced_whole: whole.replaced as f32 / length,
        edits: edits.count(),
        swapped,
    }
}

fn pairs(tokens: &[String]) -> impl Iterator<Item = (&str, &str)> {
    tokens.iter().zip(tokens.iter().skip(1)).map(|(a, b)| (a.as_str(), b.as_str()))
}

#[derive(Debug, Default)]
struct Change {
    kept: usize,
    replaced: usize,
    added: usize,
    /// Short changes with kept words on both sides.
    hunks: Vec<Hunk>,
}

/// Words in the place of others.
#[derive(Debug, Default)]
struct Hunk {
    gone: Vec<String>,
    new: Vec<String>,
}

/// Tokens of a hunk, at most, for it to be a change inside a copy and not another sentence.
const SHORT: usize = 4;

/// Longer sentences are compared by their beginning: the table has length × length cells.
const LONGEST: usize = 400;

impl Change {
    fn close(&mut self, hunk: Hunk, inside: bool) {
        if hunk.gone.is_empty() {
            self.added += hunk.new.len();
        } else {
            self.replaced += hunk.new.len();
        }
        if inside && !hunk.new.is_empty() && hunk.new.len() <= SHORT && hunk.gone.len() <= SHORT {
            self.hunks.push(hunk);
        }
    }
}

/// The longest common sequence, and what stands between its parts: words instead of others, or words too many.
fn change(source: &[String], said: &[String]) -> Change {
    let source = source.get(..source.len().min(LONGEST)).unwrap_or_default();
    let said = said.get(..said.len().min(LONGEST)).unwrap_or_default();
    let (rows, columns) = (source.len(), said.len());
    let mut table = vec![0_u16; (rows + 1) * (columns + 1)];
    let cell = |row: usize, column: usize| row * (columns + 1) + column;
    let at = |table: &[u16], row: usize, column: usize| table.get(cell(row, column)).copied().unwrap_or(0);
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let value = if source.get(row) == said.get(column) {
                at(&table, row + 1, column + 1) + 1
            } else {
                at(&table, row + 1, column).max(at(&table, row, column + 1))
            };
            if let Some(slot) = table.get_mut(cell(row, column)) {
                *slot = value;
            }
        }
    }
    let mut change = Change::default();
    let (mut row, mut column, mut hunk, mut begun) = (0, 0, Hunk::default(), false);
    while let (Some(there), Some(here)) = (source.get(row), said.get(column)) {
        if there == here {
            let done = std::mem::take(&mut hunk);
            // What comes before the first common word is no change inside.
            if begun {
                change.close(done, true);
            } else {
                change.added += done.new.len();
            }
            begun = true;
            change.kept += 1;
            (row, column) = (row + 1, column + 1);
        } else if at(&table, row + 1, column) >= at(&table, row, column + 1) {
            hunk.gone.push(there.clone());
            row += 1;
        } else {
            hunk.new.push(here.clone());
            column += 1;
        }
    }
    hunk.new.extend(said.iter().skip(column).cloned());
    change.close(hunk, false);
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn changes_inside_a_copy() {
        let source = words("the seller answers within three days");
        let copied = change(&source, &source);
        assert_eq!((copied.kept, copied.replaced, copied.added), (6, 0, 0));
        let swapped = change(&source, &words("the seller answers within nine days"));
        assert_eq!((swapped.kept, swapped.replaced, swapped.added), (5, 1, 0));
        let longer = change(&source, &words("the seller always answers within three days"));
        assert_eq!((longer.kept, longer.replaced, longer.added), (6, 0, 1));
    }
}
