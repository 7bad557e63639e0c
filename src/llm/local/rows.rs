//! Dot products of many rows with many rows, by the kernels the encoder uses.

use super::packed::{Packed, Weights};
use super::team::Team;

/// Rows of numbers, packed once to be multiplied with others often.
#[derive(Debug, Clone)]
pub(crate) struct Rows(Packed);

impl Rows {
    /// Packs `values`, rows of `width` numbers each.
    pub(crate) fn new(values: Vec<f32>, width: usize) -> Self {
        Self(Packed::weights(&Weights::Plain(values), width))
    }

    /// The dot products of each row of `others` with each of these rows, in that order: what belongs to one of `others` stands together.
    pub(crate) fn products(&self, others: &[f32], threads: usize) -> Vec<f32> {
        let (width, count) = (self.0.rows(), self.0.columns());
        let rows = others.len().checked_div(width).unwrap_or(0);
        let mut out = vec![0.0; rows * count];
        if rows > 0 && count > 0 {
            Team(threads).product(others, rows, &self.0, &[], &mut out, |_| {});
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_a_plain_loop() {
        for (width, count, others) in [(3, 2, 1), (384, 70, 2), (17, 200, 11), (5, 0, 3), (0, 0, 0)] {
            let numbers = |n: usize| (0..n).map(|i| ((i * 37 % 11) as f32 - 5.0) / 5.0).collect::<Vec<f32>>();
            let (own, other) = (numbers(width * count), numbers(width * others));
            let found = Rows::new(own.clone(), width).products(&other, 1);
            let two = Rows::new(own.clone(), width).products(&other, 2);
            assert_eq!(found, two);
            assert_eq!(found.len(), if width == 0 { 0 } else { count * others });
            for (at, product) in found.iter().enumerate() {
                let (a, b) = (&other[at / count * width..][..width], &own[at % count * width..][..width]);
                let plain: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((plain - product).abs() < 1e-3, "{plain} {product}");
            }
        }
    }
}
