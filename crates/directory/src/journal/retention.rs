//! How long exchanges stay: so many days, and so many of each connection.

use super::JournalStore;
use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Scope};

impl JournalStore {
    /// Deletes at most `limit` exchanges that came before `before` (UTC microseconds); how many they were.
    pub async fn forget_before(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        let sql = "DELETE FROM journal_entry WHERE (company_id, id) IN \
             (SELECT j.company_id, j.id FROM journal_entry j WHERE j.at < ? LIMIT ?)";
        self.delete(sql, values![before, limit]).await
    }

    /// Deletes at most `limit` of the connection's exchanges, so that the latest `kept` stay; how many they were.
    pub async fn forget_beyond(&self, scope: Scope, kept: u64, limit: u64) -> Result<u64, DirectoryError> {
        let sql = "DELETE FROM journal_entry WHERE (company_id, id) IN \
             (SELECT j.company_id, j.id FROM journal_entry j WHERE j.company_id = ? AND j.connection_id = ? \
              ORDER BY j.id DESC LIMIT ? OFFSET ?)";
        self.delete(sql, values![scope.company, scope.connection, limit, kept]).await
    }

    /// The first connection with exchanges, or the one after `after`: a step in the index, however many exchanges it has.
    pub async fn next_connection(&self, after: Option<Scope>) -> Result<Option<Scope>, DirectoryError> {
        let rows = match after {
            None => {
                let sql = "SELECT j.company_id, j.connection_id FROM journal_entry j \
                     ORDER BY j.company_id, j.connection_id LIMIT 1";
                self.reader().query(sql, Vec::new()).await?
            }
            Some(Scope { company, connection }) => {
                let sql = "SELECT j.company_id, j.connection_id FROM journal_entry j \
                     WHERE (j.company_id, j.connection_id) > (?, ?) ORDER BY j.company_id, j.connection_id LIMIT 1";
                self.reader().query(sql, values![company, connection]).await?
            }
        };
        let scope = |row: &Row| Ok(Scope { company: row.id("company_id")?, connection: row.id("connection_id")? });
        rows.first().map(scope).transpose()
    }
}
