//! The second step: receipts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, text};

/// What led to each reply.
pub(super) struct Receipts;

impl MigrationName for Receipts {
    fn name(&self) -> &str {
        "m002_receipts"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Receipt {
    Table,
    InReplyTo,
    ConversationId,
    Body,
}

#[async_trait::async_trait]
impl MigrationTrait for Receipts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let receipt = Table::create()
            .table(Receipt::Table)
            // The customer's message, because there is a receipt before there is a reply.
            .col(string(Receipt::InReplyTo).primary_key())
            .col(string(Receipt::ConversationId))
            .col(text(Receipt::Body))
            .foreign_key(
                ForeignKey::create()
                    .from(Receipt::Table, Receipt::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(receipt).await
    }
}
