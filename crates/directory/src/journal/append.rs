//! Writing exchanges, many at a time.

use super::JournalStore;
use super::entry::{JournalEntry, joined};
use crate::backend::Backend;
use crate::bind::values;
use crate::fault::Fault;
use crate::scim::batches::repeated;
use crate::sql::Sql;
use crate::{DirectoryError, Scope};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, TransactionTrait, Value};

/// Entries of one statement.
const ENTRIES: usize = 50;

const INSERT: &str = "INSERT INTO journal_entry (company_id, id, connection_id, at, request_id, method, target, status, \
     scim_type, tolerances, people, directory_user_id, account_id, user_name, micros, lost, exchange) VALUES ";

const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

impl JournalStore {
    /// Stores all of these, or none. A crash of the machine may lose the last batches; nobody waits for the disk.
    pub async fn append(&self, entries: &[JournalEntry]) -> Result<(), DirectoryError> {
        let transaction = self.shared.pool.begin().await.map_err(|error| self.error(&error))?;
        if self.shared.backend == Backend::Postgres {
            self.send(&transaction, "SET LOCAL synchronous_commit = off".into(), Vec::new()).await?;
        }
        for some in entries.chunks(ENTRIES) {
            let sql = format!("{INSERT}{}", repeated(ROW, some.len()));
            self.send(&transaction, sql.into(), some.iter().flat_map(row).collect()).await?;
        }
        transaction.commit().await.map_err(|error| self.error(&error))
    }

    /// Deletes everything of a connection: it is gone itself.
    pub async fn forget_connection(&self, scope: Scope) -> Result<(), DirectoryError> {
        let sql = "DELETE FROM journal_entry WHERE company_id = ? AND connection_id = ?";
        self.delete(sql, values![scope.company, scope.connection]).await.map(drop)
    }

    /// Sends one deletion in a transaction of its own; how many rows it hit.
    pub(super) async fn delete(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, DirectoryError> {
        let transaction = self.shared.pool.begin().await.map_err(|error| self.error(&error))?;
        let rows = self.send(&transaction, sql.into(), values).await?;
        transaction.commit().await.map_err(|error| self.error(&error))?;
        Ok(rows)
    }

    async fn send(
        &self,
        transaction: &DatabaseTransaction,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<u64, DirectoryError> {
        let backend = self.shared.backend;
        let statement = Statement::from_sql_and_values(backend.driver(), sql.for_backend(backend), values);
        let done = transaction.execute_raw(statement).await.map_err(|error| self.error(&error))?;
        Ok(done.rows_affected())
    }

    fn error(&self, error: &DbErr) -> DirectoryError {
        Fault::of(error, &self.shared.constraints).error
    }
}

/// PostgreSQL stores no U+0000; it cannot stand in JSON text, and elsewhere it is nothing anybody means.
fn row(entry: &JournalEntry) -> Vec<Value> {
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    values![
        entry.company,
        entry.id,
        entry.connection,
        entry.at,
        clean(&entry.request_id),
        clean(&entry.method),
        clean(&entry.target),
        i64::from(entry.status),
        entry.scim_type.as_deref().map(clean),
        joined(&entry.tolerances),
        joined(&entry.people),
        entry.user,
        entry.account,
        entry.user_name.as_deref().map(clean),
        entry.micros,
        entry.lost,
        clean(&entry.exchange),
    ]
}
