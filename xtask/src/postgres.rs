//! A PostgreSQL server for one run: the one of `ROLLCALL_TEST_POSTGRES_URL`, or our own from the binaries of this machine.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell;

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// Address of a database on it, without parameters.
    url: String,
    binaries: PathBuf,
    /// Our own server's files; `None` for a given one.
    files: Option<PathBuf>,
}

impl Postgres {
    /// Takes the given server, or starts one. As root, a missing package is installed with apt-get.
    pub(crate) fn start() -> Result<Self, String> {
        if let Some(url) = shell::variable("ROLLCALL_TEST_POSTGRES_URL") {
            return Ok(Self { url, binaries: binaries().unwrap_or_default(), files: None });
        }
        let binaries = match binaries() {
            Some(found) => found,
            None => install()?,
        };
        let files = std::env::temp_dir().join(format!("rollcall-xtask-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&files).map_err(|error| format!("{}: {error}", files.display()))?;
        if is_root() {
            shell::output(shell::command("chown", &["postgres"]).arg(&files))?;
        }
        let port = free_port()?;
        let server =
            Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), binaries, files: Some(files) };
        server.initialise(port)?;
        Ok(server)
    }

    fn initialise(&self, port: u16) -> Result<(), String> {
        let files = self.files.clone().unwrap_or_default();
        let data = files.join("data");
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        shell::output(&mut initdb)?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=400",
            files.display()
        );
        let mut start = self.program("pg_ctl");
        start.arg("start").arg("-w").arg("-D").arg(&data).arg("-l").arg(files.join("log")).arg("-o").arg(options);
        // Its output stays open as long as the server runs, so it is not read.
        start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let status = start.status().map_err(|error| format!("pg_ctl does not start: {error}"))?;
        if status.success() {
            return Ok(());
        }
        let log = std::fs::read_to_string(files.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL does not start: {log}"))
    }

    /// A program of the installation; as root it runs as `postgres`, since the server refuses root.
    fn program(&self, name: &str) -> Command {
        let path = self.binaries.join(name);
        let mut command = if is_root() && self.files.is_some() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(std::env::temp_dir());
        command
    }

    /// The address to give to the tests, which make their own databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty database and hands back its address.
    pub(crate) fn database(&self, name: &str) -> Result<String, String> {
        let psql = if self.binaries.join("psql").exists() { self.binaries.join("psql") } else { PathBuf::from("psql") };
        for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            let mut command = Command::new(&psql);
            command.arg(&self.url).args(["-q", "-v", "ON_ERROR_STOP=1", "-c", &statement]);
            shell::output(&mut command)?;
        }
        let (place, parameters) =
            self.url.split_once('?').map_or((self.url.as_str(), ""), |(place, rest)| (place, rest));
        let server = place.rsplit_once('/').map_or(place, |(server, _database)| server);
        let separator = if parameters.is_empty() { "" } else { "?" };
        Ok(format!("{server}/{name}{separator}{parameters}"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(files) = &self.files {
            let mut stop = self.program("pg_ctl");
            stop.arg("stop").args(["-m", "fast", "-w", "-D"]).arg(files.join("data"));
            // What cannot be stopped or removed is in the temporary directory and named in the process list.
            let _stopped = shell::output(&mut stop);
            let _removed = std::fs::remove_dir_all(files);
        }
    }
}

/// The newest installation under `/usr/lib/postgresql`, or the one in the path.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, path): &(u32, PathBuf)| *version >= 14 && path.join("initdb").exists())
        .collect();
    found.sort();
    let in_path = || {
        let path = shell::output(Command::new("pg_config").arg("--bindir")).ok()?;
        Some(PathBuf::from(path.trim())).filter(|path| path.join("initdb").exists())
    };
    found.pop().map(|(_version, path)| path).or_else(in_path)
}

fn install() -> Result<PathBuf, String> {
    let wanted = "PostgreSQL 14 or newer is not installed: install the package `postgresql`, or name a server on which \
                  databases may be created in ROLLCALL_TEST_POSTGRES_URL";
    if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return Err(wanted.to_owned());
    }
    shell::run(&mut shell::command("apt-get", &["update", "-q"]))?;
    let mut install = shell::command("apt-get", &["install", "-q", "-y", "--no-install-recommends", "postgresql"]);
    shell::run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    binaries().ok_or_else(|| wanted.to_owned())
}

fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
