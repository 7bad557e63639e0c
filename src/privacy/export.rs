//! Everything held on a conversation, for its customer to take along.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PrivacyError, PrivacyParts};
use crate::answer::Receipt;
use crate::conversation::{ConversationId, Message, MessageId, Role};
use crate::handoff::{Inquiry, Owner, Ticket};
use crate::language::Lang;
use crate::passages::Audience;
use crate::store::{Feedback, LedgerEntry, Note, Notice, NoticeState, OutboxFilter, Promise, StoreError, Target};

/// The form of an export. It counts up when a reader of the one before would be misled.
const FORMAT: &str = "madoguchi-export/1";
/// Notices read in one go.
const PAGE: u64 = 500;
/// What is not given out of a notice.
const SECRETS: [&str; 2] = ["code", "resume"];

/// Everything held on a conversation. Events are left out: they are the messages once more, piece by piece. So is how the guards and
/// the verifier came to their decisions, which would tell how to get past them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Export {
    /// `madoguchi-export/1`.
    pub format: &'static str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub exported_at: Timestamp,
    /// The conversation.
    pub conversation: ExportedConversation,
    /// Everything said in it, oldest first.
    pub messages: Vec<Message>,
    /// What led to the assistant's replies.
    pub receipts: Vec<ExportedReceipt>,
    /// Its cases, oldest first.
    pub cases: Vec<ExportedCase>,
    /// Mails to the customer and notices to other systems, oldest first.
    pub notices: Vec<ExportedNotice>,
    /// How the customer found the help.
    pub feedback: Option<Feedback>,
}

/// What is known of a conversation besides its messages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportedConversation {
    /// Its name.
    pub id: ConversationId,
    /// The language its opener asked for.
    pub locale: Option<Lang>,
    /// The articles its opener may read.
    #[schema(value_type = Vec<String>)]
    pub audiences: Vec<Audience>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// Whose turn it is to speak.
    pub owner: Owner,
    /// When it ended, if it has.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// When it is erased by itself, if nothing more happens in it; absent while a case is open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub erased_on: Option<Timestamp>,
    /// The customer's address.
    pub email: Option<String>,
    /// When they showed that it is theirs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub email_verified_at: Option<Timestamp>,
    /// What the shop said about the customer.
    #[schema(value_type = Option<Object>)]
    pub context: Option<serde_json::Value>,
}

/// What led to one of the assistant's replies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportedReceipt {
    /// The customer's message that was replied to.
    pub message: MessageId,
    /// What led to the reply.
    pub receipt: Receipt,
}

/// A case, with what was promised, noted and asked about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportedCase {
    /// The case.
    pub ticket: Ticket,
    /// How the promise stands.
    pub promise: Option<Promise>,
    /// What happened to it, oldest first.
    pub ledger: Vec<LedgerEntry>,
    /// What operators noted about this very case.
    pub notes: Vec<Note>,
    /// What others were asked about it, and what came back.
    pub inquiries: Vec<Inquiry>,
}

/// A mail to the customer, or a notice to another system.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportedNotice {
    /// Where it goes.
    pub target: Target,
    /// What it is about.
    pub kind: String,
    /// How far it is.
    pub state: NoticeState,
    /// When it came up.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// What stands in it, without what opens anything.
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
}

pub(super) async fn export(parts: &PrivacyParts, of: ConversationId) -> Result<Export, PrivacyError> {
    let store = &parts.store;
    let (conversation, _) = store.conversation(of).await?.ok_or(StoreError::UnknownConversation)?;
    let contact = store.contact(of).await?.ok_or(StoreError::UnknownConversation)?;
    let messages = store.messages(of).await?;
    let mut receipts = Vec::new();
    for message in messages.iter().filter(|message| message.role == Role::Customer) {
        let Some(receipt) = store.receipt_for(message.id).await? else { continue };
        receipts.push(ExportedReceipt { message: message.id, receipt: receipt.without_withheld_words() });
    }
    let mut cases = Vec::new();
    for mut ticket in store.tickets_of(of).await? {
        ticket.case.why = None;
        cases.push(ExportedCase {
            promise: store.promise(ticket.id).await?,
            ledger: store.ledger(ticket.id).await?,
            notes: store.own_notes(ticket.id).await?,
            inquiries: store.inquiries_of(ticket.id).await?,
            ticket,
        });
    }
    Ok(Export {
        format: FORMAT,
        exported_at: parts.clock.now(),
        conversation: ExportedConversation {
            id: of,
            locale: conversation.locale,
            audiences: conversation.audiences,
            opened_at: conversation.created_at,
            owner: conversation.owner,
            closed_at: contact.closed_at,
            erased_on: super::retain::erased_on(parts, of).await?,
            email: contact.email,
            email_verified_at: contact.email_verified_at,
            context: contact.context,
        },
        messages,
        receipts,
        cases,
        notices: notices(parts, of).await?,
        feedback: store.feedback_of(of).await?,
    })
}

async fn notices(parts: &PrivacyParts, of: ConversationId) -> Result<Vec<ExportedNotice>, PrivacyError> {
    let mut filter = OutboxFilter { conversation: Some(of), limit: PAGE, ..OutboxFilter::default() };
    let mut all = Vec::new();
    loop {
        let page = parts.store.outbox(&filter).await?;
        let Some(last) = page.last() else { return Ok(all) };
        filter.after = Some(last.id);
        all.extend(page.into_iter().map(without_secrets));
    }
}

/// The code that proves an address is for who reads that address's mail, and not for who reads the export; the same goes for the key
/// in a mail.
fn without_secrets(notice: Notice) -> ExportedNotice {
    let Notice { target, kind, state, created_at, sent_at, mut payload, .. } = notice;
    if let Some(payload) = payload.as_object_mut() {
        SECRETS.iter().for_each(|key| drop(payload.remove(*key)));
        if let Some(body) = payload.get_mut("body").and_then(serde_json::Value::as_object_mut) {
            SECRETS.iter().for_each(|key| drop(body.remove(*key)));
        }
    }
    ExportedNotice { target, kind, state, created_at, sent_at, payload }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::{Letter, LetterBody};

    #[test]
    fn an_export_proves_no_address() {
        let letter = Letter {
            to: "somebody@else.example".to_owned(),
            to_name: None,
            language: Lang::JA,
            reference: None,
            resume: Some("the key".to_owned()),
            body: LetterBody::VerifyAddress { code: "7Q3K9ZXW".to_owned(), minutes: 30 },
        };
        let notice = Notice {
            id: uuid::Uuid::nil(),
            conversation: None,
            ticket: None,
            seq: 1,
            target: Target::Mail,
            kind: letter.kind().to_owned(),
            payload: letter.payload(),
            tells: None,
            created_at: Timestamp::UNIX_EPOCH,
            next_at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            state: NoticeState::Pending,
            last_error: None,
            sent_at: None,
        };
        assert!(notice.payload.to_string().contains("7Q3K9ZXW"));
        let exported = serde_json::to_string(&without_secrets(notice)).unwrap();
        assert!(!exported.contains("7Q3K9ZXW") && !exported.contains("the key"), "{exported}");
        assert!(exported.contains("somebody@else.example"), "{exported}");
    }
}
