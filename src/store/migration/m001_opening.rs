//! The first step: conversations, and what the articles come to.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, string, string_null, text, text_null, var_binary};

/// Conversations with their messages and events; articles' versions, generations and vectors.
pub(super) struct Opening;

impl MigrationName for Opening {
    fn name(&self) -> &str {
        "m001_opening"
    }
}

#[derive(DeriveIden)]
enum Conversation {
    Table,
    Id,
    TokenHash,
    Locale,
    Audiences,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Message {
    Table,
    Id,
    ConversationId,
    Seq,
    Role,
    Text,
    Lang,
    InReplyTo,
    Reply,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Event {
    Table,
    ConversationId,
    Seq,
    MessageId,
    Name,
    Body,
}

#[derive(DeriveIden)]
enum IdempotencyKey {
    Table,
    ConversationId,
    Key,
    RequestHash,
    MessageId,
}

#[derive(DeriveIden)]
enum ArticleVersion {
    Table,
    ArticleId,
    Version,
    Article,
}

#[derive(DeriveIden)]
enum Generation {
    Table,
    Id,
    Spec,
}

#[derive(DeriveIden)]
enum CachedVector {
    Table,
    Key,
    Numbers,
}

#[async_trait::async_trait]
impl MigrationTrait for Opening {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conversation = Table::create()
            .table(Conversation::Table)
            .col(string(Conversation::Id).primary_key())
            .col(string(Conversation::TokenHash))
            .col(string_null(Conversation::Locale))
            .col(text(Conversation::Audiences))
            .col(big_integer(Conversation::CreatedAt))
            .to_owned();
        let message = Table::create()
            .table(Message::Table)
            .col(string(Message::Id).primary_key())
            .col(string(Message::ConversationId))
            .col(integer(Message::Seq))
            .col(string(Message::Role))
            .col(text(Message::Text))
            .col(string(Message::Lang))
            // One answer for one message: a second is refused by the database, whoever tries.
            .col(string_null(Message::InReplyTo).unique_key())
            .col(text_null(Message::Reply))
            .col(big_integer(Message::CreatedAt))
            .foreign_key(
                ForeignKey::create()
                    .from(Message::Table, Message::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .index(Index::create().unique().name("message_order").col(Message::ConversationId).col(Message::Seq))
            .to_owned();
        let event = Table::create()
            .table(Event::Table)
            .col(string(Event::ConversationId))
            .col(integer(Event::Seq))
            .col(string(Event::MessageId))
            .col(string(Event::Name))
            .col(text(Event::Body))
            .primary_key(Index::create().col(Event::ConversationId).col(Event::Seq))
            .foreign_key(
                ForeignKey::create()
                    .from(Event::Table, Event::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        let idempotency_key = Table::create()
            .table(IdempotencyKey::Table)
            .col(string(IdempotencyKey::ConversationId))
            .col(string(IdempotencyKey::Key))
            .col(string(IdempotencyKey::RequestHash))
            .col(string(IdempotencyKey::MessageId))
            .primary_key(Index::create().col(IdempotencyKey::ConversationId).col(IdempotencyKey::Key))
            .foreign_key(
                ForeignKey::create()
                    .from(IdempotencyKey::Table, IdempotencyKey::ConversationId)
                    .to(Conversation::Table, Conversation::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        let article_version = Table::create()
            .table(ArticleVersion::Table)
            .col(string(ArticleVersion::ArticleId))
            .col(string(ArticleVersion::Version))
            .col(text(ArticleVersion::Article))
            .primary_key(Index::create().col(ArticleVersion::ArticleId).col(ArticleVersion::Version))
            .to_owned();
        let generation = Table::create()
            .table(Generation::Table)
            .col(string(Generation::Id).primary_key())
            .col(text(Generation::Spec))
            .to_owned();
        let cached_vector = Table::create()
            .table(CachedVector::Table)
            .col(string(CachedVector::Key).primary_key())
            .col(var_binary(CachedVector::Numbers, 65_536))
            .to_owned();
        for table in [conversation, message, event, idempotency_key, article_version, generation, cached_vector] {
            manager.create_table(table).await?;
        }
        Ok(())
    }
}
