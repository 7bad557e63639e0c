//! A message that the machine may answer.

use super::vote::Voted;
use super::{Asked, Claimed, Decision, Guard, HandoffReason, Masked, PolicyCode};
use crate::llm::{Embedded, Vector};

/// A message that no guard has claimed for a person. Only [`Cleared::check`] makes one, and only from a vector: the guards
/// and the search share it. ([`Cleared::beside`] asks the guards too, and gives what they claim along with it.)
#[derive(Debug, Clone)]
pub struct Cleared {
    message: Masked,
    vector: Vector,
    /// What let it pass.
    decision: Option<Decision>,
}

impl Cleared {
    /// Asks the guards.
    ///
    /// # Errors
    /// The message as it is claimed for a person: because it falls under a policy, or because it could not be judged.
    pub fn check(embedded: Embedded, guard: &Guard) -> Result<Self, Box<Claimed>> {
        let (message, vector) = embedded.into_parts();
        let before = message.history().said();
        let in_context = (message.asked() != message.text()).then_some((message.asked(), &vector));
        let asked = Asked { text: message.text(), vector: &vector, lang: message.lang(), before: &before, in_context };
        let decision = match guard.judge(&asked) {
            Ok(decision) => decision,
            Err(error) => {
                tracing::error!(%error, "a message could not be judged: a person takes over");
                drop(before);
                return Err(Box::new(Claimed::failed(message, HandoffReason::GuardUnavailable)));
            }
        };
        drop(before);
        match decision.ruling {
            None => Ok(Self { message, vector, decision: Some(decision) }),
            Some(_) => Err(ruled(message, vector, decision, guard)),
        }
    }

    /// For a colleague, who decides whether anything is said: the guards are asked all the same, and what they claim goes along. No
    /// model may be asked about a message that they claim.
    pub fn beside(embedded: Embedded, guard: &Guard) -> (Self, Option<Box<Claimed>>) {
        let (message, vector) = embedded.clone().into_parts();
        match Self::check(embedded, guard) {
            Ok(cleared) => (cleared, None),
            Err(claimed) => (Self::quoting(&message, vector), Some(claimed)),
        }
    }

    /// For what may be quoted along with a claim.
    pub(super) fn quoting(message: &Masked, vector: Vector) -> Self {
        Self { message: message.only_quoted(), vector, decision: None }
    }

    /// The message.
    pub fn message(&self) -> &Masked {
        &self.message
    }

    /// Its vector.
    pub fn vector(&self) -> &Vector {
        &self.vector
    }

    /// What the guards came to; absent where they claim the message.
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// The message as a chat model's vote claims it for a person, if it does. A vote that failed claims it only where the
    /// classifier is in some doubt too: else every customer would be sent to a person while the model is down.
    pub fn claimed_by(&self, voted: &Voted, guard: &Guard) -> Option<Box<Claimed>> {
        let decision = self.decision.as_ref()?;
        match voted {
            Voted::Unasked | Voted::Passed => None,
            Voted::Claims(vote) => {
                let decision = guard.with_vote(decision.clone(), vote.clone());
                Some(ruled(self.message.clone(), self.vector.clone(), decision, guard))
            }
            Voted::Failed(_) if guard.is_near(decision) => {
                tracing::error!(
                    "the chat model's vote failed on a message near a mandatory policy: a person takes over"
                );
                Some(Box::new(Claimed::failed(self.message.clone(), HandoffReason::GuardUnavailable)))
            }
            Voted::Failed(_) => None,
        }
    }
}

/// The message as the decision's ruling claims it.
fn ruled(message: Masked, vector: Vector, decision: Decision, guard: &Guard) -> Box<Claimed> {
    let ruling: Option<&PolicyCode> = decision.ruling.as_ref();
    match ruling.and_then(|code| guard.policies().get(code)) {
        Some(policy) => Box::new(Claimed::by(message, vector, decision, policy)),
        // A ruling of a policy that is not there cannot be; if it were, it is no leave to answer.
        None => Box::new(Claimed::failed(message, HandoffReason::GuardUnavailable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::vote::VoteError;
    use crate::guard::{By, Policies, Received, Score, Vote, fakes};
    use crate::language::Lang;

    const TEXT: &str = "箱は何色ですか";

    fn guard() -> Guard {
        let policies = Policies::extending(fakes::CORE, "version = 1").unwrap();
        let vectors = fakes::vectors(&policies.exemplar_texts());
        Guard::prepare(policies, &vectors).unwrap()
    }

    /// Let pass, with this probability that it is about a refund.
    fn cleared(guard: &Guard, probability: f32) -> Cleared {
        let score = Score { policy: PolicyCode("refund".to_owned()), probability, threshold: 0.5 };
        let decision = Decision { scores: vec![score], ..guard.judge_words(TEXT, &Lang::JA, &[]) };
        assert_eq!(decision.ruling, None);
        let message = Masked::of(Received::new(TEXT, Lang::JA, Vec::new()));
        Cleared { message, vector: fakes::embed(TEXT), decision: Some(decision) }
    }

    #[test]
    fn a_vote_claims_as_any_other_does() {
        let guard = guard();
        let (policy, reason) = (PolicyCode("refund".to_owned()), "お金を返してほしいと言っている".to_owned());
        let by = By::Model { model: "scripted".to_owned(), reason };
        let vote = Vote { policy: policy.clone(), mandatory: true, by };
        let claimed = cleared(&guard, 0.0).claimed_by(&Voted::Claims(vote.clone()), &guard).unwrap();
        assert_eq!(*claimed.reason(), HandoffReason::Policy(policy.clone()));
        let decision = claimed.decision().unwrap();
        assert_eq!((&decision.votes[..], &decision.ruling), (&[vote.clone()][..], &Some(policy)));
        assert_eq!(decision.scores.len(), 1, "what the classifier made of it is kept");
        assert!(claimed.informed().is_some(), "its policy lets general information go along");
        // What a policy would do that is no longer there, no machine decides.
        let gone = Vote { policy: PolicyCode("gone".to_owned()), ..vote };
        let claimed = cleared(&guard, 0.0).claimed_by(&Voted::Claims(gone), &guard).unwrap();
        assert_eq!(*claimed.reason(), HandoffReason::GuardUnavailable);
    }

    #[test]
    fn a_vote_that_failed_claims_only_what_was_in_doubt() {
        let guard = guard();
        let failed = Voted::Failed(VoteError::TooLong);
        let near = cleared(&guard, 0.3).claimed_by(&failed, &guard).unwrap();
        assert_eq!((near.reason(), near.informed().is_none()), (&HandoffReason::GuardUnavailable, true));
        assert!(cleared(&guard, 0.2).claimed_by(&failed, &guard).is_none());
        for voted in [Voted::Unasked, Voted::Passed] {
            assert!(cleared(&guard, 0.49).claimed_by(&voted, &guard).is_none(), "{voted:?}");
        }
    }
}
