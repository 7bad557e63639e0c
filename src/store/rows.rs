//! Rows and what they mean.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::entity::{ledger, message, note, outbox, promise, ticket};
use super::{LedgerEntry, LedgerKind, Note, Notice, NoticeState, Promise, PromiseState, StoreError, Target, letters};
use crate::answer::reply_html;
use crate::conversation::{ConversationId, Message, MessageId, Role};
use crate::guard::DeskCode;
use crate::handoff::{OperatorName, Reference, Ticket, TicketId, TicketState};
use crate::language::Lang;

pub(super) fn to_message(row: message::Model) -> Result<Message, StoreError> {
    let role = Role::of(&row.role)
        .ok_or_else(|| StoreError::row(format!("message {}", row.id), format!("role {:?}", row.role)))?;
    let text = letters::read(row.text);
    Ok(Message {
        id: message_id(&row.id)?,
        role,
        author: row.author,
        html: (role != Role::Customer).then(|| reply_html(&text)),
        text,
        lang: Lang::new(&row.lang),
        created_at: timestamp("message", row.created_at)?,
        in_reply_to: row.in_reply_to.as_deref().map(message_id).transpose()?,
        reply: row.reply.as_deref().map(|json| from_json("reply", json)).transpose()?,
    })
}

pub(super) fn to_ticket(row: ticket::Model) -> Result<Ticket, StoreError> {
    let what = format!("ticket {}", row.id);
    Ok(Ticket {
        id: ticket_id(&row.id)?,
        reference: Reference::kept(&row.reference),
        conversation: conversation_id(&row.conversation_id)?,
        desk: DeskCode(row.desk),
        priority: small(row.priority),
        level: small(row.level),
        state: TicketState::of(&row.state).ok_or_else(|| StoreError::row(&what, format!("state {:?}", row.state)))?,
        operator: row.operator.map(OperatorName),
        case: from_json(&what, &row.kase)?,
        opened_at: timestamp(&what, row.opened_at)?,
        claimed_at: moment(&what, row.claimed_at)?,
        closed_at: moment(&what, row.closed_at)?,
        snoozed_until: moment(&what, row.snoozed_until)?,
        merged_into: row.merged_into.as_deref().map(ticket_id).transpose()?,
        version: u32::try_from(row.version).unwrap_or_default(),
    })
}

pub(super) fn to_promise(row: promise::Model) -> Result<Promise, StoreError> {
    let what = format!("promise {}", row.ticket_id);
    Ok(Promise {
        ticket: ticket_id(&row.ticket_id)?,
        made_at: timestamp(&what, row.made_at)?,
        promised_by: timestamp(&what, row.promised_by)?,
        first_promised_by: timestamp(&what, row.first_promised_by)?,
        state: PromiseState::of(&row.state).ok_or_else(|| StoreError::row(&what, format!("state {:?}", row.state)))?,
        machine_renegotiations: u32::try_from(row.machine_renegotiations).unwrap_or_default(),
        warned: u32::try_from(row.warned).unwrap_or_default(),
        next_due: moment(&what, row.next_due)?,
    })
}

pub(super) fn to_ledger_entry(row: ledger::Model) -> Result<LedgerEntry, StoreError> {
    let what = format!("ledger {}", row.seq);
    Ok(LedgerEntry {
        seq: u64::try_from(row.seq).unwrap_or_default(),
        ticket: ticket_id(&row.ticket_id)?,
        at: timestamp(&what, row.at)?,
        kind: LedgerKind::of(&row.kind).ok_or_else(|| StoreError::row(&what, format!("kind {:?}", row.kind)))?,
        by: row.by,
        promised_by: moment(&what, row.promised_by)?,
        words: row.words.map(letters::read),
        reason: row.reason.map(letters::read),
    })
}

pub(super) fn to_note(row: note::Model) -> Result<Note, StoreError> {
    Ok(Note {
        id: uuid("note", &row.id)?,
        operator: OperatorName(row.operator),
        text: letters::read(row.text),
        at: timestamp("note", row.at)?,
    })
}

pub(super) fn to_notice(row: outbox::Model) -> Result<Notice, StoreError> {
    let what = format!("notice {}", row.id);
    Ok(Notice {
        id: uuid(&what, &row.id)?,
        conversation: row.conversation_id.as_deref().map(conversation_id).transpose()?,
        ticket: row.ticket_id.as_deref().map(ticket_id).transpose()?,
        seq: u64::try_from(row.seq).unwrap_or_default(),
        target: Target::of(&row.target).ok_or_else(|| StoreError::row(&what, format!("target {:?}", row.target)))?,
        kind: row.kind,
        payload: from_json(&what, &row.payload)?,
        tells: moment(&what, row.tells)?,
        created_at: timestamp(&what, row.created_at)?,
        next_at: timestamp(&what, row.next_at)?,
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        state: NoticeState::of(&row.state).ok_or_else(|| StoreError::row(&what, format!("state {:?}", row.state)))?,
        last_error: row.last_error.map(letters::read),
        sent_at: moment(&what, row.sent_at)?,
    })
}

pub(super) fn message_id(text: &str) -> Result<MessageId, StoreError> {
    uuid("message", text).map(MessageId)
}

pub(super) fn conversation_id(text: &str) -> Result<ConversationId, StoreError> {
    uuid("conversation", text).map(ConversationId)
}

pub(super) fn ticket_id(text: &str) -> Result<TicketId, StoreError> {
    uuid("ticket", text).map(TicketId)
}

pub(super) fn uuid(what: &str, text: &str) -> Result<Uuid, StoreError> {
    text.parse().map_err(|problem| StoreError::row(what, problem))
}

pub(super) fn timestamp(what: &str, milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|problem| StoreError::row(what, problem))
}

pub(super) fn moment(what: &str, milliseconds: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    milliseconds.map(|milliseconds| timestamp(what, milliseconds)).transpose()
}

/// A number that was kept from a `u8`.
pub(super) fn small(number: i32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|problem| StoreError::row("value to keep", problem))
}

pub(super) fn from_json<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|problem| StoreError::row(what, problem))
}
