//! The tables as the database describes them.

use crate::backend::Backend;
use crate::bind::values;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;
use std::collections::BTreeSet;

/// A table of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order in which they were added.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its place in the primary key, from 1.
    pub key: Option<i64>,
}

/// What a column holds, by the names that both databases have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A UUID; SQLite has bytes for it.
    Uuid,
    /// Bytes.
    Bytes,
    /// Text.
    Text,
    /// A JSON document; SQLite has text for it.
    Json,
    /// A whole number of 64 bits.
    Integer,
    /// Yes or no.
    Boolean,
}

impl ColumnKind {
    fn of(backend: Backend, declared: &str) -> Option<Self> {
        match (backend, declared) {
            (Backend::Postgres, "uuid") => Some(Self::Uuid),
            (Backend::Postgres, "bytea") | (Backend::Sqlite, "BLOB") => Some(Self::Bytes),
            (Backend::Postgres, "text") | (Backend::Sqlite, "TEXT") => Some(Self::Text),
            (Backend::Postgres, "jsonb") => Some(Self::Json),
            (Backend::Postgres, "bigint") | (Backend::Sqlite, "BIGINT") => Some(Self::Integer),
            (Backend::Postgres, "boolean") | (Backend::Sqlite, "BOOLEAN") => Some(Self::Boolean),
            _ => None,
        }
    }
}

impl Table {
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.name)
    }

    /// The columns of the primary key, in its order.
    pub(super) fn key(&self) -> Vec<&Column> {
        let mut key: Vec<&Column> = self.columns.iter().filter(|column| column.key.is_some()).collect();
        key.sort_by_key(|column| column.key);
        key
    }
}

impl Reader {
    /// Every table of the schema but the migrations' own and the journal, each after those that it refers to. The order is
    /// the same on every database.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::Inconsistent`] for a column of a type that this version does not know, for a table without a
    /// primary key, and for tables that refer to each other in a circle.
    pub async fn tables(&self) -> Result<Vec<Table>, DirectoryError> {
        let names: Vec<String> = self.query_as(table_names(self.backend()), Vec::new(), |row| row.get("name")).await?;
        let mut waiting = Vec::new();
        for name in names {
            let table = self.table(name).await?;
            let targets =
                self.query_as(references(self.backend()), values![&table.name], |row| row.get("name")).await?;
            waiting.push((table, targets.into_iter().collect::<BTreeSet<String>>()));
        }
        in_order(waiting)
    }

    async fn table(&self, name: String) -> Result<Table, DirectoryError> {
        let rows = self.query(columns(self.backend()), values![&name]).await?;
        let columns: Vec<Column> =
            rows.iter().map(|row| column(self.backend(), &name, row)).collect::<Result<_, _>>()?;
        let table = Table { name, columns };
        if table.key().is_empty() {
            return Err(strange(&table.name, "(it has no primary key)"));
        }
        Ok(table)
    }
}

fn column(backend: Backend, table: &str, row: &Row) -> Result<Column, DirectoryError> {
    let (name, declared): (String, String) = (row.get("name")?, row.get("type")?);
    let Some(kind) = ColumnKind::of(backend, &declared) else {
        return Err(strange(table, &format!("(column {name} of the type {declared})")));
    };
    let key = Some(row.get::<i64>("key")?).filter(|place| *place > 0);
    Ok(Column { name, kind, key })
}

/// Each table after those that it refers to; by name where there is a choice.
fn in_order(mut waiting: Vec<(Table, BTreeSet<String>)>) -> Result<Vec<Table>, DirectoryError> {
    waiting.sort_by(|one, other| one.0.name.cmp(&other.0.name));
    let mut done = Vec::new();
    let mut named = BTreeSet::new();
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|(table, targets)| targets.iter().all(|target| *target == table.name || named.contains(target)));
        let Some(ready) = ready else {
            let first = waiting.first().map_or("unknown", |(table, _)| table.name.as_str());
            return Err(strange(first, "(its references go round in a circle)"));
        };
        let (table, _) = waiting.remove(ready);
        named.insert(table.name.clone());
        done.push(table);
    }
    Ok(done)
}

fn strange(table: &str, row: &str) -> DirectoryError {
    DirectoryError::Inconsistent { table: table.to_owned(), row: row.to_owned() }
}

fn table_names(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'seaql_migrations'"
        }
        // Extensions may have put tables there, too; they come back with the extension. The journal stands beside the
        // directory, and on SQLite in a file of its own.
        Backend::Postgres => {
            "SELECT CAST(c.relname AS text) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind = 'r' AND n.nspname = current_schema() \
             AND c.relname NOT IN ('seaql_migrations', 'journal_entry') \
             AND NOT EXISTS (SELECT 1 FROM pg_depend d \
             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
        }
    }
}

fn columns(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SELECT name, type, pk AS \"key\" FROM pragma_table_info(?) ORDER BY cid",
        Backend::Postgres => {
            "SELECT CAST(a.attname AS text) AS name, format_type(a.atttypid, NULL) AS type, \
             coalesce((SELECT k.place FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place) \
             WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.number = a.attnum), 0) AS \"key\" \
             FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident(?)) \
             AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum"
        }
    }
}

fn references(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SELECT DISTINCT \"table\" AS name FROM pragma_foreign_key_list(?)",
        Backend::Postgres => {
            "SELECT DISTINCT CAST(t.relname AS text) AS name FROM pg_constraint r JOIN pg_class t ON t.oid = r.confrelid \
             WHERE r.contype = 'f' AND r.conrelid = to_regclass(quote_ident(?))"
        }
    }
}
