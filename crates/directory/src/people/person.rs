//! Accounts that a sign-in or a push may be about, with what they are called on the connection.

use super::Account;
use super::account::{account_columns, record as account_record};
use super::team::{Team, record as team_record};
use crate::bind::{Bind, values};
use crate::{DirectoryError, Reader, Scope};
use rollcall_policy::{AccountId, DirectoryUserId, TeamId};

/// An account as one connection knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: Account,
    /// Its subject on this connection, if it has one.
    pub subject: Option<String>,
    /// Its SCIM id at this connection, if one is minted (RC-7).
    pub scim_id: Option<DirectoryUserId>,
}

/// Whom to look for. What is absent finds nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// Accounts by id; four at most.
    pub accounts: &'a [AccountId],
    /// The account of this folded address.
    pub email_folded: Option<&'a str>,
    /// The account of this subject on the connection.
    pub subject: Option<&'a str>,
}

const PERSONS: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", i.subject, k.id AS scim_id FROM account a \
     LEFT JOIN identity i ON i.company_id = ? AND i.connection_id = ? AND i.account_id = a.id \
     LEFT JOIN scim_id k ON k.company_id = ? AND k.connection_id = ? AND k.account_id = a.id \
     WHERE a.id IN (SELECT b.id FROM account b WHERE b.id IN (?, ?, ?, ?) \
     UNION SELECT e.id FROM account e WHERE e.email_folded = ? \
     UNION SELECT s.account_id FROM identity s WHERE s.company_id = ? AND s.connection_id = ? AND s.subject = ?) \
     ORDER BY a.id"
);

/// Team names in one statement; more are asked for in several.
const NAMES: usize = 64;

impl Reader {
    /// The accounts sought, in one statement, by id.
    pub async fn persons(&self, scope: Scope, sought: Sought<'_>) -> Result<Vec<Person>, DirectoryError> {
        let (company, connection) = (scope.company, scope.connection);
        let mut values = values![company, connection, company, connection];
        values.extend((0..4).map(|place| sought.accounts.get(place).copied().bind()));
        values.extend(values![sought.email_folded, company, connection, sought.subject]);
        let person = |row: &crate::row::Row| {
            let scim_id = row.optional_id("scim_id")?;
            Ok(Person { account: account_record(row)?, subject: row.get("subject")?, scim_id })
        };
        self.query_as(PERSONS, values, person).await
    }

    /// Teams of the connection's organizations that have one of these folded names, and the one of this id.
    pub async fn teams_named(
        &self,
        scope: Scope,
        names: &[String],
        id: Option<TeamId>,
    ) -> Result<Vec<Team>, DirectoryError> {
        let mut teams: Vec<Team> = Vec::new();
        if let Some(id) = id {
            teams.extend(self.team(scope.company, id).await?);
        }
        for batch in names.chunks(NAMES) {
            let places = vec!["?"; batch.len()].join(", ");
            let sql = format!(
                "SELECT t.company_id, t.id, t.organization_id, t.name, t.name_folded FROM team t \
                 WHERE t.company_id = ? AND t.name_folded IN ({places}) AND t.organization_id IN \
                 (SELECT o.organization_id FROM connection_organization o WHERE o.company_id = ? AND o.connection_id = ?)"
            );
            let mut values = values![scope.company];
            values.extend(batch.iter().map(Bind::bind));
            values.extend(values![scope.company, scope.connection]);
            for row in self.query(sql, values).await? {
                teams.push(team_record(&row)?);
            }
        }
        teams.sort_by_key(|team| team.id);
        teams.dedup_by_key(|team| team.id);
        Ok(teams)
    }
}
