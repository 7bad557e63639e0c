//! Two cases of one customer become one.

use jiff::{Timestamp, Zoned};
use serde_json::json;

use super::{Desk, DeskError, News};
use crate::conversation::ConversationId;
use crate::handoff::{By, OperatorName, Reference, Ticket, TicketId, TicketState, desk_words};
use crate::language::Lang;
use crate::notify::LetterBody;
use crate::store::{Contact, Merged, Merging, NewNotice, Store, StoreError, Telling};

/// How it is known that two cases are the same customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sameness {
    /// The store has to show it: by the shop's account, or by an address that is known to be theirs. That one case quotes the other shows
    /// nothing: anybody can quote a reference.
    ToBeShown,
    /// An operator has made sure, and says so: on record.
    OnTheirWord,
}

impl Desk {
    /// Handles a case together with another one of the same customer, which stays open. The customer is told in both conversations, and
    /// once by mail; what was promised about either holds, by the earlier time. Asked for again, it is done once.
    ///
    /// # Errors
    /// [`DeskError::NotSameCustomer`] when nothing shows that both are one customer's and the operator does not say so; when one of both is
    /// not open or somebody else has the first; when both are one; when the store fails.
    pub async fn merge(
        &self,
        id: TicketId,
        into: TicketId,
        by: &OperatorName,
        seen: Option<u32>,
        sameness: Sameness,
    ) -> Result<Merged, DeskError> {
        if id == into {
            return Err(StoreError::Itself.into());
        }
        let (closed, other) = (self.existing(id).await?, self.existing(into).await?);
        if closed.state == TicketState::Merged && closed.merged_into == Some(into) {
            return Ok(Merged { closed, into: other });
        }
        let shown = self.is_shown(&closed, &other).await?;
        if !shown && sameness == Sameness::ToBeShown {
            return Err(DeskError::NotSameCustomer);
        }
        let owed = self.0.store.promise(id).await?.ok_or(StoreError::UnknownTicket)?;
        let owed_there = self.0.store.promise(into).await?.ok_or(StoreError::UnknownTicket)?;
        let in_force = owed.in_force(&owed_there);
        // A time that has passed is not promised once more: the clockwork tells what became of it, at its next look.
        let told = in_force.filter(|at| *at > self.now()).map(|at| self.local(at, &other.desk));
        let words = |lang: &Lang| desk_words(lang).merged(&closed.reference, &other.reference, told.as_ref());
        let (here, there) = (words(&closed.case.language), words(&other.case.language));
        let (notice_here, notice_there) =
            (self.notice(&here, &closed.case.language), self.notice(&there, &other.case.language));
        let promised_by = told.as_ref().map(Zoned::timestamp);
        let details = json!({ "into": other.reference, "promised_by": promised_by, "by": by });
        let news = News { ticket: &closed, kind: "ticket_merged", tells: None, details, letter: None };
        let mail_there = self.mail_of_merger(&other, &other.reference, &there, promised_by).await?;
        let mail_here = match mail_there {
            Some(_) => None,
            // The promise is not this case's any more: that it reached the customer is on no record here.
            None => self.mail_of_merger(&closed, &other.reference, &here, None).await?,
        };
        let mut outbox_here = self.outbox(None, news);
        outbox_here.extend(mail_here);
        let shown_words = there.join("\n");
        let merging = Merging {
            into,
            in_force,
            words: &shown_words,
            here: Telling { notice: Some(&notice_here), events: Vec::new(), outbox: outbox_here },
            there: Telling {
                notice: Some(&notice_there),
                events: Vec::new(),
                outbox: mail_there.into_iter().collect(),
            },
        };
        if !shown {
            // First: no merger on somebody's word is without the word, whatever happens in between.
            let who = By::Operator(by.clone()).word();
            self.0.store.audit(&who, "merge_on_their_word", &id.to_string(), self.now()).await?;
        }
        let merged = self.0.store.merge(&self.act(id, by, seen), merging).await?;
        self.ring(merged.closed.conversation);
        self.ring(merged.into.conversation);
        Ok(merged)
    }

    /// The mail that tells of a merger, if the customer of this case has a confirmed address and mail arrives there, as far as is known. It
    /// belongs to the very conversation in which that was confirmed: the key that it brings opens no other.
    async fn mail_of_merger(
        &self,
        case: &Ticket,
        stays: &Reference,
        words: &[String],
        tells: Option<Timestamp>,
    ) -> Result<Option<NewNotice>, DeskError> {
        let contact = reached(&self.0.store, case.conversation).await?;
        let body = LetterBody::Notice { words: words.join("\n\n") };
        Ok(self.to_customer(contact.as_ref(), &case.case.language, Some(stays), body, tells))
    }

    /// Whether both are known to be one customer's.
    async fn is_shown(&self, one: &Ticket, other: &Ticket) -> Result<bool, DeskError> {
        Ok(self.0.store.same_customer(one.conversation, other.conversation).await?)
    }

    async fn existing(&self, id: TicketId) -> Result<Ticket, DeskError> {
        Ok(self.0.store.ticket(id).await?.ok_or(StoreError::UnknownTicket)?)
    }
}

/// How a customer is reached, unless it is known that mail does not arrive there.
pub(super) async fn reached(store: &Store, of: ConversationId) -> Result<Option<Contact>, StoreError> {
    match store.not_arrived(of, None).await? {
        Some(_) => Ok(None),
        None => store.contact(of).await,
    }
}
