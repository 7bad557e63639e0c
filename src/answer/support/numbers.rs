//! Numbers, amounts, dates and deadlines: what is said must stand in the source.

use super::Disagreement;
use super::ground::{Ground, Words};
use super::quantity::Quantity;
use super::units::Unit;

/// What the numbers of a claim come to.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    pub(super) disagreements: Vec<Disagreement>,
    /// Numbers that stand nowhere in the source.
    pub(super) absent: usize,
    /// Of them, those written in words: "both", "two of them" are seldom claims.
    pub(super) doubtful: usize,
    /// Numbers that the source says of something else.
    pub(super) misplaced: usize,
    /// Numbers that stand in it.
    pub(super) confirmed: usize,
}

/// Compares the numbers of what is said with those of its source.
pub(super) fn compare(ground: &Ground, said: &Words, known: &[Quantity]) -> Numbers {
    let mut found = Numbers::default();
    for quantity in said.quantities.iter().filter(|quantity| quantity.firm) {
        let agrees = |other: &Quantity| quantity.agrees(other);
        if !ground.whole.quantities.iter().any(agrees) {
            if known.iter().any(agrees) {
                continue;
            }
            let veto = quantity.unit != Unit::Count || quantity.text.contains(|c: char| c.is_ascii_digit());
            if veto {
                found.absent += 1;
            } else {
                found.doubtful += 1;
            }
            let source = ground.nearest(said).and_then(|piece| like(&piece.quantities, quantity));
            let source = source.or_else(|| like(&ground.whole.quantities, quantity));
            found.disagreements.push(Disagreement {
                kind: quantity.subject(),
                said: quantity.text.clone(),
                source: source.map(|other| other.text.clone()),
                veto,
            });
            continue;
        }
        found.confirmed += 1;
        // It stands somewhere: in the piece that is spoken of?
        let holding = |piece: &&Words| piece.quantities.iter().any(agrees);
        let Some(nearest) = ground.nearest(said) else { continue };
        let best = ground.likeness(said, nearest);
        let held = ground.pieces.iter().filter(holding).map(|piece| ground.likeness(said, piece)).fold(0.0, f32::max);
        if let Some(other) = like(&nearest.quantities, quantity)
            && held + 0.1 < best
            && !said.quantities.iter().any(|one| one.agrees(other))
        {
            found.misplaced += 1;
            found.disagreements.push(Disagreement {
                kind: quantity.subject(),
                said: quantity.text.clone(),
                source: Some(other.text.clone()),
                veto: false,
            });
        }
    }
    found
}

/// The number of the same dimension that might have been meant.
fn like<'q>(quantities: &'q [Quantity], to: &Quantity) -> Option<&'q Quantity> {
    quantities.iter().find(|other| other.firm && other.unit == to.unit)
}
