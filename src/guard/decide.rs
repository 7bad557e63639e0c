//! Line 1: rules, a classifier and the course of the conversation vote on each message; any vote of a mandatory policy decides.

mod explain;
mod speaks;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::speaks::Scripts;
use super::classifier::{Centred, Classifier, LeftOut, Method, Near, NoVector};
use super::conversation::{self, Mood, Said, Sign, Speaker};
use super::normal::readings;
use super::policy::{Pattern, Policies, Policy, PolicyCode, PolicyError, Signal};
use super::rules::{Before, Rules};
use crate::language::Lang;
use crate::llm::Vector;

/// Policies, ready to judge messages. Made once when they are loaded; never changes.
#[derive(Debug)]
pub struct Guard {
    policies: Policies,
    rules: Rules<RuleOf>,
    signals: Rules<(Signal, Option<Lang>)>,
    looks_back: bool,
    classifier: Classifier,
}

/// A message, and everything that may be looked at to judge it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its words.
    pub text: &'a str,
    /// Its vector.
    pub vector: &'a Vector,
    /// Its language.
    pub lang: &'a Lang,
    /// What was said before, oldest first.
    pub before: &'a [Said<'a>],
    /// What it means in its context, if that was embedded too.
    pub in_context: Option<(&'a str, &'a Vector)>,
}

/// What the guards came to, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The policy file's version.
    pub policy_version: u32,
    /// The digest of all policies that were in force.
    pub policy_digest: String,
    /// Every vote.
    pub votes: Vec<Vote>,
    /// The policy that rules; none if the machine may answer.
    pub ruling: Option<PolicyCode>,
    /// What the classifier made of it, most probable policy first; also where it did not vote.
    pub scores: Vec<Score>,
}

/// A policy's claim on a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vote {
    /// Whose.
    pub policy: PolicyCode,
    /// Whether the policy is of the compiled-in core.
    pub mandatory: bool,
    /// Why.
    pub by: By,
}

/// Why a policy claims a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum By {
    /// A rule fired.
    Rule {
        /// The rule, as it is written.
        pattern: String,
        /// The words it fired on, normalised.
        matched: String,
    },
    /// The classifier is sure enough.
    Classifier {
        /// How sure.
        probability: f32,
        /// How sure it must be.
        threshold: f32,
        /// Whether it looked at the message together with what was said before.
        in_context: bool,
        /// The exemplars nearest to the message.
        nearest: Vec<Near>,
    },
    /// The course of the conversation.
    Conversation {
        /// What was seen.
        sign: Sign,
    },
}

/// What the classifier makes of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// For which policy.
    pub policy: PolicyCode,
    /// How probable it is that the message falls under it.
    pub probability: f32,
    /// From which it votes.
    pub threshold: f32,
}

