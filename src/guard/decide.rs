//! Line 1: rules, a classifier and the course of the conversation vote on each message; any vote of a mandatory policy decides.

mod decision;
mod explain;
mod prepare;
mod speaks;

use self::speaks::Scripts;
use super::classifier::{Classifier, LeftOut, Seen};
use super::conversation::{self, Mood, Said, Sign, Speaker};
use super::normal::readings;
use super::policy::{Pattern, Policies, Policy, PolicyCode, Signal};
use super::rules::{Before, Rules};
use crate::language::Lang;
use crate::llm::Vector;

pub use decision::{By, Decision, Score, Vote};
pub use prepare::PrepareError;

/// The share of a policy's threshold from which it applies to a message of more than so many characters: one request among much else
/// leaves a lesser trace in the vector of the whole. Judging such a message in overlapping parts catches more of what is buried in small
/// talk, and claims most of the harmless stories that customers really tell (eval/README.md).
const LONG: [(usize, f32); 2] = [(200, 0.3), (500, 0.1)];

/// Policies, ready to judge messages. Made once when they are loaded; never changes.
#[derive(Debug)]
pub struct Guard {
    policies: Policies,
    rules: Rules<RuleOf>,
    signals: Rules<(Signal, Option<Lang>)>,
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

/// Why a message cannot be judged: then a person must take over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message's vector is empty, not finite, or of another embedding space than the exemplars'")]
pub struct Unfit;

/// What the classifier looked at.
#[derive(Debug, Clone, Copy)]
struct Looked {
    in_context: bool,
    /// What of its threshold a policy needs.
    share: f32,
}

/// A rule and whose it is.
#[derive(Debug)]
struct RuleOf {
    policy: usize,
    mandatory: bool,
    pattern: Pattern,
}

impl Guard {
    /// The policies it judges by.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Judges a message.
    ///
    /// # Errors
    /// When its vector cannot be compared with the exemplars'. Then a person must take over.
    pub fn judge(&self, asked: &Asked<'_>) -> Result<Decision, Unfit> {
        let messages: Vec<(&str, &Vector)> =
            std::iter::once((asked.text, asked.vector)).chain(asked.in_context).collect();
        let seen = self.classifier.see(&messages).ok_or(Unfit)?;
        let Asked { text, lang, before, .. } = *asked;
        let mut votes = self.by_rules(text, lang, before);
        let mut scores = self.scores();
        let share = LONG.iter().rev().find(|(length, _)| text.chars().nth(*length).is_some());
        let share = share.map_or(1.0, |(_, share)| *share);
        for (seen, in_context) in seen.iter().zip([false, true]) {
            self.by_classifier(seen, Looked { in_context, share }, &mut votes, &mut scores);
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

    /// The same decision with a vote more. All others stay, so that what was claimed for a person stays with one.
    pub fn with_vote(&self, mut decision: Decision, vote: Vote) -> Decision {
        decision.votes.push(vote);
        decision.ruling = self.ruling(&decision.votes);
        decision
    }

    /// Whether the classifier thinks a mandatory policy at least half as probable as it must be to vote: near enough for a person to
    /// look, where a guard that should have looked too has failed.
    pub fn is_near(&self, decision: &Decision) -> bool {
        let is_mandatory = |code: &PolicyCode| self.policies.get(code).is_some_and(|policy| policy.mandatory);
        decision.scores.iter().any(|score| 2.0 * score.probability >= score.threshold && is_mandatory(&score.policy))
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
            // It does not say how sure it is: whoever else votes goes before it.
            By::Model { .. } => 0.0,
        };
        let first = votes.iter().min_by(|a, b| rank(a).cmp(&rank(b)).then(sure(b).total_cmp(&sure(a))))?;
        Some(first.policy.clone())
    }

    fn by_rules(&self, text: &str, lang: &Lang, said: &[Said<'_>]) -> Vec<Vote> {
        let message = readings(text);
        let before = before(said);
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

    fn by_classifier(&self, seen: &Seen, looked: Looked, votes: &mut Vec<Vote>, scores: &mut [Score]) {
        let mut nearest = None;
        for ((policy, score), &probability) in self.policies.all().iter().zip(scores).zip(&seen.probabilities) {
            score.probability = score.probability.max(probability);
            score.threshold = looked.share * policy.threshold;
            if probability < score.threshold {
                continue;
            }
            let nearest = nearest.get_or_insert_with(|| self.classifier.nearest(seen)).clone();
            let (threshold, in_context) = (score.threshold, looked.in_context);
            let by = By::Classifier { probability, threshold, in_context, nearest };
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

    /// What the classifier makes of all exemplars, seen and unseen.
    pub(super) fn left_out(&self) -> Vec<LeftOut<'_>> {
        self.classifier.left_out()
    }

    /// The policies whose rules fire on a text that stands alone.
    pub(super) fn rules_on(&self, text: &str, lang: &Lang) -> Vec<Vote> {
        self.by_rules(text, lang, &[])
    }
}

fn before<'a>(said: &'a [Said<'_>]) -> Before<'a> {
    let offered = said.iter().rev().find(|said| matches!(said.by, Speaker::Assistant(_))).map(|said| said.text);
    Before::new(offered, said.iter().filter(|said| said.by == Speaker::Customer).map(|said| said.text))
}

#[cfg(test)]
mod tests;
