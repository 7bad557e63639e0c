//! The ninth step: which messages are still to be answered, and by which replica.

use sea_orm::ConnectionTrait as _;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

pub(super) struct Turns;

impl MigrationName for Turns {
    fn name(&self) -> &str {
        "m009_turns"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Turn {
    Table,
    MessageId,
    ConversationId,
    Run,
    ClaimedUntil,
}

/// What nothing has answered so far; nobody has it.
const LEFT: &str = "\
    INSERT INTO turn (message_id, conversation_id, run, claimed_until) \
    SELECT id, conversation_id, id, 0 FROM message WHERE role = 'customer' AND id NOT IN \
    (SELECT message_id FROM event WHERE name IN ('message', 'added', 'error')) AND id NOT IN \
    (SELECT in_reply_to FROM message WHERE in_reply_to IS NOT NULL)";

#[async_trait::async_trait]
impl MigrationTrait for Turns {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let turn = Table::create()
            .table(Turn::Table)
            .col(string(Turn::MessageId).primary_key())
            .col(string(Turn::ConversationId))
            .col(string(Turn::Run))
            .col(big_integer(Turn::ClaimedUntil))
            .foreign_key(
                ForeignKey::create()
                    .from(Turn::Table, Turn::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(turn).await?;
        // The table is small: it holds what is being answered at this moment. The index is for what a conversation takes along
        // when it is deleted.
        let of_conversation =
            Index::create().name("turn_of_conversation").table(Turn::Table).col(Turn::ConversationId).to_owned();
        manager.create_index(of_conversation).await?;
        manager.get_connection().execute_unprepared(LEFT).await?;
        Ok(())
    }
}
