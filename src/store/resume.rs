//! Keys that lead back to one conversation from a mail. Only their hashes are kept, and only for a while.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::resume_token;
use super::held::Held;
use super::rows::conversation_id;
use super::{Store, StoreError};
use crate::conversation::{ConversationId, TokenHash};

impl Store {
    /// Keeps a key that opens a conversation until `expires_at`. Those of its keys whose time is over are forgotten along with it.
    ///
    /// # Errors
    /// When there is no such conversation, or the database fails.
    pub async fn keep_resume_token(
        &self,
        of: ConversationId,
        token: &TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        // The conversation first, as everywhere: an erasure holds it, and takes its keys along.
        Held::lock(&transaction, of).await?;
        resume_token::Entity::delete_many()
            .filter(resume_token::Column::ConversationId.eq(of.to_string()))
            .filter(resume_token::Column::ExpiresAt.lte(at.as_millisecond()))
            .exec(&transaction)
            .await?;
        let row = resume_token::ActiveModel {
            hash: Set(token.0.clone()),
            conversation_id: Set(of.to_string()),
            created_at: Set(at.as_millisecond()),
            expires_at: Set(expires_at.as_millisecond()),
        };
        resume_token::Entity::insert(row).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The conversation that a key from a mail opens at that time.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn resumed(&self, token: &TokenHash, at: Timestamp) -> Result<Option<ConversationId>, StoreError> {
        let found = resume_token::Entity::find_by_id(token.0.clone())
            .filter(resume_token::Column::ExpiresAt.gt(at.as_millisecond()))
            .one(&self.db)
            .await?;
        found.map(|row| conversation_id(&row.conversation_id)).transpose()
    }
}
