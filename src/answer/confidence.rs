//! How sure one may be that the articles hold the answer: a first, honest figure from the search's own scores.

use std::collections::HashSet;

use crate::passages::Leg;
use crate::passages::hybrid::Fused;

/// What the search says about a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// Best cosine of a passage.
    pub dense: f32,
    /// Best cosine of a title or question.
    pub question: f32,
    /// Share of the question's content words that the best passage or its title holds.
    pub coverage: f32,
}

impl Confidence {
    /// Weights of a logistic regression over the three figures, fitted by `eval/README.md`'s recipe.
    const WEIGHTS: [f32; 3] = [30.0, 20.0, 2.0];
    const BIAS: f32 = -43.0;

    /// Measures `hits` (best first) against the content words of the question.
    pub fn of(hits: &[Fused], asked: &HashSet<u32>, words: impl Fn(&Fused) -> HashSet<u32>) -> Self {
        let best = |leg| {
            hits.iter().filter_map(|hit| hit.place(leg)).map(|found| found.score).fold(0.0_f32, f32::max)
        };
        let coverage = match hits.first() {
            Some(first) if !asked.is_empty() => {
                let held = words(first);
                asked.iter().filter(|word| held.contains(word)).count() as f32 / asked.len() as f32
            }
            _ => 0.0,
        };
        Self { dense: best(Leg::Dense), question: best(Leg::Question), coverage }
    }

    /// Between 0 and 1.
    pub fn value(&self) -> f32 {
        let [dense, question, coverage] = Self::WEIGHTS;
        let sum = dense * self.dense + question * self.question + coverage * self.coverage + Self::BIAS;
        1.0 / (1.0 + (-sum).exp())
    }
}
