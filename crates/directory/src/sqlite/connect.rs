//! Opening a SQLite database: what is checked, and how its connections are set up.

use super::lock::Lock;
use super::private_file;
use super::writer::SqliteWriter;
use crate::backend::Backend;
use crate::constraint::Constraints;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::open::{OpenError, Options};
use crate::shared::Shared;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Texts that a connection keeps prepared.
const STATEMENT_CACHE: usize = 200;

/// Pages in the write-ahead log before a commit moves them into the file: more make commits rarer but slower.
const CHECKPOINT_PAGES: &str = "1000";

/// Where the write connection is opened, also after a failure.
#[derive(Debug, Clone)]
pub(crate) struct WriterPlace {
    path: PathBuf,
    busy_timeout: Duration,
}

/// What an open SQLite directory consists of.
pub(crate) struct Opened {
    pub(crate) shared: Shared,
    pub(crate) lock: Option<Lock>,
    pub(crate) task: tokio::task::JoinHandle<()>,
}

/// Opens the database file at `path`, which must be migrated.
pub(crate) async fn open(path: &Path, options: &Options) -> Result<Opened, OpenError> {
    let lock = if options.exclusive { Some(Lock::take(path)?) } else { None };
    if let Err(problem) = std::fs::metadata(path) {
        return Err(OpenError::from_io(path, &problem));
    }
    let refused = |fault: &Fault| OpenError::from_fault(path, fault);
    let place = WriterPlace { path: path.to_owned(), busy_timeout: options.busy_timeout };
    let connection = connect_writer(&place).await.map_err(|fault| refused(&fault))?;
    check_writable(&connection).await.map_err(|fault| refused(&fault))?;
    let constraints = Constraints::read(&connection).await.map_err(|fault| refused(&fault))?;
    if !constraints.knows("setting_pkey") {
        return Err(OpenError::NotMigrated { place: path.display().to_string() });
    }
    let readers = connect_readers(&place, options.read_connections).await.map_err(|fault| refused(&fault))?;
    let (writer, task) = SqliteWriter::start(place, connection);
    let shared = Shared::new(Backend::Sqlite, readers, Some(writer), constraints);
    Ok(Opened { shared, lock, task })
}

/// A connection to write with, pinned: nothing else ever gets it, and giving it back costs no trip to its thread.
pub(crate) async fn connect_writer(place: &WriterPlace) -> Result<DatabaseTransaction, Fault> {
    let fault = |error: DbErr| Fault::of(&error, &Constraints::default());
    let pool = connect(place, 1, |options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
    })
    .await
    .map_err(fault)?;
    // A transaction is the library's way to pin a connection. It is ended at once; from then on BEGIN, SAVEPOINT and
    // COMMIT are sent as texts, because the library's own bookkeeping does not survive SQLite's automatic rollbacks.
    let pinned = pool.begin().await.map_err(fault)?;
    pinned.execute_unprepared("COMMIT").await.map_err(fault)?;
    Ok(pinned)
}

async fn connect_readers(place: &WriterPlace, connections: u32) -> Result<DatabaseConnection, Fault> {
    connect(place, connections, |options| options.read_only(true).row_buffer_size(256))
        .await
        .map_err(|error| Fault::of(&error, &Constraints::default()))
}

/// A pool for a file of its own beside the database, made if it is not there. Its commits are not waited for: after a power
/// cut the last of them may be gone, and the file is whole all the same.
pub(crate) async fn connect_aside(path: &Path, busy_timeout: Duration) -> Result<DatabaseConnection, Fault> {
    private_file::make(path);
    let place = WriterPlace { path: path.to_owned(), busy_timeout };
    connect(&place, 2, |options| {
        let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        options.synchronous(SqliteSynchronous::Normal).pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
    })
    .await
    .map_err(|error| Fault::of(&error, &Constraints::default()))
}

async fn connect(
    place: &WriterPlace,
    connections: u32,
    set: fn(SqliteConnectOptions) -> SqliteConnectOptions,
) -> Result<DatabaseConnection, DbErr> {
    let WriterPlace { path, busy_timeout } = place.clone();
    let mut options = ConnectOptions::new("sqlite://");
    options.max_connections(connections).min_connections(connections).test_before_acquire(false).sqlx_logging(false);
    options.idle_timeout(None).max_lifetime(None).record_stmt_in_spans(false);
    options.map_sqlx_sqlite_opts(move |_| {
        let common = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(busy_timeout)
            .statement_cache_capacity(STATEMENT_CACHE);
        sea_orm::sqlx::ConnectOptions::disable_statement_logging(set(common))
    });
    Database::connect(options).await
}

/// Takes and releases the write lock, so that a read-only or damaged file is found now and not by the first request.
async fn check_writable(connection: &DatabaseTransaction) -> Result<(), Fault> {
    for sql in ["BEGIN IMMEDIATE", "COMMIT"] {
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        connection.execute_raw(statement).await.map_err(|error| Fault::of(&error, &Constraints::default()))?;
    }
    Ok(())
}

/// What the write connection says about its own durability.
pub(crate) async fn durability(reader: &crate::Reader) -> Result<Vec<(String, String)>, DirectoryError> {
    let mut found = Vec::new();
    for row in reader.query("SELECT journal_mode AS value FROM pragma_journal_mode()", Vec::new()).await? {
        found.push(("journal_mode".to_owned(), row.get("value")?));
    }
    for (name, sql) in [
        ("synchronous", "SELECT synchronous AS value FROM pragma_synchronous()"),
        ("foreign_keys", "SELECT foreign_keys AS value FROM pragma_foreign_keys()"),
    ] {
        for row in reader.query(sql, Vec::new()).await? {
            found.push((name.to_owned(), row.get::<i64>("value")?.to_string()));
        }
    }
    Ok(found)
}
