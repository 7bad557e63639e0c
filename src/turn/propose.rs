//! What the assistant would say, for a colleague who decides whether anybody hears it.

use super::context::with_subject;
use super::{FindError, Found, Turn, Watch, Whole, reply};
use crate::answer::context::leans;
use crate::answer::{Reply, Verified};
use crate::guard::vote::Voted;
use crate::guard::{Claimed, Cleared, Decision, Guard, HandoffReason, Masked, Received};
use crate::llm::Embedded;

/// What might be answered. Nothing of it is kept or said.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The reply from the articles; it abstains where they hold no answer.
    pub reply: Reply,
    /// What the guards claim, if they claim the message for a person.
    pub claimed: Option<Claim>,
}

/// A guard's claim on a message.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Why a person must take over.
    pub reason: HandoffReason,
    /// What the guards came to; absent where they could not be asked.
    pub decision: Option<Decision>,
}

impl Turn {
    /// What the articles say to a message, whatever the guards say of it: their claim goes along, and a person reads both. About a message
    /// that they claim no model is asked; the articles are quoted.
    ///
    /// # Errors
    /// When the message cannot be embedded or the articles cannot be searched.
    pub async fn propose(&self, received: Received) -> Result<Proposed, FindError> {
        let mut watch = Watch::start();
        let guard = self.guards.current();
        let mut message = Masked::of(received);
        let by_words = self.claimed_by_words(&message, &guard);
        if by_words.is_some() {
            message = message.only_quoted();
        }
        let (mut found, mut by_all) = self.look_beside(message.clone(), None, &guard, &mut watch).await?;
        if by_all.is_some() {
            message = message.only_quoted();
        }
        let subject = message.history().subject(leans).join("\n");
        if found.confidence < self.min_confidence && !subject.is_empty() {
            // It says little by itself: with what it goes back to it may say more.
            let meant = with_subject(&message, &subject);
            let (together, in_context) = self.look_beside(meant, Some(&found.voted), &guard, &mut watch).await?;
            by_all = by_all.or(in_context);
            if together.confidence >= self.min_confidence {
                found = together;
            }
        }
        let claimed = by_words
            .or(by_all)
            .map(|claimed| Claim { reason: claimed.reason().clone(), decision: claimed.decision().cloned() });
        let (mut drafted, mut pen) = self.draft(&found, &Whole).await;
        if pen.breach.take().is_some() {
            drafted = self.quoted(&found);
            pen.written_by = None;
        }
        let draft = Verified::check(drafted).into_draft();
        watch.lap(|t| &mut t.answer_ms);
        let outcome = reply::said(&found, draft, pen, self.suggestions, watch.finish());
        Ok(Proposed { reply: outcome.reply, claimed })
    }

    /// Searches for a message, and asks the guards what they claim.
    async fn look_beside(
        &self,
        message: Masked,
        voted: Option<&Voted>,
        guard: &Guard,
        watch: &mut Watch,
    ) -> Result<(Found, Option<Box<Claimed>>), FindError> {
        let embedded = Embedded::of(message, self.embedder.as_ref()).await?;
        watch.lap(|t| &mut t.embed_ms);
        let (cleared, claimed) = Cleared::beside(embedded, guard);
        watch.lap(|t| &mut t.guard_ms);
        let (found, voted) = self.search_and_vote(&cleared, voted, guard, watch).await;
        let claimed = claimed.or_else(|| cleared.claimed_by(&voted, guard));
        Ok((Found { voted, ..found? }, claimed))
    }
}
