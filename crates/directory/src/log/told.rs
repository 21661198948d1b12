//! What is told once: names of what nobody is to hear of again.

use crate::bind::values;
use crate::{DirectoryError, Reader, Unit};

impl Reader {
    /// Whether that was told.
    pub async fn is_told(&self, what: &str) -> Result<bool, DirectoryError> {
        let sql = "SELECT t.what FROM told t WHERE t.what = ?";
        Ok(self.query_one(sql, values![what]).await?.is_some())
    }
}

impl Unit {
    /// Notes that it is told now. Conflicts with `told_pkey` if somebody was faster; the next run finds that.
    pub fn note_told(&self, what: &str, at: i64) {
        self.execute("INSERT INTO told (what, at) VALUES (?, ?)", values![what, at]);
    }

    /// Forgets at most `limit` of what was told before `before` (UTC microseconds); how many they were.
    pub async fn forget_told(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM told WHERE what IN (SELECT t.what FROM told t WHERE t.at < ? ORDER BY t.at LIMIT ?)",
            values![before, limit],
        )
        .await
    }
}
