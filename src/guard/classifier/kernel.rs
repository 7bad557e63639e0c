//! Kernel ridge regression: each exemplar pulls a message towards its policies, the more the nearer it lies. (Saunders, Gammerman and
//! Vovk, "Ridge Regression Learning Algorithm in Dual Variables", ICML 1998.)
//!
//! Logistic regression over the 384 dimensions draws one plane for each policy, and requests and harmless look-alikes lie too close for
//! that. With a kernel the exemplars themselves are remembered. One system of equations serves all policies; it is solved by conjugate
//! gradients, whose one step is one matrix product.
//!
//! Besides *which* policy, one more target is learnt: *whether* a person must take a message at all, for whichever policy's sake. What
//! tells a request from a question is much the same for all of them, so that target sees all their exemplars; a policy's score is the
//! mean of both, less what another policy scores above it, because a request that must go to a person need not go to all desks. (What
//! each of these brings stands in eval/README.md.)

use rayon::prelude::*;

use super::Samples;
use super::logistic::sigmoid;
use super::wording::Wording;
use crate::llm::local::Rows;

/// How much likeness in wording counts; chosen on the calibration split, where 0.3 to 0.6 are much the same.
const WORDING: f32 = 0.4;
/// What an error on an exemplar costs less than a rugged surface.
const RIDGE: f32 = 0.1;
/// Conjugate gradients, at most; about sixty are usual.
const STEPS: usize = 120;
/// A residual this much shorter than the first is none.
const DONE: f32 = 1e-2;
/// Rows of the kernel's matrix that are made at once.
const BLOCK: usize = 1_024;
/// The score from which a policy applies by default, probability one half: so chosen on eval/datasets/guards/calibration.jsonl and on the
/// development questions that it takes 5% of what the articles answer. The table in eval/README.md has other choices.
const CENTRE: f32 = 0.46;
/// From score to probability: fitted to the scores of exemplars that were left out of training (8,776 exemplars in ten parts: 16.7).
const SLOPE: f32 = 16.0;

/// A trained model of all policies.
#[derive(Debug)]
pub(super) struct Kernel {
    /// For each policy, and last for any, how much each sample pulls.
    pulls: Rows,
    /// The same for each run of characters.
    worded: Vec<f32>,
    /// As `pulls`, unpacked, to be kept.
    pub(super) plain: Vec<f32>,
    /// For each policy the share of positive samples, whatever the message; `None` if there are none.
    shares: Vec<Option<f32>>,
    /// The share of samples that are positive for any policy.
    whether: f32,
}

impl Kernel {
    /// Trains on `samples`, with `policies` policies.
    pub(super) fn fit(samples: &Samples, policies: usize) -> Self {
        let threads = rayon::current_num_threads();
        let kernel = Matrix::of(samples, threads);
        let (targets, shares) = targets(samples, policies);
        Self::of(samples, solved(&kernel, targets, threads), shares)
    }

    /// As it was learnt from the same samples before; `None` if it cannot have been.
    pub(super) fn recall(samples: &Samples, policies: usize, pulls: Vec<f32>) -> Option<Self> {
        let (targets, shares) = targets(samples, policies);
        (targets.len() == pulls.len()).then(|| Self::of(samples, pulls, shares))
    }

    fn of(samples: &Samples, plain: Vec<f32>, mut shares: Vec<Option<f32>>) -> Self {
        let whether = shares.pop().flatten().unwrap_or_default();
        let worded = samples.wording.pulls(&plain);
        Self { pulls: Rows::new(plain.clone(), samples.texts.len()), worded, plain, shares, whether }
    }

    /// The probability of each policy, from a message's words and its cosines to all samples.
    pub(super) fn probabilities(&self, cosines: &[f32], wording: &Wording, text: &str) -> Vec<f32> {
        let similarities: Vec<f32> = cosines.iter().copied().map(similarity).collect();
        let mut scores = self.pulls.products(&similarities, 1);
        let worded = wording.pulled(text, &self.worded);
        scores.iter_mut().zip(worded).for_each(|(score, worded)| *score += WORDING * worded);
        let whether = scores.pop().unwrap_or_default() + self.whether;
        scores.iter_mut().zip(&self.shares).for_each(|(score, share)| *score += share.unwrap_or_default());
        let best = scores.iter().copied().fold(f32::MIN, f32::max);
        let probability = |(score, share): (&f32, &Option<f32>)| {
            let outdone = best - score;
            share.map_or(0.0, |_| sigmoid(SLOPE * ((score + whether) / 2.0 - outdone - CENTRE)))
        };
        scores.iter().zip(&self.shares).map(probability).collect()
    }
}

