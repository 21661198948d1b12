//! What migrating promises on SQLite; the directory's contract suite runs the same schema on PostgreSQL.

use rollcall_migrations::{MigrateError, migrate, pending};
use sea_orm_migration::sea_orm::{ConnectionTrait, Database};

fn url(directory: &tempfile::TempDir) -> String {
    format!("sqlite://{}?mode=rwc", directory.path().join("rollcall.db").display())
}

/// Names of people and hashes of tokens are in it.
#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    migrate(&url(&directory)).await.unwrap();
    let path = directory.path().join("rollcall.db");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // Whoever gave it to others did so on purpose.
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    migrate(&url(&directory)).await.unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn a_second_run_applies_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let url = url(&directory);
    let waiting = pending(&url).await.unwrap();
    assert!(!waiting.is_empty());
    assert_eq!(migrate(&url).await.unwrap(), waiting);
    assert_eq!(pending(&url).await.unwrap(), Vec::<String>::new());
    assert_eq!(migrate(&url).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_refused_with_its_steps() {
    let directory = tempfile::tempdir().unwrap();
    let url = url(&directory);
    migrate(&url).await.unwrap();
    let database = Database::connect(&url).await.unwrap();
    database
        .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)")
        .await
        .unwrap();
    let error = migrate(&url).await.unwrap_err();
    assert!(matches!(&error, MigrateError::Newer(names) if names == &["m29990101_000001_later"]), "{error}");
    assert!(error.to_string().contains("newer Rollcall"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rollcall.db");
    std::fs::write(&path, "not a database, but somebody's letters, long enough to be read as a header").unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(migrate(&url(&directory)).await.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn somebody_elses_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let url = url(&directory);
    let database = Database::connect(&url).await.unwrap();
    database.execute_unprepared("CREATE TABLE photos (id INTEGER)").await.unwrap();
    let error = migrate(&url).await.unwrap_err();
    assert!(matches!(&error, MigrateError::Foreign(table) if table == "photos"), "{error}");
    assert!(pending(&url).await.is_err());
}

#[tokio::test]
async fn processes_that_migrate_at_once_all_succeed() {
    let directory = tempfile::tempdir().unwrap();
    let url = url(&directory);
    let runs: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { migrate(&url).await }
            })
        })
        .collect();
    for run in runs {
        run.await.unwrap().unwrap();
    }
    assert_eq!(pending(&url).await.unwrap(), Vec::<String>::new());
}
