//! Legal holds: what a court or an authority may want to see is not erased, whoever asks for that.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::legal_hold;
use super::held::Held;
use super::logs::note_down;
use super::rows::{moment, timestamp, uuid};
use super::{Store, StoreError, letters};
use crate::conversation::ConversationId;

/// That a conversation must be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Names it.
    pub id: Uuid,
    /// Who set it, as audit logs name them.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who lifted it, if somebody did.
    pub lifted_by: Option<String>,
    /// Why, in their words.
    pub lift_reason: Option<String>,
    /// When. Absent while it stands.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lifted_at: Option<Timestamp>,
}

/// Somebody sets or lifts a hold.
#[derive(Debug, Clone, Copy)]
pub struct HoldAct<'a> {
    /// Who, as audit logs name them.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Sets a hold on a conversation. `None` if one stands already; then nothing changes.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn set_hold(&self, of: ConversationId, id: Uuid, act: &HoldAct<'_>) -> Result<Option<Hold>, StoreError> {
        let transaction = self.begin().await?;
        Held::lock(&transaction, of).await?;
        if standing(&transaction, of).await?.is_some() {
            return Ok(None);
        }
        let row = legal_hold::ActiveModel {
            id: Set(id.to_string()),
            conversation_id: Set(of.to_string()),
            by: Set(act.by.to_owned()),
            reason: Set(letters::kept(act.reason)),
            at: Set(act.at.as_millisecond()),
            lifted_by: Set(None),
            lift_reason: Set(None),
            lifted_at: Set(None),
        };
        legal_hold::Entity::insert(row).exec_without_returning(&transaction).await?;
        note_down(&transaction, act.by, "hold", &of.to_string(), act.at).await?;
        let hold = standing(&transaction, of).await?;
        transaction.commit().await?;
        Ok(hold)
    }

    /// Lifts the hold that stands on a conversation. `None` if none does.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn lift_hold(&self, of: ConversationId, act: &HoldAct<'_>) -> Result<Option<Hold>, StoreError> {
        let transaction = self.begin().await?;
        Held::lock(&transaction, of).await?;
        let Some(hold) = standing(&transaction, of).await? else { return Ok(None) };
        legal_hold::Entity::update_many()
            .col_expr(legal_hold::Column::LiftedBy, Expr::val(act.by.to_owned()))
            .col_expr(legal_hold::Column::LiftReason, Expr::val(letters::kept(act.reason)))
            .col_expr(legal_hold::Column::LiftedAt, Expr::val(act.at.as_millisecond()))
            .filter(legal_hold::Column::Id.eq(hold.id.to_string()))
            .exec(&transaction)
            .await?;
        note_down(&transaction, act.by, "lift_hold", &of.to_string(), act.at).await?;
        transaction.commit().await?;
        let (lifted_by, lift_reason) = (Some(act.by.to_owned()), Some(act.reason.to_owned()));
        Ok(Some(Hold { lifted_by, lift_reason, lifted_at: Some(act.at), ..hold }))
    }

    /// The hold that stands on a conversation.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn standing_hold(&self, of: ConversationId) -> Result<Option<Hold>, StoreError> {
        standing(&self.db, of).await
    }

    /// All holds there were on a conversation, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn holds(&self, of: ConversationId) -> Result<Vec<Hold>, StoreError> {
        let rows = legal_hold::Entity::find()
            .filter(legal_hold::Column::ConversationId.eq(of.to_string()))
            .order_by_asc(legal_hold::Column::At)
            .order_by_asc(legal_hold::Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_hold).collect()
    }
}

/// The hold that stands on a conversation.
pub(super) async fn standing(db: &impl ConnectionTrait, of: ConversationId) -> Result<Option<Hold>, StoreError> {
    let row = legal_hold::Entity::find()
        .filter(legal_hold::Column::ConversationId.eq(of.to_string()))
        .filter(legal_hold::Column::LiftedAt.is_null())
        .one(db)
        .await?;
    row.map(to_hold).transpose()
}

/// Removes the holds of a conversation that is erased: none of them stands any more.
pub(super) async fn remove(db: &impl ConnectionTrait, of: ConversationId) -> Result<u64, StoreError> {
    let of_it = legal_hold::Column::ConversationId.eq(of.to_string());
    Ok(legal_hold::Entity::delete_many().filter(of_it).exec(db).await?.rows_affected)
}

fn to_hold(row: legal_hold::Model) -> Result<Hold, StoreError> {
    let what = format!("legal hold {}", row.id);
    Ok(Hold {
        id: uuid(&what, &row.id)?,
        by: row.by,
        reason: letters::read(row.reason),
        at: timestamp(&what, row.at)?,
        lifted_by: row.lifted_by,
        lift_reason: row.lift_reason.map(letters::read),
        lifted_at: moment(&what, row.lifted_at)?,
    })
}
