//! The database: there, in reach, of this version, undamaged.

use std::time::Duration;

use rollcall_directory::Directory;
use rollcall_migrations::{MigrateError, pending};

use super::{Finding, Scene};
use crate::store::{self, Opener};

const CHECK: &str = "database";
/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// The open database, if it can be opened.
pub(super) async fn check(scene: &Scene) -> (Vec<Finding>, Option<Directory>) {
    let directory = match tokio::time::timeout(PATIENCE, store::open(&scene.config, Opener::Command)).await {
        Ok(Ok(directory)) => directory,
        Ok(Err(error)) => return (vec![Finding::of_error(CHECK, &error)], None),
        Err(_) => return (vec![silent()], None),
    };
    match tokio::time::timeout(PATIENCE * 4, look(scene, &directory)).await {
        Ok(findings) => (findings, Some(directory)),
        Err(_) => (vec![silent()], Some(directory)),
    }
}

fn silent() -> Finding {
    let next = "see that it runs and is not overloaded, and that no firewall is in between";
    Finding::fault(CHECK, "the database does not answer in time", next)
}

async fn look(scene: &Scene, directory: &Directory) -> Vec<Finding> {
    let mut found = Vec::new();
    match schema(scene).await {
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => found.push(Finding::fault(
            CHECK,
            format!("the schema is older than this version; {} steps are missing", missing.len()),
            "stop old servers and run `rollcall migrate`, or let `rollcall serve` do it at start",
        )),
        Err(error) => found.push(Finding::of_error(CHECK, &error)),
    }
    let reader = directory.read();
    match reader.damage().await {
        Ok(problems) if problems.is_empty() => {}
        Ok(problems) => found.push(Finding::fault(
            CHECK,
            format!("the database is damaged: {}", problems.join("; ")),
            "stop the server, keep a copy of the data directory, and restore the last backup",
        )),
        Err(error) => found.push(Finding::of_error(CHECK, &error)),
    }
    if found.is_empty() {
        match reader.database_version().await {
            Ok(version) => {
                found.push(Finding::ok(CHECK, format!("{version}, with the schema of this version, undamaged")));
            }
            Err(error) => found.push(Finding::of_error(CHECK, &error)),
        }
    }
    found
}

async fn schema(scene: &Scene) -> Result<Vec<String>, MigrateError> {
    match store::database(&scene.config) {
        Ok(database) => pending(&database.url()).await,
        // It was opened a moment ago.
        Err(error) => Err(MigrateError::Failed(error.to_string())),
    }
}
