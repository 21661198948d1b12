//! From the databases' codes to [`DirectoryError`]: SQLSTATE of PostgreSQL, extended result codes of SQLite.

use crate::constraint::Constraints;
use crate::error::DirectoryError;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// A failed statement, and what may be done about it.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) error: DirectoryError,
    /// The same work may succeed if its unit is run again from the start.
    pub(crate) retry: bool,
}

impl Fault {
    pub(crate) fn last(error: DirectoryError) -> Self {
        Self { error, retry: false }
    }

    pub(crate) fn again(error: DirectoryError) -> Self {
        Self { error, retry: true }
    }

    /// Classifies a failure of the driver.
    pub(crate) fn of(error: &DbErr, constraints: &Constraints) -> Self {
        match driver_error(error) {
            Some(sea_orm::sqlx::Error::Database(error)) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => postgres(error),
                None => sqlite(error.as_ref(), constraints),
            },
            // A broken line: what was sent on it before COMMIT is undone by the server.
            Some(error @ sea_orm::sqlx::Error::Io(_)) => Self::again(DirectoryError::Unavailable(error.to_string())),
            Some(sea_orm::sqlx::Error::PoolTimedOut) => Self::last(DirectoryError::Busy),
            _ if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) => Self::last(DirectoryError::Busy),
            _ => Self::last(DirectoryError::Unavailable(error.to_string())),
        }
    }
}

/// The error of the driver below, if there is one.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library has many errors of its own, and adds more")]
pub(crate) fn driver_error(error: &DbErr) -> Option<&sea_orm::sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error.as_ref()),
        _ => None,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn postgres(error: &PgDatabaseError) -> Fault {
    let unavailable = || DirectoryError::Unavailable(error.to_string());
    match error.code() {
        "23505" => {
            let constraint = error.constraint().unwrap_or("unknown").to_owned();
            Fault::again(DirectoryError::Conflict { constraint })
        }
        "23503" => Fault::again(DirectoryError::Conflict { constraint: DirectoryError::REFERENCE.to_owned() }),
        "40001" | "40P01" => Fault::again(DirectoryError::Busy),
        "55P03" | "57014" => Fault::last(DirectoryError::Busy),
        "53100" => Fault::last(DirectoryError::Full),
        "25006" => Fault::last(DirectoryError::ReadOnly),
        "XX001" | "XX002" => Fault::last(DirectoryError::Corrupt(error.to_string())),
        // The server is going down or coming up: another connection may be served already.
        "57P01" | "57P02" | "57P03" => Fault::again(unavailable()),
        code if code.starts_with("08") => Fault::again(unavailable()),
        code if code.starts_with("23") || code.starts_with("22") => Fault::last(DirectoryError::Inconsistent {
            table: error.table().unwrap_or("unknown").to_owned(),
            row: error.message().to_owned(),
        }),
        _ => Fault::last(unavailable()),
    }
}

/// <https://www.sqlite.org/rescode.html>
fn sqlite(error: &dyn DatabaseError, constraints: &Constraints) -> Fault {
    let code: u32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    match (code, code & 0xff) {
        // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID
        (2067 | 1555 | 2579, _) => {
            Fault::again(DirectoryError::Conflict { constraint: constraints.name(error.message()) })
        }
        // SQLITE_CONSTRAINT_FOREIGNKEY
        (787, _) => Fault::again(DirectoryError::Conflict { constraint: DirectoryError::REFERENCE.to_owned() }),
        (_, 19) => {
            Fault::last(DirectoryError::Inconsistent { table: "unknown".to_owned(), row: error.message().to_owned() })
        }
        // SQLITE_BUSY, _LOCKED: the connection has waited for its busy timeout already.
        (_, 5 | 6) => Fault::last(DirectoryError::Busy),
        (_, 13) => Fault::last(DirectoryError::Full),
        (_, 8) => Fault::last(DirectoryError::ReadOnly),
        (_, 11 | 26) => Fault::last(DirectoryError::Corrupt(error.to_string())),
        _ => Fault::last(DirectoryError::Unavailable(error.to_string())),
    }
}
