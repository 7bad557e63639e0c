//! What desks ask others about a case.

pub(in crate::store) mod inquiry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "inquiry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub ticket_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub to_desk: Option<String>,
        pub to_seller: Option<String>,
        pub address: Option<String>,
        pub question: String,
        pub asked_by: String,
        pub asked_at: i64,
        pub due: i64,
        pub state: String,
        pub chased_at: Option<i64>,
        pub lapsed_at: Option<i64>,
        pub answer: Option<String>,
        pub answered_by: Option<String>,
        pub answered_at: Option<i64>,
        pub next_due: Option<i64>,
        pub claimed_until: Option<i64>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::store::entity::handoff::ticket::Entity",
            from = "Column::TicketId",
            to = "crate::store::entity::handoff::ticket::Column::Id"
        )]
        Ticket,
    }
    impl Related<crate::store::entity::handoff::ticket::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Ticket.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}
