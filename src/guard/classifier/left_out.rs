//! What a logistic model would say of each sample had it not been trained on it, without training it anew for each: one Newton step away
//! from the full model (Rad and Maleki, "A scalable estimate of the out-of-sample prediction error via approximate leave-one-out
//! cross-validation", JRSS B 82, 2020).

use super::dot;

/// The lower triangle of a matrix, by rows.
#[derive(Debug)]
pub(super) struct Triangle(Vec<Vec<f32>>);

impl Triangle {
    /// `diagonal` on the diagonal, nothing elsewhere.
    pub(super) fn diagonal(diagonal: &[f32]) -> Self {
        let row = |(at, value): (usize, &f32)| {
            let mut row = vec![0.0; at];
            row.push(*value);
            row
        };
        Self(diagonal.iter().enumerate().map(row).collect())
    }

    /// Adds `factor` times the outer product of `vector` with itself.
    pub(super) fn add_outer(&mut self, factor: f32, vector: &[f32]) {
        for (row, number) in self.0.iter_mut().zip(vector) {
            let factor = factor * number;
            row.iter_mut().zip(vector).for_each(|(sum, other)| *sum += factor * other);
        }
    }

    /// Cholesky's decomposition of the symmetric matrix; `None` if it is not positive definite.
    pub(super) fn decomposed(mut self) -> Option<Self> {
        for at in 0..self.0.len() {
            let (done, rest) = self.0.split_at_mut(at);
            let row = rest.first_mut()?;
            for (column, other) in done.iter().enumerate() {
                let (own, others) = (row.get(..column)?, other.get(..column)?);
                let sum = dot(own, others);
                let pivot = other.last()?;
                let entry = row.get_mut(column)?;
                *entry = (*entry - sum) / pivot;
            }
            let (pivot, own) = row.split_last_mut()?;
            let square = *pivot - dot(own, own);
            if square <= 0.0 || !square.is_finite() {
                return None;
            }
            *pivot = square.sqrt();
        }
        Some(self)
    }

    /// xᵀA⁻¹x for the matrix A that this is the decomposition of.
    pub(super) fn inverse_form(&self, vector: &[f32]) -> f32 {
        let mut solved: Vec<f32> = Vec::with_capacity(vector.len());
        for (row, number) in self.0.iter().zip(vector) {
            let Some((pivot, own)) = row.split_last() else { continue };
            solved.push((number - dot(own, &solved)) / pivot);
        }
        dot(&solved, &solved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_an_inverse() {
        // A = [[4, 2], [2, 3]]; A⁻¹ = [[3, -2], [-2, 4]] / 8.
        let mut matrix = Triangle::diagonal(&[3.0, 2.0]);
        matrix.add_outer(1.0, &[1.0, 1.0]);
        let mut other = matrix;
        other.add_outer(1.0, &[0.0, 0.0]);
        // Now A = [[4, 1], [1, 3]]; A⁻¹ = [[3, -1], [-1, 4]] / 11.
        let form = other.decomposed().unwrap().inverse_form(&[1.0, 2.0]);
        assert!((form - (3.0 - 4.0 + 16.0) / 11.0).abs() < 1e-5, "{form}");
        assert!(Triangle::diagonal(&[1.0, -1.0]).decomposed().is_none());
    }
}
