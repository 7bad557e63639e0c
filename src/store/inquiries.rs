//! What desks ask others about a case, and what comes back.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::desk_events::{Changed, changed};
use super::entity::{inquiry, ticket};
use super::held::Held;
use super::letters;
use super::logs::note_down;
use super::outbox::enqueue;
use super::rows::{moment, ticket_id, timestamp};
use super::tickets::{change, wake};
use super::{Act, CLOCKWORK, DeskEventKind, NewNotice, Store, StoreError};
use crate::guard::DeskCode;
use crate::handoff::{Asked, Inquiry, InquiryAnswer, InquiryState, OperatorName, Ticket, TicketId, TicketState};

/// Inquiries of one case, at most.
const MOST: u32 = 100;

/// Something that a desk asks.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInquiry {
    /// Who is asked.
    pub to: Asked,
    /// What.
    pub question: String,
    /// By when the answer is wanted.
    pub due: Timestamp,
    /// When the clockwork must look at it first.
    pub next_due: Timestamp,
}

/// What the clockwork does about an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Nothing yet.
    Nothing {
        /// When it is looked at again.
        next_due: Option<Timestamp>,
    },
    /// Whoever was asked is reminded.
    Chased {
        /// When it is looked at again.
        next_due: Timestamp,
    },
    /// Its time has passed, and the case becomes at least so urgent.
    Lapsed {
        /// From 1, the most urgent.
        priority: u8,
    },
    /// The case is closed.
    Withdrawn,
}