/// What is to be learnt, for each policy and last for any, less the share of positive samples; and those shares.
fn targets(samples: &Samples, policies: usize) -> (Vec<f32>, Vec<Option<f32>>) {
    let count = samples.texts.len();
    let mut shares = Vec::with_capacity(policies + 1);
    let mut targets = Vec::with_capacity((policies + 1) * count);
    let mut learn = |is_positive: &dyn Fn(usize) -> bool| {
        let target = (0..count).map(|sample| if is_positive(sample) { 1.0 } else { 0.0 });
        let share = target.clone().sum::<f32>() / count.max(1) as f32;
        shares.push((share > 0.0).then_some(share));
        targets.extend(target.map(|target| target - share));
    };
    for policy in 0..policies {
        learn(&|sample| samples.is_positive(sample, policy));
    }
    learn(&|sample| samples.positive.get(sample).is_some_and(|policies| !policies.is_empty()));
    (targets, shares)
}

/// The kernel of vectors, to which that of wording is added: sums of products of up to three coordinates count.
fn similarity(cosine: f32) -> f32 {
    let half = (1.0 + cosine) / 2.0;
    half * half * half
}

/// The kernel between all samples, by blocks of rows: it is the largest thing there is, and must not stand in memory twice while it is
/// packed.
struct Matrix {
    blocks: Vec<Rows>,
    count: usize,
}

impl Matrix {
    fn of(samples: &Samples, threads: usize) -> Self {
        let count = samples.texts.len();
        let packed = Rows::new(samples.rows.clone(), samples.dimension);
        let vectors = samples.rows.chunks(BLOCK * samples.dimension.max(1));
        let block = |(vectors, texts): (&[f32], &[String])| {
            let mut rows = packed.products(vectors, threads);
            rows.par_chunks_exact_mut(count.max(1)).zip(texts).for_each(|(row, text)| {
                row.iter_mut().zip(samples.wording.cosines(text)).for_each(|(cosine, worded)| {
                    *cosine = similarity(*cosine) + WORDING * worded;
                });
            });
            Rows::new(rows, count)
        };
        Self { blocks: vectors.zip(samples.texts.chunks(BLOCK)).map(block).collect(), count }
    }

    /// Its products with several vectors, one after the other.
    fn products(&self, vectors: &[f32], threads: usize) -> Vec<f32> {
        let mut out = vec![0.0_f32; vectors.len()];
        for (number, block) in self.blocks.iter().enumerate() {
            let from = number * BLOCK;
            let rows = BLOCK.min(self.count.saturating_sub(from));
            let products = block.products(vectors, threads);
            for (whole, part) in out.chunks_exact_mut(self.count.max(1)).zip(products.chunks_exact(rows.max(1))) {
                whole.iter_mut().skip(from).zip(part).for_each(|(place, product)| *place = *product);
            }
        }
        out
    }
}

/// Solves (kernel + ridge) · x = target for several targets, one after the other in `targets`, all in step.
fn solved(kernel: &Matrix, targets: Vec<f32>, threads: usize) -> Vec<f32> {
    let count = kernel.count;
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
    fn blocks_of_rows_are_one_matrix() {
        let count = BLOCK + 3;
        let row = |at: usize| (0..count).map(move |column| if column == at { 1.0 } else { 0.0 });
        let all: Vec<f32> = (0..count).flat_map(row).collect();
        let blocks = all.chunks(BLOCK * count).map(|rows| Rows::new(rows.to_vec(), count)).collect();
        let vectors: Vec<f32> = (0_u16..).take(2 * count).map(f32::from).collect();
        assert_eq!(Matrix { blocks, count }.products(&vectors, 2), vectors);
    }

    #[test]
    fn systems_of_equations_are_solved() {
        // (K + 0.1) x = b, K = [[1, 0.5], [0.5, 1]].
        let kernel = Matrix { blocks: vec![Rows::new(vec![1.0, 0.5, 0.5, 1.0], 2)], count: 2 };
        let found = solved(&kernel, vec![1.0, 0.0, 1.0, 1.0], 1);
        let determinant = 1.1 * 1.1 - 0.25;
        for (found, wanted) in
            found.iter().zip([1.1 / determinant, -0.5 / determinant, 0.6 / determinant, 0.6 / determinant])
        {
            assert!((found - wanted).abs() < 2e-2, "{found} {wanted}");
        }
        assert!(solved(&Matrix { blocks: Vec::new(), count: 0 }, Vec::new(), 1).is_empty());
    }
}
