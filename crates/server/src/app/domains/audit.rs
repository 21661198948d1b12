//! Who has an address in a company's verified domains and is in none of its organizations (P/D-13, P/D-14).

use std::fmt;
use std::str::FromStr;

use rollcall_directory::{Account, Directory, DirectoryError, DomainState};
use rollcall_policy::{AccountId, CompanyId};

use super::name::spellings;
use crate::app::csv::line;

/// Where a page of the audit begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The domain as addresses spell it.
    pub domain: String,
    /// The last account that was seen in it.
    pub account: Option<AccountId>,
}

impl Position {
    /// Behind this account.
    pub fn behind(account: &Account) -> Self {
        let domain = account.email_folded.rsplit_once('@').map_or("", |(_, domain)| domain);
        Self { domain: domain.to_owned(), account: Some(account.id) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.domain)?;
        self.account.map_or(Ok(()), |account| write!(f, "{account}"))
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (domain, account) = text.split_once(' ').ok_or(())?;
        Ok(Self { domain: domain.to_owned(), account: Some(account.parse().map_err(drop)?) })
    }
}

/// One page, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Accounts by domain, then by id.
    pub accounts: Vec<Account>,
    /// `None`: that was all.
    pub next: Option<Position>,
}

/// The accounts after `from`: at most `limit`. Domains are read in pages, too.
pub async fn page(
    directory: &Directory,
    company: CompanyId,
    from: &Position,
    limit: u64,
) -> Result<Page, DirectoryError> {
    let reader = directory.read();
    let mut accounts: Vec<Account> = Vec::new();
    for domain in verified(directory, company).await?.into_iter().filter(|domain| *domain >= from.domain) {
        let after = from.account.filter(|_| domain == from.domain);
        let left = limit.saturating_sub(accounts.len() as u64);
        // One more than asked for tells whether there is another page.
        let mut found = reader.uncaptured_accounts(company, &domain, after, left + 1).await?;
        let more = found.len() as u64 > left;
        found.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let account = found.last().map(|account| account.id).or(after);
        accounts.extend(found);
        if more {
            return Ok(Page { accounts, next: Some(Position { domain, account }) });
        }
    }
    Ok(Page { accounts, next: None })
}

/// How addresses of the company's verified domains end, in order.
async fn verified(directory: &Directory, company: CompanyId) -> Result<Vec<String>, DirectoryError> {
    const PAGE: u64 = 500;
    let (reader, mut names, mut after) = (directory.read(), Vec::new(), String::new());
    loop {
        let page = reader.domains(company, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.name);
        let verified = page.iter().filter(|domain| domain.state == DomainState::Verified);
        names.extend(verified.flat_map(|domain| spellings(&domain.name)));
    }
    names.sort();
    Ok(names)
}

/// The audit as CSV, with a line that names the columns: it can be read by what invites people.
pub fn csv(accounts: &[Account]) -> String {
    let columns = |account: &Account| line(&[&account.full_name, &account.username, &account.email]);
    accounts.iter().map(columns).collect()
}

/// The line with which [`csv`] begins.
pub const CSV_HEADER: &str = "Name,Username,Email\r\n";
