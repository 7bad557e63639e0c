//! The schema, step by step. A step that has shipped is never changed: a new one is added. Every step runs on SQLite
//! and on Postgres.

mod m001_opening;
mod m002_receipts;
mod m003_handoff;
mod m004_privacy;
mod m005_subject;
mod m006_resume;
mod m007_desk;
mod m008_editor;
mod m009_turns;
mod m010_inquiries;
mod m011_tombstones;

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

/// All steps, in order.
#[derive(Debug)]
pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m001_opening::Opening),
            Box::new(m002_receipts::Receipts),
            Box::new(m003_handoff::Handoff),
            Box::new(m004_privacy::Privacy),
            Box::new(m005_subject::Subject),
            Box::new(m006_resume::Resume),
            Box::new(m007_desk::Desk),
            Box::new(m008_editor::Editor),
            Box::new(m009_turns::Turns),
            Box::new(m010_inquiries::Inquiries),
            Box::new(m011_tombstones::Tombstones),
        ]
    }
}

/// The database itself refuses to change or forget a line of `table`, and says why in these words. The one thing that the two databases
/// spell differently.
async fn append_only(manager: &SchemaManager<'_>, table: &str, why: &str) -> Result<(), DbErr> {
    let statements = if manager.get_database_backend() == DbBackend::Postgres {
        [
            format!(
                "CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{why}'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
            ),
        ]
    } else {
        let refuses = |name: &str, what: &str| {
            format!("CREATE TRIGGER {table}_{name} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        };
        [refuses("unchanged", "UPDATE"), refuses("undeleted", "DELETE")]
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}
