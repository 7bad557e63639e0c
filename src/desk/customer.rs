//! What customers do about their own case: ask for a person, call it off, end the chat, come back, say how it was.

use serde_json::json;

use super::{Desk, DeskError, GENERAL, News};
use crate::conversation::{Conversation, ConversationId, History, MessageId, Role, Standing};
use crate::guard::{DeskCode, HandoffReason, PolicyCode};
use crate::handoff::{Answered, Case, Owner, desk_words};
use crate::language::Lang;
use crate::store::{CUSTOMER, Feedback, NewNotice, Opened, Telling};

impl Desk {
    /// The customer asks for a person, by a button. If a case is open already, that one is shown again and nothing is added.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ask_for_person(&self, conversation: &Conversation, lang: &Lang) -> Result<Standing, DeskError> {
        if conversation.owner == Owner::Closed {
            self.reopen(conversation, lang).await?;
        }
        let case = self.case_by_button(conversation.id, lang).await?;
        let planned = self.plan(conversation.id, case, false).await?;
        let notice = self.notice(&planned.words, lang);
        let telling = Telling { notice: Some(&notice), ..Telling::default() };
        let standing = match self.0.store.open_ticket(&planned.new, CUSTOMER, None, telling).await? {
            Opened::New(standing) => standing,
            Opened::There(_) => self.standing(conversation.id).await?,
        };
        self.ring(conversation.id);
        Ok(standing)
    }

    /// The case of somebody who pressed a button: what they want stands in what they said before.
    async fn case_by_button(&self, conversation: ConversationId, lang: &Lang) -> Result<Case, DeskError> {
        let messages = self.0.store.messages(conversation).await?;
        let last = messages.iter().rev().find(|message| message.role == Role::Customer);
        let history = History::before(&messages, MessageId(uuid::Uuid::nil()));
        let before: Vec<Answered> = Case::before(&history);
        let guard = self.0.guards.current();
        let policy = guard.policies().named(PolicyCode::HUMAN_REQUEST);
        Ok(Case {
            reason: HandoffReason::Policy(PolicyCode(PolicyCode::HUMAN_REQUEST.to_owned())),
            desk: Some(policy.map_or_else(|| DeskCode(GENERAL.to_owned()), |policy| policy.desk.clone())),
            priority: policy.map_or(Case::ORDINARY, |policy| policy.priority),
            language: last.map_or_else(|| lang.clone(), |message| message.lang.clone()),
            message: last.map(|message| message.text.clone()).unwrap_or_default(),
            before,
            why: None,
            facts: Vec::new(),
            wished_language: None,
            earlier: Vec::new(),
        })
    }

    /// The customer no longer wants a person; the assistant answers again.
    ///
    /// # Errors
    /// When the store fails or no case is open.
    pub async fn call_off(&self, conversation: ConversationId) -> Result<Standing, DeskError> {
        let ticket = self.open_case(conversation).await?;
        let lang = &ticket.case.language;
        let notice = self.notice(&desk_words(lang).called_off(&ticket.reference), lang);
        let telling = Telling { notice: Some(&notice), ..Telling::default() };
        self.0.store.call_off(ticket.id, self.now(), telling).await?;
        self.ring(conversation);
        self.standing(conversation).await
    }

    /// The customer ends the chat. An open case is called off with it, and that is said.
    ///
    /// # Errors
    /// When the store fails, or it has ended already.
    pub async fn close(&self, conversation: &Conversation, lang: &Lang) -> Result<Standing, DeskError> {
        let open = self.0.store.open_ticket_of(conversation.id).await?;
        let kept_until = self.kept_until(conversation.id).await?.to_zoned(self.0.zone.clone());
        let words = desk_words(lang).closed(&kept_until, open.as_ref().map(|ticket| &ticket.reference));
        let notice = self.notice(&words, lang);
        let reference = open.as_ref().map(|ticket| &ticket.reference);
        let transcript = self.transcript(conversation, lang, reference, &notice).await?;
        let telling = Telling { notice: Some(&notice), events: Vec::new(), outbox: transcript.into_iter().collect() };
        let standing = self.0.store.close_conversation(conversation.id, self.now(), telling).await?;
        self.ring(conversation.id);
        Ok(standing)
    }

    /// The customer goes on after the end.
    ///
    /// # Errors
    /// When the store fails, or it has not ended.
    pub async fn reopen(&self, conversation: &Conversation, lang: &Lang) -> Result<Standing, DeskError> {
        let earlier = self.0.store.tickets_of(conversation.id).await?.pop();
        let words = desk_words(lang).reopened(earlier.as_ref().map(|ticket| &ticket.reference));
        let notice = self.notice(&words, lang);
        let telling = Telling { notice: Some(&notice), ..Telling::default() };
        let standing = self.0.store.reopen(conversation.id, self.now(), telling).await?;
        self.ring(conversation.id);
        Ok(standing)
    }

    /// How the customer found the help. Said again, the last word counts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rate(
        &self,
        conversation: ConversationId,
        solved: Option<bool>,
        score: Option<u8>,
        comment: Option<String>,
    ) -> Result<Feedback, DeskError> {
        let feedback = Feedback { solved, score, comment, at: self.now() };
        self.0.store.feedback(conversation, &feedback).await?;
        Ok(feedback)
    }

    /// What goes out of the house when a customer says something while a person has the case.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn added(&self, conversation: &Conversation, text: &str) -> Result<Vec<NewNotice>, DeskError> {
        if !matches!(conversation.owner, Owner::Waiting | Owner::Operator) {
            return Ok(Vec::new());
        }
        let Some(ticket) = self.0.store.open_ticket_of(conversation.id).await? else { return Ok(Vec::new()) };
        let details = json!({ "text": text });
        Ok(self.outbox(None, News { ticket: &ticket, kind: "customer_message", tells: None, details, letter: None }))
    }

    /// The customer has been shown what stands in the conversation: what was promised has reached them. A failure is only told to the log,
    /// because nothing depends on it but the ledger.
    pub async fn seen(&self, conversation: ConversationId) {
        let seen = async {
            let Some(ticket) = self.0.store.open_ticket_of(conversation).await? else { return Ok(false) };
            self.0.store.seen_by_customer(ticket.id, self.now()).await
        };
        if let Err(error) = seen.await {
            tracing::error!(%error, %conversation, "it could not be noted that the customer was told");
        }
    }

    pub(super) async fn standing(&self, conversation: ConversationId) -> Result<Standing, DeskError> {
        let standing = self.0.store.standing(conversation).await?;
        Ok(standing.ok_or(crate::store::StoreError::UnknownConversation)?)
    }
}
