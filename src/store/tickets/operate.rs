//! What operators do with the tickets they have.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait};
use uuid::Uuid;

use super::serving::forget_earlier_operator;
use super::{change, is_seen, is_theirs};
use crate::conversation::Message;
use crate::guard::DeskCode;
use crate::handoff::{Move, NotNow, Ticket, TicketState};
use crate::store::desk_events::{Changed, changed};
use crate::store::entity::{handling, note};
use crate::store::held::Held;
use crate::store::logs::note_down;
use crate::store::promises::keep;
use crate::store::{Act, CLOCKWORK, DeskEventKind, Keeping, NewNotice, Settles, Store, StoreError, Telling, letters};

impl Store {
    /// A claimed ticket goes back into its desk's queue. Any operator may do that, since the one who has it may have
    /// gone home.
    ///
    /// # Errors
    /// When the ticket is not claimed, has changed since they looked, or the database fails; then nothing changes.
    pub async fn release(&self, act: &Act<'_>, telling: Telling<'_>) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (mut held, mut ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        is_seen(&ticket, act.seen)?;
        if ticket.state != TicketState::Claimed {
            return Err(NotNow { owner: held.owner, what: Move::Release }.into());
        }
        held.pass(&transaction, Move::Release, act.at).await?;
        let before = ticket.version;
        ticket.state = TicketState::Waiting;
        change(&transaction, before, &mut ticket).await?;
        done(transaction, (&held, &ticket), act, ("release", DeskEventKind::Released), telling).await?;
        Ok(ticket)
    }

    /// A ticket goes into another desk's queue, or once more into its own, for another operator. What was promised
    /// stays promised.
    ///
    /// # Errors
    /// When the ticket is settled, has changed since they looked, or the database fails; then nothing changes.
    pub async fn transfer(&self, act: &Act<'_>, to: &DeskCode, telling: Telling<'_>) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (mut held, mut ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        is_seen(&ticket, act.seen)?;
        still_open(&held, &ticket, Move::Release)?;
        held.pass(&transaction, Move::Release, act.at).await?;
        let before = ticket.version;
        let from = std::mem::replace(&mut ticket.desk, to.clone());
        ticket.state = TicketState::Waiting;
        ticket.operator = None;
        ticket.snoozed_until = None;
        change(&transaction, before, &mut ticket).await?;
        // Whoever passes a case on does not get it again for having had an earlier one.
        forget_earlier_operator(&transaction, ticket.id).await?;
        held.tell(&transaction, Some(ticket.id), None, telling).await?;
        note_down(&transaction, &act.who(), "transfer", &ticket.id.to_string(), act.at).await?;
        let who = act.who();
        let moved = Changed { from_desk: Some(&from), ..Changed::new(DeskEventKind::Transferred, &who, act.at) };
        changed(&transaction, &ticket, moved).await?;
        transaction.commit().await?;
        Ok(ticket)
    }

