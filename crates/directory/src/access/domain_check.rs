//! Looking up pending domains again: which are due, who looks, what came of it (P/D-2).

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::CompanyId;
use std::collections::BTreeMap;

/// A pending domain that is to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainCheck {
    /// The tenant.
    pub company: CompanyId,
    /// In lower case, ASCII.
    pub name: String,
    /// What the TXT record must say.
    pub txt_value: String,
    /// When the domain was added, in UTC microseconds.
    pub created_at: i64,
    /// From when on it is due, in UTC microseconds.
    pub due_at: i64,
}

/// What is known of the look-ups of a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainChecks {
    /// The next look-up by itself, in UTC microseconds; `None` when none is to come.
    pub next_at: Option<i64>,
    /// The last one, in UTC microseconds.
    pub checked_at: Option<i64>,
    /// What it found, a stable word.
    pub found: Option<String>,
}

fn record(row: &Row) -> Result<DomainCheck, DirectoryError> {
    Ok(DomainCheck {
        company: row.id("company_id")?,
        name: row.get("name")?,
        txt_value: row.get("txt_value")?,
        created_at: row.get("created_at")?,
        due_at: row.get("next_check_at")?,
    })
}

fn checks(row: &Row) -> Result<(String, DomainChecks), DirectoryError> {
    let checks = DomainChecks {
        next_at: row.get("next_check_at")?,
        checked_at: row.get("checked_at")?,
        found: row.get("check_found")?,
    };
    Ok((row.get("name")?, checks))
}

impl Reader {
    /// Pending domains of all companies that are due, those that wait longest first.
    pub async fn due_domain_checks(&self, now: i64, limit: u64) -> Result<Vec<DomainCheck>, DirectoryError> {
        let sql = "SELECT d.company_id, d.name, d.txt_value, d.created_at, d.next_check_at FROM domain d \
             WHERE d.next_check_at IS NOT NULL AND d.next_check_at <= ? AND d.state = 'pending' \
             ORDER BY d.next_check_at LIMIT ?";
        self.query_as(sql, values![now, limit], record).await
    }

    /// When a company's domains from the first to the last name were looked up, and when they will be.
    pub async fn domain_checks(
        &self,
        company: CompanyId,
        first: &str,
        last: &str,
    ) -> Result<BTreeMap<String, DomainChecks>, DirectoryError> {
        let sql = "SELECT d.name, d.next_check_at, d.checked_at, d.check_found FROM domain d \
             WHERE d.company_id = ? AND d.name >= ? AND d.name <= ?";
        Ok(self.query_as(sql, values![company, first, last], checks).await?.into_iter().collect())
    }
}

impl Unit {
    /// Says when a domain is looked up next.
    pub fn plan_domain_check(&self, company: CompanyId, name: &str, next_at: i64) {
        self.execute(
            "UPDATE domain SET next_check_at = ? WHERE company_id = ? AND name = ?",
            values![next_at, company, name],
        );
    }

    /// Takes a look-up for oneself until then; if somebody else was faster, the unit runs again.
    pub fn lease_domain_check(&self, check: &DomainCheck, until: i64) {
        self.guard(
            "UPDATE domain SET next_check_at = ? WHERE company_id = ? AND name = ? AND next_check_at = ?",
            values![until, check.company, &check.name, check.due_at],
            1,
        );
    }

    /// Notes what a look-up found, and when the next one comes; nothing if the domain is another one by now.
    pub fn note_domain_check(&self, check: &DomainCheck, at: i64, found: &str, next_at: Option<i64>) {
        self.execute(
            "UPDATE domain SET checked_at = ?, check_found = ?, next_check_at = ? \
             WHERE company_id = ? AND name = ? AND state = 'pending' AND txt_value = ?",
            values![at, found, next_at, check.company, &check.name, &check.txt_value],
        );
    }
}
