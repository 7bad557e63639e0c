//! Policies become a guard.

use std::collections::HashMap;

use super::{Guard, RuleOf};
use crate::guard::classifier::{Classifier, Method, Seen, Untaught};
use crate::guard::learnt::Learnt;
use crate::guard::policy::{Exemplar, Policies, PolicyCode, PolicyError, Signal};
use crate::guard::rules::Rules;
use crate::llm::Vector;

/// Why no guard could be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// The file.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The exemplars.
    #[error(transparent)]
    Untaught(#[from] Untaught),
    /// The file's exemplars make a mandatory policy blind.
    #[error(
        "policy {policy}: exemplars: \"{exemplar}\" of the core is not caught any more once the file's exemplars are learnt \
         (probability {probability:.2}): this policy is mandatory and can only be extended; take out exemplars that mean the same, \
         or lower its threshold"
    )]
    HollowedOut {
        /// Whose.
        policy: PolicyCode,
        /// What is not caught.
        exemplar: String,
        /// What the classifier makes of it.
        probability: f32,
    },
}

impl Guard {
    /// Compiles the rules and trains the classifier. `vectors` holds at least those of [`Policies::exemplar_texts`], embedded as questions.
    ///
    /// # Errors
    /// When a vector is missing, or the file's exemplars would blind a mandatory policy to the core's.
    pub fn prepare(policies: Policies, vectors: &HashMap<String, Vector>) -> Result<Self, PrepareError> {
        Self::prepare_with(policies, vectors, Method::default())
    }

    /// As [`Guard::prepare`], with another classifier: for measurements.
    ///
    /// # Errors
    /// As [`Guard::prepare`].
    pub fn prepare_with(
        policies: Policies,
        vectors: &HashMap<String, Vector>,
        method: Method,
    ) -> Result<Self, PrepareError> {
        Self::prepared(policies, vectors, method, None).map(|(guard, _)| guard)
    }

    /// As [`Guard::prepare`], but what was learnt before is not learnt again if it was learnt from the same; else what is to be kept for
    /// the next time comes along.
    ///
    /// # Errors
    /// As [`Guard::prepare`].
    pub fn recall(
        policies: Policies,
        vectors: &HashMap<String, Vector>,
        learnt: Option<&Learnt>,
    ) -> Result<(Self, Option<Learnt>), PrepareError> {
        let (guard, recalled) = Self::prepared(policies, vectors, Method::default(), learnt)?;
        let learnt = if recalled { None } else { guard.classifier.learnt() };
        Ok((guard, learnt))
    }

    fn prepared(
        policies: Policies,
        vectors: &HashMap<String, Vector>,
        method: Method,
        learnt: Option<&Learnt>,
    ) -> Result<(Self, bool), PrepareError> {
        let mut rules = Rules::default();
        for (number, policy) in policies.all().iter().enumerate() {
            for pattern in &policy.rules {
                let rule = RuleOf { policy: number, mandatory: policy.mandatory, pattern: pattern.clone() };
                rules.add(&pattern.text, rule).map_err(|error| of_rule(policy.code.as_str(), &error.to_string()))?;
            }
        }
        let mut signals = Rules::default();
        for signal in [Signal::Unhelpful, Signal::Anger] {
            for pattern in policies.signal(signal) {
                let added = signals.add(&pattern.text, (signal, pattern.lang.clone()));
                added.map_err(|error| of_rule("signal", &error.to_string()))?;
            }
        }
        let (classifier, recalled) = Classifier::recall(&policies, vectors, method, |_| true, learnt)?;
        let guard = Self { policies, rules, signals, classifier };
        // What was learnt before is kept only if it was not hollowed out.
        if !recalled {
            guard.is_not_hollowed_out(vectors, method)?;
        }
        Ok((guard, recalled))
    }

    /// Whether every exemplar of the core that the core alone recognises is still recognised.
    fn is_not_hollowed_out(&self, vectors: &HashMap<String, Vector>, method: Method) -> Result<(), PrepareError> {
        let alone = Classifier::train(&self.policies, vectors, method, |exemplar| exemplar.core)?;
        for (number, policy) in self.policies.all().iter().enumerate() {
            let core: Vec<&Exemplar> = policy.positive.iter().filter(|exemplar| exemplar.core).collect();
            let known: Vec<(&str, &Vector)> = core
                .iter()
                .filter_map(|exemplar| Some((exemplar.text.as_str(), vectors.get(&exemplar.text)?)))
                .collect();
            let (Some(before), Some(now)) = (alone.see(&known), self.classifier.see(&known)) else { continue };
            for ((exemplar, before), now) in core.into_iter().zip(before).zip(now) {
                let probability = |seen: &Seen| seen.probabilities.get(number).copied().unwrap_or_default();
                if probability(&before) < policy.threshold || probability(&now) >= policy.threshold {
                    continue;
                }
                if !self.rules_on(&exemplar.text, &exemplar.lang).iter().any(|vote| vote.policy == policy.code) {
                    let (exemplar, probability) = (exemplar.text.clone(), probability(&now));
                    return Err(PrepareError::HollowedOut { policy: policy.code.clone(), exemplar, probability });
                }
            }
        }
        Ok(())
    }
}

fn of_rule(place: &str, problem: &str) -> PolicyError {
    PolicyError {
        place: Some(place.to_owned()),
        key: Some("rules".to_owned()),
        problem: problem.to_owned(),
        remedy: "the rule language is described in the policy file's head".to_owned(),
    }
}
