//! The seventh step: what changed in the queue, numbered for those who listen; what tickets and customers' messages are found
//! by; which case another one was merged into; operators, and how much they take.

use sea_orm::{ConnectionTrait, QueryResult};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean, integer_null, string, string_null, text, text_null,
};
use serde_json::Value;

use crate::store::{folded, letters};

pub(super) struct Desk;

impl MigrationName for Desk {
    fn name(&self) -> &str {
        "m007_desk"
    }
}

/// Rows that are folded at once.
const ROWS: u64 = 500;

#[derive(DeriveIden)]
enum Message {
    Table,
    Id,
    Role,
    Text,
    Folded,
}

#[derive(DeriveIden)]
enum Ticket {
    Table,
    Id,
    Reference,
    Kase,
    State,
    Operator,
    Folded,
    MergedInto,
    ServedLang,
    EarlierOperator,
}

#[derive(DeriveIden)]
enum DeskEvent {
    Table,
    Id,
    Seq,
    At,
    Kind,
    TicketId,
    Reference,
    Desk,
    FromDesk,
    Operator,
    Who,
}

#[derive(DeriveIden)]
enum OperatorProfile {
    Table,
    Name,
    Present,
    Capacity,
    Languages,
    LastSeen,
}

#[async_trait::async_trait]
impl MigrationTrait for Desk {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        let folded = text_null(Message::Folded);
        manager.alter_table(Table::alter().table(Message::Table).add_column(folded).to_owned()).await?;
        let to_ticket = [
            text_null(Ticket::Folded),
            string_null(Ticket::MergedInto),
            string_null(Ticket::ServedLang),
            string_null(Ticket::EarlierOperator),
        ];
        for column in to_ticket {
            manager.alter_table(Table::alter().table(Ticket::Table).add_column(column).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared("UPDATE ticket SET served_lang = lang").await?;
        manager.create_table(desk_event()).await?;
        manager.create_table(operator_profile()).await?;
        for index in indices() {
            manager.create_index(index).await?;
        }
        fold_messages(manager).await?;
        fold_tickets(manager).await
    }
}

/// It outlives what it is about, as the ledger does: ids, references and names, and no word of the customer's.
fn desk_event() -> TableCreateStatement {
    Table::create()
        .table(DeskEvent::Table)
        .col(big_pk_auto(DeskEvent::Id))
        .col(big_integer_null(DeskEvent::Seq))
        .col(big_integer(DeskEvent::At))
        .col(string(DeskEvent::Kind))
        .col(string(DeskEvent::TicketId))
        .col(string(DeskEvent::Reference))
        .col(string(DeskEvent::Desk))
        .col(string_null(DeskEvent::FromDesk))
        .col(string_null(DeskEvent::Operator))
        .col(string(DeskEvent::Who))
        .to_owned()
}

fn operator_profile() -> TableCreateStatement {
    Table::create()
        .table(OperatorProfile::Table)
        .col(string(OperatorProfile::Name).primary_key())
        .col(boolean(OperatorProfile::Present))
        .col(integer_null(OperatorProfile::Capacity))
        .col(text(OperatorProfile::Languages))
        .col(big_integer(OperatorProfile::LastSeen))
        .to_owned()
}

fn indices() -> [IndexCreateStatement; 3] {
    let index = |name: &str| Index::create().name(name).to_owned();
    [
        // No number is given twice, whoever gives them; and those without one are found at once.
        index("desk_event_seq").unique().table(DeskEvent::Table).col(DeskEvent::Seq).to_owned(),
        index("ticket_merged").table(Ticket::Table).col(Ticket::MergedInto).to_owned(),
        index("ticket_operator").table(Ticket::Table).col(Ticket::Operator).col(Ticket::State).to_owned(),
    ]
}

/// What customers have said so far.
async fn fold_messages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let said = Query::select()
        .columns([Message::Id, Message::Text])
        .from(Message::Table)
        .and_where(Expr::col(Message::Role).eq("customer"))
        .to_owned();
    update_each(manager, &said, |id, row| {
        let text: String = row.try_get("", "text")?;
        Ok(Query::update()
            .table(Message::Table)
            .value(Message::Folded, folded::folded(&letters::read(text)))
            .and_where(Expr::col(Message::Id).eq(id))
            .to_owned())
    })
    .await
}

/// The tickets there are. A case that cannot be read is found by its reference.
async fn fold_tickets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let cases = Query::select().columns([Ticket::Id, Ticket::Reference, Ticket::Kase]).from(Ticket::Table).to_owned();
    update_each(manager, &cases, |id, row| {
        let (reference, kase): (String, String) = (row.try_get("", "reference")?, row.try_get("", "kase")?);
        let case: Value = serde_json::from_str(&kase).unwrap_or_default();
        let message = case.get("message").and_then(Value::as_str).unwrap_or_default();
        let facts = case.get("facts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let told = facts.iter().filter_map(|fact| fact.get("text")?.as_str());
        let mut update = Query::update()
            .table(Ticket::Table)
            .value(Ticket::Folded, folded::of_parts(&reference, message, told))
            .and_where(Expr::col(Ticket::Id).eq(id))
            .to_owned();
        if let Some(wished) = case.get("wished_language").and_then(Value::as_str) {
            update.value(Ticket::ServedLang, wished);
        }
        Ok(update)
    })
    .await
}

/// Updates every row that is selected, by its `id`, a page at a time: nothing has to fit into memory.
async fn update_each(
    manager: &SchemaManager<'_>,
    selected: &SelectStatement,
    update: impl Fn(&str, &QueryResult) -> Result<UpdateStatement, DbErr>,
) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let id = || Alias::new("id");
    let mut last = String::new();
    loop {
        let page = selected
            .clone()
            .and_where(Expr::col(id()).gt(last.as_str()))
            .order_by(id(), Order::Asc)
            .limit(ROWS)
            .to_owned();
        let rows = db.query_all(&page).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            last = row.try_get("", "id")?;
            db.execute(&update(&last, &row)?).await?;
        }
    }
}
