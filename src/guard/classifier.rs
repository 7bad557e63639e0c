//! A classifier over the embedding that exists already: for each policy, how probable it is that a message falls under it.
//!
//! It is trained when a policy file is loaded, from the exemplars' vectors: a policy's positive exemplars against its negative ones and
//! all exemplars of others. Embeddings of e5 lie close together (cosines of 0.75 to 0.95 for any two texts), because all share one large
//! component; so the exemplars' mean is taken off every vector first, and what is left is scaled to length 1. Cosines reported here are
//! between such centred vectors: near 0 for texts that have nothing to do with each other. How a thing is said counts beside what it is
//! about: see [`wording`].

mod coarse;
mod kernel;
mod logistic;
mod nearest;
mod wording;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::coarse::Coarse;
use self::kernel::Kernel;
use self::logistic::Logistic;
use self::nearest::Neighbours;
use self::wording::Wording;
use super::learnt::{self, Learnt};
use super::policy::{Exemplar, Policies, PolicyCode};
use crate::llm::Vector;

/// Exemplars shown as an explanation.
const SHOWN: usize = 3;
/// Parts in which exemplars are left out.
const PARTS: usize = 10;
/// The most exemplars: the kernel's matrix has this many squared numbers (1,600 MB, while it is trained).
const MOST: usize = 20_000;

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

/// Why exemplars teach nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untaught {
    /// An exemplar without a vector, or with one of another space.
    #[error("the exemplar \"{0}\" has no vector of the embedding space in use")]
    NoVector(String),
    /// More than there is memory for.
    #[error(
        "{0} exemplars, those that are compiled in among them, and {MOST} are the most: take out those that say what others say in \
         nearly the same words"
    )]
    TooMany(usize),
}

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

/// What the classifier sees in a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    cosines: Vec<f32>,
    /// How probable each policy is, by its number.
    pub(super) probabilities: Vec<f32>,
}

/// What the classifier makes of an exemplar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LeftOut<'a> {
    pub(super) text: &'a str,
    /// Its policies' numbers.
    pub(super) positive: &'a [usize],
    /// How probable each policy is, trained on it.
    pub(super) known: Vec<f32>,
    /// The same, not trained on it.
    pub(super) unknown: Vec<f32>,
}

#[derive(Debug)]
enum Model {
    Kernel(Kernel),
    /// One for each policy that has exemplars.
    Logistic(Vec<Option<Logistic>>),
    Nearest,
}

/// Exemplars as rows of a matrix, and which policies each is an example of.
#[derive(Debug)]
struct Samples {
    dimension: usize,
    rows: Vec<f32>,
    coarse: Coarse,
    texts: Vec<String>,
    wording: Wording,
    /// Policies by number.
    positive: Vec<Vec<usize>>,
}

/// For each policy, how probable it is that a message falls under it.
#[derive(Debug)]
pub(super) struct Classifier {
    /// The digest of what it was learnt from.
    from: [u8; 32],
    mean: Vec<f32>,
    samples: Samples,
    codes: Vec<PolicyCode>,
    method: Method,
    model: Model,
}

impl Classifier {
    /// Trains on the exemplars that `of` chooses.
    pub(super) fn train(
        policies: &Policies,
        vectors: &HashMap<String, Vector>,
        method: Method,
        of: impl Fn(&Exemplar) -> bool,
    ) -> Result<Self, Untaught> {
        Self::recall(policies, vectors, method, of, None).map(|(classifier, _)| classifier)
    }

