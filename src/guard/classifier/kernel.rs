//! Kernel ridge regression: every exemplar votes for its policies, the more the nearer it is, and weighs as much as it takes to be right
//! about all exemplars at once.
//!
//! The kernel is Gaussian over the centred vectors, `exp(-γ · |a - b|²)`, which for vectors of length 1 is `exp(-2γ · (1 - cosine))`. One
//! system of linear equations, `(K + λI) · w = y`, serves all policies (Saunders, Gammerman and Vovk, "Ridge regression learning
//! algorithm in dual variables", ICML 1998).

use faer::linalg::solvers::Solve as _;
use faer::{Mat, Side};

use super::{Samples, dot};

/// γ: how quickly exemplars lose their say with distance. From 0.3 to 1.0 the figures hardly differ.
const SHARPNESS: f32 = 0.5;
/// λ: how little is believed of a single exemplar.
const PENALTY: f32 = 0.1;
/// The score that is as good as a coin's toss, and how steeply it becomes a probability: fitted on the calibration split of
/// eval/datasets/guards (Platt's scaling), so that thresholds of the policy file can be read as probabilities.
const EVEN: f32 = 0.3;
const STEEPNESS: f32 = 15.0;

/// What each exemplar weighs, for one policy.
#[derive(Debug)]
pub(super) struct Kernel {
    weights: Vec<f32>,
    base: f32,
}

/// The system, solved.
pub(super) struct Solved {
    pub(super) kernels: Vec<Kernel>,
    /// For each policy, the score of each sample had it not been trained on.
    pub(super) left_out: Vec<Vec<f32>>,
}

/// How much a sample of that cosine has to say.
pub(super) fn say(cosine: f32) -> f32 {
    (-2.0 * SHARPNESS * (1.0 - cosine)).exp()
}

/// Solves for `policies` policies at once; with `leaving_out`, also what would come without each sample, which takes three times as
/// long. `None` if it cannot be solved, as with numbers that are none.
pub(super) fn solve(samples: &Samples, policies: usize, leaving_out: bool) -> Option<Solved> {
    let count = samples.texts.len();
    let rows: Vec<&[f32]> = samples.rows().collect();
    let cosine = |a: usize, b: usize| Some(dot(rows.get(a)?, rows.get(b)?));
    let likeness = Mat::from_fn(count, count, |a, b| {
        let penalty = if a == b { PENALTY } else { 0.0 };
        // Only the lower half is read.
        if a < b { 0.0 } else { say(cosine(a, b).unwrap_or(f32::NAN)) + penalty }
    });
    let target = |sample: usize, policy: usize| if samples.is_positive(sample, policy) { 1.0_f32 } else { 0.0 };
    let base = |policy: usize| (0..count).map(|sample| target(sample, policy)).sum::<f32>() / count.max(1) as f32;
    let bases: Vec<f32> = (0..policies).map(base).collect();
    let base_of = |policy: usize| bases.get(policy).copied().unwrap_or_default();
    let targets = Mat::from_fn(count, policies, |sample, policy| target(sample, policy) - base_of(policy));
    let decomposed = likeness.llt(Side::Lower).ok()?;
    let weights = decomposed.solve(&targets);
    let of = |policy: usize| -> Vec<f32> { (0..count).map(|sample| weights[(sample, policy)]).collect() };
    let kernels: Vec<Kernel> = (0..policies).map(|n| Kernel { weights: of(n), base: base_of(n) }).collect();
    if kernels.iter().any(|kernel| kernel.weights.iter().any(|weight| !weight.is_finite())) {
        return None;
    }
    let mut left_out = Vec::new();
    if leaving_out {
        let inverse = decomposed.solve(&Mat::<f32>::identity(count, count));
        // The residual without a sample is its weight over the inverse's diagonal: exact for a linear smoother.
        let without = |sample: usize, policy: usize| {
            target(sample, policy) - weights[(sample, policy)] / inverse[(sample, sample)]
        };
        left_out = (0..policies).map(|n| (0..count).map(|sample| without(sample, n)).collect()).collect();
    }
    Some(Solved { kernels, left_out })
}

impl Kernel {
    /// From what each exemplar has to [`say`].
    pub(super) fn probability(&self, says: &[f32]) -> f32 {
        probability(self.base + dot(&self.weights, says))
    }
}

/// The probability that a score stands for.
pub(super) fn probability(score: f32) -> f32 {
    1.0 / (1.0 + (-STEEPNESS * (score - EVEN)).exp())
}
