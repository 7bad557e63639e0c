//! The third step: whose a conversation is; tickets, their promises and the ledger of these; the outbox; what operators
//! did.

use sea_orm::ConnectionTrait as _;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean_null, integer, integer_null, string, string_null, text,
    text_null,
};

use super::append_only;
use crate::store::letters::MARK;

pub(super) struct Handoff;

impl MigrationName for Handoff {
    fn name(&self) -> &str {
        "m003_handoff"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
    Owner,
    FreshAfter,
    Email,
    EmailVerifiedAt,
    Context,
    ClosedAt,
}

#[derive(DeriveIden)]
enum Message {
    Table,
    Author,
}

#[derive(DeriveIden)]
enum Event {
    Table,
    MessageId,
}

#[derive(DeriveIden)]
enum Receipt {
    Table,
    ConversationId,
}

#[derive(DeriveIden)]
enum Ticket {
    Table,
    Id,
    Reference,
    ConversationId,
    Desk,
    Lang,
    Priority,
    Level,
    State,
    Operator,
    Kase,
    OpenedAt,
    ClaimedAt,
    ClosedAt,
    SnoozedUntil,
    Version,
}

#[derive(DeriveIden)]
enum Promise {
    Table,
    TicketId,
    MadeAt,
    PromisedBy,
    FirstPromisedBy,
    State,
    MachineRenegotiations,
    Warned,
    NextDue,
    ClaimedUntil,
}

#[derive(DeriveIden)]
enum Ledger {
    Table,
    Seq,
    TicketId,
    At,
    Kind,
    By,
    PromisedBy,
    Words,
    Reason,
}

#[derive(DeriveIden)]
enum Note {
    Table,
    Id,
    TicketId,
    Operator,
    Text,
    At,
}

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Id,
    ConversationId,
    TicketId,
    Seq,
    Target,
    Kind,
    Payload,
    Tells,
    CreatedAt,
    NextAt,
    Attempts,
    State,
    LastError,
    ClaimedUntil,
    SentAt,
}

#[derive(DeriveIden)]
enum Feedback {
    Table,
    ConversationId,
    Solved,
    Score,
    Comment,
    At,
}

#[derive(DeriveIden)]
enum Audit {
    Table,
    Seq,
    At,
    Who,
    What,
    About,
}

#[derive(DeriveIden)]
enum Handling {
    Table,
    TicketId,
    Desk,
    HourOfWeek,
    WaitedMs,
    HandledMs,
    At,
}

#[async_trait::async_trait]
impl MigrationTrait for Handoff {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        old_tables(manager).await?;
        for table in [ticket(), promise(), ledger(), note(), outbox(), feedback(), audit(), handling()] {
            manager.create_table(table).await?;
        }
        for index in indices() {
            manager.create_index(index).await?;
        }
        append_only(manager, "ledger", "the ledger is only added to").await
    }
}

/// What the tables that are there get. SQLite adds one column a statement.
async fn old_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let to_conversation = [
        string(Conversation::Owner).default("assistant").take(),
        integer(Conversation::FreshAfter).default(0).take(),
        string_null(Conversation::Email),
        big_integer_null(Conversation::EmailVerifiedAt),
        text_null(Conversation::Context),
        big_integer_null(Conversation::ClosedAt),
    ];
    for column in to_conversation {
        manager.alter_table(Table::alter().table(Conversation::Table).add_column(column).to_owned()).await?;
    }
    let author = string_null(Message::Author);
    manager.alter_table(Table::alter().table(Message::Table).add_column(author).to_owned()).await?;
    // From here on this character marks what Postgres cannot keep as it is; see `letters`.
    let marked = format!("UPDATE message SET text = replace(text, '{MARK}', '{MARK}1') WHERE text LIKE '%{MARK}%'");
    manager.get_connection().execute_unprepared(&marked).await?;
    Ok(())
}

