//! The eleventh step: that something was erased, kept where it is done, so that every replica can write it down outside
//! the database.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_pk_auto, string, text_null};

pub(super) struct Tombstones;

impl MigrationName for Tombstones {
    fn name(&self) -> &str {
        "m011_tombstones"
    }
}

#[derive(DeriveIden)]
enum Tombstone {
    Table,
    Seq,
    Id,
    Conversation,
    At,
    Covers,
}

#[async_trait::async_trait]
impl MigrationTrait for Tombstones {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // It outlives what it is about: digests and a time, and nothing of the customer's.
        let tombstone = Table::create()
            .table(Tombstone::Table)
            .col(big_pk_auto(Tombstone::Seq))
            .col(string(Tombstone::Id))
            .col(string(Tombstone::Conversation))
            .col(big_integer(Tombstone::At))
            .col(text_null(Tombstone::Covers))
            .to_owned();
        manager.create_table(tombstone).await
    }
}
