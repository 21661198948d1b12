//! Accounts: one person in the product, of no company.

use crate::bind::{Bind, values};
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::{Backend, DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, CompanyId, OrganizationId};
use std::collections::BTreeSet;

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// As given.
    pub email: String,
    /// Under `scim::fold`; unique.
    pub email_folded: String,
    /// Unique.
    pub username: String,
    /// For people; may be empty.
    pub full_name: String,
    /// Somebody trusted has said that the person reads mail at this address (RC-10).
    pub email_verified: bool,
    /// The operator's own switch (RC-2).
    pub disabled: bool,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub updated_at: i64,
}

/// The columns that [`record`] reads, of `account a`.
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.email_folded, a.username, a.full_name, a.email_verified, a.disabled, a.created_at, a.updated_at"
    };
}
pub(crate) use account_columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", account_columns!(), " FROM account a ", $rest)
    };
}

pub(crate) fn record(row: &Row) -> Result<Account, DirectoryError> {
    Ok(Account {
        id: row.id("id")?,
        email: row.get("email")?,
        email_folded: row.get("email_folded")?,
        username: row.get("username")?,
        full_name: row.get("full_name")?,
        email_verified: row.get("email_verified")?,
        disabled: row.get("disabled")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

impl Reader {
    /// An account by its id.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.query_one_as(select!("WHERE a.id = ?"), values![id], record).await
    }

    /// The account of a folded e-mail address.
    pub async fn account_by_email(&self, email_folded: &str) -> Result<Option<Account>, DirectoryError> {
        self.query_one_as(select!("WHERE a.email_folded = ?"), values![email_folded], record).await
    }

    /// The account of a username.
    pub async fn account_by_username(&self, username: &str) -> Result<Option<Account>, DirectoryError> {
        self.query_one_as(select!("WHERE a.username = ?"), values![username], record).await
    }

    /// Those of `usernames` that somebody has.
    pub async fn usernames_taken(&self, usernames: &[String]) -> Result<BTreeSet<String>, DirectoryError> {
        let mut taken = BTreeSet::new();
        let usernames: Vec<&str> = usernames.iter().map(String::as_str).collect();
        for batch in batches(&usernames) {
            let places = repeated("?", batch.len());
            let sql = format!("SELECT a.username FROM account a WHERE a.username IN ({places})");
            for row in self.query(sql, batch.into_iter().map(Bind::bind).collect()).await? {
                taken.insert(row.get("username")?);
            }
        }
        Ok(taken)
    }

    /// Usernames that are `base` or `base` and digits: what is taken when a new one is made of `base`.
    pub async fn usernames_like(&self, base: &str) -> Result<Vec<String>, DirectoryError> {
        // From "base" to "base:": ':' follows '9', so everything that continues with a digit lies between.
        let sql = "SELECT a.username FROM account a WHERE a.username = ? OR (a.username >= ? AND a.username < ?) \
             ORDER BY a.username LIMIT 1000";
        let (first, end) = (format!("{base}0"), format!("{base}:"));
        self.query_as(sql, values![base, first, end], |row| row.get("username")).await
    }

    /// Accounts by id, those after `after`; the operator's list.
    pub async fn accounts(&self, after: Option<AccountId>, limit: u64) -> Result<Vec<Account>, DirectoryError> {
        let after = after.unwrap_or(AccountId::from_u128(0));
        self.query_as(select!("WHERE a.id > ? ORDER BY a.id LIMIT ?"), values![after, limit], record).await
    }

    /// Accounts that are members of the company's organizations, or of this one, by id, those after `after`.
    pub async fn accounts_of_company(
        &self,
        company: CompanyId,
        organization: Option<OrganizationId>,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<Account>, DirectoryError> {
        let after = after.unwrap_or(AccountId::from_u128(0));
        if let Some(organization) = organization {
            let sql = select!(
                "WHERE a.id > ? AND a.id IN (SELECT m.account_id FROM membership m \
                 WHERE m.company_id = ? AND m.organization_id = ? AND m.state <> 'removed') ORDER BY a.id LIMIT ?"
            );
            return self.query_as(sql, values![after, company, organization, limit], record).await;
        }
        let sql = select!(
            "WHERE a.id > ? AND a.id IN (SELECT m.account_id FROM membership m \
             WHERE m.company_id = ? AND m.state <> 'removed') ORDER BY a.id LIMIT ?"
        );
        self.query_as(sql, values![after, company, limit], record).await
    }
}

impl Unit {
    /// Makes this the only unit that decides about the person, until it ends. On SQLite every unit is alone anyway.
    pub async fn lock_account(&self, id: AccountId) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            self.query("SELECT id FROM account WHERE id = ? FOR UPDATE", values![id]).await?;
        }
        Ok(())
    }

    /// The account of a folded e-mail address, this unit's alone until it ends, and as whoever had it before left it. On
    /// SQLite every unit is alone anyway.
    pub async fn account_of_address(&self, email_folded: &str) -> Result<Option<Account>, DirectoryError> {
        let sql = match self.backend() {
            Backend::Sqlite => select!("WHERE a.email_folded = ?"),
            // Not FOR UPDATE: what merely refers to an account need not wait.
            Backend::Postgres => select!("WHERE a.email_folded = ? FOR NO KEY UPDATE"),
        };
        self.query_one_as(sql, values![email_folded], record).await
    }

    /// Stores a new account. Conflicts with `account_email` and `account_username`.
    pub fn insert_account(&self, account: &Account) {
        self.execute(
            "INSERT INTO account (id, email, email_folded, username, full_name, email_verified, disabled, created_at, \
             updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                account.id,
                &account.email,
                &account.email_folded,
                &account.username,
                &account.full_name,
                account.email_verified,
                account.disabled,
                account.created_at,
                account.updated_at,
            ],
        );
    }

    /// Writes everything but id and creation over an account that still is as `before`; if it is not, the unit runs
    /// again. Conflicts as [`Unit::insert_account`].
    pub fn update_account(&self, before: &Account, after: &Account) {
        self.guard(
            "UPDATE account SET email = ?, email_folded = ?, username = ?, full_name = ?, email_verified = ?, \
             disabled = ?, updated_at = ? WHERE id = ? AND email = ? AND username = ? AND full_name = ? \
             AND email_verified = ? AND disabled = ?",
            values![
                &after.email,
                &after.email_folded,
                &after.username,
                &after.full_name,
                after.email_verified,
                after.disabled,
                after.updated_at,
                before.id,
                &before.email,
                &before.username,
                &before.full_name,
                before.email_verified,
                before.disabled,
            ],
            1,
        );
    }
}
