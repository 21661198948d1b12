//! Accounts by the domain of their address.

use super::plan::instant_floor;
use super::population::KnownPerson;
use crate::bind::values;
use crate::people::account::{account_columns, record};
use crate::{Account, DirectoryError, Reader, Scope};
use rollcall_policy::{AccountId, CompanyId, DecisionId};

/// The domain of account `a`, exactly as in the index `account_domain`: SQLite and PostgreSQL have no function in common
/// that finds the at-sign.
macro_rules! domain_of_account {
    () => {
        "replace(a.email_folded, rtrim(a.email_folded, replace(a.email_folded, '@', '')), '')"
    };
}

/// Somebody with an address in a domain, and what is known of how they sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainPerson {
    /// Who, and their subject on the connection.
    pub person: KnownPerson,
    /// Their address is proven.
    pub email_verified: bool,
    /// They signed in without SSO lately, or nothing shows that they could do so with it: no connection of the company
    /// has met them, and no directory has pushed them.
    pub without_sso: bool,
}

impl Reader {
    /// Accounts with an address in this folded domain, by id, those after `after`, whether they ever signed in or not.
    /// Sign-ins without SSO count since `since` (UTC microseconds).
    pub async fn accounts_of_domain(
        &self,
        scope: Scope,
        domain: &str,
        since: i64,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<DomainPerson>, DirectoryError> {
        let sql = concat!(
            "SELECT a.id, a.email, a.email_verified, i.subject, \
             (EXISTS (SELECT 1 FROM account_decision d WHERE d.account_id = a.id AND d.id > ?) OR NOT (\
             EXISTS (SELECT 1 FROM identity n WHERE n.company_id = ? AND n.account_id = a.id) OR \
             EXISTS (SELECT 1 FROM directory_user u WHERE u.company_id = ? AND u.account_id = a.id))) AS without_sso \
             FROM account a LEFT JOIN identity i \
             ON i.company_id = ? AND i.connection_id = ? AND i.account_id = a.id WHERE ",
            domain_of_account!(),
            " = ? AND a.id > ? ORDER BY a.id LIMIT ?"
        );
        let (company, connection) = (scope.company, scope.connection);
        let (floor, after) = (DecisionId::from_u128(instant_floor(since)), after.unwrap_or(AccountId::from_u128(0)));
        let values = values![floor, company, company, company, connection, domain, after, limit];
        self.query_as(sql, values, |row| {
            let person = KnownPerson { account: row.id("id")?, email: row.get("email")?, subject: row.get("subject")? };
            let (email_verified, without_sso) = (row.get("email_verified")?, row.get("without_sso")?);
            Ok(DomainPerson { person, email_verified, without_sso })
        })
        .await
    }

    /// Accounts with a proven address in this domain that are in none of the company's organizations (P/D-13), by id,
    /// those after `after`. Disabled ones are left out (P/D-14).
    pub async fn uncaptured_accounts(
        &self,
        company: CompanyId,
        domain: &str,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<Account>, DirectoryError> {
        let sql = concat!(
            "SELECT ",
            account_columns!(),
            " FROM account a WHERE ",
            domain_of_account!(),
            " = ? AND a.id > ? AND a.email_verified AND NOT a.disabled AND NOT EXISTS \
             (SELECT 1 FROM membership m WHERE m.account_id = a.id AND m.company_id = ? AND m.state <> 'removed') ORDER BY a.id LIMIT ?"
        );
        let after = after.unwrap_or(AccountId::from_u128(0));
        self.query_as(sql, values![domain, after, company, limit], record).await
    }
}
