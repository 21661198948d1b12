//! Everything that is stored, table by table, in a form that both databases can write and read.
//!
//! What the tables are is asked of the database itself, so that no table can be forgotten. The migrations' own is not among
//! them: its contents are [`Reader::schema_steps`].

mod catalog;
mod dump;
mod load;

pub use catalog::{Column, ColumnKind, Table};

use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::reader::Reader;

impl Reader {
    /// Names of the migrations that this database has seen, oldest first; none if it has no schema.
    pub async fn schema_steps(&self) -> Result<Vec<String>, DirectoryError> {
        let sql = match self.backend() {
            Backend::Sqlite => "SELECT version FROM seaql_migrations ORDER BY version",
            Backend::Postgres => {
                "SELECT CAST(version AS text) AS version FROM seaql_migrations ORDER BY version COLLATE \"C\""
            }
        };
        self.query_as(sql, Vec::new(), |row| row.get("version")).await
    }

    /// Whether no table holds a row.
    pub async fn is_empty(&self) -> Result<bool, DirectoryError> {
        for table in self.tables().await? {
            let sql = format!("SELECT 1 AS one FROM {} LIMIT 1", table.quoted());
            if !self.query(sql, Vec::new()).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
