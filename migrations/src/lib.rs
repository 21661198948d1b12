//! Rollcall's database schema, step by step, frozen in time.
//!
//! Nothing here is imported by what runs later: an old migration keeps meaning what it meant on the day it was written.
//! A migration only adds what the binary before it can live beside (expand, move, contract).

mod m20261122_000001_first_tables;
mod m20261123_000001_used_evidence;
mod m20261123_000002_account_decisions;
mod m20261123_000003_group_mapping;
mod m20261123_000004_domain_checks;
mod m20261123_000005_company_owners;
mod m20261123_000009_administered_people;
mod m20261123_000010_plans;
mod m20261123_000013_invited_accounts;
mod m20261123_000021_brake;
mod m20261123_000023_webhooks;
mod m20261123_000025_letters;
mod m20261123_000027_idempotency_keys;
mod m20261123_000029_journal;
mod m20261123_000030_rehearsals;
mod m20261123_000034_plan_losers;
mod private_file;
mod texts;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use std::collections::BTreeSet;

/// Why the schema could not be brought up to date. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached or opened.
    #[error(
        "cannot open the database for migrating: {0}; check the address, that it runs, and that this user may write"
    )]
    Connect(String),
    /// A newer Rollcall has been here.
    #[error(
        "the database has steps that this version does not know ({}): a newer Rollcall migrated it; run that version, \
         or restore a backup from before the upgrade",
        .0.join(", ")
    )]
    Newer(Vec<String>),
    /// The file belongs to another program.
    #[error("the SQLite file holds somebody else's tables ({0}); name a new file, nothing was changed in this one")]
    Foreign(String),
    /// A step failed; it left nothing behind.
    #[error("a migration failed and was undone: {0}; the database is as before, fix the cause and run it again")]
    Failed(String),
}

/// Applies what is missing and returns the names of the applied steps, oldest first.
///
/// `url` is `sqlite:///path?mode=rwc` or `postgres://...`. Running it again, or from two processes at once, is harmless.
pub async fn migrate(url: &str) -> Result<Vec<String>, MigrateError> {
    let database = connect(url).await?;
    let outcome = apply(&database).await;
    let closed = database.close().await;
    let applied = outcome?;
    closed.map_err(|error| MigrateError::Connect(error.to_string()))?;
    Ok(applied)
}

/// The names of the steps that [`migrate`] would apply, oldest first. Writes nothing.
pub async fn pending(url: &str) -> Result<Vec<String>, MigrateError> {
    let database = connect(url).await?;
    let outcome = missing(&database).await;
    let closed = database.close().await;
    let names = outcome?;
    closed.map_err(|error| MigrateError::Connect(error.to_string()))?;
    Ok(names)
}

/// Names of all steps that this version knows, oldest first.
pub fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}

/// Brings a database to exactly these steps, which must be the first of [`known`]: where a backup of an older version is
/// loaded before the rest is applied to it.
pub async fn migrate_to(url: &str, steps: &[String]) -> Result<(), MigrateError> {
    let known = known();
    let newer: Vec<String> = steps.iter().filter(|name| !known.contains(name)).cloned().collect();
    if !newer.is_empty() {
        return Err(MigrateError::Newer(newer));
    }
    if known.get(..steps.len()) != Some(steps) {
        return Err(MigrateError::Failed("it is of a version between two releases".to_owned()));
    }
    let database = connect(url).await?;
    let outcome = apply_to(&database, &known, steps).await;
    let closed = database.close().await;
    outcome?;
    closed.map_err(|error| MigrateError::Connect(error.to_string()))
}

/// How often a step is tried while another process may be applying the same ones.
const ATTEMPTS: u32 = 50;

