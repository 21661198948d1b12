//! Asking the directory: outside of units on the read pool, inside a unit on the unit's own connection.

use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::row::Row;
use crate::shared::Shared;
use crate::sql::Sql;
use crate::unit::Slot;
use sea_orm::Value;
use std::sync::Arc;

/// Every query of the directory. [`crate::Unit`] is one, too, so facts are gathered by the same code inside and outside.
///
/// Outside of a unit each query stands alone: two of them may see different states.
#[derive(Debug, Clone)]
pub struct Reader {
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Pool(Arc<Shared>),
    Unit(Arc<Slot>),
}

impl Reader {
    pub(crate) fn of_pool(shared: Arc<Shared>) -> Self {
        Self { source: Source::Pool(shared) }
    }

    pub(crate) fn of_unit(slot: Arc<Slot>) -> Self {
        Self { source: Source::Unit(slot) }
    }

    /// Which database answers, for the few texts that differ.
    pub fn backend(&self) -> Backend {
        match &self.source {
            Source::Pool(shared) => shared.backend,
            Source::Unit(slot) => slot.shared.backend,
        }
    }

    /// Sends one query with `?` placeholders and returns its rows.
    pub(crate) async fn query(&self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<Vec<Row>, DirectoryError> {
        let sql = sql.into();
        match &self.source {
            Source::Pool(shared) => shared.query(&sql, values).await,
            Source::Unit(slot) => slot.query(&sql, values).await,
        }
    }

    /// The first row, for queries by a key.
    pub(crate) async fn query_one(
        &self,
        sql: impl Into<Sql>,
        values: Vec<Value>,
    ) -> Result<Option<Row>, DirectoryError> {
        Ok(self.query(sql, values).await?.into_iter().next())
    }
    /// All rows as records.
    pub(crate) async fn query_as<T>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        record: fn(&Row) -> Result<T, DirectoryError>,
    ) -> Result<Vec<T>, DirectoryError> {
        self.query(sql, values).await?.iter().map(record).collect()
    }

    /// The first row as a record.
    pub(crate) async fn query_one_as<T>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        record: fn(&Row) -> Result<T, DirectoryError>,
    ) -> Result<Option<T>, DirectoryError> {
        self.query_one(sql, values).await?.as_ref().map(record).transpose()
    }
}