fn ticket() -> TableCreateStatement {
    Table::create()
        .table(Ticket::Table)
        .col(string(Ticket::Id).primary_key())
        .col(string(Ticket::Reference).unique_key())
        .col(string(Ticket::ConversationId))
        .col(string(Ticket::Desk))
        .col(string(Ticket::Lang))
        .col(integer(Ticket::Priority))
        .col(integer(Ticket::Level))
        .col(string(Ticket::State))
        .col(string_null(Ticket::Operator))
        .col(text(Ticket::Kase))
        .col(big_integer(Ticket::OpenedAt))
        .col(big_integer_null(Ticket::ClaimedAt))
        .col(big_integer_null(Ticket::ClosedAt))
        .col(big_integer_null(Ticket::SnoozedUntil))
        .col(integer(Ticket::Version))
        .foreign_key(
            ForeignKey::create()
                .from(Ticket::Table, Ticket::ConversationId)
                .to(Conversation::Table, Conversation::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn promise() -> TableCreateStatement {
    Table::create()
        .table(Promise::Table)
        .col(string(Promise::TicketId).primary_key())
        .col(big_integer(Promise::MadeAt))
        .col(big_integer(Promise::PromisedBy))
        .col(big_integer(Promise::FirstPromisedBy))
        .col(string(Promise::State))
        .col(integer(Promise::MachineRenegotiations))
        .col(integer(Promise::Warned))
        .col(big_integer_null(Promise::NextDue))
        .col(big_integer_null(Promise::ClaimedUntil))
        .foreign_key(
            ForeignKey::create()
                .from(Promise::Table, Promise::TicketId)
                .to(Ticket::Table, Ticket::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// It outlives what it is about: no foreign key, and no word of the customer's.
fn ledger() -> TableCreateStatement {
    Table::create()
        .table(Ledger::Table)
        .col(big_pk_auto(Ledger::Seq))
        .col(string(Ledger::TicketId))
        .col(big_integer(Ledger::At))
        .col(string(Ledger::Kind))
        .col(string(Ledger::By))
        .col(big_integer_null(Ledger::PromisedBy))
        .col(text_null(Ledger::Words))
        .col(text_null(Ledger::Reason))
        .to_owned()
}

fn note() -> TableCreateStatement {
    Table::create()
        .table(Note::Table)
        .col(string(Note::Id).primary_key())
        .col(string(Note::TicketId))
        .col(string(Note::Operator))
        .col(text(Note::Text))
        .col(big_integer(Note::At))
        .foreign_key(
            ForeignKey::create()
                .from(Note::Table, Note::TicketId)
                .to(Ticket::Table, Ticket::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table(Outbox::Table)
        .col(string(Outbox::Id).primary_key())
        .col(string_null(Outbox::ConversationId))
        .col(string_null(Outbox::TicketId))
        .col(big_integer(Outbox::Seq))
        .col(string(Outbox::Target))
        .col(string(Outbox::Kind))
        .col(text(Outbox::Payload))
        .col(big_integer_null(Outbox::Tells))
        .col(big_integer(Outbox::CreatedAt))
        .col(big_integer(Outbox::NextAt))
        .col(integer(Outbox::Attempts))
        .col(string(Outbox::State))
        .col(text_null(Outbox::LastError))
        .col(big_integer_null(Outbox::ClaimedUntil))
        .col(big_integer_null(Outbox::SentAt))
        .foreign_key(
            ForeignKey::create()
                .from(Outbox::Table, Outbox::ConversationId)
                .to(Conversation::Table, Conversation::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn feedback() -> TableCreateStatement {
    Table::create()
        .table(Feedback::Table)
        .col(string(Feedback::ConversationId).primary_key())
        .col(boolean_null(Feedback::Solved))
        .col(integer_null(Feedback::Score))
        .col(text_null(Feedback::Comment))
        .col(big_integer(Feedback::At))
        .foreign_key(
            ForeignKey::create()
                .from(Feedback::Table, Feedback::ConversationId)
                .to(Conversation::Table, Conversation::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn audit() -> TableCreateStatement {
    Table::create()
        .table(Audit::Table)
        .col(big_pk_auto(Audit::Seq))
        .col(big_integer(Audit::At))
        .col(string(Audit::Who))
        .col(string(Audit::What))
        .col(string(Audit::About))
        .to_owned()
}

fn handling() -> TableCreateStatement {
    Table::create()
        .table(Handling::Table)
        .col(string(Handling::TicketId).primary_key())
        .col(string(Handling::Desk))
        .col(integer(Handling::HourOfWeek))
        .col(big_integer(Handling::WaitedMs))
        .col(big_integer(Handling::HandledMs))
        .col(big_integer(Handling::At))
        .to_owned()
}

fn indices() -> [IndexCreateStatement; 11] {
    let index = |name: &str| Index::create().name(name).to_owned();
    [
        // One open ticket a conversation, whoever tries.
        index("open_ticket")
            .unique()
            .table(Ticket::Table)
            .col(Ticket::ConversationId)
            .cond_where(Expr::cust("state IN ('waiting', 'claimed')"))
            .to_owned(),
        index("ticket_conversation").table(Ticket::Table).col(Ticket::ConversationId).to_owned(),
        index("ticket_queue")
            .table(Ticket::Table)
            .col(Ticket::State)
            .col(Ticket::Desk)
            .col(Ticket::Priority)
            .col(Ticket::OpenedAt)
            .to_owned(),
        index("promise_due").table(Promise::Table).col(Promise::NextDue).to_owned(),
        index("ledger_ticket").table(Ledger::Table).col(Ledger::TicketId).col(Ledger::Seq).to_owned(),
        index("note_ticket").table(Note::Table).col(Note::TicketId).to_owned(),
        index("outbox_due").table(Outbox::Table).col(Outbox::State).col(Outbox::NextAt).to_owned(),
        index("outbox_conversation").table(Outbox::Table).col(Outbox::ConversationId).col(Outbox::Seq).to_owned(),
        index("outbox_ticket").table(Outbox::Table).col(Outbox::TicketId).col(Outbox::Seq).to_owned(),
        index("receipt_conversation").table(Receipt::Table).col(Receipt::ConversationId).to_owned(),
        index("event_about").table(Event::Table).col(Event::MessageId).to_owned(),
    ]
}
