//! The conversations of one account.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::conversations::owner;
use super::entity::{conversation, feedback, message, ticket};
use super::logs::note_down;
use super::rows::{conversation_id, from_json, moment, timestamp, to_ticket};
use super::{CUSTOMER, Store, StoreError};
use crate::conversation::{ConversationId, Subject, TokenHash};
use crate::handoff::{Owner, ShopContext, Ticket};

/// A conversation of an account's, as its list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// Which.
    pub conversation: ConversationId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ended, if it has.
    pub closed_at: Option<Timestamp>,
    /// Whose turn it is to speak.
    pub owner: Owner,
    /// When something was last said, or it was opened.
    pub last_activity: Timestamp,
    /// What the shop said about it.
    pub context: Option<ShopContext>,
    /// Its cases, oldest first.
    pub tickets: Vec<Ticket>,
    /// Whether the problem was solved, if the customer said.
    pub solved: Option<bool>,
}

/// A place in the list of an account's conversations. Written as the milliseconds of the opening, a dot and the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCursor {
    opened_at: i64,
    id: ConversationId,
}

/// What became of an anonymous conversation that was to go into an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenOver {
    /// It is the account's now.
    Now,
    /// It was already.
    Before,
    /// There is no such conversation, or the token does not open it.
    Unknown,
    /// It is another account's.
    Another,
}

impl Own {
    /// Where the list goes on after this one.
    pub fn cursor(&self) -> OwnCursor {
        OwnCursor { opened_at: self.opened_at.as_millisecond(), id: self.conversation }
    }
}

impl fmt::Display for OwnCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.opened_at, self.id)
    }
}

impl FromStr for OwnCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (opened_at, id) = text.split_once('.').ok_or(())?;
        let id: Uuid = id.parse().map_err(|_| ())?;
        Ok(Self { opened_at: opened_at.parse().map_err(|_| ())?, id: ConversationId(id) })
    }
}

impl Store {
    /// An account's conversations, the newest first, at most `limit` after `after`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn own(&self, subject: &Subject, after: Option<OwnCursor>, limit: u64) -> Result<Vec<Own>, StoreError> {
        let mut found = conversation::Entity::find().filter(conversation::Column::Subject.eq(subject.as_str()));
        if let Some(OwnCursor { opened_at, id }) = after {
            let place = [Expr::col(conversation::Column::CreatedAt), Expr::col(conversation::Column::Id)];
            let than = [Expr::val(opened_at), Expr::val(id.to_string())];
            found = found.filter(Expr::tuple(place).lt(Expr::tuple(than)));
        }
        let rows = found
            .order_by_desc(conversation::Column::CreatedAt)
            .order_by_desc(conversation::Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?;
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let spoken = self.last_words(&ids).await?;
        let mut tickets = self.tickets_by_conversation(&ids).await?;
        let solved = self.solved(&ids).await?;
        let own = |row: conversation::Model| {
            let opened_at = timestamp("conversation", row.created_at)?;
            let spoken = moment("message", spoken.get(&row.id).copied())?;
            let context = row.context.as_deref().map(|json| from_json("context", json)).transpose()?;
            Ok(Own {
                conversation: conversation_id(&row.id)?,
                opened_at,
                closed_at: moment("conversation", row.closed_at)?,
                owner: owner(&row)?,
                last_activity: spoken.map_or(opened_at, |spoken| spoken.max(opened_at)),
                context: context.as_ref().map(ShopContext::kept),
                tickets: tickets.remove(&row.id).unwrap_or_default(),
                solved: solved.get(&row.id).copied().flatten(),
            })
        };
        rows.into_iter().map(own).collect()
    }

    /// Ids of all of an account's conversations, the oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn own_ids(&self, subject: &Subject) -> Result<Vec<ConversationId>, StoreError> {
        let ids: Vec<String> = conversation::Entity::find()
            .select_only()
            .column(conversation::Column::Id)
            .filter(conversation::Column::Subject.eq(subject.as_str()))
            .order_by_asc(conversation::Column::CreatedAt)
            .order_by_asc(conversation::Column::Id)
            .into_tuple()
            .all(&self.db)
            .await?;
        ids.iter().map(|id| conversation_id(id)).collect()
    }

    /// Puts a conversation of nobody's into an account. Whoever does that shows the conversation's own token.
    ///
    /// # Errors
    /// When the database fails; then nothing changes.
    pub async fn take_over(
        &self,
        id: ConversationId,
        token: &TokenHash,
        subject: &Subject,
        at: Timestamp,
    ) -> Result<TakenOver, StoreError> {
        let transaction = self.begin().await?;
        let row = conversation::Entity::find_by_id(id.to_string()).lock_exclusive().one(&transaction).await?;
        let Some(row) = row.filter(|row| TokenHash(row.token_hash.clone()).matches(token)) else {
            return Ok(TakenOver::Unknown);
        };
        if let Some(owner) = row.subject.map(Subject::kept) {
            return Ok(if owner.is(subject) { TakenOver::Before } else { TakenOver::Another });
        }
        conversation::Entity::update_many()
            .col_expr(conversation::Column::Subject, Expr::val(subject.as_str()))
            .filter(conversation::Column::Id.eq(id.to_string()))
            .exec(&transaction)
            .await?;
        note_down(&transaction, CUSTOMER, "take_over", &id.to_string(), at).await?;
        transaction.commit().await?;
        Ok(TakenOver::Now)
    }

    /// When something was last said in each of these conversations.
    async fn last_words(&self, ids: &[String]) -> Result<HashMap<String, i64>, StoreError> {
        let last: Vec<(String, i64)> = message::Entity::find()
            .select_only()
            .column(message::Column::ConversationId)
            .column_as(message::Column::CreatedAt.max(), "last")
            .filter(message::Column::ConversationId.is_in(ids.iter().map(String::as_str)))
            .group_by(message::Column::ConversationId)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(last.into_iter().collect())
    }

    async fn tickets_by_conversation(&self, ids: &[String]) -> Result<HashMap<String, Vec<Ticket>>, StoreError> {
        let rows = ticket::Entity::find()
            .filter(ticket::Column::ConversationId.is_in(ids.iter().map(String::as_str)))
            .order_by_asc(ticket::Column::OpenedAt)
            .order_by_asc(ticket::Column::Id)
            .all(&self.db)
            .await?;
        let mut tickets: HashMap<String, Vec<Ticket>> = HashMap::new();
        for row in rows {
            tickets.entry(row.conversation_id.clone()).or_default().push(to_ticket(row)?);
        }
        Ok(tickets)
    }

    async fn solved(&self, ids: &[String]) -> Result<HashMap<String, Option<bool>>, StoreError> {
        let rows = feedback::Entity::find()
            .filter(feedback::Column::ConversationId.is_in(ids.iter().map(String::as_str)))
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| (row.conversation_id, row.solved)).collect())
    }
}
