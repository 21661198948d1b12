//! Single values of the installation: keys for cursors, facts about what was stored with which rules.

use crate::bind::values;
use crate::{DirectoryError, Reader, Unit};

impl Reader {
    /// A value by its name.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, DirectoryError> {
        let sql = "SELECT s.value FROM setting s WHERE s.name = ?";
        self.query_one_as(sql, values![name], |row| row.get("value")).await
    }
}

impl Unit {
    /// Stores a value that is not there yet. Conflicts with `setting_pkey`; the next run finds the one that was faster.
    pub fn insert_setting(&self, name: &str, value: &str) {
        self.execute("INSERT INTO setting (name, value) VALUES (?, ?)", values![name, value]);
    }

    /// Stores a value, whatever was there.
    pub fn put_setting(&self, name: &str, value: &str) {
        self.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            values![name, value],
        );
    }
}
