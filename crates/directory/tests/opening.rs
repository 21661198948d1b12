//! What may be opened, what is refused, and that the refusal tells what to do.

use rollcall_directory::testing::{self, Acme};
use rollcall_directory::{
    DATABASE_FILE, Database, Directory, DirectoryError, LOCK_FILE, OpenError, Options, prepare_data_directory,
};
use std::path::Path;
use std::time::Duration;

async fn open(path: &Path, exclusive: bool) -> Result<Directory, OpenError> {
    let options = Options::new(Database::Sqlite(path.to_owned()));
    Directory::open(Options { exclusive, busy_timeout: Duration::from_millis(50), ..options }).await
}

fn value<'a>(found: &'a [(String, String)], name: &str) -> &'a str {
    found.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
}

#[tokio::test]
async fn sqlite_writes_reach_the_disk_before_they_are_acknowledged() {
    let directory = testing::sqlite().await;
    let found = directory.durability().await.unwrap();
    assert_eq!(value(&found, "journal_mode"), "wal");
    // 2 is FULL.
    assert_eq!(value(&found, "synchronous"), "2");
    assert_eq!(value(&found, "foreign_keys"), "1");
    directory.ping().await.unwrap();
}

#[tokio::test]
async fn postgres_writes_reach_the_disk_before_they_are_acknowledged() {
    let directory = testing::postgres().await;
    let found = directory.durability().await.unwrap();
    assert_eq!(value(&found, "fsync"), "on");
    assert_eq!(value(&found, "synchronous_commit"), "on");
    directory.ping().await.unwrap();
}

#[tokio::test]
async fn a_second_server_is_refused_and_a_command_beside_it_is_not() {
    let directory = testing::sqlite().await;
    let Database::Sqlite(path) = directory.database() else { unreachable!() };
    let error = open(path, true).await.unwrap_err();
    assert_eq!(error, OpenError::Taken { path: path.with_file_name(LOCK_FILE) });
    assert!(error.to_string().contains("--data-dir"), "{error}");
    let command = directory.open_again().await;
    let acme = Acme::store(&command).await;
    assert!(directory.read().company(acme.company).await.unwrap().is_some());
    command.close().await;
    Acme::store_as(&directory, "other", 7).await;
}

#[tokio::test]
async fn closing_releases_the_lock_and_ends_every_clone() {
    let directory = testing::sqlite().await;
    let Database::Sqlite(path) = directory.database() else { unreachable!() };
    let clone = Directory::clone(&directory);
    Directory::clone(&directory).close().await;
    let write = clone.write(|_| async { Ok::<(), DirectoryError>(()) }).await;
    assert!(matches!(write, Err(DirectoryError::Unavailable(_))), "{write:?}");
    assert!(matches!(clone.ping().await, Err(DirectoryError::Unavailable(_))));
    open(path, true).await.unwrap();
}

#[tokio::test]
async fn what_is_no_usable_database_is_refused_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let check = async |name: &str, content: Option<&[u8]>, says: &str| {
        let path = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let error = open(&path, false).await.unwrap_err();
        assert!(error.to_string().contains(says), "{name}: {error}");
        if let Some(content) = content {
            assert_eq!(std::fs::read(&path).unwrap(), content, "{name} was changed");
        }
        error
    };
    check("missing.db", None, "does not exist").await;
    check("letters.txt", Some(&b"Dear Ada, ".repeat(500)), "is not a SQLite database").await;
    assert!(!folder.path().join("missing.db").exists());
    let empty = check("empty.db", None, "does not exist").await;
    assert!(matches!(empty, OpenError::Missing { .. }));
}

#[tokio::test]
async fn a_database_without_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    std::fs::write(&path, b"").unwrap();
    let error = open(&path, true).await.unwrap_err();
    assert!(error.to_string().contains("rollcall migrate"), "{error}");
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DATABASE_FILE);
    rollcall_migrations::migrate(&Database::Sqlite(path.clone()).url()).await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The page with the schema's first tree, after the file's header.
    bytes[100..4096].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let error = open(&path, true).await.unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("restore the last backup"), "{error}");
}

