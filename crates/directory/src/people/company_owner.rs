//! Who owns a company, and who owns an organization.

use super::Account;
use super::account::{account_columns, record as account_record};
use crate::bind::values;
use crate::{Backend, DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, CompanyId, OrganizationId};

/// An account that owns a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyOwner {
    /// The tenant.
    pub company: CompanyId,
    /// Who.
    pub account: AccountId,
    /// UTC microseconds.
    pub created_at: i64,
}

const OWNERS: &str = concat!(
    "SELECT co.created_at AS since, ",
    account_columns!(),
    " FROM company_owner co JOIN account a ON a.id = co.account_id WHERE co.company_id = ? ORDER BY co.account_id"
);

impl Reader {
    /// The owners of a company, each with the instant since when (UTC microseconds); there are few.
    pub async fn company_owners(&self, company: CompanyId) -> Result<Vec<(Account, i64)>, DirectoryError> {
        self.query_as(OWNERS, values![company], |row| Ok((account_record(row)?, row.get("since")?))).await
    }
}

const ORGANIZATION_OWNERS: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM membership m JOIN account a ON a.id = m.account_id WHERE m.company_id = ? AND m.organization_id = ? \
     AND m.role = 'owner' AND m.state IN ('active', 'held') ORDER BY m.account_id LIMIT ?"
);

impl Reader {
    /// The people who own an organization, by account id.
    pub async fn organization_owners(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        limit: u64,
    ) -> Result<Vec<Account>, DirectoryError> {
        self.query_as(ORGANIZATION_OWNERS, values![company, organization, limit], account_record).await
    }
}

impl Unit {
    /// Makes this the only unit that changes the company's owners, until it ends. On SQLite every unit is alone anyway.
    pub async fn lock_company(&self, company: CompanyId) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            self.query("SELECT id FROM company WHERE id = ? FOR NO KEY UPDATE", values![company]).await?;
        }
        Ok(())
    }

    /// Stores a new owner. Conflicts with `company_owner_pkey`.
    pub fn insert_company_owner(&self, owner: &CompanyOwner) {
        self.execute(
            "INSERT INTO company_owner (company_id, account_id, created_at) VALUES (?, ?, ?)",
            values![owner.company, owner.account, owner.created_at],
        );
    }

    /// Takes the ownership back.
    pub fn delete_company_owner(&self, company: CompanyId, account: AccountId) {
        let sql = "DELETE FROM company_owner WHERE company_id = ? AND account_id = ?";
        self.execute(sql, values![company, account]);
    }
}
