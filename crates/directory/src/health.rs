//! What the database says about itself, for `doctor`.

use crate::bind::values;
use crate::{Backend, DirectoryError, Reader};

/// Problems of a damaged file that are named at most.
const MOST_PROBLEMS: u32 = 5;

impl Reader {
    /// Name and version of the database, for people.
    pub async fn database_version(&self) -> Result<String, DirectoryError> {
        let (name, sql) = match self.backend() {
            Backend::Sqlite => ("SQLite", "SELECT sqlite_version() AS version"),
            Backend::Postgres => ("PostgreSQL", "SELECT current_setting('server_version') AS version"),
        };
        let version: Option<String> = self.query_one_as(sql, Vec::new(), |row| row.get("version")).await?;
        Ok(format!("{name} {}", version.unwrap_or_default()))
    }

    /// The instant of the database's own clock in UTC microseconds; `None` where it is that of this machine.
    pub async fn database_clock(&self) -> Result<Option<i64>, DirectoryError> {
        match self.backend() {
            Backend::Sqlite => Ok(None),
            Backend::Postgres => {
                let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS at";
                self.query_one_as(sql, Vec::new(), |row| row.get("at")).await
            }
        }
    }

    /// What is damaged in a SQLite file, as SQLite says it; nothing where all is well. PostgreSQL watches over itself.
    pub async fn damage(&self) -> Result<Vec<String>, DirectoryError> {
        if self.backend() == Backend::Postgres {
            return Ok(Vec::new());
        }
        let sql = format!("PRAGMA quick_check({MOST_PROBLEMS})");
        let mut problems = Vec::new();
        for row in self.query(sql, Vec::new()).await? {
            let problem: String = row.get("quick_check")?;
            if problem != "ok" {
                problems.push(problem);
            }
        }
        Ok(problems)
    }

    /// How many events from before `before` (UTC microseconds) are not delivered yet, counted no further than `most`.
    pub async fn events_waiting_since(&self, before: i64, most: u32) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS waiting FROM (SELECT o.id FROM outbox o WHERE o.delivered_at IS NULL \
             AND o.at < ? LIMIT ?) AS counted";
        Ok(self.query_one_as(sql, values![before, i64::from(most)], |row| row.count("waiting")).await?.unwrap_or(0))
    }

    /// How many deliveries to webhooks from before `before` (UTC microseconds) still wait, counted no further than `most`.
    pub async fn deliveries_waiting_since(&self, before: i64, most: u32) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS waiting FROM (SELECT d.id FROM delivery d WHERE d.state = 'pending' \
             AND d.at < ? LIMIT ?) AS counted";
        Ok(self.query_one_as(sql, values![before, i64::from(most)], |row| row.count("waiting")).await?.unwrap_or(0))
    }

    /// How many deliveries to webhooks were given up, counted no further than `most`.
    pub async fn deliveries_given_up(&self, most: u32) -> Result<u64, DirectoryError> {
        let sql =
            "SELECT COUNT(*) AS dead FROM (SELECT d.id FROM delivery d WHERE d.state = 'dead' LIMIT ?) AS counted";
        Ok(self.query_one_as(sql, values![i64::from(most)], |row| row.count("dead")).await?.unwrap_or(0))
    }
}
