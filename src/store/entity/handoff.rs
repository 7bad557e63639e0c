//! Rows of the hand-off.

pub(in crate::store) mod ticket {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ticket")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub reference: String,
        pub conversation_id: String,
        pub desk: String,
        pub lang: String,
        pub priority: i32,
        pub level: i32,
        pub state: String,
        pub operator: Option<String>,
        pub kase: String,
        pub opened_at: i64,
        pub claimed_at: Option<i64>,
        pub closed_at: Option<i64>,
        pub snoozed_until: Option<i64>,
        pub version: i32,
        pub folded: Option<String>,
        pub merged_into: Option<String>,
        pub served_lang: Option<String>,
        pub earlier_operator: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_one = "super::promise::Entity")]
        Promise,
        #[sea_orm(
            belongs_to = "crate::store::entity::conversation::Entity",
            from = "Column::ConversationId",
            to = "crate::store::entity::conversation::Column::Id"
        )]
        Conversation,
    }
    impl Related<super::promise::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Promise.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod promise {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "promise")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub ticket_id: String,
        pub made_at: i64,
        pub promised_by: i64,
        pub first_promised_by: i64,
        pub state: String,
        pub machine_renegotiations: i32,
        pub warned: i32,
        pub next_due: Option<i64>,
        pub claimed_until: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::ticket::Entity", from = "Column::TicketId", to = "super::ticket::Column::Id")]
        Ticket,
    }
    impl Related<super::ticket::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Ticket.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod ledger {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub ticket_id: String,
        pub at: i64,
        pub kind: String,
        pub by: String,
        pub promised_by: Option<i64>,
        pub words: Option<String>,
        pub reason: Option<String>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub ticket_id: String,
        pub operator: String,
        pub text: String,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod outbox {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub conversation_id: Option<String>,
        pub ticket_id: Option<String>,
        pub seq: i64,
        pub target: String,
        pub kind: String,
        pub payload: String,
        pub tells: Option<i64>,
        pub created_at: i64,
        pub next_at: i64,
        pub attempts: i32,
        pub state: String,
        pub last_error: Option<String>,
        pub claimed_until: Option<i64>,
        pub sent_at: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod feedback {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "feedback")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub conversation_id: String,
        pub solved: Option<bool>,
        pub score: Option<i32>,
        pub comment: Option<String>,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod audit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub at: i64,
        pub who: String,
        pub what: String,
        pub about: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod handling {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "handling")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub ticket_id: String,
        pub desk: String,
        pub hour_of_week: i32,
        pub waited_ms: i64,
        pub handled_ms: i64,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
