//! Identities: who a provider's subject is.

use super::Account;
use super::account::{account_columns, record as account_record};
use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId};

/// A subject of a connection and whose it is; one at most per connection and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The tenant.
    pub company: CompanyId,
    /// The provider.
    pub connection: ConnectionId,
    /// Whom the provider calls so.
    pub subject: String,
    /// The person.
    pub account: AccountId,
    /// UTC microseconds.
    pub created_at: i64,
}

/// An account that an assertion may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The account.
    pub account: Account,
    /// Its subject on this connection, if it has one.
    pub subject: Option<String>,
}

fn record(row: &Row) -> Result<Identity, DirectoryError> {
    Ok(Identity {
        company: row.id("company_id")?,
        connection: row.id("connection_id")?,
        subject: row.get("subject")?,
        account: row.id("account_id")?,
        created_at: row.get("created_at")?,
    })
}

impl Reader {
    /// The accounts that have this subject on the connection or this folded address: two at most, in one statement.
    pub async fn candidates(
        &self,
        company: CompanyId,
        connection: ConnectionId,
        subject: &str,
        email_folded: Option<&str>,
    ) -> Result<Vec<Candidate>, DirectoryError> {
        let sql = concat!(
            "SELECT ",
            account_columns!(),
            ", i.subject FROM account a LEFT JOIN identity i \
             ON i.company_id = ? AND i.connection_id = ? AND i.account_id = a.id \
             WHERE a.id IN (SELECT s.account_id FROM identity s WHERE s.company_id = ? AND s.connection_id = ? \
             AND s.subject = ? UNION SELECT e.id FROM account e WHERE e.email_folded = ?) ORDER BY a.id"
        );
        let values = values![company, connection, company, connection, subject, email_folded];
        let candidate = |row: &Row| Ok(Candidate { account: account_record(row)?, subject: row.get("subject")? });
        self.query_as(sql, values, candidate).await
    }

    /// Who a subject is.
    pub async fn identity(
        &self,
        company: CompanyId,
        connection: ConnectionId,
        subject: &str,
    ) -> Result<Option<Identity>, DirectoryError> {
        let sql = "SELECT i.company_id, i.connection_id, i.subject, i.account_id, i.created_at FROM identity i \
             WHERE i.company_id = ? AND i.connection_id = ? AND i.subject = ?";
        self.query_one_as(sql, values![company, connection, subject], record).await
    }

    /// The identities of an account in a company.
    pub async fn identities(&self, company: CompanyId, account: AccountId) -> Result<Vec<Identity>, DirectoryError> {
        let sql = "SELECT i.company_id, i.connection_id, i.subject, i.account_id, i.created_at FROM identity i \
             WHERE i.company_id = ? AND i.account_id = ? ORDER BY i.connection_id";
        self.query_as(sql, values![company, account], record).await
    }
}

impl Unit {
    /// Stores a new identity. Conflicts with `identity_pkey` (the subject is somebody else) and `identity_account` (the
    /// account has another subject here).
    pub fn insert_identity(&self, identity: &Identity) {
        self.execute(
            "INSERT INTO identity (company_id, connection_id, subject, account_id, created_at) VALUES (?, ?, ?, ?, ?)",
            values![identity.company, identity.connection, &identity.subject, identity.account, identity.created_at,],
        );
    }

    /// Takes the account's subject on a connection away, so that another can take its place (RC-13).
    pub fn delete_identity(&self, company: CompanyId, connection: ConnectionId, account: AccountId) {
        self.execute(
            "DELETE FROM identity WHERE company_id = ? AND connection_id = ? AND account_id = ?",
            values![company, connection, account],
        );
    }
}
