//! How sure one may be that the articles hold the answer: a first, honest figure from the search's own scores.

use std::collections::HashSet;

use crate::language::Lang;
use crate::passages::Leg;
use crate::passages::hybrid::Fused;

/// What the search says about a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// Best cosine of a passage.
    pub dense: f32,
    /// Best cosine of a title or question; 0 where no article has any.
    pub question: f32,
    /// Best BM25 score, brought below 1: `s / (s + 20)`.
    pub lexical: f32,
    /// Share of the question's content words that the best passage, its title or its article's questions hold.
    pub coverage: f32,
    /// The best passage is in another language than the question.
    pub foreign: bool,
}

/// A BM25 score of this size counts half.
const HALF_LEXICAL: f32 = 20.0;

impl Confidence {
    /// Weights of a logistic regression (L2, classes balanced) that tells questions the shipped articles answer from those they
    /// do not: 100 and 30 questions written from the titles alone, in ja, en, zh and ko. Tenfold cross-validation: AUROC 0.98.
    const WEIGHTS: [f32; 4] = [41.7, 36.3, 8.5, 4.2];
    const BIAS: f32 = -72.5;
    /// The same for a question in another language than the article's: words say nothing then. Dense, question, bias; AUROC 0.91.
    const FOREIGN: [f32; 3] = [14.0, 88.8, -85.2];

    /// The same for articles without titles and questions, which leaves meaning and words of the passages: dense, lexical, bias. Fitted on
    /// the questions of our dev set (answers) with that leg left out; AUROC 0.82 there and 0.81 on test, where all of them reach 0.88.
    const UNTITLED: [f32; 3] = [36.4, 5.4, -33.3];

    /// Measures `hits` (best first) for a question in `lang` against the content words of the question; `words` gives those a hit is found by.
    pub fn of(hits: &[Fused], lang: &Lang, asked: &HashSet<String>, words: impl Fn(&Fused) -> HashSet<String>) -> Self {
        let best = |leg| hits.iter().filter_map(|hit| hit.place(leg)).map(|found| found.score).fold(0.0_f32, f32::max);
        let coverage = match hits.first() {
            Some(first) if !asked.is_empty() => {
                let held = words(first);
                asked.iter().filter(|word| held.contains(*word)).count() as f32 / asked.len() as f32
            }
            _ => 0.0,
        };
        let lexical = best(Leg::Lexical);
        Self {
            dense: best(Leg::Dense),
            question: best(Leg::Question),
            lexical: lexical / (lexical + HALF_LEXICAL),
            coverage,
            foreign: hits.first().is_some_and(|hit| hit.passage.lang != *lang),
        }
    }

    /// Between 0 and 1.
    pub fn value(&self) -> f32 {
        if self.foreign {
            let [dense, question, bias] = Self::FOREIGN;
            return logistic(dense * self.dense + question * self.question + bias);
        }
        if self.question <= 0.0 {
            let [dense, lexical, bias] = Self::UNTITLED;
            return logistic(dense * self.dense + lexical * self.lexical + bias);
        }
        let figures = [self.dense, self.question, self.lexical, self.coverage];
        let sum: f32 = Self::WEIGHTS.iter().zip(figures).map(|(weight, figure)| weight * figure).sum();
        logistic(sum + Self::BIAS)
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_found_is_no_confidence() {
        let nothing = Confidence::of(&[], &Lang::JA, &HashSet::from(["返品".to_owned()]), |_| HashSet::new());
        assert!(nothing.value() < 0.001);
    }

    #[test]
    fn articles_without_titles_can_hold_an_answer() {
        let titled = Confidence { dense: 0.9, question: 0.9, lexical: 0.5, coverage: 0.5, foreign: false };
        let untitled = Confidence { question: 0.0, ..titled };
        assert!(untitled.value() > 0.5, "{}", untitled.value());
        assert!(Confidence { dense: 0.8, lexical: 0.1, ..untitled }.value() < 0.5);
    }

    #[test]
    fn more_of_anything_is_more_confidence() {
        let some = Confidence { dense: 0.86, question: 0.88, lexical: 0.4, coverage: 0.5, foreign: false };
        let more = [
            Confidence { dense: 0.9, ..some },
            Confidence { question: 0.93, ..some },
            Confidence { lexical: 0.6, ..some },
            Confidence { coverage: 0.9, ..some },
        ];
        assert!(more.iter().all(|more| more.value() > some.value()));
    }
}
