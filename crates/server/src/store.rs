//! Opening the directory for a command: the data directory, pending migrations, the right sentence when it fails.

use rollcall_directory::{Database, Directory, DirectoryError, OpenError, Options, prepare_data_directory};
use rollcall_migrations::MigrateError;
use secrecy::ExposeSecret;

use crate::app::AppError;
use crate::config::Config;
use crate::edge::Failure;

/// Why there is no directory to work with. Each message names the next step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

/// Who opens the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener {
    /// A server: at most one on an embedded database.
    Server,
    /// A command, beside a running server or without one.
    Command,
}

/// The database of this configuration. Creates an empty data directory, and refuses one that is not ours.
pub(crate) fn database(config: &Config) -> Result<Database, OpenError> {
    match &config.database_url {
        Some(url) => Database::from_url(url.expose_secret()),
        None => prepare_data_directory(&config.data_dir).map(Database::Sqlite),
    }
}

/// Opens the directory; a server applies pending migrations first, unless it was told not to.
pub(crate) async fn open(config: &Config, opener: Opener) -> Result<Directory, StoreError> {
    let database = match (opener, &config.database_url) {
        // A command asked about data that does not exist must not leave an empty directory behind.
        (Opener::Command, None) => Database::Sqlite(config.data_dir.join(rollcall_directory::DATABASE_FILE)),
        (Opener::Command | Opener::Server, _) => database(config)?,
    };
    let url = database.url();
    let mut options = Options::new(database);
    options.exclusive = opener == Opener::Server;
    if opener == Opener::Command || !config.migrate {
        return Ok(Directory::open(options).await?);
    }
    // Opening comes first: it says best what is wrong with a file, and refuses a second server before it migrates.
    match Directory::open(options.clone()).await {
        Ok(directory) => {
            if rollcall_migrations::pending(&url).await?.is_empty() {
                return Ok(directory);
            }
            directory.close().await;
        }
        Err(OpenError::Missing { .. } | OpenError::NotMigrated { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    for step in rollcall_migrations::migrate(&url).await? {
        tracing::info!(step, "applied a migration");
    }
    Ok(Directory::open(options).await?)
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Scim(error) | AppError::NoSeat { refusal: error, .. } => error.into(),
            AppError::Directory(error) => error.into(),
        }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        match &error {
            DirectoryError::Busy | DirectoryError::VersionMoved => Self::unavailable(error.to_string(), 1),
            DirectoryError::Full | DirectoryError::ReadOnly => {
                tracing::error!(%error, "the database takes no writes");
                Self::unavailable(error.to_string(), 60)
            }
            DirectoryError::Unavailable(_) => {
                tracing::error!(%error, "the database does not answer as it should");
                Self::unavailable("the database is not available; nothing was stored, try again", 5)
            }
            // A conflict that got this far is one that no use case expected.
            DirectoryError::Conflict { .. } | DirectoryError::Corrupt(_) | DirectoryError::Inconsistent { .. } => {
                tracing::error!(%error, "a request failed in the database");
                Self::internal()
            }
        }
    }
}