    /// The operator who has the ticket says something to the customer. With `answer` it is the promised answer: it
    /// keeps the promise, and the case's times are a sample. A holding reply has none, and keeps nothing.
    ///
    /// # Errors
    /// When they do not have the ticket, it has changed since they looked, or the database fails; then nothing is kept.
    pub async fn operator_says(
        &self,
        act: &Act<'_>,
        message: &Message,
        answer: Option<Settles>,
        outbox: Vec<NewNotice>,
    ) -> Result<(Ticket, Option<Keeping>), StoreError> {
        let transaction = self.begin().await?;
        let (held, ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        is_seen(&ticket, act.seen)?;
        has(&held, &ticket, act, Move::HandBack)?;
        let keeping = match answer {
            Some(settles) => Some(settle(&transaction, &ticket, act, settles).await?),
            None => None,
        };
        if keeping == Some(Keeping::Late) {
            changed(&transaction, &ticket, Changed::new(DeskEventKind::Breached, CLOCKWORK, act.at)).await?;
        }
        let what = match answer {
            Some(_) => ("answer", DeskEventKind::Answered),
            None => ("reply", DeskEventKind::Replied),
        };
        let telling = Telling { notice: Some(message), events: Vec::new(), outbox };
        done(transaction, (&held, &ticket), act, what, telling).await?;
        Ok((ticket, keeping))
    }

    /// The operator who has the ticket has settled the case; the conversation ends.
    ///
    /// # Errors
    /// When they do not have the ticket, it has changed since they looked, or the database fails; then nothing changes.
    pub async fn resolve(
        &self,
        act: &Act<'_>,
        settles: Settles,
        telling: Telling<'_>,
    ) -> Result<(Ticket, Keeping), StoreError> {
        let change = ("resolve", DeskEventKind::Resolved);
        self.put_down(act, settles, telling, (Move::Close, TicketState::Resolved), change).await
    }

    /// The operator who has the ticket gives the conversation back to the assistant, which begins afresh.
    ///
    /// # Errors
    /// When they do not have the ticket, it has changed since they looked, or the database fails; then nothing changes.
    pub async fn hand_back(
        &self,
        act: &Act<'_>,
        settles: Settles,
        telling: Telling<'_>,
    ) -> Result<(Ticket, Keeping), StoreError> {
        let change = ("hand_back", DeskEventKind::HandedBack);
        self.put_down(act, settles, telling, (Move::HandBack, TicketState::HandedBack), change).await
    }

    async fn put_down(
        &self,
        act: &Act<'_>,
        settles: Settles,
        telling: Telling<'_>,
        (what, state): (Move, TicketState),
        told: (&str, DeskEventKind),
    ) -> Result<(Ticket, Keeping), StoreError> {
        let transaction = self.begin().await?;
        let (mut held, mut ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        is_seen(&ticket, act.seen)?;
        has(&held, &ticket, act, what)?;
        let keeping = settle(&transaction, &ticket, act, settles).await?;
        let before = ticket.version;
        ticket.state = state;
        ticket.closed_at = Some(act.at);
        change(&transaction, before, &mut ticket).await?;
        held.pass(&transaction, what, act.at).await?;
        if keeping == Keeping::Late {
            changed(&transaction, &ticket, Changed::new(DeskEventKind::Breached, CLOCKWORK, act.at)).await?;
        }
        done(transaction, (&held, &ticket), act, told, telling).await?;
        Ok((ticket, keeping))
    }

    /// Keeps a note about a ticket, for colleagues only; also about one that is settled.
    ///
    /// # Errors
    /// When there is no such ticket, or the database fails.
    pub async fn note(&self, act: &Act<'_>, id: Uuid, text: &str) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let (_, ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        let row = note::ActiveModel {
            id: Set(id.to_string()),
            ticket_id: Set(ticket.id.to_string()),
            operator: Set(act.by.0.clone()),
            text: Set(letters::kept(text)),
            at: Set(act.at.as_millisecond()),
        };
        note::Entity::insert(row).exec_without_returning(&transaction).await?;
        note_down(&transaction, &act.who(), "note", &ticket.id.to_string(), act.at).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Lets a ticket sleep in the queue until then, or wakes it. What was promised does not sleep; what the customer
    /// says wakes it too.
    ///
    /// # Errors
    /// When it is settled, another operator has it, it has changed since they looked, or the database fails.
    pub async fn snooze(&self, act: &Act<'_>, until: Option<jiff::Timestamp>) -> Result<Ticket, StoreError> {
        let transaction = self.begin().await?;
        let (held, mut ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        is_seen(&ticket, act.seen)?;
        still_open(&held, &ticket, Move::Release)?;
        is_theirs(&ticket, act.by)?;
        let before = ticket.version;
        ticket.snoozed_until = until;
        change(&transaction, before, &mut ticket).await?;
        note_down(&transaction, &act.who(), "snooze", &ticket.id.to_string(), act.at).await?;
        changed(&transaction, &ticket, Changed::new(DeskEventKind::Snoozed, &act.who(), act.at)).await?;
        transaction.commit().await?;
        Ok(ticket)
    }
}

/// Tells of what was done, notes who did it, and commits.
async fn done(
    transaction: DatabaseTransaction,
    (held, ticket): (&Held, &Ticket),
    act: &Act<'_>,
    (what, kind): (&str, DeskEventKind),
    telling: Telling<'_>,
) -> Result<(), StoreError> {
    let who = act.who();
    held.tell(&transaction, Some(act.ticket), None, telling).await?;
    note_down(&transaction, &who, what, &act.ticket.to_string(), act.at).await?;
    changed(&transaction, ticket, Changed::new(kind, &who, act.at)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Refuses what only the operator who has the ticket may do.
fn has(held: &Held, ticket: &Ticket, act: &Act<'_>, what: Move) -> Result<(), StoreError> {
    is_theirs(ticket, act.by)?;
    if ticket.state != TicketState::Claimed {
        return Err(NotNow { owner: held.owner, what }.into());
    }
    Ok(())
}

pub(super) fn still_open(held: &Held, ticket: &Ticket, what: Move) -> Result<(), StoreError> {
    if ticket.state.open() { Ok(()) } else { Err(NotNow { owner: held.owner, what }.into()) }
}

/// The promised outcome: the promise is kept, and the times are a sample. A later outcome of the same case moves the
/// sample's end.
async fn settle(
    db: &DatabaseTransaction,
    ticket: &Ticket,
    act: &Act<'_>,
    settles: Settles,
) -> Result<Keeping, StoreError> {
    let claimed_at = ticket.claimed_at.unwrap_or(act.at);
    let between = |from: jiff::Timestamp, to: jiff::Timestamp| (to.as_millisecond() - from.as_millisecond()).max(0);
    let row = handling::ActiveModel {
        ticket_id: Set(ticket.id.to_string()),
        desk: Set(ticket.desk.0.clone()),
        hour_of_week: Set(settles.hour_of_week.into()),
        waited_ms: Set(between(ticket.opened_at, claimed_at)),
        handled_ms: Set(between(claimed_at, act.at)),
        at: Set(act.at.as_millisecond()),
    };
    let again = OnConflict::column(handling::Column::TicketId)
        .update_columns([handling::Column::Desk, handling::Column::HandledMs, handling::Column::At])
        .to_owned();
    handling::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    keep(db, ticket.id, &act.who(), act.at).await
}
