//! Database files are for their owner alone.

use sea_orm_migration::sea_orm::sqlx::sqlite::SqliteConnectOptions;
use std::str::FromStr;

/// If `url` lets SQLite make a file (`mode=rwc`), makes it empty before that, so that nobody else may read it; SQLite takes it
/// for a new database, and gives the files beside it the same mode. What fails here fails again when SQLite opens it, which
/// says it better.
pub(crate) fn make(url: &str) {
    if !url.starts_with("sqlite:") || !url.contains("mode=rwc") {
        return;
    }
    let Ok(named) = SqliteConnectOptions::from_str(url) else { return };
    let mut options = std::fs::OpenOptions::new();
    // One that is there is not opened: closing it would end SQLite's locks of this process.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(named.get_filename()));
}
