//! Kernel ridge regression: each exemplar pulls a message towards its policies, the more the nearer it lies. (Saunders, Gammerman and
//! Vovk, "Ridge Regression Learning Algorithm in Dual Variables", ICML 1998.)
//!
//! Logistic regression over the 384 dimensions draws one plane for each policy, and requests and harmless look-alikes lie too close for
//! that. With a kernel the exemplars themselves are remembered. One system of equations serves all policies; it is solved by conjugate
//! gradients, whose one step is one matrix product.

use super::Samples;
use super::logistic::sigmoid;
use crate::llm::local::Rows;

/// What an error on an exemplar costs less than a rugged surface.
const RIDGE: f32 = 0.1;
/// Conjugate gradients, at most; about sixty are usual.
const STEPS: usize = 120;
/// A residual this much shorter than the first is none.
const DONE: f32 = 1e-2;
/// From score to probability: fitted to the scores of exemplars that were left out of training (4,319 exemplars, groups of near duplicates
/// left out together; the same for all policies within 0.05). The fit's own centre is 0.395; this is the score from which a policy
/// should apply by default, where a missed request weighs as much as three false alarms.
const CENTRE: f32 = 0.32;
const SLOPE: f32 = 16.0;

/// A trained model of all policies.
#[derive(Debug)]
pub(super) struct Kernel {
    /// For each policy how much each sample pulls.
    pulls: Rows,
    /// For each policy the share of positive samples, whatever the message; `None` if there are none.
    shares: Vec<Option<f32>>,
}

impl Kernel {
    /// Trains on `samples`, with `policies` policies.
    pub(super) fn fit(samples: &Samples, policies: usize) -> Self {
        let count = samples.texts.len();
        let threads = rayon::current_num_threads();
        let mut kernel = samples.packed.products(&samples.rows, threads);
        kernel.iter_mut().for_each(|cosine| *cosine = similarity(*cosine));
        let kernel = Rows::new(kernel, count);
        let mut shares = Vec::with_capacity(policies);
        let mut targets = Vec::with_capacity(policies * count);
        for policy in 0..policies {
            let target = (0..count).map(|sample| if samples.is_positive(sample, policy) { 1.0 } else { 0.0 });
            let share = target.clone().sum::<f32>() / count.max(1) as f32;
            shares.push((share > 0.0).then_some(share));
            targets.extend(target.map(|target| target - share));
        }
        Self { pulls: Rows::new(solved(&kernel, targets, count, threads), count), shares }
    }

    /// The probability of each policy, from a message's cosines to all samples.
    pub(super) fn probabilities(&self, cosines: &[f32]) -> Vec<f32> {
        let similarities: Vec<f32> = cosines.iter().map(|cosine| similarity(*cosine)).collect();
        let scores = self.pulls.products(&similarities, 1);
        let probability =
            |(score, share): (f32, &Option<f32>)| share.map_or(0.0, |share| sigmoid(SLOPE * (score + share - CENTRE)));
        scores.into_iter().zip(&self.shares).map(probability).collect()
    }
}

/// The kernel: sums of products of up to three coordinates count.
fn similarity(cosine: f32) -> f32 {
    let half = (1.0 + cosine) / 2.0;
    half * half * half
}

/// Solves (kernel + ridge) · x = target for several targets, one after the other in `targets`, all in step.
fn solved(kernel: &Rows, targets: Vec<f32>, count: usize, threads: usize) -> Vec<f32> {
    if count == 0 {
        return Vec::new();
    }
    let mut found = vec![0.0_f32; targets.len()];
    let mut residuals = targets;
    let mut directions = residuals.clone();
    let mut squares: Vec<f32> = residuals.chunks_exact(count).map(square).collect();
    let enough: Vec<f32> = squares.iter().map(|square| square * DONE * DONE).collect();
    for _ in 0..STEPS {
        if squares.iter().zip(&enough).all(|(square, enough)| square <= enough) {
            break;
        }
        let mut bent = kernel.products(&directions, threads);
        bent.iter_mut().zip(&directions).for_each(|(bent, direction)| *bent += RIDGE * direction);
        let each = found.chunks_exact_mut(count).zip(residuals.chunks_exact_mut(count));
        let each = each
            .zip(directions.chunks_exact_mut(count))
            .zip(bent.chunks_exact(count))
            .zip(squares.iter_mut().zip(&enough));
        for ((((found, residual), direction), bent), (current, enough)) in each {
            let curvature = super::dot(direction, bent);
            if *current <= *enough || curvature <= f32::MIN_POSITIVE {
                continue;
            }
            let along = *current / curvature;
            found.iter_mut().zip(&*direction).for_each(|(found, direction)| *found += along * direction);
            residual.iter_mut().zip(bent).for_each(|(residual, bent)| *residual -= along * bent);
            let next = square(residual);
            let keep = next / *current;
            direction
                .iter_mut()
                .zip(&*residual)
                .for_each(|(direction, residual)| *direction = residual + keep * *direction);
            *current = next;
        }
    }
    found
}

fn square(vector: &[f32]) -> f32 {
    super::dot(vector, vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_of_equations_are_solved() {
        // (K + 0.1) x = b, K = [[1, 0.5], [0.5, 1]].
        let kernel = Rows::new(vec![1.0, 0.5, 0.5, 1.0], 2);
        let found = solved(&kernel, vec![1.0, 0.0, 1.0, 1.0], 2, 1);
        let determinant = 1.1 * 1.1 - 0.25;
        for (found, wanted) in
            found.iter().zip([1.1 / determinant, -0.5 / determinant, 0.6 / determinant, 0.6 / determinant])
        {
            assert!((found - wanted).abs() < 2e-2, "{found} {wanted}");
        }
        assert!(solved(&Rows::new(Vec::new(), 0), Vec::new(), 0, 1).is_empty());
    }
}
