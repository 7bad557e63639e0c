//! Where a case stands, as its customer sees it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Desk, DeskError};
use crate::conversation::{Conversation, ConversationId};
use crate::guard::DeskCode;
use crate::handoff::{
    Measured, OfferedChannel, Owner, QuietHour, Reference, Sample, Ticket, TicketState, ToldNotice, Wait, desk_words,
    hour_of_week,
};
use crate::language::Lang;

/// Where a conversation stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Whose turn it is to speak.
    pub owner: Owner,
    /// The case that is open, or was last.
    pub reference: Option<Reference>,
    /// How far that is.
    pub state: Option<TicketState>,
    /// The desk that has it.
    pub desk: Option<DeskCode>,
    /// What the desk is called, in the customer's language.
    pub desk_name: Option<String>,
    /// The person who has it.
    pub operator: Option<String>,
    /// When it was opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opened_at: Option<Timestamp>,
    /// By when the customer hears from a person, as long as that is owed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub promised_by: Option<Timestamp>,
    /// Where it stands in the queue.
    pub queue: Option<QueueView>,
    /// Other ways to a person that are open now: offered by rule while the case waits.
    pub channels: Vec<OfferedChannel>,
    /// What holds the desk, or a channel that would be offered, up for a while.
    pub notices: Vec<ToldNotice>,
    /// Hours at which it is quieter, where the wait is long and enough was measured to tell: an estimate.
    pub quieter_hours: Vec<QuietHour>,
    /// Whether the customer is told by mail too, or could be.
    pub mail: MailView,
    /// The same in words, a line each, in the customer's language.
    pub words: Vec<String>,
}

/// Whether a customer is told by mail too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailView {
    /// Mail is not sent here: there is no use in naming an address.
    Off,
    /// No address is known.
    Unknown,
    /// One was named, and its code has not come back.
    Unconfirmed,
    /// One was confirmed: answers and new times go there too.
    Confirmed,
    /// Mail to the one that was named does not arrive: another is asked for.
    Undelivered,
}

/// A place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueView {
    /// How many cases are before this one.
    pub ahead: u64,
    /// An estimate of the minutes until a person takes it. Absent where too little was measured to give one; never a promise.
    pub estimate_minutes: Option<u32>,
}

impl Desk {
    /// Where a conversation stands now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn status(&self, conversation: &Conversation, lang: &Lang) -> Result<Status, DeskError> {
        let (mail, not_arrived) = self.mail_of(conversation.id, lang).await?;
        let mut status = Status {
            conversation: conversation.id,
            owner: conversation.owner,
            reference: None,
            state: None,
            desk: None,
            desk_name: None,
            operator: None,
            opened_at: None,
            promised_by: None,
            queue: None,
            channels: Vec::new(),
            notices: Vec::new(),
            quieter_hours: Vec::new(),
            mail,
            words: not_arrived.into_iter().collect(),
        };
        let Some(ticket) = self.0.store.tickets_of(conversation.id).await?.pop() else { return Ok(status) };
        let promise = self.0.store.promise(ticket.id).await?;
        status.promised_by = promise.as_ref().and_then(crate::store::Promise::owed);
        status.desk_name = Some(self.named(&ticket.desk, lang).0);
        let words = desk_words(lang);
        if let Some(promised_by) = status.promised_by {
            status.words.push(words.idle(&ticket.reference, &self.local(promised_by, &ticket.desk)));
        }
        if ticket.state == TicketState::Waiting {
            let samples = self.samples(&ticket.desk).await?;
            let queue = self.queue(&ticket, &samples).await?;
            status
                .words
                .extend(words.queue(usize::try_from(queue.ahead).unwrap_or(usize::MAX), queue.estimate_minutes));
            let ways = self.ways(&ticket, lang, queue.estimate_minutes, &samples);
            status.words.extend(ways.words);
            (status.channels, status.notices, status.quieter_hours) = (ways.channels, ways.notices, ways.quieter);
            status.queue = Some(queue);
        }
        if let (TicketState::Claimed, Some(operator)) = (ticket.state, &ticket.operator) {
            status.words.push(words.taken(&ticket.reference, &operator.0));
            status.operator = Some(operator.to_string());
        }
        status.state = Some(ticket.state);
        status.opened_at = Some(ticket.opened_at);
        status.reference = Some(ticket.reference);
        status.desk = Some(ticket.desk);
        Ok(status)
    }

    async fn queue(&self, ticket: &Ticket, samples: &[Sample]) -> Result<QueueView, DeskError> {
        let ahead = self.0.store.queue_ahead(ticket.id, self.now()).await?.unwrap_or(0);
        Ok(QueueView { ahead, estimate_minutes: self.estimate(ticket, ahead, samples).await? })
    }

    /// The minutes until a person takes a case that has so many before it, and what service notices add; `None` where too little was
    /// measured, or nobody is at work. `samples`: how long its desk's cases took.
    pub(super) async fn estimate(
        &self,
        ticket: &Ticket,
        ahead: u64,
        samples: &[Sample],
    ) -> Result<Option<u32>, DeskError> {
        let (now, desk) = (self.now(), &ticket.desk);
        let hour = hour_of_week(now, self.rules(desk).calendar.zone());
        let present = self.at_work(ticket).await?;
        let position = u32::try_from(ahead.saturating_add(1)).unwrap_or(u32::MAX);
        let delay = self.0.rules.current().channels.delay(desk, now);
        let wait = Wait::at(position, present, &Measured::of(samples), hour);
        Ok(wait.estimate.map(|estimate| estimate.median.saturating_add(delay)))
    }
}
