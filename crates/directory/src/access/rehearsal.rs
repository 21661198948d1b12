//! What a rehearsal finds: by person, how a candidate policy would have decided otherwise.

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Scope, Unit};

/// One way in which something about a person would have gone otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RehearsalDifference {
    /// Their folded address, or what they are known by.
    pub person: String,
    /// Of the difference: the same one again is counted, not listed again.
    pub digest: String,
    /// `sign_in` or `push`.
    pub occasion: String,
    /// JSON text.
    pub difference: String,
    /// How often.
    pub times: u64,
    /// UTC microseconds.
    pub first_at: i64,
    /// UTC microseconds.
    pub last_at: i64,
}

fn record(row: &Row) -> Result<RehearsalDifference, DirectoryError> {
    Ok(RehearsalDifference {
        person: row.get("person")?,
        digest: row.get("digest")?,
        occasion: row.get("occasion")?,
        difference: row.get("difference")?,
        times: row.count("times")?,
        first_at: row.get("first_at")?,
        last_at: row.get("last_at")?,
    })
}

impl Reader {
    /// Differences by person and digest, those after this pair (`("", "")` for the beginning).
    pub async fn rehearsal_differences(
        &self,
        scope: Scope,
        (person, digest): (&str, &str),
        limit: u64,
    ) -> Result<Vec<RehearsalDifference>, DirectoryError> {
        let sql = "SELECT r.person, r.digest, r.occasion, r.difference, r.times, r.first_at, r.last_at \
             FROM rehearsal_difference r WHERE r.company_id = ? AND r.connection_id = ? \
             AND (r.person > ? OR (r.person = ? AND r.digest > ?)) ORDER BY r.person, r.digest LIMIT ?";
        self.query_as(sql, values![scope.company, scope.connection, person, person, digest, limit], record).await
    }

    /// How often something would have gone otherwise, by occasion.
    pub async fn rehearsal_counts(&self, scope: Scope) -> Result<Vec<(String, u64)>, DirectoryError> {
        let sql = "SELECT r.occasion, CAST(SUM(r.times) AS BIGINT) AS times FROM rehearsal_difference r \
             WHERE r.company_id = ? AND r.connection_id = ? GROUP BY r.occasion ORDER BY r.occasion";
        let values = values![scope.company, scope.connection];
        self.query_as(sql, values, |row| Ok((row.get("occasion")?, row.count("times")?))).await
    }

    /// Some connections that have more than so many differences. All are counted: no work for whoever writes.
    pub async fn rehearsals_beyond(&self, kept: u64) -> Result<Vec<Scope>, DirectoryError> {
        let sql = "SELECT r.company_id, r.connection_id FROM rehearsal_difference r \
             GROUP BY r.company_id, r.connection_id HAVING COUNT(*) > ? LIMIT 100";
        let scope = |row: &Row| Ok(Scope { company: row.id("company_id")?, connection: row.id("connection_id")? });
        self.query_as(sql, values![kept], scope).await
    }

    /// Sign-ins of a connection that were decided from this instant on (UTC microseconds).
    pub async fn decisions_since(&self, scope: Scope, since: i64) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS decisions FROM decision d \
             WHERE d.company_id = ? AND d.connection_id = ? AND d.at >= ?";
        let found =
            self.query_one_as(sql, values![scope.company, scope.connection, since], |row| row.count("decisions"));
        Ok(found.await?.unwrap_or_default())
    }
}

impl Unit {
    /// Counts a difference; a new one is listed.
    pub fn put_rehearsal_difference(&self, scope: Scope, found: &RehearsalDifference) {
        self.execute(
            "INSERT INTO rehearsal_difference \
             (company_id, connection_id, person, digest, occasion, difference, times, first_at, last_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (company_id, connection_id, person, digest) \
             DO UPDATE SET times = rehearsal_difference.times + excluded.times, last_at = excluded.last_at",
            values![
                scope.company,
                scope.connection,
                &found.person,
                &found.digest,
                &found.occasion,
                &found.difference,
                found.times,
                found.first_at,
                found.last_at,
            ],
        );
    }

    /// Forgets what a connection's rehearsal has found.
    pub fn forget_rehearsal(&self, scope: Scope) {
        let sql = "DELETE FROM rehearsal_difference WHERE company_id = ? AND connection_id = ?";
        self.execute(sql, values![scope.company, scope.connection]);
    }

    /// Forgets at most `limit` differences that were last seen before `before` (UTC microseconds); how many they were.
    pub async fn forget_rehearsal_differences(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM rehearsal_difference WHERE (company_id, connection_id, person, digest) IN \
             (SELECT r.company_id, r.connection_id, r.person, r.digest FROM rehearsal_difference r \
              WHERE r.last_at < ? LIMIT ?)",
            values![before, limit],
        )
        .await
    }

    /// Of a connection that has more than `kept` differences, forgets at most `limit`, those last by person.
    pub fn forget_rehearsal_differences_beyond(&self, scope: Scope, kept: u64, limit: u64) {
        self.execute(
            "DELETE FROM rehearsal_difference WHERE (company_id, connection_id, person, digest) IN \
             (SELECT r.company_id, r.connection_id, r.person, r.digest FROM rehearsal_difference r \
              WHERE r.company_id = ? AND r.connection_id = ? ORDER BY r.person, r.digest LIMIT ? OFFSET ?)",
            values![scope.company, scope.connection, limit, kept],
        );
    }
}
