//! Logistic regression with an L2 penalty, found by Newton's method whose steps are solved by conjugate gradients (Lin, Weng, Keerthi,
//! "Trust Region Newton Method for Large-Scale Logistic Regression", JMLR 9, 2008; here with halved steps for the trust region).
//!
//! Own code because the crate for it brings an optimiser, a linear algebra crate and their thirty dependencies for sixty lines.
//! Deterministic: begins at zero, no randomness, one thread.

use super::{Samples, dot};

/// The penalty on weights, chosen by leaving exemplars out.
const PENALTY: f32 = 0.1;
/// How much all positives weigh against all others; there are far fewer of them.
const BALANCE: f32 = 0.5;
/// Newton steps, at most; five to eight are usual.
const STEPS: usize = 20;
/// Conjugate gradients within one step, at most.
const INNER: usize = 25;
/// A gradient this much shorter than the first one is none.
const DONE: f32 = 1e-3;

/// A trained model: the last number is the constant.
#[derive(Debug, Clone)]
pub(super) struct Logistic {
    weights: Vec<f32>,
}

/// What is minimised: the weighted loss over the samples, plus the penalty.
struct Problem<'s> {
    samples: &'s Samples,
    /// 1 of a positive sample, 0 of another.
    targets: Vec<f32>,
    /// How much each counts.
    costs: Vec<f32>,
}

impl Logistic {
    /// Trains on `samples`.
    pub(super) fn fit(samples: &Samples, is_positive: impl Fn(usize) -> bool) -> Self {
        let problem = Problem::new(samples, is_positive);
        Self { weights: problem.minimise(vec![0.0; samples.dimension + 1], STEPS) }
    }

    pub(super) fn probability(&self, row: &[f32]) -> f32 {
        sigmoid(score(&self.weights, row))
    }
}

impl<'s> Problem<'s> {
    fn new(samples: &'s Samples, is_positive: impl Fn(usize) -> bool) -> Self {
        let count = samples.texts.len();
        let targets: Vec<f32> = (0..count).map(|sample| if is_positive(sample) { 1.0 } else { 0.0 }).collect();
        let positives: f32 = targets.iter().sum::<f32>().max(1.0);
        let others = (count as f32 - positives).max(1.0);
        let raised = (others / positives).powf(BALANCE);
        let costs = targets.iter().map(|target| if *target > 0.5 { raised } else { 1.0 }).collect();
        Self { samples, targets, costs }
    }

    fn minimise(&self, mut weights: Vec<f32>, steps: usize) -> Vec<f32> {
        let first = self.gradient(&vec![0.0; weights.len()]).0;
        let done = DONE * length(&first);
        let mut loss = self.loss(&weights);
        for _ in 0..steps {
            let (gradient, curvatures) = self.gradient(&weights);
            if length(&gradient) <= done {
                break;
            }
            let step = self.newton_step(&gradient, &curvatures);
            let mut share = 1.0_f32;
            loop {
                let next: Vec<f32> = weights.iter().zip(&step).map(|(weight, step)| weight + share * step).collect();
                let next_loss = self.loss(&next);
                if next_loss < loss {
                    (weights, loss) = (next, next_loss);
                    break;
                }
                share /= 2.0;
                if share < 1e-3 {
                    return weights;
                }
            }
        }
        weights
    }

    fn rows(&self) -> impl Iterator<Item = (&'s [f32], f32, f32)> {
        self.samples.rows().zip(&self.targets).zip(&self.costs).map(|((row, target), cost)| (row, *target, *cost))
    }

    fn loss(&self, weights: &[f32]) -> f32 {
        let mut sum = 0.0_f64;
        for (row, target, cost) in self.rows() {
            let score = score(weights, row);
            // ln(1 + e^s) - y s, without overflow.
            let loss = score.max(0.0) + (-score.abs()).exp().ln_1p() - target * score;
            sum += f64::from(cost * loss);
        }
        let penalty: f32 = weights.split_last().map_or(0.0, |(_, weights)| dot(weights, weights));
        sum as f32 + PENALTY / 2.0 * penalty
    }

    /// The gradient, and each sample's curvature.
    fn gradient(&self, weights: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut gradient = penalised(weights);
        let mut curvatures = Vec::with_capacity(self.targets.len());
        for (row, target, cost) in self.rows() {
            let probability = sigmoid(score(weights, row));
            add(&mut gradient, cost * (probability - target), row);
            curvatures.push(cost * probability * (1.0 - probability));
        }
        (gradient, curvatures)
    }

    /// The Hessian times `direction`.
    fn bend(&self, direction: &[f32], curvatures: &[f32]) -> Vec<f32> {
        let mut product = penalised(direction);
        for (row, curvature) in self.samples.rows().zip(curvatures) {
            add(&mut product, curvature * score(direction, row), row);
        }
        product
    }

    fn newton_step(&self, gradient: &[f32], curvatures: &[f32]) -> Vec<f32> {
        let mut step = vec![0.0_f32; gradient.len()];
        let mut residual: Vec<f32> = gradient.iter().map(|g| -g).collect();
        let mut direction = residual.clone();
        let mut square = dot(&residual, &residual);
        let enough = square * 1e-4;
        for _ in 0..INNER {
            if square <= enough {
                break;
            }
            let bent = self.bend(&direction, curvatures);
            let curvature = dot(&direction, &bent);
            if curvature <= f32::MIN_POSITIVE {
                break;
            }
            let along = square / curvature;
            step.iter_mut().zip(&direction).for_each(|(step, direction)| *step += along * direction);
            residual.iter_mut().zip(&bent).for_each(|(residual, bent)| *residual -= along * bent);
            let next = dot(&residual, &residual);
            let keep = next / square;
            direction
                .iter_mut()
                .zip(&residual)
                .for_each(|(direction, residual)| *direction = residual + keep * *direction);
            square = next;
        }
        step
    }
}

/// The penalty's part of a gradient; the constant has a trace of one, so that it stays where nothing decides about it.
fn penalised(weights: &[f32]) -> Vec<f32> {
    let mut part: Vec<f32> = weights.iter().map(|weight| PENALTY * weight).collect();
    if let (Some(last), Some(constant)) = (part.last_mut(), weights.last()) {
        *last = 1e-6 * constant;
    }
    part
}

fn score(weights: &[f32], row: &[f32]) -> f32 {
    let Some((constant, weights)) = weights.split_last() else { return 0.0 };
    dot(weights, row) + constant
}

fn add(sum: &mut [f32], factor: f32, row: &[f32]) {
    let Some((constant, sum)) = sum.split_last_mut() else { return };
    sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += factor * number);
    *constant += factor;
}

fn length(vector: &[f32]) -> f32 {
    dot(vector, vector).sqrt()
}

pub(super) fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}
