//! Handing a message to a person: at once, in the customer's language, without a yes or no to what was asked.

use super::{Found, Outcome, Pen, Piece, Turn, Watch, reply};
use crate::answer::{Draft, Drafted, Part, Receipt, Reply, ReplyDesk, ReplyKind, Timings, Verified, phrases};
use crate::guard::{Claimed, Decision, DeskCode, Guard, HandoffReason, Masked, Policy, Said};
use crate::handoff::Case;
use crate::language::Lang;

/// The desk that takes what no policy gives to another.
const GENERAL: &str = "general";

impl Turn {
    /// What the words and the conversation alone decide, before there is a vector.
    pub(super) fn claimed_by_words(&self, message: &Masked, guard: &Guard) -> Option<Box<Claimed>> {
        let decision = guard.judge_words(message.text(), message.lang(), &message.history().said());
        Claimed::by_words(message.clone(), decision).map(Box::new)
    }

    /// Whether a person takes over because a message was not understood even after a question back.
    pub(super) fn not_understood(&self, message: &Masked, guard: &Guard) -> Option<Box<Claimed>> {
        let before: Vec<Said<'_>> = message.history().said();
        Claimed::by_words(message.clone(), guard.judge_unanswered(&before)?).map(Box::new)
    }

    /// The reply to a message that a person must take, with the general article where its policy lets it go along.
    pub(super) async fn hand_over(&self, claimed: &Claimed, guard: &Guard, mut watch: Watch) -> Outcome {
        let message = claimed.message();
        if *claimed.reason() == HandoffReason::GuardUnavailable {
            self.guards.failed();
        }
        let general = match claimed.informed() {
            Some(cleared) => self.general(cleared, &mut watch).await,
            None => None,
        };
        let lang = message.lang();
        let policy = policy(claimed.reason(), guard);
        let desk = desk(policy, guard, lang);
        let mut draft = Draft { parts: words(claimed.reason(), policy, desk.as_ref(), lang) };
        let case_at = Some(draft.parts.len() - usize::from(desk.is_some()));
        let mut receipt = Receipt { guard: claimed.decision().cloned(), ..Receipt::default() };
        let (mut confidence, mut generation) = (0.0, None);
        if let Some((found, quoted)) = general {
            draft.parts.push(Part::Own(phrases(lang).handoff_general.to_owned()));
            draft.parts.extend(quoted.parts);
            receipt = Receipt { guard: receipt.guard, ..self.receipt(&found) };
            (confidence, generation) = (found.confidence, Some(found.retrieved.generation()));
        }
        receipt.case = Some(case(message, claimed.reason(), policy, desk.as_ref(), claimed.decision()));
        let pieces = Piece::all(&draft);
        let citations: Vec<_> = draft.citations().cloned().collect();
        let reply = Reply {
            kind: ReplyKind::Handoff,
            answer: reply::joined(&pieces),
            language: lang.clone(),
            source_language: citations.first().map(|citation| citation.lang.clone()).filter(|source| source != lang),
            citations,
            abstained: true,
            degraded: policy.is_none(),
            written_by: None,
            handoff: Some(claimed.reason().clone()),
            desk,
            ticket: None,
            suggestions: Vec::new(),
            confidence,
            generation,
            timings: watch.finish(),
        };
        Outcome { reply, pieces, receipt, case_at }
    }

    /// What the articles say in general, if they surely say something about it.
    async fn general(&self, cleared: crate::guard::Cleared, watch: &mut Watch) -> Option<(Found, Draft)> {
        let found = match self.found(cleared).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the articles could not be searched: a hand-off goes without them");
                return None;
            }
        };
        watch.lap(|t| &mut t.retrieve_ms);
        if found.confidence < self.min_confidence {
            return None;
        }
        let drafted: Drafted = self.quoted(&found);
        let draft = Verified::check(drafted).into_draft();
        watch.lap(|t| &mut t.answer_ms);
        draft.quotes().then_some((found, draft))
    }

    /// A reply that turns into a hand-off: what a model wrote on may not be said. What it had said and was checked was told, and stands.
    pub(super) fn withhold(
        &self,
        found: &Found,
        mut draft: Draft,
        pen: Pen,
        guard: &Guard,
        timings: Timings,
    ) -> Outcome {
        let Pen { written_by, mut receipt, .. } = pen;
        let (message, reason) = (found.message(), HandoffReason::Withheld);
        let lang = message.lang();
        let desk = desk(None, guard, lang);
        let citations: Vec<_> = draft.citations().cloned().collect();
        draft.parts.extend(words(&reason, None, desk.as_ref(), lang));
        receipt.case = Some(case(message, &reason, None, desk.as_ref(), None));
        let pieces = Piece::all(&draft);
        let reply = Reply {
            kind: ReplyKind::Handoff,
            answer: reply::joined(&pieces),
            language: lang.clone(),
            source_language: citations.first().map(|citation| citation.lang.clone()).filter(|source| source != lang),
            citations,
            abstained: true,
            degraded: true,
            written_by,
            handoff: Some(reason),
            desk,
            ticket: None,
            suggestions: Vec::new(),
            confidence: found.confidence,
            generation: Some(found.retrieved.generation()),
            timings,
        };
        // What was told before stands; the case comes last.
        let case_at = Some(pieces.len() - usize::from(reply.desk.is_some()));
        Outcome { reply, pieces, receipt, case_at }
    }
}

fn policy<'a>(reason: &HandoffReason, guard: &'a Guard) -> Option<&'a Policy> {
    match reason {
        HandoffReason::Policy(code) => guard.policies().get(code),
        _ => None,
    }
}

fn desk(policy: Option<&Policy>, guard: &Guard, lang: &Lang) -> Option<ReplyDesk> {
    let general = DeskCode(GENERAL.to_owned());
    let code = policy.map_or(&general, |policy| &policy.desk);
    let desk = guard.policies().desk(code)?;
    Some(ReplyDesk { code: code.clone(), name: desk.name.get(lang).to_owned(), does: desk.does.get(lang).to_owned() })
}

/// What was understood, that a person decides, which desk, and what happens next.
fn words(reason: &HandoffReason, policy: Option<&Policy>, desk: Option<&ReplyDesk>, lang: &Lang) -> Vec<Part> {
    let own = phrases(lang);
    let understood = match (reason, policy) {
        (_, Some(policy)) => policy.understood.get(lang),
        (HandoffReason::Withheld, None) => own.handoff_withheld,
        // Without a policy file there is no desk to name: what was said is kept all the same.
        (_, None) if desk.is_none() => own.unavailable,
        (_, None) => own.handoff_guard_down,
    };
    let mut parts = vec![Part::Own(understood.to_owned())];
    if let Some(desk) = desk {
        let named = |text: &str| text.replace("{desk}", &desk.name);
        let decides = match policy {
            Some(_) => format!("{}\n{}", named(own.handoff_decides), desk.does),
            None => named(own.handoff_decides),
        };
        parts.push(Part::Own(decides));
        parts.push(Part::Own(named(own.handoff_next)));
    }
    parts
}

fn case(
    message: &Masked,
    reason: &HandoffReason,
    policy: Option<&Policy>,
    desk: Option<&ReplyDesk>,
    why: Option<&Decision>,
) -> Case {
    Case {
        reason: reason.clone(),
        desk: desk.map(|desk| desk.code.clone()),
        priority: policy.map_or(Case::ORDINARY, |policy| policy.priority),
        language: message.lang().clone(),
        message: message.text().to_owned(),
        before: Case::before(message.history()),
        why: why.cloned(),
        facts: Vec::new(),
        wished_language: None,
        earlier: Vec::new(),
    }
}