#[derive(Debug)]
struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_first_tables::Migration),
            Box::new(m20261123_000001_used_evidence::Migration),
            Box::new(m20261123_000002_account_decisions::Migration),
            Box::new(m20261123_000003_group_mapping::Migration),
            Box::new(m20261123_000004_domain_checks::Migration),
            Box::new(m20261123_000005_company_owners::Migration),
            Box::new(m20261123_000009_administered_people::Migration),
            Box::new(m20261123_000010_plans::Migration),
            Box::new(m20261123_000013_invited_accounts::Migration),
            Box::new(m20261123_000021_brake::Migration),
            Box::new(m20261123_000023_webhooks::Migration),
            Box::new(m20261123_000025_letters::Migration),
            Box::new(m20261123_000027_idempotency_keys::Migration),
            Box::new(m20261123_000029_journal::Migration),
            Box::new(m20261123_000030_rehearsals::Migration),
            Box::new(m20261123_000034_plan_losers::Migration),
        ]
    }
}

async fn connect(url: &str) -> Result<DatabaseConnection, MigrateError> {
    private_file::make(url);
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.map_err(|error| MigrateError::Connect(error.to_string()))
}

async fn apply(database: &DatabaseConnection) -> Result<Vec<String>, MigrateError> {
    let mut names = missing(database).await?;
    if names.is_empty() {
        return Ok(names);
    }
    if database.get_database_backend() == DbBackend::Postgres {
        // One at a time: instances that start together wait here, and find nothing left to do. Ends with the connection.
        let lock = database.execute_unprepared("SELECT pg_advisory_lock(7265108)").await;
        lock.map_err(|error| MigrateError::Connect(error.to_string()))?;
        names = missing(database).await?;
    }
    let mut attempt = 1;
    loop {
        let Err(error) = Migrator::up(database, None).await else { return Ok(names) };
        // Another process may have applied the same steps meanwhile; then all is well, and nothing was done here.
        if missing(database).await?.is_empty() {
            return Ok(Vec::new());
        }
        // Or it is still at it: SQLite has no lock to wait for, so what it has not done yet is tried again.
        if database.get_database_backend() == DbBackend::Postgres || attempt == ATTEMPTS {
            return Err(MigrateError::Failed(error.to_string()));
        }
        attempt += 1;
    }
}

async fn apply_to(database: &DatabaseConnection, known: &[String], steps: &[String]) -> Result<(), MigrateError> {
    let missing = missing(database).await?;
    let applied = known.len() - missing.len();
    if known.get(applied..) != Some(missing.as_slice()) || applied > steps.len() {
        let problem = "the database has steps that the data does not have; name a database without tables";
        return Err(MigrateError::Failed(problem.to_owned()));
    }
    let count = <u32 as TryFrom<usize>>::try_from(steps.len() - applied).unwrap_or(u32::MAX);
    if count > 0 {
        Migrator::up(database, Some(count)).await.map_err(|error| MigrateError::Failed(error.to_string()))?;
    }
    Ok(())
}

async fn missing(database: &DatabaseConnection) -> Result<Vec<String>, MigrateError> {
    let failed = |error: DbErr| MigrateError::Connect(error.to_string());
    let known = known();
    let applied: BTreeSet<String> =
        if SchemaManager::new(database).has_table("seaql_migrations").await.map_err(failed)? {
            let models = Migrator::get_migration_models(database).await.map_err(failed)?;
            models.into_iter().map(|model| model.version).collect()
        } else {
            check_empty(database).await?;
            BTreeSet::new()
        };
    let newer: Vec<String> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    if !newer.is_empty() {
        return Err(MigrateError::Newer(newer));
    }
    Ok(known.into_iter().filter(|name| !applied.contains(name)).collect())
}

/// A file that another program made is not ours to fill. On PostgreSQL extensions have tables, too: nothing is said there.
async fn check_empty(database: &DatabaseConnection) -> Result<(), MigrateError> {
    if database.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    // One statement: another process may be making the first table just now.
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND NOT EXISTS \
         (SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations') ORDER BY name LIMIT 1";
    let statement = Statement::from_string(DbBackend::Sqlite, tables);
    let failed = |error: DbErr| MigrateError::Connect(error.to_string());
    match database.query_one_raw(statement).await.map_err(failed)? {
        Some(row) => Err(MigrateError::Foreign(row.try_get("", "name").map_err(failed)?)),
        None => Ok(()),
    }
}
