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
        ]
    }
}
