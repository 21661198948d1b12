//! What every handle of one open directory shares.

use crate::backend::Backend;
use crate::constraint::Constraints;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::row::Row;
use crate::sql::Sql;
use crate::sqlite::SqliteWriter;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) backend: Backend,
    /// The read pool on SQLite, the only pool on PostgreSQL.
    pub(crate) pool: DatabaseConnection,
    /// On SQLite all writing goes through one task.
    pub(crate) writer: Option<SqliteWriter>,
    pub(crate) constraints: Constraints,
    pub(crate) commits: Arc<AtomicU64>,
    statements: AtomicU64,
    jitter: AtomicU64,
}

impl Shared {
    pub(crate) fn new(
        backend: Backend,
        pool: DatabaseConnection,
        writer: Option<SqliteWriter>,
        constraints: Constraints,
    ) -> Self {
        let commits = writer.as_ref().map(SqliteWriter::commits).unwrap_or_default();
        // Instances that collide must not wait in step.
        let jitter = AtomicU64::new(u64::from(std::process::id()));
        Self { backend, pool, writer, constraints, commits, statements: AtomicU64::new(0), jitter }
    }

    pub(crate) async fn query(&self, sql: &Sql, values: Vec<Value>) -> Result<Vec<Row>, DirectoryError> {
        let statement = Statement::from_sql_and_values(self.backend.driver(), sql.for_backend(self.backend), values);
        self.count(1);
        let mut outcome = self.pool.query_all_raw(statement.clone()).await;
        if let Err(error) = &outcome
            && Fault::of(error, &self.constraints).retry
        {
            // A connection that died while it was idle; a read may be asked again.
            self.count(1);
            outcome = self.pool.query_all_raw(statement).await;
        }
        let rows = outcome.map_err(|error| Fault::of(&error, &self.constraints).error)?;
        Ok(rows.into_iter().map(|row| Row::new(row, sql)).collect())
    }

    pub(crate) fn count(&self, statements: u64) {
        self.statements.fetch_add(statements, Ordering::Relaxed);
    }

    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// A number that differs from call to call (splitmix64). Good for spreading waits, for nothing else.
    pub(crate) fn jitter(&self) -> u64 {
        let mut mixed = self.jitter.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
