//! A classifier over the embedding that exists already: for each policy, how probable it is that a message falls under it.
//!
//! It is trained when a policy file is loaded, from the exemplars' vectors: a policy's positive exemplars against its negative ones and
//! all exemplars of others. Embeddings of e5 lie close together (cosines of 0.75 to 0.95 for any two texts), because all share one large
//! component; so the exemplars' mean is taken off every vector first, and what is left is scaled to length 1. Cosines reported here are
//! between such centred vectors: near 0 for texts that have nothing to do with each other.

mod kernel;
mod left_out;
mod logistic;
mod nearest;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::kernel::Kernel;
use self::logistic::Logistic;
use self::nearest::Neighbours;
use super::policy::{Exemplar, Policies, Policy, PolicyCode};
use crate::llm::Vector;

/// Exemplars shown as an explanation.
const SHOWN: usize = 3;

/// How a policy's probability is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Kernel ridge regression.
    #[default]
    Kernel,
    /// L2-regularised logistic regression.
    Logistic,
    /// The nearest positive exemplars against the nearest others.
    Nearest,
}

/// An exemplar without a vector, or with one of another space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the exemplar \"{0}\" has no vector of the embedding space in use")]
pub struct NoVector(pub String);

/// An exemplar near a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Near {
    /// Its words.
    pub text: String,
    /// The policies it is an example of; none for a harmless look-alike.
    pub policies: Vec<PolicyCode>,
    /// Cosine of the centred vectors, -1 to 1.
    pub cosine: f32,
}

/// A vector without what all vectors share.
#[derive(Debug, Clone)]
pub(super) struct Centred(Vec<f32>);

#[derive(Debug)]
enum Model {
    Kernel(Kernel),
    Logistic(Logistic),
    Nearest,
    /// No exemplar: never.
    Silent,
}

/// Exemplars as rows of a matrix, and which policies each is an example of.
#[derive(Debug)]
struct Samples {
    dimension: usize,
    rows: Vec<f32>,
    texts: Vec<String>,
    /// Policies by number.
    positive: Vec<Vec<usize>>,
}

/// How near a message is to each exemplar.
#[derive(Debug)]
pub(super) struct Nearness {
    cosines: Vec<f32>,
    /// What each exemplar has to say, where that is asked for.
    says: Vec<f32>,
}

/// For each policy, how probable it is that a message falls under it.
#[derive(Debug)]
pub(super) struct Classifier {
    mean: Vec<f32>,
    samples: Samples,
    codes: Vec<PolicyCode>,
    models: Vec<Model>,
    /// Scores of the exemplars, each without itself: found when somebody asks.
    left_out: OnceLock<Vec<Vec<f32>>>,
}

impl Classifier {
    /// Trains on the exemplars that `of` chooses.
    pub(super) fn train(
        policies: &Policies,
        vectors: &HashMap<String, Vector>,
        method: Method,
        of: impl Fn(&Exemplar) -> bool,
    ) -> Result<Self, NoVector> {
        let mut positive: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, policy) in policies.all().iter().enumerate() {
            for exemplar in policy.positive.iter().filter(|exemplar| of(exemplar)) {
                positive.entry(&exemplar.text).or_default().push(number);
            }
            for exemplar in policy.negative.iter().filter(|exemplar| of(exemplar)) {
                positive.entry(&exemplar.text).or_default();
            }
        }
        let dimension = vectors.values().next().map_or(0, Vector::dimension);
        let mut mean = vec![0.0_f32; dimension];
        for text in positive.keys() {
            let vector = vectors.get(*text).filter(|vector| is_fit(vector, dimension));
            let vector = vector.ok_or_else(|| NoVector((*text).to_owned()))?;
            mean.iter_mut().zip(vector.as_slice()).for_each(|(sum, number)| *sum += number);
        }
        mean.iter_mut().for_each(|sum| *sum /= positive.len().max(1) as f32);
        let mut samples = Samples { dimension, rows: Vec::new(), texts: Vec::new(), positive: Vec::new() };
        for (text, policies) in positive {
            if let Some(vector) = vectors.get(text) {
                samples.rows.extend(centred(vector, &mean).0);
                samples.texts.push(text.to_owned());
                samples.positive.push(policies);
            }
        }
        let codes: Vec<PolicyCode> = policies.all().iter().map(|policy| policy.code.clone()).collect();
        let models = samples.models(codes.len(), method);
        Ok(Self { mean, samples, codes, models, left_out: OnceLock::new() })
    }

    /// A vector of the embedder's, as this classifier looks at it; `None` if it is of another space or of no text at all.
    pub(super) fn centre(&self, vector: &Vector) -> Option<Centred> {
        is_fit(vector, self.mean.len()).then(|| centred(vector, &self.mean))
    }

    /// What the kernel would make of each exemplar without it.
    fn without_each(&self, policy: usize) -> Vec<f32> {
        let solved = self.left_out.get_or_init(|| {
            kernel::solve(&self.samples, self.codes.len(), true).map(|solved| solved.left_out).unwrap_or_default()
        });
        solved.get(policy).into_iter().flatten().map(|score| kernel::probability(*score)).collect()
    }

    /// How near each exemplar is.
    pub(super) fn nearness(&self, vector: &Centred) -> Nearness {
        let cosines: Vec<f32> = self.samples.rows().map(|row| dot(row, &vector.0)).collect();
        let by_kernel = self.models.iter().any(|model| matches!(model, Model::Kernel(_)));
        let says = if by_kernel { cosines.iter().map(|cosine| kernel::say(*cosine)).collect() } else { Vec::new() };
        Nearness { cosines, says }
    }

    /// How probable it is that the message falls under the policy of that number.
    pub(super) fn probability(&self, policy: usize, vector: &Centred, nearness: &Nearness) -> f32 {
        match self.models.get(policy) {
            Some(Model::Kernel(model)) => model.probability(&nearness.says),
            Some(Model::Logistic(model)) => model.probability(&vector.0),
            Some(Model::Nearest) => {
                nearest::probability(&nearness.cosines, |sample| self.samples.is_positive(sample, policy))
            }
            Some(Model::Silent) | None => 0.0,
        }
    }

    /// The exemplars nearest to a message.
    pub(super) fn nearest(&self, nearness: &Nearness) -> Vec<Near> {
        let neighbours = Neighbours::of(&nearness.cosines, SHOWN);
        let near = |(sample, cosine): (usize, f32)| {
            let policies = self.samples.positive.get(sample)?.iter().filter_map(|policy| self.codes.get(*policy));
            let text = self.samples.texts.get(sample)?.clone();
            Some(Near { text, policies: policies.cloned().collect(), cosine })
        };
        neighbours.into_iter().filter_map(near).collect()
    }

    /// What the classifier makes of a policy's exemplars, and would make of them had they not been among the exemplars: a guess at what
    /// it makes of messages like these. Exemplars of the same words in other languages are still there, which flatters it.
    pub(super) fn left_out(&self, policy: &Policy) -> Vec<LeftOut> {
        let Some(number) = self.codes.iter().position(|code| *code == policy.code) else { return Vec::new() };
        let is_positive = |sample: usize| self.samples.is_positive(sample, number);
        let without = match self.models.get(number) {
            Some(Model::Kernel(_)) => self.without_each(number),
            Some(Model::Logistic(model)) => model.left_out(&self.samples, is_positive),
            Some(Model::Nearest) => self.samples.left_out(is_positive),
            Some(Model::Silent) | None => return Vec::new(),
        };
        let own: BTreeSet<&str> = policy.positive.iter().chain(&policy.negative).map(|own| own.text.as_str()).collect();
        let samples = self.samples.texts.iter().zip(self.samples.rows()).zip(without).enumerate();
        let samples = samples.filter(|(_, ((text, _), _))| own.contains(text.as_str()));
        let found = samples.map(|(sample, ((text, row), probability))| {
            let row = Centred(row.to_vec());
            let known = self.probability(number, &row, &self.nearness(&row));
            LeftOut { text: text.clone(), positive: is_positive(sample), known, probability }
        });
        found.collect()
    }
}

