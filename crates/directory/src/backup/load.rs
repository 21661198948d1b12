//! Writing whole tables, from rows as [`Reader::rows_after`](crate::Reader::rows_after) gives them.

use super::catalog::{Column, ColumnKind, Table};
use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::unit::Unit;
use serde_json::Value;
use uuid::Uuid;

/// Placeholders of one statement. A unit may send some statements as one, and databases bound their number.
const PLACEHOLDERS: usize = 1_000;

impl Unit {
    /// Stores rows whose values stand in the order of `columns`, which are all columns of the table.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::Inconsistent`] for a value that its column cannot hold.
    pub fn load_rows(&self, table: &Table, columns: &[Column], rows: &[Vec<Value>]) -> Result<(), DirectoryError> {
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let marks: Vec<&str> = columns.iter().map(|column| mark(self.backend(), column)).collect();
        let (names, marks) = (names.join(", "), format!("({})", marks.join(", ")));
        for some in rows.chunks((PLACEHOLDERS / columns.len().max(1)).max(1)) {
            let mut values = Vec::with_capacity(some.len() * columns.len());
            for row in some {
                if row.len() != columns.len() {
                    return Err(unfit(&table.name, "(a row has another number of values than columns)"));
                }
                for (column, value) in columns.iter().zip(row) {
                    values.push(bound(column, value)?);
                }
            }
            let all = vec![marks.as_str(); some.len()].join(", ");
            self.execute(format!("INSERT INTO {} ({names}) VALUES {all}", table.quoted()), values);
        }
        Ok(())
    }
}

fn mark(backend: Backend, column: &Column) -> &'static str {
    if backend == Backend::Postgres && column.kind == ColumnKind::Json { "CAST(? AS jsonb)" } else { "?" }
}

/// A value as the column wants it. NULL keeps the column's type, which PostgreSQL wants to know.
pub(super) fn bound(column: &Column, value: &Value) -> Result<sea_orm::Value, DirectoryError> {
    let fits = match (column.kind, value) {
        (ColumnKind::Uuid, Value::Null) => Some(None::<Uuid>.into()),
        (ColumnKind::Uuid, Value::String(digits)) => {
            bytes(digits).and_then(|bytes| Uuid::from_slice(&bytes).ok()).map(Into::into)
        }
        (ColumnKind::Bytes, Value::Null) => Some(None::<Vec<u8>>.into()),
        (ColumnKind::Bytes, Value::String(digits)) => bytes(digits).map(Into::into),
        (ColumnKind::Text | ColumnKind::Json, Value::Null) => Some(None::<String>.into()),
        (ColumnKind::Text | ColumnKind::Json, Value::String(text)) => Some(text.as_str().into()),
        (ColumnKind::Integer, Value::Null) => Some(None::<i64>.into()),
        (ColumnKind::Integer, Value::Number(number)) => number.as_i64().map(Into::into),
        (ColumnKind::Boolean, Value::Null) => Some(None::<bool>.into()),
        (ColumnKind::Boolean, Value::Bool(yes)) => Some((*yes).into()),
        _ => None,
    };
    fits.ok_or_else(|| unfit("of the backup", &format!("(column {}: the value does not fit)", column.name)))
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn unfit(table: &str, row: &str) -> DirectoryError {
    DirectoryError::Inconsistent { table: table.to_owned(), row: row.to_owned() }
}
