//! Who looked at what, read back.

use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{audit, ticket};
use super::rows::timestamp;
use super::{Audited, Store, StoreError};
use crate::conversation::ConversationId;
use crate::handoff::{By, OperatorName};

/// Which lines of the audit log.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// About this conversation or one of its cases. Once it is erased, its cases are not known as its any more.
    pub conversation: Option<ConversationId>,
    /// By this operator.
    pub operator: Option<OperatorName>,
    /// After this line.
    pub after: u64,
    /// At most so many.
    pub limit: u64,
}

impl Store {
    /// Lines of the audit log, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn audited_by(&self, filter: &AuditFilter) -> Result<Vec<Audited>, StoreError> {
        let after = i64::try_from(filter.after).unwrap_or(i64::MAX);
        let mut found = audit::Entity::find().filter(audit::Column::Seq.gt(after));
        if let Some(conversation) = filter.conversation {
            let tickets: Vec<String> = ticket::Entity::find()
                .select_only()
                .column(ticket::Column::Id)
                .filter(ticket::Column::ConversationId.eq(conversation.to_string()))
                .into_tuple()
                .all(&self.db)
                .await?;
            let about = tickets.into_iter().chain([conversation.to_string()]);
            found = found.filter(audit::Column::About.is_in(about));
        }
        if let Some(operator) = &filter.operator {
            // Everybody is noted under the longer word. Some looks were noted under the name alone once, and a log is
            // not written anew.
            let deeds = By::Operator(operator.clone()).word();
            let either =
                Condition::any().add(audit::Column::Who.eq(operator.0.as_str())).add(audit::Column::Who.eq(deeds));
            found = found.filter(either);
        }
        let rows = found.order_by_asc(audit::Column::Seq).limit(filter.limit).all(&self.db).await?;
        let read = |row: audit::Model| {
            let audit::Model { seq, at, who, what, about } = row;
            let seq = u64::try_from(seq).unwrap_or_default();
            Ok(Audited { seq, at: timestamp("audit", at)?, who, what, about })
        };
        rows.into_iter().map(read).collect()
    }
}
