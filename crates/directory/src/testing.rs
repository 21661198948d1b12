//! Fresh databases for tests (feature `testing`): an empty, migrated directory each, on SQLite or on PostgreSQL.
//!
//! [`crate::on_each_database`] makes two tests out of one body. PostgreSQL is taken from `ROLLCALL_TEST_POSTGRES_URL`
//! (a server on which databases may be created), else started from the binaries of this machine; see [`cluster`].

mod acme;
mod cluster;
mod contents;
mod dice;

pub use acme::{Acme, account};
pub use contents::Contents;
pub use dice::{Dice, rounds};

use crate::{Backend, Database, Directory, Options};
use sea_orm::ConnectionTrait;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// An empty, migrated directory of its own. The files of SQLite go when it is dropped.
#[derive(Debug)]
pub struct TestDirectory {
    directory: Directory,
    database: Database,
    /// Dropped last.
    #[expect(dead_code, reason = "dropping it removes the files")]
    files: Option<tempfile::TempDir>,
}

impl TestDirectory {
    /// Where it is, for a second opening or for a server under test.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Opens the same database once more, as a command beside the server does.
    pub async fn open_again(&self) -> Directory {
        let options = Options { exclusive: false, ..Options::new(self.database.clone()) };
        sure("opening the test database again", Directory::open(options).await)
    }
}

impl Deref for TestDirectory {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        &self.directory
    }
}

/// A fresh directory on that kind of database.
pub async fn fresh(backend: Backend) -> TestDirectory {
    match backend {
        Backend::Sqlite => sqlite().await,
        Backend::Postgres => postgres().await,
    }
}

/// A fresh SQLite directory in a temporary folder.
pub async fn sqlite() -> TestDirectory {
    let files = sure("making a temporary directory", tempfile::tempdir());
    let database = Database::Sqlite(files.path().join(crate::DATABASE_FILE));
    sure("migrating", rollcall_migrations::migrate(&database.url()).await);
    open(database, Some(files)).await
}

/// A fresh PostgreSQL database.
pub async fn postgres() -> TestDirectory {
    open(Database::Postgres(postgres_database().await), None).await
}

/// A directory that is there already, such as one that was restored. Its files are the caller's.
pub async fn opened(database: Database) -> TestDirectory {
    open(database, None).await
}

/// The address of a fresh, migrated PostgreSQL database.
pub async fn postgres_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let template = template().await;
    let server = connect(&cluster::address("postgres")).await;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollcall_test_{}_{number}", std::process::id());
        let made = server.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        match made {
            Ok(_) => {
                sure("closing", server.close().await);
                return cluster::address(&name);
            }
            // Left over from an earlier process with this id.
            Err(error) if error.to_string().contains("already exists") => {}
            Err(error) => sure("making a test database", Err(error)),
        }
    }
}

async fn open(database: Database, files: Option<tempfile::TempDir>) -> TestDirectory {
    let options = Options { busy_timeout: Duration::from_secs(20), ..Options::new(database.clone()) };
    let directory = sure("opening the test database", Directory::open(options).await);
    TestDirectory { directory, database, files }
}

/// A migrated database to copy: migrating each one would cost more. One for each state of the test program.
async fn template() -> String {
    let program = sure("finding the test program", std::env::current_exe());
    let built = sure("reading the test program", program.metadata().and_then(|metadata| metadata.modified()));
    let age = built.duration_since(std::time::UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    let name = format!("rollcall_template_{age}");
    let server = connect(&cluster::address("postgres")).await;
    let exists = format!("SELECT 1 AS one FROM pg_database WHERE datname = '{name}' AND NOT datallowconn");
    let query = || sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, exists.clone());
    let known = sure("looking for the template", server.query_one_raw(query()).await).is_some();
    if !known {
        sure("locking", server.execute_unprepared("SELECT pg_advisory_lock(740915)").await);
        if sure("looking for the template", server.query_one_raw(query()).await).is_none() {
            for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
                sure("making the template", server.execute_unprepared(&sql).await);
            }
            sure("migrating the template", rollcall_migrations::migrate(&cluster::address(&name)).await);
            let closed = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false");
            sure("closing the template", server.execute_unprepared(&closed).await);
        }
    }
    sure("closing", server.close().await);
    name
}

async fn connect(url: &str) -> sea_orm::DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sure("connecting to the PostgreSQL server of the tests", sea_orm::Database::connect(options).await)
}

/// Fails the test with a sentence.
#[expect(clippy::panic, reason = "a test without its database must fail, and say why")]
fn sure<T, E: Display>(doing: &str, outcome: Result<T, E>) -> T {
    outcome.unwrap_or_else(|error| panic!("{doing} failed: {error}"))
}

/// Makes `sqlite::name` and `postgres::name` out of each `async fn name(directory: &TestDirectory)` of the module.
#[macro_export]
macro_rules! on_each_database {
    ($($(#[$attribute:meta])* $name:ident)+) => {
        mod sqlite {
            $($(#[$attribute])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&$crate::testing::sqlite().await).await;
            })+
        }

        mod postgres {
            $($(#[$attribute])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&$crate::testing::postgres().await).await;
            })+
        }
    };
}
