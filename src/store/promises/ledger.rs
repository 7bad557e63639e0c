//! The ledger: what was promised and what became of it, line by line. There is nothing here that changes a line, and
//! the database would not let it.

use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, Statement,
};

use crate::handoff::TicketId;
use crate::store::entity::ledger;
use crate::store::rows::to_ledger_entry;
use crate::store::{CUSTOMER, LedgerEntry, LedgerKind, PromiseCounts, Store, StoreError, letters};

/// A line that is to be written.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Line<'a> {
    pub(in crate::store) kind: LedgerKind,
    pub(in crate::store) by: &'a str,
    pub(in crate::store) at: Timestamp,
    pub(in crate::store) promised_by: Option<Timestamp>,
    pub(in crate::store) words: Option<&'a str>,
    pub(in crate::store) reason: Option<&'a str>,
}

impl<'a> Line<'a> {
    pub(in crate::store) fn new(kind: LedgerKind, by: &'a str, at: Timestamp) -> Self {
        Self { kind, by, at, promised_by: None, words: None, reason: None }
    }
}

/// Writes a line.
pub(in crate::store) async fn write(db: &impl ConnectionTrait, of: TicketId, line: Line<'_>) -> Result<(), StoreError> {
    let row = ledger::ActiveModel {
        ticket_id: Set(of.to_string()),
        at: Set(line.at.as_millisecond()),
        kind: Set(line.kind.word().to_owned()),
        by: Set(line.by.to_owned()),
        promised_by: Set(line.promised_by.map(Timestamp::as_millisecond)),
        words: Set(line.words.map(letters::kept)),
        reason: Set(line.reason.map(letters::kept)),
        ..Default::default()
    };
    ledger::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Each ticket at its worst, and what else happened to it. The same words mean the same to both databases.
const COUNTS: &str = "\
    SELECT SUM(CASE WHEN breached = 0 AND renegotiated = 0 AND kept = 0 AND withdrawn = 0 AND merged = 0 \
    THEN 1 ELSE 0 END) AS running, \
    SUM(CASE WHEN breached = 0 AND renegotiated = 0 AND withdrawn = 0 AND kept = 1 THEN 1 ELSE 0 END) AS kept, \
    SUM(CASE WHEN breached = 0 AND withdrawn = 0 AND renegotiated = 1 THEN 1 ELSE 0 END) AS renegotiated, \
    SUM(breached) AS breached, \
    SUM(CASE WHEN breached = 0 AND withdrawn = 1 THEN 1 ELSE 0 END) AS withdrawn, \
    SUM(CASE WHEN breached = 0 AND renegotiated = 0 AND kept = 0 AND withdrawn = 0 AND merged = 1 \
    THEN 1 ELSE 0 END) AS merged, \
    SUM(warned) AS warned, SUM(told) AS told \
    FROM (SELECT ticket_id, \
    MAX(CASE WHEN kind = 'breached' THEN 1 ELSE 0 END) AS breached, \
    MAX(CASE WHEN kind = 'renegotiated' THEN 1 ELSE 0 END) AS renegotiated, \
    MAX(CASE WHEN kind = 'kept' THEN 1 ELSE 0 END) AS kept, \
    MAX(CASE WHEN kind = 'withdrawn' THEN 1 ELSE 0 END) AS withdrawn, \
    MAX(CASE WHEN kind = 'merged' THEN 1 ELSE 0 END) AS merged, \
    MAX(CASE WHEN kind = 'warned' THEN 1 ELSE 0 END) AS warned, \
    CASE WHEN SUM(CASE WHEN kind = 'told' THEN 1 WHEN kind = 'undelivered' THEN -1 ELSE 0 END) > 0 \
    THEN 1 ELSE 0 END AS told \
    FROM ledger GROUP BY ticket_id) AS tickets";

#[derive(FromQueryResult)]
struct Counts {
    running: Option<i64>,
    kept: Option<i64>,
    renegotiated: Option<i64>,
    breached: Option<i64>,
    withdrawn: Option<i64>,
    merged: Option<i64>,
    warned: Option<i64>,
    told: Option<i64>,
}

impl Store {
    /// What happened to a ticket's promise, from the beginning. It is there when the ticket itself is gone.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn ledger(&self, of: TicketId) -> Result<Vec<LedgerEntry>, StoreError> {
        let rows = ledger::Entity::find()
            .filter(ledger::Column::TicketId.eq(of.to_string()))
            .order_by_asc(ledger::Column::Seq)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_ledger_entry).collect()
    }

    /// How promises have fared so far.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn promise_counts(&self) -> Result<PromiseCounts, StoreError> {
        let statement = Statement::from_string(self.db.get_database_backend(), COUNTS);
        let Some(counts) = Counts::find_by_statement(statement).one(&self.db).await? else {
            return Ok(PromiseCounts::default());
        };
        let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default();
        Ok(PromiseCounts {
            running: count(counts.running),
            kept: count(counts.kept),
            renegotiated: count(counts.renegotiated),
            breached: count(counts.breached),
            withdrawn: count(counts.withdrawn),
            merged: count(counts.merged),
            warned: count(counts.warned),
            told: count(counts.told),
        })
    }

    /// The customer has seen in the conversation what is promised: the ledger says so, once for each promised time.
    /// Whether it did now.
    ///
    /// # Errors
    /// When there is no such ticket, or the database fails.
    pub async fn seen_by_customer(&self, id: TicketId, at: Timestamp) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let _held = crate::store::held::Held::with_ticket(&transaction, id).await?;
        let owed = super::read::promise(&transaction, id).await?.and_then(|promise| promise.owed());
        let Some(promised_by) = owed else { return Ok(false) };
        let lines = |kind: LedgerKind| {
            ledger::Entity::find()
                .filter(ledger::Column::TicketId.eq(id.to_string()))
                .filter(ledger::Column::Kind.eq(kind.word()))
                .filter(ledger::Column::PromisedBy.eq(promised_by.as_millisecond()))
        };
        // A mail that came back told nobody.
        let told = lines(LedgerKind::Told).count(&transaction).await?;
        if told > lines(LedgerKind::Undelivered).count(&transaction).await? {
            return Ok(false);
        }
        let line =
            Line { promised_by: Some(promised_by), reason: Some("seen"), ..Line::new(LedgerKind::Told, CUSTOMER, at) };
        write(&transaction, id, line).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
