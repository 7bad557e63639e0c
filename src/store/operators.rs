//! Operators: whether they are there, how many cases they take, what they speak.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::{operator_profile, ticket};
use super::rows::{from_json, timestamp, to_json};
use super::{Store, StoreError};
use crate::handoff::{OperatorName, TicketState};
use crate::language::Lang;

/// How often at most it is written down that an operator was heard of.
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(30);
/// After so long a silence an operator is not there, whatever they said.
const AWAY: SignedDuration = SignedDuration::from_mins(10);

/// What is known of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorProfile {
    /// The `name` of their key.
    pub name: OperatorName,
    /// Whether they say that they are there.
    pub present: bool,
    /// How many cases they take at a time; absent for any number.
    pub capacity: Option<u32>,
    /// What they speak; none means that they have not said.
    pub languages: Vec<Lang>,
    /// When they were heard of last, to half a minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
}

impl OperatorProfile {
    /// Whether they are there: they say so, and were heard of not long ago.
    pub fn is_there(&self, now: Timestamp) -> bool {
        self.present && self.last_seen >= there_since(now)
    }
}

/// An operator and what they have to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperatorAtWork {
    /// Who.
    #[serde(flatten)]
    pub profile: OperatorProfile,
    /// How many cases they have now.
    pub has: u64,
}

impl OperatorAtWork {
    /// Whether they have as many cases as they take.
    pub fn is_full(&self) -> bool {
        self.profile.capacity.is_some_and(|capacity| self.has >= u64::from(capacity))
    }
}

impl Store {
    /// An operator was heard of. Whoever was not known before is there, takes any number of cases, and speaks `languages`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heard_of(&self, name: &OperatorName, languages: &[Lang], at: Timestamp) -> Result<(), StoreError> {
        let known = operator_profile::Entity::find_by_id(name.0.clone()).one(&self.db).await?;
        let Some(known) = known else {
            let profile = OperatorProfile {
                name: name.clone(),
                present: true,
                capacity: None,
                languages: languages.to_vec(),
                last_seen: at,
            };
            // Two first requests at once: the profile of either is as good.
            let first = OnConflict::column(operator_profile::Column::Name)
                .update_column(operator_profile::Column::LastSeen)
                .to_owned();
            operator_profile::Entity::insert(row(&profile)?)
                .on_conflict(first)
                .exec_without_returning(&self.db)
                .await?;
            return Ok(());
        };
        let since = at.as_millisecond().saturating_sub(known.last_seen);
        if i128::from(since) < HEARTBEAT.as_millis() {
            return Ok(());
        }
        operator_profile::Entity::update_many()
            .col_expr(operator_profile::Column::LastSeen, Expr::val(at.as_millisecond()))
            .filter(operator_profile::Column::Name.eq(name.0.as_str()))
            .filter(operator_profile::Column::LastSeen.lt(at.as_millisecond()))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Keeps what an operator says of themselves; their last word counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_operator(&self, profile: &OperatorProfile) -> Result<(), StoreError> {
        use operator_profile::Column;
        let columns = [Column::Present, Column::Capacity, Column::Languages, Column::LastSeen];
        let again = OnConflict::column(Column::Name).update_columns(columns).to_owned();
        operator_profile::Entity::insert(row(profile)?).on_conflict(again).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// An operator, if one of that name was ever heard of.
    ///
    /// # Errors
    /// When the database fails or the row cannot be read.
    pub async fn operator(&self, name: &OperatorName) -> Result<Option<OperatorAtWork>, StoreError> {
        Ok(self.operators().await?.into_iter().find(|operator| operator.profile.name == *name))
    }

    /// All operators who were ever heard of, by name.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn operators(&self) -> Result<Vec<OperatorAtWork>, StoreError> {
        let claimed: HashMap<Option<String>, i64> = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::Operator)
            .column_as(ticket::Column::Id.count(), "has")
            .filter(ticket::Column::State.eq(TicketState::Claimed.word()))
            .group_by(ticket::Column::Operator)
            .into_tuple::<(Option<String>, i64)>()
            .all(&self.db)
            .await?
            .into_iter()
            .collect();
        let rows = operator_profile::Entity::find().order_by_asc(operator_profile::Column::Name).all(&self.db).await?;
        let read = |row: operator_profile::Model| {
            let has = claimed.get(&Some(row.name.clone())).copied().unwrap_or_default();
            Ok(OperatorAtWork { profile: profile(row)?, has: u64::try_from(has).unwrap_or_default() })
        };
        rows.into_iter().map(read).collect()
    }
}

/// Whoever was heard of since then is there, if they say so.
pub(super) fn there_since(now: Timestamp) -> Timestamp {
    now.checked_sub(AWAY).unwrap_or(Timestamp::MIN)
}

/// What an operator speaks.
pub(super) fn languages(row: &operator_profile::Model) -> Result<Vec<Lang>, StoreError> {
    from_json("operator", &row.languages)
}

fn profile(row: operator_profile::Model) -> Result<OperatorProfile, StoreError> {
    Ok(OperatorProfile {
        languages: languages(&row)?,
        present: row.present,
        capacity: row.capacity.map(|capacity| u32::try_from(capacity).unwrap_or_default()),
        last_seen: timestamp("operator", row.last_seen)?,
        name: OperatorName(row.name),
    })
}

fn row(profile: &OperatorProfile) -> Result<operator_profile::ActiveModel, StoreError> {
    let OperatorProfile { name, present, capacity, languages, last_seen } = profile;
    Ok(operator_profile::ActiveModel {
        name: Set(name.0.clone()),
        present: Set(*present),
        capacity: Set(capacity.map(|capacity| i32::try_from(capacity).unwrap_or(i32::MAX))),
        languages: Set(to_json(languages)?),
        last_seen: Set(last_seen.as_millisecond()),
    })
}