impl Store {
    /// An operator asks somebody about an open case. The promise to the customer stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Untimely`] when the case is closed or has asked too often, or when the database fails; then nothing
    /// is kept.
    pub async fn inquire(
        &self,
        act: &Act<'_>,
        new: &NewInquiry,
        outbox: Vec<NewNotice>,
    ) -> Result<Inquiry, StoreError> {
        let transaction = self.begin().await?;
        let (held, ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        if !ticket.state.open() {
            return Err(StoreError::Untimely("the case is settled: nobody has to be asked about it any more"));
        }
        let before = of_ticket(act.ticket).all(&transaction).await?;
        let number = u32::try_from(before.len()).unwrap_or(u32::MAX).saturating_add(1);
        if number > MOST {
            return Err(StoreError::Untimely("this case has asked a hundred times already"));
        }
        let asked = Inquiry {
            ticket: act.ticket,
            number,
            to: new.to.clone(),
            question: new.question.clone(),
            asked_by: act.by.clone(),
            asked_at: act.at,
            due: new.due,
            state: InquiryState::Open,
            chased_at: None,
            lapsed_at: None,
            answer: None,
            next_due: Some(new.next_due),
        };
        inquiry::Entity::insert(row(&asked)).exec_without_returning(&transaction).await?;
        note_down(&transaction, &act.who(), "inquire", &act.ticket.to_string(), act.at).await?;
        let who = act.who();
        changed(&transaction, &ticket, Changed::new(DeskEventKind::Inquired, &who, act.at)).await?;
        enqueue(&transaction, &held, Some(ticket.id), &outbox).await?;
        transaction.commit().await?;
        Ok(asked)
    }

    /// What was asked about a case, in order.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn inquiries_of(&self, of: TicketId) -> Result<Vec<Inquiry>, StoreError> {
        of_ticket(of).all(&self.db).await?.into_iter().map(to_inquiry).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn inquiry(&self, of: TicketId, number: u32) -> Result<Option<Inquiry>, StoreError> {
        let key = (of.to_string(), i32::try_from(number).unwrap_or(i32::MAX));
        inquiry::Entity::find_by_id(key).one(&self.db).await?.map(to_inquiry).transpose()
    }

    /// What these desks have been asked about open cases and not answered, the most pressing first, at most `limit`;
    /// without desks: what any has.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn asked_of(&self, desks: &[DeskCode], limit: u64) -> Result<Vec<(Inquiry, Ticket)>, StoreError> {
        let unanswered = [InquiryState::Open.word(), InquiryState::Lapsed.word()];
        let open = [TicketState::Waiting.word(), TicketState::Claimed.word()];
        let mut found = inquiry::Entity::find()
            .find_also_related(ticket::Entity)
            .filter(inquiry::Column::State.is_in(unanswered))
            .filter(inquiry::Column::ToDesk.is_not_null())
            .filter(ticket::Column::State.is_in(open));
        if !desks.is_empty() {
            found = found.filter(inquiry::Column::ToDesk.is_in(desks.iter().map(|desk| desk.0.as_str())));
        }
        let rows = found
            .order_by_asc(inquiry::Column::Due)
            .order_by_asc(inquiry::Column::TicketId)
            .order_by_asc(inquiry::Column::Number)
            .limit(limit)
            .all(&self.db)
            .await?;
        let read = |(asked, about): (inquiry::Model, Option<ticket::Model>)| {
            let about = about.ok_or(StoreError::UnknownTicket)?;
            Ok((to_inquiry(asked)?, super::rows::to_ticket(about)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// The answer to an inquiry, also if its time has passed or the case is closed. A case that sleeps wakes up.
    ///
    /// # Errors
    /// [`StoreError::UnknownTicket`] when there is no such inquiry, [`StoreError::Untimely`] when it was answered before,
    /// or when the database fails; then nothing is kept.
    pub async fn answer_inquiry(
        &self,
        act: &Act<'_>,
        number: u32,
        text: &str,
        outbox: Vec<NewNotice>,
    ) -> Result<Inquiry, StoreError> {
        let transaction = self.begin().await?;
        let (held, ticket) = Held::with_ticket(&transaction, act.ticket).await?;
        let mut asked = held_inquiry(&transaction, act.ticket, number).await?;
        if asked.answer.is_some() {
            return Err(StoreError::Untimely("it was answered already"));
        }
        asked.state = InquiryState::Answered;
        asked.answer = Some(InquiryAnswer { text: text.to_owned(), by: act.by.clone(), at: act.at });
        asked.next_due = None;
        save(&transaction, &asked).await?;
        let who = act.who();
        note_down(&transaction, &who, "answer_inquiry", &act.ticket.to_string(), act.at).await?;
        if ticket.state.open() {
            wake(&transaction, &ticket).await?;
            changed(&transaction, &ticket, Changed::new(DeskEventKind::InquiryAnswered, &who, act.at)).await?;
        }
        enqueue(&transaction, &held, Some(ticket.id), &outbox).await?;
        transaction.commit().await?;
        Ok(asked)
    }

    /// Takes the inquiries that somebody must look at by now, at most `limit`, with their cases. Until `lease_until`
    /// nobody else gets them.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn due_inquiries(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u64,
    ) -> Result<Vec<(Inquiry, Ticket)>, StoreError> {
        let transaction = self.begin().await?;
        let unclaimed = Condition::any()
            .add(inquiry::Column::ClaimedUntil.is_null())
            .add(inquiry::Column::ClaimedUntil.lte(now.as_millisecond()));
        let rows = inquiry::Entity::find()
            .filter(inquiry::Column::NextDue.lte(now.as_millisecond()))
            .filter(unclaimed)
            .order_by_asc(inquiry::Column::NextDue)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&transaction)
            .await?;
        let mut due = Vec::new();
        for row in rows {
            inquiry::Entity::update_many()
                .col_expr(inquiry::Column::ClaimedUntil, Expr::val(lease_until.as_millisecond()))
                .filter(inquiry::Column::TicketId.eq(row.ticket_id.as_str()))
                .filter(inquiry::Column::Number.eq(row.number))
                .exec(&transaction)
                .await?;
            let about = ticket::Entity::find_by_id(row.ticket_id.clone()).one(&transaction).await?;
            let about = about.ok_or(StoreError::UnknownTicket)?;
            due.push((to_inquiry(row)?, super::rows::to_ticket(about)?));
        }
        transaction.commit().await?;
        Ok(due)
    }

    /// The clockwork has looked at an inquiry, which ends its lease.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has changed since, or when the database fails; then nothing changes.
    pub async fn looked_at(
        &self,
        seen: &Inquiry,
        looked: Looked,
        at: Timestamp,
        outbox: Vec<NewNotice>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let (held, mut ticket) = Held::with_ticket(&transaction, seen.ticket).await?;
        let mut asked = held_inquiry(&transaction, seen.ticket, seen.number).await?;
        if asked != *seen {
            return Err(StoreError::Stale);
        }
        let told = match looked {
            Looked::Nothing { next_due } => {
                asked.next_due = next_due;
                None
            }
            Looked::Chased { next_due } => {
                (asked.chased_at, asked.next_due) = (Some(at), Some(next_due));
                Some(DeskEventKind::InquiryChased)
            }
            Looked::Lapsed { priority } => {
                (asked.state, asked.lapsed_at, asked.next_due) = (InquiryState::Lapsed, Some(at), None);
                if priority < ticket.priority {
                    let before = ticket.version;
                    ticket.priority = priority;
                    change(&transaction, before, &mut ticket).await?;
                }
                Some(DeskEventKind::InquiryLapsed)
            }
            Looked::Withdrawn => {
                (asked.state, asked.next_due) = (InquiryState::Withdrawn, None);
                None
            }
        };
        save(&transaction, &asked).await?;
        if let Some(kind) = told {
            changed(&transaction, &ticket, Changed::new(kind, CLOCKWORK, at)).await?;
            enqueue(&transaction, &held, Some(ticket.id), &outbox).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

fn of_ticket(of: TicketId) -> sea_orm::Select<inquiry::Entity> {
    inquiry::Entity::find().filter(inquiry::Column::TicketId.eq(of.to_string())).order_by_asc(inquiry::Column::Number)
}

/// An inquiry of a case that is held.
async fn held_inquiry(db: &DatabaseTransaction, of: TicketId, number: u32) -> Result<Inquiry, StoreError> {
    let key = (of.to_string(), i32::try_from(number).unwrap_or(i32::MAX));
    let row = inquiry::Entity::find_by_id(key).lock_exclusive().one(db).await?;
    to_inquiry(row.ok_or(StoreError::UnknownTicket)?)
}

fn row(asked: &Inquiry) -> inquiry::ActiveModel {
    let milliseconds = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let (desk, seller, address) = match &asked.to {
        Asked::Desk(desk) => (Some(desk.0.clone()), None, None),
        Asked::Seller { name, address } => (None, Some(letters::kept(name)), address.as_deref().map(letters::kept)),
    };
    inquiry::ActiveModel {
        ticket_id: Set(asked.ticket.to_string()),
        number: Set(i32::try_from(asked.number).unwrap_or(i32::MAX)),
        to_desk: Set(desk),
        to_seller: Set(seller),
        address: Set(address),
        question: Set(letters::kept(&asked.question)),
        asked_by: Set(asked.asked_by.0.clone()),
        asked_at: Set(asked.asked_at.as_millisecond()),
        due: Set(asked.due.as_millisecond()),
        state: Set(asked.state.word().to_owned()),
        chased_at: Set(milliseconds(asked.chased_at)),
        lapsed_at: Set(milliseconds(asked.lapsed_at)),
        answer: Set(asked.answer.as_ref().map(|answer| letters::kept(&answer.text))),
        answered_by: Set(asked.answer.as_ref().map(|answer| answer.by.0.clone())),
        answered_at: Set(asked.answer.as_ref().map(|answer| answer.at.as_millisecond())),
        next_due: Set(milliseconds(asked.next_due)),
        // Whoever had it to look at is done with it.
        claimed_until: Set(None),
    }
}

async fn save(db: &DatabaseTransaction, asked: &Inquiry) -> Result<(), StoreError> {
    inquiry::Entity::update(row(asked)).exec_without_returning(db).await?;
    Ok(())
}

fn to_inquiry(row: inquiry::Model) -> Result<Inquiry, StoreError> {
    let what = format!("inquiry {} of {}", row.number, row.ticket_id);
    let to = match (row.to_desk, row.to_seller) {
        (Some(desk), _) => Asked::Desk(DeskCode(desk)),
        (None, Some(name)) => Asked::Seller { name: letters::read(name), address: row.address.map(letters::read) },
        (None, None) => return Err(StoreError::row(&what, "nobody is asked")),
    };
    let answer = match (row.answer, row.answered_by, row.answered_at) {
        (Some(text), Some(by), Some(at)) => {
            Some(InquiryAnswer { text: letters::read(text), by: OperatorName(by), at: timestamp(&what, at)? })
        }
        _ => None,
    };
    Ok(Inquiry {
        ticket: ticket_id(&row.ticket_id)?,
        number: u32::try_from(row.number).unwrap_or_default(),
        to,
        question: letters::read(row.question),
        asked_by: OperatorName(row.asked_by),
        asked_at: timestamp(&what, row.asked_at)?,
        due: timestamp(&what, row.due)?,
        state: InquiryState::of(&row.state).ok_or_else(|| StoreError::row(&what, format!("state {:?}", row.state)))?,
        chased_at: moment(&what, row.chased_at)?,
        lapsed_at: moment(&what, row.lapsed_at)?,
        answer,
        next_due: moment(&what, row.next_due)?,
    })
}
