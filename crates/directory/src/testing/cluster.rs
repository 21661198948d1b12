//! The PostgreSQL server of the tests: one for all test processes of a user, started by the first and stopped after the last.
//!
//! Each process holds a shared lock as long as it lives; a small detached script stops the server and removes its files
//! once nobody has held it for some seconds. So it works with one process per test, and after a test was killed.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const SCRIPT: &str = include_str!("cluster.sh");

/// The address of a database on the server of the tests.
pub(super) fn address(database: &str) -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    match SERVER.get_or_init(Server::find) {
        Server::Given(url) => in_database(url, database),
        Server::Ours { socket, .. } => {
            format!("postgres://postgres@localhost/{database}?host={}", socket.display())
        }
    }
}

enum Server {
    Given(String),
    Ours {
        socket: PathBuf,
        /// Held until the process ends.
        #[expect(dead_code, reason = "holding the lock keeps the server alive")]
        user: File,
    },
}

impl Server {
    fn find() -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
        let given = std::env::var("ROLLCALL_TEST_POSTGRES_URL");
        given.map_or_else(|_| super::sure("starting PostgreSQL for the tests", start()), Self::Given)
    }
}

fn start() -> Result<Server, String> {
    let user = output(Command::new("id").arg("-u"))?;
    let directory = std::env::temp_dir().join(format!("rollcall-test-postgres-{}", user.trim()));
    let told = |error: std::io::Error| format!("{}: {error}", directory.display());
    std::fs::create_dir_all(&directory).map_err(told)?;
    let starting = lock_file(&directory.join("starting.lock")).map_err(told)?;
    starting.lock().map_err(told)?;
    let using = lock_file(&directory.join("using.lock")).map_err(told)?;
    using.lock_shared().map_err(told)?;
    output(Command::new("sh").args(["-c", SCRIPT, "cluster.sh", "start"]).arg(&directory))?;
    let mut reaper = Command::new("setsid");
    reaper.args(["sh", "-c", SCRIPT, "cluster.sh", "reap"]).arg(&directory);
    reaper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It outlives this process on purpose and is nobody's zombie then; before, it sleeps.
    drop(reaper.spawn().map_err(told)?);
    Ok(Server::Ours { socket: directory.join("server"), user: using })
}

fn lock_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// The same address with another database.
fn in_database(url: &str, database: &str) -> String {
    let (place, parameters) = url.split_once('?').map_or((url, ""), |(place, rest)| (place, rest));
    let scheme = place.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = place.split_at(scheme);
    let host = rest.split('/').next().unwrap_or(rest);
    let separator = if parameters.is_empty() { "" } else { "?" };
    format!("{scheme}{host}/{database}{separator}{parameters}")
}
