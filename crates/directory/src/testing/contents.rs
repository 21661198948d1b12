//! Everything that a database holds, as text: for tests that show that something left no trace.

use super::{TestDirectory, sure};
use crate::Backend;
use std::collections::BTreeMap;

/// The rows of each table, each as one line of text, sorted.
pub type Contents = BTreeMap<String, Vec<String>>;

impl TestDirectory {
    /// Every row of every table but the migrations' own and the journal.
    pub async fn contents(&self) -> Contents {
        let (tables, columns) = match self.backend() {
            Backend::Sqlite => (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
                "SELECT name FROM pragma_table_info(?)",
            ),
            Backend::Postgres => (
                "SELECT CAST(table_name AS text) AS name FROM information_schema.tables WHERE table_schema = 'public'",
                "SELECT CAST(column_name AS text) AS name FROM information_schema.columns WHERE table_name = ? \
                 ORDER BY ordinal_position",
            ),
        };
        let mut contents = Contents::new();
        for table in self.texts(tables, None, "name").await {
            // The journal is written off the path of requests, at any later time.
            if table == "seaql_migrations" || table == "journal_entry" {
                continue;
            }
            let mut columns = self.texts(columns, Some(&table), "name").await;
            // On which day a token was last used is noted off the path of requests, at any later time.
            columns.retain(|column| column != "last_used_day");
            let quoted = columns.iter().map(|column| match self.backend() {
                Backend::Sqlite => format!("quote(\"{column}\")"),
                Backend::Postgres => format!("quote_nullable(\"{column}\")"),
            });
            let line = quoted.collect::<Vec<_>>().join(" || ', ' || ");
            let rows = self.texts(&format!("SELECT {line} AS line FROM \"{table}\" ORDER BY 1"), None, "line").await;
            contents.insert(table, rows);
        }
        contents
    }

    async fn texts(&self, sql: &str, value: Option<&str>, column: &str) -> Vec<String> {
        let values = value.map(Into::into).into_iter().collect();
        let rows = sure("reading everything", self.read().query(sql.to_owned(), values).await);
        rows.iter().map(|row| sure("reading a row", row.get(column))).collect()
    }
}
