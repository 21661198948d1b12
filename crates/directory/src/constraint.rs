//! Names of unique indexes on SQLite, whose messages list columns instead.

use crate::fault::Fault;
use crate::row::Row;
use crate::sql::Sql;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::collections::BTreeMap;

/// From `table.column, table.column` to the name of the unique index over these columns.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    names: BTreeMap<String, String>,
}

const COLUMNS: &str = "SELECT m.name AS table_name, l.name AS index_name, l.origin AS origin, i.name AS column_name \
     FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i \
     WHERE m.type = 'table' AND l.\"unique\" = 1 ORDER BY m.name, l.name, i.seqno";

impl Constraints {
    /// Reads the unique indexes of a SQLite database.
    pub(crate) async fn read(connection: &impl ConnectionTrait) -> Result<Self, Fault> {
        let none = Self::default();
        let statement = Statement::from_string(DbBackend::Sqlite, COLUMNS);
        let rows = connection.query_all_raw(statement).await.map_err(|error| Fault::of(&error, &none))?;
        let mut indexes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows.into_iter().map(|row| Row::new(row, &Sql::from(COLUMNS))) {
            let read = || -> Result<(String, String), crate::DirectoryError> {
                let table: String = row.get("table_name")?;
                let primary = row.get::<String>("origin")? == "pk";
                // As PostgreSQL names it, so that callers can match on one name.
                let name = if primary { format!("{table}_pkey") } else { row.get("index_name")? };
                Ok((name, format!("{table}.{}", row.get::<String>("column_name")?)))
            };
            let (name, column) = read().map_err(Fault::last)?;
            indexes.entry(name).or_default().push(column);
        }
        Ok(Self { names: indexes.into_iter().map(|(name, columns)| (columns.join(", "), name)).collect() })
    }

    /// Whether there is a unique index of that name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.names.values().any(|known| known == name)
    }

    /// The name of the index that a message `UNIQUE constraint failed: ...` is about; its columns if unknown.
    pub(crate) fn name(&self, message: &str) -> String {
        let columns = message.rsplit_once("failed: ").map_or(message, |(_, columns)| columns);
        self.names.get(columns).map_or_else(|| columns.to_owned(), Clone::clone)
    }
}
