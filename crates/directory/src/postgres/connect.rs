//! Opening a PostgreSQL database.

use crate::backend::Backend;
use crate::constraint::Constraints;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::open::{OpenError, Options};
use crate::row::Row;
use crate::shared::Shared;
use crate::sql::Sql;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use std::time::Duration;

/// Texts that a connection keeps prepared.
const STATEMENT_CACHE: usize = 200;

/// How long a unit waits for a connection before it is told that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Idle connections are asked for life before use: firewalls drop them silently.
const CHECK_AFTER_IDLE: Duration = Duration::from_secs(30);

const DURABILITY: &str = "SELECT name, setting FROM pg_settings \
     WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name";

const SCHEMA: &str = "SELECT to_regclass('setting') IS NOT NULL AS found";

/// Opens the database at `url`, which must be migrated.
pub(crate) async fn open(url: &str, options: &Options) -> Result<Shared, OpenError> {
    let unreachable = |error: DbErr| OpenError::Unreachable { problem: plain(&error) };
    let mut connect = ConnectOptions::new(url);
    connect.max_connections(options.read_connections).min_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    connect.test_before_acquire_if_idle_for(CHECK_AFTER_IDLE);
    connect.sqlx_logging(false).record_stmt_in_spans(false).set_application_name("rollcall");
    connect.map_sqlx_postgres_opts(|options| options.statement_cache_capacity(STATEMENT_CACHE));
    let pool = Database::connect(connect).await.map_err(unreachable)?;
    for row in ask(&pool, DURABILITY).await.map_err(unreachable)? {
        let read = |column| row.get::<String>(column);
        if let Some(warning) = judge(&read("name").map_err(other)?, &read("setting").map_err(other)?)? {
            tracing::warn!("{warning}");
        }
    }
    for row in ask(&pool, SCHEMA).await.map_err(unreachable)? {
        if !row.get::<bool>("found").map_err(other)? {
            return Err(OpenError::NotMigrated { place: "at this address".to_owned() });
        }
    }
    Ok(Shared::new(Backend::Postgres, pool, None, Constraints::default()))
}

/// A small pool of its own, for what must never take a connection from a request.
pub(crate) async fn connect_aside(url: &str) -> Result<DatabaseConnection, OpenError> {
    let mut connect = ConnectOptions::new(url);
    connect.max_connections(2).min_connections(0).acquire_timeout(ACQUIRE_TIMEOUT);
    connect.test_before_acquire_if_idle_for(CHECK_AFTER_IDLE);
    connect.sqlx_logging(false).record_stmt_in_spans(false).set_application_name("rollcall journal");
    Database::connect(connect).await.map_err(|error| OpenError::Unreachable { problem: plain(&error) })
}

/// What the server says about its durability.
pub(crate) async fn durability(reader: &crate::Reader) -> Result<Vec<(String, String)>, DirectoryError> {
    let mut found = Vec::new();
    for row in reader.query(DURABILITY, Vec::new()).await? {
        found.push((row.get("name")?, row.get("setting")?));
    }
    Ok(found)
}

/// What a setting of the server means for acknowledged writes: refused, warned about, or fine.
fn judge(name: &str, value: &str) -> Result<Option<&'static str>, OpenError> {
    match (name, value) {
        ("fsync", "off") => Err(OpenError::Unsafe),
        ("synchronous_commit", "off") => Ok(Some(
            "PostgreSQL runs with synchronous_commit=off: writes acknowledged in the last moments before a crash may be \
             lost; set synchronous_commit=on",
        )),
        ("full_page_writes", "off") => Ok(Some(
            "PostgreSQL runs with full_page_writes=off: a crash may damage pages; set full_page_writes=on unless the file \
             system writes whole pages",
        )),
        _ => Ok(None),
    }
}

async fn ask(pool: &DatabaseConnection, sql: &'static str) -> Result<Vec<Row>, DbErr> {
    let rows = pool.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    Ok(rows.into_iter().map(|row| Row::new(row, &Sql::from(sql))).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn other(error: DirectoryError) -> OpenError {
    OpenError::Other { place: "the PostgreSQL database".to_owned(), problem: error.to_string() }
}

/// What happened, without the library's prefixes.
fn plain(error: &DbErr) -> String {
    let error = Fault::of(error, &Constraints::default()).error;
    if let DirectoryError::Unavailable(problem) = error { problem } else { error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_loses_writes_is_refused_and_a_careless_one_warned_about() {
        assert_eq!(judge("fsync", "off"), Err(OpenError::Unsafe));
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert_eq!(judge(name, "on"), Ok(None));
        }
        for name in ["synchronous_commit", "full_page_writes"] {
            assert!(judge(name, "off").unwrap().is_some_and(|warning| warning.contains(name)));
        }
        assert_eq!(judge("synchronous_commit", "local"), Ok(None));
    }
}
