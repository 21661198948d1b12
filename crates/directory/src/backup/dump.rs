//! Reading whole tables, a page at a time, in the order of their primary keys.

use super::catalog::{Column, ColumnKind, Table};
use super::load::bound;
use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;
use serde_json::Value;
use std::fmt::Write as _;
use uuid::Uuid;

impl Reader {
    /// How many rows a table has.
    pub async fn count_rows(&self, table: &Table) -> Result<u64, DirectoryError> {
        let sql = format!("SELECT count(*) AS number FROM {}", table.quoted());
        self.query_one(sql, Vec::new()).await?.map_or(Ok(0), |row| row.count("number"))
    }

    /// The rows after `last` (from the first one without it), `limit` at most; each with the values of all columns.
    ///
    /// Text, numbers, yes and no and NULL are as JSON has them. UUIDs and bytes are lowercase hexadecimal digits and JSON
    /// documents are text, so that a row reads the same whatever database it is from.
    pub async fn rows_after(
        &self,
        table: &Table,
        last: Option<&[Value]>,
        limit: u64,
    ) -> Result<Vec<Vec<Value>>, DirectoryError> {
        let key = table.key();
        let names: Vec<String> = key.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let mut values = Vec::new();
        let mut after = String::new();
        if let Some(last) = last {
            for column in &key {
                let place = table.columns.iter().position(|one| one.name == column.name);
                let value = place.and_then(|place| last.get(place)).unwrap_or(&Value::Null);
                values.push(bound(column, value)?);
            }
            let marks = vec!["?"; key.len()].join(", ");
            after = format!(" WHERE ({}) > ({marks})", names.join(", "));
        }
        values.push(sea_orm::Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
        let columns: Vec<String> = table.columns.iter().map(|column| selected(self.backend(), column)).collect();
        let (columns, key) = (columns.join(", "), names.join(", "));
        let sql = format!("SELECT {columns} FROM {}{after} ORDER BY {key} LIMIT ?", table.quoted());
        let rows = self.query(sql, values).await?;
        rows.iter().map(|row| table.columns.iter().map(|column| read(self.backend(), row, column)).collect()).collect()
    }
}

fn selected(backend: Backend, column: &Column) -> String {
    let name = &column.name;
    match (backend, column.kind) {
        (Backend::Postgres, ColumnKind::Json) => format!("CAST(\"{name}\" AS text) AS \"{name}\""),
        (Backend::Sqlite | Backend::Postgres, _) => format!("\"{name}\""),
    }
}

fn read(backend: Backend, row: &Row, column: &Column) -> Result<Value, DirectoryError> {
    let name = column.name.as_str();
    Ok(match column.kind {
        ColumnKind::Uuid if backend == Backend::Postgres => {
            row.get::<Option<Uuid>>(name)?.map(|id| hexadecimal(id.as_bytes())).into()
        }
        ColumnKind::Uuid | ColumnKind::Bytes => {
            row.get::<Option<Vec<u8>>>(name)?.map(|bytes| hexadecimal(&bytes)).into()
        }
        ColumnKind::Text | ColumnKind::Json => row.get::<Option<String>>(name)?.into(),
        ColumnKind::Integer => row.get::<Option<i64>>(name)?.into(),
        ColumnKind::Boolean => row.get::<Option<bool>>(name)?.into(),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        // Writing into a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
