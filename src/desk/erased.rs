//! How long a conversation is kept, and what a desk is told when the customer of an open case has gone and taken everything along.

use jiff::Timestamp;
use serde_json::json;

use super::clockwork::later;
use super::{Desk, DeskError, News};
use crate::conversation::ConversationId;
use crate::handoff::Ticket;
use crate::store::NewNotice;

impl Desk {
    /// Until when a conversation is kept if nothing happens in it from now on.
    pub(super) async fn kept_until(&self, of: ConversationId) -> Result<Timestamp, DeskError> {
        let cases = self.0.store.tickets_of(of).await?;
        Ok(later(self.now(), self.0.retention.after(cases.iter().map(|case| &case.case.reason))))
    }

    /// That nobody waits for a case any more: for the webhooks that want it, and without a word of the customer's.
    pub(crate) fn erased(&self, ticket: &Ticket) -> Vec<NewNotice> {
        let details = json!({ "at": self.now() });
        self.outbox(None, News { ticket, kind: "conversation_erased", tells: None, details, letter: None })
    }
}
