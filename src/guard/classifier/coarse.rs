//! Cosines of a message to all exemplars, from exemplars that are kept in a byte per number.
//!
//! Every turn reads them all, and what takes the time is fetching them from memory: 15,000 exemplars of 384 numbers are 23 MB as they are
//! trained on, and more than a share of the processor's cache. A byte for a number, with a step for each exemplar, is a quarter of that
//! and errs by some thousandths of a cosine where no coordinate dwarfs the others, as none of e5's do.

use simsimd::SpatialSimilarity as _;

/// The largest number of a row, in steps.
const STEPS: f32 = 127.0;

/// Rows of numbers, a byte for each.
#[derive(Debug)]
pub(super) struct Coarse {
    dimension: usize,
    numbers: Vec<i8>,
    /// What one step is, for each row.
    steps: Vec<f32>,
}

impl Coarse {
    /// Keeps `rows` of `dimension` numbers each.
    pub(super) fn of(rows: &[f32], dimension: usize) -> Self {
        let mut coarse = Self { dimension, numbers: Vec::with_capacity(rows.len()), steps: Vec::new() };
        rows.chunks_exact(dimension.max(1)).for_each(|row| coarse.steps.push(rounded(row, &mut coarse.numbers)));
        coarse
    }

    /// The product of `vector`, of the rows' dimension, with each row.
    pub(super) fn products(&self, vector: &[f32]) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(vector.len());
        let step = rounded(vector, &mut numbers);
        let rows = self.numbers.chunks_exact(self.dimension.max(1)).zip(&self.steps);
        rows.map(|(row, of_row)| i8::dot(row, &numbers).unwrap_or_default() as f32 * of_row * step).collect()
    }
}

/// Adds `row` to `numbers`, in steps; how much one is.
fn rounded(row: &[f32], numbers: &mut Vec<i8>) -> f32 {
    let largest = row.iter().fold(0.0, |largest: f32, number| largest.max(number.abs()));
    let by = if largest > 0.0 { STEPS / largest } else { 0.0 };
    numbers.extend(row.iter().map(|number| (number * by).round() as i8));
    largest / STEPS
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    #[test]
    fn a_byte_for_a_number_hardly_bends_a_cosine() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for dimension in [1, 3, 384, 1_024, 3_000] {
            let mut unit = || {
                let row: Vec<f32> = (0..dimension).map(|_| random.random_range(-1.0..1.0_f32)).collect();
                let length = row.iter().map(|n| n * n).sum::<f32>().sqrt();
                row.iter().map(|n| n / length).collect::<Vec<f32>>()
            };
            let rows: Vec<Vec<f32>> = (0..50).map(|_| unit()).collect();
            let message = unit();
            let coarse = Coarse::of(&rows.concat(), dimension);
            for (product, row) in coarse.products(&message).iter().zip(&rows) {
                let exact: f32 = row.iter().zip(&message).map(|(a, b)| a * b).sum();
                assert!((product - exact).abs() < 5e-3, "{dimension}: {product} {exact}");
            }
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow_and_none_is_nothing() {
        let ones = vec![1.0; 4_000];
        let coarse = Coarse::of(&ones, ones.len());
        assert!((coarse.products(&ones)[0] - 4_000.0).abs() < 1.0);
        assert_eq!(Coarse::of(&[0.0; 4], 2).products(&[1.0, 1.0]), [0.0, 0.0]);
        assert!(Coarse::of(&[], 0).products(&[]).is_empty());
    }
}
