//! Accounts by the domain of their address.

use crate::bind::values;
use crate::people::account::{account_columns, record};
use crate::{Account, DirectoryError, Reader};
use rollcall_policy::{AccountId, CompanyId};

/// The domain of account `a`, exactly as in the index `account_domain`: SQLite and PostgreSQL have no function in common
/// that finds the at-sign.
macro_rules! domain_of_account {
    () => {
        "replace(a.email_folded, rtrim(a.email_folded, replace(a.email_folded, '@', '')), '')"
    };
}

impl Reader {
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