    /// As [`Self::train`], unless the same was learnt before; and whether it was.
    pub(super) fn recall(
        policies: &Policies,
        vectors: &HashMap<String, Vector>,
        method: Method,
        of: impl Fn(&Exemplar) -> bool,
        learnt: Option<&Learnt>,
    ) -> Result<(Self, bool), Untaught> {
        let mut positive: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, policy) in policies.all().iter().enumerate() {
            for exemplar in policy.positive.iter().filter(|exemplar| of(exemplar)) {
                positive.entry(&exemplar.text).or_default().push(number);
            }
            for exemplar in policy.negative.iter().filter(|exemplar| of(exemplar)) {
                positive.entry(&exemplar.text).or_default();
            }
        }
        for exemplar in policies.harmless().iter().filter(|exemplar| of(exemplar)) {
            positive.entry(&exemplar.text).or_default();
        }
        if positive.len() > MOST {
            return Err(Untaught::TooMany(positive.len()));
        }
        let dimension = vectors.values().next().map_or(0, Vector::dimension);
        let mut mean = vec![0.0_f32; dimension];
        for text in positive.keys() {
            let vector = vectors.get(*text).filter(|vector| is_fit(vector, dimension));
            let vector = vector.ok_or_else(|| Untaught::NoVector((*text).to_owned()))?;
            mean.iter_mut().zip(vector.as_slice()).for_each(|(sum, number)| *sum += number);
        }
        mean.iter_mut().for_each(|sum| *sum /= positive.len().max(1) as f32);
        let mut rows = Vec::with_capacity(positive.len() * dimension);
        positive.keys().filter_map(|text| vectors.get(*text)).for_each(|vector| centre(vector, &mean, &mut rows));
        let taught = positive.keys().filter_map(|text| Some((*text, vectors.get(*text)?)));
        let from = learnt::digest(policies, taught);
        let (texts, positive) = positive.into_iter().map(|(text, policies)| (text.to_owned(), policies)).unzip();
        let samples = Samples::new(dimension, rows, texts, positive);
        let codes: Vec<PolicyCode> = policies.all().iter().map(|policy| policy.code.clone()).collect();
        let pulls = learnt.and_then(|learnt| learnt.pulls(&from)).filter(|_| method == Method::Kernel);
        let recalled = pulls.and_then(|pulls| Kernel::recall(&samples, codes.len(), pulls.to_vec())).map(Model::Kernel);
        let is_recalled = recalled.is_some();
        let model = recalled.unwrap_or_else(|| samples.model(codes.len(), method));
        Ok((Self { from, mean, samples, codes, method, model }, is_recalled))
    }

    /// What it has learnt, for the next start; `None` if that takes no time.
    pub(super) fn learnt(&self) -> Option<Learnt> {
        match &self.model {
            Model::Kernel(kernel) => Some(Learnt::new(self.from, kernel.plain.clone())),
            Model::Logistic(_) | Model::Nearest => None,
        }
    }

    /// Looks at messages, words and vector; `None` if a vector is of another space than the exemplars', or of no text at all.
    pub(super) fn see(&self, messages: &[(&str, &Vector)]) -> Option<Vec<Seen>> {
        if !messages.iter().all(|(_, vector)| is_fit(vector, self.mean.len())) {
            return None;
        }
        let mut rows = Vec::with_capacity(messages.len() * self.mean.len());
        messages.iter().for_each(|(_, vector)| centre(vector, &self.mean, &mut rows));
        let texts: Vec<&str> = messages.iter().map(|(text, _)| *text).collect();
        Some(self.samples.see(&self.model, &rows, self.codes.len(), &texts))
    }

    /// The exemplars nearest to a message.
    pub(super) fn nearest(&self, seen: &Seen) -> Vec<Near> {
        let neighbours = Neighbours::of(&seen.cosines, SHOWN);
        let near = |(sample, cosine): (usize, f32)| {
            let policies = self.samples.positive.get(sample)?.iter().filter_map(|policy| self.codes.get(*policy));
            let text = self.samples.texts.get(sample)?.clone();
            Some(Near { text, policies: policies.cloned().collect(), cosine })
        };
        neighbours.into_iter().filter_map(near).collect()
    }

    /// What the classifier makes of all exemplars, and would make of each had it not been among the exemplars: a guess at what it makes of
    /// messages like these. Exemplars of the same words in other languages are still there, which flatters it.
    pub(super) fn left_out(&self) -> Vec<LeftOut<'_>> {
        let (count, policies) = (self.samples.texts.len(), self.codes.len());
        let known = self.samples.see(&self.model, &self.samples.rows, policies, &self.samples.texts);
        let mut unknown: Vec<Vec<f32>> = vec![Vec::new(); count];
        for part in 0..PARTS {
            let others = self.samples.only(|sample| sample % PARTS != part);
            let own = self.samples.only(|sample| sample % PARTS == part);
            let seen = others.see(&others.model(policies, self.method), &own.rows, policies, &own.texts);
            let places = unknown.iter_mut().skip(part).step_by(PARTS);
            places.zip(seen).for_each(|(place, seen)| *place = seen.probabilities);
        }
        let samples = self.samples.texts.iter().zip(&self.samples.positive).zip(known).zip(unknown);
        let left_out = samples.map(|(((text, positive), known), unknown)| LeftOut {
            text,
            positive,
            known: known.probabilities,
            unknown,
        });
        left_out.collect()
    }
}

