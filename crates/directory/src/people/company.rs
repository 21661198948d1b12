//! Companies: the tenants.

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::CompanyId;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Unique, permanent.
    pub name: String,
    /// UTC microseconds.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT c.id, c.name, c.created_at FROM company c ", $rest)
    };
}

fn record(row: &Row) -> Result<Company, DirectoryError> {
    Ok(Company { id: row.id("id")?, name: row.get("name")?, created_at: row.get("created_at")? })
}

impl Reader {
    /// A company by its id.
    pub async fn company(&self, id: CompanyId) -> Result<Option<Company>, DirectoryError> {
        self.query_one_as(select!("WHERE c.id = ?"), values![id], record).await
    }

    /// A company by its name.
    pub async fn company_by_name(&self, name: &str) -> Result<Option<Company>, DirectoryError> {
        self.query_one_as(select!("WHERE c.name = ?"), values![name], record).await
    }

    /// Companies by name, those after `after` (`""` for the beginning).
    pub async fn companies(&self, after: &str, limit: u64) -> Result<Vec<Company>, DirectoryError> {
        let sql = select!("WHERE c.name > ? ORDER BY c.name LIMIT ?");
        self.query_as(sql, values![after, limit], record).await
    }
}

impl Unit {
    /// Stores a new company. Conflicts with `company_name`.
    pub fn insert_company(&self, company: &Company) {
        let values = values![company.id, &company.name, company.created_at];
        self.execute("INSERT INTO company (id, name, created_at) VALUES (?, ?, ?)", values);
    }
}
