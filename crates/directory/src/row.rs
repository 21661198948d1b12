//! One row of an answer.

use crate::error::DirectoryError;
use crate::sql::Sql;
use sea_orm::{QueryResult, TryGetable};
use std::sync::Arc;
use uuid::Uuid;

/// A row whose columns are read by name. Copies share what the database sent.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    result: Arc<QueryResult>,
    sql: Sql,
}

impl Row {
    pub(crate) fn new(result: QueryResult, sql: &Sql) -> Self {
        Self { result: Arc::new(result), sql: sql.clone() }
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

impl Row {
    /// An id. Ids are stored as UUIDs.
    pub(crate) fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, DirectoryError> {
        self.get::<Uuid>(column).map(T::from)
    }

    /// An id that may be NULL.
    pub(crate) fn optional_id<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, DirectoryError> {
        Ok(self.get::<Option<Uuid>>(column)?.map(T::from))
    }

    /// One of the words that a column may hold.
    pub(crate) fn code<T>(&self, column: &str, from_code: fn(&str) -> Option<T>) -> Result<T, DirectoryError> {
        let code: String = self.get(column)?;
        from_code(&code).ok_or_else(|| self.inconsistent(column, &format!("unknown word `{code}`")))
    }

    /// One of the words that a column may hold, or NULL.
    pub(crate) fn optional_code<T>(
        &self,
        column: &str,
        from_code: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, DirectoryError> {
        match self.get::<Option<String>>(column)? {
            Some(_) => self.code(column, from_code).map(Some),
            None => Ok(None),
        }
    }

    /// A count.
    pub(crate) fn count(&self, column: &str) -> Result<u64, DirectoryError> {
        u64::try_from(self.get::<i64>(column)?).map_err(|_| self.inconsistent(column, "negative"))
    }

    /// A count that may be NULL.
    pub(crate) fn optional_count(&self, column: &str) -> Result<Option<u64>, DirectoryError> {
        match self.get::<Option<i64>>(column)? {
            Some(_) => self.count(column).map(Some),
            None => Ok(None),
        }
    }

    /// A SHA-256.
    pub(crate) fn hash(&self, column: &str) -> Result<[u8; 32], DirectoryError> {
        let bytes: Vec<u8> = self.get(column)?;
        bytes.try_into().map_err(|_| self.inconsistent(column, "not 32 bytes"))
    }
}
