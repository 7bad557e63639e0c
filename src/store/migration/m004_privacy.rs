//! The fourth step: legal holds; and the words in the ledger can be taken back, though nothing else of it.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null, text, text_null};

pub(super) struct Privacy;

impl MigrationName for Privacy {
    fn name(&self) -> &str {
        "m004_privacy"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum LegalHold {
    Table,
    Id,
    ConversationId,
    By,
    Reason,
    At,
    LiftedBy,
    LiftReason,
    LiftedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Privacy {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let hold = Table::create()
            .table(LegalHold::Table)
            .col(string(LegalHold::Id).primary_key())
            .col(string(LegalHold::ConversationId))
            .col(string(LegalHold::By))
            .col(text(LegalHold::Reason))
            .col(big_integer(LegalHold::At))
            .col(string_null(LegalHold::LiftedBy))
            .col(text_null(LegalHold::LiftReason))
            .col(big_integer_null(LegalHold::LiftedAt))
            // No cascade: while a row is here, the database itself refuses to let go of the conversation.
            .foreign_key(
                ForeignKey::create()
                    .from(LegalHold::Table, LegalHold::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(hold).await?;
        let one_at_a_time = Index::create()
            .name("standing_hold")
            .unique()
            .table(LegalHold::Table)
            .col(LegalHold::ConversationId)
            .cond_where(Expr::cust("lifted_at IS NULL"))
            .to_owned();
        manager.create_index(one_at_a_time).await?;
        words_may_go(manager).await
    }
}

/// What, when, by whom and until when stay for ever; the words in which it was said are part of the conversation, and go with it.
/// The two databases spell that differently.
async fn words_may_go(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sqlite: &[&str] = &[
        "DROP TRIGGER ledger_unchanged",
        "CREATE TRIGGER ledger_unchanged BEFORE UPDATE ON ledger \
         WHEN NOT (NEW.seq IS OLD.seq AND NEW.ticket_id IS OLD.ticket_id AND NEW.at IS OLD.at AND NEW.kind IS OLD.kind \
         AND NEW.\"by\" IS OLD.\"by\" AND NEW.promised_by IS OLD.promised_by \
         AND (NEW.words IS NULL OR NEW.words IS OLD.words) AND (NEW.reason IS NULL OR NEW.reason IS OLD.reason)) \
         BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END",
    ];
    let postgres: &[&str] = &[
        "DROP TRIGGER ledger_only_grows ON ledger",
        "CREATE TRIGGER ledger_only_grows BEFORE DELETE OR TRUNCATE ON ledger \
         FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()",
        "CREATE TRIGGER ledger_unchanged BEFORE UPDATE ON ledger FOR EACH ROW \
         WHEN (NOT (NEW.seq = OLD.seq AND NEW.ticket_id = OLD.ticket_id AND NEW.at = OLD.at AND NEW.kind = OLD.kind \
         AND NEW.\"by\" = OLD.\"by\" AND NEW.promised_by IS NOT DISTINCT FROM OLD.promised_by \
         AND (NEW.words IS NULL OR NEW.words IS NOT DISTINCT FROM OLD.words) \
         AND (NEW.reason IS NULL OR NEW.reason IS NOT DISTINCT FROM OLD.reason))) \
         EXECUTE FUNCTION ledger_only_grows()",
    ];
    let statements = if manager.get_database_backend() == DbBackend::Postgres { postgres } else { sqlite };
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
