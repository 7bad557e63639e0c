//! The schema, step by step. A step that has shipped is never changed: a new one is added. Every step runs on SQLite
//! and on Postgres.

mod m001_opening;
mod m002_receipts;
mod m003_handoff;

use sea_orm_migration::prelude::*;

/// All steps, in order.
#[derive(Debug)]
pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m001_opening::Opening), Box::new(m002_receipts::Receipts), Box::new(m003_handoff::Handoff)]
    }
}
