//! Accounts that a sign-in or a push may be about, with what they are called on the connection.

use super::Account;
use super::account::{account_columns, record as account_record};
use super::mapping::is_mapped;
use super::team::{Team, record as team_record};
use crate::access::Arrival;
use crate::bind::{Bind, values};
use crate::foreseen;
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::sql::Sql;
use crate::{Backend, DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{AccountId, DirectoryUserId};
use sea_orm::Value;
use std::collections::BTreeSet;

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
    /// Accounts by id; [`Sought::MOST`] at most, further ones are passed over.
    pub accounts: &'a [AccountId],
    /// The account of this folded address.
    pub email_folded: Option<&'a str>,
    /// The account of this subject on the connection.
    pub subject: Option<&'a str>,
}

impl Sought<'_> {
    /// How many accounts can be sought by their ids at once.
    pub const MOST: usize = 32;
}

/// The statement for so many ids.
macro_rules! persons {
    ($ids:literal) => {
        concat!(
            "SELECT ",
            account_columns!(),
            ", i.subject, k.id AS scim_id FROM account a \
             LEFT JOIN identity i ON i.company_id = ? AND i.connection_id = ? AND i.account_id = a.id \
             LEFT JOIN scim_id k ON k.company_id = ? AND k.connection_id = ? AND k.account_id = a.id \
             WHERE a.id IN (SELECT b.id FROM account b WHERE b.id IN (",
            $ids,
            ") UNION SELECT e.id FROM account e WHERE e.email_folded = ? \
             UNION SELECT s.account_id FROM identity s WHERE s.company_id = ? AND s.connection_id = ? AND s.subject = ?) \
             ORDER BY a.id"
        )
    };
}

/// Two texts, so that the databases' caches of prepared statements hold: nearly always a few accounts are sought.
const PERSONS: [(usize, &str); 2] = [
    (4, persons!("?, ?, ?, ?")),
    (
        Sought::MOST,
        persons!("?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"),
    ),
];

impl Reader {
    /// Teams of the connection's organizations that have one of these folded names, and whether directory groups map to
    /// them (RC-14). One statement for each 500.
    pub async fn teams_named(&self, scope: Scope, names: &[&str]) -> Result<Vec<(Team, bool)>, DirectoryError> {
        let mut teams: Vec<(Team, bool)> = Vec::new();
        for batch in batches(names) {
            let places = repeated("?", batch.len());
            let sql = format!(
                "SELECT t.company_id, t.id, t.organization_id, t.name, t.name_folded, {} AS mapped FROM team t \
                 JOIN organization o ON o.company_id = t.company_id AND o.id = t.organization_id \
                 WHERE t.company_id = ? AND t.name_folded IN ({places}) AND t.organization_id IN \
                 (SELECT s.organization_id FROM connection_organization s WHERE s.company_id = ? AND s.connection_id = ?)",
                is_mapped!()
            );
            let mut values = values![scope.company];
            values.extend(batch.into_iter().map(Bind::bind));
            values.extend(values![scope.company, scope.connection]);
            for row in self.query(sql, values).await? {
                teams.push((team_record(&row)?, row.get("mapped")?));
            }
        }
        teams.sort_by_key(|(team, _)| team.id);
        Ok(teams)
    }
}

impl Unit {
    /// The accounts sought, in one statement, by id. Each is this unit's alone until it ends, and is as whoever had it
    /// before left it; on SQLite every unit is alone anyway. Identity and SCIM id may be older: write over them guarded.
    pub async fn persons(&self, scope: Scope, sought: Sought<'_>) -> Result<Vec<Person>, DirectoryError> {
        let (sql, values) = question(self.backend(), scope, sought);
        let rows = self.query(sql, values).await?;
        rows.iter().map(person).collect()
    }
}

/// Reads ahead what [`Unit::persons`] will be asked for each arrival, locking nobody; the accounts that were found.
pub(crate) async fn foresee(
    unit: &Unit,
    scope: Scope,
    arrivals: &[Arrival<'_>],
) -> Result<BTreeSet<AccountId>, DirectoryError> {
    let (company, connection) = (scope.company, scope.connection);
    let mut found = BTreeSet::new();
    for chunk in batches(arrivals) {
        let places = repeated("?", chunk.len());
        let sql = format!(
            concat!(
                "SELECT ",
                account_columns!(),
                ", i.subject, k.id AS scim_id FROM account a \
                 LEFT JOIN identity i ON i.company_id = ? AND i.connection_id = ? AND i.account_id = a.id \
                 LEFT JOIN scim_id k ON k.company_id = ? AND k.connection_id = ? AND k.account_id = a.id \
                 WHERE a.id IN (SELECT e.id FROM account e WHERE e.email_folded IN ({places}) \
                 UNION SELECT s.account_id FROM identity s WHERE s.company_id = ? AND s.connection_id = ? \
                 AND s.subject IN ({places})) ORDER BY a.id"
            ),
            places = places
        );
        let mut values = values![company, connection, company, connection];
        values.extend(chunk.iter().map(|arrival| arrival.email.bind()));
        values.extend(values![company, connection]);
        values.extend(chunk.iter().map(|arrival| arrival.subject.bind()));
        let mut rows = Vec::new();
        for row in unit.query(sql, values).await? {
            let (email, subject): (String, Option<String>) = (row.get("email_folded")?, row.get("subject")?);
            found.insert(row.id("id")?);
            rows.push((email, subject, row));
        }
        for arrival in &chunk {
            let of = |(email, subject, _): &&(String, Option<String>, Row)| {
                email == arrival.email || subject.as_deref() == Some(arrival.subject)
            };
            let own = rows.iter().filter(of).map(|(.., row)| row.clone()).collect();
            let sought = Sought { email_folded: Some(arrival.email), subject: Some(arrival.subject), accounts: &[] };
            let (sql, values) = question(unit.backend(), scope, sought);
            unit.foreseen().keep(foreseen::question(&sql, &values), own);
        }
    }
    Ok(found)
}

/// The statement and its values.
fn question(backend: Backend, scope: Scope, sought: Sought<'_>) -> (Sql, Vec<Value>) {
    let (company, connection) = (scope.company, scope.connection);
    let [few, most] = PERSONS;
    let (places, text) = if sought.accounts.len() <= few.0 { few } else { most };
    let mut values = values![company, connection, company, connection];
    values.extend((0..places).map(|place| sought.accounts.get(place).copied().bind()));
    values.extend(values![sought.email_folded, company, connection, sought.subject]);
    match backend {
        Backend::Sqlite => (text.into(), values),
        // Not FOR UPDATE: what merely refers to an account need not wait.
        Backend::Postgres => (format!("{text} FOR NO KEY UPDATE OF a").into(), values),
    }
}

fn person(row: &Row) -> Result<Person, DirectoryError> {
    Ok(Person { account: account_record(row)?, subject: row.get("subject")?, scim_id: row.optional_id("scim_id")? })
}
