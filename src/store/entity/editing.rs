//! Editors' drafts, and what became of articles.

pub(in crate::store) mod article_draft {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "article_draft")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub article_id: String,
        pub lang: String,
        pub title: String,
        pub source: String,
        pub base_version: Option<String>,
        pub revision: String,
        pub author: String,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod article_source {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "article_source")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub article_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: String,
        pub path: String,
        pub title: String,
        pub source: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::store) mod article_change {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "article_change")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub article_id: String,
        pub kind: String,
        pub version: Option<String>,
        pub version_before: Option<String>,
        pub title: String,
        pub path: String,
        pub author: String,
        pub at: i64,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
