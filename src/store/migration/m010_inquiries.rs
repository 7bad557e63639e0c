//! The tenth step: what desks ask others about a case.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, string, string_null, text, text_null};

pub(super) struct Inquiries;

impl MigrationName for Inquiries {
    fn name(&self) -> &str {
        "m010_inquiries"
    }
}

#[derive(DeriveIden)]
enum Ticket {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Inquiry {
    Table,
    TicketId,
    Number,
    ToDesk,
    ToSeller,
    Address,
    Question,
    AskedBy,
    AskedAt,
    Due,
    State,
    ChasedAt,
    LapsedAt,
    Answer,
    AnsweredBy,
    AnsweredAt,
    NextDue,
    ClaimedUntil,
}

#[async_trait::async_trait]
impl MigrationTrait for Inquiries {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let inquiry = Table::create()
            .table(Inquiry::Table)
            .col(string(Inquiry::TicketId))
            .col(integer(Inquiry::Number))
            .col(string_null(Inquiry::ToDesk))
            .col(text_null(Inquiry::ToSeller))
            .col(text_null(Inquiry::Address))
            .col(text(Inquiry::Question))
            .col(string(Inquiry::AskedBy))
            .col(big_integer(Inquiry::AskedAt))
            .col(big_integer(Inquiry::Due))
            .col(string(Inquiry::State))
            .col(big_integer_null(Inquiry::ChasedAt))
            .col(big_integer_null(Inquiry::LapsedAt))
            .col(text_null(Inquiry::Answer))
            .col(string_null(Inquiry::AnsweredBy))
            .col(big_integer_null(Inquiry::AnsweredAt))
            .col(big_integer_null(Inquiry::NextDue))
            .col(big_integer_null(Inquiry::ClaimedUntil))
            .primary_key(Index::create().col(Inquiry::TicketId).col(Inquiry::Number))
            .foreign_key(
                ForeignKey::create()
                    .from(Inquiry::Table, Inquiry::TicketId)
                    .to(Ticket::Table, Ticket::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(inquiry).await?;
        let index = |name: &str| Index::create().name(name).table(Inquiry::Table).to_owned();
        for index in [
            index("inquiry_due").col(Inquiry::NextDue).to_owned(),
            index("inquiry_desk").col(Inquiry::State).col(Inquiry::ToDesk).to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