/// What the classifier makes of an exemplar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LeftOut {
    pub(super) text: String,
    pub(super) positive: bool,
    /// Its probability, trained on it.
    pub(super) known: f32,
    /// Its probability, not trained on it.
    pub(super) probability: f32,
}

impl Samples {
    fn models(&self, policies: usize, method: Method) -> Vec<Model> {
        let mut kernels = match method {
            Method::Kernel => kernel::solve(self, policies, false).map(|solved| solved.kernels).unwrap_or_default(),
            Method::Logistic | Method::Nearest => Vec::new(),
        }
        .into_iter();
        let model = |policy: usize| {
            let kernel = kernels.next();
            let exemplified = (0..self.texts.len()).any(|sample| self.is_positive(sample, policy));
            match (method, kernel) {
                _ if !exemplified => Model::Silent,
                (Method::Kernel, Some(kernel)) => Model::Kernel(kernel),
                (Method::Nearest, _) => Model::Nearest,
                // What the kernel cannot solve, the regression can: it is never singular.
                (Method::Logistic | Method::Kernel, _) => {
                    Model::Logistic(Logistic::fit(self, |sample| self.is_positive(sample, policy)))
                }
            }
        };
        (0..policies).map(model).collect()
    }

    fn is_positive(&self, sample: usize, policy: usize) -> bool {
        self.positive.get(sample).is_some_and(|policies| policies.contains(&policy))
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.rows.chunks_exact(self.dimension.max(1))
    }

    /// By the nearest samples but itself.
    fn left_out(&self, is_positive: impl Fn(usize) -> bool) -> Vec<f32> {
        let without = |(sample, row): (usize, &[f32])| {
            let itself = |other: usize| other == sample;
            let cosines = self
                .rows()
                .enumerate()
                .map(|(other, row_of)| if itself(other) { f32::NEG_INFINITY } else { dot(row, row_of) });
            nearest::probability(&cosines.collect::<Vec<f32>>(), &is_positive)
        };
        self.rows().enumerate().map(without).collect()
    }
}

fn is_fit(vector: &Vector, dimension: usize) -> bool {
    let numbers = vector.as_slice();
    dimension > 0
        && numbers.len() == dimension
        && numbers.iter().all(|n| n.is_finite())
        && numbers.iter().any(|n| *n != 0.0)
}

fn centred(vector: &Vector, mean: &[f32]) -> Centred {
    let mut numbers: Vec<f32> = vector.as_slice().iter().zip(mean).map(|(number, mean)| number - mean).collect();
    let length = dot(&numbers, &numbers).sqrt();
    if length > f32::EPSILON {
        numbers.iter_mut().for_each(|number| *number /= length);
    }
    Centred(numbers)
}

/// Sums in eight lanes, so that no addition waits for the one before it.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (a_lanes, b_lanes) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_lanes.remainder().iter().zip(b_lanes.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_lanes.zip(b_lanes) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests;
