//! A message that the machine may answer.

use super::{Asked, Claimed, Guard, HandoffReason, Masked, PolicyCode};
use crate::llm::{Embedded, Vector};

/// A message that no guard has claimed for a person. Only [`Cleared::check`] makes one, and only from a vector: the guards
/// and the search share it. ([`Cleared::beside`] asks the guards too, and gives what they claim along with it.)
#[derive(Debug, Clone)]
pub struct Cleared {
    message: Masked,
    vector: Vector,
}

impl Cleared {
    /// Asks the guards.
    ///
    /// # Errors
    /// The message as it is claimed for a person: because it falls under a policy, or because it could not be judged.
    pub fn check(embedded: Embedded, guard: &Guard) -> Result<Self, Box<Claimed>> {
        let (message, vector, parts) = embedded.into_parts();
        let parts: Vec<(&str, &Vector)> = parts.iter().map(|(part, vector)| (part.as_str(), vector)).collect();
        let before = message.history().said();
        let in_context = (message.asked() != message.text()).then_some((message.asked(), &vector));
        let asked = Asked {
            text: message.text(),
            vector: &vector,
            lang: message.lang(),
            before: &before,
            in_context,
            parts: &parts,
        };
        let decision = match guard.judge(&asked) {
            Ok(decision) => decision,
            Err(error) => {
                tracing::error!(%error, "a message could not be judged: a person takes over");
                drop(before);
                return Err(Box::new(Claimed::failed(message, HandoffReason::GuardUnavailable)));
            }
        };
        drop(before);
        let ruling: Option<&PolicyCode> = decision.ruling.as_ref();
        match ruling.map(|code| guard.policies().get(code)) {
            None => Ok(Self { message, vector }),
            Some(Some(policy)) => Err(Box::new(Claimed::by(message, vector, decision, policy))),
            // A ruling of a policy that is not there cannot be; if it were, it is no leave to answer.
            Some(None) => Err(Box::new(Claimed::failed(message, HandoffReason::GuardUnavailable))),
        }
    }

    /// For a colleague, who decides whether anything is said: the guards are asked all the same, and what they claim goes along. No
    /// model may be asked about a message that they claim.
    pub fn beside(embedded: Embedded, guard: &Guard) -> (Self, Option<Box<Claimed>>) {
        let (message, vector, _) = embedded.clone().into_parts();
        match Self::check(embedded, guard) {
            Ok(cleared) => (cleared, None),
            Err(claimed) => (Self { message: message.only_quoted(), vector }, Some(claimed)),
        }
    }

    /// For what may be quoted along with a hand-off.
    pub(super) fn of(message: Masked, vector: Vector) -> Self {
        Self { message, vector }
    }

    /// The message.
    pub fn message(&self) -> &Masked {
        &self.message
    }

    /// Its vector.
    pub fn vector(&self) -> &Vector {
        &self.vector
    }
}