impl Samples {
    fn new(dimension: usize, rows: Vec<f32>, texts: Vec<String>, positive: Vec<Vec<usize>>) -> Self {
        let coarse = Coarse::of(&rows, dimension);
        let wording = Wording::of(&texts);
        Self { dimension, rows, coarse, texts, wording, positive }
    }

    fn model(&self, policies: usize, method: Method) -> Model {
        match method {
            Method::Kernel => Model::Kernel(Kernel::fit(self, policies)),
            Method::Logistic => {
                let fit = |policy: usize| {
                    let is_positive = |sample: usize| self.is_positive(sample, policy);
                    (0..self.texts.len()).any(is_positive).then(|| Logistic::fit(self, is_positive))
                };
                Model::Logistic((0..policies).map(fit).collect())
            }
            Method::Nearest => Model::Nearest,
        }
    }

    /// What a model trained on these makes of texts and their centred vectors.
    fn see(&self, model: &Model, vectors: &[f32], policies: usize, texts: &[impl AsRef<str>]) -> Vec<Seen> {
        let each = texts.iter().zip(vectors.chunks_exact(self.dimension.max(1))).map(|(text, vector)| {
            let products = self.coarse.products(vector).into_iter();
            let cosines: Vec<f32> = products.map(|cosine| cosine.clamp(-1.0, 1.0)).collect();
            let probabilities = match model {
                Model::Kernel(kernel) => kernel.probabilities(&cosines, &self.wording, text.as_ref()),
                Model::Logistic(models) => {
                    models.iter().map(|model| model.as_ref().map_or(0.0, |model| model.probability(vector))).collect()
                }
                Model::Nearest => {
                    let of = |policy| nearest::probability(&cosines, |sample| self.is_positive(sample, policy));
                    (0..policies).map(of).collect()
                }
            };
            Seen { cosines, probabilities }
        });
        each.collect()
    }

    fn is_positive(&self, sample: usize, policy: usize) -> bool {
        self.positive.get(sample).is_some_and(|policies| policies.contains(&policy))
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.rows.chunks_exact(self.dimension.max(1))
    }

    /// Some of them.
    fn only(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let rows = self.rows().enumerate().filter(|(sample, _)| wanted(*sample)).flat_map(|(_, row)| row).copied();
        let named = self.texts.iter().zip(&self.positive).enumerate().filter(|(sample, _)| wanted(*sample));
        let (texts, positive) = named.map(|(_, (text, policies))| (text.clone(), policies.clone())).unzip();
        Self::new(self.dimension, rows.collect(), texts, positive)
    }
}

fn is_fit(vector: &Vector, dimension: usize) -> bool {
    let numbers = vector.as_slice();
    dimension > 0
        && numbers.len() == dimension
        && numbers.iter().all(|n| n.is_finite())
        && numbers.iter().any(|n| *n != 0.0)
}

/// Adds a vector, centred and scaled to length 1, to `rows`.
fn centre(vector: &Vector, mean: &[f32], rows: &mut Vec<f32>) {
    let from = rows.len();
    rows.extend(vector.as_slice().iter().zip(mean).map(|(number, mean)| number - mean));
    let Some(centred) = rows.get_mut(from..) else { return };
    let length = dot(centred, centred).sqrt();
    if length > f32::EPSILON {
        centred.iter_mut().for_each(|number| *number /= length);
    }
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
