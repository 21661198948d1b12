//! Everybody whom a change of a connection's policy may concern (design.md 5.2).

use super::plan::instant_floor;
use crate::bind::{Bind, values};
use crate::scim::batches::{batches, repeated};
use crate::{DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{AccountId, DecisionId};

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// The account.
    pub account: AccountId,
    /// Its address.
    pub email: String,
    /// The subject of its identity on the connection.
    pub subject: Option<String>,
}

/// The evidence that somebody last signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEvidence {
    /// The subject.
    pub subject: String,
    /// The assertion, as JSON.
    pub assertion: String,
}

const PERSONS: &str = "SELECT a.id, a.email, i.subject FROM account a \
     LEFT JOIN identity i ON i.company_id = ? AND i.connection_id = ? AND i.account_id = a.id WHERE a.id IN (\
     SELECT m.account_id FROM membership m JOIN connection_organization o \
     ON o.company_id = m.company_id AND o.organization_id = m.organization_id \
     WHERE o.company_id = ? AND o.connection_id = ? \
     UNION SELECT u.account_id FROM directory_user u \
     WHERE u.company_id = ? AND u.connection_id = ? AND u.account_id IS NOT NULL \
     UNION SELECT t.account_id FROM tombstone t \
     WHERE t.company_id = ? AND t.connection_id = ? AND t.account_id IS NOT NULL \
     UNION SELECT n.account_id FROM identity n WHERE n.company_id = ? AND n.connection_id = ? \
     UNION SELECT e.id FROM account e JOIN invitation v ON v.email_folded = e.email_folded AND v.company_id = ? \
     AND v.state = 'pending' JOIN connection_organization w ON w.company_id = v.company_id \
     AND w.organization_id = v.organization_id AND w.connection_id = ?) ORDER BY a.email_folded";

/// Addresses without an account: of pending invitees, of directory users and of those that were deleted.
const ADDRESSES: &str = "SELECT v.email_folded AS address FROM invitation v JOIN connection_organization o \
     ON o.company_id = v.company_id AND o.organization_id = v.organization_id \
     WHERE o.company_id = ? AND o.connection_id = ? AND v.state = 'pending' \
     UNION SELECT d.value_folded FROM directory_address d WHERE d.company_id = ? AND d.connection_id = ? \
     UNION SELECT u.user_name_folded FROM directory_user u WHERE u.company_id = ? AND u.connection_id = ? \
     AND u.account_id IS NULL \
     UNION SELECT t.address_folded FROM tombstone t \
     WHERE t.company_id = ? AND t.connection_id = ? AND t.address_folded IS NOT NULL ORDER BY 1";

impl Reader {
    /// Everybody with an account, by folded address: members and removed ones, pending invitees, those whom the connection's
    /// directory pushed or deleted, and those who have signed in through it. A few dozen bytes each.
    pub async fn population(&self, scope: Scope) -> Result<Vec<KnownPerson>, DirectoryError> {
        let (company, connection) = (scope.company, scope.connection);
        let twice = values![company, connection];
        let values = std::iter::repeat_n(twice, 6).flatten().collect();
        self.query_as(PERSONS, values, |row| {
            Ok(KnownPerson { account: row.id("id")?, email: row.get("email")?, subject: row.get("subject")? })
        })
        .await
    }

    /// Folded addresses of people who may have no account yet: invitees, directory users, deleted ones. In their order.
    pub async fn population_addresses(&self, scope: Scope) -> Result<Vec<String>, DirectoryError> {
        let twice = values![scope.company, scope.connection];
        let values = std::iter::repeat_n(twice, 4).flatten().collect();
        self.query_as(ADDRESSES, values, |row| row.get("address")).await
    }

    /// The last evidence of everybody who signed in since `since` (UTC microseconds), by subject, those after `after`.
    pub async fn last_evidence(
        &self,
        scope: Scope,
        since: i64,
        after: &str,
        limit: u64,
    ) -> Result<Vec<LastEvidence>, DirectoryError> {
        let sql = "SELECT l.subject, l.assertion FROM last_evidence l WHERE l.company_id = ? AND l.connection_id = ? \
             AND l.subject > ? AND l.at >= ? ORDER BY l.subject LIMIT ?";
        self.query_as(sql, values![scope.company, scope.connection, after, since, limit], |row| {
            Ok(LastEvidence { subject: row.get("subject")?, assertion: row.get("assertion")? })
        })
        .await
    }
}

impl Reader {
    /// The last evidence of these subjects since `since` (UTC microseconds), as far as there is any.
    pub async fn last_evidence_of(
        &self,
        scope: Scope,
        since: i64,
        subjects: &[&str],
    ) -> Result<Vec<LastEvidence>, DirectoryError> {
        let mut found = Vec::new();
        for chunk in batches(subjects) {
            let sql = format!(
                "SELECT l.subject, l.assertion FROM last_evidence l WHERE l.company_id = ? AND l.connection_id = ? \
                 AND l.at >= ? AND l.subject IN ({})",
                repeated("?", chunk.len())
            );
            let mut values = values![scope.company, scope.connection, since];
            values.extend(chunk.iter().map(|subject| subject.bind()));
            for row in self.query(sql, values).await? {
                found.push(LastEvidence { subject: row.get("subject")?, assertion: row.get("assertion")? });
            }
        }
        Ok(found)
    }

    /// The facts (JSON) of the last sign-in without SSO of each of these accounts since `since` (UTC microseconds).
    pub async fn last_account_facts(
        &self,
        since: i64,
        accounts: &[AccountId],
    ) -> Result<Vec<(AccountId, String)>, DirectoryError> {
        let floor = DecisionId::from_u128(instant_floor(since));
        let mut found = Vec::new();
        for chunk in batches(accounts) {
            let sql = format!(
                "SELECT a.id, (SELECT d.facts FROM account_decision d WHERE d.account_id = a.id AND d.id > ? \
                 ORDER BY d.id DESC LIMIT 1) AS facts FROM account a WHERE a.id IN ({})",
                repeated("?", chunk.len())
            );
            let mut values = values![floor];
            values.extend(chunk.iter().map(|account| account.bind()));
            for row in self.query(sql, values).await? {
                if let Some(facts) = row.get::<Option<String>>("facts")? {
                    found.push((row.id("id")?, facts));
                }
            }
        }
        Ok(found)
    }
}

impl Unit {
    /// Keeps the evidence of a sign-in (JSON) in place of the subject's earlier one.
    pub fn put_last_evidence(&self, scope: Scope, subject: &str, at: i64, assertion: &str) {
        self.execute(
            "INSERT INTO last_evidence (company_id, connection_id, subject, at, assertion) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (company_id, connection_id, subject) DO UPDATE SET at = excluded.at, assertion = excluded.assertion",
            values![scope.company, scope.connection, subject, at, assertion],
        );
    }

    /// Forgets at most `limit` pieces of evidence older than `before` (UTC microseconds); how many they were.
    pub async fn forget_last_evidence(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM last_evidence WHERE (company_id, connection_id, subject) IN \
             (SELECT l.company_id, l.connection_id, l.subject FROM last_evidence l WHERE l.at < ? LIMIT ?)",
            values![before, limit],
        )
        .await
    }
}
