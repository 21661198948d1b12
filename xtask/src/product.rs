//! The built server, started as a user would start it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde::Deserialize;

use crate::shell;

/// What `rollcall quickstart --json` prints, as far as it is needed here.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Printed {
    pub(crate) base_url: String,
    pub(crate) scim_base_url: String,
    pub(crate) scim_token: String,
    pub(crate) admin_url: String,
    pub(crate) admin_token: String,
    pub(crate) sign_in_key: String,
    pub(crate) product_key: String,
}

/// Where the server keeps its data.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// In an empty directory of its own.
    Embedded,
    /// In this database.
    Database(String),
}

/// A running server; it is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Product {
    child: Child,
    /// What it printed when it started.
    pub(crate) printed: Printed,
    data: PathBuf,
}

/// Builds the server and the suite; hands back the directory of the programs.
pub(crate) fn build(release: bool) -> Result<PathBuf, String> {
    let mut build = shell::command("cargo", &["build", "-p", "rollcall-server", "-p", "rollcall-conformance"]);
    if release {
        build.arg("--release");
    }
    shell::run(&mut build)?;
    Ok(shell::target_directory().join(if release { "release" } else { "debug" }))
}

impl Product {
    /// Starts `rollcall quickstart` on a free port and waits for its line of credentials.
    pub(crate) fn start(programs: &Path, store: &Store) -> Result<Self, String> {
        let data = std::env::temp_dir().join(format!("rollcall-xtask-data-{}", std::process::id()));
        // Left over only if an earlier run with this process id was killed.
        let _removed = std::fs::remove_dir_all(&data);
        let mut command = Command::new(programs.join("rollcall"));
        command.args(["quickstart", "--json", "--listen", "127.0.0.1:0"]);
        match store {
            Store::Embedded => command.arg("--data-dir").arg(&data),
            Store::Database(url) => command.args(["--database-url", url]),
        };
        command.env("ROLLCALL_LOG_FILTER", "warn").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("the server does not start: {error}"))?;
        let line = first_line(&mut child);
        let printed = line.and_then(|line| {
            serde_json::from_str(&line)
                .map_err(|error| format!("quickstart printed `{line}`, not its credentials: {error}"))
        });
        match printed {
            Ok(printed) => Ok(Self { child, printed, data }),
            Err(reason) => {
                // The reason matters more than a process that is gone already.
                let _killed = child.kill();
                Err(reason)
            }
        }
    }
}

fn first_line(child: &mut Child) -> Result<String, String> {
    let stdout = child.stdout.take().ok_or("the server has no stdout")?;
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Lines after the first are read so that the server never blocks on a full pipe.
            let _nobody_waits = sender.send(line);
        }
    });
    receiver
        .recv_timeout(Duration::from_mins(1))
        .map_err(|_silence| "the server printed no credentials within a minute; its errors stand above".to_owned())
}

impl Drop for Product {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        // SIGTERM first: a clean stop is a part of what is tested.
        let asked = shell::output(Command::new("kill").args(["-TERM", &id]));
        if asked.is_err() {
            let _killed = self.child.kill();
        }
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
        let _removed = std::fs::remove_dir_all(&self.data);
    }
}