#[tokio::test]
async fn a_database_that_somebody_else_holds_is_refused() {
    use held::hold_write_lock;
    let directory = testing::sqlite().await;
    let Database::Sqlite(path) = directory.database() else { unreachable!() };
    let holder = directory.open_again().await;
    hold_write_lock(&holder, async || {
        assert_eq!(open(path, false).await.unwrap_err(), OpenError::Locked { path: path.clone() });
    })
    .await;
    open(path, false).await.unwrap();
}

#[cfg(test)]
mod held {
    use super::{Directory, DirectoryError};
    use std::sync::{Arc, Mutex};

    /// Runs `meanwhile` while a unit that has written waits for it.
    pub(super) async fn hold_write_lock(directory: &Directory, meanwhile: impl AsyncFn()) {
        let (started, wait_started) = tokio::sync::oneshot::channel();
        let (end, wait_end) = tokio::sync::oneshot::channel::<()>();
        let channels = Arc::new(Mutex::new(Some((started, wait_end))));
        let directory = directory.clone();
        let unit = tokio::spawn(async move {
            let work = |unit: rollcall_directory::Unit| {
                let channels = channels.lock().unwrap().take().unwrap();
                async move {
                    unit.put_setting("held", "1");
                    unit.flush().await?;
                    channels.0.send(()).unwrap();
                    channels.1.await.unwrap();
                    Ok::<(), DirectoryError>(())
                }
            };
            directory.write(work).await
        });
        wait_started.await.unwrap();
        meanwhile().await;
        end.send(()).unwrap();
        unit.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_postgres_database_that_is_not_there_or_not_migrated_is_refused() {
    let migrated = testing::postgres_database().await;
    let (server, _) = migrated.split_once("/rollcall_test").unwrap();
    let parameters = migrated.split_once('?').map_or("", |(_, parameters)| parameters);
    let check = async |name: &str, says: &str| {
        let options = Options::new(Database::Postgres(format!("{server}/{name}?{parameters}")));
        let error = Directory::open(options).await.unwrap_err();
        assert!(error.to_string().contains(says), "{name}: {error}");
    };
    check("nobody_has_this", "does not exist").await;
    check("postgres", "rollcall migrate").await;
}

#[test]
fn a_data_directory_is_made_reused_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("new/deep");
    let database = prepare_data_directory(&fresh).unwrap();
    assert_eq!(database, fresh.join(DATABASE_FILE));
    std::fs::write(fresh.join(LOCK_FILE), b"").unwrap();
    assert_eq!(prepare_data_directory(&fresh).as_ref(), Ok(&database));
    std::fs::write(fresh.join("letters.txt"), b"").unwrap();
    let refused = OpenError::Foreign { path: fresh.clone(), found: "letters.txt".to_owned() };
    assert_eq!(prepare_data_directory(&fresh), Err(refused));
    std::fs::write(&database, b"").unwrap();
    assert_eq!(prepare_data_directory(&fresh), Ok(database.clone()));
    let file = prepare_data_directory(&database).unwrap_err();
    assert!(matches!(file, OpenError::Other { .. }), "{file:?}");
}

#[test]
fn addresses_are_read_and_written() {
    let sqlite = |path: &str| Ok(Database::Sqlite(path.into()));
    for (address, expected) in [
        ("sqlite:///var/lib/rollcall.db", sqlite("/var/lib/rollcall.db")),
        ("sqlite://data/rollcall.db?mode=rwc", sqlite("data/rollcall.db")),
        ("sqlite:///odd%20%3F%25.db", sqlite("/odd ?%.db")),
        ("postgres://u:p@h/d?sslmode=require", Ok(Database::Postgres("postgres://u:p@h/d?sslmode=require".to_owned()))),
        ("mysql://u:secret@h/d", Err(OpenError::Address { given: "h/d".to_owned() })),
        ("sqlite::memory:", Err(OpenError::Address { given: "sqlite::memory:".to_owned() })),
    ] {
        assert_eq!(Database::from_url(address), expected, "{address}");
        if let Ok(database) = expected {
            assert_eq!(Database::from_url(&database.url()), Ok(database));
        }
    }
}
