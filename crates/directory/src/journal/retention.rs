//! How long exchanges stay: so many days, and so many of each connection.

use super::JournalStore;
use crate::bind::values;
use crate::{DirectoryError, Scope};

/// Connections over their number that one turn looks at.
const CONNECTIONS: u64 = 100;

impl JournalStore {
    /// Deletes at most `limit` exchanges that came before `before` (UTC microseconds).
    pub async fn forget_before(&self, before: i64, limit: u64) -> Result<(), DirectoryError> {
        let sql = "DELETE FROM journal_entry WHERE (company_id, id) IN \
             (SELECT j.company_id, j.id FROM journal_entry j WHERE j.at < ? LIMIT ?)";
        self.delete(sql, values![before, limit]).await
    }

    /// Of each connection that has more than `kept` exchanges, deletes the oldest: at most `limit` of each.
    pub async fn forget_beyond(&self, kept: u64, limit: u64) -> Result<(), DirectoryError> {
        let over = "SELECT j.company_id, j.connection_id FROM journal_entry j \
             GROUP BY j.company_id, j.connection_id HAVING COUNT(*) > ? LIMIT ?";
        let rows = self.reader().query(over, values![kept, CONNECTIONS]).await?;
        for row in rows {
            let scope = Scope { company: row.id("company_id")?, connection: row.id("connection_id")? };
            self.forget_oldest(scope, kept, limit).await?;
        }
        Ok(())
    }

    async fn forget_oldest(&self, scope: Scope, kept: u64, limit: u64) -> Result<(), DirectoryError> {
        let sql = "DELETE FROM journal_entry WHERE (company_id, id) IN \
             (SELECT j.company_id, j.id FROM journal_entry j WHERE j.company_id = ? AND j.connection_id = ? \
              ORDER BY j.id DESC LIMIT ? OFFSET ?)";
        self.delete(sql, values![scope.company, scope.connection, limit, kept]).await
    }
}
