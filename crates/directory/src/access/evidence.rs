//! Evidence that counts only once: what was accepted already, until it is too old to be accepted again (design.md 6).

use crate::bind::values;
use crate::{DirectoryError, Scope, Unit};

impl Unit {
    /// Whether evidence of this hash was accepted on the connection before.
    pub async fn is_evidence_used(&self, scope: Scope, hash: &[u8; 32]) -> Result<bool, DirectoryError> {
        let sql = "SELECT u.expires_at FROM used_evidence u \
             WHERE u.company_id = ? AND u.connection_id = ? AND u.hash = ?";
        let found = self.query_one_as(sql, values![scope.company, scope.connection, hash], |row| row.get("expires_at"));
        let found: Option<i64> = found.await?;
        Ok(found.is_some())
    }

    /// Remembers accepted evidence until it expires by itself (UTC microseconds). Conflicts with `used_evidence_pkey`.
    pub fn insert_used_evidence(&self, scope: Scope, hash: &[u8; 32], expires_at: i64) {
        self.execute(
            "INSERT INTO used_evidence (company_id, connection_id, hash, expires_at) VALUES (?, ?, ?, ?)",
            values![scope.company, scope.connection, hash, expires_at],
        );
    }

    /// Forgets at most `limit` records that expired before `before` (UTC microseconds); how many they were.
    pub async fn forget_used_evidence(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM used_evidence WHERE (company_id, connection_id, hash) IN \
             (SELECT u.company_id, u.connection_id, u.hash FROM used_evidence u WHERE u.expires_at < ? LIMIT ?)",
            values![before, limit],
        )
        .await
    }
}
