//! The fifth step: whose a conversation is, by the shop's own sign-in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

pub(super) struct Subject;

impl MigrationName for Subject {
    fn name(&self) -> &str {
        "m005_subject"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
    CreatedAt,
    Subject,
}

#[async_trait::async_trait]
impl MigrationTrait for Subject {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let subject =
            Table::alter().table(Conversation::Table).add_column(string_null(Conversation::Subject)).to_owned();
        manager.alter_table(subject).await?;
        // An account's conversations, the newest first. Those of nobody are not in it.
        let theirs = Index::create()
            .name("conversation_subject")
            .table(Conversation::Table)
            .col(Conversation::Subject)
            .col(Conversation::CreatedAt)
            .col(Conversation::Id)
            .cond_where(Expr::cust("subject IS NOT NULL"))
            .to_owned();
        manager.create_index(theirs).await
    }
}
