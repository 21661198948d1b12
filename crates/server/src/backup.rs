//! Backups: one state of everything in one file, which either kind of database can be filled from.
//!
//! The file is lines of JSON: a [`Head`], then for each table a [`TableHead`] and as many arrays as it has rows, then an
//! [`End`] with the SHA-256 of every byte before it (docs/decisions/0020-one-portable-backup.md).

mod new_file;
mod read;
mod restore;
mod write;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rollcall_directory::{DirectoryError, OpenError};
use rollcall_migrations::MigrateError;
use serde::{Deserialize, Serialize};

pub(crate) use new_file::NewFile;
pub(crate) use restore::restore;
pub(crate) use write::write;

/// The form of the file. Another number would be another form.
const FORM: u32 = 1;

/// What happened so far: rows done, of how many.
pub(crate) type Told<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// The first line.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// [`FORM`].
    rollcall_backup: u32,
    /// The version that wrote it.
    version: String,
    /// When, as RFC 3339.
    made_at: String,
    /// Rows in the whole file.
    pub(crate) rows: u64,
    /// The migrations that the database had seen.
    schema: Vec<String>,
}

/// What stands before the rows of a table.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
struct TableHead {
    table: String,
    rows: u64,
    columns: Vec<String>,
}

/// The last line.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// Of all bytes before this line, in hexadecimal digits.
    sha256: String,
}

/// Why there is no backup, or none was restored. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("{} exists already; name another file, nothing is written over", .0.display())]
    Exists(PathBuf),
    #[error("{}: {problem}; check that the directory exists, may be written and has room", place.display())]
    File { place: PathBuf, problem: std::io::Error },
    #[error("{}, line {line}: {problem}; the file is no whole backup, take another one. Nothing was restored", place.display())]
    Damaged { place: PathBuf, line: u64, problem: String },
    #[error(
        "the backup is of a newer Rollcall (version {version} with {}); restore it with that version or a later one. \
         Nothing was restored", steps.join(", ")
    )]
    Newer { version: String, steps: Vec<String> },
    #[error("{0} is not empty; restore into an empty data directory or database. Nothing was restored")]
    NotEmpty(String),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error("{0}. Nothing was restored")]
    Directory(#[from] DirectoryError),
}

impl BackupError {
    fn file(place: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |problem| Self::File { place: place.to_owned(), problem }
    }
}

/// Digits of a hash.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing into a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Makes the name of a file last: until then it may be gone after a power cut.
fn sync_directory_of(path: &Path) -> Result<(), BackupError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent).and_then(|directory| directory.sync_all()).map_err(BackupError::file(parent))
}
