//! Opening a directory: what may be opened, and the sentence that tells why it is not.

use crate::error::DirectoryError;
use crate::fault::Fault;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database file inside a data directory.
pub const DATABASE_FILE: &str = "rollcall.db";

/// The lock file beside it.
pub const LOCK_FILE: &str = "rollcall.lock";

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// Path of the SQLite file.
    Sqlite(PathBuf),
    /// `postgres://...`, as libpq writes it.
    Postgres(String),
}

/// How to open a directory.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the data is. The schema must be there already.
    pub database: Database,
    /// Connections of the read pool (SQLite) or of the one pool (PostgreSQL).
    pub read_connections: u32,
    /// A server opens exclusively; commands that run beside it do not. Means nothing on PostgreSQL.
    pub exclusive: bool,
    /// How long a write waits for another process that writes.
    pub busy_timeout: Duration,
}

impl Options {
    /// What a server wants: exclusive, 8 connections, 5 seconds of patience.
    pub fn new(database: Database) -> Self {
        Self { database, read_connections: 8, exclusive: true, busy_timeout: Duration::from_secs(5) }
    }
}

impl Database {
    /// From `sqlite:///absolute/path`, `sqlite://relative/path` (parameters are ignored), `postgres://` or `postgresql://`.
    ///
    /// # Errors
    ///
    /// [`OpenError::Address`] for anything else.
    pub fn from_url(url: &str) -> Result<Self, OpenError> {
        let refused = || OpenError::Address { given: url.split('@').next_back().unwrap_or(url).to_owned() };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).ok_or_else(refused)?;
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let path = decode_percent(path).ok_or_else(refused)?;
        if path.is_empty() || path == ":memory:" {
            return Err(refused());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// The address for tools that take one, migrations among them. It lets SQLite create the file.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}?mode=rwc", encode_percent(&path.to_string_lossy())),
            Self::Postgres(url) => url.clone(),
        }
    }
}

/// Makes sure that a data directory exists and is ours or empty, and returns the path of the database file in it.
///
/// # Errors
///
/// [`OpenError::Foreign`] if something else lives there, and what the file system answers.
pub fn prepare_data_directory(directory: &Path) -> Result<PathBuf, OpenError> {
    let refused = |problem: &std::io::Error| OpenError::from_io(directory, problem);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    // It will hold people's names and hashes of secrets.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|problem| refused(&problem))?;
    let mut strangers = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|problem| refused(&problem))? {
        let name = entry.map_err(|problem| refused(&problem))?.file_name().to_string_lossy().into_owned();
        if name == DATABASE_FILE {
            return Ok(directory.join(DATABASE_FILE));
        }
        // Of file systems and an earlier start that did not get far.
        if name != LOCK_FILE && name != "lost+found" {
            strangers.push(name);
        }
    }
    match strangers.into_iter().min() {
        None => Ok(directory.join(DATABASE_FILE)),
        Some(found) => Err(OpenError::Foreign { path: directory.to_owned(), found }),
    }
}

/// Why a directory was not opened. Each message names the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address is of no known kind.
    #[error("`{given}` is no database address; write sqlite:///path/to/rollcall.db or postgres://user@host/database")]
    Address {
        /// The address without credentials.
        given: String,
    },
    /// There is no such file or directory.
    #[error("{} does not exist; check the path, or run `rollcall migrate` to create the database", path.display())]
    Missing {
        /// What was looked for.
        path: PathBuf,
    },
    /// The system does not let us.
    #[error("{}: permission denied; make it readable and writable for the user that runs Rollcall", path.display())]
    Denied {
        /// What was to be opened.
        path: PathBuf,
    },
    /// The file or its directory takes no writes.
    #[error("{} is read-only; make the file and its directory writable, or mount the file system so", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a SQLite database; name another file, nothing was changed in this one", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged ({problem}); keep a copy and restore the last backup", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// Another server has it.
    #[error("another Rollcall server uses this directory (it holds {}); stop that one, or give this one another --data-dir", path.display())]
    Taken {
        /// The lock file.
        path: PathBuf,
    },
    /// Another program holds the database's own lock.
    #[error("{} is locked by another program; close that program (a backup, a shell) and start again", path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The data directory holds somebody else's files.
    #[error("{} is not empty and not a Rollcall data directory (it holds `{found}`); name an empty or new directory", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// One of the files.
        found: String,
    },
    /// There is no schema, or somebody else's.
    #[error("the database {place} has no Rollcall schema; run `rollcall migrate`, or start without --no-migrate")]
    NotMigrated {
        /// The file or server.
        place: String,
    },
    /// `PostgreSQL` would lose acknowledged writes.
    #[error(
        "PostgreSQL runs with fsync=off and would lose acknowledged writes in a power cut; set fsync=on and restart it"
    )]
    Unsafe,
    /// `PostgreSQL` cannot be reached or does not let us in.
    #[error(
        "cannot use the PostgreSQL database: {problem}; check address, user and password, and that the server runs"
    )]
    Unreachable {
        /// What it or the network answers.
        problem: String,
    },
    /// Anything else.
    #[error("cannot open {place}: {problem}; fix the cause and start again")]
    Other {
        /// File or server.
        place: String,
        /// What was answered.
        problem: String,
    },
}

impl OpenError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "systems have many more ways to fail than need a sentence")]
    pub(crate) fn from_io(path: &Path, problem: &std::io::Error) -> Self {
        let path = path.to_owned();
        match problem.kind() {
            ErrorKind::NotFound => Self::Missing { path },
            ErrorKind::PermissionDenied => Self::Denied { path },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            _ => Self::Other { place: path.display().to_string(), problem: problem.to_string() },
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what cannot happen when opening has its own sentence")]
    pub(crate) fn from_fault(path: &Path, fault: &Fault) -> Self {
        let path = path.to_owned();
        match &fault.error {
            DirectoryError::Corrupt(problem) if problem.contains("(code: 26)") => Self::NotADatabase { path },
            DirectoryError::Corrupt(problem) => Self::Corrupt { path, problem: problem.clone() },
            DirectoryError::ReadOnly => Self::ReadOnly { path },
            DirectoryError::Busy => Self::Locked { path },
            // SQLITE_CANTOPEN: the file is there, therefore it is a matter of rights.
            DirectoryError::Unavailable(problem) if problem.contains("(code: 14)") => Self::Denied { path },
            error => Self::Other { place: path.display().to_string(), problem: error.to_string() },
        }
    }
}

/// Escapes what would end or change the path of an address.
fn encode_percent(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

fn decode_percent(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}
