//! How customers are reached, what their shop says about them, and what they say about the help.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::{conversation, feedback};
use super::rows::{from_json, moment, small, timestamp, to_json};
use super::{Contact, Feedback, Store, StoreError, letters};
use crate::conversation::ConversationId;

impl Store {
    /// How the customer of a conversation is reached. `None` if there is no such conversation.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn contact(&self, of: ConversationId) -> Result<Option<Contact>, StoreError> {
        let Some(row) = conversation::Entity::find_by_id(of.to_string()).one(&self.db).await? else { return Ok(None) };
        Ok(Some(Contact {
            email: row.email,
            email_verified_at: moment("conversation", row.email_verified_at)?,
            context: row.context.as_deref().map(|json| from_json("context", json)).transpose()?,
            closed_at: moment("conversation", row.closed_at)?,
        }))
    }

    /// Keeps the customer's address, and since when it is known to be theirs.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn set_email(
        &self,
        of: ConversationId,
        email: Option<&str>,
        verified_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let kept = conversation::Entity::update_many()
            .col_expr(conversation::Column::Email, Expr::val(email.map(str::to_owned)))
            .col_expr(conversation::Column::EmailVerifiedAt, Expr::val(verified_at.map(Timestamp::as_millisecond)))
            .filter(conversation::Column::Id.eq(of.to_string()))
            .exec(&self.db)
            .await?;
        if kept.rows_affected == 0 { Err(StoreError::UnknownConversation) } else { Ok(()) }
    }

    /// Keeps what the shop says about the customer, in the place of what it said before.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn set_context(&self, of: ConversationId, context: &serde_json::Value) -> Result<(), StoreError> {
        let kept = conversation::Entity::update_many()
            .col_expr(conversation::Column::Context, Expr::val(to_json(context)?))
            .filter(conversation::Column::Id.eq(of.to_string()))
            .exec(&self.db)
            .await?;
        if kept.rows_affected == 0 { Err(StoreError::UnknownConversation) } else { Ok(()) }
    }

    /// Keeps how the customer found the help; their last word counts.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn feedback(&self, of: ConversationId, said: &Feedback) -> Result<(), StoreError> {
        if self.conversation(of).await?.is_none() {
            return Err(StoreError::UnknownConversation);
        }
        let row = feedback::ActiveModel {
            conversation_id: Set(of.to_string()),
            solved: Set(said.solved),
            score: Set(said.score.map(i32::from)),
            comment: Set(said.comment.as_deref().map(letters::kept)),
            at: Set(said.at.as_millisecond()),
        };
        let columns =
            [feedback::Column::Solved, feedback::Column::Score, feedback::Column::Comment, feedback::Column::At];
        let again = OnConflict::column(feedback::Column::ConversationId).update_columns(columns).to_owned();
        feedback::Entity::insert(row).on_conflict(again).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// How the customer found the help, if they said.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn feedback_of(&self, of: ConversationId) -> Result<Option<Feedback>, StoreError> {
        let Some(row) = feedback::Entity::find_by_id(of.to_string()).one(&self.db).await? else { return Ok(None) };
        Ok(Some(Feedback {
            solved: row.solved,
            score: row.score.map(small),
            comment: row.comment.map(letters::read),
            at: timestamp("feedback", row.at)?,
        }))
    }
}
