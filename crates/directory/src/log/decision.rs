//! Stored decisions: facts and decision as the JSON that policy made, so that they can be explained and replayed.

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId, DecisionId, Outcome, Reason};

/// One decision about one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDecision {
    /// The tenant.
    pub company: CompanyId,
    /// Its id; sorts by time.
    pub id: DecisionId,
    /// The connection.
    pub connection: ConnectionId,
    /// About whom, if they have an account.
    pub account: Option<AccountId>,
    /// UTC microseconds.
    pub at: i64,
    /// Whether they came in.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// JSON text, byte for byte as given.
    pub facts: String,
    /// JSON text, byte for byte as given.
    pub decision: String,
}

/// The columns that [`record`] reads, of `decision d`.
macro_rules! decision_columns {
    () => {
        "d.company_id, d.id, d.connection_id, d.account_id, d.at, d.outcome, d.reason, d.facts, d.decision"
    };
}
pub(super) use decision_columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", decision_columns!(), " FROM decision d ", $rest)
    };
}

pub(super) fn record(row: &Row) -> Result<StoredDecision, DirectoryError> {
    Ok(StoredDecision {
        company: row.id("company_id")?,
        id: row.id("id")?,
        connection: row.id("connection_id")?,
        account: row.optional_id("account_id")?,
        at: row.get("at")?,
        outcome: row.code("outcome", Outcome::from_code)?,
        reason: row.code("reason", Reason::from_code)?,
        facts: row.get("facts")?,
        decision: row.get("decision")?,
    })
}

impl Reader {
    /// A decision by its id.
    pub async fn decision(&self, company: CompanyId, id: DecisionId) -> Result<Option<StoredDecision>, DirectoryError> {
        self.query_one_as(select!("WHERE d.company_id = ? AND d.id = ?"), values![company, id], record).await
    }

    /// A company's decisions, latest first, those before `before`.
    pub async fn decisions(
        &self,
        company: CompanyId,
        before: Option<DecisionId>,
        limit: u64,
    ) -> Result<Vec<StoredDecision>, DirectoryError> {
        let before = before.unwrap_or(DecisionId::from_u128(u128::MAX));
        let sql = select!("WHERE d.company_id = ? AND d.id < ? ORDER BY d.id DESC LIMIT ?");
        self.query_as(sql, values![company, before, limit], record).await
    }

    /// The same of one connection.
    pub async fn decisions_of_connection(
        &self,
        company: CompanyId,
        connection: ConnectionId,
        before: Option<DecisionId>,
        limit: u64,
    ) -> Result<Vec<StoredDecision>, DirectoryError> {
        let before = before.unwrap_or(DecisionId::from_u128(u128::MAX));
        let sql = select!("WHERE d.company_id = ? AND d.connection_id = ? AND d.id < ? ORDER BY d.id DESC LIMIT ?");
        self.query_as(sql, values![company, connection, before, limit], record).await
    }
}

impl Unit {
    /// Stores a decision.
    pub fn insert_decision(&self, decision: &StoredDecision) {
        self.execute(
            "INSERT INTO decision (company_id, id, connection_id, account_id, at, outcome, reason, facts, decision) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                decision.company,
                decision.id,
                decision.connection,
                decision.account,
                decision.at,
                decision.outcome,
                decision.reason,
                &decision.facts,
                &decision.decision,
            ],
        );
    }
}
