//! Stored decisions about sign-ins without SSO: as those of connections, but of an account and of no company (RC-3).

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, DecisionId, Outcome, Reason};

/// One decision about one sign-in without SSO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDecision {
    /// Its id; sorts by time.
    pub id: DecisionId,
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

/// The columns that [`record`] reads, of `account_decision d`.
macro_rules! account_decision_columns {
    () => {
        "d.id, d.account_id, d.at, d.outcome, d.reason, d.facts, d.decision"
    };
}
pub(super) use account_decision_columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", account_decision_columns!(), " FROM account_decision d ", $rest)
    };
}

pub(super) fn record(row: &Row) -> Result<AccountDecision, DirectoryError> {
    Ok(AccountDecision {
        id: row.id("id")?,
        account: row.optional_id("account_id")?,
        at: row.get("at")?,
        outcome: row.code("outcome", Outcome::from_code)?,
        reason: row.code("reason", Reason::from_code)?,
        facts: row.get("facts")?,
        decision: row.get("decision")?,
    })
}

impl Reader {
    /// A decision by its id; for the operator and the product, since no company owns it.
    pub async fn account_decision(&self, id: DecisionId) -> Result<Option<AccountDecision>, DirectoryError> {
        self.query_one_as(select!("WHERE d.id = ?"), values![id], record).await
    }

    /// The decisions about an account, latest first, those before `before`.
    pub async fn account_decisions(
        &self,
        account: AccountId,
        before: Option<DecisionId>,
        limit: u64,
    ) -> Result<Vec<AccountDecision>, DirectoryError> {
        let before = before.unwrap_or(DecisionId::from_u128(u128::MAX));
        let sql = select!("WHERE d.account_id = ? AND d.id < ? ORDER BY d.id DESC LIMIT ?");
        self.query_as(sql, values![account, before, limit], record).await
    }
}

impl Unit {
    /// Stores a decision.
    pub fn insert_account_decision(&self, decision: &AccountDecision) {
        self.execute(
            "INSERT INTO account_decision (id, account_id, at, outcome, reason, facts, decision) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![
                decision.id,
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