/// Why no guard could be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// The file.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The vectors.
    #[error(transparent)]
    NoVector(#[from] NoVector),
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

/// Why a message cannot be judged: then a person must take over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message's vector is empty, not finite, or of another embedding space than the exemplars'")]
pub struct Unfit;

/// A rule and whose it is.
#[derive(Debug)]
struct RuleOf {
    policy: usize,
    mandatory: bool,
    pattern: Pattern,
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
        let classifier = Classifier::train(&policies, vectors, method, |_| true)?;
        let looks_back = rules.look_back();
        let guard = Self { policies, rules, signals, looks_back, classifier };
        guard.is_not_hollowed_out(vectors, method)?;
        Ok(guard)
    }

    /// The policies it judges by.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Judges a message.
    ///
    /// # Errors
    /// When its vector cannot be compared with the exemplars'. Then a person must take over.
    pub fn judge(&self, asked: &Asked<'_>) -> Result<Decision, Unfit> {
        let vector = self.classifier.centre(asked.vector).ok_or(Unfit)?;
        let together = asked.in_context.map(|(_, vector)| self.classifier.centre(vector).ok_or(Unfit)).transpose()?;
        let Asked { text, lang, before, .. } = *asked;
        let mut votes = self.by_rules(text, lang, before);
        let mut scores = self.scores();
        self.by_classifier(&vector, false, &mut votes, &mut scores);
        if let Some(together) = together {
            self.by_classifier(&together, true, &mut votes, &mut scores);
        }
        votes.extend(self.by_conversation(text, lang, before));
        scores.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Ok(self.decision(votes, scores))
    }

    /// Judges a message by its words and the conversation alone: for when there is no vector, and before there is one.
    pub fn judge_words(&self, text: &str, lang: &Lang, before: &[Said<'_>]) -> Decision {
        let mut votes = self.by_rules(text, lang, before);
        votes.extend(self.by_conversation(text, lang, before));
        self.decision(votes, Vec::new())
    }

    /// The decision on a message for which the search found nothing near, after the guards had let it pass: if it was asked back about
    /// before, a person takes over.
    pub fn judge_unanswered(&self, before: &[Said<'_>]) -> Option<Decision> {
        if !conversation::already_asked_back(before) {
            return None;
        }
        let vote = self.conversational(PolicyCode::UNCLEAR, Sign::NotUnderstood)?;
        Some(self.decision(vec![vote], Vec::new()))
    }

    fn decision(&self, votes: Vec<Vote>, scores: Vec<Score>) -> Decision {
        Decision {
            policy_version: self.policies.version(),
            policy_digest: self.policies.digest().to_owned(),
            ruling: self.ruling(&votes),
            votes,
            scores,
        }
    }

    /// Mandatory policies before others, then by priority, then by how sure the vote is (a rule is sure).
    fn ruling(&self, votes: &[Vote]) -> Option<PolicyCode> {
        let rank = |vote: &Vote| {
            let priority = self.policies.get(&vote.policy).map_or(u8::MAX, |policy| policy.priority);
            (!vote.mandatory, priority)
        };
        let sure = |vote: &Vote| match &vote.by {
            By::Classifier { probability, .. } => *probability,
            By::Rule { .. } | By::Conversation { .. } => 1.0,
        };
        let first = votes.iter().min_by(|a, b| rank(a).cmp(&rank(b)).then(sure(b).total_cmp(&sure(a))))?;
        Some(first.policy.clone())
    }

    fn by_rules(&self, text: &str, lang: &Lang, said: &[Said<'_>]) -> Vec<Vote> {
        let message = readings(text);
        let before = if self.looks_back { before(said) } else { Before::default() };
        let scripts = Scripts::of(text);
        let wanted = |rule: &RuleOf| rule.mandatory || scripts.speak(rule.pattern.lang.as_ref(), lang);
        let fired = self.rules.firing(&message, &before, wanted);
        let vote = |(rule, matched): (&RuleOf, String)| {
            let policy = self.policies.all().get(rule.policy)?;
            let by = By::Rule { pattern: rule.pattern.text.clone(), matched };
            Some(Vote { policy: policy.code.clone(), mandatory: policy.mandatory, by })
        };
        fired.into_iter().filter_map(vote).collect()
    }

    fn scores(&self) -> Vec<Score> {
        let score =
            |policy: &Policy| Score { policy: policy.code.clone(), probability: 0.0, threshold: policy.threshold };
        self.policies.all().iter().map(score).collect()
    }

    fn by_classifier(&self, vector: &Centred, in_context: bool, votes: &mut Vec<Vote>, scores: &mut [Score]) {
        let nearness = self.classifier.nearness(vector);
        for (number, (policy, score)) in self.policies.all().iter().zip(scores).enumerate() {
            let probability = self.classifier.probability(number, vector, &nearness);
            score.probability = score.probability.max(probability);
            if probability < policy.threshold {
                continue;
            }
            let nearest = self.classifier.nearest(&nearness);
            let by = By::Classifier { probability, threshold: policy.threshold, in_context, nearest };
            votes.push(Vote { policy: policy.code.clone(), mandatory: policy.mandatory, by });
        }
    }

    fn by_conversation(&self, text: &str, lang: &Lang, before: &[Said<'_>]) -> Vec<Vote> {
        let mood = |text: &str| {
            let scripts = Scripts::of(text);
            let wanted = |(_, signal_lang): &(Signal, Option<Lang>)| scripts.speak(signal_lang.as_ref(), lang);
            let fired = self.signals.firing(&readings(text), &Before::default(), wanted);
            let has = |signal: Signal| fired.iter().any(|((fired, _), _)| *fired == signal);
            Mood { unhelpful: has(Signal::Unhelpful), angry: has(Signal::Anger) }
        };
        let signs = conversation::signs(text, before, mood);
        signs.into_iter().filter_map(|sign| self.conversational(PolicyCode::UNRESOLVED, sign)).collect()
    }

    fn conversational(&self, code: &str, sign: Sign) -> Option<Vote> {
        let policy = self.policies.named(code)?;
        Some(Vote { policy: policy.code.clone(), mandatory: policy.mandatory, by: By::Conversation { sign } })
    }

    /// Whether every exemplar of the core that the core alone recognises is still recognised.
    fn is_not_hollowed_out(&self, vectors: &HashMap<String, Vector>, method: Method) -> Result<(), PrepareError> {
        let Ok(core) = Policies::core() else { return Ok(()) };
        let alone = Classifier::train(&core, vectors, method, |exemplar| exemplar.core)?;
        for (core_number, policy) in core.all().iter().enumerate() {
            let position = self.policies.all().iter().position(|extended| extended.code == policy.code);
            let Some((number, extended)) = position.and_then(|n| Some((n, self.policies.all().get(n)?))) else {
                continue;
            };
            for exemplar in &policy.positive {
                let Some(vector) = vectors.get(&exemplar.text) else { continue };
                let probability = |classifier: &Classifier, number: usize| {
                    let vector = classifier.centre(vector)?;
                    Some(classifier.probability(number, &vector, &classifier.nearness(&vector)))
                };
                let (Some(before), Some(now)) =
                    (probability(&alone, core_number), probability(&self.classifier, number))
                else {
                    continue;
                };
                if before < policy.threshold || now >= extended.threshold {
                    continue;
                }
                let asked = Asked { text: &exemplar.text, vector, lang: &exemplar.lang, before: &[], in_context: None };
                if !self.by_rules(asked.text, asked.lang, asked.before).iter().any(|vote| vote.policy == policy.code) {
                    let exemplar = exemplar.text.clone();
                    return Err(PrepareError::HollowedOut { policy: policy.code.clone(), exemplar, probability: now });
                }
            }
        }
        Ok(())
    }

    /// What the classifier makes of a policy's exemplars when it has not seen them.
    pub(super) fn left_out(&self, policy: &Policy) -> Vec<LeftOut> {
        self.classifier.left_out(policy)
    }

    /// The policies whose rules fire on a text that stands alone.
    pub(super) fn rules_on(&self, text: &str, lang: &Lang) -> Vec<Vote> {
        self.by_rules(text, lang, &[])
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

fn before(said: &[Said<'_>]) -> Before {
    let offered = said.iter().rev().find(|said| matches!(said.by, Speaker::Assistant(_))).map(|said| said.text);
    Before::new(offered, said.iter().filter(|said| said.by == Speaker::Customer).map(|said| said.text))
}

#[cfg(test)]
mod tests;
