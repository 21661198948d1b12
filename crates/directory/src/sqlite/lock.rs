//! The lock file that keeps a second server off the same directory.

use crate::open::OpenError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Held as long as a server runs; the system releases it however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Kept open, never read.
    #[expect(dead_code, reason = "closing the file is what releases the lock")]
    file: File,
}

impl Lock {
    /// Takes `rollcall.lock` beside the database file.
    pub(crate) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = database.with_file_name(crate::open::LOCK_FILE);
        let refused = |problem: &std::io::Error| OpenError::from_io(&path, problem);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|problem| refused(&problem))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Taken { path }),
            Err(TryLockError::Error(problem)) => Err(refused(&problem)),
        }
    }
}
