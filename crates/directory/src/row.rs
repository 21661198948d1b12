//! One row of an answer.

use crate::error::DirectoryError;
use crate::sql::Sql;
use sea_orm::{QueryResult, TryGetable};

/// A row whose columns are read by name.
#[derive(Debug)]
pub(crate) struct Row {
    result: QueryResult,
    sql: Sql,
}

impl Row {
    pub(crate) fn new(result: QueryResult, sql: &Sql) -> Self {
        Self { result, sql: sql.clone() }
    }

    /// The value of a column. `Option<T>` for columns that may be NULL.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::Inconsistent`] if there is no such column or it holds something else.
    pub(crate) fn get<T: TryGetable>(&self, column: &str) -> Result<T, DirectoryError> {
        self.result.try_get("", column).map_err(|error| self.inconsistent(column, &error.to_string()))
    }

    /// The error for a column whose value has the right type and no meaning.
    pub(crate) fn inconsistent(&self, column: &str, problem: &str) -> DirectoryError {
        DirectoryError::Inconsistent {
            table: self.sql.table().to_owned(),
            row: format!("(column {column}: {problem})"),
        }
    }
}
