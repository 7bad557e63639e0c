//! The sixth step: keys that lead back to a conversation from a mail.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

/// Keys of conversations besides the one each was opened with.
pub(super) struct Resume;

impl MigrationName for Resume {
    fn name(&self) -> &str {
        "m006_resume"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum ResumeToken {
    Table,
    Hash,
    ConversationId,
    CreatedAt,
    ExpiresAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Resume {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tokens = Table::create()
            .table(ResumeToken::Table)
            .col(string(ResumeToken::Hash).primary_key())
            .col(string(ResumeToken::ConversationId))
            .col(big_integer(ResumeToken::CreatedAt))
            .col(big_integer(ResumeToken::ExpiresAt))
            .foreign_key(
                ForeignKey::create()
                    .from(ResumeToken::Table, ResumeToken::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(tokens).await?;
        let index = |name: &str| Index::create().name(name).table(ResumeToken::Table).to_owned();
        manager.create_index(index("resume_conversation").col(ResumeToken::ConversationId).to_owned()).await?;
        manager.create_index(index("resume_expiry").col(ResumeToken::ExpiresAt).to_owned()).await
    }
}
