//! The journal's own file beside an embedded database.

use crate::constraint::Constraints;
use crate::fault::Fault;
use crate::open::OpenError;
use crate::row::Row;
use crate::sql::Sql;
use crate::sqlite::connect_aside;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the file says of itself. A file of another version is emptied: what it holds is gone within days anyway.
const VERSION: i64 = 1;

const TABLES: [&str; 5] = [
    "DROP TABLE IF EXISTS journal_entry",
    "CREATE TABLE journal_entry (
        company_id BLOB NOT NULL,
        id BLOB NOT NULL,
        connection_id BLOB NOT NULL,
        at BIGINT NOT NULL,
        request_id TEXT NOT NULL,
        method TEXT NOT NULL,
        target TEXT NOT NULL,
        status BIGINT NOT NULL,
        scim_type TEXT NULL,
        tolerances TEXT NOT NULL,
        people TEXT NOT NULL,
        directory_user_id BLOB NULL,
        account_id BLOB NULL,
        user_name TEXT NULL,
        micros BIGINT NOT NULL,
        lost BIGINT NOT NULL,
        exchange TEXT NOT NULL,
        PRIMARY KEY (company_id, id)
    )",
    "CREATE INDEX journal_entry_of_connection ON journal_entry (company_id, connection_id, id)",
    "CREATE INDEX journal_entry_at ON journal_entry (at)",
    "PRAGMA user_version = 1",
];

/// `rollcall.journal.db` beside `rollcall.db`.
pub(super) fn beside(database: &Path) -> PathBuf {
    database.with_extension("journal.db")
}

/// Opens the file, and makes it what it must be.
pub(super) async fn open(path: &Path, busy_timeout: Duration) -> Result<DatabaseConnection, OpenError> {
    let refused = |fault: &Fault| OpenError::from_fault(path, fault);
    let pool = connect_aside(path, busy_timeout).await.map_err(|fault| refused(&fault))?;
    prepare(&pool).await.map_err(|fault| refused(&fault))?;
    Ok(pool)
}

async fn prepare(pool: &DatabaseConnection) -> Result<(), Fault> {
    let fault = |error: DbErr| Fault::of(&error, &Constraints::default());
    if version(pool).await? == VERSION {
        return Ok(());
    }
    let transaction = pool.begin().await.map_err(fault)?;
    for sql in TABLES {
        transaction.execute_unprepared(sql).await.map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)
}

async fn version(pool: &DatabaseConnection) -> Result<i64, Fault> {
    const SQL: &str = "SELECT user_version AS version FROM pragma_user_version()";
    let statement = Statement::from_string(DbBackend::Sqlite, SQL);
    let rows = pool.query_all_raw(statement).await.map_err(|error| Fault::of(&error, &Constraints::default()))?;
    let first = rows.into_iter().next().map(|row| Row::new(row, &Sql::from(SQL)).get("version"));
    first.transpose().map(Option::unwrap_or_default).map_err(Fault::last)
}
